//! A quantized tensor as an even grid, for formats that know nothing else: value = scale · (q − zero point).

use crate::engine::quantize::{Codes, Decoder, Quantized};

/// Whole numbers with a scale and a zero point a group.
pub(super) struct Grid<'a> {
    quantized: &'a Quantized,
    /// Scales, group by group.
    pub scale: &'a [f32],
    /// Zero points, group by group; empty where all are 0.
    pub zero_point: &'a [i32],
    /// Smallest code.
    pub low: i32,
}

impl<'a> Grid<'a> {
    /// The grid of a linear scheme; `None` for any other quantizer.
    pub fn of(quantized: &'a Quantized) -> Option<Self> {
        let Decoder::Affine { scale, zero_point, code_min, .. } = &quantized.decoder else { return None };
        Some(Self { quantized, scale, zero_point, low: *code_min })
    }

    /// Whether some value is not scale · q.
    pub fn has_zero_points(&self) -> bool {
        self.zero_point.iter().any(|&zero| zero != 0)
    }

    /// Whether codes can be negative.
    pub fn is_signed(&self) -> bool {
        self.low < 0
    }

    /// q of one weight.
    pub fn code(&self, index: usize) -> i32 {
        i32::from(self.quantized.codes.get(index)) + self.low
    }

    /// q of every weight as bytes in two's complement; `None` above 8 bits.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match &self.quantized.codes {
            Codes::Narrow(codes) => Some(codes.iter().map(|&code| (i32::from(code) + self.low) as u8).collect()),
            _ => None,
        }
    }
}

/// Little-endian bytes of floats.
pub(super) fn float_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
