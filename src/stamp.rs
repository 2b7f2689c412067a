//! The command that makes results again, as it is stamped on them.

use crate::arguments::Study;
use scenarios::Setting;

/// The command line: names and values in a fixed order, a file without its folder, and nothing that
/// leaves the results as they are (threads, where they go, how they are shown).
pub(crate) fn command(verb: &str, variants: &[String], study: &Study) -> String {
    let scenario = study.scenario.as_path();
    let name = scenario.file_name().unwrap_or(scenario.as_os_str());
    let mut words = vec!["squall".to_owned(), verb.to_owned()];
    words.push(name.to_string_lossy().into_owned());
    words.extend(flags(variants, study));
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The arguments on which results depend.
pub(crate) fn flags(variants: &[String], study: &Study) -> Vec<String> {
    let mut flags = vec![];
    let mut flag = |name: &str, value: String| flags.extend([format!("--{name}"), value]);
    match variants {
        [] => {}
        [variant] => flag("variant", variant.clone()),
        variants => flag("variants", variants.join(",")),
    }
    for Setting { path, value, .. } in &study.set {
        flag("set", format!("{path}={value}"));
    }
    if let Some(vary) = &study.vary {
        flag("vary", format!("{}={}", vary.path, vary.values.join(",")));
    }
    let max_runs = study.precision.as_ref().map(|_| study.max_runs.to_string());
    let others = [
        ("metric", &study.metric),
        ("precision", &study.precision),
        ("max-runs", &max_runs),
        ("seed", &study.seed),
        ("runs", &study.runs),
        ("duration", &study.duration),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            flag(name, value.clone());
        }
    }
    flags
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;

    #[track_caller]
    fn check(command_line: &[&str], stamped: &str) {
        let command_line = ["squall", "compare"].iter().chain(command_line);
        let arguments = Arguments::try_parse_from(command_line).expect("these are good arguments");
        let Command::Compare(compare) = arguments.command else {
            panic!("this is no comparison");
        };
        assert_eq!(
            command("compare", &compare.variants, &compare.study),
            stamped
        );
    }

    #[test]
    fn a_stamp_leaves_out_what_does_not_change_results() {
        check(
            &["some/a.yaml", "--threads=3", "--format=json", "--out=there"],
            "squall compare a.yaml",
        );
    }

    #[test]
    fn a_stamp_has_all_on_which_results_depend() {
        let given = [
            "a.yaml",
            "--duration=5s",
            "--runs=3",
            "--seed=7",
            "--metric=web.depth",
            "--vary=x.y=1,2",
            "--set=p=1",
            "--variants=one,two",
        ];
        check(
            &given,
            "squall compare a.yaml --variants one,two --set p=1 --vary x.y=1,2 \
             --metric web.depth --seed 7 --runs 3 --duration 5s",
        );
    }

    #[test]
    fn a_stamp_has_the_precision_and_what_it_may_take() {
        check(
            &["a.yaml", "--precision=5%"],
            "squall compare a.yaml --precision 5% --max-runs 200",
        );
    }

    #[test]
    fn a_stamp_is_quoted_for_a_shell() {
        check(
            &["a b.yaml", "--set", "p={ a: it's }"],
            r"squall compare 'a b.yaml' --set 'p={ a: it'\''s }'",
        );
    }
}
