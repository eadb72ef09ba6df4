//! A network whose weights have been through a quantizer.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::graph::{Network, Parameter};
use crate::engine::coding::{Layout, Ledger};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{self, QuantizeError, Scheme};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress, Quiet};

/// What a quantizer did to one layer's weights.
#[derive(Clone, Debug)]
pub struct LayerReport {
    /// The parameter's name.
    pub name: String,
    /// What it was quantized by.
    pub scheme: Scheme,
    /// Number of weights.
    pub weights: usize,
    /// Errors.
    pub report: ErrorReport,
    /// What every bit of the packed weights is for.
    pub ledger: Ledger,
}

/// A network with reconstructed weights, and what that costs and saves.
#[derive(Clone, Debug)]
pub struct QuantizedWeights {
    /// The network; biases and batch normalization are as they were.
    pub network: Network,
    /// The layers that were quantized, in order.
    pub layers: Vec<LayerReport>,
    /// Bytes of all trained parameters, quantized weights packed and the others as float32.
    pub bytes: u64,
    /// Bytes of the same parameters as float32.
    pub float_bytes: u64,
}

impl QuantizedWeights {
    /// How many times smaller than float32.
    pub fn ratio(&self) -> f64 {
        self.float_bytes as f64 / self.bytes.max(1) as f64
    }
}

/// Quantizes every weight (trained, two or more axes) for which `scheme_of` gives a scheme.
///
/// # Errors
/// A scheme that does not fit a layer, by the layer's name; or cancelled.
pub fn quantize_weights(
    network: &Network,
    scheme_of: impl Fn(&Parameter) -> Option<Scheme> + Sync,
    progress: &dyn Progress,
) -> Result<QuantizedWeights, QuantizeError> {
    quantize_summarized(network, None, scheme_of, progress)
}

/// The summary of every weight of a network, in the order of its parameters; `None` for the parameters that are no weights.
///
/// # Errors
/// When cancelled.
pub fn summaries(network: &Network, progress: &dyn Progress) -> Result<Vec<Option<Summary>>, Cancelled> {
    let of = |parameter: &Parameter| match parameter.is_weight() {
        true => Summary::of(&parameter.values, progress).map(Some),
        false => Ok(None),
    };
    network.parameters.par_iter().map(of).collect()
}

/// [`quantize_weights`] for a network whose [`summaries`] are at hand, which saves a pass over the weights.
///
/// # Errors
/// As [`quantize_weights`].
pub fn quantize_summarized(
    network: &Network,
    summaries: Option<&[Option<Summary>]>,
    scheme_of: impl Fn(&Parameter) -> Option<Scheme> + Sync,
    progress: &dyn Progress,
) -> Result<QuantizedWeights, QuantizeError> {
    let mut quantized = network.clone();
    let (done, total) = (AtomicU64::new(0), network.weights() as u64);
    let of = |(index, parameter): (usize, &mut Parameter)| {
        let wanted = Some(&*parameter).filter(|parameter| parameter.is_weight());
        let Some(scheme) = wanted.and_then(&scheme_of) else { return Ok(None) };
        progress.check()?;
        let options = quantize::Options {
            summary: summaries.and_then(|summaries| summaries.get(index)).and_then(Option::as_ref),
            ..quantize::Options::default()
        };
        let fitted = quantize::quantize_with(&parameter.values, &parameter.shape, &scheme, &options, &Quiet(progress))
            .map_err(|error| named(error, &parameter.name))?;
        let layer = LayerReport {
            name: parameter.name.clone(),
            weights: parameter.values.len(),
            report: fitted.report,
            ledger: Layout::of(&fitted.quantized).ledger(),
            scheme,
        };
        parameter.values = fitted.quantized.reconstruct();
        let before = done.fetch_add(layer.weights as u64, Ordering::Relaxed);
        progress.tick(before + layer.weights as u64, total)?;
        Ok(Some(layer))
    };
    // Layers beside each other: a small one is fitted while a large one is encoded.
    let trained = quantized.parameters.par_iter_mut().enumerate().filter(|(_, parameter)| parameter.trained);
    let layers = trained.map(of).collect::<Result<Vec<_>, QuantizeError>>()?;
    let dense = |parameter: &Parameter| 4 * parameter.values.len() as u64;
    let trained = || quantized.parameters.iter().filter(|parameter| parameter.trained);
    let bytes = trained().zip(&layers).map(|(parameter, layer)| match layer {
        Some(layer) => layer.ledger.bytes(),
        None => dense(parameter),
    });
    let (bytes, float_bytes) = (bytes.sum(), trained().map(dense).sum());
    Ok(QuantizedWeights { layers: layers.into_iter().flatten().collect(), bytes, float_bytes, network: quantized })
}

fn named(error: QuantizeError, layer: &str) -> QuantizeError {
    match error {
        QuantizeError::Unfit(reason) => QuantizeError::Unfit(format!("layer {layer}: {reason}")),
        cancelled @ QuantizeError::Cancelled(_) => cancelled,
    }
}
