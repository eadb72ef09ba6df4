//! A width of its own for every layer: which to take for a size or an accuracy, and what it really does.

use std::collections::HashMap;

use super::super::error::CompressError;
use crate::engine::network::{Parameter, QuantizedWeights, Scored, Subject, quantize_weights, score};
use crate::engine::quantize::Scheme;
use crate::engine::{Progress, Quiet, Span};

/// Widths for all layers with what is expected of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// For every weight of the network the width of its codes; `None` is float32.
    pub bits: Vec<Option<u32>>,
    /// Bytes of all trained parameters, everything counted.
    pub bytes: u64,
    /// The sum of what each layer adds to the loss alone: expected, not measured.
    pub added_loss: f64,
}

/// A mix that was measured.
#[derive(Clone, Debug)]
pub struct Mixed {
    /// The weights, layer by layer.
    pub quantized: QuantizedWeights,
    /// The answers and the loss.
    pub scored: Scored,
}

/// A mix that reaches an accuracy.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Its place among the mixes.
    pub place: usize,
    /// What was measured.
    pub mixed: Mixed,
}

/// Quantizes every layer by its own width, all at once, and measures on the first `count` pictures.
///
/// # Errors
/// A width that the quantizer does not have or that does not fit a layer; or cancelled.
pub fn measure_mix(
    subject: &Subject,
    scheme: &Scheme,
    bits: &[Option<u32>],
    count: usize,
    progress: &dyn Progress,
) -> Result<Mixed, CompressError> {
    let mut schemes = HashMap::new();
    let weights = subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
    for (weight, bits) in weights.zip(bits) {
        if let Some(bits) = bits {
            let scheme = scheme.with_bits(*bits).map_err(|error| CompressError::Unfit(error.to_string()))?;
            schemes.insert(weight.name.as_str(), scheme);
        }
    }
    let scheme_of = |parameter: &Parameter| schemes.get(parameter.name.as_str()).cloned();
    let quantized = quantize_weights(&subject.network, scheme_of, &Quiet(progress))?;
    let data = if count < subject.data.len() { &subject.data.first(count) } else { &subject.data };
    let scored = score(&quantized.network, data, subject.normalization, progress)
        .map_err(|error| CompressError::Unfit(error.to_string()))??;
    Ok(Mixed { quantized, scored })
}

/// The smallest of the mixes (from small to large) that was measured at this accuracy or better, on the first `count` pictures. `None`
/// where not even the largest reaches it.
///
/// Halves the range of mixes: accuracy rises along them but for chance. The mix that it returns was measured; that no smaller one reaches the
/// accuracy is so up to that chance.
///
/// # Errors
/// As [`measure_mix`].
pub fn reach(
    subject: &Subject,
    scheme: &Scheme,
    mixes: &[Mix],
    accuracy: f64,
    count: usize,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&Mix, &Mixed),
) -> Result<Option<Reached>, CompressError> {
    let total = u64::from(mixes.len().max(1).ilog2()) + 2;
    let mut done = 0;
    let mut at = |place: usize| {
        let span = Span { outer: progress, before: done, units: 1, total };
        done = (done + 1).min(total - 1);
        let mixed = measure_mix(subject, scheme, &mixes[place].bits, count, &span)?;
        heard(&mixes[place], &mixed);
        Ok::<Mixed, CompressError>(mixed)
    };
    let good = |mixed: &Mixed| mixed.scored.evaluation.accuracy().is_some_and(|found| found >= accuracy);
    let Some(last) = mixes.len().checked_sub(1) else { return Ok(None) };
    let largest = at(last)?;
    if !good(&largest) {
        return Ok(None);
    }
    let mut best = Reached { place: last, mixed: largest };
    let mut low = 0;
    while low < best.place {
        let middle = low + (best.place - low) / 2;
        let mixed = at(middle)?;
        if good(&mixed) {
            best = Reached { place: middle, mixed };
        } else {
            low = middle + 1;
        }
    }
    Ok(Some(best))
}
