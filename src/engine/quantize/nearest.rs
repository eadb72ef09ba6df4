//! Codes by the nearest of sorted levels.

use std::sync::OnceLock;

use super::encode::{Code, PIECE, measure_by};
use super::ruler::{Coarse, Ruler};
use crate::engine::measure::ErrorSums;
use crate::engine::simd::multiversion;

/// Sorted levels with the boundaries between them; a weight on a boundary goes to the lower level.
#[derive(Clone, Debug)]
pub struct Nearest {
    levels: Vec<f32>,
    boundaries: Vec<f32>,
    /// The level nearest to zero: what NaN becomes.
    nan: u32,
    /// Made for the first long run of weights.
    search: OnceLock<Search>,
}

/// A table that leads to a level faster than a search among all boundaries.
#[derive(Clone, Debug)]
enum Search {
    Ruler(Ruler),
    Coarse(Coarse),
}

/// Up to this many boundaries are compared one by one, or searched within registers.
pub(super) const FEW: usize = 15;

/// Runs from this length on are worth a table.
const LONG: usize = PIECE;

/// The largest float32 not above the middle of two levels: a weight is nearer to the lower level, or as near, where it is not above.
pub fn boundary(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high));
    let rounded = middle as f32;
    if f64::from(rounded) > middle { rounded.next_down() } else { rounded }
}

impl Nearest {
    /// The encoder of strictly ascending levels, at least one.
    pub fn new(levels: &[f32]) -> Self {
        let boundaries = levels.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
        let by_magnitude = |left: &&f32, right: &&f32| left.abs().total_cmp(&right.abs());
        let nearest = levels.iter().min_by(by_magnitude);
        let nan = nearest.and_then(|level| levels.iter().position(|other| other == level)).unwrap_or(0);
        Self { levels: levels.to_vec(), boundaries, nan: nan as u32, search: OnceLock::new() }
    }

    /// The encoder of ascending levels that are parted elsewhere than in the middle; a weight on a boundary goes to the lower level.
    pub fn with_boundaries(levels: &[f32], boundaries: Vec<f32>) -> Self {
        Self { boundaries, ..Self::new(levels) }
    }

    /// Boundaries, ascending.
    pub fn boundaries(&self) -> &[f32] {
        &self.boundaries
    }

    /// The level of one weight.
    pub fn level(&self, value: f32) -> u32 {
        if value.is_nan() { self.nan } else { self.boundaries.partition_point(|&boundary| boundary < value) as u32 }
    }

    /// The table for a run of that many weights, if it is worth one.
    fn search(&self, weights: usize) -> Option<&Search> {
        if self.boundaries.len() <= FEW || (weights < LONG && self.search.get().is_none()) {
            return None;
        }
        let make = || match Ruler::new(&self.levels, &self.boundaries) {
            Some(ruler) => Search::Ruler(ruler),
            None => Search::Coarse(Coarse::new(&self.boundaries)),
        };
        Some(self.search.get_or_init(make))
    }

    /// Codes of many weights.
    pub(super) fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        match self.search(values.len()) {
            _ if self.boundaries.len() <= FEW => {
                let mut narrow = [0_u8; 4096];
                for (values, codes) in values.chunks(4096).zip(codes.chunks_mut(4096)) {
                    compare(values, &self.boundaries, &mut narrow);
                    for (code, &level) in codes.iter_mut().zip(&narrow) {
                        *code = C::of(u32::from(level));
                    }
                }
            }
            Some(Search::Ruler(ruler)) => each(values, codes, |value| ruler.level(value)),
            Some(Search::Coarse(coarse)) => each(values, codes, |value| coarse.level(&self.boundaries, value)),
            None => each(values, codes, |value| self.level(value)),
        }
        if self.nan != 0 && has_nan(values) {
            for (code, _) in codes.iter_mut().zip(values).filter(|(_, value)| value.is_nan()) {
                *code = C::of(self.nan);
            }
        }
    }

    /// Codes of many weights, and the errors of their reconstruction.
    pub(super) fn measure<C: Code>(&self, values: &[f32], codes: &mut [C]) -> ErrorSums {
        let search = self.search(values.len());
        let twin = |values: &[f32], codes: &mut [C]| {
            let encode = |values: &[f32], codes: &mut [C]| self.encode(values, codes);
            let decode = |codes: &[C], out: &mut [f32]| {
                out.iter_mut().zip(codes).for_each(|(value, code)| *value = self.levels[code.index()]);
            };
            measure_by(values, codes, encode, decode)
        };
        #[cfg(target_arch = "x86_64")]
        {
            use super::{avx2, avx512, encode::measure_in_blocks};
            let wide = avx512::available();
            if self.boundaries.len() <= FEW {
                return measure_in_blocks(values, codes, twin, |values, codes| {
                    let (boundaries, levels) = (&self.boundaries, &self.levels);
                    if wide {
                        // SAFETY: only called where there is AVX-512.
                        return unsafe { avx512::few(values, codes, boundaries, levels) };
                    }
                    // SAFETY: only called where there are AVX2 and FMA.
                    unsafe { avx2::few(values, codes, boundaries, levels) }
                });
            }
            if let Some(Search::Ruler(ruler)) = search {
                return measure_in_blocks(values, codes, twin, |values, codes| {
                    if wide {
                        // SAFETY: only called where there is AVX-512.
                        return unsafe { avx512::ruled(values, codes, ruler) };
                    }
                    // SAFETY: only called where there are AVX2 and FMA.
                    unsafe { avx2::ruled(values, codes, ruler) }
                });
            }
        }
        twin(values, codes)
    }
}

fn each<C: Code>(values: &[f32], codes: &mut [C], level: impl Fn(f32) -> u32) {
    for (code, &value) in codes.iter_mut().zip(values) {
        *code = C::of(level(value));
    }
}

multiversion! {
    /// Counts, for each weight, the boundaries below it.
    fn compare(values: &[f32], boundaries: &[f32], levels: &mut [u8]) {
        const LANES: usize = 32;
        let (blocks, rest) = values.as_chunks::<LANES>();
        let (out, out_rest) = levels.as_chunks_mut::<LANES>();
        for (block, out) in blocks.iter().zip(out.iter_mut()) {
            let mut counts = [0_i32; LANES];
            for &boundary in boundaries {
                for index in 0..LANES {
                    counts[index] += i32::from(block[index] > boundary);
                }
            }
            for index in 0..LANES {
                out[index] = counts[index] as u8;
            }
        }
        let tail = if blocks.len() < out.len() { &mut out[blocks.len()][..] } else { out_rest };
        for (level, &value) in tail.iter_mut().zip(rest) {
            *level = boundaries.iter().filter(|&&boundary| value > boundary).count() as u8;
        }
    }
}

multiversion! {
    fn has_nan(values: &[f32]) -> bool {
        values.chunks(1024).any(|block| block.iter().fold(false, |any, value| any | value.is_nan()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::Encoder;
    use super::super::encode::tests::{check_measure, hard_values};
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn every_way_to_the_nearest_level_gives_the_same_code() {
        for levels in [1, 2, 3, 15, 16, 17, 256, 1000, 40_000] {
            let mut rng = Rng::new(levels);
            let mut sorted: Vec<f32> = (0..levels).map(|_| rng.normal() as f32).collect();
            sorted.sort_unstable_by(f32::total_cmp);
            sorted.dedup();
            let encoder = Nearest::new(&sorted);
            let mut values = hard_values(encoder.boundaries());
            // Long enough for a table.
            values.extend((0..LONG).map(|_| rng.normal() as f32));
            let mut codes = vec![0_u16; values.len()];
            encoder.encode(&values, &mut codes);
            for (&value, &code) in values.iter().zip(&codes) {
                assert_eq!(u32::from(code), encoder.level(value), "{levels} levels, {value}");
                if value.is_finite() && levels <= 1000 {
                    let error = |level: f32| (f64::from(value) - f64::from(level)).abs();
                    let least = sorted.iter().map(|&level| error(level)).fold(f64::INFINITY, f64::min);
                    assert_eq!(error(sorted[usize::from(code)]), least, "{value} is not on its nearest level");
                }
            }
            let finite: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
            let encoder = Encoder::Nearest(encoder);
            for values in [values, finite] {
                check_measure::<u16>(&encoder, &values, |code| sorted[code]);
                if levels <= 256 {
                    check_measure::<u8>(&encoder, &values, |code| sorted[code]);
                }
            }
        }
    }

    #[test]
    fn a_weight_in_the_middle_goes_down() {
        let encoder = Nearest::new(&[0.0, 1.0, 3.0]);
        assert_eq!([0.5, 0.500_001, 2.0, 2.1].map(|value| encoder.level(value)), [0, 1, 1, 2]);
    }
}
