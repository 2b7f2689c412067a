//! What a scenario says about its statistics: batch means, and the thresholds of recovery.

use super::Report;
use crate::build::window_of;
use crate::schema::RunLength;
use sim_core::{Span, Time};

/// Fewer batches give wide intervals, more are too short to be independent (Schmeiser, 1982, "Batch
/// Size Effects in the Analysis of Simulation Output").
const BATCHES: std::ops::RangeInclusive<u32> = 10..=100;

/// The most windows that a threshold may ask for: more than a run has.
const MOST_WINDOWS: u32 = 240;

impl Report<'_> {
    pub(super) fn batch_means(&mut self) {
        let Some(batches) = self.scenario.batch_means else {
            return;
        };
        if !BATCHES.contains(&batches) {
            let message = format!("`batch_means` cannot be {batches}");
            return self.wrong("batch_means", message, "a whole number from 10 to 100");
        }
        let runs = self.scenario.runs;
        if runs != 1 {
            let message = format!("batch means rest on one run, and there are {runs}");
            return self.wrong("batch_means", message, "`runs: 1` beside it");
        }
        let RunLength::For(duration) = self.scenario.duration else {
            let message = "batch means cannot be taken over a trace";
            return self.wrong(
                "batch_means",
                message,
                "a `duration` such as `1h` beside it",
            );
        };
        let window = window_of(Time::ZERO + duration.0);
        let measured = Span(duration.0.0.saturating_sub(self.scenario.warm_up.0.0));
        let windows = measured.0 / window.0.max(1);
        if windows < u64::from(batches) {
            let seconds = window.as_seconds();
            let message = format!(
                "{batches} batches cannot be cut from {windows} windows of {seconds} s after the \
                 warm-up"
            );
            self.wrong("batch_means", message, "fewer batches, or a longer run");
        }
    }

    pub(super) fn recovery(&mut self) {
        let Some(recovery) = self.scenario.recovery else {
            return;
        };
        self.count("recovery.windows", recovery.windows, MOST_WINDOWS);
        self.count("recovery.stretch", recovery.stretch, MOST_WINDOWS);
        let errors = recovery.standard_errors;
        if !errors.is_finite() || errors < 0.0 {
            let message = format!("`standard_errors` cannot be {errors}");
            self.wrong("recovery.standard_errors", message, "a number from 0 on");
        }
        let factor = recovery.median_factor;
        if !factor.is_finite() || factor < 1.0 {
            let message = format!("`median_factor` cannot be {factor}");
            self.wrong("recovery.median_factor", message, "a number from 1 on");
        }
        if recovery.stuck_below.0 <= 0.0 {
            let message = "`stuck_below` cannot be 0%: nothing lies below it";
            self.wrong("recovery.stuck_below", message, "a share above 0%");
        }
    }
}
