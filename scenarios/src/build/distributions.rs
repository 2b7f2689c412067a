//! Distributions and pieces of work.

use super::input;
use crate::schema::{Distribution as Written, Drawn, Empirical, Negative};
use crate::study::StudyError;
use models::Work;
use sim_core::{Distribution, Span};

/// The sampler of a written distribution.
pub(crate) fn distribution(written: &Written) -> Result<Distribution, StudyError> {
    let drawn = match written {
        Written::Constant(span) => return Ok(Distribution::constant(span.0)),
        Written::Drawn(drawn) => drawn,
    };
    let sampler = match &**drawn {
        Drawn::Constant(span) => Ok(Distribution::constant(span.0)),
        Drawn::Uniform { from, to } => Distribution::uniform(from.0, to.0),
        Drawn::Exponential(mean) => Distribution::exponential(mean.0),
        Drawn::Normal {
            mean,
            sd,
            negative: Negative::Folded,
        } => Distribution::folded_normal(mean.0, sd.0),
        Drawn::Normal {
            mean,
            sd,
            negative: Negative::Truncated,
        } => Distribution::truncated_normal(mean.0, sd.0),
        Drawn::Lognormal(law) => match (law.median, law.p99, law.mean, law.sigma) {
            (Some(median), Some(p99), ..) => Distribution::lognormal(median.0, p99.0),
            (_, _, Some(mean), Some(sigma)) => Distribution::lognormal_of_mean(mean.0, sigma),
            _ => return Err(input("a lognormal needs median and p99, or mean and sigma")),
        },
        Drawn::Weibull { shape, scale } => Distribution::weibull(*shape, scale.0),
        Drawn::Pareto { min, alpha } => Distribution::pareto(min.0, *alpha),
        Drawn::BoundedPareto { min, max, alpha } => {
            Distribution::bounded_pareto(min.0, max.0, *alpha)
        }
        Drawn::Erlang { k, mean } => Distribution::erlang(*k, mean.0),
        Drawn::Hyperexponential(phases) => {
            let phases: Vec<_> = phases.iter().map(|p| (p.share.0, p.mean.0)).collect();
            Distribution::hyperexponential(&phases)
        }
        Drawn::Empirical(empirical) => return measured(empirical),
        Drawn::Mixture(parts) => {
            let parts = parts
                .iter()
                .map(|part| Ok((part.share.0, distribution(&part.of)?)));
            Distribution::mixture(parts.collect::<Result<_, StudyError>>()?)
        }
        Drawn::Shifted { by, of } => Ok(distribution(of)?.shifted(by.0)),
        Drawn::Scaled { by, of } => distribution(of)?.scaled(*by),
        Drawn::PerRequest(of) => return distribution(of),
    };
    sampler.map_err(input)
}

/// A piece of work: its sampler, and whether all attempts of a request draw the same.
pub(crate) fn work(written: &Written) -> Result<Work, StudyError> {
    let per_request =
        matches!(written, Written::Drawn(drawn) if matches!(**drawn, Drawn::PerRequest(_)));
    Ok(Work {
        span: distribution(written)?,
        per_request,
    })
}

fn measured(empirical: &Empirical) -> Result<Distribution, StudyError> {
    let Some(file) = &empirical.file else {
        let quantiles: Vec<_> = empirical
            .quantiles
            .iter()
            .map(|q| (q.share.0, q.value.0))
            .collect();
        return Distribution::quantiles(&quantiles).map_err(input);
    };
    let unit = empirical.unit.map_or(1.0, |unit| unit.0.as_seconds());
    let mut reader =
        csv::Reader::from_path(file).map_err(|error| input(format!("{file}: {error}")))?;
    let column = {
        let header = reader
            .headers()
            .map_err(|error| input(format!("{file}: {error}")))?;
        let position = |name: &String| header.iter().position(|title| title.trim() == name);
        match &empirical.column {
            None => 0,
            Some(name) => position(name).ok_or_else(|| {
                let titles: Vec<_> = header.iter().collect();
                input(format!(
                    "{file}: no column named `{name}`; it has {}",
                    titles.join(", ")
                ))
            })?,
        }
    };
    let mut spans = Vec::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| input(format!("{file}: {error}")))?;
        let text = record.get(column).unwrap_or_default().trim();
        let value: f64 = text
            .parse()
            .map_err(|_| input(format!("{file}:{row}: `{text}` is not a number")))?;
        if !value.is_finite() || value < 0.0 {
            return Err(input(format!("{file}:{row}: {text} is not a duration")));
        }
        spans.push(Span::seconds(value * unit));
    }
    Distribution::samples(&spans).map_err(|error| input(format!("{file}: {error}")))
}
