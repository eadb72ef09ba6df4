//! Values of number formats as the screen writes them: exactly where that is short, as powers of two where it is not.

use super::format;
use crate::engine::number::{Dyadic, Rational, Value};

/// Longest exact decimal that is read at a glance.
const SHORT: usize = 16;

/// Digits of the longest integer of 64 bits, with its sign.
const INTEGER: usize = 20;

/// Whether the value is ±2ⁿ.
pub fn is_power_of_two(value: f64) -> bool {
    match Dyadic::from_f64(value) {
        Some(value) => value.significand != 0 && value.significand.is_power_of_two(),
        None => false,
    }
}

/// A whole number in superscript: `⁻¹²`.
pub fn superscript(number: i64) -> String {
    number.to_string().chars().map(raised).collect()
}

fn raised(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        other => other.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(other),
    }
}

/// `2⁻¹²`.
pub fn power(exponent: i64) -> String {
    format!("2{}", superscript(exponent))
}

/// The text with the screen's minus.
pub fn screen(text: &str) -> String {
    text.replace('-', "−")
}

/// All digits of a value, grouped by nothing, with the screen's minus and the words of the screen.
pub fn exact(value: Value) -> String {
    match value {
        Value::Finite(value) => screen(&value.to_decimal()),
        Value::Infinite { negative: false } => "∞".to_owned(),
        Value::Infinite { negative: true } => "−∞".to_owned(),
        Value::Nan => "NaN".to_owned(),
    }
}

/// A value in a few characters: all digits where they are few, else a power of two, else four digits.
pub fn short(value: Value) -> String {
    let Value::Finite(finite) = value else { return exact(value) };
    shortened(finite, SHORT)
}

/// [`short`] of a double.
pub fn short_f64(value: f64) -> String {
    Dyadic::from_f64(value).map_or_else(|| format::number(value), |value| shortened(value, SHORT))
}

/// A number that was typed, as a double: the fewest digits that give it back where they are few, for 0.27 is 0.27.
pub fn typed(value: f64) -> String {
    let digits = value.to_string();
    if digits.chars().count() <= 12 { screen(&digits) } else { short_f64(value) }
}

/// A value as the label of a tick: shorter still.
pub fn label(value: f64) -> String {
    Dyadic::from_f64(value).map_or_else(|| format::number(value), |value| shortened(value, 9))
}

/// The label of a tick on a line of logarithms, where powers of two are what is read.
pub fn power_label(value: f64) -> String {
    Dyadic::from_f64(value).map_or_else(|| format::number(value), |value| shortened(value, 5))
}

fn shortened(value: Dyadic, longest: usize) -> String {
    // 2^±1074 has hundreds of digits: not even worth counting.
    let is_close = i64::from(value.exponent).abs() < 64;
    let digits = if is_close { exact(Value::Finite(value)) } else { String::new() };
    if is_close && digits.chars().count() <= longest {
        return digits;
    }
    let sign = if value.negative { "−" } else { "" };
    if value.significand.is_power_of_two() {
        let exponent = i64::from(value.exponent) + i64::from(value.significand.ilog2());
        return format!("{sign}{}", power(exponent));
    }
    if longest < SHORT {
        // Neighbouring ticks of float32 differ in the eighth digit.
        return format::significant(value.to_f64(), if longest < 9 { 4 } else { 8 });
    }
    // An integer of 64 bits is read whole.
    if is_close && value.exponent >= 0 && digits.chars().count() <= INTEGER {
        return digits;
    }
    // Enough digits to tell neighbours of float32 apart, and a sign that there are more; at least some after the point.
    let number = Rational::from(value);
    let few = number.to_digits(11);
    let digits = screen(&if few.contains(['.', 'e']) { few } else { number.to_digits(19) });
    if digits.contains('.') && !digits.contains('e') { format!("{digits}…") } else { digits }
}

/// A value as a power of two, a small multiple of one, or in digits: `2⁻⁹`, `7 × 2⁻⁹`, `448`.
pub fn with_power(value: Dyadic) -> String {
    let trailing = value.significand.trailing_zeros().min(63);
    let (odd, exponent) = (value.significand >> trailing, i64::from(value.exponent) + i64::from(trailing));
    let sign = if value.negative { "−" } else { "" };
    match odd {
        0 => format!("{sign}0"),
        _ if (0..20).contains(&exponent) && value.to_f64().abs() < 1e6 => exact(Value::Finite(value)),
        1 => format!("{sign}{}", power(exponent)),
        odd if odd < 1000 => format!("{sign}{odd} × {}", power(exponent)),
        _ => shortened(value, SHORT),
    }
}

/// ±(2ᵐ − 1) steps of 2ⁿ: in digits where that is short, else as the difference of two powers, `1−2⁶³`.
pub fn short_sum(value: Dyadic) -> String {
    let text = if value.exponent.abs() < 64 { exact(Value::Finite(value)) } else { String::new() };
    if !text.is_empty() && text.chars().count() <= 7 {
        return text;
    }
    let bits = i64::from(u64::BITS - value.significand.leading_zeros());
    let power = |exponent: i64| if exponent == 0 { "1".to_owned() } else { power(exponent) };
    let (small, large) = (power(value.exponent.into()), power(bits + i64::from(value.exponent)));
    if value.negative { format!("{small}−{large}") } else { format!("{large}−{small}") }
}

/// A whole number in a few characters: its digits, or a small multiple of a power of two, `3 × 2⁶⁰`.
pub fn short_integer(value: i128) -> String {
    let digits = screen(&value.to_string());
    if digits.chars().count() <= 8 {
        return digits;
    }
    let magnitude = value.unsigned_abs();
    let zeros = magnitude.trailing_zeros();
    let odd = magnitude >> zeros;
    let sign = if value < 0 { "−" } else { "" };
    match odd {
        1 => format!("{sign}{}", power(zeros.into())),
        odd if odd < 1000 => format!("{sign}{odd} × {}", power(zeros.into())),
        // One less than a power of two: the ends of most ranges.
        _ if (magnitude + 1).is_power_of_two() => {
            let power = power(magnitude.ilog2() as i64 + 1);
            if value < 0 { format!("1−{power}") } else { format!("{power}−1") }
        }
        _ => format::significant(value as f64, 4),
    }
}

/// A code in hexadecimal, as wide as its format: `0x3440`.
pub fn hex(code: u64, bits: u32) -> String {
    format!("0x{code:0width$X}", width = bits.div_ceil(4) as usize)
}

/// The bits of a code, fields apart: `0 01101 0001000000`.
pub fn binary(code: u64, widths: &[u32]) -> String {
    let mut left: u32 = widths.iter().sum();
    let fields = widths.iter().filter(|&&width| width > 0).map(|&width| {
        left -= width;
        let field = code >> left & if width == 64 { u64::MAX } else { (1 << width) - 1 };
        format!("{field:0width$b}", width = width as usize)
    });
    fields.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_where_that_is_exact() {
        for (value, text) in [
            (0.265_625, "0.265625"),
            (-7.0, "−7"),
            (448.0, "448"),
            (2_f64.powi(-149), "2⁻¹⁴⁹"),
            (-(2_f64.powi(100)), "−2¹⁰⁰"),
            (f64::from(f32::MAX), "3.4028234664e38"),
            (f64::INFINITY, "∞"),
            (f64::from(0.1_f32), "0.10000000149…"),
        ] {
            assert_eq!(short_f64(value), text);
        }
        assert_eq!(label(0.265_625), "0.265625");
        assert_eq!(label(0.000_244_140_625), "2⁻¹²");
        assert_eq!(short_integer(-1_048_576), "−1048576");
        assert_eq!(short_integer(3 << 60), "3 × 2⁶⁰");
        assert_eq!(short_integer(-(1 << 63)), "−2⁶³");
        assert_eq!((short_integer((1 << 63) - 1), short_integer(1 - (1 << 63))), ("2⁶³−1".into(), "1−2⁶³".into()));
        let long =
            |significand: u64, exponent: i32| short(Value::Finite(Dyadic { negative: true, significand, exponent }));
        assert_eq!(long(4_611_686_018_121_968_007, 0), "−4611686018121968007");
        assert_eq!(long((1 << 63) - 1, -30), "−8589934591.999999999…");
        let top = Dyadic { negative: true, significand: (1 << 31) - 1, exponent: -4 };
        assert_eq!(short_sum(top), "2⁻⁴−2²⁷");
    }

    #[test]
    fn specials_of_the_mockup() {
        let text = |value: f64| with_power(Dyadic::from_f64(value).unwrap());
        assert_eq!(text(2_f64.powi(-9)), "2⁻⁹");
        assert_eq!(text(7.0 * 2_f64.powi(-9)), "7 × 2⁻⁹");
        assert_eq!(text(448.0), "448");
        assert_eq!(text(-0.0), "−0");
    }

    #[test]
    fn codes_are_as_wide_as_their_format() {
        assert_eq!(hex(0x28, 8), "0x28");
        assert_eq!(hex(7, 4), "0x7");
        assert_eq!(binary(0x3440, &[1, 5, 10]), "0 01101 0001000000");
        assert_eq!(binary(u64::MAX, &[64]), "1".repeat(64));
        assert_eq!(superscript(-1074), "⁻¹⁰⁷⁴");
    }
}
