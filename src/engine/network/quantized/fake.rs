//! Fake quantization: float32 arithmetic on values that lie on their grids.

use super::super::Activations;
use super::super::data::{Dataset, Normalization};
use super::super::evaluate::{Evaluation, answers, check, check_scores, winners};
use super::super::graph::{Network, Parameter};
use super::super::ops::flat_mut;
use super::super::run::{Mode, Tape, forward};
use super::super::weights::{QuantizedWeights, quantize_weights};
use super::IntegerScheme;
use super::calibration::{Grids, Prepared, unfit};
use super::integer::build;
use super::roles::Role;
use crate::engine::Progress;
use crate::engine::quantize::{Linear, Per, QuantizeError, Scheme};

/// A network whose weights, and activations where asked for, are rounded.
#[derive(Clone, Debug)]
pub struct FakeQuantized {
    /// The folded network with reconstructed weights, and their size.
    pub weights: QuantizedWeights,
    normalization: Normalization,
    roles: Vec<Role>,
    grids: Option<Grids>,
}

impl FakeQuantized {
    /// Rounds weights by what `scheme_of` gives each, and activations by `activations`; biases stay in float32.
    ///
    /// # Errors
    /// A scheme that does not fit a layer, activations that do not share one scale a tensor; or cancelled.
    pub fn new(
        prepared: &Prepared,
        scheme_of: impl Fn(&Parameter) -> Option<Scheme> + Sync,
        activations: Option<&Linear>,
        progress: &dyn Progress,
    ) -> Result<Self, QuantizeError> {
        let weights = quantize_weights(&prepared.network, scheme_of, progress)?;
        let roles = prepared.roles.clone();
        Self { weights, normalization: prepared.normalization, roles, grids: None }
            .with_activations(prepared, activations)
    }

    /// What an integer network computes, in float32: weights and activations on the grids of `scheme`, and biases rounded to S_W S_X as
    /// int32 holds them. At few bits that step is wide: a bias in float32 would differ from it by more than the arithmetic does.
    ///
    /// # Errors
    /// A layer that the scheme does not fit or whose bias does not fit int32, by its name; or cancelled.
    pub fn of_integers(
        prepared: &Prepared,
        scheme: &IntegerScheme,
        progress: &dyn Progress,
    ) -> Result<Self, QuantizeError> {
        let (weights, activations) = (scheme.weight_scheme(), scheme.activation_linear());
        let mut fake = Self::new(prepared, |_| Some(weights.clone()), Some(&activations), progress)?;
        let (network, grids) = (&prepared.network, prepared.grids(&activations));
        for node in &network.nodes {
            let Some((index, _)) = network.part(node, "bias") else { continue };
            let Some(input) = grids.of(node.inputs[0], &prepared.roles) else { continue };
            let layer = build::codes(network, node, &weights, progress)?;
            let biases = build::biases(network, node, &layer, &input)
                .map_err(|error| unfit(format!("layer {}: {error}", node.name)))?;
            let rounded = biases.iter().map(|bias| (f64::from(bias.code) * bias.scale) as f32);
            fake.weights.network.parameters[index].values = rounded.collect();
        }
        Ok(fake)
    }

    /// The same weights with other activations.
    ///
    /// # Errors
    /// Activations that do not share one scale a tensor.
    pub fn with_activations(&self, prepared: &Prepared, activations: Option<&Linear>) -> Result<Self, QuantizeError> {
        if activations.is_some_and(|linear| linear.per != Per::Tensor) {
            let reason =
                "activations share one scale a tensor: scales that differ within a sum cannot be taken out of it";
            return Err(unfit(reason));
        }
        Ok(Self { grids: activations.map(|linear| prepared.grids(linear)), ..self.clone() })
    }

    /// The network that is run.
    pub fn network(&self) -> &Network {
        &self.weights.network
    }

    /// Every output of a shard `[channels, images, height, width]`, rounded where a grid is.
    pub fn run(&self, input: &Activations) -> Tape {
        let Some(grids) = &self.grids else {
            return forward(self.network(), input, Mode::Evaluate, |_, _| {});
        };
        let mut input = input.clone();
        grids.input.round(flat_mut(&mut input));
        forward(self.network(), &input, Mode::Evaluate, |place, output| {
            if let (true, Some(grid)) = (self.roles[place].has_grid(), grids.outputs[place]) {
                grid.round(flat_mut(output));
            }
        })
    }

    /// Runs all pictures.
    ///
    /// # Errors
    /// Pictures that do not fit; scores that are no numbers; or cancelled.
    pub fn evaluate(&self, data: &Dataset, progress: &dyn Progress) -> Result<Evaluation, QuantizeError> {
        check(self.network(), data).map_err(unfit)?;
        answers(data, progress, |places| {
            let tape = self.run(&data.shard(places, self.normalization));
            check_scores(tape.scores()).map_err(unfit)?;
            Ok(winners(tape.scores()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::digits::{Split, draw};
    use super::super::super::{Normalization, evaluate, initialize, zoo};
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn sixteen_bits_answer_as_float32_and_one_bit_does_not() {
        let mut network = zoo::find("lenet-5").unwrap().network().unwrap();
        initialize(&mut network, 4);
        let data = draw(Split::Test, 0, 96);
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 64));
        let float = evaluate(&network, &data, Normalization::default(), &Silent).unwrap().unwrap();
        let with = |bits: u8| {
            let activations = Linear { bits, ..IntegerScheme::default().activation_linear() };
            FakeQuantized::new(&prepared, |_| None, Some(&activations), &Silent)
                .unwrap()
                .evaluate(&data, &Silent)
                .unwrap()
        };
        let changed = |bits| with(bits).answers.iter().zip(&float.answers).filter(|(a, b)| a != b).count();
        assert_eq!(changed(16), 0);
        assert!(changed(1) > 0);
        let none = FakeQuantized::new(&prepared, |_| None, None, &Silent).unwrap();
        assert_eq!(none.evaluate(&data, &Silent).unwrap(), float);
    }

    #[test]
    fn activations_of_many_scales_are_refused() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 4);
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 20));
        let activations = Linear { per: Per::Channel(0), ..IntegerScheme::default().activation_linear() };
        let refused = FakeQuantized::new(&prepared, |_| None, Some(&activations), &Silent).unwrap_err();
        assert!(refused.to_string().contains("one scale a tensor"));
    }
}
