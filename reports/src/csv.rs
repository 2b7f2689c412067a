//! Results as comma-separated values, one figure or one window per line.

use ::csv::Writer;
use scenarios::results::{Identity, Results, Run, Timeline, Variant, Verdict};
use std::collections::BTreeSet;

/// The columns at the end of each line that say where it comes from, so that tables of several
/// studies can be put together. A comment would be a line of data to most readers.
const ORIGIN: [&str; 4] = ["scenario", "hash", "seed", "squall"];

/// Every metric of every run: `variant,value,run,metric,number`, then `scenario,hash,seed,squall`. `value` is that of the varied
/// parameter, `run` counts from 1. `recovered` is 1 or 0 where there is a verdict, and
/// `recovery_time` (seconds) is there where it is 1. Numbers have their shortest exact form.
pub fn compare_csv(results: &Results) -> String {
    let headings = ["variant", "value", "run", "metric", "number"].into_iter();
    let headings = headings.chain(ORIGIN).map(str::to_owned);
    let mut table = vec![headings.collect()];
    let origin = origin(&results.identity);
    for variant in &results.variants {
        let value = variant.value.clone().unwrap_or_default();
        for (run, number) in variant.runs.iter().zip(1..) {
            let metrics = run
                .metrics
                .iter()
                .map(|(metric, value)| (metric.as_str(), *value));
            for (metric, figure) in metrics.chain(recovery(run)) {
                let line = [
                    variant.name.clone(),
                    value.clone(),
                    i32::to_string(&number),
                    metric.to_owned(),
                    shortest(figure),
                ];
                table.push([line.as_slice(), &origin].concat());
            }
        }
    }
    written(&table)
}

fn origin(identity: &Identity) -> [String; ORIGIN.len()] {
    [
        identity.scenario.clone(),
        identity.hash.clone(),
        identity.seed.to_string(),
        identity.squall.clone(),
    ]
}

fn recovery(run: &Run) -> Vec<(&'static str, f64)> {
    match run.recovery {
        Verdict::NotApplicable => vec![],
        Verdict::Recovered(seconds) => vec![("recovered", 1.0), ("recovery_time", seconds)],
        Verdict::Degraded | Verdict::Oscillating | Verdict::Stuck => vec![("recovered", 0.0)],
    }
}

/// What happened over time, one line for each window of each variant:
/// `variant,value,start,offered,goodput,p50,p99`, then a column `load/node/cause` for each cause
/// of calls, `depth/node` for each queue, and `scenario,hash,seed,squall`. Times in seconds, rates per second; a figure that is
/// not there is empty.
pub fn timeline_csv(results: &Results) -> String {
    let timelines = || results.variants.iter().map(|variant| &variant.timeline);
    let loads: BTreeSet<_> = timelines().flat_map(loads).collect();
    let depths: BTreeSet<_> = timelines()
        .flat_map(|timeline| timeline.depth.keys())
        .collect();
    let fixed = [
        "variant", "value", "start", "offered", "goodput", "p50", "p99",
    ];
    let fixed = fixed.into_iter().map(str::to_owned);
    let load_headings = loads
        .iter()
        .map(|(node, cause)| format!("load/{node}/{cause}"));
    let depth_headings = depths.iter().map(|node| format!("depth/{node}"));
    let headings = fixed.chain(load_headings).chain(depth_headings);
    let mut table = vec![headings.chain(ORIGIN.map(str::to_owned)).collect()];
    let origin = origin(&results.identity);
    for variant in &results.variants {
        let timeline = &variant.timeline;
        let load = |(node, cause): &(&String, &String)| timeline.load.get(*node)?.get(*cause);
        let loads: Vec<_> = loads.iter().map(load).collect();
        let depths: Vec<_> = depths
            .iter()
            .map(|node| timeline.depth.get(*node))
            .collect();
        for window in 0..timeline.offered.len() {
            let series = loads.iter().chain(&depths);
            let figures =
                series.map(|series| series.and_then(|series| series.get(window)).copied());
            let line = start_of_line(variant, window);
            let line = line.into_iter().chain(figures.map(field));
            table.push(line.chain(origin.clone()).collect());
        }
    }
    written(&table)
}

/// The nodes of a timeline with the causes of their calls.
fn loads(timeline: &Timeline) -> impl Iterator<Item = (&String, &String)> {
    timeline
        .load
        .iter()
        .flat_map(|(node, causes)| causes.keys().map(move |cause| (node, cause)))
}

fn start_of_line(variant: &Variant, window: usize) -> Vec<String> {
    let Timeline {
        window: length,
        offered,
        goodput,
        p50,
        p99,
        ..
    } = &variant.timeline;
    let known = |series: &[f64]| field(series.get(window).copied());
    let perhaps = |series: &[Option<f64>]| field(series.get(window).copied().flatten());
    let start = field(Some(window as f64 * length));
    let value = variant.value.clone().unwrap_or_default();
    let name = variant.name.clone();
    vec![
        name,
        value,
        start,
        known(offered),
        known(goodput),
        perhaps(p50),
        perhaps(p99),
    ]
}

fn field(figure: Option<f64>) -> String {
    figure.map(shortest).unwrap_or_default()
}

/// The shortest text that is read back as the same number.
fn shortest(figure: f64) -> String {
    let text = format!("{figure:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn written(table: &[Vec<String>]) -> String {
    let mut writer = Writer::from_writer(vec![]);
    for line in table {
        writer
            .write_record(line)
            .expect("memory takes all lines, and all are of one length");
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("only text was written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn csv_looks_right() {
        insta::assert_snapshot!("compare-csv", compare_csv(&made_up::small()));
        insta::assert_snapshot!("timeline-csv", timeline_csv(&made_up::small()));
    }

    #[test]
    fn names_with_commas_are_quoted_and_no_variants_leave_the_heading() {
        let mut results = made_up::small();
        results.variants[0].name = "a,\"b\"".to_owned();
        assert!(compare_csv(&results).contains("\n\"a,\"\"b\"\"\",,1,"));
        results.variants.clear();
        assert_eq!(
            compare_csv(&results),
            "variant,value,run,metric,number,scenario,hash,seed,squall\n"
        );
        assert_eq!(
            timeline_csv(&results),
            "variant,value,start,offered,goodput,p50,p99,scenario,hash,seed,squall\n"
        );
    }
}
