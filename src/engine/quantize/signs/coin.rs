//! Signs that are drawn.

use super::super::encode::{Code, measure_by};
use crate::engine::measure::ErrorSums;
use crate::engine::rng::Rng;

/// Draws each weight's sign by its place in the tensor: P(+1) = clip((r + 1) / 2, 0, 1). NaN draws −1.
#[derive(Clone, Copy, Debug)]
pub struct Coin {
    /// Values of both codes.
    levels: [f32; 2],
    seed: u64,
    /// Place in the tensor of the first weight that is encoded.
    start: u64,
}

/// What the state of the generator grows by with every draw: the draw of a place needs none before it.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Coin {
    /// The encoder of weights from the start of a tensor.
    pub fn new(levels: [f32; 2], seed: u64) -> Self {
        Self { levels, seed, start: 0 }
    }

    /// The encoder of the weights from `start` on.
    pub fn at(self, start: usize) -> Self {
        Self { start: self.start + start as u64, ..self }
    }

    /// The code of the weight that is `offset` places on.
    pub fn code(&self, value: f32, offset: usize) -> u16 {
        let place = self.start.wrapping_add(offset as u64);
        let drawn = Rng::new(self.seed.wrapping_add(place.wrapping_mul(STEP))).uniform();
        let chance = (f64::from(value) + 1.0) / 2.0;
        u16::from(drawn < chance)
    }

    /// Codes of many weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        for (offset, (code, &value)) in codes.iter_mut().zip(values).enumerate() {
            *code = C::of(self.code(value, offset).into());
        }
    }

    /// Codes of many weights, and the errors of their reconstruction.
    pub fn measure<C: Code>(&self, values: &[f32], codes: &mut [C]) -> ErrorSums {
        // Pieces come in order.
        let next = std::cell::Cell::new(0);
        let encode = |values: &[f32], codes: &mut [C]| {
            self.at(next.replace(next.get() + values.len())).encode(values, codes);
        };
        let decode = |codes: &[C], out: &mut [f32]| {
            out.iter_mut().zip(codes).for_each(|(value, code)| *value = self.levels[code.index()]);
        };
        measure_by(values, codes, encode, decode)
    }
}
