//! A narrow format on a sample, with the scale that suits it best.

use super::{Format, Value};
use crate::engine::rng::Rng;

/// How a sample is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Evenly from −1 to 1.
    Uniform,
    /// By the normal distribution of mean 0 and variance 1.
    #[default]
    Gaussian,
}

/// Numbers of that spread; equal seeds give equal numbers.
pub fn sample(spread: Spread, count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|_| match spread {
            Spread::Uniform => (rng.uniform() * 2.0 - 1.0) as f32,
            Spread::Gaussian => rng.normal() as f32,
        })
        .collect()
}

/// What a format makes of a sample at one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaledError {
    /// The value that the format's largest value stands for.
    pub reach: f64,
    /// What values are divided by before they are rounded: reach / largest value.
    pub scale: f64,
    /// Mean squared error.
    pub mse: f64,
    /// 10·log10 of the mean square over the mean squared error, in dB; infinite for no error.
    pub sqnr: f64,
}

/// The error of rounding every value to the nearest of `scale` times the format's values, saturating; ties to the larger one.
///
/// For formats of up to 16 bits.
pub fn error_at(format: Format, sample: &[f32], reach: f64) -> ScaledError {
    Levels::new(format).error(sample, reach)
}

/// The errors over a range of scales, and the best one among them: the curve of a clip slider.
///
/// The largest value stands for 5 % to 125 % of the largest magnitude in the sample, in `steps` even steps.
pub fn sweep(format: Format, sample: &[f32], steps: usize) -> (Vec<ScaledError>, ScaledError) {
    let levels = Levels::new(format);
    let most = sample.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let curve: Vec<ScaledError> = (0..steps.max(1))
        .map(|step| {
            let share = 0.05 + 1.2 * (step as f64 + 1.0) / steps.max(1) as f64;
            levels.error(sample, share * f64::from(most))
        })
        .collect();
    let best = curve.iter().copied().min_by(|a, b| a.mse.total_cmp(&b.mse)).unwrap_or(ScaledError {
        reach: 1.0,
        scale: 1.0,
        mse: 0.0,
        sqnr: f64::INFINITY,
    });
    (curve, best)
}

/// The finite values of a format, ascending, with the boundaries between them.
struct Levels {
    values: Vec<f32>,
    boundaries: Vec<f32>,
    most: f64,
}

impl Levels {
    fn new(format: Format) -> Self {
        let finite = (0..=format.last_code()).filter_map(|code| match format.value(code) {
            Value::Finite(value) => Some(value.to_f64() as f32),
            Value::Infinite { .. } | Value::Nan => None,
        });
        let mut values: Vec<f32> = finite.collect();
        values.sort_by(f32::total_cmp);
        values.dedup_by(|a, b| a == b);
        let boundaries = values.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect();
        let most = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        Self { values, boundaries, most: f64::from(most) }
    }

    fn error(&self, sample: &[f32], reach: f64) -> ScaledError {
        let scale = reach / self.most;
        let inverse = (1.0 / scale) as f32;
        let (mut squares, mut errors) = (0.0_f64, 0.0_f64);
        for &x in sample {
            let place = self.boundaries.partition_point(|&boundary| boundary <= x * inverse);
            let error = f64::from(x) - f64::from(self.values[place]) * scale;
            squares += f64::from(x) * f64::from(x);
            errors += error * error;
        }
        let count = sample.len().max(1) as f64;
        ScaledError { reach, scale, mse: errors / count, sqnr: 10.0 * (squares / errors).log10() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn integers_win_on_even_values_and_floats_where_nothing_is_clipped() {
        let best = |name: &str, spread| sweep(format(name), &sample(spread, 20_000, 1), 120).1.sqnr;
        let (int4, fp4) = (best("int4", Spread::Uniform), best("e2m1fn", Spread::Uniform));
        assert!(int4 > fp4 + 2.0, "uniform: INT4 {int4}, E2M1 {fp4}");
        // At the best scale Gaussian values leave them close; at the scale of the largest magnitude the float is ahead.
        let (int4, fp4) = (best("int4", Spread::Gaussian), best("e2m1fn", Spread::Gaussian));
        assert!((fp4 - int4).abs() < 0.7, "Gaussian: INT4 {int4}, E2M1 {fp4}");
        let values = sample(Spread::Gaussian, 20_000, 1);
        let most = f64::from(values.iter().fold(0.0_f32, |most, x| most.max(x.abs())));
        let unclipped = |name: &str| error_at(format(name), &values, most).sqnr;
        assert!(unclipped("e2m1fn") > unclipped("int4") + 1.0, "{} {}", unclipped("e2m1fn"), unclipped("int4"));
        // Even 16 levels of a uniform sample: 6.02 dB a bit, with one code of 16 wasted by the asymmetry.
        assert!((22.5..25.0).contains(&best("int4", Spread::Uniform)));
    }

    #[test]
    fn the_best_scale_is_no_worse_than_any_on_the_curve() {
        let values = sample(Spread::Gaussian, 5_000, 7);
        let (curve, best) = sweep(format("e2m1fn"), &values, 60);
        assert!(curve.iter().all(|point| point.mse >= best.mse));
        assert_eq!(error_at(format("e2m1fn"), &values, best.reach), best);
    }
}
