//! Rounding in words and rows: policies, rules, what libraries store, the way through several formats.

use super::figure::{Cell as TableCell, Table};
use super::stored::{Stored, figure};
use super::{format_words, numerals};
use crate::engine::number::arithmetic::Dot;
use crate::engine::number::path::{Measured, Path};
use crate::engine::number::presets::{Opinion, Preset, Stored as PresetStored, disagree, who_stores};
use crate::engine::number::{Format, Number, Overflow, Policy, Rounding, Subnormals, Value};

/// A rule on screen.
pub fn rule_words(rule: Rounding) -> &'static str {
    match rule {
        Rounding::NearestEven => "nearest, ties to even",
        Rounding::NearestAway => "nearest, ties away",
        Rounding::TowardZero => "toward zero",
        Rounding::Up => "up",
        Rounding::Down => "down",
        Rounding::Odd => "to odd",
        Rounding::Stochastic { .. } => "stochastic",
    }
}

/// A policy in a line.
pub fn policy_words(policy: &Policy) -> String {
    let mut words = rule_words(policy.rounding).to_owned();
    if policy.overflow != Overflow::Default {
        words.push_str(&format!(", overflow {}", policy.overflow.name()));
    }
    if policy.subnormals != Subnormals::Keep {
        words.push_str(", subnormals flushed");
    }
    if let Some(via) = policy.via {
        words.push_str(&format!(", through {}", format_words::title(via)));
    }
    words
}

/// A number under one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRow {
    /// The rule.
    pub rule: Rounding,
    /// What it stores.
    pub stored: Stored,
}

/// A number under every rule, with the overflow of the policy.
pub fn rules(format: Format, number: &Number, policy: Policy, chance: Rounding) -> Vec<RuleRow> {
    Rounding::ALL
        .into_iter()
        .chain([chance])
        .map(|rule| RuleRow { rule, stored: Stored::new(format, number, rule, policy.overflow) })
        .collect()
}

fn text(text: impl Into<String>) -> TableCell {
    TableCell::Text(text.into())
}

/// The rules as a table.
pub fn rule_table(rows: &[RuleRow]) -> Table {
    let mut table = Table::new("Every rule", &["rule", "code", "stored", "error", "why"]);
    let row = |row: &RuleRow| {
        let Stored { code, value, error, why, .. } = &row.stored;
        let error = error.clone().map_or(TableCell::Empty, TableCell::Text);
        vec![text(rule_words(row.rule)), TableCell::count(*code), text(value.to_decimal()), error, text(why)]
    };
    table.rows = rows.iter().map(row).collect();
    table
}

/// What everyone stores as a table: a row a library, a column a format.
pub fn matrix_table(title: &str, columns: &[Column]) -> Table {
    let mut table = Table::new(title, &["who"]);
    table.columns.extend(columns.iter().map(|column| column.title.clone()));
    let row = |(place, preset): (usize, Preset)| {
        let cells =
            columns.iter().map(|column| column.cells.get(place).map_or(TableCell::Empty, |cell| text(&cell.text)));
        std::iter::once(text(preset.title())).chain(cells).collect()
    };
    table.rows = Preset::ALL.into_iter().enumerate().map(row).collect();
    table
}

/// The stages of a way as a table.
pub fn path_table(path: &Path) -> Table {
    let mut table = Table::new("The way", &["stage", "comes in", "stored", "why"]);
    table.rows = path
        .steps
        .iter()
        .map(|step| {
            let why = step.rounded.reason.map_or("beyond the range", |reason| reason.words());
            let title = format_words::title(step.stage.format);
            vec![text(title), text(number_text(&step.input)), text(numerals::short(step.rounded.value)), text(why)]
        })
        .collect();
    table
}

/// The steps of a dot product as a table.
pub fn dot_table(title: &str, dot: &Dot) -> Table {
    let mut table = Table::new(title, &["step", "left", "right", "product", "sum", "lost"]);
    let rows = dot.steps.iter().enumerate().map(|(place, step)| {
        let values = [step.factors.0, step.factors.1, step.product, step.sum_value];
        let values = values.into_iter().map(|value| text(value.to_decimal()));
        let lost = text(if step.swamped { "yes" } else { "no" });
        std::iter::once(TableCell::count(place as u64 + 1)).chain(values).chain([lost]).collect()
    });
    table.rows = rows.collect();
    table
}

/// What everyone makes of a number in one format: a column of the matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The format.
    pub format: Format,
    /// Its name.
    pub title: String,
    /// What each stores, in the order of the presets: the text, the code, and what to know about it.
    pub cells: Vec<Cell>,
    /// Whether they disagree.
    pub disagree: bool,
}

/// One cell of the matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The stored value, or a dash where there is no answer.
    pub text: String,
    /// The code, or why there is no answer.
    pub detail: String,
    /// Groups equal answers: 0 is the first answer of the column, 1 the next other one; `None` where there is none.
    pub group: Option<usize>,
}

/// The matrix of presets and formats for one number.
pub fn matrix(formats: &[Format], number: &Number) -> Vec<Column> {
    formats.iter().map(|format| column(*format, number)).collect()
}

fn column(format: Format, number: &Number) -> Column {
    let opinions = who_stores(format, number);
    let mut seen: Vec<String> = Vec::new();
    let cells = opinions.iter().map(|opinion| cell(format, opinion, &mut seen)).collect();
    Column { format, title: format_words::title(format), cells, disagree: disagree(&opinions) }
}

fn cell(format: Format, opinion: &Opinion, seen: &mut Vec<String>) -> Cell {
    let note = opinion.note.map_or_else(String::new, |note| format!("; {note}"));
    match opinion.stored {
        PresetStored::Code { code, value } => {
            let text = numerals::short(value);
            let group = seen.iter().position(|other| *other == text).unwrap_or_else(|| {
                seen.push(text.clone());
                seen.len() - 1
            });
            Cell { text, detail: format!("{}{note}", numerals::hex(code, format.bits())), group: Some(group) }
        }
        PresetStored::Nothing(why) => {
            Cell { text: super::format::NONE.to_owned(), detail: format!("{why}{note}"), group: None }
        }
    }
}

/// How a way ended, in a sentence.
pub fn verdict(path: &Path, last: Format) -> String {
    let (end, direct) = (numerals::short(last.value(path.code)), numerals::short(last.value(path.direct)));
    match path.off_by {
        _ if !path.is_wrong() => format!("{end}, the same as at once"),
        Some(off) => {
            let words = if off.abs() == 1 { "1 ulp".to_owned() } else { format!("{} ulp", off.abs()) };
            format!("{end}, but at once it would be {direct}: wrong by {words}")
        }
        None => format!("{end}, but at once it would be {direct}"),
    }
}

/// A measured share in words: `3.12 % ± 0.02 %, of 1,000,000 uniform numbers`.
pub fn measured(measured: Measured) -> String {
    let percent = |share: f64| super::format::significant(share * 100.0, 3);
    format!(
        "{} % ± {} %, {} of {} numbers",
        percent(measured.share()),
        percent(measured.standard_error()),
        super::format::count(measured.wrong),
        super::format::count(measured.tried)
    )
}

/// A number of a way in a few characters.
pub fn number_text(number: &Number) -> String {
    match number.rational() {
        Some(exact) => figure(&exact),
        None if number.is_negative() => "−∞".to_owned(),
        None if *number == Number::Nan => "NaN".to_owned(),
        None => "∞".to_owned(),
    }
}

/// A value that is a number, as a double.
pub fn finite(value: Value) -> Option<f64> {
    Some(value.to_f64()).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;
    use crate::engine::number::path::{Stage, follow};

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn a_tie_under_every_rule() {
        let number = "0.265625".parse().unwrap();
        let chance = Rounding::Stochastic { bits: 4, seed: 1 };
        let rows = rules(format("e4m3fn"), &number, Policy::default(), chance);
        let texts: Vec<&str> = rows.iter().take(6).map(|row| row.stored.text.as_str()).collect();
        assert_eq!(texts, ["0.25", "0.28125", "0.25", "0.28125", "0.25", "0.28125"]);
    }

    #[test]
    fn libraries_disagree_beyond_the_range() {
        let columns = matrix(&[format("e4m3fn"), format("fp16")], &"1e30".parse().unwrap());
        assert!(columns[0].disagree && !columns[1].disagree);
        let table = matrix_table("1e30", &columns).markdown();
        assert!(table.starts_with("| who | E4M3FN | FP16 |\n"), "{table}");
        assert!(table.contains("| OCP saturating | 448 |"), "{table}");
        let texts: Vec<&str> = columns[0].cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(texts[..5], ["448", "NaN", "448", "NaN", "NaN"]);
        assert_eq!(columns[0].cells[1].group, Some(1));
    }

    #[test]
    fn a_wrong_way_says_by_how_much() {
        let stages = ["bf16", "e4m3fn"].map(|name| Stage::nearest(format(name)));
        let path = follow(&stages, &"1.0634765625".parse().unwrap()).unwrap();
        assert_eq!(verdict(&path, format("e4m3fn")), "1, but at once it would be 1.125: wrong by 1 ulp");
        let right = follow(&stages, &"1.5".parse().unwrap()).unwrap();
        assert_eq!(verdict(&right, format("e4m3fn")), "1.5, the same as at once");
    }
}
