//! What a layer costs when its weights are signs, and when its inputs are, too: counts, not times.
//!
//! Counted for one column of inputs: a fully connected layer, or one position of a convolution (Rastegari et al. 2016, section 3.2).

/// Signs in one word.
pub const WORD: u64 = 64;

/// What is multiplied with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// float32 weights, float32 inputs: a multiplication and an addition each.
    Float,
    /// Signs as weights, float32 inputs: an addition or a subtraction each.
    SignWeights,
    /// Signs on both sides: 64 at a time by XNOR and population count.
    Signs,
}

/// How much work a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerCost {
    /// How it is computed.
    pub arithmetic: Arithmetic,
    /// Multiplications; with signs, those by the scale of each row.
    pub multiplications: u64,
    /// Additions and subtractions, of numbers or of counts.
    pub additions: u64,
    /// XNOR with population count, a word of 64 signs each.
    pub words: u64,
    /// Bits of the weights with the scales of their rows.
    pub bits: u64,
}

impl Arithmetic {
    /// Every kind, the dearest first.
    pub const ALL: [Self; 3] = [Self::Float, Self::SignWeights, Self::Signs];

    /// What `outputs` rows of `inputs` weights cost.
    pub fn cost(self, outputs: u64, inputs: u64) -> LayerCost {
        let weights = outputs * inputs;
        let words = outputs * inputs.div_ceil(WORD);
        let (multiplications, additions, words, bits) = match self {
            Self::Float => (weights, weights, 0, 32 * weights),
            Self::SignWeights => (outputs, weights, 0, weights + 32 * outputs),
            Self::Signs => (outputs, words, words, weights + 32 * outputs),
        };
        LayerCost { arithmetic: self, multiplications, additions, words, bits }
    }
}

impl LayerCost {
    /// All operations; XNOR and population count are two.
    pub fn operations(&self) -> u64 {
        self.multiplications + self.additions + 2 * self.words
    }

    /// Bytes of the weights with their scales.
    pub fn bytes(&self) -> u64 {
        self.bits.div_ceil(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lectures_shares_of_memory_and_work() {
        // A row of 2304 weights: 256 channels of 3 × 3.
        let [float, weights, signs] = Arithmetic::ALL.map(|arithmetic| arithmetic.cost(256, 2304));
        let ratio = |left: u64, right: u64| left as f64 / right as f64;
        assert!((ratio(float.bits, signs.bits) - 31.56).abs() < 0.01, "about 32 times less memory");
        assert!((ratio(float.operations(), weights.operations()) - 2.0).abs() < 0.01, "about half the operations");
        assert_eq!((signs.words, signs.additions, signs.multiplications), (256 * 36, 256 * 36, 256));
        assert!(ratio(float.operations(), signs.operations()) > 40.0);
        assert_eq!((weights.bits, weights.bytes()), (signs.bits, signs.bits / 8));
    }

    #[test]
    fn a_row_that_does_not_fill_its_last_word_takes_all_of_it() {
        let cost = Arithmetic::Signs.cost(3, 65);
        assert_eq!((cost.words, cost.bits), (6, 3 * 65 + 96));
        assert_eq!(Arithmetic::Float.cost(0, 7).operations(), 0);
    }
}
