//! What the page that compares schemes holds.

use crate::engine::quantize::{Scheme, SchemeError};

/// Most schemes side by side.
pub const MOST: usize = 6;

/// The schemes that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Schemes {
    /// At most [`MOST`], in the order in which they stand.
    pub compared: Vec<Scheme>,
}

impl Default for Schemes {
    /// One to two bits on the lecture's matrix.
    fn default() -> Self {
        Self {
            compared: of(&["binary", "ternary", "linear:bits=2,range=restricted", "linear:bits=2", "kmeans:bits=2"]),
        }
    }
}

/// Schemes from texts; what does not parse is left out.
pub fn of(texts: &[&str]) -> Vec<Scheme> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

impl Schemes {
    /// All schemes on one line: `kmeans:bits=2 + linear:bits=2`.
    pub fn text(&self) -> String {
        self.compared.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }

    /// Takes what [`Self::text`] writes.
    ///
    /// # Errors
    /// Which scheme is wrong, and what was expected; the setting stays as it was.
    pub fn parse(&mut self, text: &str) -> Result<(), String> {
        let parse = |text: &str| text.parse().map_err(|error: SchemeError| error.to_string());
        let parts = text.split(" + ").map(str::trim).filter(|part| !part.is_empty());
        let compared: Vec<Scheme> = parts.map(parse).collect::<Result<_, String>>()?;
        if compared.len() > MOST {
            return Err(format!("{} schemes: expected at most {MOST}, joined by +", compared.len()));
        }
        self.compared = compared;
        Ok(())
    }

    /// The same with another scheme: at the end, or in the place of the last where there is no room. One that stands there already
    /// is not added again.
    pub fn with(&self, scheme: Scheme) -> Self {
        let mut compared = self.compared.clone();
        if !compared.contains(&scheme) {
            compared.truncate(MOST - 1);
            compared.push(scheme);
        }
        Self { compared }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_have_a_text_that_reads_back() {
        let mut schemes = Schemes::default();
        assert_eq!(schemes.compared.len(), 5, "every default parses");
        let text = schemes.text();
        schemes.parse("").unwrap();
        assert_eq!(schemes.compared, []);
        schemes.parse(&text).unwrap();
        assert_eq!(schemes, Schemes::default());
        for (text, hint) in [
            ("kmeans:bits=40", "bits is 1 to 16"),
            ("binary + nonsense", "nonsense"),
            (&["binary"; 7].join(" + "), "at most 6"),
        ] {
            let error = schemes.parse(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
            assert_eq!(schemes, Schemes::default());
        }
    }

    #[test]
    fn a_seventh_takes_the_place_of_the_sixth() {
        let mut schemes = Schemes::default();
        for bits in 3..8 {
            schemes = schemes.with(format!("kmeans:bits={bits}").parse().unwrap());
        }
        assert_eq!(schemes.compared.len(), MOST);
        assert_eq!(schemes.compared[5].to_string(), "kmeans:bits=7");
        assert_eq!(schemes.with("binary".parse().unwrap()), schemes);
    }
}
