//! What a codebook costs and saves, as a function of how many weights share it (slide 28; Han et al. 2016, equation 1).
//!
//! M float32 weights with a codebook of 2^N centroids take N·M + 32·2^N bits instead of 32·M. The ratio tends to 32/N for many weights, and
//! is below 1 where the codebook costs more than the codes save.

use super::{Layout, Ledger};
use crate::engine::quantize::Decoder;

/// The packed size of `weights` codes of `bits` bits with a full codebook, by the code that writes the bytes.
pub fn codebook_ledger(weights: u64, bits: u32) -> Ledger {
    let decoder = Decoder::Codebook { books: vec![vec![0.0; 1 << bits]] };
    Layout::new(weights as usize, bits, &decoder).ledger()
}

/// How many times smaller than float32 it is, without padding: 32M / (N·M + 32·2^N).
pub fn codebook_ratio(weights: u64, bits: u32) -> f64 {
    let padding =
        |ledger: &Ledger| ledger.parts.iter().filter(|part| part.name == "padding").map(|part| part.bits).sum::<u64>();
    let ledger = codebook_ledger(weights, bits);
    32.0 * weights as f64 / (ledger.bits() - padding(&ledger)) as f64
}

/// What the ratio tends to: 32/N.
pub fn codebook_limit(bits: u32) -> f64 {
    32.0 / f64::from(bits)
}

/// The least number of weights for which the codebook saves more than it costs; `None` where codes are as wide as the weights.
pub fn break_even(bits: u32) -> Option<u64> {
    let saved = 32_u64.checked_sub(u64::from(bits)).filter(|saved| *saved > 0)?;
    // 32·2^N < (32 − N)·M
    Some((32_u64 << bits) / saved + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lectures_ratios() {
        let cases = [
            (16, 2, 3.2),
            (256, 2, 12.8),
            (1_000_000, 2, 15.998),
            (16, 4, 0.89),
            (256, 4, 5.33),
            (4096, 4, 7.76),
            (1_000_000, 4, 7.996),
            (4096, 8, 3.2),
        ];
        for (weights, bits, expected) in cases {
            let found = codebook_ratio(weights, bits);
            assert!((found - expected).abs() < 6e-3 * expected, "{weights} weights, {bits} bits: {found}");
            assert!(found < codebook_limit(bits));
        }
        assert_eq!((codebook_ledger(16, 2).bytes(), codebook_ledger(16, 4).bytes()), (20, 72));
    }

    #[test]
    fn below_the_break_even_the_codebook_costs_more() {
        for bits in 1..=16 {
            let least = break_even(bits).unwrap();
            assert!(
                codebook_ratio(least, bits) > 1.0 && codebook_ratio(least - 1, bits) <= 1.0,
                "{bits} bits: {least}"
            );
        }
        assert_eq!(break_even(32), None);
    }
}
