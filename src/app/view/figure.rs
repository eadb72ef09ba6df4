//! The numbers behind a picture, and the texts in which they leave: CSV, tab-separated, Markdown, LaTeX.

use super::format;

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, written with every digit that it has.
    Number(f64),
    /// Nothing is known.
    Empty,
}

/// What is behind a picture or in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it is of: the caption, and the name of a file.
    pub title: String,
    /// Heads.
    pub columns: Vec<String>,
    /// As long as `columns`, each.
    pub rows: Vec<Vec<Cell>>,
}

impl Cell {
    /// The number, or nothing.
    pub fn optional(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }

    /// What a table on screen says: a number where it is one, with thousands apart or not, else the words.
    pub fn read(text: &str) -> Self {
        let plain = format::ascii(text).replace(',', "");
        match plain.parse() {
            _ if text.is_empty() || text == format::NONE => Self::Empty,
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    /// A count.
    pub fn count(value: u64) -> Self {
        Self::Number(value as f64)
    }

    /// As a program reads it: the shortest digits that give the same number back.
    fn exact(&self) -> String {
        match self {
            Self::Text(text) => format::ascii(text),
            Self::Number(value) if value.is_nan() => "nan".to_owned(),
            Self::Number(value) if value.is_infinite() => if *value > 0.0 { "inf" } else { "-inf" }.to_owned(),
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
            Self::Number(value) if (1e-5..1e15).contains(&value.abs()) => format!("{value}"),
            Self::Number(value) => format!("{value:e}"),
            Self::Empty => String::new(),
        }
    }

    /// As a person reads it, four significant digits, with a plain minus.
    fn rounded(&self) -> String {
        match self {
            Self::Number(value) => format::ascii(&format::number(*value)),
            other => other.exact(),
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { title: title.into(), columns, rows: Vec::new() }
    }

    /// A table of what rows on screen say.
    pub fn read<const N: usize>(
        title: impl Into<String>,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let rows = rows.into_iter().map(|row| row.iter().map(|text| Cell::read(text)).collect()).collect();
        Self { rows, ..Self::new(title, &columns) }
    }

    /// Comma-separated values by RFC 4180: a head, CRLF, quotes where they are needed; every number in full.
    pub fn csv(&self) -> String {
        let quoted = |text: String| {
            if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        };
        self.lines(",", "\r\n", &Cell::exact, &quoted)
    }

    /// Tab-separated values, which a spreadsheet takes from the clipboard.
    pub fn tsv(&self) -> String {
        self.lines("\t", "\n", &Cell::exact, &|text| text.replace(['\t', '\n', '\r'], " "))
    }

    fn lines(
        &self,
        separator: &str,
        end: &str,
        write: &dyn Fn(&Cell) -> String,
        escape: &dyn Fn(String) -> String,
    ) -> String {
        let head = self.columns.iter().map(|column| escape(format::ascii(column))).collect::<Vec<_>>().join(separator);
        let rows =
            self.rows.iter().map(|row| row.iter().map(|cell| escape(write(cell))).collect::<Vec<_>>().join(separator));
        std::iter::once(head).chain(rows).map(|line| line + end).collect()
    }

    /// Whether a column holds numbers, and is set to the right.
    fn is_numeric(&self, column: usize) -> bool {
        self.rows.iter().filter_map(|row| row.get(column)).any(|cell| matches!(cell, Cell::Number(_)))
            && !self.rows.iter().filter_map(|row| row.get(column)).any(|cell| matches!(cell, Cell::Text(_)))
    }

    /// A table for a README or an issue; numbers with four significant digits.
    pub fn markdown(&self) -> String {
        let escape = |text: String| text.replace('|', "\\|").replace('\n', " ");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rule = (0..self.columns.len()).map(|column| if self.is_numeric(column) { "---:" } else { "---" });
        let mut text = line(self.columns.iter().map(|column| escape(column.clone())).collect());
        text += &line(rule.map(str::to_owned).collect());
        for row in &self.rows {
            text += &line(row.iter().map(|cell| escape(cell.rounded())).collect());
        }
        text
    }

    /// A `tabular` with the rules of the booktabs package; numbers with four significant digits.
    pub fn latex(&self) -> String {
        let line = |cells: Vec<String>| format!("  {} \\\\\n", cells.join(" & "));
        let kinds: String =
            (0..self.columns.len()).map(|column| if self.is_numeric(column) { 'r' } else { 'l' }).collect();
        let mut text = format!("% {}; needs \\usepackage{{booktabs}}\n", self.title.replace('\n', " "));
        text += &format!("\\begin{{tabular}}{{{kinds}}}\n  \\toprule\n");
        text += &line(self.columns.iter().map(|column| latex_escaped(column)).collect());
        text += "  \\midrule\n";
        for row in &self.rows {
            text += &line(row.iter().map(latex_cell).collect());
        }
        text + "  \\bottomrule\n\\end{tabular}\n"
    }
}

/// A number in math mode, so that a minus is one; words escaped.
fn latex_cell(cell: &Cell) -> String {
    match cell {
        Cell::Number(_) => {
            let text = cell.rounded().replace(',', "{,}").replace('∞', "\\infty");
            match text.split_once('e') {
                Some((mantissa, exponent)) => format!("${mantissa} \\cdot 10^{{{exponent}}}$"),
                None => format!("${text}$"),
            }
        }
        Cell::Text(text) => latex_escaped(text),
        Cell::Empty => String::new(),
    }
}

/// The characters that mean something to TeX, made plain; signs that its default fonts lack, in math mode.
fn latex_escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '\u{2212}' => escaped.push_str("$-$"),
            '×' => escaped.push_str("$\\times$"),
            '±' => escaped.push_str("$\\pm$"),
            '≤' => escaped.push_str("$\\leq$"),
            '≥' => escaped.push_str("$\\geq$"),
            '→' => escaped.push_str("$\\to$"),
            '∞' => escaped.push_str("$\\infty$"),
            '…' => escaped.push_str("\\dots{}"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("50 % of a_b", &["tensor", "SQNR, dB", "MSE"]);
        table.rows = vec![
            vec![Cell::Text("a,\"b\" | c_d".to_owned()), Cell::Number(-25.336_71), Cell::Number(1.25e-9)],
            vec![Cell::Text("−1 × 2".to_owned()), Cell::Number(f64::INFINITY), Cell::Empty],
        ];
        table
    }

    #[test]
    fn csv_keeps_every_digit_and_quotes_where_needed() {
        assert_eq!(
            table().csv(),
            "tensor,\"SQNR, dB\",MSE\r\n\"a,\"\"b\"\" | c_d\",-25.33671,1.25e-9\r\n-1 × 2,inf,\r\n"
        );
        assert_eq!(table().tsv().lines().next(), Some("tensor\tSQNR, dB\tMSE"));
    }

    #[test]
    fn what_a_screen_says_is_read_as_numbers_where_it_is_one() {
        let row = ["235,200", "−0.5", "98.2 %", format::NONE].map(str::to_owned);
        let table = Table::read("read", ["weights", "error", "share", "rest"], [row]);
        let cells = [Cell::Number(235_200.0), Cell::Number(-0.5), Cell::Text("98.2 %".to_owned()), Cell::Empty];
        assert_eq!(table.rows, [cells.to_vec()]);
    }

    #[test]
    fn numbers_come_back_from_csv_as_they_were() {
        for value in [0.1 + 0.2, -1e-7, 1e300, 262_144.0, f64::from(0.1_f32), -0.0, 5e-324] {
            assert_eq!(Cell::Number(value).exact().parse::<f64>().ok(), Some(value), "{value:e}");
        }
    }

    #[test]
    fn markdown_aligns_numbers_and_keeps_its_columns() {
        let text = table().markdown();
        assert_eq!(text.lines().nth(1), Some("| --- | ---: | ---: |"));
        assert_eq!(text.lines().nth(2), Some("| a,\"b\" \\| c_d | -25.34 | 1.25e-9 |"));
    }

    #[test]
    fn latex_escapes_what_tex_would_read() {
        let text = table().latex();
        assert!(text.contains("\\begin{tabular}{lrr}"), "{text}");
        assert!(text.contains("c\\_d & $-25.34$ & $1.25 \\cdot 10^{-9}$ \\\\"), "{text}");
        assert!(text.contains("$-$1 $\\times$ 2 & $\\infty$ &  \\\\"), "{text}");
        assert!(text.contains("\\toprule") && text.ends_with("\\end{tabular}\n"));
    }
}
