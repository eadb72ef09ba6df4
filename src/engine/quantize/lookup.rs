//! How a layer with a codebook computes (slide 43): an index is looked up, and what comes out is an ordinary float32 weight. Storage
//! shrinks; the multiply-accumulates stay as many and stay floating point.

/// One weight's part in a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookupStep {
    /// The output that it belongs to.
    pub row: usize,
    /// The input that it is multiplied by.
    pub column: usize,
    /// The stored index.
    pub code: u16,
    /// What the codebook has there.
    pub weight: f64,
    /// The input.
    pub input: f64,
    /// weight × input.
    pub product: f64,
    /// The output so far, this product included.
    pub sum: f64,
}

/// The code of each weight: its nearest centroid, halfway between two the lower one. `centroids` ascend; NaN takes the first.
pub fn nearest_codes(values: &[f32], centroids: &[f64]) -> Vec<u16> {
    let halves: Vec<f64> = centroids.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    values.iter().map(|&value| halves.partition_point(|half| f64::from(value) > *half) as u16).collect()
}

/// Every step of y = W x, row by row. `codes` are rows of as many columns as there are inputs; codes beyond the codebook count as 0.
pub fn trace(codes: &[u16], centroids: &[f64], inputs: &[f64]) -> Vec<LookupStep> {
    let columns = inputs.len().max(1);
    let mut sum = 0.0;
    codes
        .iter()
        .enumerate()
        .filter_map(|(index, &code)| {
            let (row, column) = (index / columns, index % columns);
            let (weight, input) = (centroids.get(usize::from(code)).copied().unwrap_or(0.0), *inputs.get(column)?);
            let product = weight * input;
            sum = if column == 0 { product } else { sum + product };
            Some(LookupStep { row, column, code, weight, input, product, sum })
        })
        .collect()
}

/// What so many steps have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Entries looked up in the codebook.
    pub lookups: u64,
    /// Float multiply-accumulates: as many as without a codebook.
    pub float_macs: u64,
    /// Bits of weights that were read from memory: the indices, and the codebook once.
    pub bits: u64,
    /// Bits that float32 weights would have taken.
    pub float_bits: u64,
}

impl Traffic {
    /// The traffic of `steps` weights with indices of `bits` bits and a codebook of `centroids` entries that stays in registers.
    pub fn of(steps: u64, bits: u32, centroids: u64) -> Self {
        let book = if steps > 0 { 32 * centroids } else { 0 };
        Self { lookups: steps, float_macs: steps, bits: steps * u64::from(bits) + book, float_bits: 32 * steps }
    }

    /// How many times fewer bits are read; `None` where none were.
    pub fn ratio(&self) -> Option<f64> {
        (self.bits > 0).then(|| self.float_bits as f64 / self.bits as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_find_their_centroids() {
        let values = [-9.0, -1.0, -0.5, -0.4, 0.75, 0.76, 9.0, f32::NAN];
        assert_eq!(nearest_codes(&values, &[-1.0, 0.0, 1.5]), [0, 0, 0, 1, 1, 2, 2, 0]);
        assert_eq!(nearest_codes(&[1.0], &[]), [0]);
    }

    /// The index matrix of slide 28.
    const CODES: [u16; 16] = [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2];

    #[test]
    fn the_sums_are_those_of_the_reconstruction() {
        let (centroids, inputs) = ([-1.0, 0.0, 1.5, 2.0], [1.0, 2.0, -1.0, 0.5]);
        let steps = trace(&CODES, &centroids, &inputs);
        assert_eq!(steps.len(), 16);
        let outputs: Vec<f64> = steps.iter().filter(|step| step.column == 3).map(|step| step.sum).collect();
        let expected: Vec<f64> = CODES
            .chunks(4)
            .map(|row| row.iter().zip(inputs).map(|(&code, input)| centroids[usize::from(code)] * input).sum())
            .collect();
        assert_eq!(outputs, expected);
        assert_eq!(outputs, [-1.5, 2.0, 2.5, 1.25]);
    }

    #[test]
    fn only_the_bytes_shrink() {
        let matrix = Traffic::of(16, 2, 4);
        assert_eq!((matrix.lookups, matrix.float_macs, matrix.bits, matrix.float_bits), (16, 16, 160, 512));
        assert_eq!(matrix.ratio(), Some(3.2));
        assert!((Traffic::of(1 << 20, 4, 16).ratio().unwrap() - 8.0).abs() < 0.01);
        assert_eq!(Traffic::of(0, 4, 16).ratio(), None);
        assert!(trace(&[1, 2], &[], &[]).is_empty());
    }
}
