//! What became of a typed number in a format, in words and figures.

use super::numerals;
use crate::engine::number::derive::{self, Outcome, Reason};
use crate::engine::number::{Format, Number, Overflow, Rational, Rounding, Value};

/// How much a stored value has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing.
    None,
    /// It was rounded.
    Rounded,
    /// It is no longer a number of that size: 0, an end of the range, an infinity or NaN.
    Lost,
}

/// A stored value beside the typed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The code.
    pub code: u64,
    /// Its value.
    pub value: Value,
    /// The value in a few characters.
    pub text: String,
    /// stored − typed; `None` where one of them is no number.
    pub error: Option<String>,
    /// The error as a share of the typed value.
    pub relative: Option<String>,
    /// The error in units of the last place.
    pub ulps: Option<String>,
    /// |stored − typed| / |typed| as a double, for bars; `None` where there is no such number.
    pub relative_size: Option<f64>,
    /// How much was lost.
    pub loss: Loss,
    /// Why it became this value: a sentence without its full stop.
    pub why: String,
}

/// Significant digits of an error.
const DIGITS: usize = 4;

/// An exact number in a few characters: all digits where they are few, else four.
pub fn figure(number: &Rational) -> String {
    in_at_most(number, 16)
}

fn in_at_most(number: &Rational, longest: usize) -> String {
    let exact = number.log2().is_none_or(|log2| log2.abs() < 40).then(|| number.to_decimal()).flatten();
    let text = exact.filter(|text| text.len() <= longest).unwrap_or_else(|| number.to_digits(DIGITS));
    numerals::screen(&text)
}

impl Stored {
    /// What a format makes of a number under a policy.
    pub fn new(format: Format, number: &Number, rounding: Rounding, overflow: Overflow) -> Self {
        let steps = derive::encode(format, number, rounding, overflow);
        let error = number.rational().and_then(|typed| derive::stored_error(format, &typed, steps.code));
        let is_exact = steps.outcome == Outcome::Exact;
        let shown = error.as_ref().filter(|_| !is_exact);
        Self {
            code: steps.code,
            value: steps.value,
            text: numerals::short(steps.value),
            error: shown.map(|error| in_at_most(&error.absolute, 12)),
            relative: shown.and_then(|error| error.relative.as_ref()).map(percent),
            ulps: shown.and_then(|error| error.ulps.as_ref()).map(|ulps| {
                let text = ulps.to_digits(3);
                format!("{} ulp", numerals::screen(&text))
            }),
            relative_size: error.as_ref().and_then(|error| error.relative.as_ref()).map(|share| share.to_f64().abs()),
            loss: match steps.outcome {
                Outcome::Exact => Loss::None,
                Outcome::Rounded => Loss::Rounded,
                Outcome::Underflow
                | Outcome::Saturated
                | Outcome::Infinity
                | Outcome::Nan
                | Outcome::Wrapped
                | Outcome::NanLost => Loss::Lost,
            },
            why: why(steps.outcome, steps.reason),
        }
    }
}

fn percent(share: &Rational) -> String {
    let percent = share.clone() * Rational::from(100);
    format!("{} %", numerals::screen(&percent.to_digits(3)))
}

fn why(outcome: Outcome, reason: Option<Reason>) -> String {
    let reason = reason.map_or("", Reason::words);
    match outcome {
        Outcome::Exact => "Stored exactly".to_owned(),
        Outcome::Rounded => upper_first(reason),
        Outcome::Underflow => format!("Too small, becomes 0; {reason}"),
        Outcome::Saturated => "Beyond the range, becomes its end".to_owned(),
        Outcome::Infinity => "Beyond the range, becomes an infinity".to_owned(),
        Outcome::Nan => "Beyond the range, becomes NaN".to_owned(),
        Outcome::Wrapped => "Beyond the range, wraps around".to_owned(),
        Outcome::NanLost => "There is no NaN here to become".to_owned(),
    }
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn stored(format: &str, text: &str) -> Stored {
        let number = text.parse().unwrap();
        Stored::new(find(format).unwrap().format, &number, Rounding::NearestEven, Overflow::Default)
    }

    #[test]
    fn the_lectures_comparisons() {
        // Format, typed, stored, error, relative error.
        for (format, typed, text, error, relative, loss) in [
            ("e4m3fn", "0.265625", "0.25", Some("−0.015625"), Some("−5.88 %"), Loss::Rounded),
            ("fp16", "0.265625", "0.265625", None, None, Loss::None),
            ("fp16", "70000", "∞", None, None, Loss::Lost),
            ("bf16", "70000", "70144", Some("144"), Some("0.206 %"), Loss::Rounded),
            ("bf16", "1.001", "1", Some("−0.001"), Some("−0.0999 %"), Loss::Rounded),
            ("e4m3fn", "1e-6", "0", Some("−0.000001"), Some("−100 %"), Loss::Lost),
            ("e4m3fn", "464", "448", Some("−16"), Some("−3.45 %"), Loss::Lost),
            ("fp16", "-7", "−7", None, None, Loss::None),
        ] {
            let found = stored(format, typed);
            assert_eq!(found.text, text, "{format} {typed}");
            assert_eq!(found.error.as_deref(), error, "{format} {typed}");
            assert_eq!(found.relative.as_deref(), relative, "{format} {typed}");
            assert_eq!(found.loss, loss, "{format} {typed}");
        }
        assert_eq!(stored("e4m3fn", "0.265625").why, "A tie: to the even code");
        assert_eq!(stored("e2m1fn", "nan").why, "There is no NaN here to become");
    }
}
