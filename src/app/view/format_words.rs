//! Number formats in words: titles, layouts, families.

use crate::engine::number::{CATALOGUE, Entry, FloatFormat, Format, IntegerEncoding, Kind, Named};

/// The catalogue's row of a format.
pub fn row(format: Format) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|row| row.format == format)
}

/// A format's name on screen: the catalogue's without the width in front, for others one made from the parameters.
pub fn title(format: Format) -> String {
    let Some(row) = row(format) else { return Named::of(format).title.into_owned() };
    let family = |word: &str| ["FP8", "FP6", "FP4"].contains(&word);
    let bare = row.title.split_once(' ').filter(|(word, _)| family(word));
    bare.map_or(row.title, |(_, rest)| rest).to_owned()
}

fn screen(number: i32) -> String {
    super::numerals::screen(&number.to_string())
}

/// How a format is laid out, in a line: `1 + 5 + 10 bits, bias 15, infinities and NaN`.
pub fn layout(format: Format) -> String {
    match format {
        Format::Float(float) => float_layout(float),
        Format::Integer(integer) => match integer.encoding {
            IntegerEncoding::Unsigned => format!("{} bits, 0 to 2{} − 1", integer.bits, exponent(integer.bits)),
            _ => format!("{} bits, {}", integer.bits, integer.encoding.title()),
        },
        Format::Fixed(fixed) => {
            format!(
                "{} bits, {} after the point, {}",
                fixed.integer.bits,
                fixed.fraction_bits,
                fixed.integer.encoding.title()
            )
        }
        Format::Posit(posit) => format!("{} bits, regime, then {} exponent bits", posit.bits, posit.exponent_bits),
        Format::Table(table) => format!("{} values, looked up by place", table.values().len()),
    }
}

fn exponent(bits: u32) -> String {
    super::numerals::superscript(bits.into())
}

fn float_layout(float: FloatFormat) -> String {
    let sign = if float.signed { "1 + " } else { "" };
    let fields = format!("{sign}{} + {} bits, bias {}", float.exponent_bits, float.mantissa_bits, screen(float.bias));
    let specials = match float.kind {
        Kind::Ieee => "infinities and NaN",
        Kind::Fn => "NaN, no infinity",
        Kind::Fnuz => "NaN in place of −0, no infinity",
        Kind::Finite => "every code a number",
        Kind::Scale => "powers of two, no zero",
        Kind::Extended => "one zero, one NaN, infinities at the ends",
    };
    let subnormals =
        if float.subnormals || float.exponent_bits == 0 || float.kind == Kind::Scale { "" } else { ", no subnormals" };
    format!("{fields}, {specials}{subnormals}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn names_say_which_variant() {
        let format = |name: &str| find(name).unwrap().format;
        assert_eq!(title(format("e4m3fn")), "E4M3FN");
        assert_eq!(title(format("e4m3")), "E4M3 (IEEE-style)");
        assert_eq!(layout(format("fp16")), "1 + 5 + 10 bits, bias 15, infinities and NaN");
        assert_eq!(layout(format("uint8")), "8 bits, 0 to 2⁸ − 1");
        let custom = Format::Float(FloatFormat::new(6, 5, 31, Kind::Ieee));
        assert!(title(custom).starts_with("E6M5"), "{}", title(custom));
    }
}
