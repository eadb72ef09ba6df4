//! Accuracy at every pair of widths, of weights and of activations.

use super::super::evaluate::Evaluation;
use super::super::study::Subject;
use super::calibration::Prepared;
use super::fake::FakeQuantized;
use crate::engine::quantize::{Linear, QuantizeError, Scheme};
use crate::engine::{Progress, Quiet};

/// What is measured: fake-quantized, batch normalization folded. A width of `None` stays float32.
#[derive(Clone, Debug, PartialEq)]
pub struct WidthMap {
    /// The quantizer of the weights, at any width.
    pub weights: Scheme,
    /// Its widths, one a row; those that it cannot have are left out.
    pub weight_bits: Vec<Option<u32>>,
    /// The quantizer of the activations, at any width.
    pub activations: Linear,
    /// Its widths, one a column, 1…16.
    pub activation_bits: Vec<Option<u32>>,
    /// On the first so many pictures.
    pub pictures: usize,
}

/// One pair of widths.
#[derive(Clone, Debug, PartialEq)]
pub struct WidthCell {
    /// Bits of a weight.
    pub weight_bits: Option<u32>,
    /// Bits of an activation.
    pub activation_bits: Option<u32>,
    /// What was answered.
    pub evaluation: Evaluation,
}

/// Measures every pair, row by row; `found` hears each as soon as it is there.
///
/// # Errors
/// A scheme that does not fit a layer; or cancelled.
pub fn width_map(
    subject: &Subject,
    prepared: &Prepared,
    map: &WidthMap,
    progress: &dyn Progress,
    found: &mut dyn FnMut(&WidthCell),
) -> Result<Vec<WidthCell>, QuantizeError> {
    let data = subject.data.first(map.pictures);
    let total = (map.weight_bits.len() * map.activation_bits.len()) as u64;
    let mut cells = Vec::new();
    for (row, &weight_bits) in map.weight_bits.iter().enumerate() {
        let scheme = match weight_bits.map(|bits| map.weights.with_bits(bits)).transpose() {
            Ok(scheme) => scheme,
            Err(_) => continue,
        };
        let weights = FakeQuantized::new(prepared, |_| scheme.clone(), None, &Quiet(progress))?;
        for (column, &activation_bits) in map.activation_bits.iter().enumerate() {
            progress.tick((row * map.activation_bits.len() + column) as u64, total)?;
            let activations =
                activation_bits.map(|bits| Linear { bits: bits.clamp(1, 16) as u8, ..map.activations.clone() });
            let network = weights.with_activations(prepared, activations.as_ref())?;
            let evaluation = network.evaluate(&data, &Quiet(progress))?;
            let cell = WidthCell { weight_bits, activation_bits, evaluation };
            found(&cell);
            cells.push(cell);
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::super::super::digits::{Split, draw};
    use super::super::super::{Normalization, initialize, zoo};
    use super::super::IntegerScheme;
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn every_pair_is_measured_and_float_changes_nothing() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 4);
        let data = draw(Split::Test, 0, 60);
        let subject = Subject::new(network, Normalization::default(), data, &Silent).unwrap().unwrap();
        let prepared = Prepared::quietly(&subject.network, &draw(Split::Train, 0, 32));
        let map = WidthMap {
            weights: "linear:range=restricted".parse().unwrap(),
            weight_bits: vec![Some(1), Some(2), Some(8), None],
            activations: IntegerScheme::default().activation_linear(),
            activation_bits: vec![Some(1), Some(8), None],
            pictures: 50,
        };
        let mut heard = 0;
        let cells = width_map(&subject, &prepared, &map, &Silent, &mut |_| heard += 1).unwrap();
        // A restricted range has no single bit.
        assert_eq!((cells.len(), heard), (9, 9));
        let float = subject.float_on(50);
        let changed =
            |cell: &WidthCell| cell.evaluation.answers.iter().zip(&float.answers).filter(|(a, b)| a != b).count();
        let of = |weights, activations| {
            let is_it = |cell: &&WidthCell| cell.weight_bits == weights && cell.activation_bits == activations;
            changed(cells.iter().find(is_it).unwrap())
        };
        assert_eq!(of(None, None), 0);
        assert!(of(Some(2), Some(1)) > of(Some(8), Some(8)));
    }
}
