//! A metric against a varied parameter, for each variant.

use super::page::{Grid, paragraph};
use super::run::goodput;
use crate::quantity::{duration, quantity, range};
use crate::wording;
use scenarios::results::{Curve, CurvePoint, Results, Unit};

/// Shows the curve of a study with `--vary`, on a page of `width` columns (at least 60).
pub fn curve(results: &Results, width: usize) -> String {
    let identity = &results.identity;
    let mut page = paragraph(
        &format!("{}: {}", identity.scenario, identity.summary),
        width,
    );
    page += &paragraph(&wording::study(results), width);
    let Some(curve) = &results.curve else {
        return page
            + "\nNothing was varied: there is no curve.\n"
            + &super::ending(results, width);
    };
    let metric = &curve.metric.label;
    page += &format!(
        "\n{}\n",
        paragraph(&format!("{metric} against {}", curve.path), width)
    );
    page += &table(results, curve).render(width);
    let within = duration(results.good_within);
    page += "\n";
    page += &paragraph(
        &format!(
            "Below each value its 95 % interval over {}, and goodput: the share of requests \
             answered within {within}.",
            wording::over(results)
        ),
        width,
    );
    page += &super::precision(results, width);
    page + &super::ending(results, width)
}

fn table(results: &Results, curve: &Curve) -> Grid {
    let mut grid = Grid::new(curve.values.iter().cloned());
    for (name, points) in wording::lines(results, curve) {
        let unit = curve.metric.unit;
        let interval = |point: &CurvePoint| Some(range(point.value?, point.interval?, unit));
        grid.row(name, points.iter().map(|point| quantity(point.value, unit)));
        if points.iter().any(|point| point.interval.is_some()) {
            grid.row(
                "",
                points
                    .iter()
                    .map(|point| interval(point).unwrap_or_default()),
            );
        }
        let shares = curve.values.iter().map(|value| {
            let at = |v: &&_| wording::is_at(v, name, value);
            results
                .variants
                .iter()
                .find(at)
                .and_then(|variant| goodput(&variant.ends))
        });
        grid.row(
            "  goodput",
            shares.map(|share| quantity(share, Unit::Share)),
        );
    }
    grid
}
