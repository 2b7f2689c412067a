//! Faults at random times: by a name of their own, of kinds that need no plan, and not too many.

use super::Report;
use super::faults::{OCCURRENCES, kinds_of};
use crate::build::{bounded_mean_seconds, mean_seconds};
use crate::schema::{Distribution, Fault, Random, RunLength};
use crate::study::StudyError;
use sim_core::Span;

/// Kinds that the plan of a run must know the times of.
const PLANNED: [&str; 3] = ["expire", "load", "set"];

impl Report<'_> {
    pub(super) fn random_times(&mut self, path: &str, fault: &Fault, random: &Random) {
        self.named_once(path, fault);
        self.no_fixed_times(path, fault);
        if let Some(kind) = kinds_of(fault)
            .into_iter()
            .find(|kind| PLANNED.contains(kind))
        {
            let message = format!("`{kind}` cannot happen at random times");
            self.wrong(
                &format!("{path}.{kind}"),
                message,
                "`at: 30s` in place of `random`",
            );
        }
        let path = format!("{path}.random");
        self.how_often(&path, random);
        if let Some(lasts) = &random.lasts {
            self.some_length(&format!("{path}.for"), lasts);
            if fault.flush.is_some() {
                let message = "`flush` is over at once and has no length";
                self.wrong(&format!("{path}.for"), message, "no `for` here");
            }
        }
        self.before_the_end(&format!("{path}.from"), random.from);
        if let Some(until) = random.until.filter(|until| until.0 <= random.from.0) {
            let message = format!("`until` is {until}, and `from` is {}", random.from);
            self.wrong(&format!("{path}.until"), message, "a time after `from`");
        }
    }

    /// The name is part of the stream: it must be there, and be that of no other fault.
    fn named_once(&mut self, path: &str, fault: &Fault) {
        let expected = "a `name` of its own, by which it is drawn";
        let Some(name) = &fault.name else {
            self.wrong(path, "a fault at random times needs a name", expected);
            return;
        };
        let faults = self.scenario.faults.iter();
        let namesakes = faults.filter(|other| other.random.is_some() && other.name == fault.name);
        if 1 < namesakes.count() {
            let message = format!("two faults at random times are called `{name}`");
            self.wrong(&format!("{path}.name"), message, expected);
        }
    }

    fn no_fixed_times(&mut self, path: &str, fault: &Fault) {
        let given = [
            ("at", fault.at.is_some()),
            ("for", fault.lasts.is_some()),
            ("every", fault.every.is_some()),
            ("times", fault.times.is_some()),
        ];
        for (part, _) in given.into_iter().filter(|(_, given)| *given) {
            let expected = match part {
                "at" => "`at` or `random`",
                "times" => "`until` in `random`",
                _ => "it inside `random`",
            };
            let message = format!("`{part}` does not go with `random`");
            self.wrong(&format!("{path}.{part}"), message, expected);
        }
    }

    /// Checks how long it takes from one to the next, and that there are not too many.
    fn how_often(&mut self, path: &str, random: &Random) {
        let expected = "`every: { exponential: 30s }`, or `gap:` with the time between two";
        let (part, wait) = match (&random.every, &random.gap) {
            (Some(every), None) => ("every", every),
            (None, Some(gap)) => ("gap", gap),
            (None, None) => return self.wrong(path, "it does not say how often", expected),
            (Some(_), Some(_)) => {
                return self.wrong(
                    &format!("{path}.gap"),
                    "`gap` does not go with `every`",
                    expected,
                );
            }
        };
        let at = format!("{path}.{part}");
        self.some_length(&at, wait);
        if part == "gap" && random.lasts.is_none() {
            self.wrong(
                &at,
                "`gap` is from the end of one on, and none ends",
                "`for:` beside it",
            );
        }
        let end = match (random.until, self.scenario.duration) {
            (Some(until), RunLength::Trace(_)) => until.0,
            (Some(until), RunLength::For(duration)) => until.0.min(duration.0),
            (None, RunLength::For(duration)) => duration.0,
            (None, RunLength::Trace(_)) => {
                let message = "as long as a trace may be too long";
                return self.wrong(path, message, "`until:` beside it");
            }
        };
        let room = Span(end.0.saturating_sub(random.from.0.0)).as_seconds();
        let length = random.lasts.as_ref().filter(|_| part == "gap");
        // A law with few long waits among many short ones happens more often than its mean says.
        let mean = |law: Option<&Distribution>| {
            let Some(law) = law else { return Ok(0.0) };
            let (mean, bounded) = (
                mean_seconds(law)?,
                bounded_mean_seconds(law, Span::seconds(room))?,
            );
            Ok::<f64, StudyError>(if bounded < 0.9 * mean { bounded } else { mean })
        };
        if let (Ok(wait), Ok(length)) = (mean(Some(wait)), mean(length))
            && 0.0 < wait
            && f64::from(OCCURRENCES) < room / (wait + length)
        {
            let message = format!("it would happen about {:.0} times", room / (wait + length));
            self.wrong(&at, message, &format!("at most {OCCURRENCES} times"));
        }
    }

    /// Checks a distribution, and reports one that is always nothing.
    fn some_length(&mut self, path: &str, law: &Distribution) {
        let known = self.problems.len();
        self.distribution(path, law);
        let is_nothing = mean_seconds(law).is_ok_and(|mean| mean <= 0.0);
        if self.problems.len() == known && is_nothing {
            self.wrong(path, "this is always no time at all", "a duration above 0s");
        }
    }
}
