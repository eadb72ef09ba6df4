//! The walk over all weights that writes codes and adds up errors, in parallel blocks.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Codes, Decoder, Partition};
use crate::engine::measure::{ErrorReport, Tally};
use crate::engine::{Cancelled, Progress};

/// Weights that a worker takes at a time.
const BLOCK: usize = 1 << 17;

/// A code as it is kept in memory.
pub(super) trait Code: Copy + Default + Send + Sync + 'static {
    /// From the index of a level.
    fn of(index: usize) -> Self;
    /// To the index of a level.
    fn index(self) -> usize;
}

impl Code for u8 {
    fn of(index: usize) -> Self {
        index as Self
    }
    fn index(self) -> usize {
        usize::from(self)
    }
}

impl Code for u16 {
    fn of(index: usize) -> Self {
        index as Self
    }
    fn index(self) -> usize {
        usize::from(self)
    }
}

/// Turns weights of one group into codes.
pub(super) trait Encoder: Sync {
    /// Writes one code a weight and adds the errors to the tally.
    fn encode<C: Code>(&self, group: usize, weights: &[f32], codes: &mut [C], tally: &mut Tally);
}

/// Codes of all weights and their report.
pub(super) fn encode(
    values: &[f32],
    bits: u32,
    partition: &Partition,
    decoder: &Decoder,
    encoder: &impl Encoder,
    progress: &dyn Progress,
) -> Result<(Codes, ErrorReport), Cancelled> {
    if bits <= 8 {
        let (codes, report) = walk::<u8>(values, bits, partition, decoder, encoder, progress)?;
        Ok((Codes::Narrow(codes), report))
    } else {
        let (codes, report) = walk::<u16>(values, bits, partition, decoder, encoder, progress)?;
        Ok((Codes::Wide(codes), report))
    }
}

fn walk<C: Code>(
    values: &[f32],
    bits: u32,
    partition: &Partition,
    decoder: &Decoder,
    encoder: &impl Encoder,
    progress: &dyn Progress,
) -> Result<(Vec<C>, ErrorReport), Cancelled> {
    let mut codes = vec![C::default(); values.len()];
    let done = AtomicU64::new(0);
    let whole = partition.groups() == 1;
    let blocks: Vec<(Tally, Used)> = codes
        .par_chunks_mut(BLOCK)
        .enumerate()
        .map(|(index, codes)| {
            let start = index * BLOCK;
            let (mut tally, mut used) = (Tally::default(), Used::new(bits));
            for (group, run) in partition.runs_in(start..start + codes.len()) {
                encoder.encode(group, &values[run.clone()], &mut codes[run.start - start..run.end - start], &mut tally);
            }
            if whole {
                used.add_all(codes);
            }
            let length = codes.len() as u64;
            progress.tick(done.fetch_add(length, Ordering::Relaxed) + length, values.len() as u64)?;
            Ok((tally, used))
        })
        .collect::<Result<_, Cancelled>>()?;
    let (mut tally, mut used) = (Tally::default(), Used::new(bits));
    for (block, codes) in &blocks {
        tally.merge(block);
        used.merge(codes);
    }
    let distinct =
        if whole { distinct(used.values(decoder, 0)) } else { distinct_of(&codes, bits, partition, decoder) };
    Ok((codes, tally.report(distinct)))
}

/// Which codes occur.
struct Used(Vec<bool>);

impl Used {
    fn new(bits: u32) -> Self {
        Self(vec![false; 1 << bits])
    }

    fn add_all<C: Code>(&mut self, codes: &[C]) {
        for code in codes {
            self.0[code.index()] = true;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(used, more)| *used |= more);
    }

    fn values<'a>(&'a self, decoder: &'a Decoder, group: usize) -> impl Iterator<Item = f32> + 'a {
        let codes = self.0.iter().enumerate().filter(|(_, used)| **used);
        codes.map(move |(code, _)| decoder.value(group, code as u16))
    }
}

/// Number of distinct finite values; both zeros are one.
fn distinct(values: impl Iterator<Item = f32>) -> u64 {
    let mut values: Vec<f32> = values.filter(|value| value.is_finite()).map(|value| value + 0.0).collect();
    values.par_sort_unstable_by(f32::total_cmp);
    values.dedup();
    values.len() as u64
}

/// Distinct values over the groups, each of which has levels of its own.
fn distinct_of<C: Code>(codes: &[C], bits: u32, partition: &Partition, decoder: &Decoder) -> u64 {
    let values = |group: usize| {
        let mut used = Used::new(bits);
        partition.runs_of(group).for_each(|run| used.add_all(&codes[run]));
        used.values(decoder, group).collect::<Vec<_>>()
    };
    let all: Vec<f32> = (0..partition.groups()).into_par_iter().flat_map_iter(values).collect();
    distinct(all.into_iter())
}
