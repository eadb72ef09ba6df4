//! Convolutions with few rows a group (depthwise ones above all): plane by plane, since a tile would be mostly empty.

use rayon::prelude::*;

use crate::engine::integer::{Geometry, Shape4};
use crate::engine::simd::multiversion;

/// With fewer rows a group than this a convolution goes plane by plane.
pub(super) const FEW_ROWS: usize = 4;

/// A number that planes are made of.
pub(super) trait Cell: Copy + Send + Sync {
    /// Adds Σ weight · line\[offset + x · stride\] over the taps to every sum.
    fn row(sums: &mut [Self], line: &[Self], stride: usize, taps: &[(Self, usize)]);
}

/// A convolution, ready to run.
pub(super) struct Direct<'a, T> {
    /// \[rows × depth\].
    pub weights: &'a [T],
    /// Weights of a row.
    pub depth: usize,
    /// Of the input.
    pub shape: Shape4,
    /// Kernel, steps, borders and groups.
    pub geometry: &'a Geometry,
    /// Height and width of the output.
    pub output: [usize; 2],
    /// What the border holds.
    pub pad: T,
}

impl<T: Cell> Direct<'_, T> {
    /// Adds the convolution of the input, cell by cell through `number`, to `out`, \[images, rows, output height, output width\].
    pub fn convolve<I: Copy + Sync>(&self, input: &[I], number: impl Fn(I) -> T + Sync, out: &mut [T]) {
        let Self { weights, depth, geometry, output, .. } = *self;
        let [_, channels, height, width] = self.shape;
        let rows = weights.len() / depth.max(1);
        let (per_group, rows_per_group) = (channels / geometry.groups, rows / geometry.groups);
        let [top, left, bottom, right] = geometry.padding;
        let (padded_height, padded_width) = (height + top + bottom, width + left + right);
        let taps_per_channel = geometry.kernel[0] * geometry.kernel[1];
        let offset = |tap: usize| {
            let (down, across) = (tap / geometry.kernel[1], tap % geometry.kernel[1]);
            down * geometry.dilation[0] * padded_width + across * geometry.dilation[1]
        };
        let plane = |padded: &mut Vec<T>, (at, sums): (usize, &mut [T])| {
            let (image, row) = (at / rows, at % rows);
            for channel in 0..per_group {
                let from = (image * channels + row / rows_per_group * per_group + channel) * height * width;
                for (y, cells) in input[from..from + height * width].chunks(width.max(1)).enumerate() {
                    let start = (y + top) * padded_width + left;
                    let cells = cells.iter().map(|&cell| number(cell));
                    padded[start..start + width].iter_mut().zip(cells).for_each(|(out, cell)| *out = cell);
                }
                let first = row * depth + channel * taps_per_channel;
                let taps: Vec<(T, usize)> =
                    (0..taps_per_channel).map(|tap| (weights[first + tap], offset(tap))).collect();
                for (y, sums) in sums.chunks_mut(output[1]).enumerate() {
                    T::row(sums, &padded[y * geometry.stride[0] * padded_width..], geometry.stride[1], &taps);
                }
            }
        };
        // The border is never written over, so that a worker's plane serves all its rows.
        let border = || vec![self.pad; padded_height * padded_width];
        out.par_chunks_mut((output[0] * output[1]).max(1)).enumerate().for_each_init(border, plane);
    }
}

macro_rules! cell {
    ($type:ty, $name:ident) => {
        impl Cell for $type {
            fn row(sums: &mut [Self], line: &[Self], stride: usize, taps: &[(Self, usize)]) {
                $name(sums, line, stride, taps);
            }
        }

        multiversion! {
            fn $name(sums: &mut [$type], line: &[$type], stride: usize, taps: &[($type, usize)]) {
                const LANES: usize = 8;
                /// Sums of this many registers wait for each other less, and share a tap's loading.
                const REGISTERS: usize = 4;
                /// All taps while the sums are in registers; returns where the last whole block ends.
                #[inline(always)]
                fn blocks<const N: usize>(
                    sums: &mut [$type], line: &[$type], taps: &[($type, usize)], from: usize,
                ) -> usize {
                    let (lanes, _) = sums[from..].as_chunks_mut::<LANES>();
                    let (blocks, _) = lanes.as_chunks_mut::<N>();
                    let mut x = from;
                    for sums in blocks {
                        let mut block = *sums;
                        for &(weight, offset) in taps {
                            let (values, _) = line[offset + x..offset + x + N * LANES].as_chunks::<LANES>();
                            for part in 0..N {
                                for lane in 0..LANES {
                                    block[part][lane] += weight * values[part][lane];
                                }
                            }
                        }
                        *sums = block;
                        x += N * LANES;
                    }
                    x
                }
                let mut x = 0;
                if stride == 1 {
                    x = blocks::<REGISTERS>(sums, line, taps, x);
                    x = blocks::<1>(sums, line, taps, x);
                }
                for (x, sum) in sums.iter_mut().enumerate().skip(x) {
                    for &(weight, offset) in taps {
                        *sum += weight * line[offset + x * stride];
                    }
                }
            }
        }
    };
}

cell!(i32, row_i32);
cell!(f32, row_f32);

#[cfg(test)]
mod tests {
    use crate::engine::integer::kernel::{ByteInput, Weights};
    use crate::engine::integer::{Convolution, Geometry, Grid, Layer, Matrix, Operand, PadCode};
    use crate::engine::rng::Rng;

    #[test]
    fn convolutions_of_every_geometry_are_the_explained_ones() {
        let mut rng = Rng::new(12);
        let plain = Geometry::square(3);
        let strange = Geometry { kernel: [2, 3], stride: [1, 2], padding: [0, 2, 1, 1], dilation: [2, 1], groups: 2 };
        for (geometry, channels, outputs) in [
            (plain.padded(1), 5, 9),
            (plain, 1, 1),
            (Geometry { stride: [2, 2], ..plain.padded(1) }, 8, 16),
            (strange, 6, 10),
            (strange, 6, 2),
            (Geometry { groups: 6, ..plain.padded(1) }, 6, 6),
            (Geometry { groups: 3, stride: [2, 3], dilation: [1, 2], ..plain.padded(2) }, 3, 6),
            (Geometry::square(1), 20, 12),
            (Geometry { padding: [9, 9, 9, 9], ..plain }, 2, 8),
        ] {
            let shape = [2, channels, 7, 9];
            let depth = channels / geometry.groups * geometry.kernel[0] * geometry.kernel[1];
            let mut draw = |count: usize| (0..count).map(|_| rng.bits() as i8).collect::<Vec<_>>();
            let (weights, input) = (draw(outputs * depth), draw(shape.iter().product()));
            let zero_point = -37;
            let grid = |zero| Grid::new(1.0, zero, -128, 127).unwrap();
            let codes = Matrix::new(outputs, depth, weights.iter().map(|&code| i32::from(code)).collect()).unwrap();
            let layer = Layer::new(Operand::new("W", codes, vec![grid(0)]).unwrap(), grid(0));
            let convolution = Convolution { layer, geometry, pad: PadCode::ZeroPoint };
            let whole: Vec<i32> = input.iter().map(|&code| i32::from(code)).collect();
            let explained = convolution.run(&whole, shape, grid(zero_point)).unwrap();
            // q_bias = −Z_X Σ q_W turns Σ w·x into Σ w (x − Z_X).
            let start: Vec<i32> = weights
                .chunks(depth)
                .map(|row| -zero_point * row.iter().map(|&code| i32::from(code)).sum::<i32>())
                .collect();
            let packed = Weights::for_kernel(outputs, depth, &geometry, &weights).unwrap();
            let fast = packed.convolve(ByteInput::Signed(&input), shape, &geometry, zero_point, &start).unwrap();
            let expected: Vec<i32> = explained.accumulators().iter().map(|&sum| sum as i32).collect();
            assert_eq!(fast, expected, "{geometry:?}");
        }
    }
}
