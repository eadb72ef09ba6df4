//! What the page of signals holds.

use std::sync::Arc;

use crate::engine::media::signal::{Dither, Grid, Law, Recipe, Source};

/// Samples a second of the signals that are computed: what stands for "continuous". A sampling rate keeps every n-th of them.
pub const BASE_RATE: f64 = 48_000.0;

/// The A of the levels; amplitudes are in its units.
pub const FULL_SCALE: f64 = 1.0;

/// Every so many samples are kept: the stops of the sampling rate. They divide [`BASE_RATE`].
pub const STRIDES: [usize; 25] =
    [240, 200, 160, 120, 96, 80, 60, 50, 48, 40, 32, 30, 24, 20, 16, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1];

/// Points of a drawn signal.
pub const POINTS: usize = 64;

/// Fewest and most levels.
pub const LEVELS: (usize, usize) = (2, 65_536);

/// Where the samples come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wave {
    /// One sine.
    #[default]
    Sine,
    /// Three sines.
    Sum,
    /// Every value equally often.
    Triangle,
    /// A sine whose frequency rises.
    Chirp,
    /// Mostly quiet, now and then loud.
    Speech,
    /// By hand.
    Drawn,
    /// The sound of the document in front.
    Recording,
}

/// The waves by the names that links use.
pub const WAVES: [(Wave, &str); 7] = [
    (Wave::Sine, "sine"),
    (Wave::Sum, "sum"),
    (Wave::Triangle, "triangle"),
    (Wave::Chirp, "chirp"),
    (Wave::Speech, "speech"),
    (Wave::Drawn, "drawn"),
    (Wave::Recording, "recording"),
];

/// The spread of the levels by the names that links use.
pub const LAWS: [(Law, &str); 4] =
    [(Law::Uniform, "uniform"), (Law::Mu, "mu"), (Law::A, "a"), (Law::LloydMax, "lloyd-max")];

/// The place of the levels by the names that links use.
pub const GRIDS: [(Grid, &str); 3] =
    [(Grid::Inclusive, "inclusive"), (Grid::MidRise, "mid-rise"), (Grid::MidTread, "mid-tread")];

/// Dither by the names that links use.
pub const DITHERS: [(Dither, &str); 3] =
    [(Dither::None, "none"), (Dither::Rectangular, "rectangular"), (Dither::Triangular, "triangular")];

/// Settings of the page of signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Signals {
    /// Where the samples come from.
    pub wave: Wave,
    /// In hertz: of the sine, of the lowest of the sum, at the start of the chirp, of the voice.
    pub frequency: f64,
    /// Of the chirp at its end, in hertz.
    pub to: f64,
    /// Peak, in units of full scale.
    pub amplitude: f64,
    /// Samples a second; the nearest that keeps every n-th of the signal's own.
    pub rate: f64,
    /// How many levels.
    pub levels: usize,
    /// How they are spread.
    pub law: Law,
    /// Where they lie.
    pub grid: Grid,
    /// What is added before rounding.
    pub dither: Dither,
    /// Whether each error is taken off the next sample.
    pub shaped: bool,
    /// The signal by hand, evenly over its time.
    pub points: Arc<[f64]>,
}

impl Default for Signals {
    /// The slide's figure: a sine, its samples on five levels.
    fn default() -> Self {
        Self {
            wave: Wave::Sine,
            // No sampling rate of the page is a multiple of it: every period is sampled at other places.
            frequency: 97.3,
            to: 900.0,
            amplitude: 1.0,
            rate: 2000.0,
            levels: 5,
            law: Law::Uniform,
            grid: Grid::Inclusive,
            dither: Dither::None,
            shaped: false,
            points: drawn(),
        }
    }
}

/// What is drawn before anybody draws: a wave that no formula of the page gives.
fn drawn() -> Arc<[f64]> {
    let point = |at: usize| {
        let x = at as f64 / (POINTS - 1) as f64;
        let value = 0.9 * (std::f64::consts::TAU * 1.5 * x).sin() * (1.0 - 0.6 * x) + 0.15 * (x * 40.0).cos() * x;
        (value * 100.0).round() / 100.0
    };
    (0..POINTS).map(point).collect()
}

impl Signals {
    /// The formula behind the wave; none of a recording.
    pub fn source(&self) -> Option<Source> {
        let (frequency, amplitude) = (self.frequency, self.amplitude);
        match self.wave {
            Wave::Sine => Some(Source::Sine { frequency, amplitude }),
            Wave::Sum => Some(Source::Sum { frequency, amplitude }),
            Wave::Triangle => Some(Source::Triangle { frequency, amplitude }),
            Wave::Chirp => Some(Source::Chirp { from: frequency, to: self.to, amplitude }),
            Wave::Speech => Some(Source::Speech { pitch: frequency, amplitude, seed: 0 }),
            Wave::Drawn => Some(Source::Drawn(self.points.to_vec())),
            Wave::Recording => None,
        }
    }

    /// How long a computed signal lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        match self.wave {
            Wave::Drawn => 0.02,
            Wave::Chirp => 0.1,
            _ => 4.0,
        }
    }

    /// Every so many samples of a signal of this rate are kept.
    pub fn stride(&self, rate: f64) -> usize {
        (rate / self.rate).round().max(1.0) as usize
    }

    /// How samples go to levels.
    pub fn recipe(&self) -> Recipe {
        Recipe { dither: self.dither, shaped: self.shaped, seed: 0 }
    }

    /// The setting as one line; only the wave and the number of levels are always said.
    pub fn text(&self) -> String {
        let standard = Self::default();
        let mut text = format!("{}:levels={}", name(&self.wave, &WAVES), self.levels);
        let numbers = [
            ("frequency", self.frequency, standard.frequency),
            ("to", self.to, standard.to),
            ("amplitude", self.amplitude, standard.amplitude),
            ("rate", self.rate, standard.rate),
        ];
        for (key, value, usual) in numbers {
            if value != usual {
                text += &format!(",{key}={value}");
            }
        }
        let choices = [
            ("law", name(&self.law, &LAWS), "uniform"),
            ("grid", name(&self.grid, &GRIDS), "inclusive"),
            ("dither", name(&self.dither, &DITHERS), "none"),
            ("shaping", if self.shaped { "first" } else { "none" }, "none"),
        ];
        for (key, value, usual) in choices {
            if value != usual {
                text += &format!(",{key}={value}");
            }
        }
        if self.points != standard.points {
            text += &format!(",points={}", points_text(&self.points));
        }
        text
    }

    /// Reads a line that [`Self::text`] writes; what it does not name is at its default. `bits=` is another way to say `levels=`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (wave, rest) = text.trim().split_once(':').unwrap_or((text.trim(), ""));
        let mut read = Self { wave: choice("a signal", wave, &WAVES)?, ..Self::default() };
        for piece in rest.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            let (key, value) = piece.split_once('=').ok_or_else(|| format!("{piece}: expected key=value"))?;
            match key {
                "levels" => read.levels = levels(value)?,
                "bits" => match value.parse() {
                    Ok(bits @ 1..=16) => read.levels = 1 << bits,
                    _ => return Err(format!("bits are 1 to 16, not {value}")),
                },
                "frequency" => read.frequency = hertz(value)?,
                "to" => read.to = hertz(value)?,
                "amplitude" => read.amplitude = amplitude(value)?,
                "rate" => read.rate = rate(value)?,
                "law" => read.law = choice(key, value, &LAWS)?,
                "grid" => read.grid = choice(key, value, &GRIDS)?,
                "dither" => read.dither = choice(key, value, &DITHERS)?,
                "shaping" => read.shaped = choice(key, value, &[(false, "none"), (true, "first")])?,
                "points" => read.points = points(value)?,
                _ => {
                    return Err(format!(
                        "{key}: expected levels, bits, frequency, to, amplitude, rate, law, grid, dither, shaping or points"
                    ));
                }
            }
        }
        if read.dither != Dither::None && read.law != Law::Uniform {
            return Err("dither is measured in steps; it needs law=uniform".to_owned());
        }
        Ok(read)
    }
}

fn number(value: &str, low: f64, high: f64, what: &str) -> Result<f64, String> {
    let read = value.trim().replace(',', ".").parse().ok();
    read.filter(|number| (low..=high).contains(number)).ok_or_else(|| format!("{what}, not {}", value.trim()))
}

/// A number of levels.
///
/// # Errors
/// What was expected.
pub fn levels(text: &str) -> Result<usize, String> {
    let read = text.trim().parse().ok().filter(|number| (LEVELS.0..=LEVELS.1).contains(number));
    read.ok_or_else(|| format!("expected 2 to 65,536 levels, not {}", text.trim()))
}

/// A frequency.
///
/// # Errors
/// What was expected.
pub fn hertz(text: &str) -> Result<f64, String> {
    number(text, 1.0, 24_000.0, "expected 1 to 24,000 Hz")
}

/// A peak.
///
/// # Errors
/// What was expected.
pub fn amplitude(text: &str) -> Result<f64, String> {
    number(text, 0.0, 4.0, "expected 0 to 4 times full scale")
}

/// A sampling rate.
///
/// # Errors
/// What was expected.
pub fn rate(text: &str) -> Result<f64, String> {
    number(text, 100.0, 1e6, "expected 100 to 1,000,000 samples a second")
}

/// A signal by its values, evenly over its time.
///
/// # Errors
/// What was expected.
pub fn points(text: &str) -> Result<Arc<[f64]>, String> {
    let pieces = text.split(|letter: char| "/; ".contains(letter)).map(str::trim).filter(|piece| !piece.is_empty());
    let read: Vec<f64> =
        pieces.map(|piece| number(piece, -2.0, 2.0, "a value is −2 to 2")).collect::<Result<_, _>>()?;
    if !(2..=POINTS).contains(&read.len()) {
        return Err(format!("expected 2 to {POINTS} values, as in 0/0.5/-1, not {}", read.len()));
    }
    Ok(read.into())
}

/// The values as [`points`] reads them.
pub fn points_text(points: &[f64]) -> String {
    points.iter().map(|value| format!("{value}")).collect::<Vec<_>>().join("/")
}

/// The name of a choice.
pub fn name<T: PartialEq>(value: &T, choices: &[(T, &'static str)]) -> &'static str {
    choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, name)| *name)
}

fn choice<T: Copy>(key: &str, value: &str, choices: &[(T, &str)]) -> Result<T, String> {
    let found = choices.iter().find(|(_, name)| *name == value).map(|(choice, _)| *choice);
    found.ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(_, name)| *name).collect();
        format!("{key} is {}, not {value}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_reads_back_from_its_line() {
        assert_eq!(Signals::default().text(), "sine:levels=5");
        for text in [
            "sine:levels=256,amplitude=0.05,grid=mid-rise",
            "chirp:levels=16,frequency=20,to=1000,rate=48000",
            "speech:levels=8,law=lloyd-max",
            "drawn:levels=4,points=0/0.5/-1",
            "recording:levels=65536,rate=44100,law=mu",
            "sum:levels=32,dither=triangular,shaping=first",
        ] {
            assert_eq!(Signals::parse(text).unwrap().text(), text);
        }
        assert_eq!(Signals::parse("triangle:bits=3").unwrap().text(), "triangle:levels=8");
    }

    #[test]
    fn wrong_lines_say_what_was_expected() {
        for (text, expected) in [
            ("square", "sine, sum, triangle"),
            ("sine:levels=1", "2 to 65,536"),
            ("sine:bits=17", "1 to 16"),
            ("sine:frequency=0", "1 to 24,000 Hz"),
            ("sine:amplitude=-1", "0 to 4"),
            ("sine:law=mu,dither=rectangular", "law=uniform"),
            ("drawn:points=0", "2 to 64"),
            ("drawn:points=0/3", "−2 to 2"),
            ("sine:colour=red", "expected levels"),
            ("sine:levels", "key=value"),
            ("sine:rate=nan", "samples a second"),
        ] {
            let error = Signals::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn rates_keep_whole_strides() {
        assert_eq!(Signals::default().stride(BASE_RATE), 24);
        assert!(STRIDES.iter().all(|stride| (BASE_RATE / *stride as f64).fract() == 0.0));
        let fast = Signals { rate: 1e6, ..Signals::default() };
        assert_eq!(fast.stride(44_100.0), 1);
    }
}
