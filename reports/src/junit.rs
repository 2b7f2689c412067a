//! Judged expectations as JUnit XML, which continuous integration systems show.

use crate::expectations::{found, word};
use scenarios::results::{Expectation, Judgement, Results};

/// A suite for each scenario and a case for each expectation, without times, so that equal results
/// give equal bytes. What is violated is a failure. What is undecided is an error, a test that
/// came to no verdict: one that is skipped would pass unseen.
pub fn junit(studies: &[Results]) -> String {
    let all = studies.iter().flat_map(|of| &of.expectations);
    let counts = counts(all);
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    xml += &format!("<testsuites name=\"squall\" {counts}>\n");
    xml += &studies.iter().map(suite).collect::<String>();
    xml + "</testsuites>\n"
}

fn counts<'e>(expectations: impl Iterator<Item = &'e Expectation>) -> String {
    let judged: Vec<_> = expectations.map(|one| one.judgement).collect();
    let of = |kind| judged.iter().filter(|one| **one == kind).count();
    let (failures, errors) = (of(Judgement::Violated), of(Judgement::Undecided));
    let tests = judged.len();
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn suite(results: &Results) -> String {
    let name = escaped(&results.identity.scenario);
    let counts = counts(results.expectations.iter());
    let cases = results.expectations.iter().map(|one| case(&name, one));
    let cases = cases.collect::<String>();
    let properties = properties(results);
    format!("  <testsuite name=\"{name}\" {counts}>\n{properties}{cases}  </testsuite>\n")
}

/// What was run.
fn properties(results: &Results) -> String {
    let identity = &results.identity;
    let seed_and_runs = [identity.seed, identity.runs.into()].map(|number| number.to_string());
    let [seed, runs] = &seed_and_runs;
    let all = [
        ("squall", &identity.squall),
        ("hash", &identity.hash),
        ("seed", seed),
        ("runs", runs),
        ("command", &identity.command),
    ];
    let property = |(name, value): (&str, &String)| {
        let value = escaped(value);
        format!("      <property name=\"{name}\" value=\"{value}\"/>\n")
    };
    let all: String = all.into_iter().map(property).collect();
    format!("    <properties>\n{all}    </properties>\n")
}

fn case(suite: &str, expectation: &Expectation) -> String {
    let name = escaped(&expectation.that);
    let found = escaped(&found(&expectation.figure));
    let kind = word(expectation.judgement);
    let because = escaped(&expectation.because);
    let inside = match expectation.judgement {
        Judgement::Met => format!("<system-out>{found}</system-out>"),
        Judgement::Violated => {
            format!("<failure type=\"{kind}\" message=\"{found}\">{because}</failure>")
        }
        Judgement::Undecided => {
            format!("<error type=\"{kind}\" message=\"{found}\">{because}</error>")
        }
    };
    format!(
        "    <testcase classname=\"{suite}\" name=\"{name}\">\n      {inside}\n    </testcase>\n"
    )
}

/// Text for an attribute or an element. What XML 1.0 cannot hold at all is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c if c < ' ' => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectations::tests::judged;

    #[test]
    fn suites_cases_failures_and_errors_are_where_they_are_looked_for() {
        insta::assert_snapshot!("junit", junit(&[judged()]));
    }

    #[test]
    fn no_text_breaks_the_file() {
        let text = "a <b> & \"c\" 'd'\nline \u{1b}[0m \u{0} \u{ffff} é";
        assert_eq!(
            escaped(text),
            "a &lt;b&gt; &amp; &quot;c&quot; 'd' line \u{fffd}[0m \u{fffd} \u{fffd} é"
        );
    }
}
