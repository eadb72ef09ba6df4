//! What the pages of the group 1–2 bits hold beside the scheme.

/// Settings of the page about binary and ternary weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Signs {
    /// Signs of a row of weights: bit 1 is +1, the first in the lowest bit.
    pub weights: u32,
    /// Signs of a row of inputs.
    pub inputs: u32,
    /// Length of both rows, 1…16.
    pub length: usize,
}

impl Default for Signs {
    /// The lecture's rows: [1 −1 1 −1] · [1 1 −1 1] = −2.
    fn default() -> Self {
        Self { weights: 0b0101, inputs: 0b1011, length: 4 }
    }
}
