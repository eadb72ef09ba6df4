//! Rounding to a number format, with or without a scale.

use super::encode::Code;
use super::{Cast, CastScale, Overflow, QuantizeError};
use crate::engine::number::{self, Format, Named};

/// How a group's weights become bit patterns: divided by the scale, then rounded once to nearest even.
#[derive(Clone, Copy, Debug)]
pub struct CastEncoder {
    format: Format,
    overflow: Overflow,
    scale: f32,
}

/// The format of a cast.
///
/// # Errors
/// A name that means no format, or one of more than 16 bits; a policy that it cannot follow.
pub fn entry(cast: &Cast) -> Result<Named, QuantizeError> {
    let entry = number::named(&cast.format).map_err(|error| QuantizeError::Unfit(error.to_string()))?;
    if entry.format.bits() > 16 {
        return Err(QuantizeError::Unfit(format!("{} is no format of up to 16 bits", cast.format)));
    }
    match entry.format.refusal(cast.overflow) {
        Some(reason) => Err(QuantizeError::Unfit(format!("{} {reason}", entry.title))),
        None => Ok(entry),
    }
}

/// The divisor of a group whose largest magnitude is `max_abs`: it takes that magnitude to the largest finite value of the format
/// (to the largest magnitude of int1, which has no positive value). 1 without scaling, for groups of zeros, and where the quotient
/// underflows float32.
pub fn scale(cast: &Cast, entry: &Named, max_abs: f32) -> f32 {
    let properties = entry.format.properties();
    let max = properties.max_finite.to_f64();
    let largest = if max > 0.0 { max } else { properties.min_finite.to_f64().abs() };
    let scale = (f64::from(max_abs) / largest) as f32;
    if cast.scale == CastScale::AbsMax && scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

impl CastEncoder {
    /// The encoder of a group.
    pub fn new(cast: &Cast, entry: &Named, scale: f32) -> Self {
        Self { format: entry.format, overflow: cast.overflow, scale }
    }

    /// The codes of many weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        // Scaled blocks stay in the first-level cache.
        const BLOCK: usize = 1024;
        let mut scaled = [0.0_f32; BLOCK];
        for (values, codes) in values.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)) {
            let scaled = &mut scaled[..values.len()];
            for (scaled, value) in scaled.iter_mut().zip(values) {
                *scaled = value / self.scale;
            }
            number::encode_slice(self.format, self.overflow, scaled, codes);
        }
    }

    /// The code of one weight.
    pub fn code(&self, value: f32) -> u16 {
        let mut code = [0_u16];
        number::encode_slice(self.format, self.overflow, &[value / self.scale], &mut code);
        code[0]
    }
}

/// How the values come about, in words for the status bar.
pub fn method(cast: &Cast, entry: &Named) -> String {
    match cast.scale {
        CastScale::None => format!("cast to {}, nearest even", entry.title),
        CastScale::AbsMax => format!("cast to {}, nearest even, largest weight to largest value", entry.title),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Codes, Decoder, Fitted, Quantizer, Scheme, preview, quantize};
    use super::*;
    use crate::engine::Silent;
    use crate::engine::tensor::Summary;

    fn scheme(text: &str) -> Scheme {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn fitted(values: &[f32], shape: &[usize], text: &str) -> Fitted {
        quantize(values, shape, &scheme(text), None, &Silent).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The scales; decoders with NaN in their tables equal nothing.
    fn scales(decoder: &Decoder) -> &[f32] {
        let Decoder::Table { scale, .. } = decoder else { panic!("a cast decodes by a table") };
        scale
    }

    #[test]
    fn without_a_scale_weights_go_in_as_they_are() {
        let values = [0.3, -500.0, f32::NAN, f32::INFINITY, -0.0, 1.0625];
        let found = fitted(&values, &[6], "float:e4m3fn").quantized;
        assert_eq!(found.codes, Codes::Narrow(vec![0x2a, 0xfe, 0x7f, 0x7e, 0x80, 0x38]));
        assert_eq!(found.value(0), 0.3125);
        let wide = fitted(&[1e6, -2.5], &[2], "float:fp16").quantized;
        assert_eq!(wide.codes, Codes::Wide(vec![0x7c00, 0xc100]));
    }

    #[test]
    fn absmax_sends_the_largest_magnitude_of_a_group_to_the_largest_value() {
        let values = [1.0, -2.0, 0.0, 0.0, 448.0, f32::NAN];
        let found = fitted(&values, &[3, 2], "float:e4m3fn,scale=absmax,per=channel").quantized;
        assert_eq!(scales(&found.decoder), [2.0 / 448.0, 1.0, 1.0]);
        assert_eq!(found.codes, Codes::Narrow(vec![0x76, 0xfe, 0, 0, 0x7e, 0x7f]));
        let int1 = fitted(&[-3.0, 3.0, -1.0], &[3], "float:int1,scale=absmax").quantized;
        assert_eq!(int1.reconstruct(), [-3.0, 0.0, 0.0]);
        let tiny = fitted(&[f32::from_bits(1)], &[1], "float:e4m3fn,scale=absmax").quantized;
        assert_eq!(scales(&tiny.decoder), [1.0]);
    }

    /// Weights of many magnitudes; some overflow narrow formats, some underflow.
    fn weights(count: u16) -> Vec<f32> {
        let mut values: Vec<f32> = (0..count).map(|i| (f32::from(i) * 0.37).sin() * f32::from(i)).collect();
        values.extend([f32::NAN, f32::INFINITY, -0.0, 0.0, 1e-9, -1e-9]);
        values
    }

    #[test]
    fn a_preview_from_distinct_values_is_the_exact_answer() {
        let values = weights(3000);
        let summary = Summary::of(&values, &Silent).unwrap();
        assert!(summary.distinct);
        for text in ["float:e4m3fn", "float:e5m2,scale=absmax", "float:e4m3", "float:int4", "float:bf16", "float:fp16"]
        {
            let exact = fitted(&values, &[values.len()], text);
            let preview = preview(&summary, &[values.len()], &scheme(text)).unwrap();
            assert_eq!(scales(&preview.decoder), scales(&exact.quantized.decoder), "{text}");
            let (found, expected) = (preview.report, exact.report);
            assert_eq!((found.count, found.excluded), (expected.count, expected.excluded), "{text}");
            assert_eq!((found.max_error, found.distinct), (expected.max_error, expected.distinct), "{text}");
            assert!((found.sse - expected.sse).abs() <= 1e-9 * expected.sse, "{text}");
            // The exact levels count the weights that are not finite too, where the format has a level for them.
            let levels = super::super::levels(&exact.quantized, 0);
            assert!(preview.levels.codes == levels.codes && preview.levels.boundaries == levels.boundaries, "{text}");
            let differences =
                preview.levels.counts.iter().zip(&levels.counts).map(|(a, b)| a.abs_diff(*b)).sum::<u64>();
            assert!(differences <= 2, "{text}");
        }
    }

    #[test]
    fn a_preview_leaves_out_what_becomes_infinite() {
        // Too many different values for a bin each; those beyond 248 become infinite in this format.
        let values: Vec<f32> = (0..200_000_u32).map(|i| i as f32 / 400.0).collect();
        let summary = Summary::of(&values, &Silent).unwrap();
        assert!(!summary.distinct);
        let exact = fitted(&values, &[values.len()], "float:e4m3").report;
        let preview = preview(&summary, &[values.len()], &scheme("float:e4m3")).unwrap().report;
        assert!(exact.excluded > 90_000 && preview.excluded.abs_diff(exact.excluded) < 100, "{}", preview.excluded);
        assert!((preview.sse / exact.sse - 1.0).abs() < 1e-3, "{} {}", preview.sse, exact.sse);
        assert!(preview.max_error <= 8.1, "{}", preview.max_error);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |scheme: &Scheme, shape: &[usize]| {
            quantize(&[1.0; 4], shape, scheme, None, &Silent).unwrap_err().to_string()
        };
        assert!(refused(&scheme("float:int8,overflow=nan"), &[4]).contains("has no NaN"));
        assert!(refused(&scheme("float:int8,scale=absmax,per=channel:2"), &[2, 2]).contains("axis 2"));
        let Some(Quantizer::Cast(cast)) = scheme("float:int8").quantizer else { panic!("a cast") };
        let wide = Quantizer::Cast(Cast { format: "fp32".to_owned(), ..cast }).into();
        assert!(refused(&wide, &[4]).contains("up to 16 bits"));
    }
}
