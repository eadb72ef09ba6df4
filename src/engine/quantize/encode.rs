//! From weights to codes: what every fitted quantizer ends in.

use std::borrow::Cow;

pub use super::affine::Affine;
use super::cast::CastEncoder;
use super::ggml::BlockEncoder;
pub use super::nearest::{Nearest, boundary};
use super::rounded::Rounded;
use super::signs::Coin;
use crate::engine::measure::ErrorSums;
use crate::engine::number::{CodeWord, Rounding};

/// Weights that are encoded, decoded and measured together, so that everything stays in the first-level cache.
pub(super) const PIECE: usize = 2048;

/// Codes of either width.
pub trait Code: CodeWord + Default + Send + Sync + 'static {
    /// A code from an index below 65,536.
    fn of(index: u32) -> Self;
    /// The code as an index.
    fn index(self) -> usize;
    /// Whether any code lies outside of `first..=last`.
    fn any_outside(codes: &[Self], first: usize, last: usize) -> bool;
    /// Narrows 32 indices.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    unsafe fn store(indices: [std::arch::x86_64::__m256i; 4], codes: &mut [Self; 32]);
}

macro_rules! code {
    ($word:ty, $store:path) => {
        impl Code for $word {
            fn of(index: u32) -> Self {
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

/// How a group's weights become codes.
#[derive(Clone, Debug)]
pub enum Encoder {
    /// To the nearest of sorted levels.
    Nearest(Nearest),
    /// By division and rounding.
    Affine(Affine),
    /// By division and another rounding.
    Rounded(Rounded),
    /// By rounding to a number format.
    Cast(CastEncoder),
    /// By chance.
    Coin(Coin),
    /// By the rule of a block type.
    Block(BlockEncoder),
}

impl Encoder {
    /// Whether equal weights may get different codes, by chance.
    pub fn is_stochastic(&self) -> bool {
        let rounding = match self {
            Self::Nearest(_) | Self::Affine(_) | Self::Block(_) => return false,
            Self::Coin(_) => return true,
            Self::Rounded(rounded) => rounded.rounding(),
            Self::Cast(cast) => cast.rounding(),
        };
        matches!(rounding, Rounding::Stochastic { .. })
    }

    /// The encoder of the weights from `start` on: only rules that draw ask where in the tensor a weight is.
    pub fn at(&self, start: usize) -> Cow<'_, Self> {
        match self {
            Self::Rounded(rounded) => Cow::Owned(Self::Rounded(rounded.at(start))),
            Self::Cast(cast) if cast.rounding().random().is_some() => Cow::Owned(Self::Cast(cast.at(start))),
            Self::Coin(coin) => Cow::Owned(Self::Coin(coin.at(start))),
            encoder => Cow::Borrowed(encoder),
        }
    }

    /// Codes of a run of weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        match self {
            Self::Nearest(nearest) => nearest.encode(values, codes),
            Self::Affine(affine) => affine.encode(values, codes),
            Self::Rounded(rounded) => rounded.encode(values, codes),
            Self::Cast(cast) => cast.encode(values, codes),
            Self::Coin(coin) => coin.encode(values, codes),
            Self::Block(block) => block.encode(values, codes),
        }
    }

    /// Codes of a run of weights, and the errors of their reconstruction. `value_of` is the value of a code.
    pub fn measure<C: Code>(&self, values: &[f32], codes: &mut [C], value_of: impl Fn(usize) -> f32) -> ErrorSums {
        match self {
            Self::Nearest(nearest) => nearest.measure(values, codes),
            Self::Affine(affine) => affine.measure(values, codes),
            Self::Rounded(rounded) => rounded.measure(values, codes),
            Self::Cast(cast) => cast.measure(values, codes, value_of),
            Self::Coin(coin) => coin.measure(values, codes),
            Self::Block(block) => block.measure(values, codes, value_of),
        }
    }

    /// The code of one weight.
    pub fn code(&self, value: f32) -> u16 {
        match self {
            Self::Nearest(nearest) => nearest.level(value) as u16,
            Self::Affine(affine) => (affine.code(value) - affine.code_min) as u16,
            Self::Rounded(rounded) => (rounded.code(value) - rounded.affine().code_min) as u16,
            Self::Cast(cast) => cast.code(value),
            Self::Coin(coin) => coin.code(value, 0),
            Self::Block(block) => block.code(value),
        }
    }
}

/// Encodes, decodes and measures piece by piece.
pub(super) fn measure_by<C: Code>(
    values: &[f32],
    codes: &mut [C],
    encode: impl Fn(&[f32], &mut [C]),
    decode: impl Fn(&[C], &mut [f32]),
) -> ErrorSums {
    let mut sums = ErrorSums::default();
    let mut restored = [0.0_f32; PIECE];
    for (values, codes) in values.chunks(PIECE).zip(codes.chunks_mut(PIECE)) {
        let restored = &mut restored[..values.len()];
        encode(values, codes);
        decode(codes, restored);
        sums.add_block(values, restored);
    }
    sums
}

/// Sends whole pieces through a kernel where the processor has what it needs, and what is left (a rest, a piece in which something
/// is not finite, for which the kernel says `None`) through its twin.
#[cfg(target_arch = "x86_64")]
pub(super) fn measure_in_blocks<C: Code>(
    values: &[f32],
    codes: &mut [C],
    twin: impl Fn(&[f32], &mut [C]) -> ErrorSums,
    kernel: impl Fn(&[[f32; 32]], &mut [[C; 32]]) -> Option<ErrorSums>,
) -> ErrorSums {
    if !super::avx2::available() {
        return twin(values, codes);
    }
    let mut sums = ErrorSums::default();
    for (values, codes) in values.chunks(PIECE).zip(codes.chunks_mut(PIECE)) {
        let whole = values.len() / 32 * 32;
        let (body, rest) = codes.split_at_mut(whole);
        let of_body = kernel(values[..whole].as_chunks().0, body.as_chunks_mut().0);
        sums = sums.merge(of_body.unwrap_or_else(|| twin(&values[..whole], body)));
        if !rest.is_empty() {
            sums = sums.merge(twin(&values[whole..], rest));
        }
    }
    sums
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// Weights on, beside and between the boundaries, and every special value.
    pub fn hard_values(boundaries: &[f32]) -> Vec<f32> {
        let mut rng = Rng::new(5);
        let mut values: Vec<f32> = (0..3000).map(|_| (rng.normal() * 2.0) as f32).collect();
        values.extend(boundaries.iter().flat_map(|b| [b.next_down(), *b, b.next_up()]));
        values.extend([
            0.0,
            -0.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
        ]);
        values
    }

    /// Holds the measuring kernel of an encoder equal to its parts: codes weight by weight, sums over finite pairs.
    pub fn check_measure<C: Code + PartialEq + std::fmt::Debug>(
        encoder: &Encoder,
        values: &[f32],
        value_of: impl Fn(usize) -> f32,
    ) {
        for length in [0, 1, 31, 32, 33, 2047, 2048, values.len()] {
            let values = &values[..length.min(values.len())];
            let mut codes = vec![C::default(); values.len()];
            let found = encoder.measure(values, &mut codes, &value_of).report(0);
            let mut sums = ErrorSums::default();
            for (&value, code) in values.iter().zip(&codes) {
                assert_eq!(*code, C::of(u32::from(encoder.code(value))), "{value}");
                sums.add(value, value_of(code.index()));
            }
            let expected = sums.report(0);
            assert_eq!(
                (found.count, found.excluded, found.max_error),
                (expected.count, expected.excluded, expected.max_error)
            );
            let sums = |report: crate::engine::measure::ErrorReport| [report.sse, report.signal, report.reconstruction];
            for (found, expected) in sums(found).into_iter().zip(sums(expected)) {
                assert!((found - expected).abs() <= 1e-12 * expected, "{found} {expected}");
            }
        }
    }
}
