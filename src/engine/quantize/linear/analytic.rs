//! Clips by formula: the α that balances clipping and rounding for a Laplace or a Gaussian distribution (Banner et al. 2019, ACIQ).

use super::spread::Spread;

/// The clips that two textbook distributions with the weights' moments would have; the codes cover `centre` ± α.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Analytic {
    /// Mean of the weights.
    pub centre: f64,
    /// b: mean distance from the mean.
    pub laplace_scale: f64,
    /// α of a Laplace distribution with that b.
    pub laplace: f64,
    /// σ: standard deviation.
    pub gaussian_scale: f64,
    /// α of a Gaussian with that σ.
    pub gaussian: f64,
}

impl Analytic {
    /// The clips for weights and a width.
    pub(super) fn of(spread: &Spread, bits: u32) -> Self {
        let (laplace_scale, gaussian_scale) = (spread.mean_deviation(), spread.std());
        Self {
            centre: spread.mean(),
            laplace_scale,
            laplace: laplace_scale * laplace_clip(bits),
            gaussian_scale,
            gaussian: gaussian_scale * gaussian_clip(bits),
        }
    }
}

/// α / b of a Laplace distribution: the least 2b² e^(−α/b) + α² / (3 · 4^N).
pub fn laplace_clip(bits: u32) -> f64 {
    // Where the slope 2α / (3 · 4^N) − 2 e^−α vanishes.
    root(|alpha| alpha / (3.0 * 4_f64.powi(bits as i32)) - (-alpha).exp())
}

/// α / σ of a Gaussian: the least 2 ∫_α^∞ (x − α)² φ(x) dx + α² / (3 · 4^N).
pub fn gaussian_clip(bits: u32) -> f64 {
    // The slope of the integral is −4 (φ(α) − α Q(α)).
    root(|alpha| {
        let density = (-alpha * alpha / 2.0).exp() / std::f64::consts::TAU.sqrt();
        2.0 * alpha / (3.0 * 4_f64.powi(bits as i32)) - 4.0 * (density - alpha * upper_tail(alpha))
    })
}

/// The zero of a slope that rises through it between 0 and 40.
fn root(slope: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Q(x), the share of a standard Gaussian above x ≥ 0: Simpson's rule near 0, where it is exact to 1e−12, and Laplace's continued
/// fraction beyond.
fn upper_tail(x: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if x > 3.0 {
        let fraction = (1..=60).rev().fold(x, |rest, k| x + f64::from(k) / rest);
        return density(x) / fraction;
    }
    let steps = 256;
    let width = x / f64::from(steps);
    let weight = |step: i32| if step == 0 || step == steps { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
    let integral: f64 = (0..=steps).map(|step| weight(step) * density(f64::from(step) * width)).sum();
    0.5 - integral * width / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_gaussian() {
        for (x, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457),
            (2.999, 0.001_354_336_5),
            (3.001, 0.001_345_472_8),
            (5.0, 2.866_515_7e-7),
        ] {
            assert!((upper_tail(x) - tail).abs() < 1e-5 * tail, "{x}: {}", upper_tail(x));
        }
    }

    #[test]
    fn the_clips_of_the_paper() {
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 0.01, "{found} instead of {expected}");
        for (bits, laplace, gaussian) in [(2, 2.83, 1.71), (3, 3.89, 2.15), (4, 5.03, 2.55)] {
            close(laplace_clip(bits), laplace);
            close(gaussian_clip(bits), gaussian);
        }
    }
}
