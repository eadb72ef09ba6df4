//! Rounding to a number format, with or without a scale.

use super::encode::{Code, PIECE};
use super::{Cast, CastScale, Overflow, QuantizeError, Rounding};
use crate::engine::measure::ErrorSums;
use crate::engine::number::{self, Format, Named};

/// How a group's weights become bit patterns: divided by the scale, then rounded once.
#[derive(Clone, Copy, Debug)]
pub struct CastEncoder {
    format: Format,
    rounding: Rounding,
    overflow: Overflow,
    scale: f32,
    /// Place in the tensor of the first weight that is encoded, for rules that draw.
    start: u64,
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
        Self { format: entry.format, rounding: cast.rounding, overflow: cast.overflow, scale, start: 0 }
    }

    /// The same encoder for weights from `start` on.
    #[must_use]
    pub fn at(self, start: usize) -> Self {
        Self { start: start as u64, ..self }
    }

    /// The rule.
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// Whether a code has an odd place in the order of values, which rounding to odd prefers.
    pub fn is_odd(&self, code: u16) -> bool {
        is_odd(self.format, code)
    }

    /// The codes of many weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        // Scaled blocks stay in the first-level cache.
        const BLOCK: usize = 1024;
        if self.rounding != Rounding::NearestEven {
            for (index, (code, value)) in (self.start..).zip(codes.iter_mut().zip(values)) {
                let value = f64::from(value / self.scale);
                *code = C::of(self.format.encode(value, self.rounding.at(index), self.overflow) as u32);
            }
            return;
        }
        let mut scaled = [0.0_f32; BLOCK];
        for (values, codes) in values.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)) {
            let scaled = &mut scaled[..values.len()];
            for (scaled, value) in scaled.iter_mut().zip(values) {
                *scaled = value / self.scale;
            }
            number::encode_slice(self.format, self.overflow, scaled, codes);
        }
    }

    /// Codes of a run of weights, and the errors of their reconstruction. `value_of` is the value of a code.
    pub fn measure<C: Code>(&self, values: &[f32], codes: &mut [C], value_of: impl Fn(usize) -> f32) -> ErrorSums {
        let mut sums = ErrorSums::default();
        let mut restored = [0.0_f32; PIECE];
        for (number, (values, codes)) in values.chunks(PIECE).zip(codes.chunks_mut(PIECE)).enumerate() {
            let restored = &mut restored[..values.len()];
            self.at(self.start as usize + number * PIECE).encode(values, codes);
            restored.iter_mut().zip(&*codes).for_each(|(value, code)| *value = value_of(code.index()));
            sums.add_block(values, restored);
        }
        sums
    }

    /// The code of the weight at the start.
    pub fn code(&self, value: f32) -> u16 {
        let mut code = [0_u16];
        self.encode(&[value], &mut code);
        code[0]
    }
}

/// Whether a code has an odd place in the order of values.
pub fn is_odd(format: Format, code: u16) -> bool {
    format.rank(code.into()).is_some_and(|rank| rank & 1 != 0)
}

/// How the values come about, in words for the status bar.
pub fn method(cast: &Cast, entry: &Named) -> String {
    let rule = cast.rounding.name().replace('-', " ");
    match cast.scale {
        CastScale::None => format!("cast to {}, {rule}", entry.title),
        CastScale::AbsMax => format!("cast to {}, {rule}, largest weight to largest value", entry.title),
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

    #[test]
    fn every_rounding_rule_is_that_of_the_format() {
        let values = [1.04, 1.0625, -1.0625, 1.1, -3.3, 500.0, 0.0007, f32::NAN];
        let format = number::find("e4m3fn").unwrap().format;
        for rule in ["toward-zero", "up", "down", "odd", "nearest-away", "stochastic:8:7"] {
            let rounding: Rounding = rule.parse().unwrap();
            let found = fitted(&values, &[8], &format!("float:e4m3fn,rounding={rule}"));
            let expected = (0..)
                .zip(values)
                .map(|(index, x)| format.encode(x.into(), rounding.at(index), Overflow::Default) as u8);
            assert_eq!(found.quantized.codes, Codes::Narrow(expected.collect()), "{rule}");
        }
        let wrapped = fitted(&[200.0, -129.0], &[2], "float:int8,rounding=toward-zero,overflow=wrap").quantized;
        assert_eq!(wrapped.reconstruct(), [-56.0, 127.0]);
        // Every weight draws by its place in the tensor, however the work is divided.
        let many = vec![1.03; 100_000];
        let drawn = fitted(&many, &[many.len()], "float:e4m3fn,rounding=stochastic:8:1").quantized.reconstruct();
        let mean = drawn.iter().map(|&x| f64::from(x)).sum::<f64>() / many.len() as f64;
        assert!((mean - 1.03).abs() < 1e-3, "{mean}");
    }

    #[test]
    fn boundaries_are_where_the_rule_has_them() {
        let values: Vec<f32> = (0..2000).map(|index| index as f32 / 300.0 - 3.3).collect();
        for rule in ["toward-zero", "up", "down", "odd"] {
            let found = fitted(&values, &[values.len()], &format!("float:e2m1fn,rounding={rule}")).quantized;
            let levels = super::super::levels(&found, 0);
            for (index, &value) in values.iter().enumerate() {
                let rank = levels.boundaries.partition_point(|&boundary| boundary < value);
                assert_eq!(levels.values[rank], found.value(index) + 0.0, "{rule} {value}");
            }
        }
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
