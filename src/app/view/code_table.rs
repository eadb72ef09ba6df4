//! Every code of a format of up to 16 bits as rows of a table.

use super::figure::{Cell, Table};
use super::{format_words, numerals, stored};
use crate::engine::number::{Class, FixedFormat, Format, Value, derive};

/// Widest format that is listed.
pub const WIDEST: u32 = 16;

/// Which row comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The smallest code.
    Code,
    /// The smallest value; infinities at the ends, NaN last.
    #[default]
    Value,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// In hexadecimal.
    pub code: String,
    /// Its bits, fields apart.
    pub bits: String,
    /// Its value.
    pub value: String,
    /// How far away the next larger value is.
    pub step: String,
    /// Its class.
    pub class: Class,
}

/// Every code in that order.
pub fn codes(format: Format, order: Order) -> Vec<u64> {
    let mut codes: Vec<u64> = (0..=format.last_code()).collect();
    if order == Order::Value {
        // −0 before +0, NaN after everything.
        let key = |code: u64| match format.value(code) {
            Value::Nan => (1, 0, code),
            value => (0, format.rank(code).unwrap_or_default(), u64::from(!is_minus_zero(value))),
        };
        codes.sort_by_key(|code| key(*code));
    }
    codes
}

fn is_minus_zero(value: Value) -> bool {
    matches!(value, Value::Finite(value) if value.significand == 0 && value.negative)
}

/// The row of a code.
pub fn row(format: Format, code: u64) -> Row {
    let widths: Vec<u32> = derive::fields(format, code).iter().map(|field| field.width).collect();
    let value = format.value(code);
    let step = || {
        let rank = format.rank(code)?;
        let (here, next) = (format.value_at(rank)?, format.value_at(rank + 1)?);
        Some(stored::figure(&(next - here)))
    };
    Row {
        code: numerals::hex(code, format.bits()),
        bits: numerals::binary(code, &widths),
        value: numerals::short(value),
        step: step().map_or_else(|| super::format::NONE.to_owned(), |step| format!("+{step}")),
        class: format.class(code),
    }
}

/// Every code as a table for other programs: code, bits, exact value, class.
pub fn table(format: Format) -> Table {
    let width = format.bits() as usize;
    let title = format!("Every code of {}", format_words::title(format));
    let mut table = Table::new(title, &["code", "bits", "value", "class"]);
    let row = |code: u64| {
        let (value, class) = (format.value(code).to_decimal(), format.class(code).name());
        vec![Cell::count(code), Cell::Text(format!("{code:0width$b}")), Cell::Text(value), Cell::Text(class.to_owned())]
    };
    table.rows = (0..=format.last_code()).map(row).collect();
    table
}

/// Codes of that many bits with what they read as.
pub fn readings(title: &str, bits: u32, codes: &[u64], reading: &dyn Fn(u64) -> String) -> Table {
    let width = bits as usize;
    let mut table = Table::new(title, &["code", "bits", "reading"]);
    let row = |code: u64| vec![Cell::count(code), Cell::Text(format!("{code:0width$b}")), Cell::Text(reading(code))];
    table.rows = codes.iter().copied().map(row).collect();
    table
}

/// The same bits under every integer encoding as a table.
pub fn reading_table(bits: u32, code: u64) -> Table {
    let width = bits as usize;
    let mut table = Table::new(format!("{code:0width$b} as an integer"), &["encoding", "value"]);
    let row = |reading: &derive::Reading| {
        let value = if reading.minus_zero { "-0".to_owned() } else { reading.value.to_string() };
        vec![Cell::Text(reading.format.encoding.title().to_owned()), Cell::Text(value)]
    };
    table.rows = derive::readings(bits, code).iter().map(row).collect();
    table
}

/// The same integer with the binary point at every place, as a table.
pub fn place_table(format: FixedFormat, code: u64) -> Table {
    let mut table = Table::new("The binary point at every place", &["fraction bits", "value"]);
    let row = |fraction_bits: i32| {
        let value = FixedFormat { fraction_bits, ..format }.value(code).to_decimal();
        vec![Cell::Number(fraction_bits.into()), Cell::Text(value)]
    };
    table.rows = places(format).map(row).collect();
    table
}

/// The places that the binary point is shown at: between all bits, and outside them as far as it is.
pub fn places(format: FixedFormat) -> std::ops::RangeInclusive<i32> {
    let fraction = format.fraction_bits;
    fraction.min(0)..=fraction.max(format.integer.bits as i32)
}

/// A code with the binary point in its place, `0011.0001`; `None` where the point is outside the bits or they are too many to read.
pub fn pointed(format: FixedFormat, code: u64) -> Option<String> {
    let bits = format.integer.bits as usize;
    let fraction = usize::try_from(format.fraction_bits).ok().filter(|fraction| *fraction <= bits && bits <= 16)?;
    let digits = format!("{code:0bits$b}");
    let (whole, rest) = digits.split_at(bits - fraction);
    Some(format!("{whole}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn by_value_is_ascending_with_nan_last() {
        for name in ["e4m3fn", "e5m2", "e4m3fnuz", "int8", "fp16"] {
            let format = find(name).unwrap().format;
            let values: Vec<f64> = codes(format, Order::Value).iter().map(|&code| format.decode(code)).collect();
            let numbers: Vec<f64> = values.iter().copied().take_while(|value| !value.is_nan()).collect();
            assert!(numbers.is_sorted(), "{name}");
            assert!(values[numbers.len()..].iter().all(|value| value.is_nan()), "{name}");
        }
    }

    #[test]
    fn the_point_is_between_the_bits_or_outside_them() {
        use crate::engine::number::IntegerFormat;
        let format = |bits, fraction_bits| FixedFormat { integer: IntegerFormat::signed(bits), fraction_bits };
        assert_eq!(pointed(format(8, 4), 0b0011_0001).as_deref(), Some("0011.0001"));
        assert_eq!(pointed(format(8, 8), 1).as_deref(), Some(".00000001"));
        assert_eq!(
            (pointed(format(8, 9), 1), pointed(format(8, -1), 1), pointed(format(17, 4), 1)),
            (None, None, None)
        );
        assert_eq!((places(format(8, 4)), places(format(8, -3)), places(format(8, 11))), (0..=8, -3..=8, 0..=11));
        assert!(place_table(format(4, -1), 0b0011).csv().contains("-1,6\r\n0,3\r\n1,1.5"));
    }

    #[test]
    fn a_row_says_it_all() {
        let e4m3fn = find("e4m3fn").unwrap().format;
        let row = row(e4m3fn, 0x28);
        assert_eq!((row.code.as_str(), row.bits.as_str(), row.value.as_str()), ("0x28", "0 0101 000", "0.25"));
        assert_eq!((row.step.as_str(), row.class), ("+0.03125", Class::Normal));
        assert_eq!(self::row(e4m3fn, 0x7E).step, "–");
        let text = table(find("e2m1fn").unwrap().format).csv();
        let circle = readings("Number circle", 3, &[0, 7], &|code| (code as i64 - 4).to_string());
        assert_eq!(circle.csv().lines().skip(1).collect::<Vec<_>>(), ["0,000,-4", "7,111,3"]);
        assert_eq!(text.lines().count(), 17);
        assert!(text.contains("7,0111,6,normal"));
    }
}
