//! `squall test`: the catalogue keeps its promises, and every way in which a gate may end.

use crate::folder::{Ended, Folder, TINY};

/// A folder with a scenario that expects this.
fn expecting(test: &str, expectations: &[&str]) -> Folder {
    let folder = Folder::new(test);
    let lines = expectations
        .iter()
        .map(|that| format!("  - {{ that: \"{that}\", because: it is so }}\n"));
    let expect = lines.collect::<String>();
    // With fewer runs nothing is certain.
    let text = TINY.replace("runs: 2", "runs: 5");
    folder.write("gate.yaml", format!("{text}expect:\n{expect}"));
    folder
}

const MET: &str = "baseline goodput > 50%";
const VIOLATED: &str = "baseline goodput < 50%";
const UNDECIDED: &str = "baseline goodput > 50% with probability 90%";

#[track_caller]
fn ends(test: &str, expectations: &[&str], code: i32, summary: &str) -> String {
    let Ended {
        code: ended,
        out,
        err,
    } = expecting(test, expectations).squall(&["test", "gate.yaml"]);
    assert_eq!(ended, Some(code), "{out}{err}");
    assert_eq!(out.lines().last(), Some(summary), "{err}");
    out
}

/// A few runs of each scenario; its own number of runs is for `tests/fresh-seeds`.
#[test]
fn the_whole_catalogue_meets_its_expectations() {
    let folder = Folder::new("gate-catalogue");
    let ended = folder.squall(&["test", "--runs", "5", "--junit", "report.xml"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let report = folder.read("report.xml");
    for entry in scenarios::catalogue::ENTRIES {
        let suite = format!("<testsuite name=\"{}\" ", entry.id);
        assert!(report.contains(&suite), "{}: {report}", entry.id);
    }
    assert_eq!(folder.names("."), ["report.xml"]);
}

#[test]
fn a_gate_that_is_met_ends_with_0_and_shows_its_figures() {
    let summary = "1 scenario, 1 expectation: 1 met";
    let out = ends("gate-met", &[MET], 0, summary);
    assert!(
        out.contains("met        baseline goodput > 50%\n             100 %"),
        "{out}"
    );
    assert!(out.contains(", 5 runs\n"), "{out}");
    assert!(!out.contains("it is so"), "a reason is for what is not met");
}

#[test]
fn a_gate_that_is_violated_ends_with_1_and_says_why_it_is_there() {
    let summary = "1 scenario, 2 expectations: 1 met, 1 violated";
    let out = ends("gate-violated", &[MET, VIOLATED], 1, summary);
    assert!(out.contains("violated   baseline goodput < 50%"), "{out}");
    assert!(out.contains("it is so"), "{out}");
}

#[test]
fn a_gate_without_enough_data_ends_with_3() {
    let summary = "1 scenario, 2 expectations: 1 met, 1 undecided";
    let out = ends("gate-undecided", &[UNDECIDED, MET], 3, summary);
    assert!(out.contains("in 5 of 5 runs, 100 % [57,100]"), "{out}");
}

#[test]
fn a_violation_beats_what_is_undecided() {
    let summary = "1 scenario, 2 expectations: 1 violated, 1 undecided";
    ends("gate-both", &[VIOLATED, UNDECIDED], 1, summary);
}

#[test]
fn bad_input_ends_with_2_before_anything_is_run() {
    let folder = expecting("gate-refused", &[MET]);
    folder.write("silent.yaml", TINY);
    folder.write(
        "wrong.yaml",
        format!("{TINY}expect: [ {{ that: baseline p99 < 5 }} ]\n"),
    );
    folder.refused(&["test", "silent.yaml"], "`silent.yaml` expects nothing");
    folder.refused(&["test", "gate.yaml", "silent.yaml"], "expects nothing");
    folder.refused(&["test", "wrong.yaml"], "wrong.yaml:11:34");
    folder.refused(&["test", "cache-stampeed"], "did you mean");
    folder.refused(&["test", "gate.yaml", "--runs", "0"], "--runs");
    for (path, why) in [
        ("no/report.xml", "no/report.xml"),
        (".", "it is not a file"),
    ] {
        folder.refused(&["test", "gate.yaml", "--junit", path], why);
    }
    let given = ["gate.yaml", "silent.yaml", "wrong.yaml"];
    assert_eq!(folder.names("."), given, "a refusal leaves nothing behind");
}

/// What the JUnit file says of one expectation of each judgement.
const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="squall" tests="3" failures="1" errors="1">
  <testsuite name="tiny" tests="3" failures="1" errors="1">
    <testcase classname="tiny" name="baseline goodput &gt; 50%">
      <system-out>100 % [100,100], 5 runs</system-out>
    </testcase>
    <testcase classname="tiny" name="baseline goodput &lt; 50%">
      <failure type="violated" message="100 % [100,100], 5 runs">it is so</failure>
    </testcase>
    <testcase classname="tiny" name="baseline goodput &gt; 50% with probability 90%">
      <error type="undecided" message="in 5 of 5 runs, 100 % [57,100]">it is so</error>
    </testcase>
  </testsuite>
</testsuites>
"#;

#[test]
fn the_junit_file_has_every_judgement_and_is_the_same_on_any_number_of_threads() {
    let folder = expecting("gate-junit", &[MET, VIOLATED, UNDECIDED]);
    folder.write("report.xml", "an old one");
    for threads in ["1", "3"] {
        let arguments = ["test", "gate.yaml", "--threads", threads, "--junit"];
        let ended = folder.squall(&[&arguments[..], &["report.xml"]].concat());
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        let report = folder.read("report.xml");
        let (begin, rest) = report.split_once("    <properties>").expect("what was run");
        let (properties, end) = rest.split_once("</properties>\n").expect("it ends");
        assert_eq!(format!("{begin}{end}"), REPORT);
        assert!(properties.contains("\"command\" value=\"squall test gate.yaml\""));
        assert!(properties.contains("name=\"hash\""), "{properties}");
    }
    assert_eq!(folder.names("."), ["gate.yaml", "report.xml"]);
}

#[test]
fn only_the_variants_that_are_expected_of_are_run() {
    let only = ["two-workers goodput > 50%"];
    let out = ends("gate-one", &only, 0, "1 scenario, 1 expectation: 1 met");
    assert!(out.starts_with("tiny: two-workers x 5 runs"), "{out}");
    let both = ["two-workers goodput > 50% of baseline"];
    let out = ends("gate-pair", &both, 0, "1 scenario, 1 expectation: 1 met");
    assert!(out.starts_with("tiny: baseline + 1 variant x 5"), "{out}");
}

#[test]
fn a_scenario_with_a_curve_is_judged_as_it_stands() {
    let folder = expecting("gate-curve", &[MET]);
    let text = folder.read("gate.yaml");
    let vary = "vary: { nodes.users.clients.arrivals.poisson: [1/s, 100000/s] }\n";
    folder.write("gate.yaml", text + vary);
    let out = folder.fine(&["test", "gate.yaml"]);
    assert!(out.starts_with("tiny: baseline x 5 runs"), "{out}");
}

#[test]
fn values_of_the_command_line_are_tested() {
    let folder = expecting("gate-set", &[MET]);
    let slow = "nodes.web.service.steps.0.work=30s";
    let ended = folder.squall(&["test", "gate.yaml", "--set", slow, "--quiet"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
}

#[test]
fn a_comparison_shows_the_expectations_that_it_can_judge() {
    let one_more = "two-workers goodput > 50% of baseline";
    let folder = expecting("gate-compare", &[MET, one_more]);
    let page = folder.fine(&["compare", "gate.yaml", "--out", "out"]);
    assert!(page.contains("expectations: 2 met\n"), "{page}");
    let document = folder.read("out/summary.md");
    assert!(document.contains("## Expectations"), "{document}");
    let page = folder.fine(&["run", "gate.yaml", "--format", "json"]);
    let results: serde_json::Value = serde_json::from_str(&page).expect("it is JSON");
    let judged: Vec<_> = results["expectations"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(judged.len(), 1, "of the baseline alone: {judged:?}");
    assert_eq!(judged[0]["that"], MET);
}

#[test]
#[cfg(unix)]
fn an_interrupted_gate_judges_nothing() {
    let folder = expecting("gate-interrupted", &[MET]);
    let long = [
        "--runs",
        "10000",
        "--duration",
        "1m",
        "--junit",
        "report.xml",
    ];
    let mut command = folder.command(&[&["test", "gate.yaml"][..], &long].concat());
    let piped = std::process::Stdio::piped;
    command.stdout(piped()).stderr(piped());
    let child = command.spawn().expect("the program can be started");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("there is a kill").success());
    let ended = Ended::from(child.wait_with_output().expect("it ends"));
    assert_eq!((ended.code, ended.out.as_str()), (Some(130), ""));
    assert_eq!(folder.names("."), ["gate.yaml"]);
}
