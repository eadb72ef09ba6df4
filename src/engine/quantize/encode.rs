//! The walk over all weights that writes codes and adds up errors, in parallel blocks.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Codes, Decoder, Partition};
use crate::engine::measure::{ErrorReport, Tally};
use crate::engine::{Cancelled, Progress};

/// Weights between two reductions of a kernel's sums.
#[cfg(target_arch = "x86_64")]
const PIECE: usize = 2048;
/// Weights that a worker takes at a time.
const BLOCK: usize = 1 << 17;

/// A code as it is kept in memory.
pub(super) trait Code: Copy + Default + Send + Sync + 'static {
    /// From the index of a level.
    fn of(index: usize) -> Self;
    /// To the index of a level.
    fn index(self) -> usize;
    /// Whether any code lies outside of `first..=last`.
    fn any_outside(codes: &[Self], first: usize, last: usize) -> bool;
    /// Narrows 32 indices of levels.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    unsafe fn store(indices: [std::arch::x86_64::__m256i; 4], codes: &mut [Self; 32]);
}

macro_rules! code {
    ($width:ty, $store:path) => {
        impl Code for $width {
            fn of(index: usize) -> Self {
                index as Self
            }
            fn index(self) -> usize {
                usize::from(self)
            }
            fn any_outside(codes: &[Self], first: usize, last: usize) -> bool {
                let (first, span) = (first as Self, (last - first) as Self);
                codes.iter().fold(false, |any, code| any | (code.wrapping_sub(first) > span))
            }
            #[cfg(target_arch = "x86_64")]
            unsafe fn store(indices: [std::arch::x86_64::__m256i; 4], codes: &mut [Self; 32]) {
                // SAFETY: the caller's promise.
                unsafe { $store(indices, codes) }
            }
        }
    };
}

code!(u8, super::avx2::store_u8);
code!(u16, super::avx2::store_u16);

/// Turns weights of one group into codes.
pub(super) trait Encoder: Sync {
    /// Writes one code a weight and adds the errors to the tally.
    fn encode<C: Code>(&self, group: usize, weights: &[f32], codes: &mut [C], tally: &mut Tally);
}

/// Sends a run through a kernel for whole pieces of 32 weights where the processor has it, and what is left (a rest, a piece
/// with a number that is not finite) through its scalar twin.
#[cfg(target_arch = "x86_64")]
pub(super) fn pieces<C: Code>(
    weights: &[f32],
    codes: &mut [C],
    tally: &mut Tally,
    scalar: impl Fn(&[f32], &mut [C], &mut Tally),
    kernel: impl Fn(&[[f32; 32]], &mut [[C; 32]]) -> Option<Tally>,
) {
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        return scalar(weights, codes, tally);
    }
    for (weights, codes) in weights.chunks(PIECE).zip(codes.chunks_mut(PIECE)) {
        let whole = weights.len() / 32 * 32;
        let (body, rest) = codes.split_at_mut(whole);
        match kernel(weights[..whole].as_chunks().0, body.as_chunks_mut().0) {
            Some(piece) => tally.merge(&piece),
            None => scalar(&weights[..whole], body, tally),
        }
        scalar(&weights[whole..], rest, tally);
    }
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
    huge_pages(&mut codes);
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

/// Asks for huge pages behind a large new buffer: its first touch costs more than the work otherwise.
fn huge_pages<T>(buffer: &mut [T]) {
    const PAGE: usize = 1 << 21;
    #[cfg(target_os = "linux")]
    if size_of_val(buffer) >= 2 * PAGE {
        let range = buffer.as_mut_ptr_range();
        let start = range.start.addr().next_multiple_of(PAGE);
        let length = range.end.addr() / PAGE * PAGE - start;
        // SAFETY: the whole pages lie within the buffer, and the advice changes nothing but their size; a refusal is no harm.
        unsafe { libc::madvise(range.start.map_addr(|_| start).cast(), length, libc::MADV_HUGEPAGE) };
    }
}

/// Which codes occur.
struct Used(Vec<bool>);

impl Used {
    fn new(bits: u32) -> Self {
        Self(vec![false; 1 << bits])
    }

    fn add(&mut self, codes: &[impl Code]) {
        for code in codes {
            self.0[code.index()] = true;
        }
    }

    /// Marks all codes. Most of them lie in one run that is known after the first few: only others need a look one by one.
    fn add_all<C: Code>(&mut self, codes: &[C]) {
        let (start, rest) = codes.split_at(codes.len().min(4096));
        self.add(start);
        let Some(middle) = start.first() else { return };
        let (mut first, mut last) = (middle.index(), middle.index());
        let (pieces, rest) = rest.as_chunks::<64>();
        self.add(rest);
        for piece in pieces {
            while first > 0 && self.0[first - 1] {
                first -= 1;
            }
            while last + 1 < self.0.len() && self.0[last + 1] {
                last += 1;
            }
            if C::any_outside(piece, first, last) {
                self.add(piece);
            }
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
        partition.runs_of(group).for_each(|run| used.add(&codes[run]));
        used.values(decoder, group).collect::<Vec<_>>()
    };
    let all: Vec<f32> = (0..partition.groups()).into_par_iter().flat_map_iter(values).collect();
    distinct(all.into_iter())
}
