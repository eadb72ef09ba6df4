//! How results are printed.

use std::io::{ErrorKind, Write as _};

use serde_json::{Value as Json, json};

use super::Failure;

/// Prints the whole output of a command at once. A reader that closed the pipe has seen enough.
pub(super) fn to_stdout(text: String) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

/// One JSON document.
pub(super) fn document(json: &Json) -> String {
    format!("{json}\n")
}

/// A double so that it reads back exactly; infinities and NaN, which JSON lacks, as strings.
pub(super) fn number(value: f64) -> Json {
    if value.is_nan() {
        json!("nan")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "inf" } else { "-inf" })
    } else {
        json!(value)
    }
}

/// Text from outside with its control characters escaped, so that it stays on its line.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { shown.extend(character.escape_unicode()) } else { shown.push(character) }
    }
    shown
}

/// Rows under a heading, in aligned columns; columns whose heading starts with `>` are aligned right.
pub(super) fn columns<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let names = heading.map(|name| name.trim_start_matches('>').to_owned());
    let mut widths = names.each_ref().map(|name| name.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&names).chain(rows) {
        let mut line = String::new();
        for ((cell, width), name) in row.iter().zip(widths).zip(heading) {
            let fill = " ".repeat(width - cell.chars().count());
            let (left, right) = if name.starts_with('>') { (fill.as_str(), "") } else { ("", fill.as_str()) };
            line.extend([left, cell, right, "  "]);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
