//! Quantities as a scenario writes them: `50ms`, `2000/s`, `20%`, `64KiB`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sim_core::Span;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A length of simulated time, written `50ms`, `1.5s` or `2m30s`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Duration(pub Span);

/// Events per second, written `2000/s`, `90/min` or `5/h`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rate(pub f64);

/// A share of a whole between 0 and 1, written `0%` to `100%`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Share(pub f64);

/// A quantile, written `p95` or `p99.9`: a share above 0 and below 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quantile(pub f64);

/// A number of bytes, written `512B`, `64KiB` or `1GiB`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Size(pub u64);

/// What is wrong with the text of a quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// What was found.
    pub message: String,
    /// What was expected instead.
    pub expected: &'static str,
    /// What to write, where that can be told.
    pub help: Option<String>,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.message, self.expected)
    }
}

impl std::error::Error for Misread {}

impl Duration {
    /// How such a quantity is written, for messages.
    pub(crate) const EXAMPLES: &str = "a duration such as `50ms`, `1.5s` or `2m30s`";
}

impl Rate {
    /// How such a quantity is written, for messages.
    pub(crate) const EXAMPLES: &str = "a rate such as `2000/s`, `90/min` or `5/h`";
}

impl Share {
    /// How such a quantity is written, for messages.
    pub(crate) const EXAMPLES: &str = "a share from `0%` to `100%`";
}

impl Quantile {
    /// How such a quantity is written, for messages.
    pub(crate) const EXAMPLES: &str = "a quantile such as `p50`, `p95` or `p99.9`";
}

impl Size {
    /// How such a quantity is written, for messages.
    pub(crate) const EXAMPLES: &str = "a size such as `512B`, `64KiB`, `16MiB` or `1GiB`";
}

/// Units of time in nanoseconds, the largest first.
const TIMES: [(&str, u64); 7] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Units of size in bytes, the largest first.
const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl FromStr for Duration {
    type Err = Misread;

    /// Reads one or more numbers with units, the larger units first.
    fn from_str(text: &str) -> Result<Duration, Misread> {
        let wrong = |help| misread(text, "a duration", Duration::EXAMPLES, help);
        let (mut rest, mut nanos, mut last) = (text, 0_u64, u64::MAX);
        while !rest.is_empty() || text.is_empty() {
            let (number, after) = split_number(rest).ok_or_else(|| wrong(None))?;
            let end = after
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(after.len());
            let name = &after[..end];
            if name.is_empty() {
                return Err(no_unit(
                    "a duration",
                    Duration::EXAMPLES,
                    number,
                    &["ms", "s"],
                ));
            }
            let unit = unit_of(&TIMES, name).ok_or_else(|| wrong(unknown_unit(number, name)))?;
            if last <= unit {
                return Err(wrong(Some(
                    "write the larger unit first, each unit once".into(),
                )));
            }
            let part = times(number, unit).map_err(|help| wrong(Some(help)))?;
            nanos = nanos
                .checked_add(part)
                .ok_or_else(|| wrong(Some("it is longer than 584 years".into())))?;
            (rest, last) = (&after[end..], unit);
        }
        Ok(Duration(Span(nanos)))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut nanos = self.0.0;
        if nanos == 0 {
            return f.write_str("0s");
        }
        for (name, unit) in &TIMES[..2] {
            if *unit <= nanos {
                write!(f, "{}{name}", nanos / unit)?;
                nanos %= unit;
            }
        }
        let Some((name, unit)) = TIMES[2..].iter().find(|(_, unit)| *unit <= nanos) else {
            return Ok(());
        };
        write!(f, "{}", nanos / unit)?;
        if !nanos.is_multiple_of(*unit) {
            let width = unit.ilog10() as usize;
            let digits = format!("{:0width$}", nanos % unit);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str(name)
    }
}

impl FromStr for Rate {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Rate, Misread> {
        let wrong = |help| misread(text, "a rate", Rate::EXAMPLES, help);
        let (number, unit) = split_number(text).ok_or_else(|| wrong(None))?;
        let seconds = match unit {
            "/s" => 1.0,
            "/min" => 60.0,
            "/h" => 3600.0,
            "" => return Err(no_unit("a rate", Rate::EXAMPLES, number, &["/s", "/min"])),
            _ => {
                return Err(wrong(Some(
                    "the units of rates are `/s`, `/min` and `/h`".into(),
                )));
            }
        };
        let number: f64 = number.parse().map_err(|_| wrong(None))?;
        Ok(Rate(number / seconds))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

impl FromStr for Share {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Share, Misread> {
        let wrong = |help| misread(text, "a share", Share::EXAMPLES, help);
        let (number, unit) = split_number(text).ok_or_else(|| wrong(None))?;
        match unit {
            "%" => {}
            "" => return Err(fraction(number)),
            _ => return Err(wrong(Some("a share ends in `%`, without a space".into()))),
        }
        let percent: f64 = number.parse().map_err(|_| wrong(None))?;
        if percent <= 100.0 {
            Ok(Share(percent / 100.0))
        } else {
            Err(wrong(Some("a share of a whole is at most `100%`".into())))
        }
    }
}

impl fmt::Display for Share {
    /// Writes as few digits as bring back the same number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let text = (0..18)
            .map(|digits| format!("{percent:.digits$}%"))
            .find(|text| text.parse() == Ok(*self));
        f.write_str(&text.unwrap_or_else(|| format!("{percent}%")))
    }
}

impl FromStr for Quantile {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Quantile, Misread> {
        let wrong = |help| misread(text, "a quantile", Quantile::EXAMPLES, help);
        let number = text.strip_prefix('p').ok_or_else(|| wrong(None))?;
        let (digits, rest) = split_number(number).ok_or_else(|| wrong(None))?;
        let percent: f64 = digits.parse().map_err(|_| wrong(None))?;
        match (rest, percent) {
            ("", percent) if 0.0 < percent && percent < 100.0 => Ok(Quantile(percent / 100.0)),
            _ => Err(wrong(Some("it lies between p0 and p100".into()))),
        }
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = Share(self.0).to_string();
        write!(f, "p{}", share.trim_end_matches('%'))
    }
}

impl FromStr for Size {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Size, Misread> {
        let wrong = |help| misread(text, "a size", Size::EXAMPLES, help);
        let (number, name) = split_number(text).ok_or_else(|| wrong(None))?;
        if name.is_empty() {
            return Err(no_unit("a size", Size::EXAMPLES, number, &["B", "KiB"]));
        }
        let unit = unit_of(&SIZES, name)
            .ok_or_else(|| wrong(Some("the units of sizes are B, KiB, MiB and GiB".into())))?;
        let bytes = times(number, unit).map_err(|help| wrong(Some(help)))?;
        Ok(Size(bytes))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZES
            .iter()
            .find(|(_, unit)| *unit <= self.0 && self.0.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(&("B", 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

fn misread(text: &str, what: &str, expected: &'static str, help: Option<String>) -> Misread {
    let negative = text
        .starts_with('-')
        .then(|| format!("{what} cannot be negative"));
    Misread {
        message: format!("`{text}` is not {what}"),
        expected,
        help: help.or(negative),
    }
}

fn no_unit(what: &str, expected: &'static str, number: &str, units: &[&str]) -> Misread {
    let written: Vec<String> = units
        .iter()
        .map(|unit| format!("`{number}{unit}`"))
        .collect();
    Misread {
        message: format!("`{number}` has no unit, and {what} needs one"),
        expected,
        help: Some(format!("write {}", written.join(" or "))),
    }
}

/// A share without its unit, which is likely to be a fraction when it is small.
fn fraction(number: &str) -> Misread {
    let misread = no_unit("a share", Share::EXAMPLES, number, &["%"]);
    match number.parse::<f64>() {
        Ok(part) if part <= 1.0 => Misread {
            help: Some(format!("write `{}` for {number} of the whole", Share(part))),
            ..misread
        },
        _ => misread,
    }
}

fn unknown_unit(number: &str, name: &str) -> Option<String> {
    let tight = name.trim();
    Some(
        if tight.len() < name.len() && unit_of(&TIMES, tight).is_some() {
            format!("write it without a space: `{number}{tight}`")
        } else {
            format!("there is no unit `{tight}`: the units of time are h, m, s, ms, us and ns")
        },
    )
}

fn unit_of(units: &[(&str, u64)], name: &str) -> Option<u64> {
    units
        .iter()
        .find(|(unit, _)| *unit == name)
        .map(|(_, size)| *size)
}

/// Splits digits, with or without a decimal point between them, from what follows.
fn split_number(text: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let fraction = match text[whole..].strip_prefix('.') {
        Some(after) => 1 + Some(digits(after)).filter(|digits| 0 < *digits)?,
        None => 0,
    };
    (0 < whole).then(|| text.split_at(whole + fraction))
}

/// The product of a decimal number and a unit, exactly.
fn times(number: &str, unit: u64) -> Result<u64, String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let too_large = || "it is too large".to_string();
    let scale = u32::try_from(fraction.len())
        .ok()
        .and_then(|digits| 10_u128.checked_pow(digits))
        .ok_or_else(|| "it has too many digits".to_string())?;
    let digits: u128 = format!("{whole}{fraction}")
        .parse()
        .map_err(|_| too_large())?;
    let product = digits.checked_mul(u128::from(unit)).ok_or_else(too_large)?;
    if product % scale != 0 {
        return Err("it is finer than the smallest unit".into());
    }
    u64::try_from(product / scale).map_err(|_| too_large())
}

/// Writes and reads the types through their text; `x-unit` tells the checker which one it is.
macro_rules! as_text {
    ($($type:ident, $unit:literal, $pattern:literal, $description:expr;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                    "x-unit": $unit,
                })
            }
        }
    )*};
}

as_text! {
    Duration, "duration", r"^([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))+$", Duration::EXAMPLES;
    Rate, "rate", r"^[0-9]+(\.[0-9]+)?/(s|min|h)$", Rate::EXAMPLES;
    Share, "share", r"^[0-9]+(\.[0-9]+)?%$", Share::EXAMPLES;
    Quantile, "quantile", r"^p[0-9]{1,2}(\.[0-9]+)?$", Quantile::EXAMPLES;
    Size, "size", r"^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB)$", Size::EXAMPLES;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_exactly_and_written_in_their_canonical_form() {
        for (text, nanos, canonical) in [
            ("0s", 0, "0s"),
            ("250ns", 250, "250ns"),
            ("100us", 100_000, "100us"),
            ("100µs", 100_000, "100us"),
            ("0.5ms", 500_000, "500us"),
            ("1.000001ms", 1_000_001, "1.000001ms"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("150s", 150_000_000_000, "2m30s"),
            ("1h", 3_600_000_000_000, "1h"),
            ("1h0.5s", 3_600_500_000_000, "1h500ms"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(
                (duration.0.0, duration.to_string().as_str()),
                (nanos, canonical)
            );
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_the_remedy() {
        for (text, help) in [
            ("50", Some("write `50ms` or `50s`")),
            ("5 ms", Some("write it without a space: `5ms`")),
            ("-5ms", Some("a duration cannot be negative")),
            ("30s2m", Some("write the larger unit first, each unit once")),
            ("0.5ns", Some("it is finer than the smallest unit")),
            ("99999999999h", Some("it is too large")),
            ("", None),
            (".5s", None),
            ("5.s", None),
        ] {
            let misread = text.parse::<Duration>().unwrap_err();
            assert_eq!(misread.help.as_deref(), help, "{text}");
        }
    }

    #[test]
    fn rates_shares_and_sizes_are_read_and_written() {
        assert_eq!("90/min".parse(), Ok(Rate(1.5)));
        assert_eq!(Rate(2000.0).to_string(), "2000/s");
        assert_eq!("7%".parse(), Ok(Share(0.07)));
        assert_eq!(Share(0.07).to_string(), "7%");
        assert_eq!("p99.9".parse(), Ok(Quantile(0.999)));
        assert_eq!(Quantile(0.999).to_string(), "p99.9");
        assert!("p100".parse::<Quantile>().is_err() && "95".parse::<Quantile>().is_err());
        assert_eq!("64KiB".parse(), Ok(Size(65536)));
        assert_eq!(Size(1_536).to_string(), "1536B");
        assert!("101%".parse::<Share>().is_err());
        assert!("64KB".parse::<Size>().is_err());
        assert!("0.3B".parse::<Size>().is_err());
        assert!("NaN/s".parse::<Rate>().is_err());
    }

    proptest! {
        #[test]
        fn every_quantity_survives_being_written(nanos: u64, bits in 0.0..1e9_f64, size: u64) {
            let duration = Duration(Span(nanos));
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
            prop_assert_eq!(Rate(bits).to_string().parse(), Ok(Rate(bits)));
            prop_assert_eq!(Size(size).to_string().parse(), Ok(Size(size)));
        }

        #[test]
        fn a_written_share_is_written_back(percent in 0..=10_000_u32) {
            let share: Share = format!("{}%", f64::from(percent) / 100.0).parse().unwrap();
            prop_assert_eq!(share.to_string().parse(), Ok(share));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".*|[0-9.]*[a-zµ%/]*") {
            let _ = text.parse::<Duration>();
            let _ = text.parse::<Rate>();
            let _ = text.parse::<Share>();
            let _ = text.parse::<Size>();
        }
    }
}
