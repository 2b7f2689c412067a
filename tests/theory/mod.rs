//! The simulator against theory: scenario files, closed forms, and what the one expects of the other.

mod check;
mod checks;
mod entries;
mod expected;
mod formulas;
mod metric;
mod page;
mod run;
