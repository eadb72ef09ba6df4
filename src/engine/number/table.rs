//! Code tables: formats whose values follow from no formula.

use super::exact::Rational;
use super::float::mask;
use super::{Class, Dyadic, Overflow, Rounding, Value};

/// A list of up to 16 values, one for each code; the order is free.
#[derive(Clone, Copy, Debug)]
pub struct TableFormat {
    values: [f32; Self::MOST],
    len: u8,
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
        Self { values, len: Self::MOST as u8 }
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
        Ok(Self { values: all, len: values.len() as u8 })
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

    /// The different values, the smallest first, each with its lowest code.
    pub fn sorted(&self) -> Vec<(f32, u64)> {
        let mut sorted: Vec<(f32, u64)> = self.values().iter().copied().zip(0..).collect();
        sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
        sorted.dedup_by_key(|(value, _)| *value);
        sorted
    }

    /// The code of `x`: of the nearest value, where a tie goes to the one with the even place in the order of values. Values
    /// beyond the ends, infinities among them, become the ends; NaN becomes the code of the value nearest to 0.
    pub fn encode(&self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match Rational::from_f64(x) {
            Some(exact) => self.encode_exact(&exact, rounding),
            None if x.is_nan() => self.encode_exact(&Rational::zero(), Rounding::NearestEven),
            None => self.overflow_code(x < 0.0, overflow),
        }
    }

    /// Where an infinity goes: to the end.
    pub(super) fn overflow_code(&self, negative: bool, _: Overflow) -> u64 {
        let sorted = self.sorted();
        sorted[if negative { 0 } else { sorted.len() - 1 }].1
    }

    /// The code of a number, rounded once.
    pub(super) fn encode_exact(&self, number: &Rational, rounding: Rounding) -> u64 {
        let sorted = self.sorted();
        let exact = |value: f32| Rational::from_f64(value.into()).expect("tables hold finite values");
        let above = sorted.partition_point(|&(value, _)| exact(value) <= *number);
        if above == 0 || above == sorted.len() {
            return sorted[above.saturating_sub(1)].1;
        }
        let ((low, low_code), (high, high_code)) = (sorted[above - 1], sorted[above]);
        let (low_value, high_value) = (exact(low), exact(high));
        if low_value == *number {
            return low_code;
        }
        let half = number.cmp(&(low_value.clone() + high_value.clone()).half());
        let low_odd = (above - 1) & 1 == 1;
        let high_is_farther = high.abs() > low.abs();
        let up = match rounding {
            Rounding::NearestEven => half.is_gt() || (half.is_eq() && low_odd),
            Rounding::NearestAway => half.is_gt() || (half.is_eq() && high_is_farther),
            Rounding::TowardZero => !high_is_farther,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Odd => !low_odd,
            Rounding::Stochastic { .. } => rounding.random().is_some_and(|(bits, random)| {
                let place = (number.clone() - low_value.clone()).checked_div(&(high_value - low_value));
                let units = place.map(|place| place * Rational::power_of_two(bits.into()));
                let units = units.and_then(|units| u64::try_from(units.round(Rounding::TowardZero)).ok());
                units.unwrap_or(0) + random >= 1 << bits
            }),
        };
        if up { high_code } else { low_code }
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
