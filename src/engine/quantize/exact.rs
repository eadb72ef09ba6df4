//! The exact pass: codes and errors of all weights.

use rayon::prelude::*;

use super::encode::Code;
use super::fitting::{GroupView, Parameters, fit_groups, fit_owned_groups, fit_weights, wants_bins};
use super::kmeans::Effort;
use super::walk::encode_all;
use super::{Codes, Decoder, Fitted, Partition, QuantizeError, Quantized, Quantizer, Scheme, ggml, pruned, weighted};
use crate::engine::measure::{ErrorHistogram, ErrorReport};
use crate::engine::tensor::{Bin, Moments, Summary};
use crate::engine::{Cancelled, Progress};

/// Weights that one task looks at.
const TASK: usize = 1 << 18;
/// Weights that are sorted for a codebook that is too large for the bins.
const MOST_SORTED: usize = 1 << 24;

/// Fits a scheme to all weights and encodes them.
///
/// `summary` saves a pass where it is at hand; it must be of these values.
///
/// # Errors
/// A scheme that this shape does not fit, or cancelled.
///
/// # Panics
/// If `shape` does not multiply to the number of values.
pub fn quantize(
    values: &[f32],
    shape: &[usize],
    scheme: &Scheme,
    summary: Option<&Summary>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    quantize_with(values, shape, scheme, &Options { summary, ..Options::default() }, progress)
}

/// What may be known beside the weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The summary of these values, which saves a pass.
    pub summary: Option<&'a Summary>,
    /// How much each weight's squared error counts in the fit of a codebook; 0 and more, one for each weight. The report counts all
    /// weights alike.
    pub importance: Option<&'a [f32]>,
    /// The magnitude below which weights are pruned where it comes from elsewhere: the other tensors of a global share. Without it a
    /// global share is taken of this tensor. It matters only to schemes that prune.
    pub threshold: Option<f32>,
}

/// [`quantize`], with more that may be known.
///
/// # Errors
/// As [`quantize`]; an importance for another number of weights, a negative one, or one for a quantizer without a codebook.
///
/// # Panics
/// If `shape` does not multiply to the number of values.
pub fn quantize_with(
    values: &[f32],
    shape: &[usize],
    scheme: &Scheme,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    let summary = options.summary;
    assert_eq!(shape.iter().product::<usize>(), values.len(), "shape and values differ");
    let Some(quantizer) = scheme.quantizer.as_ref().filter(|_| scheme.prune.is_none()) else {
        return pruned::quantize(values, shape, scheme, options, progress);
    };
    let partition = Partition::new(scheme.per(), shape).map_err(QuantizeError::Unfit)?;
    let bits = scheme.bits().ok_or_else(|| QuantizeError::Unfit(format!("{scheme} names no format")))?;
    let parameters = if let Some(importance) = options.importance {
        weighted::fit(quantizer, values, importance, &partition, progress)?
    } else if let (1, Some(parameters)) = (partition.groups(), fit_weights(quantizer, values)) {
        parameters?
    } else if let Quantizer::Ggml(kind) = quantizer {
        ggml::fit(*kind, values, shape, &partition, progress)?
    } else if partition.groups() == 1 {
        let made = if summary.is_none() { Some(Summary::of(values, progress)?) } else { None };
        let finer = summary.or(made.as_ref()).filter(|summary| are_coarse(summary, quantizer));
        // Sorting more would take longer than a fit may.
        let finer = finer.filter(|_| values.len() <= MOST_SORTED).map(|_| Summary::of_group(values.iter().copied()));
        // One of the two is there.
        let summary = finer.as_ref().or(summary).or(made.as_ref()).into_iter().map(GroupView::of);
        fit_groups(quantizer, summary, Effort::Job, progress)?
    } else {
        let wants_bins = wants_bins(quantizer);
        fit_owned_groups(
            quantizer,
            partition.groups(),
            |group| view_of(values, &partition, group, wants_bins),
            progress,
        )?
    };
    let (codes, report) = if bits <= 8 {
        let (codes, report) = encode_all::<u8>(values, &partition, &parameters, progress)?;
        (Codes::Narrow(codes), report)
    } else {
        let (codes, report) = encode_all::<u16>(values, &partition, &parameters, progress)?;
        (Codes::Wide(codes), report)
    };
    let Parameters { decoder, method, .. } = parameters;
    let quantized =
        Quantized { scheme: scheme.clone(), shape: shape.to_vec(), bits, partition, codes, decoder, method };
    Ok(Fitted { quantized, report })
}

/// Whether the bins of a tensor are too wide for so many centroids: each should see several.
fn are_coarse(summary: &Summary, quantizer: &Quantizer) -> bool {
    const BINS_EACH: usize = 8;
    match quantizer {
        Quantizer::KMeans(kmeans) => !summary.distinct && summary.bins.len() < BINS_EACH * kmeans.k as usize,
        _ => false,
    }
}

/// The range of a group and, where a codebook is fitted, its distinct values.
fn view_of(values: &[f32], partition: &Partition, group: usize, wants_bins: bool) -> (Moments, Vec<Bin>) {
    let weights = partition.runs_of(group).flat_map(|run| values[run].iter().copied());
    if wants_bins {
        let summary = Summary::of_group(weights);
        return (summary.moments, summary.bins);
    }
    let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
    for value in weights.filter(|value| value.is_finite()) {
        min = min.min(value);
        max = max.max(value);
    }
    let empty = min > max;
    let moments =
        Moments { min: if empty { 0.0 } else { min }, max: if empty { 0.0 } else { max }, ..Moments::default() };
    (moments, Vec::new())
}

/// Weights of each code.
pub(super) fn count_codes<C: Code>(codes: &[C]) -> Vec<u64> {
    // As small as the codes allow, so that narrow ones count in the first-level cache.
    let size = 1_usize << C::BITS;
    let count = |chunk: &[C]| {
        // Four tables, so that neighbouring equal codes do not wait for each other.
        let mut counts = vec![0_u32; 4 * size];
        let (quads, rest) = chunk.as_chunks::<4>();
        for quad in quads {
            for (table, code) in quad.iter().enumerate() {
                counts[table * size + code.index()] += 1;
            }
        }
        for code in rest {
            counts[code.index()] += 1;
        }
        (0..size).map(|index| (0..4).map(|table| u64::from(counts[table * size + index])).sum()).collect::<Vec<u64>>()
    };
    let add = |mut left: Vec<u64>, right: Vec<u64>| {
        left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
        left
    };
    codes.par_chunks(1 << 22).map(count).reduce(|| vec![0; size], add)
}

/// Distribution of the errors x − x̂ over all weights, in `bars` bars about 0 up to the largest error of `report`.
///
/// # Errors
/// When cancelled.
pub fn error_histogram(
    values: &[f32],
    quantized: &Quantized,
    report: &ErrorReport,
    bars: usize,
    progress: &dyn Progress,
) -> Result<ErrorHistogram, Cancelled> {
    let mut histogram = ErrorHistogram::about_zero(report.max_error, bars);
    let tables: Option<Vec<f32>> =
        (quantized.partition.groups() == 1 && quantized.decoder != Decoder::Floats).then(|| quantized.decoder.table(0));
    let parts: Vec<Vec<u64>> = values
        .par_chunks(TASK)
        .enumerate()
        .map(|(number, chunk)| {
            let start = number * TASK;
            progress.tick(start as u64, values.len() as u64)?;
            let mut part = ErrorHistogram::about_zero(report.max_error, bars);
            for (offset, &value) in chunk.iter().enumerate() {
                let index = start + offset;
                let restored = match &tables {
                    Some(table) => table[usize::from(quantized.codes.get(index))],
                    None => quantized.value(index),
                };
                part.add(f64::from(value) - f64::from(restored), 1);
            }
            Ok(part.counts)
        })
        .collect::<Result<_, Cancelled>>()?;
    for part in parts {
        histogram.counts.iter_mut().zip(part).for_each(|(all, part)| *all += part);
    }
    Ok(histogram)
}
