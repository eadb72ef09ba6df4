//! Codes by division and any rounding rule but the default one.

use super::Rounding;
use super::encode::{Affine, Code, PIECE};
use crate::engine::measure::ErrorSums;

/// The affine rule with another rounding: q = clamp(round(r / S) + Z), where r / S is a float32.
#[derive(Clone, Copy, Debug)]
pub struct Rounded {
    affine: Affine,
    rounding: Rounding,
    /// Place in the tensor of the first weight that is encoded, for rules that draw.
    start: u64,
}

impl Rounded {
    /// The encoder of weights from the start of a tensor.
    pub fn new(affine: Affine, rounding: Rounding) -> Self {
        Self { affine, rounding, start: 0 }
    }

    /// The same encoder for weights from `start` on.
    #[must_use]
    pub fn at(self, start: usize) -> Self {
        Self { start: start as u64, ..self }
    }

    /// The grid.
    pub fn affine(&self) -> &Affine {
        &self.affine
    }

    /// The rule.
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// q of the weight at the start.
    pub fn code(&self, value: f32) -> i32 {
        let mut step = [value / self.affine.scale];
        self.round(&mut step, 0);
        self.clamped(step[0])
    }

    /// Codes of a run of weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        const BLOCK: usize = 1024;
        let mut steps = [0.0_f32; BLOCK];
        for (number, (values, codes)) in values.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)).enumerate() {
            let steps = &mut steps[..values.len()];
            steps.iter_mut().zip(values).for_each(|(step, value)| *step = value / self.affine.scale);
            self.round(steps, (number * BLOCK) as u64);
            for (code, &step) in codes.iter_mut().zip(&*steps) {
                *code = C::of((self.clamped(step) - self.affine.code_min) as u32);
            }
        }
    }

    /// Codes of a run of weights, and the errors of their reconstruction.
    pub fn measure<C: Code>(&self, values: &[f32], codes: &mut [C]) -> ErrorSums {
        let mut sums = ErrorSums::default();
        let mut restored = [0.0_f32; PIECE];
        for (number, (values, codes)) in values.chunks(PIECE).zip(codes.chunks_mut(PIECE)).enumerate() {
            let restored = &mut restored[..values.len()];
            self.at(self.start as usize + number * PIECE).encode(values, codes);
            self.affine.decode(codes, restored);
            sums.add_block(values, restored);
        }
        sums
    }

    fn clamped(&self, step: f32) -> i32 {
        let low = (self.affine.code_min - self.affine.zero_point) as f32;
        let high = (self.affine.code_max - self.affine.zero_point) as f32;
        let step = if step < low { low } else { step };
        let step = if step > high { high } else { step };
        // NaN becomes 0 and so Z, the code of zero.
        step as i32 + self.affine.zero_point
    }

    fn round(&self, steps: &mut [f32], offset: u64) {
        match self.rounding {
            Rounding::NearestEven => each(steps, f32::round_ties_even),
            Rounding::NearestAway => each(steps, f32::round),
            Rounding::TowardZero => each(steps, f32::trunc),
            Rounding::Up => each(steps, f32::ceil),
            Rounding::Down => each(steps, f32::floor),
            Rounding::Odd => each(steps, odd),
            rule @ Rounding::Stochastic { .. } => {
                for (index, step) in (self.start + offset..).zip(steps) {
                    *step = drawn(*step, rule.at(index));
                }
            }
        }
    }
}

fn each(steps: &mut [f32], rule: impl Fn(f32) -> f32) {
    steps.iter_mut().for_each(|step| *step = rule(*step));
}

/// The odd neighbour of a number that is not whole.
fn odd(value: f32) -> f32 {
    let floor = value.floor();
    if floor == value || floor % 2.0 != 0.0 { floor } else { floor + 1.0 }
}

/// Away from zero where the distance from the neighbour nearer to zero and the draw together carry.
fn drawn(value: f32, rule: Rounding) -> f32 {
    let Some((bits, random)) = rule.random() else { return value };
    let inner = value.trunc();
    // Exact: a float32 has 24 bits, and its fraction no more.
    let distance = (f64::from(value - inner).abs() * (f64::from(bits)).exp2()) as u64;
    if distance + random >= 1 << bits { inner + 1_f32.copysign(value) } else { inner }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::number::IntegerFormat;
    use crate::engine::quantize::{Overflow, quantize};
    use crate::engine::rng::Rng;

    #[test]
    fn every_rule_is_the_number_engines() {
        let mut rng = Rng::new(8);
        let mut values: Vec<f32> = (0..2000).map(|_| (rng.normal() * 2.0) as f32).collect();
        values.extend((-40..40_i16).map(|half| f32::from(half) * 0.05));
        values.extend([0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-45]);
        let integer = IntegerFormat::signed(40);
        let rules = Rounding::ALL.into_iter().chain([1, 8, 32].map(|bits| Rounding::Stochastic { bits, seed: 3 }));
        for rounding in rules {
            for zero_point in [0, -3] {
                let affine = Affine { scale: 0.1, zero_point, code_min: -16, code_max: 15 };
                let encoder = Rounded::new(affine, rounding).at(100);
                let (mut codes, mut measured) = (vec![0_u8; values.len()], vec![0_u8; values.len()]);
                encoder.encode(&values, &mut codes);
                encoder.measure(&values, &mut measured);
                assert_eq!(codes, measured);
                for (index, (&value, &code)) in values.iter().zip(&codes).enumerate() {
                    let rule = rounding.at(100 + index as u64);
                    let step = integer.integer(integer.encode(f64::from(value / 0.1), rule, Overflow::Saturate)) as i64;
                    let expected = (step + i64::from(zero_point)).clamp(-16, 15) as i32;
                    assert_eq!(i32::from(code) - 16, expected, "{rounding} {value}");
                    assert_eq!(encoder.at(100 + index).code(value), expected, "{rounding} {value}");
                }
            }
        }
    }

    #[test]
    fn chance_is_fair_and_does_not_depend_on_how_the_work_is_divided() {
        let text = "linear:bits=4,rounding=stochastic:16:5";
        let values: Vec<f32> = (0..300_000_u32).map(|index| if index % 100 == 0 { 7.5 } else { 2.3 }).collect();
        let fit =
            |shape: &[usize], text: &str| quantize(&values, shape, &text.parse().unwrap(), None, &Silent).unwrap();
        let whole = fit(&[300_000], &format!("{text},range=restricted,clip=-7..7")).quantized;
        let threes =
            (0..values.len()).filter(|index| whole.value(*index) == 3.0).count() as f64 / (values.len() as f64 * 0.99);
        assert!((threes - 0.3).abs() < 0.005, "{threes} of the weights at 2.3 went up");
        let rows = fit(&[300, 1000], &format!("{text},range=restricted,clip=-7..7,per=channel")).quantized;
        let short = fit(&[30_000, 10], &format!("{text},range=restricted,clip=-7..7,per=group:10")).quantized;
        assert_eq!(whole.codes, rows.codes);
        assert_eq!(whole.codes, short.codes);
    }
}
