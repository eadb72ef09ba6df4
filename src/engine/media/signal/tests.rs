use super::*;
use crate::engine::Silent;
use crate::engine::rng::Rng;

/// Samples of a full-scale sine whose period no sample count divides.
fn sine(amplitude: f64) -> Vec<f64> {
    Source::Sine { frequency: 97.0 * std::f64::consts::SQRT_2, amplitude }.samples(48_000.0, 200_000)
}

fn measured(samples: &[f64], law: Law, grid: Grid, count: usize, recipe: Recipe) -> Quality {
    let levels = Levels::new(law, grid, count, 1.0, samples, &Silent).unwrap();
    let quantized = quantize(samples, &levels, recipe).unwrap();
    Quality::new(samples, &quantized, &levels, 1.0, recipe)
}

fn plain(samples: &[f64], grid: Grid, bits: u32) -> Quality {
    measured(samples, Law::Uniform, grid, 1 << bits, Recipe::default())
}

#[test]
fn a_full_scale_sine_has_six_decibels_a_bit() {
    let samples = sine(1.0);
    for bits in 1..=12 {
        let rule = 6.0206 * f64::from(bits) + 1.7609;
        let inclusive = plain(&samples, Grid::Inclusive, bits);
        assert!((inclusive.rule - rule).abs() < 1e-3);
        let off = |quality: &Quality| (quality.sqnr().unwrap() - rule).abs();
        if bits >= 6 {
            assert!(off(&inclusive) < 0.1, "{bits} bits, inclusive: {}", off(&inclusive));
            assert!(inclusive.deviations.is_empty());
            let rise = plain(&samples, Grid::MidRise, bits);
            assert!(off(&rise) < 0.3, "{bits} bits, mid-rise: {}", off(&rise));
            assert!(bits < 9 || off(&rise) < 0.1, "{bits} bits, mid-rise: {}", off(&rise));
        }
    }
    assert!(plain(&samples, Grid::MidRise, 6).deviations.contains(&Deviation::Ends));
}

#[test]
fn an_even_error_has_a_twelfth_of_the_squared_step() {
    let mut rng = Rng::new(2);
    let samples: Vec<f64> = (0..100_000).map(|_| 2.0 * rng.uniform() - 1.0).collect();
    for bits in [1, 2, 4, 8, 12] {
        let quality = plain(&samples, Grid::MidRise, bits);
        assert!((quality.noise / quality.model.unwrap() - 1.0).abs() < 0.02, "{bits}: {}", quality.noise);
    }
}

#[test]
fn as_many_levels_as_sixteen_bits_have_are_placed_better_than_evenly() {
    let mut rng = Rng::new(5);
    // More samples than are kept apart: k-means must not be content with the bins of a histogram.
    let samples: Vec<f64> = (0..1_500_000).map(|_| (0.2 * rng.normal()).clamp(-1.0, 1.0)).collect();
    let of = |law| measured(&samples, law, Grid::Inclusive, 1 << 16, Recipe::default()).sqnr().unwrap();
    let (even, fitted) = (of(Law::Uniform), of(Law::LloydMax));
    assert!(fitted > even + 3.0, "{fitted} dB where even levels have {even} dB");
    let levels = Levels::new(Law::LloydMax, Grid::Inclusive, 1 << 16, 1.0, &samples, &Silent).unwrap();
    assert!(levels.values.len() > 65_000, "{}", levels.values.len());
}

#[test]
fn five_levels_are_where_the_slide_has_them() {
    let levels = Levels::new(Law::Uniform, Grid::Inclusive, 5, 1.0, &[], &Silent).unwrap();
    assert_eq!(levels.values, [-1.0, -0.5, 0.0, 0.5, 1.0]);
    assert_eq!(levels.boundaries, [-0.75, -0.25, 0.25, 0.75]);
    let rise = Levels::new(Law::Uniform, Grid::MidRise, 4, 1.0, &[], &Silent).unwrap();
    assert_eq!(rise.values, [-0.75, -0.25, 0.25, 0.75]);
    let tread = Levels::new(Law::Uniform, Grid::MidTread, 4, 1.0, &[], &Silent).unwrap();
    assert_eq!(tread.values, [-1.0, -0.5, 0.0, 0.5]);
    assert!(tread.clips(1.0) && !tread.clips(0.75) && !rise.clips(1.0));
}

#[test]
fn laws_are_undone_and_spare_small_signals() {
    for law in [Law::Mu, Law::A] {
        for step in -100..=100 {
            let x = f64::from(step) / 100.0;
            assert!((law.expand(law.compress(x)) - x).abs() < 1e-12, "{law:?} {x}");
        }
        assert!((law.compress(1.0) - 1.0).abs() < 1e-12);
        let quiet = sine(0.01);
        let even = plain(&quiet, Grid::MidRise, 8).sqnr().unwrap();
        let compressed = measured(&quiet, law, Grid::MidRise, 256, Recipe::default());
        assert!(compressed.sqnr().unwrap() > even + 15.0, "{law:?}: {:?} {even}", compressed.sqnr());
        assert!(compressed.deviations.contains(&Deviation::Uneven));
    }
    assert!((Law::Mu.compress(0.01) - 3.55_f64.ln() / 256.0_f64.ln()).abs() < 1e-9);
}

#[test]
fn lloyd_max_levels_have_the_lowest_error() {
    let speech = Source::Speech { pitch: 120.0, amplitude: 1.0, seed: 1 }.samples(8000.0, 8000);
    let of = |law| measured(&speech, law, Grid::MidRise, 16, Recipe::default()).noise;
    assert!(of(Law::LloydMax) < of(Law::Uniform) && of(Law::LloydMax) < of(Law::Mu));
}

#[test]
fn dither_makes_the_mean_error_vanish() {
    // A tenth of a step: rounding alone makes it 0 every time.
    let samples = vec![0.05; 100_000];
    let levels = Levels::new(Law::Uniform, Grid::Inclusive, 5, 1.0, &[], &Silent).unwrap();
    for (dither, variance) in [(Dither::None, 0.0), (Dither::Rectangular, 0.0225), (Dither::Triangular, 0.0625)] {
        let recipe = Recipe { dither, ..Recipe::default() };
        let values = quantize(&samples, &levels, recipe).unwrap().values;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let expected = if dither == Dither::None { 0.0 } else { 0.05 };
        assert!((mean - expected).abs() < 3e-3, "{dither:?}: {mean}");
        let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        // Rectangular: two levels with probabilities 0.1 and 0.9. Triangular: S² / 4 whatever the signal.
        assert!((spread - variance).abs() < 2e-3, "{dither:?}: {spread}");
    }
    let uneven = Levels::new(Law::Mu, Grid::MidRise, 16, 1.0, &[], &Silent).unwrap();
    let recipe = Recipe { dither: Dither::Triangular, ..Recipe::default() };
    assert!(quantize(&samples, &uneven, recipe).unwrap_err().to_string().contains("evenly spaced"));
}

#[test]
fn shaping_moves_the_noise_away_from_low_frequencies() {
    let samples = sine(0.8);
    let levels = Levels::new(Law::Uniform, Grid::MidRise, 32, 1.0, &[], &Silent).unwrap();
    // Noise that is left after a mean over 32 samples: what is at low frequencies.
    let low = |shaped| {
        let values =
            quantize(&samples, &levels, Recipe { shaped, dither: Dither::Triangular, seed: 4 }).unwrap().values;
        let errors: Vec<f64> = samples.iter().zip(values).map(|(sample, value)| sample - value).collect();
        let means = errors.chunks_exact(32).map(|part| (part.iter().sum::<f64>() / 32.0).powi(2));
        means.sum::<f64>() / (errors.len() / 32) as f64
    };
    assert!(low(true) < low(false) / 8.0, "{} {}", low(true), low(false));
}

#[test]
fn clipping_and_small_signals_are_named() {
    let loud = plain(&sine(1.5), Grid::Inclusive, 8);
    assert!(matches!(loud.deviations[0], Deviation::Clipping(count) if count > 0));
    let quiet = plain(&sine(0.1), Grid::Inclusive, 8);
    assert!(matches!(quiet.deviations[0], Deviation::Power(power) if (power + 20.0).abs() < 0.1));
    let few = plain(&sine(1.0), Grid::Inclusive, 1);
    assert!(few.deviations.contains(&Deviation::FewLevels(2)), "{few:?}");
    assert!(
        Levels::new(Law::Uniform, Grid::MidRise, 1, 1.0, &[], &Silent).unwrap_err().to_string().contains("2 to 65,536")
    );
    assert!(Levels::new(Law::Uniform, Grid::MidRise, 4, 0.0, &[], &Silent).is_err());
    let silence = plain(&[0.0; 8], Grid::MidTread, 4);
    assert_eq!((silence.sqnr(), silence.noise), (None, 0.0));
}

#[test]
fn sources_stay_within_their_amplitude() {
    let sources = [
        Source::Sine { frequency: 440.0, amplitude: 0.5 },
        Source::Sum { frequency: 110.0, amplitude: 0.5 },
        Source::Triangle { frequency: 110.0, amplitude: 0.5 },
        Source::Chirp { from: 20.0, to: 2000.0, amplitude: 0.5 },
        Source::Speech { pitch: 110.0, amplitude: 0.5, seed: 3 },
    ];
    for source in sources {
        let samples = source.samples(8000.0, 16_000);
        let peak = samples.iter().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
        assert!((0.49..=0.5 + 1e-12).contains(&peak), "{source:?}: {peak}");
        assert_eq!(samples, source.samples(8000.0, 16_000));
    }
    assert_eq!(Source::Drawn(vec![0.0, 1.0, 0.0]).samples(1.0, 5), [0.0, 0.5, 1.0, 0.5, 0.0]);
    assert_eq!(Source::Drawn(Vec::new()).samples(1.0, 2), [0.0, 0.0]);
    assert_eq!(Source::Drawn(vec![0.5]).samples(1.0, 1), [0.5]);
}

#[test]
fn a_spectrum_has_the_power_of_its_signal() {
    let samples = sine(0.5);
    let spectrum = Spectrum::of(&samples, 48_000.0).unwrap();
    let whole: f64 = spectrum.power.iter().sum();
    assert!((whole / 0.125 - 1.0).abs() < 1e-3, "{whole}");
    let tone = spectrum.between(97.0, 190.0);
    assert!(tone > 0.999 * whole, "a sine of 137 Hz is at 137 Hz: {tone} of {whole}");
    assert!((spectrum.step - 48_000.0 / 4096.0).abs() < 1e-12 && spectrum.power.len() == 2049);
    let constant = Spectrum::of(&[1.0; 64], 8.0).unwrap();
    assert!((constant.power.iter().sum::<f64>() - 1.0).abs() < 1e-12, "the window leaks into the neighbours only");
    assert!(constant.power[3..].iter().all(|power| *power < 1e-20));
    assert_eq!(Spectrum::of(&[1.0; 7], 8.0), None);
}

#[test]
fn shaped_noise_rises_with_frequency_and_dithered_noise_is_white() {
    let samples = sine(0.8);
    let levels = Levels::new(Law::Uniform, Grid::MidRise, 32, 1.0, &[], &Silent).unwrap();
    let error = |shaped| {
        let recipe = Recipe { shaped, dither: Dither::Triangular, seed: 4 };
        let values = quantize(&samples, &levels, recipe).unwrap().values;
        let errors: Vec<f64> = samples.iter().zip(values).map(|(sample, value)| sample - value).collect();
        Spectrum::of(&errors, 48_000.0).unwrap()
    };
    let halves = |spectrum: &Spectrum| (spectrum.between(0.0, 12_000.0), spectrum.between(12_000.0, 24_000.0));
    let (low, high) = halves(&error(false));
    assert!((low / high - 1.0).abs() < 0.05, "{low} {high}");
    // 1 − z⁻¹ has a power of 2 − 2 cos ω: 1 − 2/π below the middle against 1 + 2/π above.
    let (low, high) = halves(&error(true));
    assert!((high / low / 4.504 - 1.0).abs() < 0.1, "{high} {low}");
}

#[test]
fn the_error_of_an_even_signal_is_even() {
    // As the page shows it: a triangle at 2,000 samples a second.
    let samples = Source::Triangle { frequency: 97.3, amplitude: 1.0 }.samples(2000.0, 8000);
    let levels = Levels::new(Law::Uniform, Grid::MidRise, 8, 1.0, &[], &Silent).unwrap();
    let quantized = quantize(&samples, &levels, Recipe::default()).unwrap();
    let quality = Quality::new(&samples, &quantized, &levels, 1.0, Recipe::default());
    assert!((quality.noise / quality.model.unwrap() - 1.0).abs() < 0.02, "{}", quality.noise);
    let errors = Errors::of(&samples, &quantized.values, levels.step);
    assert_eq!((errors.low, errors.shares.len()), (-0.125, 24));
    assert!((errors.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(errors.shares.iter().all(|share| (share * 24.0 - 1.0).abs() < 0.05), "{:?}", errors.shares);
    // Triangular dither: the error reaches one and a half steps.
    let recipe = Recipe { dither: Dither::Triangular, ..Recipe::default() };
    let quantized = quantize(&samples, &levels, recipe).unwrap();
    let errors = Errors::of(&samples, &quantized.values, levels.step);
    assert_eq!((errors.low, errors.shares.len()), (-0.375, 24));
    let none = Errors::of(&[0.5], &[0.5], None);
    assert_eq!(none.low, -1.0);
}

#[test]
fn a_sine_that_repeats_itself_has_few_values() {
    let samples = Source::Sine { frequency: 100.0, amplitude: 1.0 }.samples(2000.0, 8000);
    let levels = Levels::new(Law::Uniform, Grid::Inclusive, 256, 1.0, &[], &Silent).unwrap();
    let quantized = quantize(&samples, &levels, Recipe::default()).unwrap();
    let quality = Quality::new(&samples, &quantized, &levels, 1.0, Recipe::default());
    assert!(matches!(quality.deviations[..], [Deviation::FewValues(11)]), "{quality:?}");
}
