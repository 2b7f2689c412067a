//! Expectations: words in their places, variants and metrics that are there.

use super::Report;
use crate::expect::{self, Claim, Expected, Wrong};
use crate::problem::{Problem, Problems};
use crate::schema::Scenario;
use crate::study::metric_names;
use crate::tree::Tree;

/// More expectations than anybody reads.
const EXPECTATIONS: usize = 1_000;

impl Report<'_> {
    pub(super) fn expectations(&mut self) {
        let expectations = &self.scenario.expect;
        if EXPECTATIONS < expectations.len() {
            let message = format!("there are {} expectations", expectations.len());
            self.wrong("expect", message, &format!("at most {EXPECTATIONS}"));
        }
        let variants = expect::variants(self.scenario);
        for (index, expect) in expectations.iter().enumerate().take(EXPECTATIONS) {
            if let Err(wrong) = expect::read(&expect.that, &variants) {
                self.push(problem(self.tree, index, &expect.that, wrong));
            }
        }
    }
}

/// What is wrong with the metrics that expectations ask of a variant; `scenario` has it applied
/// and is otherwise right.
pub(crate) fn expected_metrics(scenario: &Scenario, variant: &str, tree: &Tree) -> Problems {
    let metrics = metric_names(scenario);
    let expected = expect::of(scenario);
    let of_variant = expected
        .iter()
        .enumerate()
        .filter(|(_, expected)| expected.needs(variant));
    let wrong = of_variant.filter_map(|(index, expected)| {
        let wrong = unknown_metric(expected, &metrics)?;
        Some(problem(tree, index, &scenario.expect[index].that, wrong))
    });
    wrong.collect()
}

fn unknown_metric(expected: &Expected, metrics: &[String]) -> Option<Wrong> {
    let is_known = |name: &String| metrics.contains(name);
    let (what, wrong, names) = match &expected.claim {
        Claim::Metric { metric, .. } if !is_known(metric) => (
            "metric",
            metric,
            metrics.iter().map(String::as_str).collect(),
        ),
        Claim::No { counter } if !expect::counter_metrics(counter).iter().any(is_known) => {
            ("counter", counter, counters(metrics))
        }
        _ => return None,
    };
    Some(Wrong {
        range: expected.subject.clone(),
        message: format!("there is no {what} `{wrong}`"),
        expected: format!("a {what} that `squall show --metrics` lists"),
        help: super::nearest(wrong, names.into_iter()),
    })
}

/// The names of what can be expected not to happen.
fn counters(metrics: &[String]) -> Vec<&str> {
    let name = |metric: &'_ String| -> Option<usize> {
        let name = metric
            .strip_suffix(".total")
            .or_else(|| metric.strip_suffix(".share"));
        name.map(str::len)
    };
    metrics
        .iter()
        .filter_map(|metric| Some(&metric[..name(metric)?]))
        .collect()
}

/// A problem with a word of an expectation's text.
fn problem(tree: &Tree, index: usize, text: &str, wrong: Wrong) -> Problem {
    let path = format!("expect.{index}.that");
    let all = tree.locate(&path);
    let place = all.part(text, wrong.range).if_not_empty(&all);
    Problem::new(&place, wrong.message)
        .expected(wrong.expected)
        .maybe_help(wrong.help)
}
