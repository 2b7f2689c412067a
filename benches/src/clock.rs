//! Processor time: what a workload takes, whatever else the machine does.

use rustix::time::{ClockId, clock_gettime};

/// The nanoseconds of processor time that `work` takes on this thread, and what it returns.
pub fn cpu_nanos<X>(work: impl FnOnce() -> X) -> (f64, X) {
    let begun = now();
    let made = work();
    (now() - begun, made)
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
