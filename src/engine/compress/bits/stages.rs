//! The weights of a network before and after they are shared, and after the shared values learnt (figure 7 of the lecture's section IV.D).

use super::super::error::CompressError;
use super::super::recipe::Recipe;
use super::super::steps::Steps;
use crate::engine::network::{Dataset, Evaluation, Network, Subject, check, evaluate};
use crate::engine::{Progress, Span};

/// A network three times: the same weights, continuous, discrete, and discrete after training.
#[derive(Clone, Debug)]
pub struct Stages {
    /// Pruned and retrained, float32.
    pub pruned: (Network, Evaluation),
    /// Every weight at the nearest of its layer's centroids.
    pub shared: (Network, Evaluation),
    /// The centroids trained.
    pub tuned: (Network, Evaluation),
}

/// Runs the recipe's pruning at once (its last walks), shares and tunes, and measures on the first `count` pictures after each.
///
/// # Errors
/// A recipe or pictures that do not fit the network, training that diverges; or cancelled.
pub fn stages(
    subject: &Subject,
    train: &Dataset,
    recipe: &Recipe,
    count: usize,
    progress: &dyn Progress,
) -> Result<Stages, CompressError> {
    recipe.check(&subject.network).map_err(|error| CompressError::Unfit(error.to_string()))?;
    check(&subject.network, train).map_err(|error| CompressError::Unfit(error.to_string()))?;
    let steps = Steps { subject, train, seed: recipe.seed };
    let data = if count < subject.data.len() { &subject.data.first(count) } else { &subject.data };
    let walks = recipe.last + recipe.tune;
    if walks > 0 {
        subject.network.check_trainable().map_err(CompressError::Unfit)?;
    }
    let span = |before: usize, units: usize| Span {
        outer: progress,
        before: before as u64,
        units: units as u64,
        total: walks.max(1) as u64,
    };
    let measured = |network: Network, done: usize| {
        let evaluation = evaluate(&network, data, subject.normalization, &span(done, 0))
            .map_err(|error| CompressError::Unfit(error.to_string()))??;
        Ok::<(Network, Evaluation), CompressError>((network, evaluation))
    };
    let mut network = subject.network.clone();
    steps.prune(&mut network, |place| recipe.layers[place].keep, recipe.last, &span(0, recipe.last))?;
    let pruned = measured(network.clone(), recipe.last)?;
    let schemes: Vec<_> = recipe.layers.iter().map(|layer| Some(layer.scheme())).collect();
    let layers = steps.share(&mut network, &schemes, progress)?;
    let shared = measured(network.clone(), recipe.last)?;
    steps.tune(&mut network, layers, recipe.tune, &span(recipe.last, recipe.tune))?;
    let tuned = measured(network, walks)?;
    Ok(Stages { pruned, shared, tuned })
}
