//! Judged expectations: what was expected, what was found, and whether that is enough.

use crate::quantity::estimate;
use crate::terminal::page::lines;
use crate::wording::{counted, study};
use scenarios::results::{Basis, Expectation, Figure, Judgement, Results};

/// Where what was expected begins on a line, behind its judgement.
const INDENT: usize = 13;

/// What `squall test` prints of a scenario, on a page of `width` columns (at least 60).
pub fn page(results: &Results, width: usize) -> String {
    let title = format!("{}: {}", results.identity.scenario, study(results));
    lines(&title, width).join("\n  ") + "\n" + &listed(&results.expectations, width)
}

/// How many expectations of several scenarios there are, and how they were judged:
/// `8 scenarios, 68 expectations: 66 met, 2 undecided`.
pub fn summary(studies: &[Results]) -> String {
    let all: Vec<_> = studies.iter().flat_map(|of| &of.expectations).collect();
    format!(
        "{}, {}: {}",
        counted(studies.len(), "scenario"),
        counted(all.len(), "expectation"),
        tally(all)
    )
}

/// How expectations were judged: `66 met, 2 undecided`.
pub(crate) fn tally<'e>(expectations: impl IntoIterator<Item = &'e Expectation>) -> String {
    let expectations: Vec<_> = expectations.into_iter().collect();
    let kinds = [Judgement::Met, Judgement::Violated, Judgement::Undecided];
    let parts = kinds.into_iter().filter_map(|kind| {
        let is_so = |expectation: &&&Expectation| expectation.judgement == kind;
        let n = expectations.iter().filter(is_so).count();
        (0 < n).then(|| format!("{n} {}", word(kind)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Each expectation with its judgement and what was found; where it is not met, with its reason.
pub(crate) fn listed(expectations: &[Expectation], width: usize) -> String {
    let mut page = String::new();
    for expectation in expectations {
        let reason = match expectation.judgement {
            Judgement::Met => "",
            _ => expectation.because.as_str(),
        };
        let texts = [&expectation.that, &found(&expectation.figure), reason];
        let texts = texts.into_iter().filter(|text| !text.is_empty());
        let texts = texts.flat_map(|text| lines(text, width.saturating_sub(INDENT)));
        let mut label = word(expectation.judgement);
        for text in texts {
            page += &format!("  {label:width$}{text}\n", width = INDENT - 2);
            label = "";
        }
    }
    page
}

/// The judgement in a word.
pub(crate) fn word(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Met => "met",
        Judgement::Violated => "violated",
        Judgement::Undecided => "undecided",
    }
}

/// What was measured: `221 ms [216,226], 20 runs` or `18 of 20 runs, 90 % [70,97]`.
pub(crate) fn found(figure: &Figure) -> String {
    match figure {
        Figure::Value {
            value,
            interval,
            bound,
            unit,
            basis,
        } => {
            let estimate = estimate(*value, *interval, *bound, *unit);
            format!("{estimate}, {}", rests_on(basis))
        }
        Figure::Difference {
            value,
            interval,
            unit,
            basis,
        } => {
            let estimate = estimate(*value, *interval, 0.0, *unit);
            let basis = rests_on(basis);
            format!("differs from that share by {estimate}, {basis}")
        }
        Figure::Runs {
            held,
            of,
            interval: (low, high),
            expected,
        } => {
            let runs = format!("in {held} of {}", counted(*of as usize, "run"));
            if 1.0 <= *expected {
                let is_short = held == of && *of < LEAST;
                let short = format!(", and it takes {LEAST}");
                return if is_short { runs + &short } else { runs };
            }
            let share = f64::from(*held) / f64::from((*of).max(1));
            let percent = [share, *low, *high].map(|share| format!("{:.0}", share * 100.0));
            let [share, low, high] = percent;
            format!("{runs}, {share} % [{low},{high}]")
        }
        Figure::Missing(reason) => reason.clone(),
    }
}

/// What must hold in every run is judged by at least so many.
const LEAST: u32 = 5;

/// `20 runs`, `4 of 20 runs`, `20 batches`.
fn rests_on(basis: &Basis) -> String {
    let &Basis { have, of, batches } = basis;
    let noun = match (batches, of) {
        (true, 1) => "batch",
        (true, _) => "batches",
        (false, 1) => "run",
        (false, _) => "runs",
    };
    match have == of {
        true => format!("{of} {noun}"),
        false => format!("{have} of {of} {noun}"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::made_up;
    use scenarios::results::Unit;

    fn expectation(that: &str, judgement: Judgement, figure: Figure) -> Expectation {
        Expectation {
            that: that.to_owned(),
            because: "a fill <takes> \"0.3 s\" & more".to_owned(),
            judgement,
            figure,
        }
    }

    /// A comparison with an expectation of each kind.
    pub(crate) fn judged() -> Results {
        let runs = |held, of, interval, expected| Figure::Runs {
            held,
            of,
            interval,
            expected,
        };
        let mut results = made_up::stampede();
        results.expectations = vec![
            expectation(
                "baseline never recovers",
                Judgement::Met,
                runs(20, 20, (0.84, 1.0), 1.0),
            ),
            expectation(
                "single-flight products.reads.peak < 5% of baseline",
                Judgement::Violated,
                Figure::Value {
                    value: 0.0937,
                    interval: Some((0.0912, 0.097)),
                    bound: 0.05,
                    unit: Unit::Share,
                    basis: Basis {
                        have: 20,
                        of: 20,
                        batches: false,
                    },
                },
            ),
            expectation(
                "single-flight web.refused.rate < 1% of baseline",
                Judgement::Met,
                Figure::Difference {
                    value: -40.0,
                    interval: Some((-41.0, -39.0)),
                    unit: Unit::PerSecond,
                    basis: Basis {
                        have: 20,
                        of: 20,
                        batches: false,
                    },
                },
            ),
            expectation(
                "ttl-jitter recovers within 5s with probability 80%",
                Judgement::Undecided,
                runs(18, 20, (0.699, 0.972), 0.8),
            ),
            expectation(
                "ttl-jitter latency.p99.99 < 2s",
                Judgement::Undecided,
                Figure::Missing("no run has enough samples for it".to_owned()),
            ),
        ];
        results
    }

    #[test]
    fn a_page_tells_judgement_figures_and_the_reason_of_what_is_not_met() {
        insta::assert_snapshot!("expectations", page(&judged(), 80));
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for width in [60, 80, 120] {
            for line in page(&judged(), width).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn a_summary_counts_each_judgement_that_there_is() {
        let studies = [judged(), made_up::stampede()];
        assert_eq!(
            summary(&studies),
            "2 scenarios, 5 expectations: 2 met, 1 violated, 2 undecided"
        );
    }
}
