//! Instructions per operation, compared with a committed reference: unlike time, they do not depend
//! on what else the machine does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// By how much a workload may be worse than its reference before that is an error, and better
/// before a new reference is suggested.
pub const TOLERANCE: f64 = 0.05;

const ACCEPT: &str = "`UPDATE=1 benches/instructions`";

/// What was counted, and what the counts depend on besides the code: the content of the reference
/// file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// The release of the compiler, such as `1.95.0`.
    pub rustc: String,
    /// What was compiled for, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// Instructions per operation, by workload.
    pub instructions: BTreeMap<String, u64>,
}

/// What a comparison found.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    /// A line for each workload.
    pub table: String,
    /// What is worth saying, each in a sentence.
    pub notices: Vec<String>,
    /// What is wrong, each in a sentence; the comparison passes when nothing is.
    pub errors: Vec<String>,
}

impl Counts {
    /// Reads a reference file.
    ///
    /// # Errors
    /// When the file cannot be read or is not one.
    pub fn read(path: &Path) -> Result<Counts, String> {
        let wrong = |error: &dyn std::fmt::Display| {
            format!("{}: {error}; {ACCEPT} writes it anew", path.display())
        };
        let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
        serde_json::from_str(&text).map_err(|error| wrong(&error))
    }

    /// Writes a reference file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let mut text = serde_json::to_string_pretty(self).expect("counts are JSON");
        text.push('\n');
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Compares these counts with those of a reference. Counts of another compiler or target say
    /// nothing about the code: they are not compared.
    pub fn compare(&self, reference: &Counts) -> Report {
        let mut report = Report::default();
        if (&self.rustc, &self.target) != (&reference.rustc, &reference.target) {
            report.notices.push(format!(
                "nothing is compared: the reference is of rustc {} for {}, this is {} for {}",
                reference.rustc, reference.target, self.rustc, self.target
            ));
            return report;
        }
        report.table = format!(
            "{:<14} {:>12} {:>10} {:>8}\n",
            "workload", "instructions", "reference", "change"
        );
        for (workload, &counted) in &self.instructions {
            let Some(&expected) = reference.instructions.get(workload) else {
                let error = format!("{workload} has no reference; {ACCEPT} writes one");
                report.errors.push(error);
                continue;
            };
            let change = counted as f64 / expected as f64 - 1.0;
            let percent = 100.0 * change;
            let _ = writeln!(
                report.table,
                "{workload:<14} {counted:>12} {expected:>10} {percent:>+6.1} %"
            );
            if TOLERANCE < change {
                report.errors.push(format!(
                    "{workload} takes {percent:.1} % more instructions than its reference; if that \
                     is on purpose, {ACCEPT} accepts it"
                ));
            } else if change < -TOLERANCE {
                report.notices.push(format!(
                    "{workload} takes {:.1} % fewer instructions than its reference; {ACCEPT} \
                     keeps it so",
                    -percent
                ));
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(instructions: u64) -> Counts {
        Counts {
            rustc: "1.95.0".to_owned(),
            target: "x86_64-unknown-linux-gnu".to_owned(),
            instructions: BTreeMap::from([("one-server".to_owned(), instructions)]),
        }
    }

    #[test]
    fn up_to_5_percent_worse_or_better_passes_in_silence() {
        for counted in [1_000, 1_049, 951] {
            let report = counts(counted).compare(&counts(1_000));
            assert!(report.table.contains("one-server"), "{}", report.table);
            assert_eq!((report.errors.len(), report.notices.len()), (0, 0));
        }
    }

    #[test]
    fn more_than_5_percent_worse_fails_and_says_how_to_accept_it() {
        let report = counts(1_051).compare(&counts(1_000));
        assert!(report.table.contains("+5.1 %"), "{}", report.table);
        let [error] = &report.errors[..] else {
            panic!("{report:?}");
        };
        assert!(error.contains("one-server takes 5.1 % more") && error.contains(ACCEPT));
    }

    #[test]
    fn more_than_5_percent_better_suggests_a_new_reference() {
        let report = counts(949).compare(&counts(1_000));
        assert!(report.errors.is_empty());
        let [notice] = &report.notices[..] else {
            panic!("{report:?}");
        };
        assert!(notice.contains("5.1 % fewer") && notice.contains(ACCEPT));
    }

    #[test]
    fn a_workload_without_a_reference_fails() {
        let mut reference = counts(1_000);
        reference.instructions.clear();
        let report = counts(1_000).compare(&reference);
        assert_eq!(report.errors.len(), 1);
    }

    #[test]
    fn counts_of_another_compiler_or_target_are_not_compared() {
        let (mut older, mut elsewhere) = (counts(10), counts(10));
        older.rustc = "1.94.1".to_owned();
        elsewhere.target = "aarch64-apple-darwin".to_owned();
        for reference in [older, elsewhere] {
            let report = counts(1_000).compare(&reference);
            assert_eq!((report.table.as_str(), report.errors.len()), ("", 0));
            assert_eq!(report.notices.len(), 1);
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let path = std::env::temp_dir().join(format!("instructions-{}.json", std::process::id()));
        counts(1_000).write(&path).expect("it can be written");
        let read = Counts::read(&path);
        fs::remove_file(&path).expect("it was written");
        assert_eq!(read, Ok(counts(1_000)));
        let error = Counts::read(&path).expect_err("it was removed");
        assert!(error.contains(ACCEPT), "{error}");
    }

    #[test]
    fn the_committed_reference_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
        let reference = Counts::read(&path).expect("it is one");
        assert!(reference.instructions.values().all(|&count| 0 < count));
    }
}
