//! The error of a ternary quantizer at every threshold.

/// One threshold and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdPoint {
    /// Δ: weights of at most this magnitude become 0.
    pub threshold: f64,
    /// Weights that become 0.
    pub zeros: u64,
    /// The others.
    pub kept: u64,
    /// Σ |weight| of the others.
    pub sum: f64,
    /// Σ (weight − level)², with the scale of [`Self::scale`].
    pub sse: f64,
}

impl ThresholdPoint {
    /// Mean magnitude of the weights that are kept: the scale with the least squared error; 0 where none is.
    pub fn scale(&self) -> f64 {
        self.sum / self.kept.max(1) as f64
    }

    /// Both signs together, each with a scale of its own: counts, sum and error add up.
    fn join(self, other: Self) -> Self {
        Self {
            threshold: self.threshold,
            zeros: self.zeros + other.zeros,
            kept: self.kept + other.kept,
            sum: self.sum + other.sum,
            sse: self.sse + other.sse,
        }
    }
}

/// All magnitudes of a tensor, sorted, with their running sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Magnitudes {
    /// Ascending.
    sorted: Vec<f32>,
    /// Sum of the first so many; one more than there are magnitudes.
    sums: Vec<f64>,
    squares: f64,
}

impl Magnitudes {
    /// The magnitudes of the finite weights.
    pub fn of(values: &[f32]) -> Self {
        Self::from(values.iter().copied().filter(|value| value.is_finite()).map(f32::abs).collect())
    }

    /// The magnitudes of the finite weights above 0 and of the others.
    pub fn by_sign(values: &[f32]) -> [Self; 2] {
        let (above, rest): (Vec<f32>, Vec<f32>) =
            values.iter().copied().filter(|value| value.is_finite()).partition(|value| *value > 0.0);
        [Self::from(above), Self::from(rest.into_iter().map(f32::abs).collect())]
    }

    fn from(mut sorted: Vec<f32>) -> Self {
        sorted.sort_unstable_by(f32::total_cmp);
        let mut sums = Vec::with_capacity(sorted.len() + 1);
        let (mut sum, mut squares) = (0.0, 0.0);
        sums.push(sum);
        for &magnitude in &sorted {
            sum += f64::from(magnitude);
            squares += f64::from(magnitude).powi(2);
            sums.push(sum);
        }
        Self { sorted, sums, squares }
    }

    /// Number of magnitudes.
    pub fn count(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Σ |weight|.
    pub fn sum(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// Mean magnitude; 0 without weights.
    pub fn mean(&self) -> f64 {
        self.sum() / self.sorted.len().max(1) as f64
    }

    /// Largest magnitude; 0 without weights.
    pub fn largest(&self) -> f64 {
        self.sorted.last().copied().map_or(0.0, f64::from)
    }

    /// The magnitude that this share of the weights does not exceed; 0 without weights.
    pub fn quantile(&self, share: f64) -> f64 {
        let place = (share.clamp(0.0, 1.0) * self.sorted.len().saturating_sub(1) as f64).ceil();
        self.sorted.get(place as usize).copied().map_or(0.0, f64::from)
    }

    /// The smallest magnitude above a threshold: up to there nothing changes.
    pub fn next_above(&self, threshold: f64) -> Option<f64> {
        let place = self.sorted.partition_point(|&magnitude| f64::from(magnitude) <= threshold);
        self.sorted.get(place).copied().map(f64::from)
    }

    /// What a threshold gives.
    pub fn at(&self, threshold: f64) -> ThresholdPoint {
        let zeros = self.sorted.partition_point(|&magnitude| f64::from(magnitude) <= threshold);
        let kept = (self.sorted.len() - zeros) as u64;
        let sum = self.sum() - self.sums.get(zeros).copied().unwrap_or(0.0);
        let sse = (self.squares - sum * sum / kept.max(1) as f64).max(0.0);
        ThresholdPoint { threshold, zeros: zeros as u64, kept, sum, sse }
    }

    /// The thresholds up to `end` at which something changes, where these are at most `most`; else as many evenly spaced ones.
    pub fn steps(&self, end: f64, most: usize) -> Vec<f64> {
        let inside = self.sorted.partition_point(|&magnitude| f64::from(magnitude) <= end);
        if inside <= most {
            let mut steps: Vec<f64> = std::iter::once(0.0)
                .chain(self.sorted[..inside].iter().map(|&magnitude| f64::from(magnitude)))
                .collect();
            steps.dedup();
            return steps;
        }
        (0..most).map(|place| end * place as f64 / (most.max(2) - 1) as f64).collect()
    }

    /// The threshold with the least squared error, found among all magnitudes.
    pub fn best(&self) -> ThresholdPoint {
        self.least(|threshold| self.at(threshold))
    }

    /// The point of least error that `at` gives among all magnitudes as thresholds.
    fn least(&self, at: impl Fn(f64) -> ThresholdPoint) -> ThresholdPoint {
        let mut least = at(0.0);
        let mut last = 0.0;
        for &magnitude in &self.sorted {
            if magnitude == last {
                continue;
            }
            last = magnitude;
            let point = at(magnitude.into());
            if point.sse < least.sse {
                least = point;
            }
        }
        least
    }

    /// Weights in `bars` equal bars of magnitude from 0 to `end`; those beyond are left out.
    pub fn histogram(&self, end: f64, bars: usize) -> Vec<u64> {
        let up_to = |bar: usize| {
            let edge = end * bar as f64 / bars as f64;
            self.sorted.partition_point(|&magnitude| {
                if bar == bars { f64::from(magnitude) <= end } else { f64::from(magnitude) < edge }
            })
        };
        (0..bars).map(|bar| (up_to(bar + 1) - up_to(bar)) as u64).collect()
    }
}

/// What one threshold gives where each sign has a scale of its own (TTQ's two scales).
pub fn two_scales(signs: &[Magnitudes; 2], threshold: f64) -> ThresholdPoint {
    signs[0].at(threshold).join(signs[1].at(threshold))
}

/// The one threshold for both signs with the least squared error where each sign has a scale of its own.
pub fn best_of_two_scales(all: &Magnitudes, signs: &[Magnitudes; 2]) -> ThresholdPoint {
    all.least(|threshold| two_scales(signs, threshold))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [f32; 16] =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

    #[test]
    fn the_lectures_threshold_scale_and_error() {
        let all = Magnitudes::of(&MATRIX);
        assert!((all.sum() - 16.78).abs() < 1e-6 && (all.mean() - 1.048_75).abs() < 1e-7);
        let twn = all.at(0.7 * all.mean());
        assert!((twn.threshold - 0.734_125).abs() < 1e-7, "{twn:?}");
        assert_eq!((twn.zeros, twn.kept), (5, 11));
        assert!((twn.sum - 16.5).abs() < 1e-6 && (twn.scale() - 1.5).abs() < 1e-7, "{twn:?}");
        assert!((twn.sse - 2.093_2).abs() < 1e-6, "{twn:?}");
        // No threshold is better than TWN's on this matrix.
        assert_eq!(all.best().sse, twn.sse);
    }

    #[test]
    fn a_threshold_of_nothing_and_of_everything() {
        for values in [&[][..], &[f32::NAN], &[0.0, -0.0]] {
            let all = Magnitudes::of(values);
            assert_eq!((all.at(0.0).sse, all.best().sse, all.mean(), all.quantile(0.5)), (0.0, 0.0, 0.0, 0.0));
            assert_eq!(all.histogram(1.0, 4).iter().sum::<u64>(), all.count());
        }
        let all = Magnitudes::of(&MATRIX);
        let none = all.at(3.0);
        assert_eq!((none.kept, none.scale()), (0, 0.0));
        assert!((none.sse - MATRIX.iter().map(|weight| f64::from(*weight).powi(2)).sum::<f64>()).abs() < 1e-9);
    }

    #[test]
    fn steps_and_bars_hold_every_weight() {
        let all = Magnitudes::of(&MATRIX);
        let steps = all.steps(all.largest(), 100);
        assert_eq!((steps[0], steps.len()), (0.0, 15));
        let least = steps.iter().map(|&step| all.at(step).sse).fold(f64::INFINITY, f64::min);
        assert_eq!(least, all.best().sse);
        assert_eq!(all.steps(2.0, 5), [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(all.histogram(all.largest(), 7).iter().sum::<u64>(), 16);
        assert_eq!(all.quantile(1.0), all.largest());
        assert_eq!(all.next_above(0.2), Some(0.91_f32.into()));
        assert_eq!(all.next_above(5.0), None);
    }

    #[test]
    fn a_scale_for_each_sign_is_never_worse() {
        let (all, signs) = (Magnitudes::of(&MATRIX), Magnitudes::by_sign(&MATRIX));
        for threshold in all.steps(2.2, 50) {
            let (one, two) = (all.at(threshold), two_scales(&signs, threshold));
            assert_eq!((one.zeros, one.kept), (two.zeros, two.kept));
            assert!(two.sse <= one.sse + 1e-12, "{threshold}: {two:?} {one:?}");
        }
        assert!(best_of_two_scales(&all, &signs).sse < all.best().sse);
    }
}
