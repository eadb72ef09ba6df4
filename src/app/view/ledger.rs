//! The size ledger as a bar and rows.

use super::figure::{Cell, Table};
use super::format;
use crate::engine::coding::{Ledger, Part};

/// What a part of a packed tensor looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The codes themselves.
    Codes,
    /// What codes are decoded with: codebook, scales, zero points.
    Parameters,
    /// Places of weights that were kept.
    Indices,
    /// Everything that only fills or leads: tables, padding.
    Rest,
}

/// One part, written out.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    /// `codes, 65,536 × 4 bit`.
    pub text: String,
    /// `32,768 B`, or bits where they are no whole bytes.
    pub size: String,
    /// Bits.
    pub bits: u64,
    /// How it is drawn.
    pub kind: Kind,
}

/// A ledger beside the size that the tensor had.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerView {
    /// What the tensor was stored as: `float32`.
    pub original: String,
    /// Bytes of the original.
    pub original_bytes: u64,
    /// Bytes packed.
    pub bytes: u64,
    /// The parts in file order.
    pub rows: Vec<LedgerRow>,
}

impl LedgerView {
    /// A ledger against an original of `original_bytes` that was stored as `original`.
    pub fn new(ledger: &Ledger, original: impl Into<String>, original_bytes: u64) -> Self {
        let rows = ledger.parts.iter().map(LedgerRow::new).collect();
        Self { original: original.into(), original_bytes, bytes: ledger.bytes(), rows }
    }

    /// How many times smaller than the original; `None` where nothing was written.
    pub fn ratio(&self) -> Option<f64> {
        (self.bytes > 0).then(|| self.original_bytes as f64 / self.bytes as f64)
    }

    /// `7.98× smaller`, `1.13× larger`.
    pub fn headline(&self) -> String {
        match self.ratio() {
            None => format::NONE.to_owned(),
            Some(ratio) if ratio >= 1.0 => format!("{} smaller", format::ratio(ratio)),
            Some(ratio) => format!("{} larger", format::ratio(1.0 / ratio)),
        }
    }

    /// Whether packing made it larger.
    pub fn is_larger(&self) -> bool {
        self.bytes > self.original_bytes
    }

    /// Every part with its arithmetic and its bits.
    pub fn table(&self) -> Table {
        let mut table = Table::new("Size", &["part", "bits", "bytes"]);
        let row = |text: &str, bits: u64| {
            vec![Cell::Text(text.to_owned()), Cell::count(bits), Cell::Number(bits as f64 / 8.0)]
        };
        table.rows.push(row(&format!("original, {}", self.original), self.original_bytes * 8));
        table.rows.extend(self.rows.iter().map(|part| row(&part.text, part.bits)));
        table.rows.push(row("packed, everything", self.bytes * 8));
        table
    }

    /// The ledger in a sentence, for a screen reader.
    pub fn summary(&self) -> String {
        let parts: Vec<_> = self.rows.iter().map(|row| format!("{}: {}", row.text, row.size)).collect();
        let (original, before) = (&self.original, format::bytes_exact(self.original_bytes));
        format!(
            "Size: {original} {before}, packed {}, {}; {}",
            format::bytes_exact(self.bytes),
            self.headline(),
            parts.join("; ")
        )
    }
}

impl LedgerRow {
    /// The part without its arithmetic: `codes`.
    pub fn name(&self) -> &str {
        self.text.split(',').next().unwrap_or(&self.text)
    }

    fn new(part: &Part) -> Self {
        let text = if part.arithmetic.is_empty() {
            part.name.to_owned()
        } else {
            format!("{}, {}", part.name, part.arithmetic)
        };
        let whole = part.bits.is_multiple_of(8);
        let size = if whole { format::bytes_exact(part.bits / 8) } else { format!("{} bit", format::count(part.bits)) };
        Self { text, size, bits: part.bits, kind: Kind::of(part.name) }
    }
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "codes" => Self::Codes,
            "codebook" | "codebooks" | "scales" | "zero points" => Self::Parameters,
            "indices" => Self::Indices,
            _ => Self::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(parts: &[(&'static str, u64)]) -> Ledger {
        let part = |&(name, bits): &(&'static str, u64)| Part { name, arithmetic: format!("{bits} × 1 bit"), bits };
        Ledger { parts: parts.iter().map(part).collect() }
    }

    #[test]
    fn the_mockups_numbers() {
        let view = LedgerView::new(&ledger(&[("codes", 65_536 * 4), ("codebook", 16 * 32)]), "float32", 262_144);
        assert_eq!(view.bytes, 32_832);
        assert_eq!(view.headline(), "7.98× smaller");
        assert_eq!(view.rows[1].size, "64 B");
        assert_eq!(view.rows[1].kind, Kind::Parameters);
        assert!(view.summary().contains("packed 32,832 B"));
    }

    #[test]
    fn larger_is_called_larger_and_odd_bits_stay_bits() {
        let view = LedgerView::new(&ledger(&[("codes", 61), ("padding", 3), ("codebook", 520)]), "float32", 64);
        assert_eq!(view.headline(), "1.14× larger");
        assert!(view.is_larger());
        assert_eq!(view.rows[0].size, "61 bit");
        assert_eq!(LedgerView::new(&Ledger::default(), "float32", 0).headline(), "–");
    }
}
