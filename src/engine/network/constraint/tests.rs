use super::*;
use crate::engine::Silent;
use crate::engine::network::digits::{Split, draw};
use crate::engine::network::{
    Adam, Dataset, Normalization, Optimizer, Schedule, Sgd, Training, gradients_of, initialize, train, zoo,
};
use crate::engine::quantize::fine_tune::{self, Reduce};
use crate::engine::quantize::{Codes, Decoder, Quantized, quantize};

fn network() -> Network {
    let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
    initialize(&mut network, 3);
    network
}

fn training(data: &Dataset) -> Training {
    Training {
        epochs: 2,
        batch: data.len() / 2,
        rate: 0.01,
        schedule: Schedule::Constant,
        seed: 5,
        normalization: Normalization::default(),
    }
}

fn trained(network: &Network, optimizer: &mut dyn Optimizer, constraints: &mut Constraints) -> Network {
    let mut network = network.clone();
    let data = draw(Split::Train, 1, 80);
    train(&mut network, &data, &training(&data), optimizer, constraints, &Silent, |_, _| {}).unwrap();
    network
}

fn values<'a>(network: &'a Network, name: &str) -> &'a [f32] {
    &network.parameter(name).unwrap().values
}

fn shared(network: &Network, name: &str, scheme: &str, reduce: Reduce) -> (Quantized, Shared) {
    let parameter = network.parameter(name).unwrap();
    let scheme = scheme.parse().unwrap();
    let quantized = quantize(&parameter.values, &parameter.shape, &scheme, None, &Silent).unwrap().quantized;
    let shared = Shared::of(&quantized, reduce).unwrap();
    (quantized, shared)
}

#[test]
fn masked_weights_stay_at_zero_under_momentum_and_decay() {
    let mut network = network();
    let every_other = |values: &mut [f32]| values.iter_mut().step_by(2).for_each(|value| *value = 0.0);
    every_other(&mut network.parameters[0].values);
    let optimizers: [&mut dyn Optimizer; 2] = [&mut Sgd::new(0.9, 1e-3), &mut Adam::default()];
    for optimizer in optimizers {
        let mut constraints = Constraints::of(&network, |parameter| {
            (parameter.name == "ip1.weight").then(|| Box::new(Mask::of(&parameter.values)) as Box<dyn Constraint>)
        });
        let after = trained(&network, optimizer, &mut constraints);
        let (before, after_ip1) = (values(&network, "ip1.weight"), values(&after, "ip1.weight"));
        assert!(before.iter().zip(after_ip1).all(|(before, after)| (*before == 0.0) == (*after == 0.0)));
        assert!(before.iter().zip(after_ip1).any(|(before, after)| before != after));
        // The other layers are free.
        let (before, after) = (values(&network, "ip2.weight"), values(&after, "ip2.weight"));
        assert!(before.iter().zip(after).filter(|(before, after)| before != after).count() > before.len() / 2);
    }
}

#[test]
fn a_mask_can_be_set_before_training() {
    let mut network = network();
    let mut constraints = Constraints::of(&network, |parameter| {
        parameter.is_weight().then(|| Box::new(Mask::new(vec![false; parameter.values.len()])) as Box<dyn Constraint>)
    });
    constraints.start(&mut network);
    assert!(
        network
            .parameters
            .iter()
            .filter(|parameter| parameter.is_weight())
            .all(|parameter| parameter.values.iter().all(|value| *value == 0.0))
    );
}

#[test]
fn shared_weights_stay_shared_and_zero_stays_zero() {
    let mut network = network();
    let schemes = ["prune:share=0.5|kmeans:bits=3,zero=pinned", "kmeans:bits=2,per=channel"];
    let names = ["ip1.weight", "ip2.weight"];
    let parts: Vec<(Quantized, Shared)> =
        names.iter().zip(schemes).map(|(name, scheme)| shared(&network, name, scheme, Reduce::Sum)).collect();
    for (name, (quantized, _)) in names.iter().zip(&parts) {
        let parameter = network.parameters.iter_mut().find(|parameter| parameter.name == *name).unwrap();
        parameter.values = quantized.reconstruct();
    }
    let mut constraints = Constraints::of(&network, |parameter| {
        let place = names.iter().position(|name| *name == parameter.name)?;
        Some(Box::new(parts[place].1.clone()))
    });
    let after = trained(&network, &mut Adam::default(), &mut constraints);
    for (name, (quantized, _)) in names.iter().zip(&parts) {
        let moved = quantized.with_values(values(&after, name)).unwrap();
        assert_eq!(moved.reconstruct(), values(&after, name), "{name}: still one value a centroid");
        assert_ne!(moved.reconstruct(), quantized.reconstruct(), "{name}: and it has moved");
        let Decoder::Codebook { books } = &moved.decoder else { unreachable!() };
        assert!(books.iter().all(|book| book.is_sorted()));
    }
    let zeros = |values: &[f32]| values.iter().filter(|value| **value == 0.0).count();
    assert!(zeros(values(&after, "ip1.weight")) >= 235_200 / 2);
}

#[test]
fn one_step_is_the_lectures() {
    let network = network();
    let data = draw(Split::Train, 1, 48);
    let (quantized, shared) = shared(&network, "ip3.weight", "kmeans:bits=2", Reduce::Sum);
    let mut start = network.clone();
    let place = start.parameters.iter().position(|parameter| parameter.name == "ip3.weight").unwrap();
    start.parameters[place].values = quantized.reconstruct();
    let rows: Vec<usize> = (0..data.len()).collect();
    let part = gradients_of(&start, &data, &rows, Normalization::default());
    let gradients: Vec<f64> = part.gradients[place].iter().map(|gradient| f64::from(*gradient)).collect();
    let (Codes::Narrow(codes), Decoder::Codebook { books }) = (&quantized.codes, &quantized.decoder) else {
        unreachable!()
    };
    let codes: Vec<u16> = codes.iter().map(|code| u16::from(*code)).collect();
    let centroids: Vec<f64> = books[0].iter().map(|centroid| f64::from(*centroid)).collect();
    let steps = fine_tune::step(&codes, &centroids, &gradients, 0.01, Reduce::Sum, None);
    let one = Training { epochs: 1, batch: data.len(), ..training(&data) };
    let mut constraints = Constraints::of(&start, |parameter| {
        (parameter.name == "ip3.weight").then(|| Box::new(shared.clone()) as Box<dyn Constraint>)
    });
    let mut after = start.clone();
    train(&mut after, &data, &one, &mut Sgd::new(0.0, 0.0), &mut constraints, &Silent, |_, _| {}).unwrap();
    for (value, code) in after.parameters[place].values.iter().zip(&codes) {
        let expected = steps[usize::from(*code)].after;
        assert!((f64::from(*value) - expected).abs() < 1e-5, "{value} where {expected} was due");
    }
}

/// Weights rounded to a grid, gradients passed straight through.
struct Grid(f32);

impl Constraint for Grid {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        Some(latent.iter().map(|value| (value / self.0).round() * self.0).collect())
    }

    fn gradient(&mut self, _latent: &[f32], _gradient: &mut [f32]) {}
}

#[test]
fn passes_see_the_grid_and_steps_move_what_is_behind_it() {
    let network = network();
    let grid = |network: &Network| {
        Constraints::of(network, |parameter| {
            (parameter.name == "ip2.weight").then(|| Box::new(Grid(0.125)) as Box<dyn Constraint>)
        })
    };
    let mut constraints = grid(&network);
    let mut latent = network.clone();
    let data = draw(Split::Train, 1, 80);
    let on_grid = |values: &[f32]| values.iter().all(|value| (value / 0.125).fract() == 0.0);
    let mut heard = 0;
    train(&mut latent, &data, &training(&data), &mut Sgd::new(0.9, 0.0), &mut constraints, &Silent, |seen, _| {
        assert!(on_grid(values(seen, "ip2.weight")), "what is heard is what answers");
        heard += 1;
    })
    .unwrap();
    assert_eq!(heard, 2);
    assert!(!on_grid(values(&latent, "ip2.weight")));
    assert!(on_grid(values(&constraints.seen(&latent), "ip2.weight")));
    // Straight through: the step of the latent values is the one by the gradient at the grid.
    let start = grid(&network).seen(&network);
    let rows: Vec<usize> = (0..data.len()).collect();
    let gradient = gradients_of(&start, &data, &rows, Normalization::default()).gradients;
    let place = network.parameters.iter().position(|parameter| parameter.name == "ip2.weight").unwrap();
    let one = Training { epochs: 1, batch: data.len(), ..training(&data) };
    let mut after = network.clone();
    train(&mut after, &data, &one, &mut Sgd::new(0.0, 0.0), &mut grid(&network), &Silent, |_, _| {}).unwrap();
    for ((before, after), gradient) in
        values(&network, "ip2.weight").iter().zip(values(&after, "ip2.weight")).zip(&gradient[place])
    {
        assert!((after - (before - 0.01 * gradient)).abs() < 1e-6);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let network = network();
    let (quantized, shared) = shared(&network, "ip1.weight", "kmeans:bits=4", Reduce::Sum);
    let mut start = network.clone();
    start.parameters[0].values = quantized.reconstruct();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut constraints = Constraints::of(&start, |parameter| match parameter.name.as_str() {
            "ip1.weight" => Some(Box::new(shared.clone()) as Box<dyn Constraint>),
            "ip2.weight" => Some(Box::new(Mask::new((0..30_000).map(|place| place % 3 == 0).collect()))),
            _ => None,
        });
        pool.install(|| trained(&start, &mut Sgd::new(0.9, 1e-4), &mut constraints))
    };
    assert!(run(1) == run(3), "to the bit");
}
