//! What a scheme does to every tensor of a model, measured: for schemes whose error does not follow from a curve.

use std::sync::Arc;

use super::document::Document;
use crate::engine::quantize::{Options, QuantizeError, Scheme, Shares, quantize_with};
use crate::engine::tensor::{Model, Tensor};
use crate::engine::{Cancelled, Progress};

/// The SQNR of every tensor in dB, in file order; `None` where it cannot be read or quantized so, or loses nothing.
pub type Noise = Vec<Option<f64>>;

/// Everything that [`measure`] takes of a document.
pub struct Subject {
    model: Arc<Model>,
    shares: Arc<Shares>,
}

impl Subject {
    /// Of this document, and what tells it from another one.
    pub fn of(document: &Document) -> (usize, Self) {
        let (model, shares) = (Arc::clone(&document.model), Arc::clone(&document.shares));
        (Arc::as_ptr(&model) as usize, Self { model, shares })
    }
}

/// Quantizes every tensor.
///
/// # Errors
/// When cancelled.
pub fn measure(subject: &Subject, scheme: &Scheme, progress: &dyn Progress) -> Result<Noise, Cancelled> {
    let weights = subject.model.default_selection().into_iter();
    let weights: Vec<Tensor> = weights.map(|tensor| subject.model.tensors[tensor].clone()).collect();
    let threshold = subject.shares.threshold(&weights, scheme, progress)?;
    let (mut done, total) = (0, subject.model.count().max(1));
    let mut noise = Vec::with_capacity(subject.model.tensors.len());
    for tensor in &subject.model.tensors {
        progress.tick(done, total)?;
        noise.push(of(tensor, scheme, threshold, progress)?);
        done += tensor.count() as u64;
    }
    Ok(noise)
}

fn of(
    tensor: &Tensor,
    scheme: &Scheme,
    threshold: Option<f32>,
    progress: &dyn Progress,
) -> Result<Option<f64>, Cancelled> {
    let Ok(values) = tensor.values() else { return Ok(None) };
    let options = Options { threshold, ..Options::default() };
    match quantize_with(&values, &tensor.shape, scheme, &options, &crate::engine::Quiet(progress)) {
        Ok(fitted) => Ok(fitted.report.sqnr_db()),
        Err(QuantizeError::Unfit(_)) => Ok(None),
        Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
    }
}
