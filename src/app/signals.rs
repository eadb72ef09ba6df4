//! What the page of signals has computed for it: the signal, its samples on their levels, what that cost, and the curve over the bits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::context::PageContext;
use super::derived::Derived;
use super::document::DocumentId;
use super::setup::Signals;
use super::setup::signals::{BASE_RATE, FULL_SCALE, Wave};
use crate::engine::media::signal::{
    Errors, Law, Levels, Quality, Quantized, Recording, SignalError, Source, Spectrum, quantize,
};
use crate::engine::{Cancelled, Progress, Quiet};
use crate::io;

/// The widest codes of the curve; k-means, which looks at the samples, stops earlier.
const MOST_BITS: u32 = 12;

/// As [`MOST_BITS`], for k-means.
const MOST_BITS_KMEANS: u32 = 8;

/// The signal before it is sampled.
pub struct Base {
    /// No other signal of this run has it.
    pub serial: u64,
    /// Samples a second: of a computed signal so many that it passes for continuous.
    pub rate: f64,
    /// Values in units of full scale.
    pub samples: Vec<f64>,
    /// Samples of the recording that were left out because there are too many.
    pub left_out: usize,
}

/// A sampled signal on its levels, with everything that is said of it.
pub struct Answer {
    /// No other answer of this run has it.
    pub serial: u64,
    /// The signal before it was sampled.
    pub base: Arc<Base>,
    /// What was asked for.
    pub setup: Signals,
    /// Samples a second.
    pub rate: f64,
    /// The samples.
    pub samples: Vec<f64>,
    /// The levels there are.
    pub levels: Levels,
    /// The samples on their levels.
    pub quantized: Quantized,
    /// Error and rule.
    pub quality: Quality,
    /// Of the samples and of the error; none where there are too few samples.
    pub spectra: Option<[Spectrum; 2]>,
    /// How often each error occurs.
    pub errors: Errors,
}

/// SQNR in dB by bits.
pub type Curve = Vec<(u32, f64)>;

/// What the page draws.
pub struct Study {
    /// What the signal is called.
    pub name: String,
    /// Names of the channels, where a recording has several, and which one is shown.
    pub channels: Option<(Vec<String>, usize)>,
    /// Whether the document in front holds sound.
    pub recording: Option<DocumentId>,
    /// The newest answer, or why there is none.
    pub answer: Option<Derived<Result<Answer, String>>>,
    /// SQNR over the bits, everything else as set.
    pub curve: Option<Derived<Curve>>,
}

/// Numbers that are given once.
fn serial() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// What decides the signal before it is sampled.
type Origin = (Option<Source>, Option<(DocumentId, usize)>);

/// Asks for everything that the current setting needs, and gives what there is.
pub fn study(ctx: &mut PageContext<'_>) -> Study {
    let setup = ctx.setup().signals.clone();
    let document = ctx.document().filter(|document| Recording::rate_of(&document.model).is_some());
    let recording = document.map(|document| document.id);
    let shown = document.filter(|_| setup.wave == Wave::Recording);
    let channels = shown
        .filter(|document| document.model.tensors.len() > 1)
        .map(|document| (document.model.tensors.iter().map(|tensor| tensor.name.clone()).collect(), document.tensor));
    let name = shown.map_or_else(|| wave_name(setup.wave).to_owned(), |document| document.model.name.clone());
    let origin: Origin = (setup.source(), shown.map(|document| (document.id, document.tensor)));
    let (model, seconds) = (shown.map(|document| Arc::clone(&document.model)), setup.seconds());
    let base = ctx.derive("signals/base", "Reading the signal", origin.clone(), move |(source, channel), _| {
        Ok(base(source.as_ref(), model.as_deref().zip(channel.map(|(_, channel)| channel)), seconds))
    });
    let mut study = Study { name, channels, recording, answer: None, curve: None };
    let Some(base) = base else { return study };
    // Samples of another signal than the page asks for now stay on screen, marked, until the new ones are there.
    let base = (*base.value).clone();
    let key = (origin.clone(), setup.clone());
    study.answer = {
        let base = base.clone();
        ctx.derive("signals/answer", "Quantizing the signal", (key, base_key(&base)), move |((_, setup), _), handle| {
            match base.map(|base| answer(base, setup, handle)) {
                Ok(Ok(answer)) => Ok(Ok(answer)),
                Ok(Err(SignalError::Cancelled(cancelled))) => Err(cancelled),
                Ok(Err(SignalError::Unfit(reason))) | Err(reason) => Ok(Err(reason)),
            }
        })
    };
    let Ok(base) = base else { return study };
    let alike = Signals { levels: 2, ..setup };
    study.curve = ctx.derive(
        "signals/curve",
        "SQNR by bits",
        (origin, alike, base_key(&Ok(Arc::clone(&base)))),
        move |(_, setup, _), handle| curve(&base, setup, handle),
    );
    study
}

/// Tells one signal in memory from another.
fn base_key(base: &Result<Arc<Base>, String>) -> u64 {
    base.as_ref().map_or(0, |base| base.serial)
}

fn base(
    source: Option<&Source>,
    recording: Option<(&crate::engine::tensor::Model, usize)>,
    seconds: f64,
) -> Result<Arc<Base>, String> {
    let base = match (source, recording) {
        (Some(source), _) => {
            let samples = source.samples(BASE_RATE, (seconds * BASE_RATE).round() as usize);
            Base { serial: serial(), rate: BASE_RATE, samples, left_out: 0 }
        }
        (None, Some((model, channel))) => {
            let Recording { rate, samples, total } = Recording::of_model(model, channel)?;
            let left_out = total - samples.len();
            Base { serial: serial(), rate, samples, left_out }
        }
        (None, None) => return Err("No sound is open: open a WAV file, or choose another signal".to_owned()),
    };
    Ok(Arc::new(base))
}

fn sampled(base: &Base, setup: &Signals) -> (f64, Vec<f64>) {
    let stride = setup.stride(base.rate);
    (base.rate / stride as f64, base.samples.iter().step_by(stride).copied().collect())
}

fn answer(base: Arc<Base>, setup: &Signals, progress: &dyn Progress) -> Result<Answer, SignalError> {
    let (rate, samples) = sampled(&base, setup);
    let recipe = setup.recipe();
    let levels = Levels::new(setup.law, setup.grid, setup.levels, FULL_SCALE, &samples, progress)?;
    progress.check()?;
    let quantized = quantize(&samples, &levels, recipe)?;
    progress.check()?;
    let quality = Quality::new(&samples, &quantized, &levels, FULL_SCALE, recipe);
    progress.check()?;
    let error: Vec<f64> = samples.iter().zip(&quantized.values).map(|(sample, value)| sample - value).collect();
    let spectra = Spectrum::of(&samples, rate).zip(Spectrum::of(&error, rate)).map(|(signal, error)| [signal, error]);
    progress.check()?;
    let errors = Errors::of(&samples, &quantized.values, levels.step);
    Ok(Answer {
        serial: serial(),
        base,
        setup: setup.clone(),
        rate,
        samples,
        levels,
        quantized,
        quality,
        spectra,
        errors,
    })
}

/// SQNR by bits; a width at which nothing is wrong, or nothing is there, has no point.
fn curve(base: &Base, setup: &Signals, progress: &dyn Progress) -> Result<Curve, Cancelled> {
    let (_, samples) = sampled(base, setup);
    let recipe = setup.recipe();
    let most = if setup.law == Law::LloydMax { MOST_BITS_KMEANS } else { MOST_BITS };
    let point = |bits: u32| {
        let levels = Levels::new(setup.law, setup.grid, 1 << bits, FULL_SCALE, &samples, &Quiet(progress))?;
        let quantized = quantize(&samples, &levels, recipe)?;
        Ok(Quality::new(&samples, &quantized, &levels, FULL_SCALE, recipe).sqnr())
    };
    let mut curve = Curve::new();
    for bits in 1..=most {
        progress.tick(u64::from(bits - 1), u64::from(most))?;
        match point(bits) {
            Ok(sqnr) => curve.extend(sqnr.map(|sqnr| (bits, sqnr))),
            Err(SignalError::Cancelled(cancelled)) => return Err(cancelled),
            Err(SignalError::Unfit(_)) => {}
        }
    }
    Ok(curve)
}

/// What a wave is called.
pub fn wave_name(wave: Wave) -> &'static str {
    match wave {
        Wave::Sine => "Sine",
        Wave::Sum => "Three sines",
        Wave::Triangle => "Triangle",
        Wave::Chirp => "Chirp",
        Wave::Speech => "Speech-like",
        Wave::Drawn => "Drawn by hand",
        Wave::Recording => "Recording",
    }
}

/// Why the quantized signal cannot be a WAV file, if it cannot.
pub fn no_wav(answer: &Answer) -> Option<&'static str> {
    (answer.rate.fract() != 0.0)
        .then_some("A WAV file has a whole number of samples a second: choose another sampling rate")
}

/// The quantized signal as a WAV file.
///
/// # Errors
/// Why there is none.
pub fn wav(answer: &Answer) -> Result<Vec<u8>, String> {
    io::encode_wav(&answer.quantized.values, answer.rate)
}
