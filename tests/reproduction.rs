//! `reproduce` and `diff`: the same results again, and what differs between two.

use crate::folder::{Folder, TINY};
use crate::running::{read, results};
use scenarios::contrast::contrast;
use scenarios::results::Results;
use serde_json::Value;

/// A folder in which the tiny scenario was compared, with these arguments, to `out`.
fn compared(test: &str, more: &[&str]) -> Folder {
    let folder = Folder::new(test);
    folder.write("tiny.yaml", TINY);
    folder.fine(&[&["compare", "tiny.yaml", "--out", "out"], more].concat());
    folder
}

/// Rewrites the results in `out`.
fn rewrite(folder: &Folder, change: impl Fn(&str) -> String) {
    let text = folder.read("out/results.json");
    let changed = change(&text);
    assert_ne!(text, changed);
    folder.write("out/results.json", changed);
}

#[test]
fn results_are_made_again_from_themselves_alone() {
    let vary = "nodes.users.clients.arrivals.poisson=50/s,100/s";
    let arguments: [&[&str]; 3] = [
        &[],
        &["--variants", "two-workers", "--seed", "7", "--runs", "3"],
        &[
            "--vary",
            vary,
            "--metric",
            "goodput",
            "--set",
            "nodes.web.service.queue.capacity=9",
        ],
    ];
    for more in arguments {
        let folder = compared("reproduced", more);
        std::fs::remove_file(folder.path("tiny.yaml")).expect("it can be removed");
        let before = folder.names("out");
        for what in ["out", "out/results.json"] {
            let said = folder.fine(&["reproduce", what]);
            assert!(
                said.contains("all fingerprints and all figures are the same"),
                "{said}"
            );
        }
        assert_eq!(folder.names("."), ["out"], "nothing is written");
        assert_eq!(folder.names("out"), before);
    }
}

#[test]
fn an_interrupted_study_is_made_again_as_far_as_it_came() {
    let folder = compared("reproduced-part", &["--runs", "3"]);
    // What an interruption after 3 of 9 runs leaves.
    let asked = |text: &str| text.replace("[\"runs\",\"3\"]", "[\"runs\",\"9\"]");
    rewrite(&folder, |text| {
        asked(text).replace("\"interrupted\": false", "\"interrupted\": true")
    });
    let of_nine = folder.fine(&["compare", "tiny.yaml", "--runs", "9", "--format", "json"]);
    let of_nine: Value = serde_json::from_str(&of_nine).expect("it is JSON");
    let text: Value = serde_json::from_str(&folder.read("out/results.json")).expect("it is JSON");
    let [was, of_nine] = [&text, &of_nine].map(|of| of["identity"]["hash"].as_str().unwrap());
    rewrite(&folder, |text| text.replace(was, of_nine));
    let said = folder.fine(&["reproduce", "out"]);
    assert!(
        said.contains("6 runs") && said.contains("the same"),
        "{said}"
    );
}

#[test]
fn results_that_come_out_otherwise_are_a_mistake_and_of_another_version_a_difference() {
    let folder = compared("otherwise", &[]);
    let results: Value = serde_json::from_str(&folder.read("out/results.json")).unwrap();
    let print = results["variants"][0]["runs"][1]["fingerprint"]
        .as_str()
        .unwrap();
    rewrite(&folder, |text| {
        text.replace("\"good_within\": 1.0", "\"good_within\": 2.0")
    });
    let ended = folder.squall(&["reproduce", "out"]);
    assert_eq!(ended.code, Some(70), "{}", ended.err);
    assert!(
        ended
            .out
            .contains("all fingerprints are the same, 1 figures are not"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("good_within: 2.0 became 1.0"),
        "{}",
        ended.out
    );
    let version = format!("\"squall\": \"{}\"", env!("CARGO_PKG_VERSION"));
    rewrite(&folder, |text| {
        text.replace(print, "0")
            .replace(&version, "\"squall\": \"0.0.7\"")
    });
    let ended = folder.squall(&["reproduce", "out"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let moved = format!("baseline, run 2: 0 became {print}");
    assert!(ended.out.contains(&moved), "{}", ended.out);
    assert!(ended.err.contains("0.0.7"), "{}", ended.err);
}

#[test]
fn a_trace_must_be_there_and_be_the_same() {
    let folder = Folder::new("trace-again");
    let replay = "arrivals: { replay: { file: requests.csv } }, good_within: 1s";
    let text = TINY.replace("arrivals: { poisson: 200/s }, good_within: 1s", replay);
    folder.write("mine/tiny.yaml", text);
    folder.write("mine/requests.csv", "time_s,key\n0,1\n0.2,2\n0.9,1\n");
    folder.fine(&["compare", "mine/tiny.yaml", "--out", "out"]);
    folder.refused(
        &["reproduce", "out"],
        "the trace `requests.csv`, which is not here",
    );
    folder.write("requests.csv", "time_s,key\n0,1\n0.2,2\n0.8,1\n");
    folder.refused(&["reproduce", "out"], "has changed since");
    folder.write("requests.csv", folder.read("mine/requests.csv"));
    folder.fine(&["reproduce", "out"]);
}

#[test]
fn what_a_precision_took_is_made_again() {
    // The limit ends it at more runs than the scenario has.
    let wanted = [
        "--precision",
        "0.001%",
        "--metric",
        "latency.mean",
        "--max-runs",
        "7",
    ];
    let folder = compared("precision-again", &wanted);
    folder.fine(&["reproduce", "out"]);
    rewrite(&folder, |text| text.replace("\"0.001%\"", "\"0%\""));
    folder.refused(
        &["reproduce", "out"],
        "identity.request.precision: an interval is never",
    );
}

#[test]
fn a_metric_must_be_one_and_must_be_of_use() {
    let folder = compared("useless-metric", &[]);
    let run = |metric: &'static str| ["run", "tiny.yaml", "--metric", metric];
    folder.refused(&run("goodputt"), "no metric named `goodputt`");
    folder.refused(&run("goodput"), "here is neither");
}

#[test]
fn what_is_no_result_is_refused() {
    let folder = Folder::new("no-result");
    folder.write("empty.json", "{}");
    folder.write("tiny.yaml", TINY);
    folder.refused(&["reproduce", "nowhere"], "cannot read `nowhere`");
    folder.refused(&["reproduce", "."], "results.json");
    folder.refused(
        &["diff", "empty.json", "tiny.yaml"],
        "this is no Squall result",
    );
}

#[test]
fn a_difference_is_told_from_noise_and_exits_with_1() {
    let folder = compared("diff", &["--runs", "8"]);
    folder.fine(&[
        "compare",
        "tiny.yaml",
        "--runs",
        "8",
        "--seed",
        "5",
        "--out",
        "other",
    ]);
    let slower = "nodes.web.service.steps.0.work={ exponential: 4500us }";
    folder.fine(&[
        "compare",
        "tiny.yaml",
        "--runs",
        "8",
        "--set",
        slower,
        "--out",
        "slower",
    ]);
    folder.fine(&[
        "compare",
        "tiny.yaml",
        "--runs",
        "1",
        "--set",
        slower,
        "--out",
        "once",
    ]);
    let same = folder.fine(&["diff", "out", "out/results.json"]);
    assert!(same.contains("Nothing differs."), "{same}");
    let noise = folder.fine(&["diff", "out", "other"]);
    assert!(
        noise.contains("seed: 1; 5") && noise.contains("Welch"),
        "{noise}"
    );
    let ended = folder.squall(&["diff", "out", "slower", "--all"]);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    let path = "nodes.web.service.steps.0.work.exponential: 4ms; 4.5ms";
    assert!(
        ended.out.contains(path) && ended.out.contains("beyond noise"),
        "{}",
        ended.out
    );
    let json = folder.squall(&["diff", "out", "slower", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(json["is_paired"], Value::Bool(true));
    let once = folder.squall(&["diff", "out", "once"]);
    assert_eq!(once.code, Some(3), "{}", once.out);
}

/// A queue with a light load, in runs of few requests.
fn study(seed: u32) -> Results {
    let seed = seed.to_string();
    results(&read(TINY), &[("seed", &seed), ("runs", "6")], 2)
}

#[test]
fn noise_is_rarely_called_a_difference() {
    // At most 5 % of the comparisons of all metrics; 6 of 40 or fewer in 98 % of all tests.
    let all: Vec<Results> = (1..=80).map(study).collect();
    let mistaken = all
        .chunks(2)
        .filter(|pair| contrast(&pair[0], &pair[1], true).is_beyond_noise());
    assert!(mistaken.count() <= 6);
}

#[test]
fn figures_compared_by_subtraction_may_be_zero() {
    let (a, b) = (study(1), study(2));
    let contrast = contrast(&a, &b, true);
    let metrics = contrast
        .variants
        .iter()
        .flat_map(|variant| &variant.metrics);
    for metric in metrics.filter_map(|metric| metric.difference.as_ref()) {
        assert!(metric.low.is_finite() && metric.mean.is_finite() && metric.high.is_finite());
    }
}
