//! Layers of two inputs.

use ndarray::{Axis, Slice, concatenate};

use super::super::Activations;

/// The sum of two inputs of one shape; its gradient is that of the output, for both.
pub fn add(left: &Activations, right: &Activations) -> Activations {
    left + right
}

/// Two inputs behind each other along the channels.
pub fn concat(left: &Activations, right: &Activations) -> Activations {
    concatenate(Axis(0), &[left.view(), right.view()])
        .unwrap_or_else(|_| unreachable!("shapes were checked when the network was made"))
}

/// The gradients of the two inputs of [`concat()`].
pub fn split(above: &Activations, channels: usize) -> [Activations; 2] {
    let part = |slice| above.slice_axis(Axis(0), slice).to_owned();
    [part(Slice::from(..channels)), part(Slice::from(channels..))]
}
