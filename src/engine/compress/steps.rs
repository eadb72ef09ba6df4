//! What is done to a network between two measurements: weights removed and the rest retrained, weights shared and the shared values tuned.

use super::error::CompressError;
use crate::engine::network::{
    Adam, Constraint, Constraints, Dataset, Mask, Network, Optimizer, Sgd, Shared, Subject, Training, train,
};
use crate::engine::quantize::fine_tune::Reduce;
use crate::engine::quantize::{Amount, Prune, Quantized, Scheme, Scope, prune, quantize};
use crate::engine::{Progress, Quiet};

/// Learning rate of retraining under masks: momentum 0.9, weight decay 1e-4.
pub(super) const RETRAIN_RATE: f64 = 0.02;
/// Learning rate of the centroids under Adam.
pub(super) const TUNE_RATE: f64 = 2e-4;

/// What the steps train on.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub subject: &'a Subject,
    pub train: &'a Dataset,
    pub seed: u64,
}

impl Steps<'_> {
    /// Leaves the largest weights of every layer (its share by its place among the weights) and retrains them for so many walks.
    pub fn prune(
        self,
        network: &mut Network,
        keep: impl Fn(usize) -> f64,
        walks: usize,
        progress: &dyn Progress,
    ) -> Result<(), CompressError> {
        let weights = network.parameters.iter_mut().filter(|parameter| parameter.is_weight());
        for (place, parameter) in weights.enumerate() {
            let prune = Prune { amount: Amount::Share(1.0 - keep(place)), scope: Scope::Tensor };
            parameter.values = prune::pruned(&parameter.values, prune.threshold(&parameter.values));
        }
        let mut masks = Constraints::of(network, |parameter| {
            parameter.is_weight().then(|| Box::new(Mask::of(&parameter.values)) as Box<dyn Constraint>)
        });
        self.train(network, RETRAIN_RATE, &mut Sgd::new(0.9, 1e-4), &mut masks, walks, progress)
    }

    /// Lets every layer that has a scheme, one a weight in the network's order, take the values of its codes.
    pub fn share(
        self,
        network: &mut Network,
        schemes: &[Option<Scheme>],
        progress: &dyn Progress,
    ) -> Result<Vec<Option<Quantized>>, CompressError> {
        let mut layers = Vec::new();
        let weights = network.parameters.iter_mut().filter(|parameter| parameter.is_weight());
        for (parameter, scheme) in weights.zip(schemes) {
            progress.check()?;
            let Some(scheme) = scheme else {
                layers.push(None);
                continue;
            };
            let fitted = quantize(&parameter.values, &parameter.shape, scheme, None, &Quiet(progress))?;
            parameter.values = fitted.quantized.reconstruct();
            layers.push(Some(fitted.quantized));
        }
        Ok(layers)
    }

    /// Trains the centroids of the shared layers, which weight has which left as it was. Other parameters of the network train along. Layers
    /// without a codebook cannot be tuned: then nothing is.
    pub fn tune(
        self,
        network: &mut Network,
        layers: Vec<Option<Quantized>>,
        walks: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Option<Quantized>>, CompressError> {
        let shared: Option<Vec<Option<Shared>>> = layers
            .iter()
            .map(|layer| layer.as_ref().map_or(Some(None), |layer| Shared::of(layer, Reduce::Sum).map(Some)))
            .collect();
        let Some(shared) = shared.filter(|_| walks > 0) else { return Ok(layers) };
        let mut rest = shared.into_iter();
        let mut constraints = Constraints::of(network, |parameter| {
            let shared = parameter.is_weight().then(|| rest.next())??;
            shared.map(|shared| Box::new(shared) as Box<dyn Constraint>)
        });
        self.train(network, TUNE_RATE, &mut Adam::default(), &mut constraints, walks, progress)?;
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
        let moved = weights.zip(layers).map(|(weight, layer)| {
            let layer = layer?;
            Some(layer.with_values(&weight.values).unwrap_or(layer))
        });
        Ok(moved.collect())
    }

    fn train(
        self,
        network: &mut Network,
        rate: f64,
        optimizer: &mut dyn Optimizer,
        constraints: &mut Constraints,
        walks: usize,
        progress: &dyn Progress,
    ) -> Result<(), CompressError> {
        if walks == 0 {
            return Ok(());
        }
        let training = Training::new(walks, rate, self.seed, self.subject.normalization);
        Ok(train(network, self.train, &training, optimizer, constraints, progress, |_, _| {})?)
    }
}
