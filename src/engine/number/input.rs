//! What people type into the field of a value: a number, or the code itself.

use super::float::mask;
use super::{Class, Format, Kind, Number, Overflow, Rounding};

/// What was typed, with the text that it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A number; its code depends on the format.
    Number {
        /// As it was typed.
        text: String,
        /// What it means, exactly.
        number: Number,
    },
    /// The bits themselves.
    Code(u64),
}

impl Input {
    /// Reads a number as [`Number`] does; else a code for that format: `0x3440` and `0b0011` are the lowest bits, `nan(0x1)` is a
    /// NaN with that mantissa.
    ///
    /// # Errors
    /// What is allowed, where the text is neither, or the code too long.
    pub fn parse(text: &str, format: Format) -> Result<Self, String> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase().replace('_', "");
        if let Some(payload) = payload(&lower) {
            return nan(payload, lower.starts_with(['-', '−']), format).map(Self::Code);
        }
        if let Some(digits) = lower.strip_prefix("0b") {
            return code(digits, 2, text, format).map(Self::Code);
        }
        if let Some(digits) = lower.strip_prefix("0x").filter(|digits| !digits.contains(['p', '.', '/'])) {
            return code(digits, 16, text, format).map(Self::Code);
        }
        let number = text.parse::<Number>().map_err(|error| error.to_string())?;
        Ok(Self::Number { text: text.to_owned(), number })
    }

    /// The code in a format: rounded to nearest even where a number was typed, with the format's default overflow.
    pub fn code(&self, format: Format) -> u64 {
        match self {
            Self::Number { number, .. } => format.encode_number(number, Rounding::NearestEven, Overflow::Default),
            Self::Code(code) => code & format.last_code(),
        }
    }

    /// The number that was typed; that of the code where a code was.
    pub fn number(&self, format: Format) -> Number {
        match self {
            Self::Number { number, .. } => number.clone(),
            Self::Code(code) => Number::from(format.value(*code)),
        }
    }

    /// The same number for another format: a code becomes the number that it was.
    #[must_use]
    pub fn moved(&self, from: Format, to: Format) -> Self {
        match self {
            Self::Number { .. } => self.clone(),
            Self::Code(_) if from == to => self.clone(),
            Self::Code(code) => {
                let value = from.value(*code);
                Self::Number { text: value.to_decimal(), number: Number::from(value) }
            }
        }
    }
}

/// What stands in the parentheses of `nan(…)`.
fn payload(text: &str) -> Option<&str> {
    text.trim_start_matches(['-', '−', '+']).strip_prefix("nan(")?.strip_suffix(')')
}

fn nan(payload: &str, negative: bool, format: Format) -> Result<u64, String> {
    let parsed = match payload.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => payload.parse().ok(),
    };
    let Format::Float(float) = format else { return Err("only floats have a NaN with a mantissa".to_owned()) };
    if float.kind != Kind::Ieee || float.mantissa_bits == 0 {
        let runs = format.properties().nan_codes;
        return Err(match runs {
            0 => "this format has no NaN".to_owned(),
            _ => "the NaN of this format has no mantissa to choose: type nan".to_owned(),
        });
    }
    let largest = mask(float.mantissa_bits);
    let Some(mantissa) = parsed.filter(|mantissa| (1..=largest).contains(mantissa)) else {
        return Err(format!("the mantissa of a NaN is 0x1 to {largest:#X} in this format"));
    };
    let sign = if negative { 1_u64 << (float.bits() - 1) } else { 0 };
    let code = sign | mask(float.exponent_bits) << float.mantissa_bits | mantissa;
    debug_assert_eq!(format.class(code), Class::Nan);
    Ok(code)
}

fn code(digits: &str, radix: u32, text: &str, format: Format) -> Result<u64, String> {
    let (bits, last) = (format.bits(), format.last_code());
    let allowed = if radix == 16 {
        format!("0x0 to {last:#X}, or a hex float with its exponent, as in 0x1.8p-3")
    } else {
        format!("at most {bits} binary digits")
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(format!("{text:?} is no code; expected {allowed}"));
    }
    let code = u64::from_str_radix(digits.trim_start_matches('0'), radix);
    let code = if digits.trim_start_matches('0').is_empty() { Ok(0) } else { code };
    match code {
        Ok(code) if code <= last => Ok(code),
        _ => Err(format!("{text} is too long for {bits} bits; expected {allowed}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn numbers_and_codes_and_what_is_neither() {
        let fp16 = find("fp16").unwrap().format;
        for (text, expected) in [
            ("0.265625", Ok(0x3440)),
            ("17/64", Ok(0x3440)),
            ("0x1.1p-2", Ok(0x3440)),
            ("0x3440", Ok(0x3440)),
            ("0x40", Ok(0x0040)),
            ("0b0_01101_0001000000", Ok(0x3440)),
            ("-0", Ok(0x8000)),
            ("-inf", Ok(0xFC00)),
            ("nan(0x1)", Ok(0x7C01)),
            ("-nan(1023)", Ok(0xFFFF)),
            ("0x00000", Ok(0)),
            ("0x10000", Err("too long for 16 bits; expected 0x0 to 0xFFFF")),
            ("0x123456789012345678", Err("too long for 16 bits")),
            ("0b1_0000_0000_0000_0000", Err("at most 16 binary digits")),
            ("0xG", Err("is no code")),
            ("0b2", Err("is no code")),
            ("1e", Err("is no number")),
            ("nan(0)", Err("0x1 to 0x3FF")),
            ("nan(0x400)", Err("0x1 to 0x3FF")),
            ("nan(x)", Err("0x1 to 0x3FF")),
        ] {
            match (Input::parse(text, fp16), expected) {
                (Ok(entry), Ok(code)) => assert_eq!(entry.code(fp16), code, "{text}"),
                (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        let (e2m1, e4m3fn) = (find("e2m1fn").unwrap().format, find("e4m3fn").unwrap().format);
        assert!(Input::parse("nan(1)", e2m1).unwrap_err().contains("has no NaN"));
        assert!(Input::parse("nan(1)", e4m3fn).unwrap_err().contains("type nan"));
    }

    #[test]
    fn a_code_stays_the_number_that_it_was() {
        let (fp16, fp32) = (find("fp16").unwrap().format, find("fp32").unwrap().format);
        let moved = Input::Code(0xC700).moved(fp16, fp32);
        assert_eq!(fp32.decode(moved.code(fp32)), -7.0);
        assert_eq!(Input::Code(0x8000).moved(fp16, fp32).code(fp32), 0x8000_0000);
        assert_eq!(Input::Code(0xC700).moved(fp16, fp16), Input::Code(0xC700));
    }
}
