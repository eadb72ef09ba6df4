//! Convolutions with few rows a group (depthwise ones above all): plane by plane, since a tile would be mostly empty.

use rayon::prelude::*;

use crate::engine::integer::{Geometry, Shape4};
use crate::engine::simd::multiversion;

/// With fewer rows a group than this a convolution goes plane by plane.
pub(super) const FEW_ROWS: usize = 4;

/// Adds the convolution of codes to `out`, \[images, rows, output height, output width\]. `depth` is the number of weights a row.
#[expect(clippy::too_many_arguments, reason = "sizes that belong together only here")]
pub(super) fn convolve(
    weights: &[i8],
    depth: usize,
    input: &[i32],
    shape: Shape4,
    geometry: &Geometry,
    output: [usize; 2],
    pad: i32,
    out: &mut [i32],
) {
    let [_, channels, height, width] = shape;
    let rows = weights.len() / depth.max(1);
    let (per_group, rows_per_group) = (channels / geometry.groups, rows / geometry.groups);
    let [top, left, bottom, right] = geometry.padding;
    let (padded_height, padded_width) = (height + top + bottom, width + left + right);
    out.par_chunks_mut((output[0] * output[1]).max(1)).enumerate().for_each(|(number, sums)| {
        let (image, row) = (number / rows, number % rows);
        let group = row / rows_per_group;
        let mut padded = vec![pad; padded_height * padded_width];
        for channel in 0..per_group {
            let plane = (image * channels + group * per_group + channel) * height * width;
            for y in 0..height {
                let start = (y + top) * padded_width + left;
                padded[start..start + width].copy_from_slice(&input[plane + y * width..plane + (y + 1) * width]);
            }
            for tap in 0..geometry.kernel[0] * geometry.kernel[1] {
                let (ky, kx) =
                    (tap / geometry.kernel[1] * geometry.dilation[0], tap % geometry.kernel[1] * geometry.dilation[1]);
                let weight = i32::from(weights[row * depth + channel * geometry.kernel[0] * geometry.kernel[1] + tap]);
                for (y, sums) in sums.chunks_mut(output[1]).enumerate() {
                    let line = &padded[(y * geometry.stride[0] + ky) * padded_width + kx..];
                    accumulate(sums, line, geometry.stride[1], weight);
                }
            }
        }
    });
}

multiversion! {
    /// sums\[x\] += weight · line\[x · stride\].
    fn accumulate(sums: &mut [i32], line: &[i32], stride: usize, weight: i32) {
        if stride == 1 {
            for (sum, &value) in sums.iter_mut().zip(line) {
                *sum += weight * value;
            }
        } else {
            for (sum, &value) in sums.iter_mut().zip(line.iter().step_by(stride)) {
                *sum += weight * value;
            }
        }
    }
}

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
