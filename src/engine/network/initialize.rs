//! Random weights to start from.

use super::graph::Network;
use crate::engine::rng::Rng;

/// Draws every weight from a normal distribution of variance 2 / fan-in (He et al. 2015); biases start at 0, batch normalization at
/// the identity. The same seed gives the same weights.
pub fn initialize(network: &mut Network, seed: u64) {
    let mut rng = Rng::new(seed);
    for parameter in network.parameters.iter_mut().filter(|parameter| parameter.is_weight()) {
        let fan_in: usize = parameter.shape[1..].iter().product();
        let deviation = (2.0 / fan_in.max(1) as f64).sqrt();
        parameter.values.iter_mut().for_each(|value| *value = (rng.normal() * deviation) as f32);
    }
}
