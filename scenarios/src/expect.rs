//! Expectations: the language of `expect:`, read into claims about variants.

mod judge;
#[cfg(test)]
mod tests;

pub(crate) use judge::judged;

use crate::check::{among, nearest};
use crate::results::Unit;
use crate::schema::Scenario;
use crate::study::{BASELINE, describe, full_name};
use crate::units::{Duration, Misread, Rate, Share, Size};
use crate::{Document, Problems, Setting};
use std::ops::Range;

/// What is claimed of a variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    /// A metric lies on one side of a bound.
    Metric {
        /// Its full name.
        metric: String,
        side: Side,
        bound: Bound,
        /// The share of runs in which it must hold; of the mean over runs when missing.
        probability: Option<f64>,
    },
    /// It recovers within so many seconds after the trigger.
    Recovers {
        within: f64,
        /// The share of runs in which it must hold; all of them when missing.
        probability: Option<f64>,
    },
    /// No run recovers.
    NeverRecovers,
    /// Something never happens.
    No {
        /// The counter, as a scenario writes it.
        counter: String,
    },
}

/// Where a metric must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Below the bound.
    Below,
    /// Above the bound.
    Above,
}

/// What a metric is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    /// A value in the metric's unit.
    Value(f64),
    /// So many times another variant's value.
    Times { share: f64, of: String },
}

/// An expectation that has been read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    /// The variant that it is about.
    pub(crate) variant: String,
    pub(crate) claim: Claim,
    /// Where the metric or the counter stands in the text.
    pub(crate) subject: Range<usize>,
}

/// A word that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where it stands in the text.
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) expected: String,
    pub(crate) help: Option<String>,
}

impl Expected {
    /// Whether the figures of a variant are needed to judge it.
    pub(crate) fn needs(&self, variant: &str) -> bool {
        let other = match &self.claim {
            Claim::Metric {
                bound: Bound::Times { of, .. },
                ..
            } => Some(of.as_str()),
            _ => None,
        };
        self.variant == variant || other == Some(variant)
    }
}

/// The names of a counter's metric, in order of preference: how often, or in which share of
/// requests.
pub(crate) fn counter_metrics(counter: &str) -> [String; 2] {
    [format!("{counter}.total"), format!("{counter}.share")]
}

/// All expectations of a scenario, which must have been checked.
pub(crate) fn of(scenario: &Scenario) -> Vec<Expected> {
    let variants = variants(scenario);
    let expectations = scenario.expect.iter();
    expectations
        .map(|expect| read(&expect.that, &variants).expect("the checker has read it before"))
        .collect()
}

/// The names of all variants, the baseline first.
pub(crate) fn variants(scenario: &Scenario) -> Vec<&str> {
    let others = scenario.variants.keys().map(String::as_str);
    std::iter::once(BASELINE).chain(others).collect()
}

impl Document {
    /// The variants without which the scenario's expectations cannot be judged, the baseline first.
    ///
    /// # Errors
    /// Returns all that is wrong with the scenario.
    pub fn expected_variants(&self, sets: &[Setting]) -> Result<Vec<String>, Problems> {
        let scenario = self.scenario(None, sets)?;
        let expected = of(&scenario);
        let is_needed = |variant: &&str| expected.iter().any(|one| one.needs(variant));
        let needed = variants(&scenario).into_iter().filter(is_needed);
        Ok(needed.map(str::to_owned).collect())
    }
}

/// What may follow the variant, for messages.
const CLAIMS: &str = "`recovers within`, `never recovers`, `no` or a metric";

/// Reads an expectation of a scenario with these variants. Whether a metric exists is for the
/// caller to check.
pub(crate) fn read(text: &str, variants: &[&str]) -> Result<Expected, Wrong> {
    let mut words = Words {
        text,
        next: 0,
        variants,
    };
    let variant = words.variant("the name of a variant, which comes first")?;
    let start = words.peek(CLAIMS)?;
    let mut subject = start.clone();
    let claim = match &text[start] {
        "recovers" => {
            words.skip();
            words.keyword("within")?;
            let (range, within) = words.word(Duration::EXAMPLES)?;
            let within: Duration = within.parse().map_err(|m: Misread| wrong(range, m))?;
            Claim::Recovers {
                within: within.0.as_seconds(),
                probability: words.probability()?,
            }
        }
        "never" => {
            words.skip();
            words.keyword("recovers")?;
            Claim::NeverRecovers
        }
        "no" => {
            words.skip();
            let (range, counter) = words.word("a counter such as `web.refused`")?;
            subject = range;
            Claim::No {
                counter: counter.to_owned(),
            }
        }
        _ => words.metric()?,
    };
    words.end()?;
    Ok(Expected {
        variant,
        claim,
        subject,
    })
}

fn wrong(range: Range<usize>, misread: Misread) -> Wrong {
    Wrong {
        range,
        message: misread.message,
        expected: misread.expected.to_owned(),
        help: misread.help,
    }
}

/// The words of an expectation that are still to be read.
struct Words<'t> {
    text: &'t str,
    /// Where the rest begins.
    next: usize,
    variants: &'t [&'t str],
}

impl<'t> Words<'t> {
    fn rest(&self) -> Option<Range<usize>> {
        let rest = &self.text[self.next..];
        let start = self.next + (rest.len() - rest.trim_start().len());
        let word = self.text[start..].split_whitespace().next()?;
        Some(start..start + word.len())
    }

    /// Where the next word stands.
    fn peek(&self, expected: &str) -> Result<Range<usize>, Wrong> {
        self.rest().ok_or_else(|| Wrong {
            range: 0..self.text.len(),
            message: "this expectation is not complete".into(),
            expected: expected.to_owned(),
            help: None,
        })
    }

    fn skip(&mut self) {
        self.next = self.rest().map_or(self.text.len(), |word| word.end);
    }

    fn word(&mut self, expected: &str) -> Result<(Range<usize>, &'t str), Wrong> {
        let range = self.peek(expected)?;
        self.skip();
        Ok((range.clone(), &self.text[range]))
    }

    /// Whether the next word is this one, which is then read.
    fn is_next(&mut self, keyword: &str) -> bool {
        let is_next = self.rest().is_some_and(|word| &self.text[word] == keyword);
        if is_next {
            self.skip();
        }
        is_next
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), Wrong> {
        let expected = format!("`{keyword}`");
        let (range, word) = self.word(&expected)?;
        if word == keyword {
            return Ok(());
        }
        Err(out_of_place(range, word, expected))
    }

    fn variant(&mut self, expected: &str) -> Result<String, Wrong> {
        let (range, name) = self.word(expected)?;
        let variants = self.variants.iter().copied();
        if variants.clone().any(|variant| variant == name) {
            return Ok(name.to_owned());
        }
        Err(Wrong {
            range,
            message: format!("there is no variant `{name}`"),
            expected: among(variants.clone()),
            help: nearest(name, variants),
        })
    }

    fn metric(&mut self) -> Result<Claim, Wrong> {
        let (range, name) = self.word("a metric")?;
        let expected = "`<` or `>`, and a value";
        let (sign_range, sign) = self.word(expected)?;
        let side = match sign {
            "<" => Side::Below,
            ">" => Side::Above,
            _ => {
                let problem = match nearest(name, ["recovers", "never"].into_iter()) {
                    None => out_of_place(sign_range, sign, expected.into()),
                    help => Wrong {
                        help,
                        ..out_of_place(range, name, CLAIMS.into())
                    },
                };
                return Err(problem);
            }
        };
        let metric = full_name(name);
        let unit = describe(&metric).0;
        let (range, value) = self.word(example(unit))?;
        let bound = if self.is_next("of") {
            let share = times(range, value)?;
            let of = self.variant("the name of a variant")?;
            Bound::Times { share, of }
        } else {
            Bound::Value(quantity(range, value, unit)?)
        };
        Ok(Claim::Metric {
            metric,
            side,
            bound,
            probability: self.probability()?,
        })
    }

    /// `with probability SHARE`, where it stands.
    fn probability(&mut self) -> Result<Option<f64>, Wrong> {
        if !self.is_next("with") {
            return Ok(None);
        }
        self.keyword("probability")?;
        let (range, text) = self.word(Share::EXAMPLES)?;
        let share: Share = match text.parse() {
            Ok(share) => share,
            Err(misread) => return Err(wrong(range, misread)),
        };
        if 0.0 < share.0 && share.0 < 1.0 {
            return Ok(Some(share.0));
        }
        Err(Wrong {
            range,
            message: format!("no number of runs shows a probability of {share}"),
            expected: "a share above `0%` and below `100%`".into(),
            help: None,
        })
    }

    fn end(&self) -> Result<(), Wrong> {
        match self.rest() {
            None => Ok(()),
            Some(range) => {
                let word = &self.text[range.clone()];
                Err(out_of_place(range, word, "nothing more".into()))
            }
        }
    }
}

fn out_of_place(range: Range<usize>, word: &str, expected: String) -> Wrong {
    Wrong {
        range,
        message: format!("`{word}` cannot stand here"),
        expected,
        help: None,
    }
}

/// A share of another variant's value, which may be more than all of it.
fn times(range: Range<usize>, text: &str) -> Result<f64, Wrong> {
    let share = text.strip_suffix('%').and_then(number);
    share
        .map(|percent| percent / 100.0)
        .filter(|share| 0.0 < *share)
        .ok_or_else(|| Wrong {
            range,
            message: format!("`{text}` is not a share of another variant's value"),
            expected: "a share such as `50%` or `120%`".into(),
            help: None,
        })
}

/// A value in the unit of a metric.
fn quantity(range: Range<usize>, text: &str, unit: Unit) -> Result<f64, Wrong> {
    let value = match unit {
        Unit::Seconds => text.parse().map(|time: Duration| time.0.as_seconds()),
        Unit::PerSecond => text.parse().map(|rate: Rate| rate.0),
        Unit::Share => text.parse().map(|share: Share| share.0),
        Unit::Bytes => text.parse().map(|size: Size| size.0 as f64),
        Unit::Count => number(text).ok_or_else(|| Misread {
            message: format!("`{text}` is not a number"),
            expected: example(unit),
            help: None,
        }),
    };
    value.map_err(|misread| {
        let of = format!("for a share of the baseline's value write `{text} of {BASELINE}`");
        let is_share = unit != Unit::Share && text.ends_with('%');
        let problem = wrong(range, misread);
        Wrong {
            help: is_share.then_some(of).or(problem.help.clone()),
            ..problem
        }
    })
}

/// How a value in the unit of a metric is written.
fn example(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => Duration::EXAMPLES,
        Unit::PerSecond => Rate::EXAMPLES,
        Unit::Share => Share::EXAMPLES,
        Unit::Bytes => Size::EXAMPLES,
        Unit::Count => "a number such as `3` or `0.5`",
    }
}

/// A decimal number without sign and exponent.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.filter(|_| is_plain)
}
