//! All codes of a narrow format as cells of a map.

use super::figure::{Cell, Table};
use super::numerals;
use crate::engine::number::{Class, Dyadic, Format, Value, derive};

/// One code of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeCell {
    /// What kind of value it is.
    pub class: Class,
    /// Its place among the magnitudes, 0…1: what a colour by value shows.
    pub share: f32,
    /// What fits into a small cell: only zeros and infinities have a text there.
    pub mark: &'static str,
    /// Its value in a few characters.
    pub value: String,
}

/// Codes of one class in one stretch, for the list of specials.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassRow {
    /// The class.
    pub class: Class,
    /// Its codes: `0x01 – 0x07`.
    pub codes: String,
    /// Its values: `2⁻⁹ … 7 × 2⁻⁹`.
    pub values: String,
}

/// What the colour of a cell says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapColor {
    /// The place of the magnitude among all magnitudes.
    #[default]
    Value,
    /// Zero, subnormal, normal, infinite or NaN.
    Class,
}

/// Widest format that is drawn as a map.
pub const WIDEST: u32 = 8;

/// Columns of the map: the last hexadecimal digit, or for four bits and fewer half of the bits.
pub fn columns(bits: u32) -> usize {
    if bits > 4 { 16 } else { 1 << bits.div_ceil(2) }
}

/// Every code of a format of up to [`WIDEST`] bits.
pub fn cells(format: Format) -> Vec<CodeCell> {
    let finite: Vec<i128> =
        (0..=format.last_code()).filter(|&code| is_finite(format, code)).filter_map(|code| format.rank(code)).collect();
    let farthest = finite.iter().map(|rank| rank.unsigned_abs()).max().unwrap_or(1).max(1);
    let cell = |code: u64| {
        let (class, value) = (format.class(code), format.value(code));
        let mark = match value {
            Value::Finite(value) if value.significand == 0 && value.negative => "−0",
            Value::Finite(value) if value.significand == 0 => "0",
            Value::Infinite { negative: false } => "∞",
            Value::Infinite { negative: true } => "−∞",
            Value::Finite(_) | Value::Nan => "",
        };
        let rank = format.rank(code).filter(|_| is_finite(format, code));
        let share = rank.map_or(0.0, |rank| rank.unsigned_abs() as f32 / farthest as f32);
        CodeCell { class, share, mark, value: numerals::short(value) }
    };
    (0..=format.last_code()).map(cell).collect()
}

/// The map as a table: code, value in a few characters, class.
pub fn table(title: &str, cells: &[CodeCell]) -> Table {
    let mut table = Table::new(title, &["code", "value", "class"]);
    let row = |(code, cell): (usize, &CodeCell)| {
        vec![Cell::count(code as u64), Cell::Text(cell.value.clone()), Cell::Text(cell.class.name().to_owned())]
    };
    table.rows = cells.iter().enumerate().map(row).collect();
    table
}

/// The classes as a table.
pub fn class_table(title: &str, rows: &[ClassRow]) -> Table {
    let mut table = Table::new(title, &["class", "codes", "values"]);
    let row = |row: &ClassRow| {
        [row.class.name(), row.codes.as_str(), row.values.as_str()].map(|text| Cell::Text(text.to_owned())).to_vec()
    };
    table.rows = rows.iter().map(row).collect();
    table
}

/// The smallest and the largest magnitude, for the ends of the colour scale.
pub fn ends(format: Format) -> (String, String) {
    let properties = format.properties();
    let text = |value: Option<Dyadic>| value.map_or_else(|| "0".to_owned(), numerals::with_power);
    (text(properties.min_subnormal.or(properties.min_normal)), text(Some(properties.max_finite)))
}

fn is_finite(format: Format, code: u64) -> bool {
    matches!(format.value(code), Value::Finite(_))
}

/// The widest format whose codes are gone through one by one.
pub const LISTED: u32 = 16;

/// What the codes of each class are and mean, for formats of up to [`LISTED`] bits; the sign is left out where both halves mirror.
pub fn classes(format: Format) -> Vec<ClassRow> {
    let bits = format.bits();
    let order = [Class::Zero, Class::Subnormal, Class::Normal, Class::Infinite, Class::Nan];
    let rows = order.into_iter().filter_map(|class| {
        let codes: Vec<u64> = (0..=format.last_code()).filter(|&code| format.class(code) == class).collect();
        let (first, last) = (*codes.first()?, *codes.last()?);
        let upper_half = |code: &u64| code >> (bits - 1) & 1 == 1;
        let lower: Vec<u64> = codes.iter().copied().filter(|code| !upper_half(code)).collect();
        // One stretch for the positive half says it all where the negative half has the same codes below its sign.
        let mirrored = lower.len() * 2 == codes.len() && matches!(format, Format::Float(float) if float.signed);
        let of_half = if mirrored { &lower } else { &codes };
        let (from, to) = (*of_half.first().unwrap_or(&first), *of_half.last().unwrap_or(&last));
        let hex = |code| numerals::hex(code, bits);
        let text = match of_half.len() {
            1 if codes.len() == 2 => format!("{}, {}", hex(codes[0]), hex(codes[1])),
            1 => hex(from),
            2 => format!("{}, {}", hex(from), hex(to)),
            _ => format!("{} – {}", hex(from), hex(to)),
        };
        Some(ClassRow { class, codes: text, values: values(format, class, codes.len(), mirrored) })
    });
    rows.collect()
}

fn values(format: Format, class: Class, count: usize, mirrored: bool) -> String {
    let properties = format.properties();
    let text = |value| numerals::with_power(value);
    match class {
        Class::Zero if count > 1 => "±0".to_owned(),
        Class::Zero => "0".to_owned(),
        Class::Infinite if count > 1 => "±∞".to_owned(),
        Class::Infinite => "∞".to_owned(),
        Class::Nan if mirrored && count == 2 => "1 per sign".to_owned(),
        Class::Nan if count == 1 => "1 code".to_owned(),
        Class::Nan if mirrored => format!("{} per sign", count / 2),
        Class::Nan => format!("{count} codes"),
        Class::Subnormal => match (properties.min_subnormal, largest_subnormal(format)) {
            (Some(least), Some(largest)) if least != largest => format!("{} … {}", text(least), text(largest)),
            (Some(least), _) => text(least),
            (None, _) => String::new(),
        },
        Class::Normal => match properties.min_normal {
            Some(_) if properties.min_finite.negative && !mirrored => {
                format!("{} … {}", text(properties.min_finite), text(properties.max_finite))
            }
            Some(least) => format!("{} … {}", text(least), text(properties.max_finite)),
            None => text(properties.max_finite),
        },
    }
}

/// The largest value below the normal ones.
fn largest_subnormal(format: Format) -> Option<Dyadic> {
    let special = derive::specials(format).into_iter().find(|special| special.name == "max subnormal")?;
    match special.value {
        Value::Finite(value) => Some(value),
        Value::Infinite { .. } | Value::Nan => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn rows(name: &str) -> Vec<(Class, String, String)> {
        let rows = classes(find(name).unwrap().format);
        rows.into_iter().map(|row| (row.class, row.codes, row.values)).collect()
    }

    #[test]
    fn the_specials_of_the_mockup() {
        let expected = [
            (Class::Zero, "0x00, 0x80", "±0"),
            (Class::Subnormal, "0x01 – 0x07", "2⁻⁹ … 7 × 2⁻⁹"),
            (Class::Normal, "0x08 – 0x7E", "2⁻⁶ … 448"),
            (Class::Nan, "0x7F, 0xFF", "1 per sign"),
        ];
        let expected = expected.map(|(class, codes, values)| (class, codes.to_owned(), values.to_owned()));
        assert_eq!(rows("e4m3fn"), expected);
    }

    #[test]
    fn integers_have_no_mirror() {
        assert_eq!(rows("int8")[1], (Class::Normal, "0x01 – 0xFF".to_owned(), "−128 … 127".to_owned()));
        assert_eq!(rows("e4m3fnuz").last().unwrap().1, "0x80");
    }

    #[test]
    fn every_code_has_a_cell() {
        let cells = cells(find("e4m3fn").unwrap().format);
        assert_eq!(cells.len(), 256);
        assert_eq!((cells[0].mark, cells[0x80].mark), ("0", "−0"));
        assert_eq!(cells[0x7E].share, 1.0);
        assert_eq!(cells[0x28].value, "0.25");
        assert_eq!(cells[0xFF].class, Class::Nan);
        assert_eq!((columns(8), columns(4), columns(6), columns(3)), (16, 4, 16, 4));
    }
}
