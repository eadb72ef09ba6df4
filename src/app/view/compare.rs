//! One number in many formats: what each makes of it, and where it lies in each range.

use super::figure::{Cell, Table};
use super::format_words;
use super::stored::Stored;
use crate::engine::number::derive::{self, Role};
use crate::engine::number::{Format, Number, Overflow, Rounding, reach};

/// A number in one format.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareRow {
    /// The format.
    pub format: Format,
    /// Its name.
    pub title: String,
    /// The bits of each field.
    pub fields: Vec<(Role, String)>,
    /// What became of the number.
    pub stored: Stored,
    /// log2 of the smallest positive value, of the smallest normal one and of the largest.
    pub range: Option<(f64, f64, f64)>,
}

/// The rows of a number, in the order of the formats.
pub fn rows(formats: &[Format], number: &Number) -> Vec<CompareRow> {
    formats.iter().map(|&format| row(format, number)).collect()
}

fn row(format: Format, number: &Number) -> CompareRow {
    let stored = Stored::new(format, number, Rounding::NearestEven, Overflow::Default);
    let fields = derive::fields(format, stored.code).into_iter().map(|field| {
        let width = field.width as usize;
        (field.role, format!("{:0width$b}", field.value))
    });
    let range = reach(format).map(|reach| {
        let normal = format
            .properties()
            .min_normal
            .map_or(reach.log2_least, |value| f64::from(value.exponent) + (value.significand as f64).log2());
        (reach.log2_least, normal, reach.log2_most)
    });
    CompareRow { format, title: format_words::title(format), fields: fields.collect(), stored, range }
}

/// The rows as a table for other programs.
pub fn table(rows: &[CompareRow], typed: &str) -> Table {
    let mut table = Table::new(
        format!("{typed} in {} formats", rows.len()),
        &["format", "typed", "code", "stored", "error", "relative", "ulps"],
    );
    let row = |row: &CompareRow| {
        let optional = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
        vec![
            Cell::Text(row.title.clone()),
            Cell::Text(typed.to_owned()),
            Cell::count(row.stored.code),
            Cell::Text(row.stored.value.to_decimal()),
            optional(&row.stored.error),
            optional(&row.stored.relative),
            optional(&row.stored.ulps),
        ]
    };
    table.rows = rows.iter().map(row).collect();
    table
}

/// The ranges as a table: exponents of two of the smallest, the smallest normal and the largest value.
pub fn range_table(rows: &[CompareRow]) -> Table {
    let mut table = Table::new("Range", &["format", "log2 smallest", "log2 smallest normal", "log2 largest"]);
    let row = |row: &CompareRow| {
        let ends = row.range.map_or([Cell::Empty, Cell::Empty, Cell::Empty], |(least, normal, most)| {
            [least, normal, most].map(Cell::Number)
        });
        std::iter::once(Cell::Text(row.title.clone())).chain(ends).collect()
    };
    table.rows = rows.iter().map(row).collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn seventy_thousand_in_every_format() {
        let formats = ["fp32", "fp16", "bf16", "e4m3fn", "e5m2"].map(|name| find(name).unwrap().format);
        let rows = rows(&formats, &"70000".parse().unwrap());
        let texts: Vec<&str> = rows.iter().map(|row| row.stored.text.as_str()).collect();
        assert_eq!(texts, ["70000", "∞", "70144", "448", "∞"]);
        assert_eq!(rows[1].fields[1], (Role::Exponent, "11111".to_owned()));
        assert_eq!(rows[1].range, Some((-24.0, -14.0, 65504_f64.log2())));
        assert!(table(&rows, "70000").csv().contains("BF16,70000,18313,70144,144,0.206 %"));
        assert!(range_table(&rows).csv().contains("E5M2,-16,-14,15.807"));
    }
}
