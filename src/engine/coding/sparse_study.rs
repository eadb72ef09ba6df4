//! What sparse storage of one pruned tensor costs: at every width of the steps, and at every density.

use super::sparse::{Csr, Entry, Width, best_width, entries, widths};
use crate::engine::quantize::prune::is_pruned;
use crate::engine::quantize::{Amount, Prune, Scope};
use crate::engine::{Cancelled, Progress};

/// Entries of the stream that are kept to be shown.
const SHOWN: usize = 256;

/// Shares of the weights that are pruned along the curve.
pub const SHARES: [f64; 12] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/// One tensor under one threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseStudy {
    /// Magnitude below which weights are 0.
    pub threshold: f32,
    /// Number of weights.
    pub weights: u64,
    /// Weights that are kept and not 0.
    pub kept: u64,
    /// Bits of a stored value.
    pub value_bits: u32,
    /// Bits of a step that the stream was made with.
    pub index: u8,
    /// The cost of every width of the steps.
    pub widths: Vec<Width>,
    /// The first entries of the stream, each with its value (0 for a filler).
    pub stream: Vec<(Entry, f32)>,
    /// What compressed sparse rows would take.
    pub csr: Csr,
    /// The cost at other densities.
    pub by_share: Vec<Density>,
}

/// What is stored when a share of the weights is pruned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// Share that is pruned.
    pub share: f64,
    /// The cost with steps of the study's width.
    pub chosen: Width,
    /// The cheapest width and its cost.
    pub best: Width,
}

impl SparseStudy {
    /// Studies weights of this many columns.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(
        values: &[f32],
        columns: usize,
        prune: &Prune,
        (index, value_bits): (u8, u32),
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let total = SHARES.len() as u64 + 1;
        progress.tick(0, total)?;
        let threshold = prune.threshold(values);
        let positions = positions(values, threshold);
        let stream = entries(positions.iter().copied().take(SHOWN), index)
            .into_iter()
            .take(SHOWN)
            .map(|entry| (entry, if entry.filler { 0.0 } else { values[entry.position] }))
            .collect();
        let columns = columns.max(1);
        let csr =
            Csr { rows: values.len().div_ceil(columns) as u64, columns: columns as u64, kept: positions.len() as u64 };
        let mut by_share = Vec::with_capacity(SHARES.len());
        for (done, share) in SHARES.into_iter().enumerate() {
            progress.tick(done as u64 + 1, total)?;
            let threshold = Prune { amount: Amount::Share(share), scope: Scope::Tensor }.threshold(values);
            let all = widths(self::positions(values, threshold), value_bits);
            if let (Some(&chosen), Some(best)) = (all.get(usize::from(index).saturating_sub(1)), best_width(&all)) {
                by_share.push(Density { share, chosen, best });
            }
        }
        Ok(Self {
            threshold,
            weights: values.len() as u64,
            kept: positions.len() as u64,
            value_bits,
            index,
            widths: widths(positions, value_bits),
            stream,
            csr,
            by_share,
        })
    }

    /// Bits without any sparse storage.
    pub fn dense_bits(&self) -> u64 {
        self.weights * u64::from(self.value_bits)
    }

    /// The cost at the chosen width.
    pub fn chosen(&self) -> Option<Width> {
        self.widths.get(usize::from(self.index).checked_sub(1)?).copied()
    }

    /// The cheapest width.
    pub fn best(&self) -> Option<Width> {
        best_width(&self.widths)
    }
}

/// Where weights are stored: not pruned, and not 0 to begin with.
fn positions(values: &[f32], threshold: f32) -> Vec<usize> {
    let kept = |(_, value): &(usize, &f32)| !is_pruned(**value, threshold) && **value != 0.0;
    values.iter().enumerate().filter(kept).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    fn study(values: &[f32], threshold: f32, index: u8) -> SparseStudy {
        let prune = Prune { amount: Amount::Threshold(threshold), scope: Scope::Tensor };
        SparseStudy::of(values, 4, &prune, (index, 4), &Silent).unwrap()
    }

    #[test]
    fn the_figure_of_the_paper_from_its_weights() {
        let mut values = [0.0_f32; 16];
        (values[0], values[3], values[14]) = (3.4, 0.9, 1.7);
        let found = study(&values, 0.5, 3);
        let cells: Vec<(u32, f32)> = found.stream.iter().map(|(entry, value)| (entry.step, *value)).collect();
        assert_eq!(cells, [(1, 3.4), (3, 0.9), (8, 0.0), (3, 1.7)]);
        assert_eq!((found.kept, found.weights, found.dense_bits()), (3, 16, 64));
        assert_eq!(found.chosen().unwrap().bits, 4 * 7);
        assert!(found.best().unwrap().bits <= 28);
        assert_eq!(found.csr.rows, 4);
    }

    #[test]
    fn denser_costs_more() {
        let values: Vec<f32> = (0..2_000).map(|place| ((place * 7_919 % 2_003) as f32 - 1_001.0) / 1_000.0).collect();
        let found = study(&values, 0.9, 4);
        assert_eq!(found.by_share.len(), SHARES.len());
        assert!(found.by_share.windows(2).all(|pair| pair[0].best.bits >= pair[1].best.bits));
        assert!(found.by_share.iter().all(|density| density.best.bits <= density.chosen.bits));
        let nothing = study(&[], 0.5, 4);
        assert_eq!((nothing.kept, nothing.chosen().unwrap().bits), (0, 0));
    }
}
