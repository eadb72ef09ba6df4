use super::*;
use crate::engine::Silent;
use crate::engine::network::digits::{Split, draw};
use crate::engine::network::{Normalization, Subject, initialize, zoo};

fn subject(name: &str) -> Subject {
    let mut network = zoo::find(name).unwrap().network().unwrap();
    initialize(&mut network, 4);
    let data = draw(Split::Test, 0, 100);
    Subject::new(network, Normalization::default(), data, &Silent).unwrap().unwrap()
}

/// A quick recipe for the untrained LeNet-300-100.
fn quick() -> Recipe {
    "deep-compression:keep=0.1/0.2/0.5,bits=4/3/2,index=5/4/3,rounds=2,epochs=1,last=1,tune=1,pictures=90,seed=3"
        .parse()
        .unwrap()
}

#[test]
fn every_stage_is_smaller_and_every_byte_is_counted() {
    let subject = subject("lenet-300-100");
    let train = draw(Split::Train, 0, 200);
    let mut heard = Vec::new();
    let done = run(&subject, &train, &quick(), &Silent, &mut |news| heard.push(news.clone())).unwrap();
    let kinds: Vec<StageKind> = done.stages.iter().map(|stage| stage.kind).collect();
    assert_eq!(kinds, StageKind::ALL);
    assert_eq!(done.stages[0].size.bytes, 4 * (266_200 + 410));
    assert_eq!(done.stages[2].size.bytes, done.stages[3].size.bytes, "moved centroids take no more room");
    for (before, after) in [(0, 1), (1, 2), (3, 4)] {
        assert!(done.stages[after].size.bytes < done.stages[before].size.bytes);
    }
    for stage in &done.stages {
        let bits: u64 = stage.size.ledger.parts.iter().map(|part| part.bits).sum();
        assert_eq!(bits, 8 * stage.size.bytes, "{:?}", stage.kind);
        assert!((stage.ratio * stage.size.bytes as f64 - done.float_bytes as f64).abs() < 1e-3);
    }
    assert_eq!(done.stages[3].evaluation, done.stages[4].evaluation, "Huffman coding loses nothing");
    let packed: u64 = done.layers.iter().map(|layer| layer.bytes.1).sum();
    assert_eq!(packed + 4 * 410, done.stages[4].size.bytes);
    // Two rounds, one walk each, one of the centroids.
    let count = |of: fn(&News) -> bool| heard.iter().filter(|news| of(news)).count();
    assert_eq!(count(|news| matches!(news, News::Round { .. })), 2);
    assert_eq!(count(|news| matches!(news, News::Walk(StageKind::Pruned, _))), 2);
    assert_eq!(count(|news| matches!(news, News::Walk(StageKind::Tuned, _))), 1);
}

#[test]
fn the_network_is_what_the_codes_say_and_what_was_measured() {
    let subject = subject("lenet-300-100");
    let train = draw(Split::Train, 0, 200);
    let done = run(&subject, &train, &quick(), &Silent, &mut |_| {}).unwrap();
    let weights = done.network.parameters.iter().filter(|parameter| parameter.is_weight());
    for ((weight, quantized), layer) in weights.zip(&done.quantized).zip(&quick().layers) {
        assert_eq!(quantized.reconstruct(), weight.values, "{}", weight.name);
        let kept = weight.values.iter().filter(|value| **value != 0.0).count() as f64 / weight.values.len() as f64;
        assert!(kept <= layer.keep + 1e-3 && kept > 0.5 * layer.keep, "{}: {kept}", weight.name);
        assert!(quantized.decoder.table(0).len() <= 1 << layer.bits);
    }
    let again = crate::engine::network::evaluate(&done.network, &subject.data, subject.normalization, &Silent);
    assert_eq!(again.unwrap().unwrap(), done.stages[4].evaluation);
}

#[test]
fn a_recipe_is_a_line_and_wrong_lines_are_refused() {
    for name in ["lenet-300-100", "lenet-5", "vgg-small"] {
        let network = zoo::find(name).unwrap().network().unwrap();
        let recipe = Recipe::of(&network);
        assert_eq!(recipe.to_string().parse(), Ok(recipe.clone()), "{name}");
        assert_eq!(recipe.check(&network), Ok(()), "{name}");
    }
    let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
    let text = quick().to_string();
    let cases = [
        ("keep=0.1/", "keep=0/", "layer 1: keep=0: expected a share above 0"),
        ("bits=4/3/2", "bits=4/9/2", "layer 2: bits=9: expected 1 to 8"),
        ("bits=4/3/2", "bits=4/3", "3, 2 and 3 values; expected one a layer"),
        ("index=5/4/3", "index=5/4/x", "index=x: expected a number"),
        ("rounds=2", "rounds=0", "rounds=0: expected 1 to 50"),
        ("rounds=2,", "", "rounds is missing"),
        ("rounds=2", "turns=2", "turns: there is no such setting"),
        ("deep-compression:", "shallow:", "expected deep-compression:keep="),
    ];
    for (from, to, expected) in cases {
        let wrong = text.replace(from, to);
        let found = wrong.parse::<Recipe>().and_then(|recipe| recipe.check(&network)).unwrap_err();
        assert!(found.0.contains(expected), "{wrong}: {found}");
    }
    let other = zoo::find("lenet-5").unwrap().network().unwrap();
    assert_eq!(quick().check(&other).unwrap_err().0, "lenet-5 has 4 layers with weights, the recipe has 3");
}

/// Withdraws after so many calls.
struct Impatient(std::sync::atomic::AtomicU64);

impl crate::engine::Progress for Impatient {
    fn tick(&self, _done: u64, total: u64) -> Result<(), crate::engine::Cancelled> {
        assert!(total > 0);
        let left =
            self.0.fetch_update(std::sync::atomic::Ordering::Relaxed, std::sync::atomic::Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        left.map(|_| ()).map_err(|_| crate::engine::Cancelled)
    }
}

#[test]
fn a_withdrawn_run_ends() {
    let subject = subject("lenet-300-100");
    let train = draw(Split::Train, 0, 200);
    let found = run(&subject, &train, &quick(), &Impatient(3.into()), &mut |_| {});
    assert_eq!(found.unwrap_err(), CompressError::Cancelled(crate::engine::Cancelled));
    let none = run(&subject, &train.first(0), &quick(), &Silent, &mut |_| {});
    assert!(none.unwrap_err().to_string().contains("no pictures to train on"));
}

#[test]
fn the_figure_has_a_point_for_every_method_and_smaller_ones_are_smaller() {
    let subject = subject("vgg-small");
    let train = draw(Split::Train, 0, 32);
    let methods = vec![
        Method::Quantized { bits: 4 },
        Method::Pruned { keep: 0.5 },
        Method::Both { keep: 0.5, bits: 4 },
        Method::Both { keep: 0.1, bits: 4 },
        Method::Singular { rank: 0.2 },
    ];
    for walks in [0, 1] {
        let plan = Plan { walks, measured: 40, methods: methods.clone() };
        let mut heard = 0;
        let points = trade_off(&subject, &train, &plan, &Silent, &mut |_| heard += 1).unwrap();
        assert_eq!((points.len(), heard), (5, 5));
        for (point, method) in points.iter().zip(&methods) {
            assert_eq!((point.method, point.evaluation.total()), (*method, 40));
            let bits: u64 = point.size.ledger.parts.iter().map(|part| part.bits).sum();
            assert_eq!(bits, 8 * point.size.bytes);
            assert!(point.share > 0.0 && point.share < 1.0, "{method:?}: {}", point.share);
        }
        let shares: Vec<f64> = points.iter().map(|point| point.share).collect();
        assert!(shares[3] < shares[2] && shares[2] < shares[1] && shares[0] < shares[1], "{shares:?}");
    }
}

#[test]
fn a_method_is_the_scheme_that_does_the_same_to_weights_as_they_are() {
    let text = |method: Method| method.scheme().map(|scheme| scheme.to_string());
    let both = text(Method::Both { keep: 0.1, bits: 4 }).unwrap();
    assert_eq!(both, "prune:share=0.9|kmeans:bits=4,init=linear,zero=pinned|sparse:index=5");
    assert_eq!(text(Method::Quantized { bits: 2 }).unwrap(), "kmeans:bits=2,init=linear");
    assert_eq!(text(Method::Singular { rank: 0.1 }), None);
}
