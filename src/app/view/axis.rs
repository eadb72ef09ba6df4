//! From values to pixels and back.

/// How an axis spaces its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly.
    #[default]
    Linear,
    /// By the logarithm.
    Log,
    /// By the logarithm on both sides of zero, evenly within ±10^`decade`, which takes as much room as one factor of ten.
    SymLog {
        /// Exponent of the value up to which the axis is even.
        decade: i32,
    },
}

impl Spacing {
    /// Where a value lies on the number line that the axis draws evenly; `None` for what it cannot show.
    fn forward(self, value: f64) -> Option<f64> {
        match self {
            Self::Linear => Some(value),
            Self::Log => (value > 0.0).then(|| value.ln()),
            Self::SymLog { decade } => {
                let unit = 10_f64.powi(decade);
                let share = value / unit;
                Some(if share.abs() <= 1.0 { share } else { share.signum() * (1.0 + share.abs().log10()) })
            }
        }
    }

    /// The value that lies there.
    fn back(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => place.exp(),
            Self::SymLog { decade } => {
                let unit = 10_f64.powi(decade);
                if place.abs() <= 1.0 { place * unit } else { place.signum() * unit * 10_f64.powf(place.abs() - 1.0) }
            }
        }
    }
}

/// Where a logarithmic axis of counts starts: below 1, so that a count of 1 has a height.
pub const LOG_FLOOR: f64 = 0.6;

/// A straight map from a range of values to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The value at `start`.
    pub low: f64,
    /// The value at `end`.
    pub high: f64,
    /// The pixel of `low`.
    pub start: f32,
    /// The pixel of `high`; less than `start` on an axis that points up.
    pub end: f32,
    /// Even or logarithmic.
    pub spacing: Spacing,
}

impl Axis {
    /// An evenly spaced axis.
    pub fn linear(low: f64, high: f64, start: f32, end: f32) -> Self {
        Self { low, high, start, end, spacing: Spacing::Linear }
    }

    /// An axis of counts up to `most` with some room above: linear from 0, logarithmic from below 1.
    pub fn counts(most: u64, spacing: Spacing, start: f32, end: f32) -> Self {
        let most = most.max(1) as f64;
        match spacing {
            Spacing::Linear | Spacing::SymLog { .. } => Self { low: 0.0, high: most * 1.06, start, end, spacing },
            Spacing::Log => Self { low: LOG_FLOOR, high: (most * 1.5).max(10.0), start, end, spacing },
        }
    }

    /// The pixel of a value; `None` for what a logarithmic axis cannot show and for NaN.
    pub fn pixel(&self, value: f64) -> Option<f32> {
        let [low, high] = [self.low, self.high].map(|end| self.spacing.forward(end).unwrap_or(f64::NAN));
        let share = (self.spacing.forward(value)? - low) / (high - low);
        // Far beyond the ends all pixels look the same, and the painter stays within what float32 can place.
        let share = share.clamp(-1e3, 1e3);
        (!share.is_nan()).then_some(self.start + share as f32 * (self.end - self.start))
    }

    /// The value at a pixel.
    pub fn value(&self, pixel: f32) -> f64 {
        let share = f64::from((pixel - self.start) / (self.end - self.start));
        let [low, high] = [self.low, self.high].map(|end| self.spacing.forward(end).unwrap_or(f64::NAN));
        self.spacing.back(low + share * (high - low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_values_are_inverse() {
        let symlog = Spacing::SymLog { decade: 0 };
        for axis in [
            Axis::linear(-1.5, 2.5, 100.0, 500.0),
            Axis::counts(8_613, Spacing::Log, 400.0, 100.0),
            Axis { low: -1e3, high: 10.0, start: 0.0, end: 600.0, spacing: symlog },
        ] {
            for value in [0.7, 1.0, 2.0] {
                let there_and_back = axis.value(axis.pixel(value).unwrap());
                assert!((there_and_back - value).abs() < 1e-5, "{axis:?} {value} {there_and_back}");
            }
        }
    }

    #[test]
    fn a_symmetric_logarithm_gives_each_factor_of_ten_the_same_room() {
        let spacing = Spacing::SymLog { decade: -2 };
        let axis = Axis { low: -1.0, high: 1.0, start: 0.0, end: 600.0, spacing };
        let pixels = [-1.0, -0.1, -0.01, 0.0, 0.005, 0.01, 0.1, 1.0].map(|value| axis.pixel(value).unwrap().round());
        assert_eq!(pixels, [0.0, 100.0, 200.0, 300.0, 350.0, 400.0, 500.0, 600.0]);
    }

    #[test]
    fn a_count_of_one_shows_and_none_does_not() {
        let axis = Axis::counts(10_000, Spacing::Log, 400.0, 100.0);
        assert!(axis.pixel(1.0).unwrap() < 400.0 - 5.0);
        assert_eq!(axis.pixel(0.0), None);
        let axis = Axis::counts(10_000, Spacing::Linear, 400.0, 100.0);
        assert_eq!(axis.pixel(0.0), Some(400.0));
        assert_eq!(axis.pixel(f64::NAN), None);
    }

    #[test]
    fn what_lies_far_outside_stays_drawable() {
        let axis = Axis::linear(0.0, 1e-30, 0.0, 100.0);
        assert!(axis.pixel(f64::from(f32::MAX)).unwrap().is_finite());
        assert!(axis.pixel(f64::INFINITY).unwrap().is_finite());
    }
}
