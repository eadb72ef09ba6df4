//! At which frequencies the power of a signal lies.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

/// The longest stretch that is transformed at once: 2,049 frequencies.
const LONGEST: usize = 4096;

/// Power by frequency: Welch's mean over stretches of the signal that overlap by half, each under a Hann window (Welch 1967).
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// From one frequency to the next, in hertz; the first is 0.
    pub step: f64,
    /// Mean square at each frequency, in units of full scale squared: together the mean square of the signal, as far as it is steady.
    pub power: Vec<f64>,
}

impl Spectrum {
    /// The spectrum of samples at `rate` a second; `None` of fewer than 8.
    pub fn of(samples: &[f64], rate: f64) -> Option<Self> {
        if samples.len() < 8 {
            return None;
        }
        let length = LONGEST.min(1 << samples.len().ilog2());
        let window: Vec<f64> = (0..length).map(|at| 0.5 - 0.5 * (TAU * at as f64 / length as f64).cos()).collect();
        let energy: f64 = window.iter().map(|weight| weight * weight).sum();
        let plan = RealFftPlanner::<f64>::new().plan_fft_forward(length);
        let (mut input, mut output) = (plan.make_input_vec(), plan.make_output_vec());
        let mut scratch = plan.make_scratch_vec();
        let mut power = vec![0.0; output.len()];
        let stretches = (samples.len() - length) / (length / 2) + 1;
        for start in (0..stretches).map(|at| at * length / 2) {
            let stretch = samples[start..].iter().zip(&window);
            input.iter_mut().zip(stretch).for_each(|(place, (sample, weight))| *place = sample * weight);
            // The lengths are the plan's own.
            plan.process_with_scratch(&mut input, &mut output, &mut scratch).ok()?;
            power.iter_mut().zip(&output).for_each(|(sum, value)| *sum += value.norm_sqr());
        }
        let last = power.len() - 1;
        for (at, value) in power.iter_mut().enumerate() {
            // Every frequency but the outer ones stands for its negative, too.
            let sides = if at == 0 || at == last { 1.0 } else { 2.0 };
            *value *= sides / (length as f64 * energy * stretches as f64);
        }
        Some(Self { step: rate / length as f64, power })
    }

    /// Power from one frequency to another, both in hertz and included.
    pub fn between(&self, low: f64, high: f64) -> f64 {
        let inside = |at: &usize| (low..=high).contains(&(*at as f64 * self.step));
        (0..self.power.len()).filter(inside).map(|at| self.power[at]).sum()
    }
}
