//! What sparse storage keeps of a tensor: the codes that do not mean 0, the steps between them, and fillers.

use std::borrow::Cow;

use super::layout::Symbols;
use super::sparse::Walk;
use crate::engine::quantize::{Codes, Quantized};

/// The values of entries.
pub(super) enum Values {
    Symbols(Symbols<'static>),
    Floats(Vec<f32>),
}

/// What sparse storage keeps.
pub(super) struct Picked {
    /// Of every entry, fillers included.
    pub codes: Values,
    /// Steps − 1.
    pub steps: Symbols<'static>,
    /// Entries that are fillers.
    pub fillers: u64,
}

/// What is not 0, and fillers, for steps of `index` bits.
pub(super) fn pick(quantized: &Quantized, index: u8) -> Picked {
    match &quantized.codes {
        Codes::Floats(values) => {
            let kept = values.iter().copied().enumerate().filter(|(_, value)| value.to_bits() != 0);
            let (codes, steps, fillers) = picked(kept, 0.0, index);
            Picked { codes: Values::Floats(codes), steps, fillers }
        }
        Codes::Narrow(codes) => {
            let (codes, steps, fillers) = picked(kept(quantized, codes).map(|(at, code)| (at, code as u8)), 0, index);
            Picked { codes: Values::Symbols(Symbols::Narrow(Cow::Owned(codes))), steps, fillers }
        }
        Codes::Wide(codes) => {
            let (codes, steps, fillers) = picked(kept(quantized, codes), 0, index);
            Picked { codes: Values::Symbols(Symbols::Wide(Cow::Owned(codes))), steps, fillers }
        }
    }
}

/// Positions and stored codes of the weights that do not mean 0.
fn kept<'q, C: Copy + Into<u16>>(quantized: &'q Quantized, codes: &'q [C]) -> impl Iterator<Item = (usize, u16)> + 'q {
    let mask = ((1_u32 << quantized.bits) - 1) as u16;
    quantized.partition.runs().flat_map(move |(group, run)| {
        let zero = quantized.decoder.zero_code(group);
        let stored = move |at: usize| {
            let code: u16 = codes[at].into();
            (Some(code) != zero).then_some((at, code.wrapping_sub(zero.unwrap_or(0)) & mask))
        };
        run.filter_map(stored)
    })
}

fn picked<V: Copy>(kept: impl Iterator<Item = (usize, V)>, filler: V, index: u8) -> (Vec<V>, Symbols<'static>, u64) {
    let (mut values, mut steps, mut fillers) = (Vec::new(), Vec::new(), 0);
    let mut walk = Walk::new(index);
    let longest = ((1_u32 << index) - 1) as u16;
    for (position, value) in kept {
        let gap = walk.to(position);
        if gap.number > 0 {
            values.extend(std::iter::repeat_n(filler, gap.number));
            steps.extend(std::iter::repeat_n(longest, gap.number));
            fillers += gap.number as u64;
        }
        values.push(value);
        steps.push((gap.last_step - 1) as u16);
    }
    let steps = if index <= 8 {
        Symbols::Narrow(Cow::Owned(steps.into_iter().map(|step| step as u8).collect()))
    } else {
        Symbols::Wide(Cow::Owned(steps))
    };
    (values, steps, fillers)
}
