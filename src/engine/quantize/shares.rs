//! The threshold of a share of a whole model, for as many shares as a slider passes.

use std::sync::{Mutex, OnceLock};

use super::prune::{Magnitudes, NarrowMagnitudes};
use super::{Amount, Scheme, Scope};
use crate::engine::tensor::Tensor;
use crate::engine::{Cancelled, Progress};

/// Finds the magnitude below which a share of all tensors together is pruned. The magnitudes are counted once; each further share takes
/// one more pass. Tensors that cannot be read do not count.
#[derive(Debug, Default)]
pub struct Shares {
    coarse: OnceLock<Magnitudes>,
    /// The share that was asked for last, and its threshold.
    last: Mutex<Option<(f64, f32)>>,
}

impl Shares {
    /// The threshold of a scheme that prunes a share of the model; `None` where every tensor finds its own.
    ///
    /// # Errors
    /// When cancelled.
    pub fn threshold(
        &self,
        tensors: &[Tensor],
        scheme: &Scheme,
        progress: &dyn Progress,
    ) -> Result<Option<f32>, Cancelled> {
        let Some(share) = global_share(scheme) else { return Ok(None) };
        if let Some((_, threshold)) = self.last().filter(|(last, _)| *last == share) {
            return Ok(Some(threshold));
        }
        let coarse = match self.coarse.get() {
            Some(coarse) => coarse,
            None => {
                let mut coarse = Magnitudes::default();
                read(tensors, progress, |values| coarse.count(values))?;
                self.coarse.get_or_init(|| coarse)
            }
        };
        let mut fine: NarrowMagnitudes = coarse.narrowed(share);
        read(tensors, progress, |values| fine.count(values))?;
        let threshold = fine.threshold();
        if let Ok(mut last) = self.last.lock() {
            *last = Some((share, threshold));
        }
        Ok(Some(threshold))
    }

    /// The threshold without a pass, to 2⁻⁷ of it, once the magnitudes are counted.
    pub fn estimate(&self, scheme: &Scheme) -> Option<f32> {
        let share = global_share(scheme)?;
        let known = self.last().filter(|(last, _)| *last == share).map(|(_, threshold)| threshold);
        known.or_else(|| Some(self.coarse.get()?.narrowed(share).lowest()))
    }

    fn last(&self) -> Option<(f64, f32)> {
        self.last.lock().ok().and_then(|last| *last)
    }
}

/// The share of a scheme that prunes the model as a whole.
fn global_share(scheme: &Scheme) -> Option<f64> {
    match scheme.prune?.amount {
        Amount::Share(share) => (scheme.prune?.scope == Scope::Global).then_some(share),
        Amount::Threshold(_) => None,
    }
}

fn read(tensors: &[Tensor], progress: &dyn Progress, mut each: impl FnMut(&[f32])) -> Result<(), Cancelled> {
    for tensor in tensors {
        progress.check()?;
        if let Ok(values) = tensor.values() {
            each(&values);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::prune::global_threshold;
    use crate::engine::tensor::examples;

    #[test]
    fn shares_of_a_model_are_found_again_and_estimated() {
        let model = (examples::find("synthetic").unwrap().make)();
        let shares = Shares::default();
        let scheme = |text: &str| text.parse::<Scheme>().unwrap();
        assert_eq!(shares.estimate(&scheme("prune:share=0.5,scope=global")), None);
        for share in [0.0, 0.25, 0.5, 0.9, 0.5] {
            let asked = scheme(&format!("prune:share={share},scope=global"));
            let expected = global_threshold(share, &model.tensors, Tensor::values).unwrap();
            let before = shares.estimate(&asked);
            assert_eq!(shares.threshold(&model.tensors, &asked, &Silent), Ok(Some(expected)), "{share}");
            assert_eq!(shares.estimate(&asked), Some(expected));
            if let Some(before) = before {
                assert!((before - expected).abs() <= expected / 128.0, "{share}: {before} for {expected}");
            }
        }
        assert_eq!(shares.threshold(&model.tensors, &scheme("prune:share=0.5"), &Silent), Ok(None));
        assert_eq!(shares.threshold(&model.tensors, &scheme("prune:threshold=0.5"), &Silent), Ok(None));
    }
}
