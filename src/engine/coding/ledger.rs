//! What every bit of a packed tensor is for.

/// One kind of content of a packed tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `codes` or `floats`, `indices`, `fillers`, `code table`, `index table`, `stream lengths`, `codebook`, `scales`, `zero points`,
    /// `padding`.
    pub name: &'static str,
    /// How the bits come about: `65,536 × 4 bit`.
    pub arithmetic: String,
    /// Exact number of bits.
    pub bits: u64,
}

/// The parts of a packed tensor in file order. Their bits sum to whole bytes: what is left over is a part called `padding`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// In file order; parts of no bits are left out.
    pub parts: Vec<Part>,
}

impl Ledger {
    /// Bits of all parts.
    pub fn bits(&self) -> u64 {
        self.parts.iter().map(|part| part.bits).sum()
    }

    /// Bytes of all parts, rounded up.
    pub fn bytes(&self) -> u64 {
        self.bits().div_ceil(8)
    }
}
