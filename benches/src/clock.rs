//! Processor time: what a workload takes, whatever else the machine does.

use rustix::time::{ClockId, clock_gettime};

/// The nanoseconds of processor time that `work` takes on this thread, and what it returns.
pub fn cpu_nanos<X>(work: impl FnOnce() -> X) -> (f64, X) {
    took(ClockId::ThreadCPUTime, work)
}

/// The nanoseconds of processor time that `work` takes on all threads, and what it returns.
pub fn process_cpu_nanos<X>(work: impl FnOnce() -> X) -> (f64, X) {
    took(ClockId::ProcessCPUTime, work)
}

fn took<X>(clock: ClockId, work: impl FnOnce() -> X) -> (f64, X) {
    let now = || {
        let time = clock_gettime(clock);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let begun = now();
    let made = work();
    (now() - begun, made)
}
