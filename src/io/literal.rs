//! The Python literal in an npy header: a dictionary of three keys.
//!
//! `npyz` reads it too, but by a parser that recurses as deep as the text says, and multiplies shapes without a check. What NumPy
//! writes is so plain that neither is needed.

use super::error::printable;

/// What the dictionary says, not yet judged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Literal {
    /// The dtype as text, or `None` where it is a list of fields.
    pub descr: Option<String>,
    /// Whether the first axis varies fastest.
    pub fortran: bool,
    /// Sizes of the axes.
    pub shape: Vec<u64>,
}

/// Reads `{'descr': …, 'fortran_order': …, 'shape': (…), }`, the keys in any order.
pub(super) fn parse(text: &str) -> Result<Literal, String> {
    let mut rest = Rest(text);
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    rest.expect("{")?;
    while !rest.take("}") {
        let key = rest.string()?;
        rest.expect(":")?;
        match key {
            "descr" if rest.0.trim_start().starts_with('[') => return Ok(Literal::default()),
            "descr" => descr = Some(rest.string()?.to_owned()),
            "fortran_order" => fortran = Some(rest.boolean()?),
            "shape" => shape = Some(rest.tuple()?),
            other => return Err(format!("unknown key '{}'", printable(other))),
        }
        if !rest.take(",") {
            rest.expect("}")?;
            break;
        }
    }
    if !rest.0.trim().is_empty() {
        return Err(rest.unexpected("the end"));
    }
    let missing = |key: &str| format!("the key '{key}' is missing");
    Ok(Literal {
        descr: Some(descr.ok_or_else(|| missing("descr"))?),
        fortran: fortran.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

/// The text that is still to be read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected(&format!("'{token}'"))) }
    }

    fn unexpected(&self, expected: &str) -> String {
        let found: String = self.0.trim().chars().take(20).collect();
        format!("expected {expected}, found \"{}\"", printable(&found))
    }

    /// A string in either quotes, without escapes: none of the texts that are understood needs one.
    fn string(&mut self) -> Result<&'a str, String> {
        let text = self.0.trim_start();
        let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        let inside = quote.and_then(|quote| text[1..].split_once(quote));
        let (inside, rest) = inside.ok_or_else(|| self.unexpected("a string"))?;
        self.0 = rest;
        Ok(inside)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        if self.take("True") {
            Ok(true)
        } else if self.take("False") {
            Ok(false)
        } else {
            Err(self.unexpected("True or False"))
        }
    }

    fn tuple(&mut self) -> Result<Vec<u64>, String> {
        let mut items = Vec::new();
        self.expect("(")?;
        while !self.take(")") {
            let text = self.0.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let item = text[..end].parse().map_err(|_| self.unexpected("the size of an axis, 0 to 2^64 − 1"))?;
            items.push(item);
            // Python 2 wrote long integers with an L.
            self.0 = text[end..].strip_prefix('L').unwrap_or(&text[end..]);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_numpy_writes_is_read() {
        let literal = |descr: &str, fortran, shape: &[u64]| {
            Ok(Literal { descr: Some(descr.to_owned()), fortran, shape: shape.to_vec() })
        };
        let cases = [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n", literal("<f4", false, &[3, 4])),
            ("{'descr': '|b1', 'fortran_order': True, 'shape': (), }", literal("|b1", true, &[])),
            ("{\"shape\":(5,),\"fortran_order\":False,\"descr\":\">i8\"}", literal(">i8", false, &[5])),
            ("{'shape': (5L, 6L), 'fortran_order': False, 'descr': '<f8'}", literal("<f8", false, &[5, 6])),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Ok(Literal::default())),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "{", "{}", "{'descr'", "{'descr': '<f4'}", "{'shape': ((1,),)}", "{'shape': (1 2)}", "{'a': 1}"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let rest = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} import os").unwrap_err();
        assert_eq!(rest, "expected the end, found \"import os\"");
    }
}
