use super::super::{CompressError, Recipe, run};
use super::*;
use crate::engine::Silent;
use crate::engine::network::digits::{Split, draw};
use crate::engine::network::{Constraints, Schedule};
use crate::engine::network::{Layers, Normalization, Sgd, Subject, Training, initialize, train, zoo};
use crate::engine::quantize::Scheme;

/// A network that has seen a few pictures, so that bits make a difference.
fn subject(name: &str, pictures: usize) -> Subject {
    let mut network = zoo::find(name).unwrap().network().unwrap();
    initialize(&mut network, 4);
    let training = Training {
        epochs: 2,
        batch: 32,
        rate: 0.02,
        schedule: Schedule::Cosine { warmup: 0.05 },
        seed: 1,
        normalization: Normalization::default(),
    };
    let mut optimizer = Sgd::new(0.9, 5e-4);
    let (data, mut free) = (draw(Split::Train, 0, pictures), Constraints::none());
    train(&mut network, &data, &training, &mut optimizer, &mut free, &Silent, |_, _| {}).unwrap();
    Subject::new(network, Normalization::default(), draw(Split::Test, 0, 200), &Silent).unwrap().unwrap()
}

fn scheme(text: &str) -> Scheme {
    text.parse().unwrap()
}

#[test]
fn every_layer_is_measured_alone_at_every_width() {
    let subject = subject("lenet-300-100", 1000);
    let mut heard = 0;
    let found = sensitivity(&subject, &scheme("linear:range=restricted"), 1..=8, 150, &Silent, &mut |so_far, cell| {
        assert_eq!(so_far.cells.len(), heard);
        assert_eq!(so_far.layers.len(), 3);
        heard += 1;
        assert_eq!(cell.scored.evaluation.total(), 150);
    })
    .unwrap();
    // One bit is none of this quantizer's widths.
    assert_eq!((found.widths.clone(), found.cells.len(), heard), ((2..=8).collect(), 21, 21));
    let names: Vec<&str> = found.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["ip1.weight", "ip2.weight", "ip3.weight"]);
    assert_eq!(found.float_bytes(), 4 * (266_200 + 410));
    for layer in 0..3 {
        let at = |bits| found.cell(layer, bits).unwrap();
        assert!(found.added_loss(at(2)) > found.added_loss(at(8)).abs(), "layer {layer}");
        assert!(at(3).bytes < at(4).bytes && at(3).sqnr_db < at(4).sqnr_db);
        assert!(found.added_loss(at(8)).abs() < 0.02, "{}", found.added_loss(at(8)));
    }
    // The cell is what measuring that layer alone gives.
    let alone = [None, Some(3), None];
    let measured = measure_mix(&subject, &scheme("linear:range=restricted"), &alone, 150, &Silent).unwrap();
    assert_eq!(measured.scored, found.cell(1, 3).unwrap().scored);
}

#[test]
fn mixes_add_up_and_their_sizes_are_true() {
    let subject = subject("lenet-300-100", 600);
    let kmeans = scheme("kmeans");
    let found = sensitivity(&subject, &kmeans, 1..=4, 100, &Silent, &mut |_, _| {}).unwrap();
    let mixes = found.mixes();
    assert_eq!(mixes[0].bits, [Some(1); 3], "the smallest is every layer at the fewest bits");
    for pair in mixes.windows(2) {
        assert!(pair[0].bytes < pair[1].bytes && pair[0].added_loss > pair[1].added_loss);
    }
    for mix in [&mixes[0], &mixes[mixes.len() / 2], &mixes[mixes.len() - 1]] {
        let measured = measure_mix(&subject, &kmeans, &mix.bits, 100, &Silent).unwrap();
        assert_eq!(measured.quantized.bytes, mix.bytes, "{:?}", mix.bits);
        let bits = mix.bits.iter().enumerate().filter_map(|(layer, bits)| found.cell(layer, (*bits)?));
        let sum: f64 = bits.map(|cell| found.added_loss(cell)).sum();
        assert!((sum - mix.added_loss).abs() < 1e-12);
    }
    // Nothing of one width for all is better than the mix of its size, by the measure that the search goes by.
    for bits in 1..=4 {
        let uniform = found.uniform(bits).unwrap();
        let mix = mixes.iter().rev().find(|mix| mix.bytes <= uniform.bytes).unwrap();
        assert!(mix.added_loss <= uniform.added_loss, "{bits} bits: {} against {}", mix.added_loss, uniform.added_loss);
    }
    assert_eq!(found.uniform(5), None);
}

#[test]
fn a_mix_that_reaches_an_accuracy_was_measured_to_do_so() {
    let subject = subject("lenet-300-100", 1000);
    let kmeans = scheme("kmeans");
    let found = sensitivity(&subject, &kmeans, 1..=4, 200, &Silent, &mut |_, _| {}).unwrap();
    let mixes = found.mixes();
    let wanted = subject.float.accuracy().unwrap() - 0.02;
    let mut tried = Vec::new();
    let reached = reach(&subject, &kmeans, &mixes, wanted, 200, &Silent, &mut |mix, mixed| {
        tried.push((mix.bytes, mixed.scored.evaluation.accuracy().unwrap()));
    });
    let reached = reached.unwrap().unwrap();
    assert!(reached.mixed.scored.evaluation.accuracy().unwrap() >= wanted);
    assert!(tried.len() <= 2 + mixes.len().ilog2() as usize + 1, "{} of {}", tried.len(), mixes.len());
    let bytes = mixes[reached.place].bytes;
    assert!(tried.iter().all(|(size, accuracy)| *size >= bytes || *accuracy < wanted), "{tried:?}");
    // More than the largest of them can do.
    let none = reach(&subject, &kmeans, &mixes, 1.01, 200, &Silent, &mut |_, _| {}).unwrap();
    assert!(none.is_none());
}

#[test]
fn kinds_of_layers_are_swept_apart_before_and_after_pruning() {
    let subject = subject("lenet-5", 96);
    let plan = SweepPlan {
        scheme: scheme("kmeans:bits=5"),
        widths: 2..=3,
        kinds: vec![Layers::Convolution, Layers::FullyConnected],
        keep: Some(vec![0.66, 0.12, 0.08, 0.19]),
        rounds: 1,
        walks: 1,
        measured: 60,
    };
    let train = draw(Split::Train, 0, 64);
    let mut news = Vec::new();
    let points = sweep(&subject, &train, &plan, &Silent, &mut |told| news.push(told.clone())).unwrap();
    let found: Vec<_> = points.iter().map(|point| (point.layers, point.pruned, point.bits)).collect();
    use Layers::{Convolution, FullyConnected};
    let expected = [false, true].into_iter().flat_map(|pruned| {
        [Convolution, FullyConnected].into_iter().flat_map(move |kind| [(kind, pruned, 3), (kind, pruned, 2)])
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    let floats: Vec<bool> = news
        .iter()
        .filter_map(|told| match told {
            SweepNews::Float { pruned, .. } => Some(*pruned),
            SweepNews::Point(_) => None,
        })
        .collect();
    assert_eq!((floats, news.len()), (vec![false, true], 10));
    for pair in points.chunks(2) {
        assert!(pair[0].bytes > pair[1].bytes);
    }
    assert!(points[6].bytes < points[2].bytes, "pruned layers take less room");
    // A kind that there is not is left out, and a quantizer of one width is refused.
    let dense = self::subject("lenet-300-100", 32);
    let plan = SweepPlan { keep: None, ..plan };
    let points = sweep(&dense, &train, &plan, &Silent, &mut |_| {}).unwrap();
    assert!(points.iter().all(|point| point.layers == FullyConnected && !point.pruned) && points.len() == 2);
    let plan = SweepPlan { scheme: scheme("float:e4m3fn"), ..plan };
    let refused = sweep(&dense, &train, &plan, &Silent, &mut |_| {}).unwrap_err().to_string();
    assert_eq!(refused, "float:e4m3fn: this quantizer has one width");
    let plan = SweepPlan { scheme: scheme("kmeans"), keep: Some(vec![0.5]), ..plan };
    let refused = sweep(&dense, &train, &plan, &Silent, &mut |_| {}).unwrap_err().to_string();
    assert_eq!(refused, "1 shares for 3 layers with weights");
}

/// Quick enough for a test.
const RECIPE: &str =
    "deep-compression:keep=0.2/0.3/0.5,bits=4/4/4,index=4/3/2,rounds=1,epochs=1,last=2,tune=1,pictures=600,seed=3";

#[test]
fn stages_are_the_same_weights_continuous_and_discrete() {
    let subject = subject("lenet-300-100", 600);
    let recipe: Recipe = RECIPE.parse().unwrap();
    let train = draw(Split::Train, 0, 600);
    let found = stages(&subject, &train, &recipe, 100, &Silent).unwrap();
    let values = |network: &crate::engine::network::Network| network.parameter("ip1.weight").unwrap().values.clone();
    let (pruned, shared, tuned) = (values(&found.pruned.0), values(&found.shared.0), values(&found.tuned.0));
    let distinct = |values: &[f32]| {
        let mut bits: Vec<u32> = values.iter().map(|value| value.to_bits()).collect();
        bits.sort_unstable();
        bits.dedup();
        bits.len()
    };
    assert!(distinct(&pruned) > 1000);
    assert!(distinct(&shared) <= 16 && distinct(&tuned) <= 16);
    assert_ne!(shared, tuned, "training moves the centroids");
    for ((pruned, shared), tuned) in pruned.iter().zip(&shared).zip(&tuned) {
        assert_eq!(*pruned == 0.0, *shared == 0.0 && *pruned == 0.0);
        assert!(*pruned != 0.0 || (*shared == 0.0 && *tuned == 0.0), "what is pruned stays 0");
    }
    assert_eq!(found.tuned.1.total(), 100);
}

#[test]
fn the_largest_ratio_is_inside_and_no_smaller_than_the_pipelines_own() {
    let subject = subject("lenet-300-100", 600);
    let recipe: Recipe = RECIPE.parse().unwrap();
    let train = draw(Split::Train, 0, 600);
    let start = run(&subject, &train, &recipe, &Silent, &mut |_| {}).unwrap();
    let mut heard = Vec::new();
    let search = Search { factor: 0.5, rounds: 3, walks: 1 };
    let found = largest(&subject, &train, (&recipe, &start), search, &Silent, &mut |it| heard.push(it.clone()));
    let low = subject.float.interval().unwrap().low;
    let Some(found) = found.unwrap() else {
        assert!(heard.len() == 1 && heard[0].evaluation.accuracy().unwrap() < low);
        panic!("the recipe keeps this network inside its interval");
    };
    assert_eq!(heard, found.attempts);
    assert_eq!(found.attempts[0].ratio, start.stages[4].ratio);
    let best = &found.attempts[found.place];
    for attempt in &found.attempts {
        assert_eq!(attempt.inside, attempt.evaluation.accuracy().unwrap() >= low);
        assert!(!attempt.inside || attempt.ratio <= best.ratio);
        let bits: u64 = attempt.size.ledger.parts.iter().map(|part| part.bits).sum();
        assert_eq!(bits, 8 * attempt.size.bytes);
    }
    assert!(best.inside);
    let again = crate::engine::network::evaluate(&found.network, &subject.data, subject.normalization, &Silent);
    assert_eq!(again.unwrap().unwrap(), best.evaluation);
    let packed: u64 = found.layers.iter().map(|layer| layer.bytes.1).sum();
    assert_eq!(packed + 4 * 410, best.size.bytes);
}

#[test]
fn a_withdrawn_measurement_ends() {
    struct Never;
    impl crate::engine::Progress for Never {
        fn tick(&self, _done: u64, _total: u64) -> Result<(), crate::engine::Cancelled> {
            Err(crate::engine::Cancelled)
        }
    }
    let subject = subject("lenet-300-100", 32);
    let found = sensitivity(&subject, &scheme("kmeans"), 1..=2, 60, &Never, &mut |_, _| {});
    assert_eq!(found.unwrap_err(), CompressError::Cancelled(crate::engine::Cancelled));
    let refused = sensitivity(&subject, &scheme("float:e4m3fn"), 1..=8, 60, &Silent, &mut |_, _| {});
    assert!(refused.unwrap_err().to_string().contains("one width"));
}
