//! Convolution with steps of one, without columns: tiles of output stay in registers while the taps go by.
//!
//! An output row is cut into vectors of [`LANES`] columns; the last one reaches back over its neighbour where the width is no multiple.
//! A tile is a few such vectors times [`CHANNELS`] output channels, whose sums stay in registers that every tap multiplies and adds to, with
//! one rounding a tap (FMA): [`WIDE`] vectors, two a register, where the processor has AVX-512, else [`VECTORS`] in AVX2 registers. Both
//! give the same bits. Elsewhere the plain twin runs.

/// Columns of a vector.
const LANES: usize = 8;
/// Vectors of a tile in AVX2 registers: twelve of sixteen hold sums.
const VECTORS: usize = 3;
/// Vectors of a tile in AVX-512 registers: sixteen of thirty-two hold two sums' vectors each.
const WIDE: usize = 8;
/// Output channels of a tile.
const CHANNELS: usize = 4;

/// One image of one group.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// Input from the image's first plane on.
    pub input: &'a [f32],
    /// From plane to plane of the input.
    pub plane: usize,
    /// Width of the input, padding included.
    pub width: usize,
    /// Height and width of the output; the width at least [`LEAST_WIDTH`].
    pub output: [usize; 2],
}

/// Narrower outputs have no whole vector.
pub const LEAST_WIDTH: usize = LANES;

/// Weights as the tiles want them: for each block of four output channels, tap by tap, the four weights beside each other.
pub struct Packed {
    weights: Vec<[f32; CHANNELS]>,
    bias: Vec<[f32; CHANNELS]>,
    /// Where each tap looks, from the output place's corner: plane, row and column of the input.
    taps: Vec<[usize; 3]>,
    out: usize,
}

impl Packed {
    /// Packs `[out, in, height, width]` weights; channels that are missing in the last block have weight 0.
    pub fn new(
        weight: &[f32],
        bias: Option<&[f32]>,
        [out, channels]: [usize; 2],
        kernel: [usize; 2],
        dilation: [usize; 2],
    ) -> Self {
        let count = channels * kernel[0] * kernel[1];
        let blocks = out.div_ceil(CHANNELS);
        let at = |values: &[f32], block: usize, step: usize, tap: usize| {
            std::array::from_fn(|channel| {
                let channel = block * CHANNELS + channel;
                if channel < out { values[channel * step + tap] } else { 0.0 }
            })
        };
        let weights = (0..blocks).flat_map(|block| (0..count).map(move |tap| at(weight, block, count, tap))).collect();
        let bias = (0..blocks).map(|block| bias.map_or([0.0; CHANNELS], |bias| at(bias, block, 1, 0))).collect();
        let taps = (0..count)
            .map(|tap| {
                let (row, column) = (tap / kernel[1] % kernel[0], tap % kernel[1]);
                [tap / (kernel[0] * kernel[1]), row * dilation[0], column * dilation[1]]
            })
            .collect();
        Self { weights, bias, taps, out }
    }

    /// Convolves one image: `output` begins at the image's first plane, `step` leads from plane to plane.
    ///
    /// # Panics
    /// If input or output are too short for the geometry, or the output is narrower than [`LEAST_WIDTH`].
    pub fn run(&self, image: Image<'_>, output: &mut [f32], step: usize) {
        let [height, width] = image.output;
        assert!(width >= LANES && height > 0, "an output of {height}×{width} has no whole vector");
        let offsets: Vec<usize> =
            self.taps.iter().map(|[plane, row, column]| plane * image.plane + row * image.width + column).collect();
        let farthest = offsets.iter().max().copied().unwrap_or(0) + (height - 1) * image.width + width;
        assert!(image.input.len() >= farthest, "the input ends before the last window");
        assert!(output.len() >= (self.out - 1) * step + height * width, "the output is too short");
        let starts: Vec<usize> = (0..width.div_ceil(LANES)).map(|vector| (vector * LANES).min(width - LANES)).collect();
        let places: Vec<[usize; 2]> = (0..height)
            .flat_map(|row| starts.iter().map(move |start| [row * image.width + start, row * width + start]))
            .collect();
        let work = Work { packed: self, input: image.input, offsets: &offsets, places: &places, step };
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the processor has both features.
            work.run(output, |weights, corners, bias| unsafe { work.tile_avx512(weights, corners, bias) });
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has both features.
            work.run(output, |weights, corners, bias| unsafe { work.tile_avx2(weights, corners, bias) });
            return;
        }
        work.run(output, |weights, corners: [usize; VECTORS], bias| work.tile(weights, corners, bias));
    }
}

/// What the tiles need of one image.
#[derive(Clone, Copy)]
struct Work<'a> {
    packed: &'a Packed,
    /// Long enough for every corner with every offset; [`Packed::run`] checks.
    input: &'a [f32],
    offsets: &'a [usize],
    /// Of every vector, its place in the input's and the output's plane.
    places: &'a [[usize; 2]],
    step: usize,
}

/// The sums of a tile.
type Tile<const N: usize> = [[[f32; LANES]; N]; CHANNELS];

impl Work<'_> {
    #[inline(always)]
    fn run<const N: usize>(
        &self,
        output: &mut [f32],
        tile: impl Fn(&[[f32; CHANNELS]], [usize; N], [f32; CHANNELS]) -> Tile<N>,
    ) {
        let taps = self.offsets.len();
        for (block, bias) in self.packed.bias.iter().enumerate() {
            let weights = &self.packed.weights[block * taps..(block + 1) * taps];
            for places in self.places.chunks(N) {
                // A short last tile computes its last vector more than once.
                let corners = std::array::from_fn(|vector| places[vector.min(places.len() - 1)][0]);
                let sums = tile(weights, corners, *bias);
                for (channel, sums) in sums.iter().enumerate().take(self.packed.out - block * CHANNELS) {
                    for (sums, place) in sums.iter().zip(places) {
                        let target = (block * CHANNELS + channel) * self.step + place[1];
                        output[target..target + LANES].copy_from_slice(sums);
                    }
                }
            }
        }
    }

    fn tile<const N: usize>(&self, weights: &[[f32; CHANNELS]], corners: [usize; N], bias: [f32; CHANNELS]) -> Tile<N> {
        let mut sums: Tile<N> = bias.map(|bias| [[bias; LANES]; N]);
        for (weights, offset) in weights.iter().zip(self.offsets) {
            for (sums, weight) in sums.iter_mut().zip(weights) {
                for (sums, corner) in sums.iter_mut().zip(corners) {
                    let inputs = &self.input[corner + offset..];
                    sums.iter_mut().zip(inputs).for_each(|(sum, input)| *sum += input * weight);
                }
            }
        }
        sums
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn tile_avx2(
        &self,
        weights: &[[f32; CHANNELS]],
        corners: [usize; VECTORS],
        bias: [f32; CHANNELS],
    ) -> Tile<VECTORS> {
        use std::arch::x86_64::{__m256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps};
        let mut sums: [[__m256; VECTORS]; CHANNELS] = [[_mm256_set1_ps(0.0); VECTORS]; CHANNELS];
        for channel in 0..CHANNELS {
            sums[channel] = [_mm256_set1_ps(bias[channel]); VECTORS];
        }
        let start = self.input.as_ptr();
        for (weights, offset) in weights.iter().zip(self.offsets) {
            // SAFETY: `Packed::run` has checked that the input reaches to the farthest corner with the farthest offset and a vector more.
            let inputs: [__m256; VECTORS] = unsafe {
                [
                    _mm256_loadu_ps(start.add(corners[0] + offset)),
                    _mm256_loadu_ps(start.add(corners[1] + offset)),
                    _mm256_loadu_ps(start.add(corners[2] + offset)),
                ]
            };
            for channel in 0..CHANNELS {
                let weight = _mm256_set1_ps(weights[channel]);
                for vector in 0..VECTORS {
                    sums[channel][vector] = _mm256_fmadd_ps(inputs[vector], weight, sums[channel][vector]);
                }
            }
        }
        let mut tile = [[[0.0; LANES]; VECTORS]; CHANNELS];
        for channel in 0..CHANNELS {
            for vector in 0..VECTORS {
                // SAFETY: the target has eight floats.
                unsafe { _mm256_storeu_ps(tile[channel][vector].as_mut_ptr(), sums[channel][vector]) };
            }
        }
        tile
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn tile_avx512(&self, weights: &[[f32; CHANNELS]], corners: [usize; WIDE], bias: [f32; CHANNELS]) -> Tile<WIDE> {
        use std::arch::x86_64::{
            __m512, _mm256_loadu_ps, _mm256_storeu_ps, _mm512_castps256_ps512, _mm512_castps512_ps256,
            _mm512_extractf32x8_ps, _mm512_fmadd_ps, _mm512_insertf32x8, _mm512_set1_ps,
        };
        const PAIRS: usize = WIDE / 2;
        let mut sums: [[__m512; PAIRS]; CHANNELS] = [[_mm512_set1_ps(0.0); PAIRS]; CHANNELS];
        for channel in 0..CHANNELS {
            sums[channel] = [_mm512_set1_ps(bias[channel]); PAIRS];
        }
        let start = self.input.as_ptr();
        for (weights, offset) in weights.iter().zip(self.offsets) {
            let mut inputs = [_mm512_set1_ps(0.0); PAIRS];
            for pair in 0..PAIRS {
                // SAFETY: `Packed::run` has checked that the input reaches to the farthest corner with the farthest offset and a vector more.
                let (low, high) = unsafe {
                    (
                        _mm256_loadu_ps(start.add(corners[2 * pair] + offset)),
                        _mm256_loadu_ps(start.add(corners[2 * pair + 1] + offset)),
                    )
                };
                inputs[pair] = _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high);
            }
            for channel in 0..CHANNELS {
                let weight = _mm512_set1_ps(weights[channel]);
                for pair in 0..PAIRS {
                    sums[channel][pair] = _mm512_fmadd_ps(inputs[pair], weight, sums[channel][pair]);
                }
            }
        }
        let mut tile = [[[0.0; LANES]; WIDE]; CHANNELS];
        for channel in 0..CHANNELS {
            for pair in 0..PAIRS {
                let sums = sums[channel][pair];
                // SAFETY: both targets have eight floats.
                unsafe {
                    _mm256_storeu_ps(tile[channel][2 * pair].as_mut_ptr(), _mm512_castps512_ps256(sums));
                    _mm256_storeu_ps(tile[channel][2 * pair + 1].as_mut_ptr(), _mm512_extractf32x8_ps::<1>(sums));
                }
            }
        }
        tile
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn all_tiles_give_the_same_sums() {
        if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
            println!("this processor has no AVX2: only the plain tile runs here, and there is nothing to compare");
            return;
        }
        let mut rng = Rng::new(8);
        let mut draw = |count: usize| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        let (input, weight) = (draw(2 * 10 * 14), draw(6 * 2 * 9));
        let packed = Packed::new(&weight, None, [6, 2], [3, 3], [1, 1]);
        let offsets: Vec<usize> =
            packed.taps.iter().map(|[plane, row, column]| plane * 140 + row * 14 + column).collect();
        let work = Work { packed: &packed, input: &input, offsets: &offsets, places: &[], step: 0 };
        let weights = &packed.weights[..offsets.len()];
        for corners in [[0, 4, 14], [4 + 7 * 14, 0, 3]] {
            let plain = work.tile(weights, corners, [0.5; CHANNELS]);
            // SAFETY: the processor has both features, and the corners lie inside.
            let fast = unsafe { work.tile_avx2(weights, corners, [0.5; CHANNELS]) };
            let pairs = plain.as_flattened().as_flattened().iter().zip(fast.as_flattened().as_flattened());
            // One rounding a tap instead of two: equal up to a few units in the last place of the largest term.
            pairs.for_each(|(plain, fast)| assert!((plain - fast).abs() < 1e-5, "{plain} {fast}"));
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                let wide_corners = [corners[0], corners[1], corners[2], 1, 2, 5, 15, 16];
                // SAFETY: the processor has both features, and the corners lie inside.
                let wide = unsafe { work.tile_avx512(weights, wide_corners, [0.5; CHANNELS]) };
                for (wide, fast) in wide.iter().zip(&fast) {
                    assert_eq!(wide[..VECTORS], fast[..], "the same bits");
                }
                let plain = work.tile(weights, wide_corners, [0.5; CHANNELS]);
                let pairs = plain.as_flattened().as_flattened().iter().zip(wide.as_flattened().as_flattened());
                pairs.for_each(|(plain, wide)| assert!((plain - wide).abs() < 1e-5, "{plain} {wide}"));
            }
        }
    }
}
