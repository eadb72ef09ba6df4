//! What a scheme does to every tensor of a model, measured: for schemes whose error does not follow from a curve.

use std::sync::{Arc, Weak};

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
    /// Of this document.
    pub fn of(document: &Document) -> Self {
        Self { model: Arc::clone(&document.model), shares: Arc::clone(&document.shares) }
    }

    /// What tells it from another one.
    pub fn key(&self) -> Of {
        Of(Arc::downgrade(&self.model))
    }
}

/// A model by its identity: one that was read again is another.
pub struct Of(Weak<Model>);

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn every_tensor_is_measured_as_it_is_by_itself() {
        let values = |seed: f32| (0..96).map(|at| (at as f32 * seed).sin()).collect::<Vec<f32>>();
        let tensors = [0.37, 0.91].map(|seed| Tensor::in_memory(format!("{seed}"), vec![3, 32], values(seed)));
        let model = Model { tensors: tensors.to_vec(), ..Model::default() };
        let subject = Subject { model: Arc::new(model), shares: Arc::default() };
        for text in
            ["ternary:threshold=optimal", "gguf:q4_0", "linear:bits=3,per=channel", "linear:bits=4,per=channel:7"]
        {
            let scheme: Scheme = text.parse().unwrap();
            let found = measure(&subject, &scheme, &Silent).unwrap();
            let alone = tensors.iter().map(|tensor| {
                let values = tensor.values().unwrap();
                let fitted = quantize_with(&values, &tensor.shape, &scheme, &Options::default(), &Silent);
                fitted.ok().and_then(|fitted| fitted.report.sqnr_db())
            });
            assert_eq!(found, alone.collect::<Noise>(), "{text}");
            assert_eq!(found.iter().all(Option::is_some), !text.ends_with(":7"), "{text}");
        }
        // A global share has one threshold: the same weights lose more beside larger ones.
        let large: Vec<f32> = values(0.37).iter().map(|value| value * 10.0).collect();
        let both = vec![tensors[0].clone(), Tensor::in_memory("large", vec![3, 32], large)];
        let model = Model { tensors: both, ..Model::default() };
        let subject = Subject { model: Arc::new(model), shares: Arc::default() };
        let noise = measure(&subject, &"prune:share=0.5,scope=global".parse().unwrap(), &Silent).unwrap();
        assert!(noise[0] < noise[1], "{noise:?}");
    }

    #[test]
    fn a_withdrawal_is_heard() {
        struct Gone;
        impl Progress for Gone {
            fn tick(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
                Err(Cancelled)
            }
        }
        let model = Model { tensors: vec![Tensor::in_memory("w", vec![2], vec![1.0, 2.0])], ..Model::default() };
        let subject = Subject { model: Arc::new(model), shares: Arc::default() };
        assert_eq!(measure(&subject, &"ternary:".parse().unwrap(), &Gone), Err(Cancelled));
    }
}
