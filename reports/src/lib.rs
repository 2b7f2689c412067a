//! Results to terminal tables, charts, Markdown and exports. Knows results only, runs nothing.
