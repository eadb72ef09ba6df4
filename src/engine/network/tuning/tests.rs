use super::*;
use crate::engine::Silent;
use crate::engine::network::constraint::{Binary, Constraint, LearnedTernary, Signs, Straight, Ternary};
use crate::engine::network::digits::{self, Split};
use crate::engine::network::zoo;
use crate::engine::quantize::Scheme;

fn regime(text: &str) -> Regime {
    text.parse().expect("a regime")
}

fn start(recipe: &Recipe, pictures: usize) -> Tuning {
    let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
    let data = digits::draw(Split::Train, 0, pictures);
    Tuning::new(network, data, Normalization::default(), recipe, |_| true, &Silent).unwrap()
}

fn fresh(text: &str) -> Recipe {
    Recipe { fresh: true, epochs: 2, ..Recipe::of(regime(text)) }
}

#[test]
fn recipes_read_back_and_refuse_by_what_was_expected() {
    for text in ["float32", "kmeans:bits=2", "linear:bits=4,range=restricted", "bwn", "twn", "ttq", "prune:share=0.9"] {
        let recipe = Recipe { epochs: 7, pictures: 500, seed: 3, fresh: true, ..Recipe::of(regime(text)) };
        assert_eq!(recipe.to_string().parse(), Ok(recipe), "{text}");
    }
    let cases = [
        ("binary4", "float32, bwn, twn and ttq"),
        ("bwn; epochs=0", "epochs=1 to epochs=1000"),
        ("bwn; rate=-1", "above 0"),
        ("bwn; rate=nan", "above 0"),
        ("bwn; optimizer=lion", "optimizer=sgd|adam"),
        ("bwn; seed=x", "a whole number"),
        ("bwn; pictures=0", "above 0"),
        ("bwn; slowly", "seed=, rounds=, incremental or fresh"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Recipe>().unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn every_regime_learns_and_keeps_its_promise() {
    // Text, the most different weights that a layer may have.
    let cases = [
        ("float32", usize::MAX),
        ("kmeans:bits=1", 2),
        ("linear:bits=3", 8),
        ("float:e2m1fn,scale=absmax", 15),
        ("bwn", 600),
        ("twn", 3),
        ("ttq", 3),
        ("prune:share=0.9", usize::MAX),
        ("prune:share=0.9 | linear:bits=4", 17),
    ];
    for (text, most) in cases {
        let mut recipe = Recipe { epochs: 4, ..fresh(text) };
        let learned = text.starts_with("kmeans") || text.starts_with("prune");
        let mut tuning = if learned {
            // Indices and masks stay, so that they must mean something first.
            let mut float = start(&Recipe { rate: 0.05, epochs: 6, ..fresh("float32") }, 640);
            while !float.is_over() {
                float.step().unwrap();
            }
            recipe.fresh = false;
            // Few steps are made: larger ones than by default.
            recipe.rate = if text.starts_with("kmeans") { 2e-3 } else { 2.0 * recipe.rate };
            let data = digits::draw(Split::Train, 0, 640);
            Tuning::new(float.seen(), data, Normalization::default(), &recipe, |_| true, &Silent).unwrap()
        } else {
            start(&recipe, 640)
        };
        let mut losses = Vec::new();
        while !tuning.is_over() {
            losses.push(tuning.step().unwrap().loss);
        }
        let (first, last): (f64, f64) = (losses[..8].iter().sum(), losses[losses.len() - 8..].iter().sum());
        assert!(last < 0.9 * first, "{text}: the loss goes from {} to {}", first / 8.0, last / 8.0);
        for layer in tuning.seen().parameters.iter().filter(|parameter| parameter.is_weight()) {
            let mut values: Vec<u32> = layer.values.iter().map(|value| (value + 0.0).to_bits()).collect();
            values.sort_unstable();
            values.dedup();
            assert!(values.len() <= most, "{text}: {} has {} values", layer.name, values.len());
            if text.starts_with("prune") {
                let zeros = layer.values.iter().filter(|value| **value == 0.0).count();
                assert!(zeros * 10 >= layer.values.len() * 9 - 10, "{}: {zeros} zeros", layer.name);
            }
        }
    }
}

#[test]
fn pruned_weights_stay_zero_whatever_quantizes_the_others() {
    let mut float = start(&Recipe { rate: 0.05, epochs: 1, ..fresh("float32") }, 64);
    while !float.is_over() {
        float.step().unwrap();
    }
    for (text, most) in [("prune:share=0.5|binary:", 3), ("prune:share=0.5|kmeans:bits=2", 4)] {
        let recipe = Recipe { epochs: 1, fresh: false, ..fresh(text) };
        let data = digits::draw(Split::Train, 0, 64);
        let mut tuning = Tuning::new(float.seen(), data, Normalization::default(), &recipe, |_| true, &Silent).unwrap();
        while !tuning.is_over() {
            tuning.step().unwrap();
        }
        for layer in tuning.seen().parameters.iter().filter(|parameter| parameter.is_weight()) {
            let mut values: Vec<u32> = layer.values.iter().map(|value| (value + 0.0).to_bits()).collect();
            values.sort_unstable();
            values.dedup();
            let zeros = layer.values.iter().filter(|value| **value == 0.0).count();
            assert!(
                values.len() <= most && 2 * zeros + 2 >= layer.values.len(),
                "{text}: {zeros} zeros in {}",
                layer.name
            );
        }
    }
}

#[test]
fn what_cannot_be_trained_is_refused_before_the_first_step() {
    let network = || zoo::find("lenet-300-100").unwrap().network().unwrap();
    let refused = |recipe: &Recipe, data: Dataset| {
        let tuning = Tuning::new(network(), data, Normalization::default(), recipe, |_| true, &Silent);
        tuning.err().expect("it is refused").to_string()
    };
    let digits = digits::draw(Split::Train, 0, 8);
    let text = refused(&fresh("kmeans:bits=2"), digits);
    assert!(text.contains("from trained weights"), "{text}");
    let small = Dataset::new("small", [1, 8, 8], vec![0; 64], vec![0], vec!["a".to_owned()]).unwrap();
    let text = refused(&fresh("float32"), small);
    assert!(text.contains("1×28×28"), "{text}");
}

#[test]
fn a_training_that_was_left_goes_on_as_if_it_had_not_been() {
    let recipe = fresh("linear:bits=4");
    let (mut whole, mut parted) = (start(&recipe, 256), start(&recipe, 256));
    let through = |tuning: &mut Tuning| {
        while !tuning.is_over() {
            tuning.step().unwrap();
        }
    };
    through(&mut whole);
    (0..3).for_each(|_| {
        parted.step().unwrap();
        let _ = (parted.seen(), parted.gradients().len());
    });
    through(&mut parted);
    assert_eq!(whole.latent(), parted.latent());
}

#[test]
fn a_rate_that_is_too_high_is_stopped_with_its_reason() {
    let recipe = Recipe { rate: 1e6, ..fresh("float32") };
    let mut tuning = start(&recipe, 256);
    let stopped = (0..8).find_map(|_| tuning.step().err()).expect("it diverges");
    let before = tuning.latent().clone();
    let text = stopped.to_string();
    assert!(text.contains("diverged at step") && text.contains("smaller learning rate than"), "{text}");
    assert!(tuning.step().is_err(), "it stays stopped");
    assert_eq!(*tuning.latent(), before, "the network is as the last finished step left it");
}

#[test]
fn binary_and_ternary_weights_are_those_of_the_papers() {
    let weights = [0.5, -1.5, 0.1, -0.1];
    // Filters of two: α = 1 and 0.1.
    assert_eq!(Binary::new(2).seen(&weights).unwrap(), [1.0, -1.0, 0.1, -0.1]);
    // mean |W| = 0.55, Δ = 0.385, α = (0.5 + 1.5) / 2.
    assert_eq!(Ternary.seen(&weights).unwrap(), [1.0, -1.0, 0.0, 0.0]);
    // t = 0.075: α = mean(1.5, 0.1), β = mean(0.5, 0.1).
    let mut learned = LearnedTernary::of(&weights);
    let seen = learned.seen(&weights).unwrap();
    assert!(seen.iter().zip([0.3, -0.8, 0.3, -0.8]).all(|(seen, expected)| (seen - expected).abs() < 1e-6), "{seen:?}");
    // Gradients of the latent weights are scaled by the scale of their side.
    let mut gradient = [1.0, 1.0, -2.0, 0.5];
    learned.gradient(&weights, &mut gradient);
    assert!(
        gradient.iter().zip([0.3, 0.8, -0.6, 0.4]).all(|(g, expected)| (g - expected).abs() < 1e-6),
        "{gradient:?}"
    );
    // The positive scale's gradient is 1 − 2 = −1: it grows; the negative one's is −1.5: it grows too.
    learned.project(&mut [], 0.1);
    let after = learned.seen(&weights).unwrap();
    assert!(after[0] > seen[0] && after[1] < seen[1], "{after:?}");
}

#[test]
fn gradients_pass_straight_through_but_not_further_out() {
    let scheme: Scheme = "linear:bits=2,clip=-1..1".parse().unwrap();
    let latent = [2.0, 2.0, -2.0, 0.3];
    let mut straight = Straight::new(scheme, vec![4]);
    straight.seen(&latent).unwrap();
    let mut gradient = [-1.0, 1.0, 1.0, 0.7];
    straight.gradient(&latent, &mut gradient);
    assert_eq!(gradient, [0.0, 1.0, 0.0, 0.7]);
}

#[test]
fn shares_are_those_of_rounding_itself() {
    use crate::engine::number::{Overflow, Rounding, find};
    let mut rng = crate::engine::rng::Rng::new(4);
    let mut values: Vec<f32> = (0..4000).map(|_| (rng.normal() as f32) * (rng.normal() as f32 * 9.0).exp2()).collect();
    // The borders: half the smallest, and the half steps above 448, 57344 and 6.
    values.extend([
        0.0,
        2f32.powi(-10),
        2f32.powi(-17),
        0.25,
        0.250_000_03,
        464.0,
        464.000_03,
        61440.0,
        7.0,
        6.999_999_5,
    ]);
    for name in GRIDS {
        let format = find(name).unwrap().format;
        let largest = format.decode(format.encode(f64::MAX, Rounding::NearestEven, Overflow::Saturate));
        for exponent in [0, 6, -3] {
            let scaled = |value: &f32| f64::from(value.abs()) * f64::from(exponent).exp2();
            let rounded = |x: f64| format.decode(format.encode(x, Rounding::NearestEven, Overflow::Saturate));
            // With one more binade the grid goes on where the format ends.
            let step = largest - format.decode(format.encode(largest, Rounding::NearestEven, Overflow::Saturate) - 1);
            let beyond = |x: f64| (x / step).round_ties_even() * step > largest && x > largest;
            let flushed = values.iter().map(scaled).filter(|x| *x > 0.0 && rounded(*x) == 0.0).count() as u64;
            let saturated = values.iter().map(scaled).filter(|x| beyond(*x)).count() as u64;
            let zeros = values.iter().filter(|value| **value == 0.0).count() as u64;
            let expected = Shares { total: values.len() as u64, zeros, flushed, saturated };
            assert_eq!(shares(&values, name, exponent), Some(expected), "{name} · 2^{exponent}");
        }
    }
    assert_eq!(shares(&[1.0], "e9m9", 0), None);
}

#[test]
fn octaves_hold_every_value() {
    let octaves = Octaves::of(&[0.0, 1.0, -1.5, 2.0, 1e-30, f32::MAX]);
    let at = |exponent: i32| octaves.counts[(exponent - octaves.lowest) as usize];
    assert_eq!((octaves.zeros, at(0), at(1), octaves.counts[0]), (1, 2, 1, 1));
    assert_eq!(octaves.counts.iter().sum::<u64>() + octaves.zeros, 6);
}

#[test]
fn signs_are_seen_as_the_quantizer_has_them_and_their_gradient_passes() {
    let mut rng = crate::engine::rng::Rng::new(5);
    let weights: Vec<f32> = (0..24).map(|place| if place == 7 { 0.0 } else { rng.normal() as f32 }).collect();
    for text in [
        "binary",
        "binary:scale=none",
        "binary:per=channel",
        "ternary",
        "ternary:threshold=absmean",
        "ternary:threshold=optimal,per=channel",
        "ternary:threshold=max:0.05,scales=two",
        "ternary:threshold=0.4",
    ] {
        let scheme: Scheme = text.parse().unwrap();
        let mut signs = Signs::of(scheme.quantizer.as_ref().unwrap(), &[4, 6]).expect(text);
        let straight = Straight::new(scheme, vec![4, 6]);
        assert_eq!(signs.seen(&weights), straight.seen(&weights), "{text}");
        let mut gradient = weights.clone();
        signs.gradient(&weights, &mut gradient);
        assert_eq!(gradient, weights, "{text}");
        let mut latent = vec![3.0, -0.5, -3.0];
        signs.project(&mut latent, 0.1);
        assert_eq!(latent == [1.0, -0.5, -1.0], text.starts_with("binary"), "{text}");
    }
    for text in ["linear:bits=2", "binary:stochastic=1", "ternary:per=channel:1", "binary:per=group:4"] {
        let scheme: Scheme = text.parse().unwrap();
        assert!(Signs::of(scheme.quantizer.as_ref().unwrap(), &[4, 6]).is_none(), "{text}");
    }
}

#[test]
fn a_training_is_finished_at_once_or_says_why_not() {
    let recipe = Recipe { epochs: 1, ..fresh("ternary") };
    let mut whole = start(&recipe, 128);
    whole.finish(&Silent).unwrap();
    assert!(whole.is_over());
    let mut wild = start(&Recipe { rate: 1e6, epochs: 8, ..fresh("float32") }, 256);
    assert!(matches!(wild.finish(&Silent), Err(QuantizeError::Unfit(reason)) if reason.contains("diverged")));
}
