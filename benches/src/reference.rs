//! What hand-written simulations stand on: a radix wheel and a log-linear count, each as lean as
//! its one purpose allows.

mod log_linear;
mod wheel;

pub use log_linear::LogLinear;
pub use wheel::Wheel;
