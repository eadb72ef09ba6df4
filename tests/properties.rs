//! What holds for every tensor and every scheme.

use proptest::prelude::*;
use quantscope::engine::coding::Layout;
use quantscope::engine::measure::{ErrorReport, Tally};
use quantscope::engine::quantize::{
    Codes, Decoder, Fitted, Scheme, curve, curve_exact, error_histogram, levels, preview, quantize,
};
use quantscope::engine::tensor::{Moments, Summary};
use quantscope::engine::{Cancelled, Progress, Silent};

const SCHEMES: [&str; 22] = [
    "kmeans:bits=1",
    "kmeans:bits=3",
    "kmeans:k=3",
    "kmeans:bits=6",
    "kmeans:bits=8",
    "kmeans:bits=10",
    "kmeans:bits=2,per=channel",
    "kmeans:bits=2,per=group:5",
    "kmeans:bits=2,init=linear",
    "kmeans:bits=2,init=density",
    "kmeans:bits=2,init=forgy,seed=3",
    "kmeans:bits=2,init=kmeans++,seed=3",
    "linear:bits=1",
    "linear:bits=8",
    "linear:bits=16",
    "linear:bits=3,signed=false",
    "linear:bits=4,zero=lab,per=channel:1",
    "linear:bits=4,clip=-0.5..0.25",
    "linear:bits=2,range=restricted,per=group:3",
    "linear:bits=9,range=full",
    "linear:bits=4,range=full-clamped",
    "linear:bits=8,range=full-half,per=channel",
];

fn fit(values: &[f32], shape: &[usize], scheme: &str) -> Fitted {
    let scheme: Scheme = scheme.parse().unwrap();
    quantize(values, shape, &scheme, None, &Silent).unwrap_or_else(|error| panic!("{scheme}: {error}"))
}

fn noise(count: usize, seed: u32) -> Vec<f32> {
    let unit = |index: u32| {
        let mut z = (index ^ seed.rotate_left(16)).wrapping_mul(0x9E37_79B9);
        z = (z ^ (z >> 16)).wrapping_mul(0x85EB_CA6B);
        z = (z ^ (z >> 13)).wrapping_mul(0xC2B2_AE35);
        f64::from((z ^ (z >> 16)) >> 8) / f64::from(1 << 24)
    };
    // A sum of four uniform numbers is nearly Gaussian.
    (0..count as u32).map(|index| ((0..4).map(|part| unit(4 * index + part)).sum::<f64>() - 2.0) as f32).collect()
}

fn close(found: f64, expected: f64, relative: f64, what: &str) {
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-30, "{what}: {found} instead of {expected}");
}

/// Everything that must hold of a fit, whatever the values.
fn check(values: &[f32], shape: &[usize], scheme: &str) -> ErrorReport {
    let Fitted { quantized, report } = fit(values, shape, scheme);
    let reconstruction = quantized.reconstruct();
    assert_eq!(reconstruction.len(), values.len(), "{scheme}");
    let mut naive = Tally::default();
    for (index, (&weight, &value)) in values.iter().zip(&reconstruction).enumerate() {
        naive.add(weight, value);
        assert_eq!(value.to_bits(), quantized.value(index).to_bits(), "{scheme}");
        assert!(u32::from(quantized.codes.get(index)) < 1 << quantized.bits, "{scheme}");
    }
    assert_eq!((report.count, report.excluded), (naive.count, naive.excluded), "{scheme}");
    // The kernels round each error to float32: 2⁻²⁴ of it at most, squared.
    close(report.sse, naive.sse, 2.5e-7, scheme);
    close(report.max_error, naive.max_error, 1e-7, scheme);
    let scale = (naive.signal * naive.reconstruction).sqrt();
    for (found, expected) in
        [(report.signal, naive.signal), (report.reconstruction, naive.reconstruction), (report.dot, naive.dot)]
    {
        assert!((found - expected).abs() <= 1e-6 * (scale + naive.signal), "{scheme}: {found} instead of {expected}");
    }
    let mut distinct: Vec<f32> =
        reconstruction.iter().filter(|value| value.is_finite()).map(|value| value + 0.0).collect();
    distinct.sort_unstable_by(f32::total_cmp);
    distinct.dedup();
    assert_eq!(report.distinct, distinct.len() as u64, "{scheme}");

    let layout = Layout::of(&quantized);
    let bytes = layout.write(&quantized);
    assert_eq!(layout.ledger().bytes(), bytes.len() as u64, "{scheme}");
    assert_eq!(layout.ledger().bits() % 8, 0, "{scheme}");
    assert_eq!(layout.read(&bytes).unwrap(), (quantized.codes.clone(), quantized.decoder.clone()), "{scheme}");
    assert!(layout.read(&[&bytes[..], &[0]].concat()).is_err());

    let mut counted = 0;
    for group in 0..quantized.partition.groups() {
        let levels = levels(&quantized, group);
        assert!(levels.values.windows(2).all(|pair| pair[0] < pair[1]), "{scheme}: {:?}", levels.values);
        assert_eq!(levels.boundaries.len() + 1, levels.values.len(), "{scheme}");
        counted += levels.counts.iter().sum::<u64>();
    }
    // At the end of float32 a level may overflow; it is in no plot, and its weights are in no count.
    assert_eq!(counted, reconstruction.iter().filter(|value| value.is_finite()).count() as u64, "{scheme}");
    let histogram = error_histogram(values, &quantized, 11, &Silent).unwrap();
    assert_eq!(histogram.counts.iter().sum::<u64>(), report.count, "{scheme}");
    if let Decoder::Codebook { books } = &quantized.decoder {
        assert!(books.iter().all(|book| !book.is_empty() && book.is_sorted()), "{scheme}");
    }
    report
}

/// The least squared error of any split of sorted values into k runs, by trying all.
fn brute_force(sorted: &[f32], k: usize) -> f64 {
    let cost = |run: &[f32]| {
        let mean = run.iter().map(|&value| f64::from(value)).sum::<f64>() / run.len() as f64;
        run.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>()
    };
    if k == 1 || sorted.len() <= 1 {
        return cost(sorted).max(0.0);
    }
    let splits = (1..sorted.len()).map(|split| brute_force(&sorted[..split], k - 1) + cost(&sorted[split..]));
    splits.fold(cost(sorted), f64::min)
}

fn values(most: usize) -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![
        prop::collection::vec(-4.0_f32..4.0, 0..most),
        prop::collection::vec((-9_i8..9).prop_map(f32::from), 0..most),
        prop::collection::vec(any::<f32>(), 0..most),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_optimum_is_what_trying_everything_finds(values in prop::collection::vec(-4.0_f32..4.0, 1..11), k in 2..5_usize) {
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let found = fit(&values, &[values.len()], &format!("kmeans:k={k}")).report.sse;
        let expected = brute_force(&sorted, k);
        // Centroids are rounded to float32.
        prop_assert!((found - expected).abs() <= 1e-6 * expected + 1e-10, "{} instead of {}", found, expected);
    }

    #[test]
    fn no_start_of_lloyd_beats_the_optimum(values in prop::collection::vec(-4.0_f32..4.0, 1..200), k in 2..20, seed in 0..99) {
        let optimum = fit(&values, &[values.len()], &format!("kmeans:k={k}")).report.sse;
        for init in ["linear", "density", "forgy", "kmeans++"] {
            let lloyd = fit(&values, &[values.len()], &format!("kmeans:k={k},init={init},seed={seed}")).report.sse;
            prop_assert!(optimum <= lloyd * (1.0 + 1e-6) + 1e-9, "{}: {} beats {}", init, lloyd, optimum);
        }
    }

    #[test]
    fn every_fit_is_consistent(values in values(40), columns in 1..7_usize) {
        let rows = values.len() / columns;
        for scheme in SCHEMES {
            check(&values[..rows * columns], &[rows, columns], scheme);
        }
    }

    #[test]
    fn previews_of_distinct_bins_are_exact(values in prop::collection::vec(-4.0_f32..4.0, 1..60)) {
        let summary = Summary::of(&values, &Silent).unwrap();
        prop_assert!(summary.distinct);
        for text in SCHEMES.iter().filter(|text| !text.contains("per=")) {
            let scheme: Scheme = text.parse().unwrap();
            let preview = preview(&summary, &[values.len()], &scheme).unwrap();
            let fitted = quantize(&values, &[values.len()], &scheme, Some(&summary), &Silent).unwrap();
            prop_assert!(preview.exact);
            prop_assert_eq!(&preview.decoder, &fitted.quantized.decoder);
            prop_assert_eq!(&preview.levels, &levels(&fitted.quantized, 0));
            prop_assert!((preview.report.sse - fitted.report.sse).abs() <= 2.5e-7 * fitted.report.sse + 1e-12);
            prop_assert_eq!(preview.report.distinct, fitted.report.distinct);
        }
    }

    #[test]
    fn more_bits_are_never_worse_for_kmeans(values in prop::collection::vec(-4.0_f32..4.0, 1..300)) {
        let sse = |bits: u32| fit(&values, &[values.len()], &format!("kmeans:bits={bits}")).report.sse;
        for bits in 1..8 {
            prop_assert!(sse(bits + 1) <= sse(bits) * (1.0 + 1e-6) + 1e-10);
        }
        prop_assert_eq!(sse(16), 0.0);
    }
}

#[test]
fn odd_tensors_work() {
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    let tensors: [&[f32]; 12] = [
        &[],
        &[0.0],
        &[-0.0, 0.0],
        &[2.5],
        &[-1.0; 40],
        &[nan],
        &[nan; 70],
        &[nan, infinity, -infinity, 1.0, -2.0, 0.5],
        &[infinity, -infinity],
        &[1e-45, -1e-45],
        &[f32::MAX, f32::MIN],
        &[f32::MAX, 1e-40, 0.0],
    ];
    for values in tensors {
        for scheme in SCHEMES {
            check(values, &[values.len()], scheme);
            check(values, &[1, values.len()], scheme);
            check(values, &[values.len(), 1], scheme);
        }
    }
}

#[test]
fn non_finite_weights_take_the_stated_codes() {
    let values = [-1.0, 0.1, 1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    for scheme in ["kmeans:k=3", "linear:bits=2,range=restricted", "linear:bits=8", "linear:bits=8,zero=lab"] {
        // Long enough for the vector kernels, short enough for the scalar ones.
        for repeat in [1, 100] {
            let long = values.repeat(repeat);
            let Fitted { quantized, report } = fit(&long, &[long.len()], scheme);
            let levels = levels(&quantized, 0).values;
            assert_eq!(quantized.value(4), *levels.last().unwrap(), "{scheme}");
            assert_eq!(quantized.value(5), levels[0], "{scheme}");
            let nearest = levels.iter().map(|level| level.abs()).fold(f32::INFINITY, f32::min);
            assert_eq!(quantized.value(3).abs(), nearest, "{scheme}");
            assert_eq!((report.count, report.excluded), (3 * repeat as u64, 3 * repeat as u64));
        }
    }
}

#[test]
fn vector_kernels_write_the_codes_of_the_scalar_ones() {
    let mut values = noise(2_000, 1);
    // Weights on the boundaries themselves: ties must fall alike.
    values.extend((-300..300).map(|step| step as f32 / 128.0));
    for scheme in
        ["kmeans:k=2", "kmeans:k=7", "kmeans:k=16", "kmeans:k=17", "kmeans:k=200", "kmeans:k=256"].into_iter().chain([
            "linear:bits=3",
            "linear:bits=8",
            "linear:bits=12",
            "linear:bits=8,range=full",
            "linear:bits=2,zero=lab",
        ])
    {
        let scheme: Scheme = scheme.parse().unwrap();
        let summary = Summary::of(&values, &Silent).unwrap();
        let whole = quantize(&values, &[values.len()], &scheme, Some(&summary), &Silent).unwrap().quantized;
        // Runs of less than 32 weights go through the scalar kernels; the summary keeps the parameters the same.
        for (start, piece) in values.chunks(31).enumerate() {
            let part = quantize(piece, &[piece.len()], &scheme, Some(&summary), &Silent).unwrap().quantized;
            assert_eq!(part.decoder, whole.decoder, "{scheme}");
            for (index, weight) in piece.iter().enumerate() {
                assert_eq!(part.codes.get(index), whole.codes.get(31 * start + index), "{scheme}: {weight}");
            }
        }
        if let Decoder::Codebook { books } = &whole.decoder {
            for (index, weight) in values.iter().enumerate() {
                let found = f64::from(whole.value(index)) - f64::from(*weight);
                let best = books[0].iter().map(|&value| (f64::from(value) - f64::from(*weight)).abs());
                assert_eq!(found.abs(), best.fold(f64::INFINITY, f64::min), "{scheme}: {weight}");
            }
        }
    }
}

#[test]
fn a_large_tensor_is_summarized_exactly_enough() {
    let mut values = noise(300_000, 7);
    (values[5], values[6], values[7]) = (f32::NAN, 1e4, f32::INFINITY);
    let summary = Summary::of(&values, &Silent).unwrap();
    let (found, naive) = (summary.moments, Moments::of(&values));
    assert!(!summary.distinct);
    close(found.sum_squares, naive.sum_squares, 1e-12, "Σx²");
    assert!((found.sum - naive.sum).abs() < 1e-8);
    let settled = |moments: Moments| Moments { sum: 0.0, sum_squares: 0.0, ..moments };
    assert_eq!(settled(found), settled(naive));
    assert_eq!(summary.bins.iter().map(|bin| bin.count).sum::<u64>(), found.finite());
    assert!(summary.bins.windows(2).all(|pair| pair[0].high < pair[1].low));
    let sum: f64 = summary.bins.iter().map(|bin| bin.sum).sum();
    assert!((sum - naive.sum).abs() < 1e-2, "{sum} instead of {}", naive.sum);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let other = pool(3).install(|| Summary::of(&values, &Silent).unwrap());
    assert_eq!((other.moments, other.bins), (summary.moments, summary.bins), "the same on any number of threads");
}

#[test]
fn few_distinct_values_in_a_large_tensor_are_lossless() {
    let values: Vec<f32> =
        (0..400_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) % 5000) as f32 * 0.37).collect();
    let summary = Summary::of(&values, &Silent).unwrap();
    assert!(summary.distinct);
    assert_eq!(summary.bins.len(), 5000);
    let fitted = fit(&values, &[values.len()], "kmeans:bits=13");
    assert_eq!((fitted.report.sse, fitted.report.distinct), (0.0, 5000));
    assert!(matches!(fitted.quantized.codes, Codes::Wide(_)));
}

#[test]
fn from_bins_is_near_the_optimum_over_all_weights() {
    let values = noise(60_000, 3);
    let repeated: Vec<f32> = values.iter().flat_map(|&value| [value, value * 1.000_01, value * 0.999_99]).collect();
    assert!(!Summary::of(&repeated, &Silent).unwrap().distinct);
    for k in [4, 16, 256] {
        let scheme = format!("kmeans:k={k}");
        let from_bins = fit(&repeated, &[repeated.len()], &scheme).report.sse / 3.0;
        let exact = fit(&values, &[values.len()], &scheme).report.sse;
        assert!(from_bins < exact * 1.001, "{scheme}: {from_bins} against {exact}");
    }
}

#[test]
fn curves_of_few_values_agree_with_the_exact_ones() {
    let values = noise(2000, 5);
    let summary = Summary::of(&values, &Silent).unwrap();
    for family in ["kmeans:bits=4", "linear:bits=4", "linear:bits=4,range=restricted", "kmeans:bits=4,init=linear"] {
        let family: Scheme = family.parse().unwrap();
        let (bins, exact) =
            (curve(&summary, &[2000], &family), curve_exact(&values, &[2000], &family, &Silent).unwrap());
        assert_eq!(bins.len(), if family.to_string().contains("restricted") { 7 } else { 8 });
        for (a, b) in bins.iter().zip(&exact) {
            assert_eq!((a.bits, a.bits_per_weight), (b.bits, b.bits_per_weight), "{family}");
            close(a.report.sse, b.report.sse, 1e-6, &format!("{family} at {} bit", a.bits));
        }
    }
    let channels: Scheme = "linear:bits=4,per=channel".parse().unwrap();
    assert!(curve(&summary, &[20, 100], &channels).is_empty());
    assert_eq!(curve_exact(&values, &[20, 100], &channels, &Silent).unwrap().len(), 8);
}

#[test]
fn a_withdrawn_request_stops() {
    struct Withdrawn;
    impl Progress for Withdrawn {
        fn tick(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let values = noise(200_000, 9);
    assert!(Summary::of(&values, &Withdrawn).is_err());
    for scheme in ["kmeans:bits=4", "linear:bits=8", "linear:bits=8,per=channel"] {
        assert!(quantize(&values, &[200, 1000], &scheme.parse().unwrap(), None, &Withdrawn).is_err(), "{scheme}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let refused = |scheme: &str, shape: &[usize]| {
        let scheme: Scheme = scheme.parse().unwrap();
        quantize(&[0.0; 6], shape, &scheme, None, &Silent).unwrap_err().to_string()
    };
    assert!(refused("linear:bits=4", &[7]).contains("does not hold 6"));
    assert!(refused("kmeans:bits=4,per=channel:2", &[2, 3]).contains("axes 0 to 1"));
}
