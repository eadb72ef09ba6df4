//! How much noise reaches the output of each layer.

use super::super::fold::readers;
use super::super::graph::{Network, Op, Source};
use super::super::ops::flat;
use super::super::run::Tape;
use crate::engine::measure::ErrorSums;

/// The activations of one layer beside those of float32.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNoise {
    /// The layer's name.
    pub name: String,
    /// Signal-to-quantization-noise ratio of its output in dB; infinite where nothing differs, `None` where there is no signal.
    pub sqnr_db: Option<f64>,
}

/// The noise in the activations of every layer with weights, over the shards of a walk; the output is taken after the normalization and
/// the rectifier that belong to the layer. `float` and `other` run the same shard on networks whose layers have the same names.
pub fn layer_noise<S>(
    (float, of_float): (&Network, impl Fn(&S) -> Tape),
    (other, of_other): (&Network, impl Fn(&S) -> Tape),
    shards: impl Iterator<Item = S>,
) -> Vec<LayerNoise> {
    let ends = |network: &Network| -> Vec<(String, usize)> {
        let layers = network.nodes.iter().enumerate().filter(|(_, node)| network.part(node, "weight").is_some());
        let layers = layers.filter(|(_, node)| matches!(node.op, Op::Conv2d { .. } | Op::Linear { .. }));
        layers.map(|(place, node)| (node.name.clone(), end(network, place))).collect()
    };
    let (ends_float, ends_other) = (ends(float), ends(other));
    let pairs: Vec<(String, usize, usize)> = ends_float
        .into_iter()
        .filter_map(|(name, place)| {
            let (_, found) = ends_other.iter().find(|(other, _)| *other == name)?;
            Some((name, place, *found))
        })
        .collect();
    let mut sums = vec![ErrorSums::default(); pairs.len()];
    for shard in shards {
        let (float, other) = (of_float(&shard), of_other(&shard));
        for ((_, place, found), sums) in pairs.iter().zip(&mut sums) {
            sums.add_block(flat(&float.outputs[*place]), flat(&other.outputs[*found]));
        }
    }
    let noise = |((name, ..), sums): ((String, usize, usize), ErrorSums)| LayerNoise {
        name,
        sqnr_db: sums.report(0).sqnr_db(),
    };
    pairs.into_iter().zip(sums).map(noise).collect()
}

/// Where the normalization and the rectifier behind a layer end.
fn end(network: &Network, place: usize) -> usize {
    let next = network.nodes.iter().position(|node| {
        matches!(node.op, Op::BatchNorm { .. } | Op::Relu | Op::Relu6) && node.inputs[0] == Source::Node(place)
    });
    match next.filter(|_| readers(network, place) == 1) {
        Some(next) => end(network, next),
        None => place,
    }
}
