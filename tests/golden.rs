//! Golden values: the lecture's worked examples, and real weights.

use quantscope::engine::Silent;
use quantscope::engine::coding::Layout;
use quantscope::engine::quantize::{Decoder, Fitted, Scheme, preview, quantize};
use quantscope::engine::tensor::Summary;

#[rustfmt::skip]
const W: [f32; 16] = [
    2.09, -0.98, 1.48, 0.09,
    0.05, -0.14, -1.08, 2.12,
    -0.91, 1.92, 0.0, -1.03,
    1.87, 0.0, 1.53, 1.49,
];

#[rustfmt::skip]
const LAB_KMEANS: [f32; 25] = [
    -0.3747, 0.0874, 0.3200, -0.4868, 0.4404,
    -0.0402, 0.2322, -0.2024, -0.4986, 0.1814,
    0.3102, -0.3942, -0.2030, 0.0883, -0.4741,
    -0.1592, -0.0777, -0.3946, -0.2128, 0.2675,
    0.0611, -0.1933, -0.4350, 0.2928, -0.1087,
];

#[rustfmt::skip]
const LAB_LINEAR: [f32; 25] = [
    0.0523, 0.6364, -0.0968, -0.0020, 0.1940,
    0.7500, 0.5507, 0.6188, -0.1734, 0.4677,
    -0.0669, 0.3836, 0.4297, 0.6267, -0.0695,
    0.1536, -0.0038, 0.6075, 0.6817, 0.0601,
    0.6446, -0.2500, 0.5376, -0.2226, 0.2333,
];

fn fit(values: &[f32], shape: &[usize], scheme: &str) -> Fitted {
    let scheme: Scheme = scheme.parse().unwrap_or_else(|error| panic!("{scheme}: {error}"));
    let fitted = quantize(values, shape, &scheme, None, &Silent).unwrap_or_else(|error| panic!("{scheme}: {error}"));
    let restored = fitted.quantized.reconstruct();
    let sse: f64 = values.iter().zip(&restored).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum();
    assert!((sse - fitted.report.sse).abs() <= 1e-9 * sse.max(1e-9), "{scheme}: the report says {}", fitted.report.sse);
    let layout = Layout::new(values.len(), fitted.quantized.bits, &fitted.quantized.decoder);
    let bytes = layout.write(&fitted.quantized);
    assert_eq!(layout.ledger().bytes(), bytes.len() as u64, "{scheme}: ledger and bytes differ");
    assert_eq!(layout.ledger().bits(), bytes.len() as u64 * 8, "{scheme}: padding is not counted");
    fitted
}

#[test]
fn the_worked_example_of_k_means() {
    let fitted = fit(&W, &[4, 4], "kmeans:bits=2");
    let Decoder::Codebook { books } = &fitted.quantized.decoder else { panic!("no codebook") };
    for (centroid, expected) in books[0].iter().zip([-1.0, 0.0, 1.5, 2.0]) {
        assert!((centroid - expected).abs() < 1e-6, "{centroid} instead of {expected}");
    }
    let codes: Vec<u16> = (0..16).map(|index| fitted.quantized.codes.get(index)).collect();
    assert_eq!(codes, [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2]);
    assert!((fitted.report.sse - 0.0932).abs() < 1e-6);
    assert!((fitted.report.mse().unwrap() - 0.005_825).abs() < 1e-7);
    assert!((fitted.report.max_error - 0.14).abs() < 1e-6);
    let layout = Layout::new(16, 2, &fitted.quantized.decoder);
    let parts: Vec<(&str, u64)> = layout.ledger().parts.iter().map(|part| (part.name, part.bits)).collect();
    assert_eq!(parts, [("codes", 32), ("codebook", 128)]);
    assert_eq!(layout.write(&fitted.quantized).len(), 20);
    assert!(fitted.quantized.method.contains("exact optimum"));
}

#[test]
fn sse_of_every_scheme_on_the_lectures_tensors() {
    let cases: [(&[f32], &[usize], &str, f64); 37] = [
        (&W, &[4, 4], "kmeans:k=2", 2.7440),
        (&W, &[4, 4], "kmeans:k=3", 0.5218),
        (&W, &[4, 4], "kmeans:k=4", 0.0932),
        (&W, &[4, 4], "kmeans:k=5", 0.0491),
        (&W, &[4, 4], "kmeans:k=6", 0.0246),
        (&W, &[4, 4], "kmeans:k=8", 0.0076),
        (&W, &[4, 4], "kmeans:bits=8", 0.0),
        (&W, &[4, 4], "kmeans:bits=2,init=linear", 0.0932),
        (&W, &[4, 4], "kmeans:bits=2,init=density", 0.0932),
        (&W, &[4, 4], "linear:bits=2", 0.745_422),
        (&W, &[4, 4], "linear:bits=3", 0.202_220),
        (&W, &[4, 4], "linear:bits=4", 0.034_311),
        (&W, &[4, 4], "linear:bits=8", 9.4118e-5),
        (&W, &[4, 4], "linear:bits=2,signed=false", 0.745_422),
        (&W, &[4, 4], "linear:bits=2,range=restricted", 5.2192),
        (&W, &[4, 4], "linear:bits=3,range=restricted", 0.4892),
        (&W, &[4, 4], "linear:bits=4,range=restricted", 0.0836),
        (&W, &[4, 4], "linear:bits=8,range=restricted", 3.197e-4),
        (&W, &[4, 4], "linear:bits=2,range=full", 4.2228),
        (&W, &[4, 4], "linear:bits=3,range=full", 0.8043),
        (&W, &[4, 4], "linear:bits=4,range=full", 0.2028),
        (&W, &[4, 4], "linear:bits=8,range=full", 5.012e-4),
        (&W, &[4, 4], "linear:bits=2,range=full-clamped", 5.2192),
        (&W, &[4, 4], "linear:bits=3,range=full-clamped", 0.4892),
        (&W, &[4, 4], "linear:bits=4,range=full-clamped", 0.0836),
        (&W, &[4, 4], "linear:bits=8,range=full-clamped", 3.197e-4),
        (&W, &[4, 4], "linear:bits=2,range=full-half", 2.17582),
        (&W, &[4, 4], "linear:bits=3,range=full-half", 0.63654),
        (&W, &[4, 4], "linear:bits=4,range=full-half", 0.13572),
        (&W, &[4, 4], "linear:bits=8,range=full-half", 3.7652e-4),
        (&W, &[4, 4], "linear:bits=2,range=restricted,per=channel", 4.3245),
        (&W, &[4, 4], "linear:bits=2,range=restricted,per=group:4", 4.3245),
        (&LAB_KMEANS, &[5, 5], "kmeans:bits=1", 0.488_963),
        (&LAB_KMEANS, &[5, 5], "kmeans:bits=2", 0.079_221_5),
        (&LAB_KMEANS, &[5, 5], "kmeans:bits=3", 0.009_654_52),
        (&LAB_LINEAR, &[5, 5], "linear:bits=2", 0.198_777),
        (&LAB_LINEAR, &[5, 5], "linear:bits=2,zero=lab", 0.198_777),
    ];
    for (values, shape, scheme, expected) in cases {
        let fitted = fit(values, shape, scheme);
        // The references give four to six digits.
        let tolerance = if expected > 0.005 { 6e-5 } else { 1e-3 * expected };
        let close = (fitted.report.sse - expected).abs() <= tolerance;
        assert!(close, "{scheme}: SSE {} instead of {expected}", fitted.report.sse);
        let summary = Summary::of(values, &Silent).unwrap();
        if let Some(preview) = preview(&summary, shape, &scheme.parse().unwrap()) {
            let error = (preview.report.sse - fitted.report.sse).abs();
            assert!(error <= 1e-9, "{scheme}: the preview says {}", preview.report.sse);
            assert!(preview.exact);
            assert_eq!(preview.report.distinct, fitted.report.distinct, "{scheme}");
        }
    }
}

#[test]
fn codes_of_the_worked_examples_of_linear_quantization() {
    let codes = |values: &[f32], shape: &[usize], scheme: &str| -> Vec<i32> {
        let fitted = fit(values, shape, scheme);
        let Decoder::Affine { code_min, .. } = fitted.quantized.decoder else { panic!("not affine") };
        (0..values.len()).map(|index| i32::from(fitted.quantized.codes.get(index)) + code_min).collect()
    };
    assert_eq!(codes(&W, &[4, 4], "linear:bits=2"), [1, -2, 0, -1, -1, -1, -2, 1, -2, 1, -1, -2, 1, -1, 0, 0]);
    let restricted = codes(&W, &[4, 4], "linear:bits=2,range=restricted");
    assert_eq!(restricted, [1, 0, 1, 0, 0, 0, -1, 1, 0, 1, 0, 0, 1, 0, 1, 1]);
    #[rustfmt::skip]
    let lab = [-1, 1, -1, -1, 0, 1, 1, 1, -2, 0, -1, 0, 0, 1, -1, -1, -1, 1, 1, -1, 1, -2, 1, -2, 0];
    assert_eq!(codes(&LAB_LINEAR, &[5, 5], "linear:bits=2"), lab);
}

#[test]
fn the_ledger_of_a_linear_scheme_counts_scale_and_zero_point() {
    let fitted = fit(&W, &[4, 4], "linear:bits=2");
    let layout = Layout::new(16, 2, &fitted.quantized.decoder);
    let parts: Vec<(&str, u64)> = layout.ledger().parts.iter().map(|part| (part.name, part.bits)).collect();
    assert_eq!(parts, [("codes", 32), ("scales", 32), ("zero points", 2), ("padding", 6)]);
    let symmetric = fit(&W, &[4, 4], "linear:bits=2,range=restricted");
    assert_eq!(Layout::new(16, 2, &symmetric.quantized.decoder).ledger().bytes(), 8);
}

#[test]
fn hard_tensors_work() {
    let tensors: [(&str, Vec<f32>); 8] = [
        ("empty", vec![]),
        ("one weight", vec![0.3]),
        ("constant", vec![-2.5; 10]),
        ("zeros", vec![0.0; 10]),
        ("only NaN", vec![f32::NAN; 4]),
        ("NaN and infinities", vec![1.0, f32::NAN, -1.0, f32::INFINITY, f32::NEG_INFINITY, 0.5]),
        ("the largest", vec![f32::MAX, f32::MIN, 0.0, 1.0]),
        ("the smallest", vec![1e-45, -1e-45, 1e-40, 0.0]),
    ];
    let schemes = [
        "kmeans:bits=1",
        "kmeans:bits=4",
        "kmeans:bits=2,init=linear",
        "kmeans:bits=2,init=kmeans++",
        "kmeans:bits=2,init=forgy",
        "kmeans:bits=2,init=density",
        "kmeans:bits=10",
        "linear:bits=1",
        "linear:bits=8",
        "linear:bits=8,range=full",
        "linear:bits=16,signed=false",
        "linear:bits=4,per=group:3",
        "kmeans:bits=2,per=group:3",
        "float:e4m3fn",
        "float:int4,scale=absmax",
        "float:fp16",
    ];
    for (name, values) in &tensors {
        for text in schemes {
            let scheme: Scheme = text.parse().unwrap();
            let shape = [values.len()];
            let fitted = quantize(values, &shape, &scheme, None, &Silent);
            let fitted = fitted.unwrap_or_else(|error| panic!("{name}, {scheme}: {error}"));
            let report = fitted.report;
            assert_eq!(report.count + report.excluded, values.len() as u64, "{name}, {scheme}");
            assert!(report.sse.is_finite() && report.max_error.is_finite(), "{name}, {scheme}: {report:?}");
            let lossless = text.starts_with("kmeans") && scheme.bits() >= Some(2) && !text.contains("init");
            if lossless && values.iter().all(|value| value.is_finite()) && values.len() <= 4 {
                assert_eq!(report.sse, 0.0, "{name}, {scheme}");
            }
            let summary = Summary::of(values, &Silent).unwrap();
            let _ = preview(&summary, &shape, &scheme);
        }
    }
}

/// The folder with real weights, or a loud word that it is missing.
fn real_data(file: &str) -> Option<Vec<u8>> {
    let default = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("QUANTSCOPE_DATA").map_or(default, std::path::PathBuf::from);
    let path = folder.join(file);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!(
            "\n!!! NOT CHECKED: {} is missing; set QUANTSCOPE_DATA to the folder with real weights !!!\n",
            path.display()
        );
    }
    bytes
}

#[test]
fn real_weights_have_the_sqnr_of_the_reference() {
    let Some(bytes) = real_data("silero/silero_vad_16k.safetensors") else { return };
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| -> (Vec<f32>, Vec<usize>) {
        let tensor = file.tensor(name).unwrap();
        let floats = tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
        (floats.collect(), tensor.shape().to_vec())
    };
    let cases = [
        ("conv4.weight", "linear:bits=8,range=restricted", 16.8),
        ("conv4.weight", "linear:bits=8", 20.8),
        ("conv4.weight", "linear:bits=8,range=restricted,per=channel", 31.5),
        ("conv4.weight", "linear:bits=4,range=restricted", 10.3),
        ("conv4.weight", "linear:bits=4", 11.1),
        ("conv4.weight", "linear:bits=4,range=restricted,per=channel", 20.8),
        ("conv4.weight", "kmeans:bits=8", 53.2),
        ("conv4.weight", "kmeans:bits=4", 23.7),
        ("conv4.weight", "kmeans:bits=2", 10.9),
        ("conv4.weight", "kmeans:bits=8,init=linear", 26.6),
        ("conv4.weight", "kmeans:bits=4,init=linear", 13.5),
        ("conv4.weight", "kmeans:bits=2,init=linear", 9.7),
        ("lstm_cell.weight_hh", "linear:bits=8,range=restricted", 36.4),
        ("lstm_cell.weight_hh", "linear:bits=8", 36.6),
        ("lstm_cell.weight_hh", "linear:bits=8,range=restricted,per=channel", 42.0),
        ("lstm_cell.weight_hh", "linear:bits=4", 12.0),
        ("lstm_cell.weight_hh", "linear:bits=2", 1.0),
        ("lstm_cell.weight_hh", "kmeans:bits=8", 42.9),
        ("lstm_cell.weight_hh", "kmeans:bits=4", 18.6),
        ("lstm_cell.weight_hh", "kmeans:bits=2", 8.1),
    ];
    let mut wrong = Vec::new();
    for (name, scheme, expected) in cases {
        let (weights, shape) = values(name);
        let sqnr = fit(&weights, &shape, scheme).report.sqnr_db().unwrap();
        if (sqnr - expected).abs() > 0.06 {
            wrong.push(format!("{name}, {scheme}: {sqnr:.2} dB instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
