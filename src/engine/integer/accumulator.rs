//! What the accumulator holds, and whether 32 bits are enough.

use super::{Grid, IntegerError};

/// What happens where a sum does not fit int32. It never wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccumulatorPolicy {
    /// The product is refused.
    #[default]
    Refuse,
    /// The accumulator gets 64 bits.
    Widen,
}

/// The smallest and largest value of something, both reached or both bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Smallest.
    pub low: i128,
    /// Largest.
    pub high: i128,
}

impl Interval {
    /// One value.
    pub fn at(value: i64) -> Self {
        Self { low: i128::from(value), high: i128::from(value) }
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Bits of the narrowest two's complement integer that holds it.
    pub fn bits(self) -> u32 {
        let bits = |value: i128| 129 - (if value < 0 { !value } else { value }).leading_zeros();
        bits(self.low).max(bits(self.high))
    }

    /// Whether int32 holds it.
    pub fn fits_i32(self) -> bool {
        self.low >= i128::from(i32::MIN) && self.high <= i128::from(i32::MAX)
    }

    /// One summand more: partial sums reach from all negative summands to all positive ones.
    fn extended(self, summand: Self) -> Self {
        Self { low: self.low + summand.low.min(0), high: self.high + summand.high.max(0) }
    }

    /// The products of a number and a range.
    fn times(code: i64, range: (i32, i32)) -> Self {
        let ends = [range.0, range.1].map(|end| i128::from(code) * i128::from(end));
        Self { low: ends[0].min(ends[1]), high: ends[0].max(ends[1]) }
    }
}

/// How much of the accumulator a product uses. Partial sums count: the accumulator starts at the precomputed terms and the bias, takes
/// the K products in order, then −Z_W Σ q_X.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccumulatorUse {
    /// For any weights and inputs of these widths.
    pub by_width: Interval,
    /// For these weights and any input.
    pub by_weights: Interval,
    /// In this product.
    pub found: Interval,
    /// Bits of the accumulator: 32, or 64 where it had to be widened.
    pub width: u32,
}

/// The bound for one output channel: `start` is q_bias, `weights` the row of codes.
pub(super) fn bound(start: i64, weights: &[i32], grid: &Grid, inputs: &Grid) -> Interval {
    let range = (inputs.q_min, inputs.q_max);
    let sum = weights
        .iter()
        .fold(Interval::at(start), |sum, &weight| sum.extended(Interval::times(i64::from(weight), range)));
    let zero = Interval::times(-i64::from(grid.zero_point) * weights.len() as i64, range);
    sum.extended(zero)
}

/// The bound that knows only the widths and K.
pub(super) fn bound_by_width(depth: usize, grid: &Grid, inputs: &Grid) -> Interval {
    let range = (inputs.q_min, inputs.q_max);
    let depth = depth as i128;
    let product = Interval::times(i64::from(grid.q_min), range).union(Interval::times(i64::from(grid.q_max), range));
    Interval { low: depth * product.low.min(0), high: depth * product.high.max(0) }
}

/// Follows one output's accumulator through all its partial sums.
///
/// # Errors
/// A partial sum beyond int32 under [`AccumulatorPolicy::Refuse`].
pub(super) fn follow(
    cell: (usize, usize),
    start: i64,
    summands: impl Iterator<Item = i64>,
    policy: AccumulatorPolicy,
) -> Result<(i64, Interval), IntegerError> {
    let mut found = Interval::at(start);
    let mut sum = start;
    let check = |sum: i64| match policy {
        AccumulatorPolicy::Refuse if i32::try_from(sum).is_err() => {
            Err(IntegerError::Overflow { row: cell.0, col: cell.1, sum })
        }
        _ => Ok(()),
    };
    check(sum)?;
    for summand in summands {
        // 16-bit codes: a product has 32 bits, so that 2³¹ of them fit 64.
        sum += summand;
        check(sum)?;
        found = found.union(Interval::at(sum));
    }
    Ok((sum, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_intervals() {
        let bits = |low, high| Interval { low, high }.bits();
        assert_eq!(bits(0, 0), 1);
        assert_eq!(bits(-128, 127), 8);
        assert_eq!(bits(-128, 128), 9);
        assert_eq!(bits(i128::from(i32::MIN), 5), 32);
        assert!(!Interval { low: 0, high: 1 << 31 }.fits_i32());
    }

    #[test]
    fn two_bytes_fit_two_bytes_unless_both_are_the_smallest() {
        let grid = |q_min| Grid::new(1.0, 0, q_min, 127).unwrap();
        // Jacob et al. 2018, appendix B: weights never −128, so that two products fit an int16 accumulator.
        assert_eq!(bound_by_width(2, &grid(-127), &grid(-128)).bits(), 16);
        assert_eq!(bound_by_width(2, &grid(-128), &grid(-128)).bits(), 17);
    }
}
