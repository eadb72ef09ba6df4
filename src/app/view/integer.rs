//! Integers and fixed point as people type them and as a circle shows them.

use num_bigint::BigInt;

use super::numerals;
use super::stored::figure;
use crate::engine::number::{FixedFormat, Format, Input, IntegerEncoding, IntegerFormat, Overflow, Rational, Rounding};

/// The code that was typed: bits as `0b0011` or `0x3`, or a whole number within the range.
///
/// # Errors
/// What is allowed.
pub fn code_of(text: &str, format: IntegerFormat) -> Result<u64, String> {
    let number = match Input::parse(text, Format::Integer(format))? {
        Input::Code(code) => return Ok(code),
        Input::Number { number, .. } => number,
    };
    let (low, high) = format.range();
    let range = || format!("{} to {}", numerals::short_integer(low), numerals::short_integer(high));
    let Some(typed) = number.rational() else {
        return Err(format!("an integer is no {text}; expected {}", range()));
    };
    let whole = typed.round(Rounding::NearestEven);
    if Rational::from(whole.clone()) != typed {
        return Err(format!("{text} is no whole number; expected {}", range()));
    }
    if whole < BigInt::from(low) || whole > BigInt::from(high) {
        return Err(format!("{}-bit {} holds {}", format.bits, format.encoding.title(), range()));
    }
    Ok(Format::Integer(format).encode_number(&number, Rounding::NearestEven, Overflow::Saturate))
}

/// The code that was typed: bits, or a number within the range, rounded to the nearest step.
///
/// # Errors
/// What is allowed.
pub fn fixed_code_of(text: &str, format: FixedFormat) -> Result<u64, String> {
    let number = match Input::parse(text, Format::Fixed(format))? {
        Input::Code(code) => return Ok(code),
        Input::Number { number, .. } => number,
    };
    let step = Rational::power_of_two((-format.fraction_bits).into());
    let (low, high) = format.integer.range();
    let end = |integer: i128| Rational::from(integer) * step.clone();
    let range = || format!("{} to {}", figure(&end(low)), figure(&end(high)));
    let Some(typed) = number.rational() else {
        return Err(format!("fixed point has no {text}; expected {}", range()));
    };
    let half = step.half();
    if typed < end(low) - half.clone() || typed > end(high) + half {
        return Err(format!("{text} is outside the range; expected {}", range()));
    }
    Ok(Format::Fixed(format).encode_number(&number, Rounding::NearestEven, Overflow::Saturate))
}

/// The codes after which the reading jumps as codes go up around the circle.
pub fn seams(format: IntegerFormat) -> Vec<u64> {
    let last = u64::MAX >> (64 - format.bits);
    let half = last >> 1;
    match format.encoding {
        IntegerEncoding::Unsigned | IntegerEncoding::Offset => vec![last],
        // Between −0 and 0 one's complement goes on.
        IntegerEncoding::TwosComplement | IntegerEncoding::OnesComplement => vec![half],
        IntegerEncoding::SignMagnitude => vec![half, last],
    }
}

/// What an encoding reads a code as, with its −0.
pub fn reading(format: IntegerFormat, code: u64) -> String {
    if format.is_minus_zero(code) { "−0".to_owned() } else { numerals::screen(&format.integer(code).to_string()) }
}

/// The same in the few characters of a label.
pub fn label(format: IntegerFormat, code: u64) -> String {
    if format.is_minus_zero(code) { "−0".to_owned() } else { numerals::short_integer(format.integer(code)) }
}

/// A code in binary, in hexadecimal where that is more than can be read.
pub fn bits(width: u32, code: u64) -> String {
    if width > 16 { numerals::hex(code, width) } else { format!("{code:0width$b}", width = width as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_code_or_a_reason() {
        let int8 = IntegerFormat::signed(8);
        let sm8 = IntegerFormat { bits: 8, encoding: IntegerEncoding::SignMagnitude };
        let uint64 = IntegerFormat::unsigned(64);
        for (text, format, expected) in [
            ("-49", int8, Ok(0b1100_1111)),
            ("-49", sm8, Ok(0b1011_0001)),
            ("-0", sm8, Ok(0x80)),
            ("0b10110001", int8, Ok(0xB1)),
            ("0xB1", int8, Ok(0xB1)),
            ("1e2", int8, Ok(100)),
            ("18446744073709551615", uint64, Ok(u64::MAX)),
            ("18446744073709551616", uint64, Err("0 to 2⁶⁴−1")),
            ("128", int8, Err("−128 to 127")),
            ("-128", sm8, Err("−127 to 127")),
            ("1e99999", int8, Err("−128 to 127")),
            ("1e999999999", int8, Err("beyond ±100000")),
            ("1.5", int8, Err("no whole number")),
            ("inf", int8, Err("−128 to 127")),
            ("nan(0x1)", int8, Err("only floats")),
            ("0x100", int8, Err("too long for 8 bits")),
            ("1e", int8, Err("is no number")),
            ("", int8, Err("is no number")),
        ] {
            match (code_of(text, format), expected) {
                (Ok(code), Ok(expected)) => assert_eq!(code, expected, "{text}"),
                (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn fixed_point_rounds_what_is_typed() {
        let format = FixedFormat { integer: IntegerFormat::signed(8), fraction_bits: 4 };
        for (text, expected) in [
            ("3.0625", Ok(0b0011_0001)),
            ("3.1", Ok(0b0011_0010)),
            ("49/16", Ok(0b0011_0001)),
            ("-8", Ok(0x80)),
            ("7.96", Ok(0x7F)),
            ("8", Err("expected −8 to 7.9375")),
            ("-9", Err("expected −8 to 7.9375")),
            ("nan", Err("fixed point has no nan")),
            ("0b2", Err("is no code")),
        ] {
            match (fixed_code_of(text, format), expected) {
                (Ok(code), Ok(expected)) => assert_eq!(code, expected, "{text}"),
                (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_reading_jumps_only_at_the_seams() {
        for encoding in IntegerEncoding::ALL {
            for bits in 2..=8 {
                let format = IntegerFormat { bits, encoding };
                let last = u64::MAX >> (64 - bits);
                let seams = seams(format);
                for code in 0..=last {
                    let next = (code + 1) & last;
                    let jump = (format.integer(next) - format.integer(code)).abs() > 1;
                    // Sign-magnitude starts over at 0 after its largest magnitude.
                    let at_seam = seams.contains(&code);
                    assert!(jump == at_seam || bits == 2 && at_seam, "{encoding:?} {bits} bits, after {code}");
                }
            }
        }
        assert_eq!(reading(IntegerFormat { bits: 4, encoding: IntegerEncoding::OnesComplement }, 0xF), "−0");
        assert_eq!(label(IntegerFormat::signed(64), 1 << 63), "−2⁶³");
        assert_eq!((bits(8, 0x31), bits(32, 0x31)), ("00110001".to_owned(), "0x00000031".to_owned()));
    }
}
