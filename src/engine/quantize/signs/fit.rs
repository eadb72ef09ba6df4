//! Scales and thresholds of signs, from the weights themselves or from the bins of a summary.

use rayon::prelude::*;

use super::super::Quantizer;
use super::super::encode::{Encoder, Nearest};
use super::{Binary, Coin, Scales, SignScale, Ternary, Threshold};
use crate::engine::tensor::Bin;

/// Weights that one task looks at.
const TASK: usize = 1 << 18;

/// What a group's signs are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Magnitude of the negative and of the positive level.
    pub scale: [f32; 2],
    /// For a ternary quantizer, magnitudes up to which a negative and a positive weight become 0.
    pub threshold: Option<[f32; 2]>,
    /// How they came about.
    pub method: String,
}

/// A group's weights as a fit looks at them; those that are not finite are left out. Sums are of magnitudes.
trait Masses {
    /// Number of weights, sum and largest magnitude.
    fn total(&self) -> Total;
    /// Negative and positive weights whose magnitude is beyond its side's threshold.
    fn beyond(&self, threshold: [f32; 2]) -> [Mass; 2];
    /// The best threshold for these sides (negative, positive) and one scale.
    fn best(&self, sides: [bool; 2]) -> f32;
}

#[derive(Clone, Copy, Default)]
struct Total {
    count: u64,
    sum: f64,
    largest: f32,
}

#[derive(Clone, Copy, Default)]
struct Mass {
    count: u64,
    sum: f64,
}

impl Total {
    fn mean(self) -> f64 {
        self.sum / self.count.max(1) as f64
    }
}

impl Mass {
    fn add(&mut self, count: u64, sum: f64) {
        self.count += count;
        self.sum += sum;
    }

    fn mean(self) -> f32 {
        (self.sum / self.count.max(1) as f64) as f32
    }
}

/// Bins of weights; exact where each holds one distinct value.
struct Bins<'a>(&'a [Bin]);

/// All weights.
struct Weights<'a>(&'a [f32]);

fn middle(bin: &Bin) -> f64 {
    bin.sum / bin.count as f64
}

fn beyond_side(value: f32, threshold: [f32; 2]) -> Option<usize> {
    let side = usize::from(value >= 0.0);
    (value.abs() > threshold[side]).then_some(side)
}

impl Masses for Bins<'_> {
    fn total(&self) -> Total {
        let mut total = Total::default();
        for bin in self.0 {
            total.count += bin.count;
            total.sum += bin.sum.abs();
            total.largest = total.largest.max(bin.low.abs()).max(bin.high.abs());
        }
        total
    }

    fn beyond(&self, threshold: [f32; 2]) -> [Mass; 2] {
        let mut masses = [Mass::default(); 2];
        for bin in self.0 {
            if let Some(side) = beyond_side(middle(bin) as f32, threshold) {
                masses[side].add(bin.count, bin.sum.abs());
            }
        }
        masses
    }

    fn best(&self, sides: [bool; 2]) -> f32 {
        let mut masses: Vec<(f32, Mass)> = self
            .0
            .iter()
            .map(|bin| (middle(bin) as f32, Mass { count: bin.count, sum: bin.sum.abs() }))
            .filter(|(value, _)| sides[usize::from(*value >= 0.0)])
            .map(|(value, mass)| (value.abs(), mass))
            .collect();
        masses.sort_by(|left, right| right.0.total_cmp(&left.0));
        best(masses.into_iter())
    }
}

impl Weights<'_> {
    /// Task by task, and the tasks in order, so that sums are the same on every machine.
    fn tasks<R: Send>(&self, task: impl Fn(&[f32]) -> R + Sync + Send) -> Vec<R> {
        self.0.par_chunks(TASK).map(task).collect()
    }
}

impl Masses for Weights<'_> {
    fn total(&self) -> Total {
        let parts = self.tasks(|values| {
            let mut total = Total::default();
            for value in values.iter().filter(|value| value.is_finite()) {
                total.count += 1;
                total.sum += f64::from(value.abs());
                total.largest = total.largest.max(value.abs());
            }
            total
        });
        parts.into_iter().fold(Total::default(), |all, part| Total {
            count: all.count + part.count,
            sum: all.sum + part.sum,
            largest: all.largest.max(part.largest),
        })
    }

    fn beyond(&self, threshold: [f32; 2]) -> [Mass; 2] {
        let parts = self.tasks(|values| {
            let mut masses = [Mass::default(); 2];
            for &value in values.iter().filter(|value| value.is_finite()) {
                if let Some(side) = beyond_side(value, threshold) {
                    masses[side].add(1, value.abs().into());
                }
            }
            masses
        });
        let mut all = [Mass::default(); 2];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(all, part)| all.add(part.count, part.sum));
        }
        all
    }

    fn best(&self, sides: [bool; 2]) -> f32 {
        let mut magnitudes: Vec<f32> = self
            .0
            .par_iter()
            .filter(|value| value.is_finite() && sides[usize::from(**value >= 0.0)])
            .map(|value| value.abs())
            .collect();
        magnitudes.par_sort_unstable_by(|left, right| right.total_cmp(left));
        best(magnitudes.into_iter().map(|value| (value, Mass { count: 1, sum: value.into() })))
    }
}

/// The threshold with the least squared error over magnitudes in descending order.
///
/// With the k largest kept at their mean, the error is Σ r² − (Σ of the k)² / k: the k with the largest second term is best. Equal
/// magnitudes stay together, because an optimum that parts them is none: each weight goes to the nearer level.
fn best(descending: impl Iterator<Item = (f32, Mass)>) -> f32 {
    let (mut kept, mut gain) = (Mass::default(), 0.0_f64);
    let (mut last, mut between) = (None::<f32>, None::<[f32; 2]>);
    let mut scale = 0.0_f64;
    let mut waiting = false;
    for (magnitude, mass) in descending {
        if last != Some(magnitude) {
            if waiting && let Some(above) = last {
                between = Some([magnitude, above]);
                waiting = false;
            }
            last = Some(magnitude);
        }
        kept.add(mass.count, mass.sum);
        let now = kept.sum * kept.sum / kept.count as f64;
        if now > gain {
            (gain, scale, waiting) = (now, kept.sum / kept.count as f64, true);
        }
    }
    if waiting && let Some(smallest) = last {
        between = Some([0.0, smallest]);
    }
    // Half the scale is where both levels are as near; rounding must not carry a weight over it.
    between.map_or(0.0, |[low, high]| floor(scale / 2.0).clamp(low, high.next_down().max(low)))
}

/// The largest float32 that is not above a number: |r| > Δ says the same of both.
fn floor(number: f64) -> f32 {
    let rounded = number as f32;
    if f64::from(rounded) > number { rounded.next_down() } else { rounded }
}

fn fit_binary(binary: &Binary, masses: &impl Masses) -> Fit {
    let alpha = match binary.scale {
        SignScale::Mean => masses.total().mean() as f32,
        SignScale::None => 1.0,
    };
    let scale = if binary.scale == SignScale::Mean { "α = mean |W|" } else { "signs alone" };
    let method = match binary.stochastic {
        Some(seed) => format!("drawn with seed {seed}, {scale}"),
        None => scale.to_owned(),
    };
    Fit { scale: [alpha; 2], threshold: None, method }
}

fn fit_ternary(ternary: &Ternary, masses: &impl Masses, exact: bool) -> Fit {
    let (threshold, method) = match ternary.threshold {
        Threshold::Twn => ([floor(0.7 * masses.total().mean()); 2], "Δ = 0.7 mean |W|".to_owned()),
        Threshold::AbsMean => ([floor(masses.total().mean() / 2.0); 2], "Δ = mean |W| / 2".to_owned()),
        Threshold::Share(share) => {
            ([floor(f64::from(share) * f64::from(masses.total().largest)); 2], format!("Δ = {share} max |W|"))
        }
        Threshold::Fixed(threshold) => ([threshold; 2], format!("Δ = {threshold}")),
        Threshold::Optimal => {
            let threshold = match ternary.scales {
                Scales::One => [masses.best([true; 2]); 2],
                Scales::Two => [masses.best([true, false]), masses.best([false, true])],
            };
            (threshold, if exact { "exact optimum" } else { "optimum among bins" }.to_owned())
        }
    };
    let [negative, positive] = masses.beyond(threshold);
    let scale = match (ternary.scales, ternary.threshold) {
        (Scales::Two, _) => [negative.mean(), positive.mean()],
        (Scales::One, Threshold::AbsMean) => [masses.total().mean() as f32; 2],
        (Scales::One, _) => {
            [Mass { count: negative.count + positive.count, sum: negative.sum + positive.sum }.mean(); 2]
        }
    };
    Fit { scale, threshold: Some(threshold), method }
}

fn fit(quantizer: &Quantizer, masses: &impl Masses, exact: bool) -> Option<Fit> {
    match quantizer {
        Quantizer::Binary(binary) => Some(fit_binary(binary, masses)),
        Quantizer::Ternary(ternary) => Some(fit_ternary(ternary, masses, exact)),
        _ => None,
    }
}

/// The fit to all weights; `None` for another quantizer.
pub fn of_values(quantizer: &Quantizer, values: &[f32]) -> Option<Fit> {
    fit(quantizer, &Weights(values), true)
}

/// The fit to bins; `None` for another quantizer. `distinct` says that each bin holds one distinct value: then it is exact.
pub fn of_bins(quantizer: &Quantizer, bins: &[Bin], distinct: bool) -> Option<Fit> {
    fit(quantizer, &Bins(bins), distinct)
}

impl Fit {
    /// What turns weights into these levels.
    pub fn encoder(&self, quantizer: &Quantizer) -> Encoder {
        let [low, high] = [-self.scale[0], self.scale[1]];
        if let Quantizer::Binary(Binary { stochastic: Some(seed), .. }) = quantizer {
            return Encoder::Coin(Coin::new([low, high], *seed));
        }
        Encoder::Nearest(match self.threshold {
            // Both zeros are not below 0: their sign is +1.
            None => Nearest::with_boundaries(&[low, high], vec![(-0.0_f32).next_down()]),
            Some([negative, positive]) => {
                Nearest::with_boundaries(&[low, 0.0, high], vec![(-negative).next_down(), positive])
            }
        })
    }
}
