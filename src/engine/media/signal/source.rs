//! Where samples come from.

use std::f64::consts::TAU;

use crate::engine::rng::Rng;

/// A signal by its formula or by hand. Frequencies are in hertz, amplitudes in units of full scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// amplitude · sin(2π · frequency · t).
    Sine {
        /// Hertz.
        frequency: f64,
        /// Peak.
        amplitude: f64,
    },
    /// Sines of the frequency times 1, 3 and 5 with amplitudes in the ratio 1 : 1/3 : 1/5, scaled so that their sum stays within the peak:
    /// the start of a square wave.
    Sum {
        /// Of the lowest sine, in hertz.
        frequency: f64,
        /// No sample is beyond it.
        amplitude: f64,
    },
    /// Straight lines up and down between the peaks: every value within them is as frequent as any other.
    Triangle {
        /// Hertz.
        frequency: f64,
        /// Peak.
        amplitude: f64,
    },
    /// A sine whose frequency rises evenly from one to the other over the whole signal.
    Chirp {
        /// At the start, in hertz.
        from: f64,
        /// At the end, in hertz.
        to: f64,
        /// Peak.
        amplitude: f64,
    },
    /// Voiced and unvoiced stretches in turn: pulses at the pitch through two resonances, then noise, each under an envelope. Most of its
    /// samples are small, as in speech.
    Speech {
        /// Pulses a second.
        pitch: f64,
        /// Peak of the whole signal.
        amplitude: f64,
        /// Of the noise.
        seed: u64,
    },
    /// Values by hand, joined by straight lines and stretched over the whole signal.
    Drawn(Vec<f64>),
}

impl Source {
    /// `count` samples at `rate` samples a second.
    pub fn samples(&self, rate: f64, count: usize) -> Vec<f64> {
        let times = (0..count).map(|index| index as f64 / rate);
        match self {
            Self::Sine { frequency, amplitude } => times.map(|t| amplitude * (TAU * frequency * t).sin()).collect(),
            Self::Sum { frequency, amplitude } => {
                let wave = |t: f64| {
                    let part = |order: f64| (TAU * frequency * order * t).sin() / order;
                    part(1.0) + part(3.0) + part(5.0)
                };
                times.map(|t| amplitude * wave(t) / SUM_PEAK).collect()
            }
            Self::Triangle { frequency, amplitude } => {
                // From 0 upwards, as the sine.
                let wave = |t: f64| {
                    let share = (frequency * t + 0.75).fract();
                    1.0 - 4.0 * (share - 0.5).abs()
                };
                times.map(|t| -amplitude * wave(t)).collect()
            }
            Self::Chirp { from, to, amplitude } => {
                let length = count.max(1) as f64 / rate;
                let phase = |t: f64| TAU * (from * t + (to - from) * t * t / (2.0 * length));
                times.map(|t| amplitude * phase(t).sin()).collect()
            }
            Self::Speech { pitch, amplitude, seed } => scaled(speech(*pitch, *seed, rate, count), *amplitude),
            Self::Drawn(values) => (0..count).map(|index| between(values, index, count)).collect(),
        }
    }
}

/// Largest value of sin x + sin 3x / 3 + sin 5x / 5: at x = π/6 it is 1/2 + 1/3 + 1/10.
const SUM_PEAK: f64 = 14.0 / 15.0;

/// The value of drawn points at a place of `count`.
fn between(values: &[f64], index: usize, count: usize) -> f64 {
    let [first, .., last] = values else { return values.first().copied().unwrap_or(0.0) };
    if count < 2 {
        return *first;
    }
    let place = index as f64 / (count - 1) as f64 * (values.len() - 1) as f64;
    let before = place as usize;
    let Some(&next) = values.get(before + 1) else { return *last };
    values[before] + (next - values[before]) * (place - before as f64)
}

fn scaled(mut samples: Vec<f64>, amplitude: f64) -> Vec<f64> {
    let peak = samples.iter().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    if peak > 0.0 {
        samples.iter_mut().for_each(|sample| *sample *= amplitude / peak);
    }
    samples
}

/// A resonance as a recursive filter of order two.
struct Resonance {
    gain: f64,
    back: [f64; 2],
    past: [f64; 2],
}

impl Resonance {
    fn new(frequency: f64, width: f64, rate: f64) -> Self {
        let radius = (-std::f64::consts::PI * width / rate).exp();
        let back = [2.0 * radius * (TAU * frequency / rate).cos(), -radius * radius];
        Self { gain: 1.0 - radius, back, past: [0.0; 2] }
    }

    fn next(&mut self, input: f64) -> f64 {
        let output = self.gain * input + self.back[0] * self.past[0] + self.back[1] * self.past[1];
        self.past = [output, self.past[0]];
        output
    }
}

fn speech(pitch: f64, seed: u64, rate: f64, count: usize) -> Vec<f64> {
    /// Seconds of a syllable: voiced for most of it, unvoiced for the rest.
    const SYLLABLE: f64 = 0.25;
    const VOICED: f64 = 0.7;
    let mut rng = Rng::new(seed);
    // The first two resonances of an open vowel.
    let (mut first, mut second) = (Resonance::new(700.0, 110.0, rate), Resonance::new(1220.0, 120.0, rate));
    let mut phase = 1.0;
    let sample = |index: usize| {
        let place = (index as f64 / rate / SYLLABLE).fract();
        let noise = rng.normal();
        phase += pitch / rate;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase = phase.fract();
        let envelope = |share: f64| (std::f64::consts::PI * share).sin().powi(2);
        if place < VOICED {
            let source = pulse * envelope(place / VOICED);
            first.next(source) + 0.6 * second.next(source)
        } else {
            let tail = first.next(0.0) + 0.6 * second.next(0.0);
            tail + 0.002 * noise * envelope((place - VOICED) / (1.0 - VOICED))
        }
    };
    (0..count).map(sample).collect()
}
