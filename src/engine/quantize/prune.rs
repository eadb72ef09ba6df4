//! Magnitude pruning: small weights become 0.

use rayon::prelude::*;

use crate::engine::tensor::{Bin, Moments, Summary};

/// The pruning stage of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prune {
    /// Which weights become 0.
    pub amount: Amount,
    /// What a share is a share of.
    pub scope: Scope,
}

/// How much is pruned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// This share of the finite weights, 0…1, those of the least magnitude: all that are smaller than the magnitude of rank
    /// ⌊share · n⌋. Weights that tie there are kept, so that never more than the share is pruned.
    Share(f64),
    /// All weights of a magnitude below this.
    Threshold(f32),
}

impl Eq for Amount {}

impl std::hash::Hash for Amount {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match *self {
            Self::Share(share) => (0_u8, share.to_bits()).hash(state),
            Self::Threshold(threshold) => (1_u8, threshold.to_bits()).hash(state),
        }
    }
}

/// What a share is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The weights of one tensor.
    #[default]
    Tensor,
    /// The weights of all tensors of a model together: one threshold for all.
    Global,
}

impl Scope {
    /// Every scope, the default first.
    pub const ALL: [Self; 2] = [Self::Tensor, Self::Global];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tensor => "tensor",
            Self::Global => "global",
        }
    }
}

impl Prune {
    /// The magnitude below which weights of one tensor become 0. A global share needs the other tensors: see [`Magnitudes`].
    pub fn threshold(&self, values: &[f32]) -> f32 {
        match self.amount {
            Amount::Threshold(threshold) => threshold,
            Amount::Share(share) => {
                let mut coarse = Magnitudes::default();
                coarse.count(values);
                let mut fine = coarse.narrowed(share);
                fine.count(values);
                fine.threshold()
            }
        }
    }

    /// [`Prune::threshold`] from a summary: exact where every bin is one distinct value, else right to a bin's width.
    pub fn threshold_of(&self, summary: &Summary) -> f32 {
        match self.amount {
            Amount::Threshold(threshold) => threshold,
            Amount::Share(share) => {
                let rank = rank(share, summary.moments.finite());
                let magnitude = |bin: &Bin| (bin.sum / bin.count as f64).abs() as f32;
                // From 0 outwards on both sides.
                let middle = summary.bins.partition_point(|bin| bin.sum < 0.0);
                let (negative, positive) = summary.bins.split_at(middle);
                let (mut left, mut right) = (negative.iter().rev().peekable(), positive.iter().peekable());
                let mut seen = 0;
                while let Some(bin) = match (left.peek(), right.peek()) {
                    (Some(a), Some(b)) if magnitude(a) < magnitude(b) => left.next(),
                    (_, Some(_)) => right.next(),
                    _ => left.next(),
                } {
                    seen += bin.count;
                    if seen > rank {
                        return magnitude(bin);
                    }
                }
                f32::INFINITY
            }
        }
    }
}

/// The magnitude below which weights become 0 for this share of all tensors together. Every tensor is read twice.
///
/// # Errors
/// A tensor that cannot be read, by what reads it.
pub fn global_threshold<T, E, V: std::ops::Deref<Target = [f32]>>(
    share: f64,
    tensors: &[T],
    read: impl Fn(&T) -> Result<V, E>,
) -> Result<f32, E> {
    let mut coarse = Magnitudes::default();
    tensors.iter().try_for_each(|tensor| read(tensor).map(|values| coarse.count(&values)))?;
    let mut fine = coarse.narrowed(share);
    tensors.iter().try_for_each(|tensor| read(tensor).map(|values| fine.count(&values)))?;
    Ok(fine.threshold())
}

/// The rank of the smallest magnitude that a share leaves.
fn rank(share: f64, count: u64) -> u64 {
    // A product such as 0.29 × 100 must not lose its last weight to rounding.
    (share * count as f64 * (1.0 + 1e-12)).floor() as u64
}

/// Whether pruning takes a weight: by magnitude; what is not finite stays.
pub fn is_pruned(value: f32, threshold: f32) -> bool {
    value.abs() < threshold
}

/// Which weights are kept.
pub fn mask(values: &[f32], threshold: f32) -> Vec<bool> {
    values.iter().map(|&value| !is_pruned(value, threshold)).collect()
}

/// The weights after pruning.
pub fn pruned(values: &[f32], threshold: f32) -> Vec<f32> {
    values.par_iter().map(|&value| if is_pruned(value, threshold) { 0.0 } else { value }).collect()
}

/// The summary of the weights after pruning, from the one before: a bin is pruned by its mean.
pub fn pruned_summary(summary: &Summary, threshold: f32) -> Summary {
    let mean = |bin: &Bin| (bin.sum / bin.count as f64) as f32;
    let is_zero = |bin: &Bin| is_pruned(mean(bin), threshold) || (bin.low == 0.0 && bin.high == 0.0);
    let zeros: u64 = summary.bins.iter().filter(|bin| is_zero(bin)).map(|bin| bin.count).sum();
    let mut bins: Vec<Bin> = summary.bins.iter().filter(|bin| !is_zero(bin)).copied().collect();
    if zeros > 0 {
        let place = bins.partition_point(|bin| bin.sum < 0.0);
        bins.insert(place, Bin { count: zeros, ..Bin::default() });
    }
    let (sum, sum_squares) =
        bins.iter().fold((0.0, 0.0), |(sum, squares), bin| (sum + bin.sum, squares + bin.sum_squares));
    let moments = Moments {
        zeros,
        min: bins.first().map_or(0.0, |bin| bin.low),
        max: bins.last().map_or(0.0, |bin| bin.high),
        sum,
        sum_squares,
        ..summary.moments
    };
    Summary { moments, bins, distinct: summary.distinct }
}

/// Counts magnitudes of any number of tensors, to find the one of a rank in two passes and little memory: first by the upper 16 bits
/// of |w|, then, within the bucket of the rank, by the lower 16.
#[derive(Clone, Debug)]
pub struct Magnitudes {
    counts: Vec<u64>,
}

/// The second pass of [`Magnitudes`].
#[derive(Clone, Debug)]
pub struct NarrowMagnitudes {
    counts: Vec<u64>,
    /// Upper 16 bits of the magnitudes that count; `None` where the rank lies beyond all weights.
    bucket: Option<u32>,
    /// Rank within the bucket.
    rank: u64,
}

const BUCKETS: usize = 1 << 16;

/// Magnitude bits of a finite value, which sort as the magnitudes do.
fn magnitude_bits(value: f32) -> Option<u32> {
    value.is_finite().then(|| value.abs().to_bits())
}

fn count_into(counts: &mut [u64], values: &[f32], bucket: impl Fn(f32) -> Option<usize> + Sync) {
    let of_chunk = |chunk: &[f32]| {
        let mut counts = vec![0_u32; BUCKETS];
        chunk.iter().filter_map(|&value| bucket(value)).for_each(|bucket| counts[bucket] += 1);
        counts
    };
    // Few large chunks: each has counters of its own.
    let parts: Vec<Vec<u32>> = values.par_chunks(1 << 23).map(of_chunk).collect();
    for part in parts {
        counts.iter_mut().zip(part).for_each(|(sum, count)| *sum += u64::from(count));
    }
}

impl Default for Magnitudes {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS] }
    }
}

impl Magnitudes {
    /// Adds the finite weights of a tensor.
    pub fn count(&mut self, values: &[f32]) {
        count_into(&mut self.counts, values, |value| magnitude_bits(value).map(|bits| (bits >> 16) as usize));
    }

    /// What the second pass, over the same weights, has to count for this share of them to be pruned.
    pub fn narrowed(&self, share: f64) -> NarrowMagnitudes {
        let mut rank = rank(share, self.counts.iter().sum());
        let bucket = self.counts.iter().position(|&count| {
            let here = rank < count;
            if !here {
                rank -= count;
            }
            here
        });
        NarrowMagnitudes { counts: vec![0; BUCKETS], bucket: bucket.map(|bucket| bucket as u32), rank }
    }
}

impl NarrowMagnitudes {
    /// Adds the finite weights of a tensor.
    pub fn count(&mut self, values: &[f32]) {
        let Some(bucket) = self.bucket else { return };
        let low =
            |value| magnitude_bits(value).filter(|bits| bits >> 16 == bucket).map(|bits| (bits & 0xFFFF) as usize);
        count_into(&mut self.counts, values, low);
    }

    /// The least magnitude that the second pass could end at; infinite where all weights are pruned.
    pub(super) fn lowest(&self) -> f32 {
        self.bucket.map_or(f32::INFINITY, |bucket| f32::from_bits(bucket << 16))
    }

    /// The magnitude below which weights become 0; infinite where all do.
    pub fn threshold(&self) -> f32 {
        let Some(bucket) = self.bucket else { return f32::INFINITY };
        let mut seen = 0;
        let low = self.counts.iter().position(|&count| {
            seen += count;
            seen > self.rank
        });
        low.map_or(f32::INFINITY, |low| f32::from_bits(bucket << 16 | low as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(share: f64) -> Prune {
        Prune { amount: Amount::Share(share), scope: Scope::Tensor }
    }

    #[test]
    fn a_share_takes_the_smallest_magnitudes() {
        let values = [0.5, -0.1, 0.2, -0.2, 0.0, 3.0, f32::NAN, f32::NEG_INFINITY, -0.4, 0.3];
        let cases =
            [(0.0, 0.0), (0.25, 0.2), (0.26, 0.2), (0.5, 0.3), (0.625, 0.4), (0.999, 3.0), (1.0, f32::INFINITY)];
        for (part, threshold) in cases {
            assert_eq!(share(part).threshold(&values), threshold, "{part}");
            let summary = Summary::of_group(values.iter().copied());
            assert_eq!(share(part).threshold_of(&summary), threshold, "{part}, from the summary");
        }
        // Both weights of magnitude 0.2 would be too many for three eighths.
        assert_eq!(mask(&values, share(0.375).threshold(&values)).iter().filter(|kept| !**kept).count(), 2);
        let kept = pruned(&values, 0.3);
        assert_eq!(&kept[..6], [0.5, 0.0, 0.0, 0.0, 0.0, 3.0]);
        assert!(kept[6].is_nan() && kept[7] == f32::NEG_INFINITY);
        assert_eq!(share(0.5).threshold(&[]), f32::INFINITY);
    }

    #[test]
    fn the_share_is_exact_where_nothing_ties() {
        let values: Vec<f32> =
            (0..1000_u16).map(|i| f32::from(i * 7 % 1000 + 1) * if i % 2 == 0 { 1e-3 } else { -1e-3 }).collect();
        for percent in [0_u16, 1, 29, 57, 90, 99, 100] {
            let threshold = share(f64::from(percent) / 100.0).threshold(&values);
            let pruned = values.iter().filter(|&&value| is_pruned(value, threshold)).count();
            assert_eq!(pruned, usize::from(percent) * 10, "{percent} %");
        }
    }

    #[test]
    fn one_threshold_serves_all_tensors() {
        let tensors = [vec![0.1, 0.2, 0.3], vec![10.0, 20.0, 30.0], vec![]];
        let threshold = global_threshold(0.5, &tensors, |values| Ok::<_, std::convert::Infallible>(values.clone()));
        assert_eq!(threshold, Ok(10.0));
    }

    #[test]
    fn a_pruned_summary_is_the_summary_of_the_pruned() {
        let values = [-2.0, -0.5, 0.25, 0.0, 0.75, -0.25, 4.0, f32::NAN, 0.25];
        let expected = Summary::of_group(pruned(&values, 0.5).into_iter());
        assert_eq!(pruned_summary(&Summary::of_group(values.into_iter()), 0.5).bins, expected.bins);
        let found = pruned_summary(&Summary::of_group(values.into_iter()), 0.5).moments;
        assert_eq!(found, expected.moments);
    }
}
