//! The workloads whose instructions `benches/instructions` counts, and the comparison of the counts:
//!
//!     count <workload> <operations>
//!     count compare <reference file> <rustc> <target> <workload>=<instructions per operation>...
//!
//! The first prints how many operations were done. The second writes the reference file instead
//! when `UPDATE` is set. Nothing here looks at a clock.

use benches::instructions::Counts;
use benches::{one_server, scenario, three_stages};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match &arguments[..] {
        ["compare", path, rustc, target, counted @ ..] => {
            compare(Path::new(path), rustc, target, counted)
        }
        [workload, operations] => run(workload, operations),
        _ => Err("a workload and a number of operations, or `compare`, is expected".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(workload: &str, operations: &str) -> Result<(), String> {
    let operations = number(operations)?;
    let done = match workload {
        "one-server" => one_server::by_processes(operations).count(),
        "three-stages" => three_stages::by_processes(operations, true).latency.count(),
        "scenario" => {
            let document = scenario::read("three-stages", scenario::THREE_STAGES);
            let duration = format!("{}s", operations as f64 / three_stages::RATE);
            scenario::offered(&scenario::baseline(&document, &[("duration", &duration)]))
        }
        _ => return Err(format!("there is no workload `{workload}`")),
    };
    println!("{done}");
    Ok(())
}

fn compare(path: &Path, rustc: &str, target: &str, counted: &[&str]) -> Result<(), String> {
    let mut instructions = BTreeMap::new();
    for pair in counted {
        let (workload, count) = pair
            .split_once('=')
            .ok_or_else(|| format!("`{pair}` is not <workload>=<instructions>"))?;
        instructions.insert(workload.to_owned(), number(count)?);
    }
    let counts = Counts {
        rustc: rustc.to_owned(),
        target: target.to_owned(),
        instructions,
    };
    if std::env::var_os("UPDATE").is_some() {
        counts.write(path)?;
    }
    let report = counts.compare(&Counts::read(path)?);
    print!("{}", report.table);
    for notice in &report.notices {
        eprintln!("notice: {notice}");
    }
    if report.errors.is_empty() {
        return Ok(());
    }
    Err(report.errors.join("\n"))
}

fn number(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|&number| 0 < number);
    number.ok_or_else(|| format!("`{text}` is not a number above zero"))
}
