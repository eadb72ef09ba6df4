//! The setting of the page Data types as text.

use super::{format_text, parse_format, value_text};
use crate::app::setup::numbers::drawn::choice;
use crate::app::setup::numbers::{DataView, Drawn, Fixed, Integers, Numbers, Spread};
use crate::engine::number::{FixedFormat, Format, Input, IntegerEncoding, IntegerFormat, MOST_ADDEND};

/// The encodings of integers with their words in a link: those that names of formats begin with.
const READINGS: [(&str, IntegerEncoding); 5] = [
    ("int", IntegerEncoding::TwosComplement),
    ("uint", IntegerEncoding::Unsigned),
    ("sm", IntegerEncoding::SignMagnitude),
    ("oc", IntegerEncoding::OnesComplement),
    ("offset", IntegerEncoding::Offset),
];

const SAMPLES: [(&str, Spread); 2] = [("uniform", Spread::Uniform), ("gaussian", Spread::Gaussian)];
const SWITCH: [(&str, bool); 2] = [("true", true), ("false", false)];

/// Wider codes are written in hexadecimal.
const WIDEST_BINARY: u32 = 16;

fn code_text(bits: u32, code: u64) -> String {
    if bits > WIDEST_BINARY { format!("{code:#x}") } else { format!("{code:#0width$b}", width = bits as usize + 2) }
}

/// What of [`Drawn`] a view shows.
fn drawn_keys(view: DataView) -> &'static [&'static str] {
    match view {
        DataView::Bits => &["map", "side"],
        DataView::Codes => &["map", "order"],
        DataView::Custom => &["scale", "keep-sum"],
        DataView::Spacing => &["line", "measure"],
        DataView::Integers | DataView::Fixed | DataView::FourBits => &[],
    }
}

/// The setting of the page Data types: what its view shows.
pub fn data_types(numbers: &Numbers) -> String {
    let name = DataView::ALL.iter().find(|row| row.0 == numbers.view).map_or("bits", |row| row.2);
    let mut parts = vec![format!("view={name}")];
    let reading = |encoding| READINGS.iter().find(|row| row.1 == encoding).map_or("int", |row| row.0);
    match numbers.view {
        DataView::Bits | DataView::Codes | DataView::Spacing => {
            parts.push(format!("format={}", format_text(numbers.format)));
            parts.push(format!("value={}", value_text(numbers)));
            parts.push(format!("beside={}", format_text(numbers.beside)));
        }
        DataView::Integers => {
            let Integers { bits, code, addend, encoding } = numbers.integers;
            let code = code_text(bits, code);
            parts.push(format!("bits={bits},code={code},add={addend},reading={}", reading(encoding)));
        }
        DataView::Fixed => {
            let Fixed { format, code, other } = numbers.fixed;
            let FixedFormat { integer: IntegerFormat { bits, encoding }, fraction_bits } = format;
            parts.push(format!("bits={bits},point={fraction_bits},reading={}", reading(encoding)));
            parts.push(format!("code={},other={}", code_text(bits, code), code_text(bits, other)));
        }
        DataView::FourBits => {
            let sample = SAMPLES.iter().find(|row| row.1 == numbers.spread).map_or("", |row| row.0);
            parts.push(format!("sample={sample}"));
        }
        DataView::Custom => {
            let wrong = numbers.wrong_bias;
            parts.push(format!("custom={},zero-bias={wrong}", format_text(Format::Float(numbers.custom))));
        }
    }
    parts.extend(numbers.drawn.parts(drawn_keys(numbers.view)));
    parts.join(",")
}

/// Takes a text for the page Data types; what it does not name stays. But a text that names the view is a whole link: how the view
/// is drawn is then the default where the text does not say it.
///
/// # Errors
/// Which part is wrong, and what was expected.
pub fn parse_data_types(numbers: &mut Numbers, text: &str) -> Result<(), String> {
    let mut changed = numbers.clone();
    // The value is read in the format that the text names, wherever it stands.
    let mut value = None;
    let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
    if parts().any(|part| part.starts_with("view=")) {
        changed.drawn = Drawn::default();
    }
    for part in parts() {
        let (key, setting) = part.split_once('=').unwrap_or(("format", part));
        match key {
            "view" => {
                let names = || DataView::ALL.map(|row| row.2).join(", ");
                let row = DataView::ALL.iter().find(|row| row.2 == setting);
                changed.view = row.ok_or_else(|| format!("view {setting:?}: expected one of {}", names()))?.0;
            }
            "format" => changed.set_format(parse_format(setting)?),
            "value" => value = Some(setting),
            "beside" => changed.beside = parse_format(setting)?,
            "bits" => set_bits(&mut changed, setting)?,
            "code" | "other" => set_code(&mut changed, key, setting)?,
            "add" => {
                let addend = setting.parse().ok().filter(|addend: &i128| addend.abs() <= MOST_ADDEND);
                changed.integers.addend =
                    addend.ok_or_else(|| format!("add={setting}: expected a whole number from −2⁶⁵ to 2⁶⁵"))?;
            }
            "reading" => {
                let encoding = choice(key, &READINGS, setting)?;
                match changed.view {
                    DataView::Fixed => changed.fixed.format.integer.encoding = encoding,
                    _ => changed.integers.encoding = encoding,
                }
            }
            "point" => {
                let expected = || format!("{} to {}", FixedFormat::FEWEST, FixedFormat::MOST);
                let point = setting.parse().map_err(|_| format!("point={setting}: expected {}", expected()))?;
                changed.fixed.format = FixedFormat { fraction_bits: point, ..changed.fixed.format }.check()?;
            }
            "sample" => changed.spread = choice(key, &SAMPLES, setting)?,
            "zero-bias" => changed.wrong_bias = choice(key, &SWITCH, setting)?,
            "custom" => match parse_format(setting)? {
                Format::Float(float) => changed.custom = float,
                _ => return Err(format!("custom={setting}: expected a float, as in e4m3b7ieee")),
            },
            key if Drawn::KEYS.contains(&key) => changed.drawn.set(key, setting)?,
            _ => {
                return Err(format!(
                    "{key:?} is no setting here; expected view, format, value, beside, bits, code, add, reading, point, \
                     other, sample, custom, zero-bias or, of the drawing, {}",
                    Drawn::KEYS.join(", ")
                ));
            }
        }
    }
    if let Some(value) = value {
        changed.value = Input::parse(value, changed.format)?;
    }
    *numbers = changed;
    Ok(())
}

fn set_bits(numbers: &mut Numbers, setting: &str) -> Result<(), String> {
    let bits = setting.parse().ok().filter(|bits: &u32| (1..=64).contains(bits));
    let bits = bits.ok_or_else(|| format!("bits={setting}: expected 1 to 64"))?;
    if numbers.view == DataView::Fixed {
        let format = numbers.fixed.format;
        numbers.fixed =
            numbers.fixed.with_format(FixedFormat { integer: IntegerFormat { bits, ..format.integer }, ..format });
    } else {
        numbers.integers = numbers.integers.with_bits(bits);
    }
    Ok(())
}

fn set_code(numbers: &mut Numbers, key: &str, setting: &str) -> Result<(), String> {
    let fixed = numbers.view == DataView::Fixed;
    let format = if fixed { Format::Fixed(numbers.fixed.format) } else { Format::Integer(numbers.integers.format()) };
    let Input::Code(code) = Input::parse(setting, format)? else {
        return Err(format!("{key}={setting}: expected a code, as in 0b0011 or 0x3"));
    };
    match (fixed, key) {
        (true, "other") => numbers.fixed.other = code,
        (true, _) => numbers.fixed.code = code,
        (false, _) => numbers.integers.code = code,
    }
    Ok(())
}
