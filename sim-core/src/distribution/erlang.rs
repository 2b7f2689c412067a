//! The Erlang distribution, inverted by Halley's method.

use super::normal;

/// The most stages that are computed; with more, a normal is the same.
pub(super) const MAX_STAGES: u32 = 1000;

/// The sum of `k` exponentials.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Erlang {
    k: f64,
    /// The mean of one exponential.
    stage: f64,
    /// ln((k - 1)!)
    log_factorial: f64,
}

impl Erlang {
    pub(super) fn new(k: u32, mean: f64) -> Erlang {
        let k = f64::from(k);
        Erlang {
            k,
            stage: mean / k,
            log_factorial: libm::lgamma(k),
        }
    }

    /// Solves ln F(x) = ln `uniform`, or the same of 1 - F in the upper half, in units of a stage.
    /// Both logarithms are concave, so that Newton's step never leads astray; Halley's correction
    /// makes it as good as two.
    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        if uniform <= 0.0 || 1.0 <= uniform {
            return if uniform <= 0.0 { 0.0 } else { f64::INFINITY };
        }
        let least = self.least(uniform);
        let mut x = self.guess(uniform).max(least);
        // Two or three rounds are usual.
        for _ in 0..64 {
            let (density, below, above) = self.at(x);
            let slope = (self.k - 1.0) / x - 1.0; // Of the density's logarithm.
            let (newton, bend) = match uniform < 0.5 {
                true => (
                    below / density * libm::log(uniform / below),
                    slope - density / below,
                ),
                false => (
                    above / density * libm::log(above / (1.0 - uniform)),
                    slope + density / above,
                ),
            };
            let step = newton / (1.0 + bend * newton / 2.0).clamp(0.5, 2.0);
            x = (x + step).max(least);
            // Halley trebles the digits: after so small a step the error is beyond the last bit.
            if step.abs() <= 1e-6 * x {
                break;
            }
        }
        self.stage * x
    }

    pub(super) fn mean(&self) -> f64 {
        self.stage * self.k
    }

    pub(super) fn variance(&self) -> f64 {
        self.stage * self.stage * self.k
    }

    /// A bound from below that is near for small uniforms, since F(x) is at most x^k / k!.
    fn least(&self, uniform: f64) -> f64 {
        let log_power = libm::log(uniform) + self.log_factorial + libm::log(self.k);
        libm::exp(log_power / self.k)
    }

    /// Wilson and Hilferty 1931, "The Distribution of Chi-Square": the cube root is nearly normal.
    fn guess(&self, uniform: f64) -> f64 {
        let ninth = 1.0 / (9.0 * self.k);
        let root = 1.0 - ninth + normal::quantile(uniform) * ninth.sqrt();
        self.k * root * root * root
    }

    /// The density at `x`, the share below and the share above. The sum of the smaller share has
    /// falling terms: the series of the incomplete gamma function (Abramowitz and Stegun 1964,
    /// 6.5.13 and 6.5.29).
    fn at(&self, x: f64) -> (f64, f64, f64) {
        let density = libm::exp((self.k - 1.0) * libm::log(x) - x - self.log_factorial);
        let mut sum = 0.0;
        if x < self.k {
            let (mut term, mut i) = (x / self.k, self.k);
            while sum < sum + term {
                sum += term;
                i += 1.0;
                term *= x / i;
            }
            let below = density * sum;
            (density, below, 1.0 - below)
        } else {
            let (mut term, mut i) = (1.0, self.k);
            while sum < sum + term {
                sum += term;
                i -= 1.0;
                term *= i / x;
            }
            let above = density * sum;
            (density, 1.0 - above, above)
        }
    }
}
