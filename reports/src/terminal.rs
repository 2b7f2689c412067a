//! Results as plain text for a terminal of a given width.

mod compare;
mod contrast;
mod curve;
mod nodes;
pub(crate) mod page;
pub(crate) mod run;
mod shape;

pub use compare::compare;
pub use contrast::contrast;
pub use curve::curve;
pub use run::run;

use crate::{certainty, identity, ledger};
use page::paragraph;
use scenarios::results::Results;

/// What stands in place of all figures when there are none.
fn nothing_finished(results: &Results, width: usize) -> String {
    "No run was finished.\n".to_owned() + &ending(results, width)
}

/// What all pages end with: warnings, what the figures rest on, and where they come from.
fn ending(results: &Results, width: usize) -> String {
    let ledger = ledger::summary(results).unwrap_or_default();
    let origin = paragraph(&identity::origin(&results.identity), width);
    let ledger = match ledger.as_str() {
        "" => ledger,
        ledger => paragraph(ledger, width),
    };
    format!("{}\n{ledger}{origin}", warnings(results, width))
}

/// What a wanted precision took, after an empty line.
fn precision(results: &Results, width: usize) -> String {
    let sentence = certainty::precision(results);
    sentence.map_or(String::new(), |text| {
        format!("\n{}", paragraph(&text, width))
    })
}

/// What a reader must know before believing the figures, each after an empty line.
fn warnings(results: &Results, width: usize) -> String {
    let interrupted = results
        .interrupted
        .then_some("interrupted: these are the runs that were finished.");
    let warnings = results.warnings.iter().map(String::as_str);
    let lines = interrupted.into_iter().chain(warnings);
    lines
        .map(|text| format!("\n{}", paragraph(&format!("warning: {text}"), width)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    fn pages(results: &Results, width: usize) -> [(&'static str, String); 3] {
        [
            ("compare", compare(results, width)),
            ("run", run(results, width)),
            ("curve", curve(results, width)),
        ]
    }

    #[test]
    fn pages_look_right_at_80_and_120_columns() {
        for width in [80, 120] {
            insta::assert_snapshot!(
                format!("compare-{width}"),
                compare(&made_up::stampede(), width)
            );
            insta::assert_snapshot!(format!("run-{width}"), run(&made_up::single_run(), width));
            insta::assert_snapshot!(format!("curve-{width}"), curve(&made_up::curve(), width));
        }
    }

    #[test]
    fn edges_look_right_at_80_columns() {
        for (name, results) in made_up::edges() {
            let pages = pages(&results, 80).map(|(page, text)| format!("--- {page}\n{text}"));
            insta::assert_snapshot!(format!("edge-{name}"), pages.join("\n"));
        }
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        let all = [made_up::stampede(), made_up::single_run(), made_up::curve()];
        let edges = made_up::edges().into_iter().map(|(_, results)| results);
        for results in all.into_iter().chain(edges) {
            for width in [60, 80, 100, 120, 200] {
                for (page, text) in pages(&results, width) {
                    for line in text.lines() {
                        let taken = page::columns(line);
                        assert!(taken <= width, "{page} at {width} has {taken}: {line}");
                        assert_eq!(
                            line,
                            line.trim_end(),
                            "{page} has spaces at the end of a line"
                        );
                    }
                }
            }
        }
    }
}
