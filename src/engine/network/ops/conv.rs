//! Convolution: by tiles in registers where the steps are one, else as one matrix product, where windows become columns
//! (Chellapilla et al. 2006).

use super::super::Activations;
use super::super::infer::windows;
use super::super::matmul::{Matrix, matmul};
use super::direct::{Image, LEAST_WIDTH, Packed};
use super::{flat, flat_mut};

/// The geometry of a convolution. Sizes are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Step from window to window.
    pub stride: [usize; 2],
    /// Zeros around the input.
    pub padding: [usize; 2],
    /// Step from weight to weight.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

impl Geometry {
    /// Height and width of the output; shapes were checked when the network was made.
    fn output(self, height: usize, width: usize) -> [usize; 2] {
        let along = |axis: usize, size| {
            windows(size, self.kernel[axis], self.stride[axis], self.padding[axis], self.dilation[axis], false)
        };
        [along(0, height).unwrap_or(0), along(1, width).unwrap_or(0)]
    }
}

/// Runs of one kernel row over one output row: where the window's column falls inside the picture.
struct Span {
    /// First output column whose input column lies inside.
    start: usize,
    /// One past the last.
    end: usize,
    /// The input column of `start`.
    from: usize,
}

fn span(geometry: Geometry, column: usize, width: usize, out_width: usize) -> Span {
    let (stride, padding) = (geometry.stride[1], geometry.padding[1]);
    let offset = column * geometry.dilation[1];
    let start = padding.saturating_sub(offset).div_ceil(stride).min(out_width);
    let end = (width + padding).saturating_sub(offset).div_ceil(stride).min(out_width).max(start);
    Span { start, end, from: (start * stride + offset).saturating_sub(padding) }
}

/// Walks all rows of the column matrix of one group: for every kernel position and image row, the output row and the input row that
/// it looks at, if any.
fn walk(geometry: Geometry, input: [usize; 4], mut visit: impl FnMut(usize, Option<usize>, Span)) {
    let [channels, images, height, width] = input;
    let [out_height, out_width] = geometry.output(height, width);
    let [kernel_height, kernel_width] = geometry.kernel;
    let mut target = 0;
    for channel in 0..channels {
        for row in 0..kernel_height {
            for column in 0..kernel_width {
                for image in 0..images {
                    for out_row in 0..out_height {
                        let from_row = (out_row * geometry.stride[0] + row * geometry.dilation[0])
                            .checked_sub(geometry.padding[0])
                            .filter(|from_row| *from_row < height);
                        let source = from_row.map(|from_row| ((channel * images + image) * height + from_row) * width);
                        visit(target, source, span(geometry, column, width, out_width));
                        target += out_width;
                    }
                }
            }
        }
    }
}

/// Windows as columns: `[channels · kernel, images · output]`. `input` is one group, `[channels, images, height, width]`.
fn to_columns(geometry: Geometry, shape: [usize; 4], input: &[f32], columns: &mut [f32]) {
    let out_width = geometry.output(shape[2], shape[3])[1];
    let stride = geometry.stride[1];
    walk(geometry, shape, |target, source, span| {
        let row = &mut columns[target..target + out_width];
        let Some(source) = source else { return row.fill(0.0) };
        row[..span.start].fill(0.0);
        row[span.end..].fill(0.0);
        let inside = &mut row[span.start..span.end];
        if inside.is_empty() {
            return;
        }
        let from = &input[source + span.from..];
        if stride == 1 {
            inside.copy_from_slice(&from[..inside.len()]);
        } else {
            inside.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from);
        }
    });
}

/// The adjoint of [`to_columns`]: adds every column's value to where it came from.
fn from_columns(geometry: Geometry, shape: [usize; 4], columns: &[f32], input: &mut [f32]) {
    let stride = geometry.stride[1];
    walk(geometry, shape, |target, source, span| {
        let Some(source) = source else { return };
        let inside = &columns[target + span.start..target + span.end];
        if inside.is_empty() {
            return;
        }
        let to = &mut input[source + span.from..];
        to.iter_mut().step_by(stride).zip(inside).for_each(|(to, from)| *to += from);
    });
}

/// y = W ∗ x + b. `weight` is `[out, in / groups, height, width]`; the result is `[out, images, height, width]`.
pub fn forward(
    geometry: Geometry,
    input: &Activations,
    weight: &[f32],
    bias: Option<&[f32]>,
    out: usize,
) -> Activations {
    let (_, images, height, width) = input.dim();
    let [out_height, out_width] = geometry.output(height, width);
    let mut output = Activations::zeros((out, images, out_height, out_width));
    if geometry.stride == [1, 1] && out_width >= LEAST_WIDTH {
        by_tiles(geometry, input, weight, bias, &mut output);
    } else {
        by_columns(geometry, input, weight, bias, &mut output);
    }
    output
}

/// Image by image, without columns; steps of one only.
fn by_tiles(geometry: Geometry, input: &Activations, weight: &[f32], bias: Option<&[f32]>, output: &mut Activations) {
    let (channels, images, height, width) = input.dim();
    let (out, _, out_height, out_width) = output.dim();
    let (group_in, group_out) = (channels / geometry.groups, out / geometry.groups);
    let inner = group_in * geometry.kernel[0] * geometry.kernel[1];
    let (plane, step) = (images * height * width, images * out_height * out_width);
    let mut padded = Vec::new();
    for group in 0..geometry.groups {
        let weight = &weight[group * group_out * inner..(group + 1) * group_out * inner];
        let bias = bias.map(|bias| &bias[group * group_out..(group + 1) * group_out]);
        let packed = Packed::new(weight, bias, [group_out, group_in], geometry.kernel, geometry.dilation);
        for image in 0..images {
            let source = &flat(input)[group * group_in * plane + image * height * width..];
            let size = [out_height, out_width];
            let from = if geometry.padding == [0, 0] {
                Image { input: source, plane, width, output: size }
            } else {
                pad(geometry.padding, source, [group_in, height, width], plane, &mut padded)
            };
            let target = &mut flat_mut(output)[group * group_out * step + image * out_height * out_width..];
            packed.run(Image { output: size, ..from }, target, step);
        }
    }
}

/// One image with zeros around it.
fn pad<'a>(
    padding: [usize; 2],
    source: &[f32],
    [channels, height, width]: [usize; 3],
    plane: usize,
    padded: &'a mut Vec<f32>,
) -> Image<'a> {
    let wide = width + 2 * padding[1];
    let size = (height + 2 * padding[0]) * wide;
    padded.clear();
    padded.resize(channels * size, 0.0);
    for channel in 0..channels {
        for row in 0..height {
            let to = channel * size + (row + padding[0]) * wide + padding[1];
            let from = channel * plane + row * width;
            padded[to..to + width].copy_from_slice(&source[from..from + width]);
        }
    }
    Image { input: padded, plane: size, width: wide, output: [0, 0] }
}

/// As one matrix product a group.
fn by_columns(geometry: Geometry, input: &Activations, weight: &[f32], bias: Option<&[f32]>, output: &mut Activations) {
    let (channels, images, height, width) = input.dim();
    let (out, _, out_height, out_width) = output.dim();
    let places = images * out_height * out_width;
    let (group_in, group_out) = (channels / geometry.groups, out / geometry.groups);
    let inner = group_in * geometry.kernel[0] * geometry.kernel[1];
    let mut columns = vec![0.0; inner * places];
    for group in 0..geometry.groups {
        let source = &flat(input)[group * group_in * images * height * width..];
        to_columns(geometry, [group_in, images, height, width], source, &mut columns);
        let target = &mut flat_mut(output)[group * group_out * places..][..group_out * places];
        if let Some(bias) = bias {
            let bias = &bias[group * group_out..];
            target.chunks_exact_mut(places.max(1)).zip(bias).for_each(|(row, bias)| row.fill(*bias));
        }
        let weight = Matrix::new(&weight[group * group_out * inner..], group_out, inner);
        matmul(target, weight, Matrix::new(&columns, inner, places), bias.is_some());
    }
}

/// Gradients of weight and bias, added to what is there, and of the input where it is asked for.
pub fn backward(
    geometry: Geometry,
    input: &Activations,
    weight: &[f32],
    above: &Activations,
    (weight_gradient, bias_gradient): (&mut [f32], Option<&mut [f32]>),
    with_input: bool,
) -> Option<Activations> {
    let (channels, images, height, width) = input.dim();
    let (out, _, out_height, out_width) = above.dim();
    let places = images * out_height * out_width;
    let (group_in, group_out) = (channels / geometry.groups, out / geometry.groups);
    let inner = group_in * geometry.kernel[0] * geometry.kernel[1];
    let mut columns = vec![0.0; inner * places];
    let mut below = with_input.then(|| Activations::zeros(input.dim()));
    for group in 0..geometry.groups {
        let shape = [group_in, images, height, width];
        let start = group * group_in * images * height * width;
        to_columns(geometry, shape, &flat(input)[start..], &mut columns);
        let above = Matrix::new(&flat(above)[group * group_out * places..], group_out, places);
        let range = group * group_out * inner..(group + 1) * group_out * inner;
        matmul(&mut weight_gradient[range.clone()], above, Matrix::new(&columns, inner, places).transposed(), true);
        if let Some(below) = &mut below {
            matmul(&mut columns, Matrix::new(&weight[range], group_out, inner).transposed(), above, false);
            from_columns(geometry, shape, &columns, &mut flat_mut(below)[start..]);
        }
    }
    if let Some(bias) = bias_gradient {
        super::add_row_sums(bias, flat(above), places);
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// The definition, term by term.
    fn by_definition(g: Geometry, input: &Activations, weight: &[f32], bias: &[f32], out: usize) -> Activations {
        let (channels, images, height, width) = input.dim();
        let [out_height, out_width] = g.output(height, width);
        let (group_in, group_out) = (channels / g.groups, out / g.groups);
        Activations::from_shape_fn((out, images, out_height, out_width), |(o, image, y, x)| {
            let mut sum = f64::from(bias[o]);
            for channel in 0..group_in {
                for row in 0..g.kernel[0] {
                    for column in 0..g.kernel[1] {
                        let at = |place: usize, k: usize, axis: usize, size: usize| {
                            (place * g.stride[axis] + k * g.dilation[axis])
                                .checked_sub(g.padding[axis])
                                .filter(|i| *i < size)
                        };
                        if let (Some(i), Some(j)) = (at(y, row, 0, height), at(x, column, 1, width)) {
                            let place = ((o * group_in + channel) * g.kernel[0] + row) * g.kernel[1] + column;
                            let from = input[(o / group_out * group_in + channel, image, i, j)];
                            sum += f64::from(weight[place]) * f64::from(from);
                        }
                    }
                }
            }
            sum as f32
        })
    }

    #[test]
    fn every_geometry_gives_the_definitions_sums() {
        let mut rng = Rng::new(5);
        let cases = [
            ([3, 3], [1, 1], [0, 0], [1, 1], 1),
            ([3, 3], [1, 1], [1, 1], [1, 1], 2),
            ([2, 3], [2, 1], [1, 2], [1, 1], 1),
            ([3, 3], [2, 3], [2, 1], [2, 2], 4),
            ([1, 1], [1, 1], [0, 0], [1, 1], 1),
            ([3, 2], [1, 1], [3, 2], [1, 1], 1),
            ([2, 3], [1, 1], [1, 4], [2, 2], 2),
            ([5, 1], [3, 2], [2, 0], [1, 3], 2),
        ];
        for (kernel, stride, padding, dilation, groups) in cases {
            let g = Geometry { kernel, stride, padding, dilation, groups };
            let out = 12;
            let input = Activations::from_shape_fn((4, 3, 7, 11), |_| rng.normal() as f32);
            let weight: Vec<f32> = (0..out * 4 / groups * kernel[0] * kernel[1]).map(|_| rng.normal() as f32).collect();
            let bias: Vec<f32> = (0..out).map(|_| rng.normal() as f32).collect();
            let found = forward(g, &input, &weight, Some(&bias), out);
            let expected = by_definition(g, &input, &weight, &bias, out);
            assert_eq!(found.dim(), expected.dim());
            let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{g:?}: {worst}");
        }
    }
}
