//! The page of what differs between two results.

use super::page::{Grid, paragraph};
use crate::quantity::{MISSING, difference, interval, quantity};
use crate::wording::counted;
use scenarios::results::contrast::{Contrast, MetricContrast, VariantContrast};

/// How many differences in what was run are named.
const NAMED: usize = 12;

/// Says what differs between results A and B, on a page of `width` columns (at least 60): the
/// columns of each variant that has other runs, and what else is beyond noise.
pub fn contrast(contrast: &Contrast, width: usize) -> String {
    let mut page = run_otherwise(contrast, width);
    for (only, which) in [(&contrast.only_a, "A"), (&contrast.only_b, "B")] {
        if !only.is_empty() {
            page += &paragraph(&format!("only in {which}: {}", only.join(", ")), width);
        }
    }
    for variant in &contrast.variants {
        page += "\n";
        page += &paragraph(&heading(variant, contrast.is_paired), width);
        if !variant.is_same {
            page += &table(variant).render(width);
        }
    }
    page + "\n" + &paragraph(&conclusion(contrast), width)
}

/// What was run otherwise, value by value.
fn run_otherwise(contrast: &Contrast, width: usize) -> String {
    if contrast.identity.is_empty() {
        return paragraph("A and B: one scenario, one seed, one version.", width);
    }
    let mut page = "what was run otherwise (A; B):\n".to_owned();
    for distinction in contrast.identity.iter().take(NAMED) {
        let or_none = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => text.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let (a, b) = (or_none(&distinction.a), or_none(&distinction.b));
        page += &indented(&format!("{}: {a}; {b}", distinction.what), width);
    }
    if NAMED < contrast.identity.len() {
        let more = contrast.identity.len() - NAMED;
        page += &indented(&format!("and {more} more"), width);
    }
    page
}

fn indented(text: &str, width: usize) -> String {
    let lines = paragraph(text, width.saturating_sub(2));
    lines.lines().map(|line| format!("  {line}\n")).collect()
}

fn heading(variant: &VariantContrast, is_paired: bool) -> String {
    let (a, b) = variant.runs;
    let runs = match a == b {
        true => counted(a, "run"),
        false => format!("{a} and {b} runs"),
    };
    let same = match variant.same_runs {
        _ if variant.is_same => ", all the same to the last figure".to_owned(),
        _ if !is_paired => ", of other dice".to_owned(),
        0 => ", none with the same events".to_owned(),
        same => format!(", {same} with the same events"),
    };
    format!("{}: {runs}{same}", variant.name)
}

fn table(variant: &VariantContrast) -> Grid {
    let headings = ["A", "B", "B vs A", "95 % interval", ""];
    let mut grid = Grid::new(headings.map(str::to_owned));
    let shown = |metric: &&MetricContrast| metric.is_column || metric.is_beyond_noise;
    for metric in variant.metrics.iter().filter(shown) {
        let of_difference = |write: fn(&_, _) -> String| {
            let known = metric.difference.as_ref();
            known.map_or(MISSING.to_owned(), |known| write(known, metric.unit))
        };
        let figures = [
            quantity(metric.a, metric.unit),
            quantity(metric.b, metric.unit),
            of_difference(difference),
            of_difference(interval),
            beyond(metric.is_beyond_noise),
        ];
        grid.row(&format!("  {}", metric.label), figures);
    }
    for verdict in &variant.verdicts {
        let share = |(held, of): (u32, u32)| format!("{held}/{of}");
        let figures = [
            share(verdict.a),
            share(verdict.b),
            String::new(),
            String::new(),
            beyond(verdict.is_beyond_noise),
        ];
        grid.row(&format!("  {}", verdict.verdict), figures);
    }
    let others = variant.metrics.iter().filter(|metric| !shown(metric));
    match others.count() {
        0 => {}
        others => grid.note(
            "",
            &format!("{} within noise", counted(others, "other metric")),
        ),
    }
    grid
}

fn beyond(is_beyond_noise: bool) -> String {
    let text = if is_beyond_noise { "beyond noise" } else { "" };
    text.to_owned()
}

fn conclusion(contrast: &Contrast) -> String {
    if contrast.variants.iter().all(|variant| variant.is_same) {
        return "Nothing differs.".to_owned();
    }
    let metrics = contrast.variants.iter().flat_map(|v| &v.metrics);
    let verdicts = contrast.variants.iter().flat_map(|v| &v.verdicts);
    let beyond = metrics.filter(|m| m.is_beyond_noise).count()
        + verdicts.filter(|v| v.is_beyond_noise).count();
    let found = match beyond {
        0 => "Nothing differs beyond noise".to_owned(),
        1 => "1 difference is beyond noise".to_owned(),
        n => format!("{n} differences are beyond noise"),
    };
    let how = match contrast.is_paired {
        true => "Student's t over pairs of runs with one number",
        false => "Welch's t over independent runs",
    };
    let undecided = match contrast.is_undecided() {
        true => " Some variants have too few runs to tell: it takes two.",
        false => "",
    };
    format!(
        "{found}, of {} tested: {how}, verdicts by Fisher's exact test, and Holm's procedure, so \
         that noise alone is called a difference anywhere in at most {:.0} % of all comparisons. \
         An interval may leave out zero and be noise still: it is of one metric alone.{undecided}",
        contrast.tests,
        100.0 * contrast.level,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::page::columns;
    use scenarios::results::contrast::{Distinction, VerdictContrast};
    use scenarios::results::{Difference, Unit};

    fn metric(label: &str, values: (f64, f64), unit: Unit, p: f64) -> MetricContrast {
        let (a, b) = values;
        let relative = unit == Unit::Seconds;
        let mean = if relative { b / a - 1.0 } else { b - a };
        MetricContrast {
            metric: label.to_owned(),
            label: label.to_owned(),
            is_column: label != "web.queue.mean",
            unit,
            a: Some(a),
            b: Some(b),
            difference: Some(Difference {
                relative,
                mean,
                low: mean - 0.02,
                high: mean + 0.02,
            }),
            p: Some(p),
            is_beyond_noise: p < 0.01,
        }
    }

    fn made_up() -> Contrast {
        let distinction = |what: &str, a: &str, b: &str| Distinction {
            what: what.to_owned(),
            a: a.to_owned(),
            b: b.to_owned(),
        };
        let slower = VariantContrast {
            name: "single-flight-per-instance at 4000/s".to_owned(),
            runs: (20, 18),
            same_runs: 3,
            is_same: false,
            metrics: vec![
                metric("goodput", (0.99, 0.62), Unit::Share, 1e-9),
                metric("p99", (0.120, 0.121), Unit::Seconds, 0.3),
                metric("web.queue.mean", (4.0, 4.01), Unit::Count, 0.6),
            ],
            verdicts: vec![VerdictContrast {
                verdict: "recovered".to_owned(),
                a: (20, 20),
                b: (2, 18),
                p: 1e-7,
                is_beyond_noise: true,
            }],
        };
        let same = VariantContrast {
            name: "baseline".to_owned(),
            runs: (20, 20),
            same_runs: 20,
            is_same: true,
            metrics: vec![metric("goodput", (0.5, 0.5), Unit::Share, 1.0)],
            verdicts: vec![],
        };
        Contrast {
            identity: vec![
                distinction("scenario hash", "d91923c2815a7dec", "6b5e0b98a3b3ec25"),
                distinction("nodes.products.database.queue", "", "{\"capacity\":16}"),
            ],
            is_paired: true,
            only_a: vec!["old".to_owned()],
            only_b: vec![],
            variants: vec![same, slower],
            tests: 4,
            level: 0.05,
        }
    }

    #[test]
    fn a_contrast_looks_right_and_keeps_to_its_width() {
        insta::assert_snapshot!(contrast(&made_up(), 80));
        for width in [60, 80, 120] {
            let text = contrast(&made_up(), width);
            let widest = text.lines().map(columns).max();
            assert!(widest <= Some(width), "{width}: {text}");
        }
    }

    #[test]
    fn a_contrast_says_when_nothing_differs() {
        let mut same = made_up();
        same.variants.truncate(1);
        same.identity.clear();
        let text = contrast(&same, 80);
        assert!(text.ends_with("Nothing differs.\n"), "{text}");
    }
}
