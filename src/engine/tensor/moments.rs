//! Moments of a run of values, block by block in float64.

use super::Moments;

impl Moments {
    /// The moments of `values`, one after the other; kernels that do better are held equal to this by tests.
    pub fn of(values: &[f32]) -> Self {
        let mut moments =
            Self { count: values.len() as u64, min: f32::INFINITY, max: f32::NEG_INFINITY, ..Self::default() };
        for &value in values {
            if value.is_nan() {
                moments.nan += 1;
            } else if value.is_infinite() {
                moments.infinite += 1;
            } else {
                moments.zeros += u64::from(value == 0.0);
                moments.min = moments.min.min(value);
                moments.max = moments.max.max(value);
                moments.sum += f64::from(value);
                moments.sum_squares += f64::from(value) * f64::from(value);
            }
        }
        moments.settled()
    }

    /// The moments of two runs taken together.
    pub fn merge(self, other: Self) -> Self {
        let [first, second] = [self, other].map(|side| (side.finite() > 0).then_some(side));
        let (min, max) = match (first, second) {
            (Some(first), Some(second)) => (first.min.min(second.min), first.max.max(second.max)),
            (Some(only), None) | (None, Some(only)) => (only.min, only.max),
            (None, None) => (0.0, 0.0),
        };
        Self {
            count: self.count + other.count,
            nan: self.nan + other.nan,
            infinite: self.infinite + other.infinite,
            zeros: self.zeros + other.zeros,
            min,
            max,
            sum: self.sum + other.sum,
            sum_squares: self.sum_squares + other.sum_squares,
        }
    }

    /// Minimum and maximum as the rule says where no value is finite, and no −0, which `min` and `max` may or may not keep.
    pub(super) fn settled(mut self) -> Self {
        if self.finite() == 0 {
            (self.min, self.max) = (0.0, 0.0);
        }
        self.min += 0.0;
        self.max += 0.0;
        self
    }
}
