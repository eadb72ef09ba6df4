//! The walk over all weights that writes codes and adds up errors, in parallel.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::encode::{Code, PIECE};
use super::fitting::Parameters;
use super::used::Used;
use super::{Decoder, Partition};
use crate::engine::measure::{ErrorReport, ErrorSums};
use crate::engine::memory::zeroed;
use crate::engine::{Cancelled, Progress};

/// Weights that a task encodes and measures.
const TASK: usize = 1 << 17;

/// Groups' runs shorter than this are encoded weight by weight.
const SHORT_RUN: usize = 16;

/// Codes of all weights and the report. The result does not depend on the number of threads.
///
/// # Errors
/// When cancelled.
pub(super) fn encode_all<C: Code>(
    values: &[f32],
    partition: &Partition,
    parameters: &Parameters,
    progress: &dyn Progress,
) -> Result<(Vec<C>, ErrorReport), Cancelled> {
    let mut codes = zeroed::<C>(values.len());
    let (total, done) = (values.len() as u64, AtomicU64::new(0));
    let used = Mutex::new(Used::none::<C>());
    let task = |(number, (values, codes)): (usize, (&[f32], &mut [C]))| {
        // A task that starts from what others have seen hardly finds a new code.
        let mut seen = lock(&used).clone();
        let sums = encode_part(number * TASK, values, codes, partition, parameters, &mut seen);
        lock(&used).merge(&seen);
        let length = values.len() as u64;
        progress.tick((total + done.fetch_add(length, Ordering::Relaxed) + length) / 2, total)?;
        Ok(sums)
    };
    let parts: Vec<ErrorSums> = values
        .par_chunks(TASK)
        .zip(codes.par_chunks_mut(TASK))
        .enumerate()
        .map(task)
        .collect::<Result<_, Cancelled>>()?;
    let sums = parts.into_iter().fold(ErrorSums::default(), ErrorSums::merge);
    let decoder = &parameters.decoder;
    let distinct = if partition.groups() == 1 {
        distinct(lock(&used).values(decoder, 0).collect())
    } else {
        distinct_in_groups(&codes, partition, decoder)
    };
    Ok((codes, sums.report(distinct)))
}

fn lock(used: &Mutex<Used>) -> MutexGuard<'_, Used> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The part of the walk that starts at weight `start`. Where all weights share parameters, the codes that occur are marked in `used`.
fn encode_part<C: Code>(
    start: usize,
    values: &[f32],
    codes: &mut [C],
    partition: &Partition,
    parameters: &Parameters,
    used: &mut Used,
) -> ErrorSums {
    let Parameters { decoder, encoders, .. } = parameters;
    let mut sums = ErrorSums::default();
    if partition.groups() == 1 {
        let table = decoder.table(0);
        // Piece by piece, so that the codes are still in the first-level cache when they are looked at again.
        for (number, (values, codes)) in values.chunks(PIECE).zip(codes.chunks_mut(PIECE)).enumerate() {
            let encoder = encoders[0].at(start + number * PIECE);
            sums = sums.merge(encoder.measure(values, codes, |code| table[code]));
            used.add(codes);
        }
    } else if partition.run_length() < SHORT_RUN {
        for (offset, (&value, code)) in values.iter().zip(codes).enumerate() {
            let group = partition.group_of(start + offset);
            let index = encoders[group].at(start + offset).code(value);
            *code = C::of(u32::from(index));
            sums.add(value, decoder.value(group, index));
        }
    } else {
        for (group, run) in partition.runs_in(start..start + values.len()) {
            let encoder = encoders[group].at(run.start);
            let run = run.start - start..run.end - start;
            let value_of = |code: usize| decoder.value(group, code as u16);
            sums = sums.merge(encoder.measure(&values[run.clone()], &mut codes[run], value_of));
        }
    }
    sums
}

/// Number of different values.
fn distinct(mut values: Vec<f32>) -> u64 {
    values.par_sort_unstable_by(f32::total_cmp);
    values.dedup();
    values.len() as u64
}

/// Number of different values over the groups, each of which has levels of its own.
fn distinct_in_groups<C: Code>(codes: &[C], partition: &Partition, decoder: &Decoder) -> u64 {
    let values_of = |used: &mut Used, group: usize| {
        used.clear();
        partition.runs_of(group).for_each(|run| used.add(&codes[run]));
        used.values(decoder, group).collect::<Vec<_>>()
    };
    distinct((0..partition.groups()).into_par_iter().map_init(Used::none::<C>, values_of).flatten_iter().collect())
}
