//! Reading numbers from text: CSV and TSV files, and what people copy from tables, notebooks and terminals.

mod nested;

use super::blob::Blob;
use super::error::{Error, clean, printable};
use crate::engine::tensor::{Model, Tensor};

/// Numbers that were written as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Rows and columns, or one axis where there is one row or one column; lists in lists of lists have an axis each.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
    /// What stood above the columns; empty where nothing did.
    pub columns: Vec<String>,
}

/// Opens a CSV or TSV file; it is read at once.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let bytes = blob.all()?;
    let text = std::str::from_utf8(&bytes).map_err(|error| fail(format!("is not UTF-8: {error}")))?;
    let Numbers { shape, values, columns } = numbers(text).map_err(fail)?;
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
    let metadata =
        if columns.is_empty() { Vec::new() } else { vec![("columns".to_owned(), clean(&columns.join(", ")))] };
    Ok(Model { name, tensors: vec![Tensor::in_memory(stem, shape, values)], metadata })
}

/// Numbers in rows: separated by commas, semicolons (with decimal commas, as spreadsheets write in half of Europe), tabs or blanks; or
/// nested lists as Python and NumPy print them. A first row of words names the columns; lines that begin with `#` are comments.
///
/// # Errors
/// A word that is no number, rows of different lengths, no numbers at all: with the line.
pub fn numbers(text: &str) -> Result<Numbers, String> {
    let text = text.trim_start_matches('\u{FEFF}');
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_end()))
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    // PyTorch writes `Parameter containing:` on a line of its own.
    let announced = lines.first().is_some_and(|(_, line)| line.ends_with(':') && !line.contains('['));
    let list = if announced { &lines[1..] } else { &lines[..] };
    if list.first().is_some_and(|(_, line)| begins_list(line)) {
        return nested::numbers(list);
    }
    let any = |separator: char| lines.iter().any(|(_, line)| fields(line, separator).nth(1).is_some());
    let separator = ['\t', ';', ','].into_iter().find(|&separator| any(separator));
    let mut rows = Rows::default();
    for (position, &(number, line)) in lines.iter().enumerate() {
        let words: Vec<&str> = match separator {
            // A separator at the end closes the last field.
            Some(separator) => fields(line.trim_end_matches(separator), separator).map(unquoted).collect(),
            None => line.split_whitespace().collect(),
        };
        let decimal_comma = separator == Some(';');
        let parsed: Result<Vec<f32>, &str> = words.iter().map(|word| value(word, decimal_comma).ok_or(*word)).collect();
        match parsed {
            Ok(values) => rows.add(&values, &format!("line {number}"))?,
            Err(_)
                if position == 0
                    && lines.len() > 1
                    && words.iter().all(|word| value(word, decimal_comma).is_none()) =>
            {
                rows.columns = words.into_iter().map(str::to_owned).collect();
            }
            Err(word) => return Err(format!("line {number}: `{}` is no number", printable(word))),
        }
    }
    rows.finish()
}

/// Whether a line begins nested lists: a bracket, or what Python and NumPy write before it, `array(`, `tensor(` or a name and `=`.
/// A bracket in a heading such as `x[0],x[1]` begins none.
fn begins_list(line: &str) -> bool {
    line.split_once('[').is_some_and(|(before, _)| {
        let before = before.trim();
        (before.is_empty() || before.ends_with(['(', '=', ':'])) && !before.contains([',', ';', '\t'])
    })
}

/// What stands between the separators that are not within quotes.
fn fields(line: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let is_end = move |character: char| {
        quoted ^= character == '"';
        character == separator && !quoted
    };
    line.split(is_end)
}

fn unquoted(word: &str) -> &str {
    word.trim().trim_matches('"').trim()
}

fn value(word: &str, decimal_comma: bool) -> Option<f32> {
    let plain = word.replace('\u{2212}', "-");
    let plain = if decimal_comma { plain.replace(',', ".") } else { plain };
    plain.parse().ok()
}

#[derive(Default)]
struct Rows {
    width: usize,
    count: usize,
    values: Vec<f32>,
    columns: Vec<String>,
}

impl Rows {
    fn add(&mut self, row: &[f32], place: &str) -> Result<(), String> {
        if self.count == 0 {
            self.width = row.len();
        } else if row.len() != self.width {
            return Err(format!("{place} has {} numbers where the rows before have {}", row.len(), self.width));
        }
        self.count += 1;
        self.values.extend_from_slice(row);
        Ok(())
    }

    fn finish(self) -> Result<Numbers, String> {
        if !self.columns.is_empty() && self.count > 0 && self.columns.len() != self.width {
            let (headings, numbers) = (self.columns.len(), self.width);
            return Err(format!("{headings} headings stand above rows of {numbers} numbers"));
        }
        let Self { width, count, values, columns } = self;
        if values.is_empty() {
            return Err("no numbers, expected rows of them".to_owned());
        }
        let shape = if width == 1 || count == 1 { vec![values.len()] } else { vec![count, width] };
        Ok(Numbers { shape, values, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_lists_and_what_terminals_print() {
        let square = |text: &str| {
            let found = numbers(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(
                (found.shape.as_slice(), found.values.as_slice()),
                (&[2, 2][..], &[1.0, -2.5, 3.0, 4.0][..]),
                "{text}"
            );
            found
        };
        square("1,-2.5\n3,4\n");
        square("\u{FEFF}1\t-2.5\r\n3\t4\r\n");
        square("1;-2,5\n3;4");
        square("# weights\n 1 -2.5\n\n 3 4 ");
        square("[[1, -2.5], [3, 4]]");
        square("[[ 1.  -2.5]\n [ 3.   4. ]]");
        square("array([[1. , -2.5],\n       [3. ,  4. ]], dtype=float32)");
        square("tensor([[ 1.0000,\n -2.5000],\n        [ 3.0000,  4.0000]])");
        square("tensor([[ 1.0, -2.5], [ 3.0,  4.0]], device='cuda:0', requires_grad=True)");
        square("1,\u{2212}2.5\n3,4");
        assert_eq!(square("\"a\",\"b\"\n1,-2.5\n3,4").columns, ["a", "b"]);
        assert_eq!(square("\"mass (kg; dry)\",length\n1,-2.5\n3,4").columns, ["mass (kg; dry)", "length"]);
        assert_eq!(square("a[0],a[1]\n1,-2.5\n3,4").columns, ["a[0]", "a[1]"]);
        square("# as [rows, columns]\n1,-2.5\n3,4");
        square("Parameter containing:\ntensor([[1., -2.5], [3., 4.]], requires_grad=True)");
        square("# a list\nw = [[1, -2.5], [3, 4]]");
        square("[1, -2.5]\n[3, 4]");
        let shape = |text: &str| numbers(text).unwrap().shape;
        assert_eq!(shape("[[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 0], [1, 2]]]"), [3, 2, 2]);
        assert_eq!(shape("tensor([[[[1.]], [[2.]]]])"), [1, 2, 1, 1]);
        assert_eq!((shape("[[1], [2]]"), shape("[[1, 2]]")), (vec![2], vec![2]));
        assert_eq!(
            (shape("1 2 3"), shape("1\n2"), shape("[7]"), shape("1,\n2,"), shape("1,2,\n3,4,")),
            (vec![3], vec![2], vec![1], vec![2], vec![2, 2])
        );
    }

    #[test]
    fn what_is_no_table_of_numbers_is_refused_with_its_line() {
        for (text, expected) in [
            ("", "no numbers"),
            ("# nothing\n", "no numbers"),
            ("hello", "line 1: `hello` is no number"),
            ("1,2\n3", "line 2 has 1 numbers where the rows before have 2"),
            ("1,2\n3,x", "line 2: `x` is no number"),
            ("a,1\n3,4", "line 1: `a` is no number"),
            ("1,2\n\n3,4,5", "line 3 has 3"),
            ("a,b,c\n1,2,\n3,4,", "3 headings stand above rows of 2 numbers"),
            ("1,,2", "line 1: `` is no number"),
            ("[[1, 2], [3]]", "row 2 has 1 numbers"),
            ("[[1, 2], [3, ?]]", "row 2: `?` is no number"),
            ("[[1, 2], 3]", "row 2: `3` stands beside lists"),
            ("[1, [2]]", "row 1: a list stands beside numbers"),
            ("[[[1], [2]], [[3]]]", "before row 4: a list of 1 where those before have 2"),
            ("[[1], [[2]]]", "row 2 lies at another depth"),
            ("[[1, 2]", "1 bracket is not closed"),
            ("[1, 2] 3", "line 1: `3` stands behind the list"),
            ("tensor([1., 2.])\ntensor([3., 4.])", "line 2: a second list stands behind the first"),
            ("[1, 2]]", "line 1: `]` stands behind the list"),
            ("[[], []]", "no numbers"),
            ("[[[[[[[[[1]]]]]]]]]", "lists in lists in lists, more than 8 deep"),
        ] {
            let error = numbers(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
