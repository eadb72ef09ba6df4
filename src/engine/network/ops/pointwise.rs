//! Rectifiers, and pixels to features.

use super::super::Activations;
use super::{flat, flat_mut};

/// min(max(x, 0), `ceiling`).
pub fn rectify(input: &Activations, ceiling: f32) -> Activations {
    // NaN goes on as NaN, so that a diverging run shows.
    input.mapv(|x| {
        if x < 0.0 {
            0.0
        } else if x > ceiling {
            ceiling
        } else {
            x
        }
    })
}

/// The gradient passes where the output is strictly between the bounds.
pub fn rectify_backward(output: &Activations, above: &Activations, ceiling: f32) -> Activations {
    let mut below = above.clone();
    let pairs = flat_mut(&mut below).iter_mut().zip(flat(output));
    pairs.for_each(|(gradient, y)| *gradient = if *y > 0.0 && *y < ceiling { *gradient } else { 0.0 });
    below
}

/// `[channels, images, height, width]` → `[channels · height · width, images, 1, 1]`.
pub fn flatten(input: &Activations) -> Activations {
    let (channels, images, height, width) = input.dim();
    let pixels = height * width;
    let mut output = Activations::zeros((channels * pixels, images, 1, 1));
    turn(flat(input), flat_mut(&mut output), [channels, images, pixels]);
    output
}

/// The way back of [`flatten`].
pub fn unflatten(above: &Activations, shape: (usize, usize, usize, usize)) -> Activations {
    let (channels, images, height, width) = shape;
    let mut below = Activations::zeros(shape);
    turn(flat(above), flat_mut(&mut below), [channels, height * width, images]);
    below
}

/// Transposes each of `blocks` matrices of rows × columns.
fn turn(from: &[f32], to: &mut [f32], [_blocks, rows, columns]: [usize; 3]) {
    let size = (rows * columns).max(1);
    for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(size)) {
        for (row, values) in from.chunks_exact(columns).enumerate() {
            values.iter().enumerate().for_each(|(column, value)| to[column * rows + row] = *value);
        }
    }
}
