//! The block types of llama.cpp that a rule without search fills: runs of 32 weights along a row share a float16 scale, and a
//! float16 minimum in the types called `_1`.
//!
//! Every rule is that of `quantize_row_*_ref` in `ggml-quants.c`, in float32 and in its order: the scale is kept as float16, the codes
//! are found with the one that was not rounded. Q4_0 and Q5_0 send the weight of largest magnitude to the lowest code, so that their
//! scale has the opposite sign of it, and round halves up; Q8_0 rounds halves away from zero.

use rayon::prelude::*;

use super::encode::{Code, Encoder, measure_by};
use super::fitting::Parameters;
use super::{Decoder, Partition, Per, QuantizeError, ScaleFormat, SchemeError};
use crate::engine::Progress;
use crate::engine::measure::ErrorSums;

/// Weights in a block.
pub const BLOCK: usize = 32;

/// A block type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the formats'")]
pub enum Ggml {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
}

impl Ggml {
    /// Every type that can be written.
    pub const ALL: [Self; 5] = [Self::Q4_0, Self::Q4_1, Self::Q5_0, Self::Q5_1, Self::Q8_0];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "q4_0",
            Self::Q4_1 => "q4_1",
            Self::Q5_0 => "q5_0",
            Self::Q5_1 => "q5_1",
            Self::Q8_0 => "q8_0",
        }
    }

    /// Width of a code.
    pub fn bits(self) -> u32 {
        match self {
            Self::Q4_0 | Self::Q4_1 => 4,
            Self::Q5_0 | Self::Q5_1 => 5,
            Self::Q8_0 => 8,
        }
    }

    /// Whether a block has a minimum beside its scale.
    pub fn has_minimum(self) -> bool {
        matches!(self, Self::Q4_1 | Self::Q5_1)
    }

    /// The type of another width that has a minimum where this one has.
    pub(super) fn with_bits(self, bits: u32) -> Result<Self, SchemeError> {
        let fits = |other: &Self| other.bits() == bits && other.has_minimum() == self.has_minimum();
        let widths = if self.has_minimum() { "4 and 5" } else { "4, 5 and 8" };
        let refusal = || SchemeError::new(format!("GGUF types of this kind have {widths} bits, not {bits}"));
        Self::ALL.into_iter().find(fits).ok_or_else(refusal)
    }

    /// q of the smallest and the largest code; with a minimum codes count from 0.
    pub(in crate::engine) fn codes(self) -> (i32, i32) {
        let half = 1 << (self.bits() - 1);
        if self.has_minimum() { (0, 2 * half - 1) } else { (-half, half - 1) }
    }
}

/// How one block's weights become codes.
#[derive(Clone, Copy, Debug)]
pub struct BlockEncoder {
    kind: Ggml,
    /// 1 / scale before it is rounded; 0 where the scale is 0.
    inverse: f32,
    minimum: f32,
}

impl BlockEncoder {
    /// The encoder and the scale of a block, before it is rounded. Weights that are not finite have no say in either.
    fn fit(kind: Ggml, weights: &[f32]) -> (Self, f32) {
        let finite = || weights.iter().copied().filter(|weight| weight.is_finite());
        let (mut low, mut high, mut extreme) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f32);
        for weight in finite() {
            low = low.min(weight);
            high = high.max(weight);
            if weight.abs() > extreme.abs() {
                extreme = weight;
            }
        }
        if low > high {
            (low, high) = (0.0, 0.0);
        }
        let (scale, minimum) = match kind {
            Ggml::Q4_0 => (extreme / -8.0, 0.0),
            Ggml::Q5_0 => (extreme / -16.0, 0.0),
            Ggml::Q8_0 => (extreme.abs() / 127.0, 0.0),
            Ggml::Q4_1 => ((high - low) / 15.0, low),
            Ggml::Q5_1 => ((high - low) / 31.0, low),
        };
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        (Self { kind, inverse, minimum }, scale)
    }

    /// The code of one weight, as an index.
    pub fn code(&self, weight: f32) -> u16 {
        if !weight.is_finite() {
            return self.code_of_special(weight);
        }
        let (low, high) = self.kind.codes();
        let q = match self.kind {
            // A float that is converted saturates and drops its fraction.
            Ggml::Q4_0 | Ggml::Q5_0 => (weight * self.inverse + (0.5 - low as f32)) as i32 + low,
            Ggml::Q4_1 | Ggml::Q5_1 => ((weight - self.minimum) * self.inverse + 0.5) as i32,
            Ggml::Q8_0 => (weight * self.inverse).round() as i32,
        };
        (q.clamp(low, high) - low) as u16
    }

    /// NaN becomes what is nearest to zero, infinities the ends.
    fn code_of_special(&self, weight: f32) -> u16 {
        let (low, high) = self.kind.codes();
        if weight.is_nan() {
            return self.code(0.0);
        }
        let upwards = (weight > 0.0) == (self.inverse >= 0.0);
        (if upwards { high - low } else { 0 }) as u16
    }

    /// Codes of a run of weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        for (&value, code) in values.iter().zip(codes) {
            *code = C::of(u32::from(self.code(value)));
        }
    }

    /// Codes of a run of weights, and the errors of their reconstruction.
    pub fn measure<C: Code>(&self, values: &[f32], codes: &mut [C], value_of: impl Fn(usize) -> f32) -> ErrorSums {
        let decode = |codes: &[C], restored: &mut [f32]| {
            restored.iter_mut().zip(codes).for_each(|(value, code)| *value = value_of(code.index()));
        };
        measure_by(values, codes, |values, codes| self.encode(values, codes), decode)
    }
}

/// How a ggml type divides a tensor.
pub(super) const PER: Per = Per::Group(BLOCK);

/// Fits every block.
///
/// # Errors
/// Rows that are no whole number of blocks, or cancelled.
pub(super) fn fit(
    kind: Ggml,
    values: &[f32],
    shape: &[usize],
    partition: &Partition,
    progress: &dyn Progress,
) -> Result<Parameters, QuantizeError> {
    let row = if shape.len() > 1 { shape[1..].iter().product() } else { values.len() };
    if row % BLOCK != 0 {
        return Err(QuantizeError::Unfit(format!(
            "{} has blocks of {BLOCK} along a row; a row of {row} weights is no whole number of them",
            kind.name()
        )));
    }
    progress.check()?;
    let fits: Vec<(BlockEncoder, f32)> =
        values.par_chunks(BLOCK).map(|weights| BlockEncoder::fit(kind, weights)).collect();
    debug_assert_eq!(fits.len(), partition.groups());
    let rounded = |value: f32| half::f16::from_f32(value).to_f32();
    let scale: Vec<f32> = fits.iter().map(|(_, scale)| rounded(*scale)).collect();
    let (code_min, code_max) = kind.codes();
    let decoder = if kind.has_minimum() {
        let minimum = fits.iter().map(|(encoder, _)| rounded(encoder.minimum)).collect();
        Decoder::Offset { scale, minimum, code_max, stored: ScaleFormat::F16 }
    } else {
        Decoder::Affine { scale, zero_point: Vec::new(), code_min, code_max, stored: ScaleFormat::F16 }
    };
    let encoders = fits.into_iter().map(|(encoder, _)| Encoder::Block(encoder)).collect();
    let method = format!("llama.cpp's rule, {} blocks", partition.groups());
    Ok(Parameters { decoder, encoders, method })
}

#[cfg(test)]
mod tests {
    use super::super::{Quantized, quantize};
    use super::*;
    use crate::engine::{Silent, coding};

    fn quantized(text: &str, values: &[f32]) -> Quantized {
        quantize(values, &[values.len()], &text.parse().unwrap(), None, &Silent).unwrap().quantized
    }

    /// 32 weights from −1 to 0.9375, the largest magnitude first and negative.
    fn ramp() -> Vec<f32> {
        (0..32_i8).map(|index| f32::from(index - 16) / 16.0).collect()
    }

    #[test]
    fn the_largest_magnitude_becomes_the_lowest_code() {
        let found = quantized("gguf:q4_0", &ramp());
        let Decoder::Affine { scale, .. } = &found.decoder else { panic!("an even grid") };
        assert_eq!(scale, &[0.125]);
        assert_eq!((found.value(0), found.value(16)), (-1.0, 0.0));
        let mirrored: Vec<f32> = ramp().iter().map(|value| -value).collect();
        let found = quantized("gguf:q4_0", &mirrored);
        let Decoder::Affine { scale, .. } = &found.decoder else { panic!("an even grid") };
        assert_eq!((scale[0], found.value(0), found.codes.get(0)), (-0.125, 1.0, 0));
    }

    #[test]
    fn halves_go_up_in_q4_0_and_away_from_zero_in_q8_0() {
        let mut values = vec![0.0; 32];
        values[..4].copy_from_slice(&[-8.0, 0.5, -0.5, 1.5]);
        let found = quantized("gguf:q4_0", &values);
        assert_eq!([0, 1, 2, 3].map(|index| found.value(index)), [-8.0, 1.0, 0.0, 2.0]);
        values[..4].copy_from_slice(&[127.0, 0.5, -0.5, 1.5]);
        let found = quantized("gguf:q8_0", &values);
        assert_eq!([0, 1, 2, 3].map(|index| found.value(index)), [127.0, 1.0, -1.0, 2.0]);
    }

    #[test]
    fn a_minimum_is_hit_and_the_payload_is_as_long_as_the_blocks() {
        for (text, bytes) in
            [("gguf:q4_0", 18), ("gguf:q4_1", 20), ("gguf:q5_0", 22), ("gguf:q5_1", 24), ("gguf:q8_0", 34)]
        {
            let values: Vec<f32> = ramp().iter().chain(&ramp()).map(|value| value * 3.0 + 0.25).collect();
            let found = quantized(text, &values);
            let layout = coding::Layout::of(&found);
            assert_eq!(layout.ledger().bits(), 2 * 8 * bytes, "{text}");
            let header = coding::Header::of(&found, &layout);
            let read = header.read(&layout.write(&found)).unwrap();
            assert_eq!((read.codes, read.decoder), (found.codes.clone(), found.decoder.clone()), "{text}");
            let step = 6.0 / f32::powi(2.0, found.bits as i32 - 1);
            for (value, back) in values.iter().zip(found.reconstruct()) {
                assert!((value - back).abs() <= step, "{text}: {value} {back}");
            }
        }
        let found = quantized("gguf:q4_1", &ramp());
        assert_eq!(found.value(0), -1.0);
    }

    #[test]
    fn what_is_not_finite_keeps_the_block_alive() {
        let mut values = ramp();
        values[3] = f32::NAN;
        values[4] = f32::INFINITY;
        values[5] = f32::NEG_INFINITY;
        for kind in Ggml::ALL {
            let found = quantized(&format!("gguf:{}", kind.name()), &values);
            let restored = found.reconstruct();
            assert!(restored.iter().all(|value| value.is_finite()), "{}", kind.name());
            assert!(restored[4] > 0.8 && restored[5] < -0.8 && restored[3].abs() < 0.07, "{}", kind.name());
        }
        assert_eq!(quantized("gguf:q5_0", &[0.0; 32]).reconstruct(), [0.0; 32]);
    }

    #[test]
    fn a_row_that_is_no_whole_number_of_blocks_is_refused() {
        let refused = quantize(&[0.0; 99], &[3, 33], &"gguf:q8_0".parse().unwrap(), None, &Silent).unwrap_err();
        assert!(refused.to_string().contains("row of 33"), "{refused}");
    }
}
