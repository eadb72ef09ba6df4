//! Code tables: formats whose values follow from no formula.

use std::cmp::Ordering;

use super::exact::Rational;
use super::float::mask;
use super::{Class, Dyadic, Rounding, Value};

/// A list of up to 16 values, one for each code; the order is free.
#[derive(Clone, Copy, Debug)]
pub struct TableFormat {
    values: [f32; Self::MOST],
    len: u8,
    /// Codes of the different values, the smallest first; of equal ones the lowest.
    order: [u8; Self::MOST],
    distinct: u8,
}

impl TableFormat {
    /// Most values.
    pub const MOST: usize = 16;

    /// NormalFloat (Dettmers et al. 2023, QLoRA): quantiles of the normal distribution, with a zero. Values of bitsandbytes.
    pub const NF4: Self = Self::of([
        -1.0,
        -0.696_192_8,
        -0.525_073_05,
        -0.394_917_5,
        -0.284_441_38,
        -0.184_773_43,
        -0.091_050_036,
        0.0,
        0.079_580_3,
        0.160_930_2,
        0.246_112_3,
        0.337_915_24,
        0.440_709_83,
        0.562_617,
        0.722_956_84,
        1.0,
    ]);

    /// AbnormalFloat (Yoshida 2023): least absolute error in blocks of normal weights. Values of bitsandbytes, the largest first.
    pub const AF4: Self = Self::of([
        1.0, 0.7242, 0.5550, 0.4256, 0.3168, 0.2196, 0.1293, 0.0427, 0.0, -0.0493, -0.1498, -0.2561, -0.3737, -0.5124,
        -0.6944, -1.0,
    ]);

    /// The FP4 of bitsandbytes: {0, 0.0625, 8, 12, 4, 6, 2, 3} / 12 and their negatives, which is not E2M1.
    pub const FP4_BNB: Self = Self::of([
        0.0,
        0.0625 / 12.0,
        8.0 / 12.0,
        1.0,
        4.0 / 12.0,
        0.5,
        2.0 / 12.0,
        0.25,
        0.0,
        -0.0625 / 12.0,
        -8.0 / 12.0,
        -1.0,
        -4.0 / 12.0,
        -0.5,
        -2.0 / 12.0,
        -0.25,
    ]);

    /// The values of ggml's IQ4_NL and IQ4_XS, before the scale of a block. None is 0.
    pub const IQ4_NL: Self = Self::of([
        -127.0, -104.0, -83.0, -65.0, -49.0, -35.0, -22.0, -10.0, 1.0, 13.0, 25.0, 38.0, 53.0, 69.0, 89.0, 113.0,
    ]);

    const fn of(values: [f32; Self::MOST]) -> Self {
        Self::sorted_by_value(values, Self::MOST)
    }

    const fn sorted_by_value(values: [f32; Self::MOST], len: usize) -> Self {
        let mut order = [0; Self::MOST];
        let mut distinct = 0;
        let mut code = 0;
        while code < len {
            let mut place = 0;
            while place < distinct && values[order[place] as usize] < values[code] {
                place += 1;
            }
            if place == distinct || values[order[place] as usize] > values[code] {
                let mut moved = distinct;
                while moved > place {
                    order[moved] = order[moved - 1];
                    moved -= 1;
                }
                order[place] = code as u8;
                distinct += 1;
            }
            code += 1;
        }
        Self { values, len: len as u8, order, distinct: distinct as u8 }
    }

    /// A table of these values, code 0 first; −0 becomes 0.
    ///
    /// # Errors
    /// Says what is allowed: 2 to 16 finite values, not all equal.
    pub fn new(values: &[f32]) -> Result<Self, String> {
        if !(2..=Self::MOST).contains(&values.len()) {
            return Err(format!("a codebook has 2 to {} values, not {}", Self::MOST, values.len()));
        }
        if let Some(odd) = values.iter().find(|value| !value.is_finite()) {
            return Err(format!("a codebook holds finite float32 values, not {odd}"));
        }
        if values.iter().all(|value| *value == values[0]) {
            return Err("a codebook needs two different values".to_owned());
        }
        let mut all = [0.0; Self::MOST];
        for (slot, value) in all.iter_mut().zip(values) {
            *slot = value + 0.0;
        }
        Ok(Self::sorted_by_value(all, values.len()))
    }

    /// The values, code 0 first.
    pub fn values(&self) -> &[f32] {
        &self.values[..usize::from(self.len)]
    }

    /// Width of a code.
    pub fn bits(&self) -> u32 {
        usize::from(self.len - 1).ilog2() + 1
    }

    /// What a code means; NaN for codes beyond the end of the list. Bits above the width are ignored.
    pub fn value(&self, code: u64) -> Value {
        let value = self.values().get((code & mask(self.bits())) as usize);
        value.and_then(|&value| Dyadic::from_f64(value.into())).map_or(Value::Nan, Value::Finite)
    }

    /// What kind of value a code has.
    pub fn class(&self, code: u64) -> Class {
        match self.value(code) {
            Value::Finite(value) if value.significand == 0 => Class::Zero,
            Value::Finite(_) => Class::Normal,
            Value::Infinite { .. } | Value::Nan => Class::Nan,
        }
    }

    /// Codes of the different values, the smallest first; of equal ones the lowest.
    pub fn order(&self) -> &[u8] {
        &self.order[..usize::from(self.distinct)]
    }

    /// The value at a place in that order.
    pub fn nth(&self, place: usize) -> f32 {
        self.values[usize::from(self.order[place])]
    }

    /// The code of `x`: of the nearest value, where a tie goes to the one with the even place in the order of values. Values
    /// beyond the ends, infinities among them, become the ends; NaN becomes the code of the value nearest to 0.
    pub fn encode(&self, x: f64, rounding: Rounding) -> u64 {
        if x.is_nan() {
            return self.encode(0.0, Rounding::NearestEven);
        }
        if x.is_infinite() {
            return self.overflow_code(x < 0.0);
        }
        if rounding.random().is_some() {
            return Rational::from_f64(x).map_or(0, |exact| self.encode_exact(&exact, rounding));
        }
        let above = self.order().partition_point(|&code| f64::from(self.values[usize::from(code)]) <= x);
        self.between(
            above,
            rounding,
            |low| f64::from(low) == x,
            |low, high| {
                // 2x against low + high: the sum is rounded to a double, and its error decides where that is equal.
                let (low, high) = (f64::from(low), f64::from(high));
                let sum = low + high;
                let rest = sum - low;
                let error = (low - (sum - rest)) + (high - rest);
                (2.0 * x)
                    .partial_cmp(&sum)
                    .unwrap_or(Ordering::Equal)
                    .then(0.0_f64.partial_cmp(&error).unwrap_or(Ordering::Equal))
            },
            || None,
        )
    }

    /// The code of a number, rounded once.
    pub(super) fn encode_exact(&self, number: &Rational, rounding: Rounding) -> u64 {
        let exact = |value: f32| Rational::from_f64(value.into()).expect("tables hold finite values");
        let above = self.order().partition_point(|&code| exact(self.values[usize::from(code)]) <= *number);
        self.between(
            above,
            rounding,
            |low| exact(low) == *number,
            |low, high| number.cmp(&(exact(low) + exact(high)).half()),
            || {
                let (bits, _) = rounding.random()?;
                let (low, high) = (exact(self.nth(above - 1)), exact(self.nth(above)));
                let place = (number.clone() - low.clone()).checked_div(&(high - low))?;
                u64::try_from((place * Rational::power_of_two(bits.into())).round(Rounding::TowardZero)).ok()
            },
        )
    }

    /// The code of a number with `above` the place of the first larger value. `half` compares it with the middle of two values;
    /// `distance` is how far it is from the lower one, in units of 2^−bits of their gap.
    fn between(
        &self,
        above: usize,
        rounding: Rounding,
        is: impl Fn(f32) -> bool,
        half: impl Fn(f32, f32) -> Ordering,
        distance: impl Fn() -> Option<u64>,
    ) -> u64 {
        let code = |place: usize| u64::from(self.order[place]);
        if above == 0 || above == self.order().len() {
            return code(above.saturating_sub(1));
        }
        let (low, high) = (self.nth(above - 1), self.nth(above));
        if is(low) {
            return code(above - 1);
        }
        let low_odd = (above - 1) & 1 == 1;
        let high_is_farther = high.abs() > low.abs();
        let up = match rounding {
            Rounding::NearestEven => half(low, high).is_gt() || (half(low, high).is_eq() && low_odd),
            Rounding::NearestAway => half(low, high).is_gt() || (half(low, high).is_eq() && high_is_farther),
            Rounding::TowardZero => !high_is_farther,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Odd => !low_odd,
            Rounding::Stochastic { .. } => {
                rounding.random().is_some_and(|(bits, random)| distance().unwrap_or(0) + random >= 1 << bits)
            }
        };
        code(if up { above } else { above - 1 })
    }

    /// Where an infinity goes: to the end.
    fn overflow_code(&self, negative: bool) -> u64 {
        let order = self.order();
        order[if negative { 0 } else { order.len() - 1 }].into()
    }
}

impl PartialEq for TableFormat {
    fn eq(&self, other: &Self) -> bool {
        // None is NaN, and −0 is 0.
        self.values() == other.values()
    }
}

impl Eq for TableFormat {}

impl std::hash::Hash for TableFormat {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for value in self.values() {
            value.to_bits().hash(state);
        }
    }
}
