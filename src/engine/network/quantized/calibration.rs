//! What activations range over, measured on pictures.

use rayon::prelude::*;

use super::super::data::{Dataset, Normalization};
use super::super::evaluate::check;
use super::super::fold::fold;
use super::super::graph::{Network, Source};
use super::super::ops::flat;
use super::super::run::{Mode, forward};
use super::super::{Activations, SHARD};
use super::roles::{Role, roles};
use crate::engine::Progress;
use crate::engine::integer::Grid;
use crate::engine::quantize::{Linear, QuantizeError, linear};
use crate::engine::tensor::Summary;

/// Pictures that ranges are measured on where nothing else is said.
pub const CALIBRATION: usize = 256;

/// A network without batch normalization, with everything that is known about its activations.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The folded network.
    pub network: Network,
    /// What it takes of a byte.
    pub normalization: Normalization,
    /// Pictures that the ranges were measured on.
    pub pictures: usize,
    pub(super) roles: Vec<Role>,
    /// The values of the input.
    input: Summary,
    /// The values of every output that has a grid of its own.
    outputs: Vec<Option<Summary>>,
}

/// The input of a shard, and its outputs that have a grid of their own.
type Shard = (Activations, Vec<Activations>);

/// The grid of the input and of every output, where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grids {
    pub input: Grid,
    pub outputs: Vec<Option<Grid>>,
}

impl Prepared {
    /// Measured quietly, on bytes as they are.
    #[cfg(test)]
    pub(super) fn quietly(network: &Network, pictures: &Dataset) -> Self {
        Self::new(network, Normalization::default(), pictures, &crate::engine::Silent).unwrap()
    }

    /// Folds the network and runs the pictures through it.
    ///
    /// # Errors
    /// A normalization that cannot be folded; pictures that do not fit or of which there is none; an activation that is not finite; or
    /// cancelled.
    pub fn new(
        network: &Network,
        normalization: Normalization,
        pictures: &Dataset,
        progress: &dyn Progress,
    ) -> Result<Self, QuantizeError> {
        network.check_layered().map_err(unfit)?;
        check(network, pictures).map_err(unfit)?;
        if pictures.is_empty() {
            return Err(QuantizeError::Unfit(format!("{} holds no pictures to measure ranges on", pictures.name)));
        }
        let folded = fold(network).map_err(unfit)?;
        let roles = roles(&folded).map_err(unfit)?;
        let places: Vec<usize> = (0..pictures.len()).collect();
        let kept: Vec<bool> = roles.iter().map(|role| role.has_grid()).collect();
        let shards: Vec<Shard> = places
            .par_chunks(SHARD)
            .map(|places| {
                progress.check()?;
                let input = pictures.shard(places, normalization);
                let outputs = forward(&folded, &input, Mode::Evaluate, |_, _| {}).outputs;
                let outputs = outputs.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(output, _)| output);
                Ok((input, outputs.collect()))
            })
            .collect::<Result<_, QuantizeError>>()?;
        let summary = |name: &str, of: &dyn Fn(&Shard) -> &Activations| {
            let values: Vec<f32> = shards.iter().flat_map(|shard| flat(of(shard))).copied().collect();
            if let Some(wrong) = values.iter().find(|value| !value.is_finite()) {
                return Err(QuantizeError::Unfit(format!("an activation of {name} is {wrong}; it has no range")));
            }
            Ok(Summary::of(&values, progress)?)
        };
        let input = summary("the input", &|shard| &shard.0)?;
        let mut outputs = Vec::with_capacity(roles.len());
        let mut next = 0;
        for (node, kept) in folded.nodes.iter().zip(&kept) {
            outputs.push(if *kept {
                next += 1;
                Some(summary(&node.name, &|shard| &shard.1[next - 1])?)
            } else {
                None
            });
        }
        Ok(Self { network: folded, normalization, pictures: pictures.len(), roles, input, outputs })
    }

    /// What is known of the values of a node's output; `None` where it has no grid of its own.
    pub fn activations(&self, node: &str) -> Option<&Summary> {
        let place = self.network.nodes.iter().position(|found| found.name == node)?;
        self.outputs[place].as_ref()
    }

    /// The grids that a quantizer of activations chooses.
    pub(super) fn grids(&self, activations: &Linear) -> Grids {
        let grid = |summary: &Summary| Grid::from(&linear::derive_summary(activations, summary));
        let mut outputs: Vec<Option<Grid>> = Vec::with_capacity(self.roles.len());
        let input = grid(&self.input);
        for (place, node) in self.network.nodes.iter().enumerate() {
            outputs.push(match (&self.outputs[place], self.roles[place]) {
                (Some(summary), _) => Some(grid(summary)),
                (None, Role::Keeps) => match node.inputs[0] {
                    Source::Input => Some(input),
                    Source::Node(before) => outputs[before],
                },
                (None, _) => None,
            });
        }
        Grids { input, outputs }
    }
}

impl Grids {
    /// The grid of what a node takes, with its fused rectifier; `None` for class scores.
    pub fn of(&self, source: Source, roles: &[Role]) -> Option<Grid> {
        match source {
            Source::Input => Some(self.input),
            Source::Node(place) => match roles[place] {
                Role::Fused { into } => self.outputs[into],
                _ => self.outputs[place],
            },
        }
    }
}

/// A network that does not fit, as one line.
pub(super) fn unfit(error: impl std::fmt::Display) -> QuantizeError {
    QuantizeError::Unfit(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::super::digits::{Split, draw};
    use super::super::super::{initialize, zoo};
    use super::super::IntegerScheme;
    use super::*;
    use crate::engine::Silent;

    fn prepared() -> Prepared {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 4);
        Prepared::quietly(&network, &draw(Split::Train, 0, 60))
    }

    #[test]
    fn bytes_are_their_own_codes() {
        let scheme = IntegerScheme::default();
        let grids = prepared().grids(&scheme.activation_linear());
        assert_eq!((grids.input.zero_point, grids.input.q_min), (-128, -128));
        for byte in 0..=255_u8 {
            assert_eq!(grids.input.quantize(f32::from(byte) / 255.0), i32::from(byte) - 128);
        }
    }

    #[test]
    fn a_rectified_range_begins_at_zero_and_clipping_narrows_it() {
        let prepared = prepared();
        let grid = |text: &str| {
            let scheme: IntegerScheme = text.parse().unwrap();
            prepared.grids(&scheme.activation_linear()).outputs[2].unwrap()
        };
        let whole = grid("w8a8");
        assert_eq!(whole.zero_point, -128);
        for text in ["w8a8,clip=percentile:99", "w8a4,clip=mse", "w8a4,clip=kl"] {
            let codes = grid(text);
            let reach = |grid: &Grid| grid.dequantize(grid.q_max);
            assert!(reach(&codes) < reach(&whole), "{text}");
        }
        assert!(prepared.activations("relu1").is_some() && prepared.activations("ip1").is_none());
    }

    #[test]
    fn pictures_that_do_not_fit_are_refused() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 4);
        let none = draw(Split::Train, 0, 0);
        let refused = |network: &Network, data: &Dataset| {
            Prepared::new(network, Normalization::default(), data, &Silent).unwrap_err().to_string()
        };
        assert!(refused(&network, &none).contains("no pictures"));
        network.parameters[0].values[5] = f32::NAN;
        assert!(refused(&network, &draw(Split::Train, 0, 20)).contains("an activation of relu1 is NaN"));
    }
}
