//! What each stage of a compression pipeline leaves of a layer, in the columns of Han et al. 2016, tables 2 to 5.

use super::Layout;
use crate::engine::quantize::{Codes, Quantized, Storage};

/// A layer after pruning and weight sharing (P+Q), and after Huffman coding as well (P+Q+H).
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRow {
    /// The tensor's name, or `total`.
    pub name: String,
    /// Number of weights.
    pub weights: u64,
    /// Weights that are stored: not 0 where storage is sparse, else all.
    pub kept: u64,
    /// Stored codes, fillers included.
    pub entries: u64,
    /// Bits of all codes of entries, before and after Huffman coding, without tables.
    pub code_bits: (u64, u64),
    /// Bits of all steps of entries, before and after Huffman coding, without tables.
    pub index_bits: (u64, u64),
    /// Bytes with everything counted, before and after Huffman coding.
    pub bytes: (u64, u64),
    /// Bytes as float32.
    pub float_bytes: u64,
}

impl LayerRow {
    /// A quantized tensor, stored as its scheme says, without and with Huffman coding.
    pub fn of(name: impl Into<String>, quantized: &Quantized) -> Self {
        let layout = |huffman| Layout::with_storage(quantized, Storage { huffman, ..quantized.scheme.storage });
        let [plain, coded] = [layout(false), layout(true)];
        let [before, after] = [plain.stored(), coded.stored()];
        let weights = quantized.codes.len() as u64;
        Self {
            name: name.into(),
            weights,
            kept: before.entries - before.fillers,
            entries: before.entries,
            code_bits: (before.code_bits, after.code_bits),
            index_bits: (before.index_bits, after.index_bits),
            bytes: (plain.ledger().bytes(), coded.ledger().bytes()),
            float_bytes: weights * 4,
        }
    }

    /// All layers taken together.
    pub fn total(rows: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> u64| rows.iter().map(of).sum();
        Self {
            name: "total".to_owned(),
            weights: sum(|row| row.weights),
            kept: sum(|row| row.kept),
            entries: sum(|row| row.entries),
            code_bits: (sum(|row| row.code_bits.0), sum(|row| row.code_bits.1)),
            index_bits: (sum(|row| row.index_bits.0), sum(|row| row.index_bits.1)),
            bytes: (sum(|row| row.bytes.0), sum(|row| row.bytes.1)),
            float_bytes: sum(|row| row.float_bytes),
        }
    }

    /// Share of the weights that is kept; `None` without weights.
    pub fn kept_share(&self) -> Option<f64> {
        share(self.kept, self.weights)
    }

    /// Bits of a stored code, before and after Huffman coding; `None` where nothing is stored.
    pub fn weight_bits(&self) -> Option<(f64, f64)> {
        Some((share(self.code_bits.0, self.entries)?, share(self.code_bits.1, self.entries)?))
    }

    /// Bits of a stored step, before and after Huffman coding; `None` where nothing is stored.
    pub fn step_bits(&self) -> Option<(f64, f64)> {
        Some((share(self.index_bits.0, self.entries)?, share(self.index_bits.1, self.entries)?))
    }

    /// Size as a share of the float32 size, before and after Huffman coding; `None` without weights.
    pub fn rate(&self) -> Option<(f64, f64)> {
        Some((share(self.bytes.0, self.float_bytes)?, share(self.bytes.1, self.float_bytes)?))
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// One stage of the pipeline: what is stored once it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// `float32`, `pruned`, `codebook`, `huffman`.
    pub name: &'static str,
    /// What every bit is for.
    pub ledger: super::Ledger,
    /// Bytes of the ledger.
    pub bytes: u64,
}

/// The stages of one tensor: float32; pruned, its weights still float32 but stored as sparsely as the scheme says; quantized; Huffman-coded.
/// A stage that the scheme lacks is left out, so that each has done something.
///
/// `pruned` is the tensor under the pruning stage alone; it is asked for only where there is one.
pub fn stages(quantized: &Quantized, pruned: impl FnOnce() -> Option<Quantized>) -> Vec<Stage> {
    let stage = |name, ledger: super::Ledger| {
        let bytes = ledger.bytes();
        Stage { name, ledger, bytes }
    };
    let scheme = &quantized.scheme;
    let weights = quantized.codes.len();
    let floats = Layout::new(weights, 32, &crate::engine::quantize::Decoder::Floats).ledger();
    let mut stages = vec![stage("float32", floats)];
    let plain = Storage { huffman: false, ..scheme.storage };
    if scheme.prune.is_some()
        && let Some(pruned) = pruned()
    {
        stages.push(stage("pruned", Layout::with_storage(&pruned, plain).ledger()));
    }
    if !matches!(quantized.codes, Codes::Floats(_)) {
        stages.push(stage("codebook", Layout::with_storage(quantized, plain).ledger()));
    }
    if scheme.storage.huffman {
        stages.push(stage("huffman", Layout::of(quantized).ledger()));
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::{Scheme, quantize};
    use crate::engine::rng::Rng;

    fn quantized(values: &[f32], text: &str) -> Quantized {
        quantize(values, &[values.len()], &text.parse::<Scheme>().unwrap(), None, &Silent).unwrap().quantized
    }

    #[test]
    fn rows_hold_to_the_rule_of_thumb() {
        let mut rng = Rng::new(3);
        let values: Vec<f32> = (0..60_000).map(|_| rng.normal() as f32).collect();
        let found = quantized(&values, "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman");
        let row = LayerRow::of("fc", &found);
        assert_eq!((row.weights, row.kept, row.float_bytes), (60_000, 6_000, 240_000));
        assert_eq!(row.weight_bits().unwrap().0, 4.0);
        assert_eq!(row.step_bits().unwrap().0, 5.0);
        let (before, after) = row.rate().unwrap();
        // kept · (weight bits + index bits) / 32, and some fillers and a codebook.
        let thumb = row.kept_share().unwrap() * 9.0 / 32.0;
        assert!(before > thumb && before < thumb * 1.1, "{before} {thumb}");
        assert!(after < before && after > 0.8 * before, "{after} {before}");
        assert_eq!(row.bytes.1, Layout::of(&found).ledger().bytes());
        let total = LayerRow::total(&[row.clone(), row.clone()]);
        assert_eq!((total.weights, total.rate()), (120_000, row.rate()));
    }

    #[test]
    fn every_stage_is_smaller() {
        let mut rng = Rng::new(4);
        let values: Vec<f32> = (0..20_000).map(|_| rng.normal() as f32).collect();
        let found = quantized(&values, "prune:share=0.8|kmeans:bits=5,zero=pinned|sparse:index=4|huffman");
        let stages = stages(&found, || Some(quantized(&values, "prune:share=0.8")));
        let names: Vec<&str> = stages.iter().map(|stage| stage.name).collect();
        assert_eq!(names, ["float32", "pruned", "codebook", "huffman"]);
        assert_eq!(stages[0].bytes, 80_000);
        assert!(stages.windows(2).all(|pair| pair[1].bytes < pair[0].bytes));
        let dense = super::stages(&quantized(&values, "kmeans:bits=4"), || None);
        assert_eq!(dense.iter().map(|stage| stage.name).collect::<Vec<_>>(), ["float32", "codebook"]);
    }
}
