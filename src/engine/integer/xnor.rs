//! Products of rows of ±1 without a multiplication: XNOR, a count of ones, a shift (Rastegari et al. 2016; lecture 6).
//!
//! A bit 1 means +1, a bit 0 means −1. Two factors agree where the XNOR of their bits is 1, and there their product is +1, else −1:
//! w · x = ones − (n − ones) = −n + (ones ≪ 1).

use crate::engine::simd::multiversion;

/// A row of signs, 64 a word, the first in the lowest bit; bits beyond the end are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRow {
    words: Vec<u64>,
    len: usize,
}

/// A product of two rows, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XnorSteps {
    /// Where the signs agree.
    pub agree: Vec<bool>,
    /// Number of places where they do.
    pub ones: i64,
    /// The count shifted left by one.
    pub shifted: i64,
    /// The product: −n + shifted.
    pub product: i64,
}

impl SignRow {
    /// The signs of numbers: 0 and more is +1.
    pub fn of(values: &[f32]) -> Self {
        let word = |values: &[f32]| {
            values.iter().enumerate().fold(0, |word, (bit, &value)| word | (u64::from(value >= 0.0) << bit))
        };
        Self { words: values.chunks(64).map(word).collect(), len: values.len() }
    }

    /// Number of signs.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One sign's bit.
    pub fn bit(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// The product with a row of the same length.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn dot(&self, other: &Self) -> i64 {
        assert_eq!(self.len, other.len, "rows of one product are of one length");
        // Bits beyond the end are 0 in both and so do not differ.
        self.len as i64 - 2 * differing(&self.words, &other.words) as i64
    }

    /// The product as the lecture draws it.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn steps(&self, other: &Self) -> XnorSteps {
        assert_eq!(self.len, other.len, "rows of one product are of one length");
        let agree: Vec<bool> = (0..self.len).map(|index| self.bit(index) == other.bit(index)).collect();
        let ones = agree.iter().filter(|agree| **agree).count() as i64;
        XnorSteps { agree, ones, shifted: ones << 1, product: (ones << 1) - self.len as i64 }
    }
}

multiversion! {
    /// Number of bits in which two rows of words differ. n − 2 · this is −n + 2 · popcount(xnor) without a mask for the last word.
    fn differing(left: &[u64], right: &[u64]) -> u64 {
        left.iter().zip(right).map(|(left, right)| u64::from((left ^ right).count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn the_lectures_product_is_minus_two() {
        let (weights, inputs) = (SignRow::of(&[1.0, -1.0, 1.0, -1.0]), SignRow::of(&[1.0, 1.0, -1.0, 1.0]));
        let steps = weights.steps(&inputs);
        assert_eq!(steps.agree, [true, false, false, false]);
        assert_eq!((steps.ones, steps.shifted, steps.product), (1, 2, -2));
        assert_eq!(weights.dot(&inputs), -2);
    }

    #[test]
    fn packed_words_give_what_multiplications_give() {
        let mut rng = Rng::new(11);
        for len in [0, 1, 63, 64, 65, 127, 1000, 4096] {
            let mut row = || -> Vec<f32> { (0..len).map(|_| if rng.bits() & 1 == 1 { 1.0 } else { -1.0 }).collect() };
            let (left, right) = (row(), row());
            let expected: f32 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
            let (left, right) = (SignRow::of(&left), SignRow::of(&right));
            assert_eq!(left.dot(&right), expected as i64, "{len}");
            assert_eq!(left.steps(&right).product, expected as i64, "{len}");
            assert_eq!(left.dot(&left), len as i64);
        }
    }
}
