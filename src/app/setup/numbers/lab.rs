//! What the controls of the rounding lab hold.

use crate::engine::number::arithmetic::{Operation, Order};
use crate::engine::number::path::Stage;
use crate::engine::number::{Format, Input, Number, Policy, named};

/// The views of the rounding lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabView {
    /// A policy, and the same number under every rule.
    #[default]
    Rules,
    /// What libraries store.
    Who,
    /// A number through several formats.
    Double,
    /// Rounding by chance.
    Stochastic,
    /// Sums and products in a format.
    Arithmetic,
}

impl LabView {
    /// Every view with its name on the tab and its name in a link.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Rules, "Rules", "rules"),
        (Self::Who, "Who stores what", "who"),
        (Self::Double, "Double rounding", "double"),
        (Self::Stochastic, "Stochastic", "stochastic"),
        (Self::Arithmetic, "Arithmetic", "arithmetic"),
    ];
}

/// A list of numbers as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The text.
    pub text: String,
    /// What it means.
    pub numbers: Vec<Number>,
}

impl Numbers {
    /// Most numbers of a list.
    const MOST: usize = 64;

    /// Reads numbers parted by spaces; `8*1` is eight times 1.
    ///
    /// # Errors
    /// Which part is no number.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut numbers = Vec::new();
        for part in text.split_whitespace() {
            let (times, number) = match part.split_once('*') {
                Some((times, number)) => {
                    let times = times.parse().ok().filter(|times| (1..=Self::MOST).contains(times));
                    (times.ok_or_else(|| format!("{part:?}: expected 1 to {} times a number", Self::MOST))?, number)
                }
                None => (1, part),
            };
            let number: Number =
                number.parse().map_err(|error: crate::engine::number::NumberError| error.to_string())?;
            numbers.extend(std::iter::repeat_n(number, times));
        }
        if numbers.is_empty() || numbers.len() > Self::MOST {
            return Err(format!("expected 1 to {} numbers with spaces between them", Self::MOST));
        }
        Ok(Self { text: text.trim().to_owned(), numbers })
    }
}

impl std::fmt::Display for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Settings of the rounding lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// What is shown.
    pub view: LabView,
    /// How numbers are stored.
    pub policy: Policy,
    /// The formats that a number passes through, the last one being where it ends.
    pub path: Vec<Format>,
    /// Random bits of stochastic rounding.
    pub bits: u32,
    /// Its seed.
    pub seed: u64,
    /// The operation.
    pub operation: Operation,
    /// The second operand; the first is the page's value.
    pub second: Input,
    /// The left factors of the dot product.
    pub left: Numbers,
    /// The right factors.
    pub right: Numbers,
    /// The format of the running sum.
    pub accumulator: Format,
    /// The order of the sum.
    pub order: Order,
}

/// A format of the catalogue that this program names itself.
fn known(name: &str) -> Format {
    named(name).map_or(Format::Float(crate::engine::number::FloatFormat::FP64), |named| named.format)
}

/// Numbers that this program writes itself.
fn list(text: &str) -> Numbers {
    Numbers::parse(text).unwrap_or(Numbers { text: String::new(), numbers: Vec::new() })
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            view: LabView::Rules,
            policy: Policy::default(),
            path: ["fp32", "bf16", "e4m3fn"].map(known).to_vec(),
            bits: 4,
            seed: 1,
            operation: Operation::Add,
            second: Input::parse("1", known("bf16")).unwrap_or(Input::Code(0)),
            left: list("256 16*1"),
            right: list("17*1"),
            accumulator: known("bf16"),
            order: Order::Forward,
        }
    }
}

impl Lab {
    /// The path with the usual rounding at every stage.
    pub fn stages(&self) -> Vec<Stage> {
        self.path.iter().map(|format| Stage::nearest(*format)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_numbers_with_spaces_between_them() {
        assert_eq!(Numbers::parse("256 3*1 0x1p-2").unwrap().numbers.len(), 5);
        for (text, hint) in
            [("", "1 to 64 numbers"), ("1 x", "is no number"), ("99*1", "1 to 64 times"), ("0*1", "times")]
        {
            assert!(Numbers::parse(text).unwrap_err().contains(hint), "{text}");
        }
        assert_eq!(Lab::default().left.numbers.len(), Lab::default().right.numbers.len());
    }
}
