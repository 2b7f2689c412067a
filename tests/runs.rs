//! The command line where something is run: what is written, what is printed, and how it ends.

use crate::folder::{Ended, Folder, TINY};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

fn tiny(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder.write("tiny.yaml", TINY);
    folder
}

#[test]
fn a_comparison_goes_to_a_fresh_directory_to_which_latest_leads() {
    let folder = tiny("fresh");
    let first = folder.fine(&["compare", "tiny.yaml"]);
    assert!(
        first.contains("baseline + 1 variant x 2 paired runs"),
        "{first}"
    );
    let second = folder.fine(&["compare", "tiny.yaml", "--seed", "2"]);
    assert_ne!(first, second);
    assert_eq!(folder.names("squall-out"), ["latest", "tiny-1", "tiny-2"]);
    let files = folder.names("squall-out/tiny-2");
    assert_eq!(folder.names("squall-out/latest"), files);
    for file in [
        "results.json",
        "summary.md",
        "runs.csv",
        "timeline.csv",
        "latency.hlog",
    ] {
        assert!(files.contains(&file.to_owned()), "{file}: {files:?}");
    }
    for variant in ["baseline.hgrm", "two-workers.hgrm"] {
        assert!(files.contains(&variant.to_owned()), "{variant}: {files:?}");
    }
}

#[test]
fn every_file_and_the_page_say_what_was_run() {
    let folder = tiny("identity");
    let page = folder.fine(&["compare", "tiny.yaml", "--out", "out"]);
    let results: Value = serde_json::from_str(&folder.read("out/results.json")).unwrap();
    let hash = results["identity"]["hash"].as_str().expect("it is text");
    for name in folder.names("out") {
        let content = std::fs::read(folder.path("out").join(&name)).expect("it can be read");
        let has_hash = content.windows(hash.len()).any(|w| w == hash.as_bytes());
        assert!(has_hash, "{name} does not have the hash of the scenario");
    }
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, last) = words.rsplit_once(" squall 0").expect("a version");
    for part in ["scenario tiny", hash, "seed 1", "2 runs"] {
        assert!(last.contains(part), "{part} is not at the end of\n{page}");
    }
    assert!(last.ends_with("squall compare tiny.yaml"), "{page}");
}

#[test]
fn results_and_output_are_the_same_bytes_on_any_number_of_threads() {
    let folder = tiny("threads");
    let arguments = |threads, out| {
        [
            "compare",
            "tiny.yaml",
            "--runs",
            "5",
            "--threads",
            threads,
            "--out",
            out,
        ]
    };
    let one = folder.fine(&arguments("1", "one"));
    let three = folder.fine(&arguments("3", "three"));
    assert_eq!(one, three);
    for name in folder.names("one") {
        let [one, three] = ["one", "three"]
            .map(|out| std::fs::read(folder.path(out).join(&name)).expect("it is there"));
        assert!(one == three, "{name} differs");
    }
}

#[test]
fn a_directory_is_replaced_whole_when_it_holds_a_result() {
    let folder = tiny("replaced");
    folder.fine(&["compare", "tiny.yaml", "--out", "new/out"]);
    assert!(
        folder
            .names("new/out")
            .contains(&"two-workers.hgrm".to_owned())
    );
    folder.fine(&["run", "tiny.yaml", "--out", "new/out"]);
    assert!(
        !folder
            .names("new/out")
            .contains(&"two-workers.hgrm".to_owned())
    );
    assert_eq!(folder.names("new"), ["out"], "nothing is left beside it");
}

#[test]
fn a_directory_with_something_else_is_left_alone() {
    let folder = tiny("elsewhere");
    std::fs::create_dir(folder.path("mine")).expect("a folder can be made");
    folder.write("mine/thesis.txt", "precious");
    let run = ["run", "tiny.yaml", "--out"];
    folder.refused(&[&run[..], &["mine"]].concat(), "it holds something else");
    folder.write("mine/results.json", "{}");
    folder.refused(&[&run[..], &["mine"]].concat(), "it holds something else");
    folder.refused(
        &[&run[..], &["tiny.yaml"]].concat(),
        "it is not a directory",
    );
    folder.refused(&[&run[..], &["."]].concat(), "you are in it");
    assert_eq!(folder.read("mine/thesis.txt"), "precious");
    assert_eq!(folder.names("."), ["mine", "tiny.yaml"]);
}

#[test]
fn the_stamped_command_makes_the_results_again() {
    let folder = tiny("stamp");
    let given = [
        "compare",
        "./tiny.yaml",
        "--set",
        "nodes.web.service.workers=3",
        "--seed=7",
        "--variants",
        "two-workers",
        "--out",
        "first",
        "--threads",
        "2",
    ];
    folder.fine(&given);
    let results: Value = serde_json::from_str(&folder.read("first/results.json")).unwrap();
    let command = results["identity"]["command"].as_str().expect("it is text");
    assert_eq!(
        command,
        "squall compare tiny.yaml --variant two-workers --set nodes.web.service.workers=3 --seed 7"
    );
    let again: Vec<_> = command
        .split(' ')
        .skip(1)
        .chain(["--out", "again"])
        .collect();
    folder.fine(&again);
    assert_eq!(
        folder.read("again/results.json"),
        folder.read("first/results.json")
    );
}

#[test]
fn reports_are_drawn_again_from_results_alone() {
    let folder = tiny("report");
    folder.fine(&["compare", "tiny.yaml", "--out", "first"]);
    std::fs::create_dir(folder.path("again")).expect("a folder can be made");
    folder.write("again/results.json", folder.read("first/results.json"));
    let shown = folder.fine(&["report", "again"]);
    assert!(shown.contains("vs baseline"), "{shown}");
    assert_eq!(folder.names("again"), folder.names("first"));
    for name in ["results.json", "summary.md", "runs.csv", "baseline.hgrm"] {
        let [first, again] = ["first", "again"].map(|out| folder.read(&format!("{out}/{name}")));
        assert!(first == again, "{name} differs");
    }
}

#[test]
fn every_format_goes_to_standard_output() {
    let folder = tiny("formats");
    let format = |format| folder.fine(&["run", "tiny.yaml", "--format", format, "--out", "out"]);
    assert!(format("table").starts_with("tiny: One server and its queue."));
    assert!(format("markdown").starts_with("# tiny: "));
    assert_eq!(format("json"), folder.read("out/results.json"));
    assert_eq!(format("csv"), folder.read("out/runs.csv"));
}

#[test]
fn a_quiet_command_says_nothing_but_its_results() {
    let folder = tiny("quiet");
    let ended = folder.squall(&["run", "tiny.yaml", "--quiet"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(!ended.out.is_empty());
}

#[test]
fn a_varied_parameter_makes_a_curve() {
    let folder = tiny("curve");
    let rates = "nodes.users.clients.arrivals.poisson=50/s,100/s";
    let curve = folder.fine(&["compare", "tiny.yaml", "--vary", rates, "--out", "out"]);
    assert!(curve.contains("50/s") && curve.contains("100/s"), "{curve}");
    assert!(
        folder
            .names("out")
            .contains(&"baseline-at-50-s.hgrm".to_owned())
    );
}

/// What a results.json says but for the precision and the command.
fn without_the_precision(text: &str) -> Value {
    let mut results: Value = serde_json::from_str(text).expect("it is JSON");
    results["precision"] = Value::Null;
    results["identity"]["command"] = Value::Null;
    results["identity"]["request"] = Value::Null;
    results
}

#[test]
fn a_wanted_precision_takes_the_runs_that_it_needs_on_any_number_of_threads() {
    let folder = tiny("precision");
    let wanted = ["compare", "tiny.yaml", "--metric", "latency.mean"];
    let wanted = [&wanted[..], &["--precision", "8%", "--out"]].concat();
    let said = folder.fine(&[&wanted[..], &["one", "--threads", "1"]].concat());
    folder.fine(&[&wanted[..], &["three", "--threads", "3"]].concat());
    let one = folder.read("one/results.json");
    assert_eq!(one, folder.read("three/results.json"));
    let results: Value = serde_json::from_str(&one).expect("it is JSON");
    let runs = results["identity"]["runs"]
        .as_u64()
        .expect("it is a number");
    assert!((6..200).contains(&runs), "{runs}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = format!(
        "latency.mean is known to within 8.0 % in every variant, as are the differences: it took \
         {runs} runs;"
    );
    assert!(said.contains(&sentence), "{said}");
    assert!(folder.read("one/summary.md").contains(&sentence));
    assert!(
        results["precision"]["widest"]
            .as_f64()
            .expect("it is a number")
            <= 0.08
    );

    let runs = runs.to_string();
    folder.fine(&["compare", "tiny.yaml", "--runs", &runs, "--out", "fixed"]);
    let fixed = folder.read("fixed/results.json");
    assert_eq!(without_the_precision(&one), without_the_precision(&fixed));
}

#[test]
fn a_precision_that_is_not_reached_says_which_variant_is_too_wide() {
    let folder = tiny("too-precise");
    let wanted = ["compare", "tiny.yaml", "--precision", "0.5%", "--metric"];
    let wanted = |metric, runs| {
        let wanted = [&wanted[..], &[metric, "--max-runs", runs, "--out", "out"]].concat();
        let said = folder.fine(&wanted);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = wanted("latency.mean", "7");
    for part in [
        "latency.mean is not yet known to within 0.50 %: after 7 runs, the most allowed, the widest",
        "runs would probably do.",
    ] {
        assert!(said.contains(part), "{said}");
    }
    // Of the 200 requests of a run only 2 lie beyond p99.
    let said = wanted("latency.p99", "50");
    assert!(said.contains("has no interval after 5 runs"), "{said}");
    folder.refused(
        &[
            "run",
            "tiny.yaml",
            "--precision",
            "5%",
            "--metric",
            "latency.p98",
        ],
        "no metric named `latency.p98`",
    );
}

#[test]
fn one_long_run_is_cut_into_batches() {
    let folder = Folder::new("batches");
    let long = TINY.replace(
        "duration: 1s\nruns: 2",
        "duration: 50s\nruns: 1\nbatch_means: 20",
    );
    folder.write("long.yaml", long);
    let said = folder.fine(&["compare", "long.yaml", "--out", "out"]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "baseline + 1 variant x 20 paired batches of 2 s of one run of 50 s, seed 1",
        "with their 95 % intervals over batches;",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains("One run has no interval"), "{said}");
    let results: Value = serde_json::from_str(&folder.read("out/results.json")).unwrap();
    for variant in results["variants"].as_array().expect("it is a list") {
        let batches = variant["batches"].as_array().expect("it is a list");
        assert_eq!(batches.len(), 20);
        assert!(
            batches
                .iter()
                .all(|batch| batch["web.queue.mean"].is_number())
        );
    }
    assert!(results["variants"][1]["cells"][1]["difference"].is_object());
    folder.refused(
        &["run", "long.yaml", "--runs", "3"],
        "batch means rest on one run",
    );
    folder.refused(
        &["run", "long.yaml", "--precision", "5%"],
        "batch means rest on one",
    );
}

#[test]
fn the_story_of_a_request_is_told() {
    let folder = tiny("follow");
    let story = folder.fine(&["run", "tiny.yaml", "--follow", "users:3"]);
    assert!(story.contains("users") && story.contains("web"), "{story}");
    folder.refused(
        &["run", "tiny.yaml", "--follow", "1000000"],
        "no request 1000000",
    );
    folder.refused(&["run", "tiny.yaml", "--follow", "nobody:1"], "nobody");
    assert_eq!(folder.names("."), ["tiny.yaml"]);
}

#[test]
fn verification_agrees_with_another_process_and_writes_nothing() {
    let folder = tiny("verify");
    let fingerprints = folder.fine(&["verify", "tiny.yaml"]);
    assert_eq!(fingerprints.lines().count(), 4, "{fingerprints}");
    assert!(
        fingerprints.contains("  two-workers, run 2\n"),
        "{fingerprints}"
    );
    assert_eq!(folder.names("."), ["tiny.yaml"]);
}

#[test]
fn a_reader_that_leaves_does_not_keep_files_from_being_written() {
    let folder = tiny("head");
    let mut command = folder.command(&["run", "tiny.yaml", "--out", "out"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program can be started");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(folder.names("out").contains(&"results.json".to_owned()));
}

/// Interrupts a study of several minutes after so many seconds.
#[cfg(unix)]
fn interrupted(folder: &Folder, seconds: u64) -> Ended {
    let arguments = ["compare", "tiny.yaml", "--out", "out"];
    let long = ["--runs", "10000", "--duration", "1m"];
    let mut command = folder.command(&[arguments, long].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program can be started");
    std::thread::sleep(Duration::from_secs(seconds));
    let number = child.id().to_string();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &number])
        .status();
    assert!(kill.expect("there is a kill").success());
    child.wait_with_output().expect("it ends").into()
}

#[test]
#[cfg(unix)]
fn an_interrupted_study_keeps_what_was_finished() {
    let folder = tiny("interrupted");
    // A busy machine may need longer to finish a first run.
    let ended = [1, 4, 16].into_iter().find_map(|seconds| {
        let ended = interrupted(&folder, seconds);
        folder.path("out").exists().then_some(ended)
    });
    let ended = ended.expect("a run is finished in 16 seconds");
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert!(
        ended.err.contains("out has what was finished"),
        "{}",
        ended.err
    );
    let results: Value = serde_json::from_str(&folder.read("out/results.json")).unwrap();
    assert_eq!(results["interrupted"], Value::Bool(true));
}
