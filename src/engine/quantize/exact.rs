//! The exact pass: codes and errors of all weights.

use rayon::prelude::*;

use super::encode::{Code, Encoder};
use super::fitting::{GroupView, Parameters, fit_groups, fit_owned_groups};
use super::kmeans::Effort;
use super::{Codes, Decoder, Fitted, Partition, QuantizeError, Quantized, Quantizer, Scheme, pruned};
use crate::engine::measure::{ErrorHistogram, ErrorReport, ErrorSums};
use crate::engine::tensor::{Bin, Moments, Summary};
use crate::engine::{Cancelled, Progress};

/// Weights that one task encodes and measures while they are in the cache.
const TASK: usize = 1 << 15;

/// Runs shorter than this are encoded weight by weight.
const SHORT_RUN: usize = 16;

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
    assert_eq!(shape.iter().product::<usize>(), values.len(), "shape and values differ");
    if !scheme.storage.is_dense() {
        return Err(QuantizeError::Unfit("sparse and huffman are not available yet".to_owned()));
    }
    let Some(quantizer) = scheme.quantizer.as_ref().filter(|_| scheme.prune.is_none()) else {
        return pruned::quantize(values, shape, scheme, None, progress);
    };
    let partition = Partition::new(scheme.per(), shape).map_err(QuantizeError::Unfit)?;
    let bits = scheme.bits().ok_or_else(|| QuantizeError::Unfit(format!("{scheme} names no format")))?;
    let parameters = if partition.groups() == 1 {
        match summary {
            Some(summary) => fit_groups(quantizer, std::iter::once(GroupView::of(summary)), Effort::Job, progress)?,
            None => {
                let summary = Summary::of(values, progress)?;
                fit_groups(quantizer, std::iter::once(GroupView::of(&summary)), Effort::Job, progress)?
            }
        }
    } else {
        let wants_bins = matches!(quantizer, Quantizer::KMeans(_));
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

/// A run of one group, at most [`TASK`] weights long.
struct Task<'a, C> {
    group: usize,
    start: usize,
    values: &'a [f32],
    codes: &'a mut [C],
}

fn encode_all<C: Code>(
    values: &[f32],
    partition: &Partition,
    parameters: &Parameters,
    progress: &dyn Progress,
) -> Result<(Vec<C>, ErrorReport), Cancelled> {
    let mut codes = vec![C::default(); values.len()];
    let groups = partition.groups();
    let short = groups > 1 && partition.run_length() < SHORT_RUN;
    let total = values.len() as u64;
    let decoder = &parameters.decoder;
    let sums = if short {
        let tasks = values.par_chunks(TASK).zip(codes.par_chunks_mut(TASK)).enumerate();
        let encode = |(number, (values, codes)): (usize, (&[f32], &mut [C]))| {
            progress.tick(total / 2 + (number * TASK) as u64 / 2, total)?;
            let mut sums = ErrorSums::default();
            for (offset, (&value, code)) in values.iter().zip(codes.iter_mut()).enumerate() {
                let group = partition.group_of(number * TASK + offset);
                let index = parameters.encoders[group].code(value);
                *code = C::of(u32::from(index));
                sums.add(value, decoder.value(group, index));
            }
            Ok(sums)
        };
        tasks.map(encode).try_reduce(ErrorSums::default, |left, right| Ok(left.merge(right)))?
    } else {
        let tasks = tasks(values, &mut codes, partition);
        let whole = (groups == 1).then(|| decoder.table(0));
        let encode = |task: Task<'_, C>| {
            progress.tick((total + task.start as u64) / 2, total)?;
            parameters.encoders[task.group].encode(task.values, task.codes);
            let value = |code: usize| match &whole {
                Some(table) => table[code],
                None => decoder.value(task.group, code as u16),
            };
            Ok(sums_of(task.values, task.codes, whole.as_deref(), value, &parameters.encoders[task.group]))
        };
        tasks.into_par_iter().map(encode).try_reduce(ErrorSums::default, |left, right| Ok(left.merge(right)))?
    };
    let distinct = distinct_values(&codes, partition, decoder);
    Ok((codes, sums.report(distinct)))
}

fn tasks<'a, C: Code>(values: &'a [f32], mut codes: &'a mut [C], partition: &Partition) -> Vec<Task<'a, C>> {
    let mut tasks = Vec::new();
    for (group, run) in partition.runs() {
        let mut start = run.start;
        while start < run.end {
            let end = (start + TASK).min(run.end);
            let (head, tail) = std::mem::take(&mut codes).split_at_mut(end - start);
            tasks.push(Task { group, start, values: &values[start..end], codes: head });
            codes = tail;
            start = end;
        }
    }
    tasks
}

/// Errors of one run; its reconstruction is looked up block by block so that it stays in the cache. `table` holds the values of all codes
/// where all runs share them.
fn sums_of<C: Code>(
    values: &[f32],
    codes: &[C],
    table: Option<&[f32]>,
    value_of: impl Fn(usize) -> f32,
    encoder: &Encoder,
) -> ErrorSums {
    const BLOCK: usize = 1024;
    let mut sums = ErrorSums::default();
    let mut block = [0.0_f32; BLOCK];
    // Narrow codes look up a table of 256 without a check at each look-up.
    let mut narrow = [0.0_f32; 256];
    if let Some(table) = table.filter(|_| C::BITS == 8) {
        narrow[..table.len()].copy_from_slice(table);
    }
    for (values, codes) in values.chunks(BLOCK).zip(codes.chunks(BLOCK)) {
        let block = &mut block[..values.len()];
        match encoder {
            Encoder::Affine(affine) => affine.decode(codes, block),
            _ if C::BITS == 8 && table.is_some() => {
                for (value, code) in block.iter_mut().zip(codes) {
                    *value = narrow[code.index() & 0xFF];
                }
            }
            _ => {
                for (value, code) in block.iter_mut().zip(codes) {
                    *value = value_of(code.index());
                }
            }
        }
        sums.add_block(values, block);
    }
    sums
}

/// Number of different values in a reconstruction.
fn distinct_values<C: Code>(codes: &[C], partition: &Partition, decoder: &Decoder) -> u64 {
    if partition.groups() == 1 {
        let counts = count_codes(codes);
        let mut used: Vec<u32> = decoder
            .table(0)
            .iter()
            .zip(&counts)
            .filter(|(value, count)| **count > 0 && value.is_finite())
            .map(|(v, _)| (v + 0.0).to_bits())
            .collect();
        used.sort_unstable();
        used.dedup();
        return used.len() as u64;
    }
    let mut used = std::collections::HashSet::new();
    let mut seen = vec![false; 1 << 16];
    for group in 0..partition.groups() {
        let mut codes_seen = Vec::new();
        for code in partition.runs_of(group).flat_map(|run| &codes[run]) {
            if !std::mem::replace(&mut seen[code.index()], true) {
                codes_seen.push(code.index());
            }
        }
        for code in codes_seen {
            seen[code] = false;
            let value = decoder.value(group, code as u16);
            if value.is_finite() {
                used.insert((value + 0.0).to_bits());
            }
        }
    }
    used.len() as u64
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
        .par_chunks(TASK * 8)
        .enumerate()
        .map(|(number, chunk)| {
            let start = number * TASK * 8;
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
