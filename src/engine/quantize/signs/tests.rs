use proptest::prelude::*;

use crate::engine::Silent;
use crate::engine::coding::{Header, Layout};
use crate::engine::quantize::{Codes, Decoder, Fitted, Scheme, levels, preview, quantize};
use crate::engine::rng::Rng;
use crate::engine::tensor::Summary;

const MATRIX: [f32; 16] =
    [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

fn fitted(values: &[f32], shape: &[usize], text: &str) -> Fitted {
    quantize(values, shape, &text.parse::<Scheme>().unwrap(), None, &Silent).unwrap()
}

fn lecture(text: &str) -> Fitted {
    fitted(&MATRIX, &[4, 4], text)
}

fn scale_of(fitted: &Fitted) -> Vec<f32> {
    match &fitted.quantized.decoder {
        Decoder::Signs { scale, .. } => scale.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_lectures_signs() {
    let plain = lecture("binary:scale=none");
    let signs = [1.0, -1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0];
    assert_eq!(plain.quantized.reconstruct(), signs);
    assert!((plain.report.sse - 9.2832).abs() < 1e-6, "{}", plain.report.sse);
    let scaled = lecture("binary");
    assert_eq!(scale_of(&scaled), [1.04875]);
    assert!((scaled.report.sse - 9.245175).abs() < 1e-6, "{}", scaled.report.sse);
}

#[test]
fn the_lectures_ternary_matrix() {
    let twn = lecture("ternary");
    let expected = [1, -1, 1, 0, 0, 0, -1, 1, -1, 1, 0, -1, 1, 0, 1, 1];
    assert_eq!(twn.quantized.codes, Codes::Narrow(expected.iter().map(|q| (q + 1) as u8).collect()));
    assert_eq!(scale_of(&twn), [1.5]);
    assert!((twn.report.sse - 2.0932).abs() < 1e-5, "{}", twn.report.sse);
    let Decoder::Signs { threshold, .. } = &twn.quantized.decoder else { panic!("signs") };
    assert!((threshold[1] - 0.734_125).abs() < 1e-7);
    assert_eq!(levels(&twn.quantized, 0).boundaries[1], threshold[1]);
}

#[test]
fn the_lectures_ladder() {
    let ladder = [
        ("binary:scale=none", 9.283),
        ("binary", 9.245),
        ("linear:bits=2,range=restricted", 5.219),
        ("linear:bits=2,range=restricted,per=channel", 4.325),
        ("ternary", 2.093),
        ("linear:bits=2", 0.745),
        ("kmeans:k=3", 0.522),
        ("kmeans:bits=2", 0.093),
    ];
    for (text, expected) in ladder {
        let sse = lecture(text).report.sse;
        assert!((sse - expected).abs() < 6e-4, "{text}: {sse}");
    }
}

#[test]
fn thresholds_and_scales_as_their_papers_have_them() {
    let values = [0.1, -0.25, 0.6, -2.0, 4.0, f32::NAN, f32::INFINITY];
    let ttq = fitted(&values, &[7], "ternary:threshold=max:0.05,scales=two");
    assert_eq!(scale_of(&ttq), [1.125, 2.3]);
    assert_eq!(&ttq.quantized.reconstruct()[..5], [0.0, -1.125, 2.3, -1.125, 2.3]);
    // NaN takes the level nearest to zero, infinity the largest.
    assert_eq!(&ttq.quantized.reconstruct()[5..], [0.0, 2.3]);
    let absmean = fitted(&[0.5, -1.5, 1.0, 1.0], &[4], "ternary:threshold=absmean");
    // W / γ = 0.5 is rounded to even: 0.
    assert_eq!(absmean.quantized.reconstruct(), [0.0, -1.0, 1.0, 1.0]);
    let fixed = fitted(&[0.5, -0.5, 0.75, -1.0], &[4], "ternary:threshold=0.5");
    assert_eq!(fixed.quantized.reconstruct(), [0.0, 0.0, 0.875, -0.875]);
    let nothing = fitted(&[0.0, -0.0], &[2], "ternary:threshold=optimal");
    assert_eq!(nothing.quantized.reconstruct(), [0.0, 0.0]);
    assert_eq!(fitted(&[], &[0], "binary").report.count, 0);
    assert_eq!(fitted(&[-0.0, 0.0, -1e-45], &[3], "binary:scale=none").quantized.reconstruct(), [1.0, 1.0, -1.0]);
}

#[test]
fn a_group_has_its_own_scales() {
    let found = fitted(&[1.0, -3.0, 0.25, 0.75], &[2, 2], "binary:per=channel");
    assert_eq!(scale_of(&found), [2.0, 0.5]);
    assert_eq!(found.quantized.reconstruct(), [2.0, -2.0, 0.5, 0.5]);
    let two = fitted(&[1.0, -3.0, 0.25, 0.75], &[2, 2], "ternary:threshold=0,scales=two,per=channel");
    assert_eq!(two.quantized.reconstruct(), [1.0, -3.0, 0.5, 0.5]);
}

#[test]
fn drawn_signs_have_the_hard_sigmoids_chance() {
    let values = vec![0.5_f32; 40_000];
    let drawn = fitted(&values, &[200, 200], "binary:scale=none,stochastic=7").quantized.reconstruct();
    let mean = drawn.iter().map(|&sign| f64::from(sign)).sum::<f64>() / drawn.len() as f64;
    assert!((mean - 0.5).abs() < 0.02, "{mean}");
    let sure = fitted(&[1.0, -1.0, 3.0, -3.0], &[4], "binary:scale=none,stochastic=1").quantized.reconstruct();
    assert_eq!(sure, [1.0, -1.0, 1.0, -1.0]);
    let again = fitted(&values, &[40_000], "binary:scale=none,stochastic=7").quantized.reconstruct();
    assert_eq!(drawn, again);
    assert_ne!(drawn, fitted(&values, &[40_000], "binary:scale=none,stochastic=8").quantized.reconstruct());
    // By channel every weight still draws by its place.
    let rows = fitted(&values, &[20_000, 2], "binary:stochastic=7,per=channel").quantized.reconstruct();
    assert!(rows.iter().zip(&drawn).all(|(row, drawn)| row.signum() == drawn.signum()));
}

#[test]
fn previews_agree_with_the_exact_pass() {
    let mut rng = Rng::new(3);
    let values: Vec<f32> = (0..3000).map(|_| rng.normal() as f32).collect();
    let summary = Summary::of(&values, &Silent).unwrap();
    for text in ["binary", "binary:scale=none", "ternary", "ternary:threshold=optimal,scales=two"] {
        let scheme: Scheme = text.parse().unwrap();
        let exact = fitted(&values, &[values.len()], text);
        let preview = preview(&summary, &[values.len()], &scheme).unwrap();
        assert!((preview.report.sse - exact.report.sse).abs() < 1e-4, "{text}");
        assert_eq!(preview.levels.counts, levels(&exact.quantized, 0).counts, "{text}");
        assert_eq!(preview.levels.boundaries, levels(&exact.quantized, 0).boundaries, "{text}");
    }
}

#[test]
fn payloads_hold_signs_and_scales_and_come_back() {
    let cases: [(&str, u64); 8] = [
        ("binary", 16 + 32),
        ("binary:scale=none", 16),
        ("binary:per=channel", 16 + 4 * 32),
        ("ternary", 32 + 32),
        ("ternary:scales=two", 32 + 64),
        ("ternary:scales=two,per=group:2", 32 + 8 * 64),
        ("ternary|sparse:index=4", 0),
        ("prune:share=0.3|ternary:threshold=optimal|huffman", 0),
    ];
    for (text, bits) in cases {
        let found = lecture(text).quantized;
        let layout = Layout::of(&found);
        if bits > 0 {
            assert_eq!(layout.ledger().bits().next_multiple_of(8), bits.next_multiple_of(8), "{text}");
        }
        let header = Header::of(&found, &layout);
        let read = header.read(&layout.write(&found)).unwrap();
        assert_eq!((&read.codes, read.reconstruct()), (&found.codes, found.reconstruct()), "{text}");
    }
    assert!("binary|sparse:index=4".parse::<Scheme>().unwrap_err().to_string().contains("code that means 0"));
}

/// Σ (weight − level)² of the best ternary levels among all numbers of weights that may be kept.
fn brute(values: &[f32]) -> f64 {
    let total = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
    let squares = total(&mut values.iter().map(|value| f64::from(*value).powi(2)));
    (0..1_u32 << values.len())
        .map(|kept| {
            let chosen: Vec<f64> = (0..values.len())
                .filter(|place| kept >> place & 1 == 1)
                .map(|place| f64::from(values[place].abs()))
                .collect();
            let sum: f64 = chosen.iter().sum();
            squares - sum * sum / chosen.len().max(1) as f64
        })
        .fold(squares, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_choice_of_zeros_beats_the_optimal_threshold(values in prop::collection::vec(-8_i8..=8, 0..10)) {
        // Whole numbers, so that magnitudes are often equal.
        let values: Vec<f32> = values.into_iter().map(f32::from).collect();
        let found = fitted(&values, &[values.len()], "ternary:threshold=optimal").report.sse;
        let least = brute(&values);
        prop_assert!((found - least).abs() <= 1e-5 * (1.0 + least), "{found} instead of {least}");
    }
}
