//! The normal distribution, and what is made of it to have no negative spans.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A normal whose negative values are folded to their absolute value.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Folded {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl Folded {
    /// Solves F(t) = `uniform` by Newton's method within brackets, in units of the standard
    /// deviation. |d + Z| is at least d + Z and, in distribution, at least |Z|; it is at most
    /// d + |Z|. The quantiles of these enclose its own.
    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        let above = 1.0 - uniform;
        if above <= 0.0 {
            return f64::INFINITY;
        }
        let d = self.mean / self.sd;
        let half = -quantile(above / 2.0);
        let mut t = half.max(d + quantile(uniform));
        // Rounding may put the root a little outside.
        let (mut low, mut high) = (t - 1e-6, d + half + 1e-6);
        // Halving alone would need 50 rounds; Newton needs about 4.
        for _ in 0..64 {
            let excess = below(d - t) + below(-d - t) - above;
            match 0.0 < excess {
                true => low = t,
                false => high = t,
            }
            let newton = t + excess / (density(t - d) + density(t + d));
            let next = match low <= newton && newton <= high {
                true => newton,
                false => low + (high - low) / 2.0,
            };
            let step = (next - t).abs();
            t = next;
            // Newton doubles the digits: after so small a step the error is beyond the last bit.
            if step <= 1e-8 * (1.0 + t) {
                break;
            }
        }
        self.sd * t.max(0.0)
    }

    pub(super) fn mean(&self) -> f64 {
        let d = self.mean / self.sd;
        self.sd * (2.0 * density(d) + d * libm::erf(d * FRAC_1_SQRT_2))
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        self.sd * self.sd + (self.mean - mean) * (self.mean + mean)
    }
}

/// The part above zero of a normal.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Truncated {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl Truncated {
    /// Rescales the uniform to the part above zero, from the end at which this loses no digits.
    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        let d = self.mean / self.sd;
        let from_zero = below(-d) + uniform * below(d);
        let z = match from_zero < 0.5 {
            true => quantile(from_zero),
            false => -quantile((1.0 - uniform) * below(d)),
        };
        (self.mean + self.sd * z).max(0.0)
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean + self.sd * self.hazard()
    }

    pub(super) fn variance(&self) -> f64 {
        let hazard = self.hazard();
        self.sd * self.sd * (1.0 - hazard * (hazard + self.mean / self.sd))
    }

    /// The density at zero over the share above zero, in units of the standard deviation.
    fn hazard(&self) -> f64 {
        let d = self.mean / self.sd;
        density(d) / below(d)
    }
}

/// The density of the standard normal.
fn density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt()
}

/// The share of the standard normal below `z`.
pub(super) fn below(z: f64) -> f64 {
    libm::erfc(-z * FRAC_1_SQRT_2) / 2.0
}

/// What a share of `uniform` of the standard normal lies below, to about 1 part in 10^16:
/// PPND16 of Wichura 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution".
pub(super) fn quantile(uniform: f64) -> f64 {
    let q = uniform - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { uniform } else { 1.0 - uniform };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-libm::log(tail)).sqrt();
    let z = match r <= 5.0 {
        true => polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6),
        false => polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0),
    };
    z.copysign(q)
}

/// The polynomial with these coefficients, from the constant up, by Horner's rule.
#[inline]
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];
