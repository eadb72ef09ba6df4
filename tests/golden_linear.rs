//! Golden values of linear quantization: the lecture's 4 × 4 matrix and the lab's 5 × 5 in every mode, down to scales, codes and norms.

use quantscope::engine::Silent;
use quantscope::engine::coding::Layout;
use quantscope::engine::quantize::linear::{Step, derive_typed, steps};
use quantscope::engine::quantize::{Decoder, Fitted, Linear, Quantizer, curve, preview, quantize};
use quantscope::engine::tensor::Summary;

#[rustfmt::skip]
const W: [f32; 16] = [
    2.09, -0.98, 1.48, 0.09,
    0.05, -0.14, -1.08, 2.12,
    -0.91, 1.92, 0.0, -1.03,
    1.87, 0.0, 1.53, 1.49,
];

#[rustfmt::skip]
const LAB: [f32; 25] = [
    0.0523, 0.6364, -0.0968, -0.0020, 0.1940,
    0.7500, 0.5507, 0.6188, -0.1734, 0.4677,
    -0.0669, 0.3836, 0.4297, 0.6267, -0.0695,
    0.1536, -0.0038, 0.6075, 0.6817, 0.0601,
    0.6446, -0.2500, 0.5376, -0.2226, 0.2333,
];

fn fit(values: &[f32], shape: &[usize], scheme: &str) -> Fitted {
    let parsed = scheme.parse().unwrap_or_else(|error| panic!("{scheme}: {error}"));
    quantize(values, shape, &parsed, None, &Silent).unwrap_or_else(|error| panic!("{scheme}: {error}"))
}

fn linear(text: &str) -> Linear {
    match text.parse() {
        Ok(Quantizer::Linear(linear)) => linear,
        other => panic!("{text}: {other:?}"),
    }
}

/// q, weight by weight.
fn codes(fitted: &Fitted) -> Vec<i32> {
    let Decoder::Affine { code_min, .. } = fitted.quantized.decoder else { panic!("not affine") };
    (0..fitted.quantized.codes.len()).map(|index| i32::from(fitted.quantized.codes.get(index)) + code_min).collect()
}

fn parameters(fitted: &Fitted) -> (Vec<f32>, Vec<i32>) {
    let Decoder::Affine { scale, zero_point, .. } = &fitted.quantized.decoder else { panic!("not affine") };
    (scale.clone(), zero_point.clone())
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn scales_and_zero_points_at_every_width_and_in_every_mode() {
    for (scheme, scale, zero_point) in [
        ("bits=2", 3.2 / 3.0, Some(-1)),
        ("bits=3", 0.457_143, Some(-2)),
        ("bits=4", 0.213_333, Some(-3)),
        ("bits=8", 0.012_549_02, Some(-42)),
        ("bits=2,range=restricted", 2.12, None),
        ("bits=3,range=restricted", 0.706_667, None),
        ("bits=4,range=restricted", 0.302_857, None),
        ("bits=8,range=restricted", 0.016_692_9, None),
        ("bits=2,range=full", 1.06, None),
        ("bits=3,range=full", 0.53, None),
        ("bits=4,range=full", 0.265, None),
        ("bits=8,range=full", 0.016_562_5, None),
        ("bits=2,range=full-clamped", 2.12, None),
        ("bits=2,range=full-half", 2.12 / 1.5, None),
        ("bits=8,range=full-half", 2.12 / 127.5, None),
    ] {
        let (scales, zero_points) = parameters(&fit(&W, &[4, 4], &format!("linear:{scheme}")));
        close(f64::from(scales[0]), scale, 6e-7, scheme);
        assert_eq!(zero_points, zero_point.into_iter().collect::<Vec<_>>(), "{scheme}");
    }
}

#[test]
fn the_two_bit_example_cell_by_cell() {
    let fitted = fit(&W, &[4, 4], "linear:bits=2");
    assert_eq!(codes(&fitted), [1, -2, 0, -1, -1, -1, -2, 1, -2, 1, -1, -2, 1, -1, 0, 0]);
    let stored: Vec<u32> = (0..4).map(|index| fitted.quantized.stored_code(index)).collect();
    assert_eq!(stored, [0b01, 0b10, 0b00, 0b11], "01 = 1, 10 = −2, 00 = 0, 11 = −1");
    close(fitted.report.sse, 0.745_422, 1e-6, "SSE");
    close(fitted.report.mse().unwrap(), 0.046_589, 1e-6, "MSE");
    close(fitted.report.max_error, 0.4633, 5e-5, "largest error");
    // The slide rounds S to 1.07.
    let slide: f64 = codes(&fitted).iter().zip(W).map(|(q, r)| (f64::from(r) - 1.07 * f64::from(q + 1)).powi(2)).sum();
    close(slide, 0.7459, 5e-5, "SSE with the slide's S");
    let kmeans = fit(&W, &[4, 4], "kmeans:bits=2").report.sse;
    close(fitted.report.sse / kmeans, 8.0, 0.01, "times the error of k-means");
}

#[test]
fn per_channel_norms() {
    let norm = |scheme: &str| fit(&W, &[4, 4], scheme).report.sse.sqrt();
    close(norm("linear:bits=2,range=restricted"), 2.2846, 6e-5, "per tensor");
    close(norm("linear:bits=2,range=full"), 2.0549, 6e-5, "full range");
    close(norm("linear:bits=2,range=restricted,per=channel"), 2.0795, 6e-5, "per channel");
    let whole = codes(&fit(&W, &[4, 4], "linear:bits=2,range=restricted"));
    assert_eq!(whole, [1, 0, 1, 0, 0, 0, -1, 1, 0, 1, 0, 0, 1, 0, 1, 1]);
    let rows = fit(&W, &[4, 4], "linear:bits=2,range=restricted,per=channel");
    assert_eq!(parameters(&rows).0, [2.09, 2.12, 1.92, 1.87]);
    let changed: Vec<(f32, i32, i32)> = W
        .iter()
        .zip(whole.iter().zip(codes(&rows)))
        .filter(|(_, (before, after))| *before != after)
        .map(|(&value, (&before, after))| (value, before, after))
        .collect();
    assert_eq!(changed, [(-1.03, 0, -1)], "only one code changes");
}

#[test]
fn the_labs_five_by_five() {
    let fitted = fit(&LAB, &[5, 5], "linear:bits=2,zero=lab");
    assert_eq!(parameters(&fitted), (vec![1.0 / 3.0], vec![-1]));
    #[rustfmt::skip]
    assert_eq!(codes(&fitted), [
        -1, 1, -1, -1, 0,
        1, 1, 1, -2, 0,
        -1, 0, 0, 1, -1,
        -1, -1, 1, 1, -1,
        1, -2, 1, -2, 0,
    ]);
    close(fitted.report.sse, 0.198_777, 1e-6, "SSE");
}

#[test]
fn the_steps_hold_the_numbers() {
    let scheme = linear("linear:bits=2");
    let derived = derive_typed(&scheme, -1.08, 2.12).unwrap();
    let found = steps(&scheme, -1.08, 2.12, &derived);
    let [
        Step::Codes { q_min: -2, q_max: 1, unused: None, .. },
        _,
        Step::AffineScale { scale, .. },
        Step::ZeroPoint { exact, .. },
    ] = found[..]
    else {
        panic!("{found:?}")
    };
    close(scale, 3.2 / 3.0, 1e-12, "S");
    close(exact, -0.9875, 1e-12, "Z before rounding");
}

#[test]
fn narrow_scales_are_stored_and_counted_narrow() {
    for (format, bits, scale) in [
        ("f32", 32, 1.066_666_6),
        ("f16", 16, 1.066_406_2),
        ("bf16", 16, 1.070_312_5),
        ("e8m0", 8, 2.0),
        ("pow2", 32, 2.0),
    ] {
        let fitted = fit(&W, &[4, 4], &format!("linear:bits=2,scale={format}"));
        close(f64::from(parameters(&fitted).0[0]), scale, 1e-7, format);
        let layout = Layout::new(16, 2, &fitted.quantized.decoder);
        let parts: Vec<(&str, u64)> = layout.ledger().parts.iter().map(|part| (part.name, part.bits)).collect();
        assert_eq!(parts[..3], [("codes", 32), ("scales", bits), ("zero points", 2)], "{format}");
        assert_eq!(layout.write(&fitted.quantized).len() as u64, layout.ledger().bytes(), "{format}");
    }
}

#[test]
fn previews_and_curves_agree_with_the_exact_pass_for_every_setting() {
    let values: Vec<f32> =
        (0..600_u16).map(|i| (f32::from(i) * 0.7).sin() * (f32::from(i) * 0.013).cos().exp()).collect();
    let summary = Summary::of_group(values.iter().copied());
    for settings in [
        "clip=mse",
        "clip=kl",
        "clip=percentile:95",
        "clip=mse,range=restricted",
        "rounding=up",
        "rounding=odd,range=full",
        "scale=e8m0,range=full-half",
        "scale=bf16,clip=percentile:99,rounding=toward-zero,signed=false",
    ] {
        let scheme = format!("linear:bits=4,{settings}").parse().unwrap();
        let exact = quantize(&values, &[600], &scheme, None, &Silent).unwrap();
        let preview = preview(&summary, &[600], &scheme).unwrap();
        assert_eq!(preview.decoder, exact.quantized.decoder, "{scheme}");
        assert_eq!(preview.levels, quantscope::engine::quantize::levels(&exact.quantized, 0), "{scheme}");
        close(preview.report.sse, exact.report.sse, 1e-9, settings);
        let points = curve(&summary, &[600], &scheme);
        let at_four = points.iter().find(|point| point.bits == 4).unwrap();
        close(at_four.report.sse, exact.report.sse, 1e-9, settings);
    }
}

#[test]
fn a_group_that_does_not_divide_the_row_is_shorter_at_its_end() {
    let values: Vec<f32> = (1..=10).map(|value| value as f32).collect();
    let fitted = fit(&values, &[2, 5], "linear:bits=8,range=restricted,per=group:3");
    let scales = parameters(&fitted).0;
    assert_eq!(scales.iter().map(|scale| (scale * 127.0).round()).collect::<Vec<_>>(), [3.0, 5.0, 8.0, 10.0]);
}
