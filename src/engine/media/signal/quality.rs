//! What quantization did to a signal, and why the rule of 6.02 dB a bit says something else.

use super::{Dither, Levels, Quantized, Recipe};

/// Errors of a quantized signal. Powers are mean squares.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Of the signal.
    pub signal: f64,
    /// Of the error, sample − level.
    pub noise: f64,
    /// Largest error.
    pub largest: f64,
    /// S² / 12, what an error spread evenly over one step has; `None` for levels that are not evenly spaced.
    pub model: Option<f64>,
    /// 6.02 · log2(levels) + 1.76 in dB: a full-scale sine over evenly spaced levels.
    pub rule: f64,
    /// Why SQNR and rule differ, the weightiest first as far as it can be told; empty where they agree to 0.1 dB.
    pub deviations: Vec<Deviation>,
}

/// A reason for which the rule fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deviation {
    /// So many samples lie beyond the levels: their error is not bounded by half a step.
    Clipping(usize),
    /// The signal's power is so many dB from that of a full-scale sine: the noise is the same, the signal is not.
    Power(f64),
    /// Levels so few that the error follows the signal and is not spread evenly; their number.
    FewLevels(usize),
    /// The signal has so few different values that the error cannot take all sizes; their number.
    FewValues(usize),
    /// Dither adds noise of its own: power in dB over that of the rounding alone.
    Dither(f64),
    /// Noise shaping doubles the noise, most of it at high frequencies.
    Shaping,
    /// The levels are not evenly spaced: the noise is not S² / 12.
    Uneven,
    /// The outer levels lie half a step within full scale, or beside it: the error is larger where a sine dwells.
    Ends,
}

/// Fewer different values than this are few, whatever the number of levels.
const VALUES: usize = 1000;

/// Levels from which on the error of a sine is close to evenly spread: 6 bits.
const MANY: usize = 64;

impl Quality {
    /// Measures a quantized signal against its samples; `full_scale` is the A of the levels.
    pub fn new(samples: &[f64], quantized: &Quantized, levels: &Levels, full_scale: f64, recipe: Recipe) -> Self {
        let count = samples.len().max(1) as f64;
        let signal = samples.iter().map(|sample| sample * sample).sum::<f64>() / count;
        let errors = samples.iter().zip(&quantized.values).map(|(sample, value)| sample - value);
        let (noise, largest) =
            errors.fold((0.0, 0.0_f64), |(noise, largest), error| (noise + error * error, largest.max(error.abs())));
        let noise = noise / count;
        let model = levels.step.map(|step| step * step / 12.0);
        let number = levels.values.len();
        let rule = 20.0 * (number as f64).log10() + 10.0 * 1.5_f64.log10();
        let mut quality = Self { signal, noise, largest, model, rule, deviations: Vec::new() };
        quality.deviations = quality.explain(samples, quantized, levels, full_scale, recipe);
        quality
    }

    /// 10 · log10(signal / noise), in dB; `None` where there is no signal or no noise.
    pub fn sqnr(&self) -> Option<f64> {
        (self.signal > 0.0 && self.noise > 0.0).then(|| 10.0 * (self.signal / self.noise).log10())
    }

    fn explain(
        &self,
        samples: &[f64],
        quantized: &Quantized,
        levels: &Levels,
        full_scale: f64,
        recipe: Recipe,
    ) -> Vec<Deviation> {
        let Some(sqnr) = self.sqnr() else { return Vec::new() };
        if (sqnr - self.rule).abs() <= 0.1 {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        if quantized.clipped > 0 {
            reasons.push(Deviation::Clipping(quantized.clipped));
        }
        let power = 10.0 * (2.0 * self.signal / (full_scale * full_scale)).log10();
        if power.abs() > 0.05 {
            reasons.push(Deviation::Power(power));
        }
        if levels.step.is_none() {
            reasons.push(Deviation::Uneven);
        }
        match recipe.dither {
            Dither::None => {}
            // The dither's variance is that of the rounding, or twice that.
            Dither::Rectangular => reasons.push(Deviation::Dither(10.0 * 2.0_f64.log10())),
            Dither::Triangular => reasons.push(Deviation::Dither(10.0 * 3.0_f64.log10())),
        }
        if recipe.shaped {
            reasons.push(Deviation::Shaping);
        }
        if levels.values.len() < MANY {
            reasons.push(Deviation::FewLevels(levels.values.len()));
        }
        let values = different(samples);
        if values < VALUES {
            reasons.push(Deviation::FewValues(values));
        }
        let outer = levels.values.last().map_or(0.0, |last| (last - full_scale).abs());
        if levels.step.is_some_and(|step| outer > step / 4.0) {
            reasons.push(Deviation::Ends);
        }
        reasons
    }
}

/// How many different values there are, as far as it matters here.
fn different(samples: &[f64]) -> usize {
    let mut values = std::collections::HashSet::new();
    // What a period brings back differs by the dust of rounding.
    samples.iter().map(|sample| (sample * 1e9).round() as i64).find(|value| {
        values.insert(*value);
        values.len() >= VALUES
    });
    values.len()
}
