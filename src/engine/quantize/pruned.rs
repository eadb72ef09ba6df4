//! The exact pass of schemes that prune, or that keep float32.

use rayon::prelude::*;

use super::prune::pruned;
use super::{Codes, Decoder, Fitted, Options, Partition, Per, QuantizeError, Quantized, Scheme, exact};
use crate::engine::Progress;
use crate::engine::measure::{ErrorReport, ErrorSums};

/// Weights that are measured at a time.
const BLOCK: usize = 1 << 15;

/// Prunes, then quantizes what is left, and measures against the weights as they were.
///
/// # Errors
/// As [`exact::quantize_with`].
pub(super) fn quantize(
    values: &[f32],
    shape: &[usize],
    scheme: &Scheme,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    let threshold = scheme.prune.map(|prune| options.threshold.unwrap_or_else(|| prune.threshold(values)));
    let kept = threshold.map_or_else(|| values.to_vec(), |threshold| pruned(values, threshold));
    let mut quantized = if scheme.quantizer.is_some() {
        let rest = Scheme { prune: None, ..scheme.clone() };
        exact::quantize_with(&kept, shape, &rest, &Options { summary: None, ..*options }, progress)?.quantized
    } else {
        let partition = Partition::new(Per::Tensor, shape).map_err(QuantizeError::Unfit)?;
        Quantized {
            scheme: scheme.clone(),
            shape: shape.to_vec(),
            bits: 32,
            partition,
            codes: Codes::Floats(kept),
            decoder: Decoder::Floats,
            method: "float32".to_owned(),
        }
    };
    if let Some(threshold) = threshold {
        quantized.method = format!("{}; {}", method(threshold), quantized.method);
    }
    quantized.scheme = scheme.clone();
    let report = measure(values, &quantized);
    Ok(Fitted { quantized, report })
}

/// How pruning went, in words for the status bar.
pub(super) fn method(threshold: f32) -> String {
    if threshold.is_finite() { format!("pruned below {threshold:.4}") } else { "pruned entirely".to_owned() }
}

/// Errors of a reconstruction against the weights.
fn measure(values: &[f32], quantized: &Quantized) -> ErrorReport {
    let restored = quantized.reconstruct();
    let sums = values
        .par_chunks(BLOCK)
        .zip(restored.par_chunks(BLOCK))
        .map(|(values, restored)| {
            let mut sums = ErrorSums::default();
            sums.add_block(values, restored);
            sums
        })
        .reduce(ErrorSums::default, ErrorSums::merge);
    sums.report(distinct(restored))
}

/// Number of different finite values; −0 is 0.
fn distinct(mut values: Vec<f32>) -> u64 {
    values.retain(|value| value.is_finite());
    values.par_iter_mut().for_each(|value| *value += 0.0);
    values.par_sort_unstable_by(f32::total_cmp);
    values.dedup();
    values.len() as u64
}

#[cfg(test)]
mod tests {
    use super::super::{preview, quantize};
    use super::*;
    use crate::engine::Silent;
    use crate::engine::tensor::Summary;

    #[test]
    fn what_is_pruned_is_measured_against_the_weights() {
        let values = [2.0, -0.5, 0.25, -1.0];
        let scheme: Scheme = "prune:share=0.5".parse().unwrap();
        let fitted = quantize(&values, &[4], &scheme, None, &Silent).unwrap();
        assert_eq!(fitted.quantized.reconstruct(), [2.0, 0.0, 0.0, -1.0]);
        assert_eq!((fitted.report.sse, fitted.report.max_error, fitted.report.distinct), (0.3125, 0.5, 3));
        assert_eq!((fitted.quantized.value(0), fitted.quantized.bits), (2.0, 32));
        let all: Scheme = "prune:share=1|linear:bits=4".parse().unwrap();
        assert_eq!(quantize(&values, &[4], &all, None, &Silent).unwrap().quantized.reconstruct(), [0.0; 4]);
    }

    #[test]
    fn a_preview_of_distinct_values_is_the_exact_answer() {
        let values: Vec<f32> = (0..500_u16).map(|i| (f32::from(i) * 0.37).sin() * f32::from(i) / 500.0).collect();
        let summary = Summary::of_group(values.iter().copied());
        for text in ["prune:share=0.6|kmeans:bits=3", "prune:threshold=0.2|linear:bits=4,range=restricted"] {
            let scheme: Scheme = text.parse().unwrap();
            let exact = quantize(&values, &[500], &scheme, None, &Silent).unwrap();
            let preview = preview(&summary, &[500], &scheme).unwrap();
            assert_eq!(preview.decoder, exact.quantized.decoder, "{text}");
            assert_eq!(preview.method, exact.quantized.method, "{text}");
            assert!((preview.report.sse - exact.report.sse).abs() < 1e-9, "{text}");
            assert_eq!(preview.levels.counts, super::super::levels(&exact.quantized, 0).counts, "{text}");
        }
    }
}
