//! The fully connected layer.

use super::super::Activations;
use super::super::matmul::{Matrix, matmul};
use super::{flat, flat_mut};

/// y = W x + b for every image. `weight` is `[out, in]`, `input` `[in, images, 1, 1]`.
pub fn forward(input: &Activations, weight: &[f32], bias: Option<&[f32]>, out: usize) -> Activations {
    let (features, images, ..) = input.dim();
    let mut output = Activations::zeros((out, images, 1, 1));
    let target = flat_mut(&mut output);
    if let Some(bias) = bias {
        target.chunks_exact_mut(images.max(1)).zip(bias).for_each(|(row, bias)| row.fill(*bias));
    }
    matmul(target, Matrix::new(weight, out, features), Matrix::new(flat(input), features, images), bias.is_some());
    output
}

/// Gradients of weight and bias, added to what is there, and of the input where it is asked for.
pub fn backward(
    input: &Activations,
    weight: &[f32],
    above: &Activations,
    weight_gradient: &mut [f32],
    bias_gradient: Option<&mut [f32]>,
    with_input: bool,
) -> Option<Activations> {
    let (features, images, ..) = input.dim();
    let out = above.dim().0;
    let above = Matrix::new(flat(above), out, images);
    matmul(weight_gradient, above, Matrix::new(flat(input), features, images).transposed(), true);
    if let Some(bias) = bias_gradient {
        super::add_row_sums(bias, above.values(), images);
    }
    with_input.then(|| {
        let mut below = Activations::zeros((features, images, 1, 1));
        matmul(flat_mut(&mut below), Matrix::new(weight, out, features).transposed(), above, false);
        below
    })
}
