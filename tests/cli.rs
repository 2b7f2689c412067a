//! The command line where nothing is run: help, the catalogue, checks, refusals.

use crate::folder::{Folder, TINY};
use scenarios::catalogue::ENTRIES;
use serde_json::Value;
use std::process::Stdio;

#[test]
fn help_starts_with_examples() {
    let folder = Folder::new("help");
    for command in [
        "", "list", "show", "run", "compare", "test", "check", "new", "report", "verify",
    ] {
        let arguments: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let help = folder.fine(&arguments);
        assert!(help.starts_with("Example"), "{command}: {help}");
        assert!(help.contains("\n  squall "), "{command}: {help}");
    }
}

#[test]
fn the_list_has_a_line_for_each_scenario_of_each_theme_within_80_columns() {
    let folder = Folder::new("list");
    let list = folder.fine(&["list"]);
    assert!(list.starts_with("Caching\n  cache-stampede "), "{list}");
    let of_scenarios = list.lines().filter(|line| line.starts_with("  "));
    assert_eq!(of_scenarios.count(), ENTRIES.len(), "{list}");
    assert!(list.lines().all(|line| line.len() <= 80), "{list}");
    let tagged = folder.fine(&["list", "--tag", "cache"]);
    assert!(tagged.contains("cache-stampede") && !tagged.contains("retry-storm"));
    folder.refused(&["list", "--tag", "hats"], "no scenario has the tag `hats`");
}

#[test]
fn the_list_is_there_for_programs() {
    let folder = Folder::new("list-json");
    let entries = |arguments: &[&str]| -> Vec<Value> {
        serde_json::from_str(&folder.fine(arguments)).expect("it is a list in JSON")
    };
    let find = |entries: &[Value], id: &str| {
        let found = entries.iter().find(|entry| entry["id"] == id);
        found.expect("it is in the list").clone()
    };
    let list = entries(&["list", "--format", "json"]);
    assert_eq!(list.len(), ENTRIES.len());
    assert_eq!(find(&list, "cache-stampede")["theme"], "Caching");
    let coverage = entries(&["list", "--coverage", "--format", "json"]);
    assert!(254 <= coverage.len());
    assert_eq!(find(&coverage, "cache-stampede")["works"], true);
}

#[test]
fn the_coverage_tells_what_works_from_what_does_not_yet() {
    let folder = Folder::new("coverage");
    let coverage = folder.fine(&["list", "--coverage"]);
    assert!(coverage.contains("\n+ 1  cache-stampede "), "{coverage}");
    assert!(coverage.contains("\n- 3  "), "{coverage}");
    folder.refused(
        &["list", "--coverage", "--tag", "cache"],
        "cannot be used with",
    );
}

#[test]
fn an_overview_tells_of_system_load_faults_and_variants() {
    let folder = Folder::new("show");
    let text = folder.fine(&["show", "cache-stampede"]);
    for part in [
        "readers -> web",
        "offered",
        "at 40 s",
        "ttl_jitter: 20%",
        "seed 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let metrics = folder.fine(&["show", "cache-stampede", "--metrics"]);
    assert!(metrics.contains("\nlatency.p99"), "{metrics}");
}

#[test]
fn a_misspelt_name_gets_the_nearest() {
    let folder = Folder::new("misspelt");
    folder.refused(&["run", "cache-stampeed"], "did you mean `cache-stampede`?");
    folder.refused(&["run", "zzz"], "`squall list`");
    folder.refused(&["comapre", "x"], "'compare'");
    folder.refused(
        &["show", "cache-stampede", "--variant", "single-fligth"],
        "single-flight",
    );
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason() {
    let folder = Folder::new("unreadable");
    folder.write("latin.yaml", b"squall: 1\nname: caf\xe9\n");
    folder.refused(&["check", "missing.yaml"], "cannot read `missing.yaml`");
    folder.refused(&["check", "."], "cannot read `.`: it is a directory");
    folder.refused(&["check", "latin.yaml"], "line 2 is not text in UTF-8");
    folder.refused(&["report", "."], "results.json`");
}

#[test]
fn mistakes_are_shown_with_place_and_caret() {
    let folder = Folder::new("mistakes");
    folder.write("broken.yaml", TINY.replace("to: web", "to: wbe"));
    let ended = folder.squall(&["check", "broken.yaml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    for part in ["--> broken.yaml:7:", "^^^", "did you mean `web`?"] {
        assert!(ended.err.contains(part), "{}", ended.err);
    }
    let coloured = folder.squall(&["check", "broken.yaml", "--color", "always"]);
    assert!(coloured.err.contains('\u{1b}') && !ended.err.contains('\u{1b}'));
}

#[test]
fn mistakes_in_arguments_point_at_them() {
    let folder = Folder::new("arguments");
    folder.write("tiny.yaml", TINY);
    folder.refused(&["run", "tiny.yaml", "--seed", "x"], "--> --seed:1:6");
    folder.refused(
        &["run", "tiny.yaml", "--set", "nodes.wbe.x=1"],
        "did you mean `web`?",
    );
    folder.refused(
        &["run", "tiny.yaml", "--set", "runs"],
        "write a path, `=` and a value",
    );
    folder.refused(&["run", "tiny.yaml", "--threads", "0"], "--threads");
    folder.refused(
        &["run", "tiny.yaml", "--variant", "two-worker"],
        "two-workers",
    );
    assert_eq!(
        folder.names("."),
        ["tiny.yaml"],
        "a refusal leaves nothing behind"
    );
}

#[test]
fn one_bad_file_among_good_ones_is_enough() {
    let folder = Folder::new("several");
    folder.write("good.yaml", TINY);
    let ended = folder.squall(&["check", "good.yaml", "missing.yaml", "good.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.out, "good.yaml: fine\ngood.yaml: fine\n");
}

#[test]
fn overload_is_a_warning() {
    let folder = Folder::new("overload");
    folder.write(
        "slow.yaml",
        TINY.replace("exponential: 4ms", "exponential: 40ms"),
    );
    let ended = folder.squall(&["check", "slow.yaml"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.err.contains("warning: slow.yaml: "), "{}", ended.err);
    assert!(ended.err.contains("web"), "{}", ended.err);
}

#[test]
fn a_new_scenario_passes_the_check() {
    let folder = Folder::new("new");
    folder.fine(&["new", "mine.yaml"]);
    assert_eq!(folder.fine(&["check", "mine.yaml"]), "mine.yaml: fine\n");
    folder.fine(&["new", "copy.yaml", "--from", "cache-stampede"]);
    assert_eq!(folder.fine(&["check", "copy.yaml"]), "copy.yaml: fine\n");
    folder.refused(
        &["new", "other.yaml", "--from", "cache-stampeed"],
        "did you mean",
    );
    folder.refused(&["new", "no/folder.yaml"], "cannot write `no/folder.yaml`");
}

#[test]
fn a_new_scenario_never_overwrites_a_file() {
    let folder = Folder::new("overwrite");
    folder.write("mine.yaml", "precious");
    folder.refused(&["new", "mine.yaml"], "exists already");
    assert_eq!(folder.read("mine.yaml"), "precious");
}

#[test]
fn the_schema_is_json_and_completions_name_the_public_commands() {
    let folder = Folder::new("schema");
    let schema: Value = serde_json::from_str(&folder.fine(&["schema"])).unwrap();
    assert!(schema["properties"]["nodes"].is_object());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.fine(&["completions", shell]);
        assert!(script.contains("compare"), "{shell}");
        assert!(!script.contains("fingerprints"), "{shell}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new("pipe");
    let mut command = folder.command(&["schema"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
