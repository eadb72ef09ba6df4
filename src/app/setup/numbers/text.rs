//! The settings of the pages of numbers as one line of text: `view=bits,format=fp16,value=0.265625`.

mod data_types;
mod lab;

pub use self::data_types::{data_types, parse_data_types};
pub use self::lab::{parse_rounding, rounding};
use super::Numbers;
use crate::engine::number::{Format, Input, Named, named};

/// A format as text: its name, or its parameters as a name.
pub fn format_text(format: Format) -> String {
    Named::of(format).name.into_owned()
}

/// Reads what [`format_text`] writes.
///
/// # Errors
/// What was expected.
pub fn parse_format(text: &str) -> Result<Format, String> {
    named(text).map(|named| named.format).map_err(|error| error.to_string())
}

/// A value as text: as it was typed, or the code.
fn value_text(numbers: &Numbers) -> String {
    match &numbers.value {
        Input::Number { text, .. } => text.clone(),
        Input::Code(code) => format!("{code:#x}"),
    }
}

/// The setting of the page Compare: the value and the formats.
pub fn compare(numbers: &Numbers) -> String {
    let formats: Vec<String> = numbers.compared.iter().map(|format| format_text(*format)).collect();
    let value = match &numbers.value {
        Input::Number { text, .. } => text.clone(),
        // Elsewhere the code may be another format's.
        Input::Code(code) => numbers.format.value(*code).to_decimal(),
    };
    format!("value={value},formats={}", formats.join("+"))
}

/// Takes a text for the page Compare; what it does not name stays.
///
/// # Errors
/// Which part is wrong, and what was expected.
pub fn parse_compare(numbers: &mut Numbers, text: &str) -> Result<(), String> {
    let mut changed = numbers.clone();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').unwrap_or(("value", part)) {
            ("value", setting) => changed.value = Input::parse(setting, changed.format)?,
            ("formats", setting) => {
                let names = setting.split('+').filter(|name| !name.is_empty());
                changed.compared = names.map(parse_format).collect::<Result<_, _>>()?;
            }
            (key, _) => return Err(format!("{key:?} is no setting here; expected value or formats")),
        }
    }
    *numbers = changed;
    Ok(())
}

#[cfg(test)]
mod tests;
