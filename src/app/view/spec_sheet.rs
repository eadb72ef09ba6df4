//! What follows from the parameters of a format, as rows of a sheet.

use super::figure::{Cell, Table};
use super::{format, numerals, stored};
use crate::engine::number::{Format, Rational, derive, reach};

/// One row: what it is, and its value.
pub type SpecRow = (&'static str, String);

/// Every fact of a format, as the catalogue's tables give them.
pub fn sheet(shown: Format) -> Vec<SpecRow> {
    let properties = shown.properties();
    let power = |value| numerals::with_power(value);
    let optional = |value: Option<_>| value.map_or_else(|| format::NONE.to_owned(), power);
    let count = |number: u128| match u64::try_from(number) {
        Ok(number) if number < 10_000_000 => format::count(number),
        _ => numerals::short_f64(number as f64),
    };
    let specials = derive::specials(shown);
    let has = |name: &str| specials.iter().any(|special| special.name == name);
    let mut rows = vec![
        (
            "Bits",
            format!(
                "{} = {} + {} + {}",
                shown.bits(),
                properties.sign_bits,
                properties.exponent_bits,
                properties.mantissa_bits
            ),
        ),
        ("Bias", properties.bias.map_or_else(|| format::NONE.to_owned(), |bias| numerals::screen(&bias.to_string()))),
        ("Largest", power(properties.max_finite)),
        ("Smallest normal", optional(properties.min_normal)),
        ("Smallest subnormal", optional(properties.min_subnormal)),
        ("Infinities", properties.infinities.to_string()),
        ("NaN codes", count(properties.nan_codes.into())),
        ("Distinct values", count(properties.distinct)),
        ("Has −0", if has("−0") { "yes" } else { "no" }.to_owned()),
    ];
    if let Some(reach) = reach(shown) {
        let binades = reach.log2_most.floor() - reach.log2_least.floor() + 1.0;
        rows.push((
            "Range",
            format!("{binades} binades, {} dB", format::fixed((reach.log2_most - reach.log2_least) * DB_PER_BIT, 0)),
        ));
        if let Some(bits) = reach.significant_bits {
            let digits = (bits - 1.0) * std::f64::consts::LOG10_2;
            rows.push(("Step at 1", numerals::power((1.0 - bits) as i64)));
            rows.push(("Decimal digits", format!("about {}", format::fixed(digits, 1))));
        }
    }
    if let Some(tie) = overflow_tie(shown) {
        rows.push(("Overflow tie", stored::figure(&tie)));
    }
    rows
}

/// The sheet as a table.
pub fn table(title: &str, rows: &[SpecRow]) -> Table {
    let mut table = Table::new(title, &["property", "value"]);
    table.rows =
        rows.iter().map(|(name, value)| vec![Cell::Text((*name).to_owned()), Cell::Text(value.clone())]).collect();
    table
}

/// 20·log10(2).
const DB_PER_BIT: f64 = 6.020_599_913_279_624;

/// Half-way between the largest value and what would come next: where rounding to nearest starts to leave the range.
fn overflow_tie(format: Format) -> Option<Rational> {
    matches!(format, Format::Float(_)).then(|| format.boundary_above(format.finite_ranks().1)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn the_sheet_of_e4m3fn() {
        let rows = sheet(find("e4m3fn").unwrap().format);
        let of = |name: &str| rows.iter().find(|row| row.0 == name).unwrap().1.clone();
        for (name, text) in [
            ("Bits", "8 = 1 + 4 + 3"),
            ("Bias", "7"),
            ("Largest", "448"),
            ("Smallest normal", "2⁻⁶"),
            ("Smallest subnormal", "2⁻⁹"),
            ("Infinities", "0"),
            ("NaN codes", "2"),
            ("Distinct values", "253"),
            ("Has −0", "yes"),
            ("Step at 1", "2⁻³"),
            ("Overflow tie", "464"),
        ] {
            assert_eq!(of(name), text, "{name}");
        }
        assert!(of("Range").starts_with("18 binades"));
    }

    #[test]
    fn wide_formats_have_a_sheet_too() {
        let rows = sheet(find("fp64").unwrap().format);
        assert!(rows.iter().any(|row| row.0 == "Smallest subnormal" && row.1 == "2⁻¹⁰⁷⁴"));
    }
}
