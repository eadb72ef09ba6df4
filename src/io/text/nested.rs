//! `[[1, 2], [3, 4]]` as Python and NumPy print it, with or without commas: a row ends with its bracket, not with its line.

use super::{Numbers, value};
use crate::io::error::printable;

/// The most axes.
const DEEPEST: usize = 8;

/// The numbers of one list, or of several behind each other; `lines` with their numbers.
pub(super) fn numbers(lines: &[(usize, &str)]) -> Result<Numbers, String> {
    let mut lists = Lists::default();
    let mut is_done = false;
    for (number, (place, line)) in lines.iter().enumerate() {
        // What Python writes before the first bracket says nothing of the numbers.
        let line = if number == 0 { &line[line.find('[').unwrap_or(0)..] } else { line };
        for word in words(line) {
            if is_done && word == "[" {
                return Err(format!("line {place}: a second list stands behind the first"));
            }
            if is_done {
                continue;
            }
            match word {
                "[" => lists.open()?,
                "]" if !lists.open.is_empty() => lists.close()?,
                // The closing parenthesis, and what NumPy and PyTorch write before it: dtype=, device=, requires_grad=.
                ")" if lists.open.is_empty() => is_done = true,
                word if lists.open.is_empty() && word.contains('=') => is_done = true,
                word if lists.open.is_empty() => {
                    return Err(format!("line {place}: `{}` stands behind the list", printable(word)));
                }
                word => lists.number(word)?,
            }
        }
    }
    lists.finish()
}

/// Brackets, closing parentheses and what stands between them, blanks and commas.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|character: char| character.is_whitespace() || matches!(character, ',' | '('));
        let is_end = |character: char| character.is_whitespace() || matches!(character, ',' | '[' | ']' | '(' | ')');
        let length = match rest.find(is_end) {
            Some(0) => 1,
            Some(length) => length,
            None => rest.len(),
        };
        let (word, behind) = rest.split_at(length);
        rest = behind;
        (!word.is_empty()).then_some(word)
    })
}

/// Lists as far as they have been read.
#[derive(Default)]
struct Lists {
    /// What is in each list that is not closed, outermost first.
    open: Vec<Inside>,
    /// What the lists of each depth hold, once the first is closed.
    sizes: Vec<Option<usize>>,
    /// Outermost lists.
    outer: usize,
    /// Rows that are closed, and how deep the first lies.
    rows: usize,
    depth: usize,
    values: Vec<f32>,
}

#[derive(Default)]
struct Inside {
    numbers: usize,
    lists: usize,
}

impl Lists {
    fn open(&mut self) -> Result<(), String> {
        match self.open.last_mut() {
            Some(around) if around.numbers > 0 => {
                return Err(format!("row {}: a list stands beside numbers", self.rows + 1));
            }
            Some(around) => around.lists += 1,
            None => self.outer += 1,
        }
        self.open.push(Inside::default());
        if self.open.len() > DEEPEST {
            return Err(format!("lists in lists in lists, more than {DEEPEST} deep"));
        }
        if self.sizes.len() < self.open.len() {
            self.sizes.push(None);
        }
        Ok(())
    }

    fn number(&mut self, word: &str) -> Result<(), String> {
        let row = self.rows + 1;
        let value = value(word, false).ok_or_else(|| format!("row {row}: `{}` is no number", printable(word)))?;
        if let Some(around) = self.open.last_mut() {
            if around.lists > 0 {
                return Err(format!("row {row}: `{}` stands beside lists", printable(word)));
            }
            around.numbers += 1;
        }
        self.values.push(value);
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(inside) = self.open.pop() else { return Ok(()) };
        let is_row = inside.lists == 0;
        let size = inside.numbers.max(inside.lists);
        let depth = self.open.len();
        if is_row && self.rows > 0 && depth != self.depth {
            return Err(format!("row {} lies at another depth of lists than those before", self.rows + 1));
        }
        if is_row {
            (self.rows, self.depth) = (self.rows + 1, depth);
        }
        match self.sizes[depth].replace(size) {
            Some(before) if before != size && is_row => {
                Err(format!("row {} has {size} numbers where the rows before have {before}", self.rows))
            }
            Some(before) if before != size => {
                Err(format!("before row {}: a list of {size} where those before have {before}", self.rows + 1))
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Numbers, String> {
        let Self { open, sizes, outer, values, .. } = self;
        match open.len() {
            0 => {}
            1 => return Err("1 bracket is not closed".to_owned()),
            more => return Err(format!("{more} brackets are not closed")),
        }
        if values.is_empty() {
            return Err("no numbers, expected rows of them".to_owned());
        }
        let mut shape: Vec<usize> = sizes.into_iter().flatten().collect();
        if outer > 1 {
            shape.insert(0, outer);
        }
        // One row or one column is a list of numbers.
        if shape.len() == 2 && shape.contains(&1) {
            shape = vec![values.len()];
        }
        Ok(Numbers { shape, values, columns: Vec::new() })
    }
}
