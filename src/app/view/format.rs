//! Numbers as the screen writes them: see "Type" in the design.
//!
//! On screen minus is U+2212; [`ascii`] turns such a text into what is copied.

/// What stands where there is no number.
pub const NONE: &str = "–";

const MINUS: char = '\u{2212}';

/// The text as it is copied: a minus that programs read.
pub fn ascii(text: &str) -> String {
    text.replace(MINUS, "-")
}

/// Four significant digits; fewer where fewer are exact.
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// [`number`], or a dash where there is none.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), number)
}

/// `digits` significant digits; fewer where fewer are exact. Very large and very small values take an exponent, `1.25e−7`.
pub fn significant(value: f64, digits: usize) -> String {
    special(value).unwrap_or_else(|| {
        let exponent_form = format!("{value:.*e}", digits.saturating_sub(1));
        let (_, exponent) = exponent_form.split_once('e').unwrap_or((&exponent_form, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if value == 0.0 {
            "0".to_owned()
        } else if (-4..=8).contains(&exponent) {
            let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
            grouped(&trimmed(&format!("{value:.decimals$}"), value))
        } else {
            screen(&trimmed_mantissa(&exponent_form, value))
        }
    })
}

/// A fixed number of decimals, for columns aligned at the point.
pub fn fixed(value: f64, decimals: usize) -> String {
    special(value).unwrap_or_else(|| {
        let text = format!("{value:.decimals$}");
        // A small negative error must not read as "−0.00".
        let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
        grouped(if is_zero { text.trim_start_matches('-') } else { &text })
    })
}

/// Decimals with which the largest of `values` has `digits` significant digits, so that a column of them lines up.
pub fn common_decimals(values: &[f64], digits: i32) -> usize {
    let largest =
        values.iter().filter(|value| value.is_finite()).fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 { 0 } else { (digits - 1 - largest.log10().floor() as i32).clamp(0, 12) as usize }
}

/// A signal-to-noise ratio without its unit: two decimals.
pub fn decibels(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| fixed(value, 2))
}

/// An exact whole number: `262,144`.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// Exact bytes: `32,832 B`.
pub fn bytes_exact(value: u64) -> String {
    format!("{} B", count(value))
}

/// Bytes in the unit that reads best: `1.18 MiB`.
pub fn bytes_short(value: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if value < 1024 {
        return bytes_exact(value);
    }
    let mut scaled = value as f64 / 1024.0;
    let mut unit = 0;
    // 1023.995 KiB would read as "1024 KiB".
    while scaled >= 1023.5 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    let decimals = if scaled < 9.995 { 2 } else { usize::from(scaled < 99.95) };
    format!("{scaled:.decimals$} {}", UNITS[unit])
}

/// Picojoules in the unit that reads best: `1.22 µJ`.
pub fn energy(picojoules: f64) -> String {
    let (value, unit) = match picojoules {
        small if small < 1e3 => (small, "pJ"),
        small if small < 1e6 => (small / 1e3, "nJ"),
        small if small < 1e9 => (small / 1e6, "µJ"),
        large => (large / 1e9, "mJ"),
    };
    format!("{} {unit}", significant(value, 3))
}

/// How many times smaller: `7.98×`, `0.889×`.
pub fn ratio(value: f64) -> String {
    let decimals = if value < 1.0 { 3 } else { 2 };
    format!("{}×", fixed(value, decimals))
}

/// A share of one as percent: `12.5 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent.abs() {
        0.0 => 0,
        small if small < 1.0 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    format!("{} %", fixed(percent, decimals))
}

/// An exponent in raised digits: `⁻³`.
pub fn raised(exponent: i32) -> String {
    let digit = |digit: char| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    exponent.to_string().chars().map(digit).collect()
}

/// Sizes of the axes: `512 × 128`.
pub fn shape(sizes: &[usize]) -> String {
    if sizes.is_empty() {
        return "scalar".to_owned();
    }
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        Some("NaN".to_owned())
    } else if value.is_infinite() {
        Some(if value > 0.0 { "∞".to_owned() } else { format!("{MINUS}∞") })
    } else {
        None
    }
}

fn screen(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// Drops zeros at the end of the decimals where what is left is still exactly `value`.
fn trimmed(text: &str, value: f64) -> String {
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if text.contains('.') && short.parse() == Ok(value) { short.to_owned() } else { text.to_owned() }
}

fn trimmed_mantissa(text: &str, value: f64) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.to_owned() };
    let short = format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'));
    if short.parse() == Ok(value) { short } else { text.to_owned() }
}

/// Commas between thousands of the whole part, and the screen's minus.
fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("\u{2212}", rest));
    let (whole, decimals) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::with_capacity(text.len() + 4);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_and_no_false_ones() {
        for (value, text) in [
            (0.043_112, "0.04311"),
            (121.843_7, "121.8"),
            (0.5, "0.5"),
            (0.1_f32.into(), "0.1000"),
            (-0.019_176, "−0.01918"),
            (16.0, "16"),
            (1_234_567.0, "1,234,567"),
            (1.25e-7, "1.25e−7"),
            (-3.402_823_5e38, "−3.403e38"),
            (9.999_9, "10.00"),
            (0.0, "0"),
            (-0.0, "0"),
            (f64::INFINITY, "∞"),
            (f64::NEG_INFINITY, "−∞"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), text, "{value:e}");
        }
        assert_eq!(optional(None), "–");
    }

    #[test]
    fn fixed_decimals_never_show_a_negative_zero() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "−0.01");
        assert_eq!(decibels(Some(18.601)), "18.60");
        assert_eq!(decibels(Some(f64::INFINITY)), "∞");
        assert_eq!(decibels(None), "–");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes_exact(262_144), "262,144 B");
        assert_eq!(bytes_short(1_023), "1,023 B");
        assert_eq!(bytes_short(1_024), "1.00 KiB");
        assert_eq!(bytes_short(1_048_575), "1.00 MiB");
        assert_eq!(bytes_short(1_238_532), "1.18 MiB");
        assert_eq!(bytes_short(150_994_944), "144 MiB");
        assert_eq!(ratio(7.984_4), "7.98×");
        assert_eq!(ratio(0.888_9), "0.889×");
        assert_eq!(shape(&[512, 128]), "512 × 128");
        assert_eq!(shape(&[]), "scalar");
    }

    #[test]
    fn shares() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.001_2), "0.12 %");
        assert_eq!(percent(0.125), "12.5 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn exponents_are_raised() {
        assert_eq!([-3, 0, 12, 45].map(raised), ["⁻³", "⁰", "¹²", "⁴⁵"]);
    }

    #[test]
    fn what_is_copied_is_ascii() {
        assert_eq!(ascii(&number(-1234.5)).replace(',', "").parse(), Ok(-1234.0_f64));
        assert!(ascii(&number(-1.25e-7)).parse::<f64>().is_ok());
    }

    #[test]
    fn a_column_shares_its_decimals() {
        assert_eq!(common_decimals(&[0.122_426, 0.141_602, -0.019], 6), 6);
        assert_eq!(common_decimals(&[12.5, f64::NAN], 6), 4);
        assert_eq!(common_decimals(&[], 6), 0);
    }
}
