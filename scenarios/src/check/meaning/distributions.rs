//! Parameters of distributions.

use super::Report;
use crate::schema::{Distribution, Drawn, Empirical, Lognormal};
use crate::units::Duration;

/// Stages of an Erlang distribution: beyond these it is a constant.
const STAGES: u32 = 1_000;

impl Report<'_> {
    /// Checks the distribution at `path`.
    pub(crate) fn distribution(&mut self, path: &str, distribution: &Distribution) {
        let Distribution::Drawn(drawn) = distribution else {
            return;
        };
        let at = |part: &str| format!("{path}.{part}");
        match drawn.as_ref() {
            Drawn::Constant(_) => {}
            Drawn::Uniform { from, to } => {
                self.rising(&at("uniform.to"), ("from", *from), ("to", *to), true);
            }
            Drawn::Exponential(mean) => self.some_time(&at("exponential"), *mean),
            Drawn::Normal { sd, .. } => self.some_time(&at("normal.sd"), *sd),
            Drawn::Lognormal(lognormal) => self.lognormal(&at("lognormal"), lognormal),
            Drawn::Weibull { shape, scale } => {
                self.positive(&at("weibull.shape"), *shape);
                self.some_time(&at("weibull.scale"), *scale);
            }
            Drawn::Pareto { min, alpha } => {
                self.some_time(&at("pareto.min"), *min);
                self.positive(&at("pareto.alpha"), *alpha);
            }
            Drawn::BoundedPareto { min, max, alpha } => {
                self.some_time(&at("bounded_pareto.min"), *min);
                self.positive(&at("bounded_pareto.alpha"), *alpha);
                self.rising(
                    &at("bounded_pareto.max"),
                    ("min", *min),
                    ("max", *max),
                    false,
                );
            }
            Drawn::Erlang { k, mean } => {
                self.count(&at("erlang.k"), *k, STAGES);
                self.some_time(&at("erlang.mean"), *mean);
            }
            Drawn::Hyperexponential(phases) => {
                let path = at("hyperexponential");
                self.whole(&path, phases.iter().map(|phase| phase.share.0));
                for (index, phase) in phases.iter().enumerate() {
                    self.some_time(&format!("{path}.{index}.mean"), phase.mean);
                }
            }
            Drawn::Empirical(empirical) => self.empirical(&at("empirical"), empirical),
            Drawn::Mixture(parts) => {
                let path = at("mixture");
                self.whole(&path, parts.iter().map(|part| part.share.0));
                for (index, part) in parts.iter().enumerate() {
                    self.distribution(&format!("{path}.{index}.of"), &part.of);
                }
            }
            Drawn::Shifted { of, .. } => self.distribution(&at("shifted.of"), of),
            Drawn::Scaled { by, of } => {
                self.positive(&at("scaled.by"), *by);
                self.distribution(&at("scaled.of"), of);
            }
            Drawn::PerRequest(of) => self.distribution(&at("per_request"), of),
        }
    }

    /// Reports a value, at `path`, that is not above another, or not equal where that `may` be.
    fn rising(
        &mut self,
        path: &str,
        (low_name, low): (&str, Duration),
        (high_name, high): (&str, Duration),
        equal: bool,
    ) {
        if high.0 < low.0 || (high.0 == low.0 && !equal) {
            let message = format!("`{high_name}` is {high}, and `{low_name}` is {low}");
            self.wrong(path, message, &format!("`{high_name}` above {low}"));
        }
    }

    fn lognormal(&mut self, path: &str, lognormal: &Lognormal) {
        match *lognormal {
            Lognormal {
                median: Some(median),
                p99: Some(p99),
                mean: None,
                sigma: None,
            } => {
                self.some_time(&format!("{path}.median"), median);
                self.rising(
                    &format!("{path}.p99"),
                    ("median", median),
                    ("p99", p99),
                    false,
                );
            }
            Lognormal {
                median: None,
                p99: None,
                mean: Some(mean),
                sigma: Some(sigma),
            } => {
                self.some_time(&format!("{path}.mean"), mean);
                self.positive(&format!("{path}.sigma"), sigma);
            }
            _ => {
                let expected = "`median` and `p99`, or `mean` and `sigma`";
                self.wrong(path, "these parameters do not make a lognormal", expected);
            }
        }
    }

    fn empirical(&mut self, path: &str, empirical: &Empirical) {
        let Empirical {
            quantiles,
            file,
            column,
            unit,
        } = empirical;
        let expected = "`quantiles: [...]`, or `file: ...` with its `column` and `unit`";
        if file.is_some() != quantiles.is_empty() {
            let message = "measured values come from quantiles or from a file";
            return self.wrong(path, message, expected);
        }
        if file.is_none() && (column.is_some() || unit.is_some()) {
            let message = "`column` and `unit` belong to a `file`";
            return self.wrong(path, message, expected);
        }
        if let Some(unit) = unit {
            self.some_time(&format!("{path}.unit"), *unit);
        }
        if file.is_some() {
            return;
        }
        let shares = [quantiles.first(), quantiles.last()].map(|q| q.map(|q| q.share.to_string()));
        if shares != [Some("0%".into()), Some("100%".into())] {
            let message = "the quantiles do not cover everything";
            let expected = "the first with `share: 0%`, the last with `share: 100%`";
            self.wrong(&format!("{path}.quantiles"), message, expected);
        }
        for (index, pair) in quantiles.windows(2).enumerate() {
            if pair[1].share.0 <= pair[0].share.0 || pair[1].value.0 < pair[0].value.0 {
                let message = "this quantile is not above the one before";
                let expected = "rising shares, with values that do not fall";
                self.wrong(
                    &format!("{path}.quantiles.{}", index + 1),
                    message,
                    expected,
                );
            }
        }
    }
}
