//! The simulator against theory: scenario files, closed forms, and what the one expects of the other.

mod expected;
mod formulas;
mod metric;
mod run;
