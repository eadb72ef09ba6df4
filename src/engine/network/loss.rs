//! Softmax with cross-entropy.

use super::Activations;
use super::ops::flat_mut;

/// Probabilities of the classes for every image: `scores` is `[classes, images, 1, 1]`.
pub fn softmax(scores: &Activations) -> Activations {
    let (classes, images, ..) = scores.dim();
    let mut probabilities = scores.clone();
    let values = flat_mut(&mut probabilities);
    for image in 0..images {
        let column = || (0..classes).map(|class| class * images + image);
        let largest = column().map(|place| values[place]).fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for place in column() {
            values[place] = (values[place] - largest).exp();
            sum += values[place];
        }
        for place in column() {
            values[place] /= sum;
        }
    }
    probabilities
}

/// The sum over the images of −ln p(label), and its gradient by the scores divided by `batch`, the images of the whole batch.
pub fn cross_entropy(scores: &Activations, labels: &[u16], batch: usize) -> (f64, Activations) {
    let mut gradient = softmax(scores);
    let images = scores.dim().1;
    let mut loss = 0.0;
    for (image, label) in labels.iter().enumerate() {
        let place = usize::from(*label) * images + image;
        let values = flat_mut(&mut gradient);
        // A probability too small for float32 has a loss all the same; what is no number stays none.
        let chance = values[place];
        loss -= f64::from(if chance.is_nan() { chance } else { chance.max(f32::MIN_POSITIVE) }).ln();
        values[place] -= 1.0;
    }
    let share = 1.0 / batch.max(1) as f32;
    gradient.mapv_inplace(|value| value * share);
    (loss, gradient)
}
