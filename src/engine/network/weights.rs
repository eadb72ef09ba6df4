//! A network whose weights have been through a quantizer.

use super::graph::{Network, Parameter};
use crate::engine::Progress;
use crate::engine::coding::{Layout, Ledger};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{self, QuantizeError, Scheme};

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
    scheme_of: impl Fn(&Parameter) -> Option<Scheme>,
    progress: &dyn Progress,
) -> Result<QuantizedWeights, QuantizeError> {
    let mut quantized = network.clone();
    let mut layers = Vec::new();
    let (mut bytes, mut float_bytes) = (0, 0);
    for parameter in quantized.parameters.iter_mut().filter(|parameter| parameter.trained) {
        let dense = 4 * parameter.values.len() as u64;
        float_bytes += dense;
        let Some(scheme) = Some(&*parameter).filter(|parameter| parameter.is_weight()).and_then(&scheme_of) else {
            bytes += dense;
            continue;
        };
        progress.check()?;
        let fitted = quantize::quantize(&parameter.values, &parameter.shape, &scheme, None, progress)
            .map_err(|error| named(error, &parameter.name))?;
        let ledger = Layout::of(&fitted.quantized).ledger();
        bytes += ledger.bytes();
        layers.push(LayerReport {
            name: parameter.name.clone(),
            weights: parameter.values.len(),
            report: fitted.report,
            ledger,
            scheme,
        });
        parameter.values = fitted.quantized.reconstruct();
    }
    Ok(QuantizedWeights { network: quantized, layers, bytes, float_bytes })
}

fn named(error: QuantizeError, layer: &str) -> QuantizeError {
    match error {
        QuantizeError::Unfit(reason) => QuantizeError::Unfit(format!("layer {layer}: {reason}")),
        cancelled @ QuantizeError::Cancelled(_) => cancelled,
    }
}
