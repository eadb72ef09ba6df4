//! What the pages of the group 1–2 bits hold beside the scheme.

/// Longest row of signs on a page.
pub const LONGEST: usize = 16;

/// Settings of the pages about binary and ternary weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Signs {
    /// Signs of a row of weights: bit 1 is +1, the first in the lowest bit.
    pub weights: u32,
    /// Signs of a row of inputs.
    pub inputs: u32,
    /// Length of both rows, 1…[`LONGEST`].
    pub length: usize,
}

impl Default for Signs {
    /// The lecture's rows: [1 −1 1 −1] · [1 1 −1 1] = −2.
    fn default() -> Self {
        Self { weights: 0b0101, inputs: 0b1011, length: 4 }
    }
}

impl Signs {
    /// The bits of a row as they are written, the first at the left.
    fn written(&self, row: u32) -> String {
        (0..self.length).map(|place| if row >> place & 1 == 1 { '1' } else { '0' }).collect()
    }

    /// Both rows as one line of text: `weights=1010,inputs=1101`, where 1 is +1 and 0 is −1.
    pub fn text(&self) -> String {
        format!("weights={},inputs={}", self.written(self.weights), self.written(self.inputs))
    }

    /// Takes what [`Self::text`] writes; a row that is not named stays.
    ///
    /// # Errors
    /// What was expected; the setting stays as it was.
    pub fn parse(&mut self, text: &str) -> Result<(), String> {
        let (mut weights, mut inputs) = (self.written(self.weights), self.written(self.inputs));
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("weights", bits)) => weights = bits.to_owned(),
                Some(("inputs", bits)) => inputs = bits.to_owned(),
                _ => return Err(format!("{part:?} is no setting here; expected weights=1010 or inputs=1101")),
            }
        }
        let row = |name: &str, bits: &str| {
            let known = bits.chars().all(|bit| matches!(bit, '0' | '1'));
            if !known || bits.is_empty() || bits.len() > LONGEST {
                return Err(format!("{name}={bits}: expected 1 to {LONGEST} bits, 1 for +1 and 0 for −1"));
            }
            Ok(bits.chars().enumerate().fold(0, |row, (place, bit)| row | u32::from(bit == '1') << place))
        };
        let (first, second) = (row("weights", &weights)?, row("inputs", &inputs)?);
        if weights.len() != inputs.len() {
            return Err(format!(
                "weights has {} bits and inputs has {}; expected as many",
                weights.len(),
                inputs.len()
            ));
        }
        *self = Self { weights: first, inputs: second, length: weights.len() };
        Ok(())
    }

    /// The same at another length; what is new is −1.
    pub fn with_length(&self, length: usize) -> Self {
        let length = length.clamp(1, LONGEST);
        let inside = (1 << length) - 1;
        Self { weights: self.weights & inside, inputs: self.inputs & inside, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_a_text_that_reads_back() {
        let lecture = Signs::default();
        assert_eq!(lecture.text(), "weights=1010,inputs=1101");
        let mut signs = lecture.with_length(16);
        assert_eq!(signs.text(), "weights=1010000000000000,inputs=1101000000000000");
        signs.parse("inputs = 1").unwrap_err();
        signs.parse("inputs=0110,weights=1111").unwrap();
        assert_eq!(signs, Signs { weights: 0b1111, inputs: 0b0110, length: 4 });
        for (text, hint) in [
            ("weights=12", "1 to 16 bits"),
            ("weights=", "1 to 16 bits"),
            ("weights=101", "3 bits and inputs has 4"),
            ("length=3", "no setting here"),
            ("weights=10101010101010101", "1 to 16 bits"),
        ] {
            let before = signs.clone();
            let error = signs.parse(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
            assert_eq!(signs, before, "{text}");
        }
    }
}
