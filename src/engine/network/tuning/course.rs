//! When the weights are put where a regime wants them: all at once, pruned in rounds, or layer by layer.

use std::fmt;
use std::ops::RangeInclusive;

use super::Regime;
use crate::engine::network::graph::Network;
use crate::engine::quantize::{Amount, Prune, Scheme};

/// When the weights are put where a regime wants them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Course {
    /// All of them before the first step.
    #[default]
    AtOnce,
    /// Pruned a little further each time, so many times, the rest retrained after each under masks ("iterative pruning", Han et al. 2015,
    /// section 3.4). What else the regime wants is done at the end, and trained once more.
    Rounds(usize),
    /// Layer by layer, those with the fewest weights first. A layer that was quantized stays so, by the indices that it got; the layers
    /// that still are float32 are trained along and make up for what it lost. Incremental network quantization (Zhou et al. 2017)
    /// does the same with parts of every layer instead of whole ones.
    Incremental,
}

impl Course {
    /// Numbers of rounds that there can be.
    pub const ROUNDS: RangeInclusive<usize> = 2..=50;

    /// Whether it goes together with a regime, from fresh weights or trained ones.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn check(self, regime: &Regime, fresh: bool) -> Result<(), String> {
        let prunes = matches!(regime, Regime::Scheme(Scheme { prune: Some(_), .. }));
        match self {
            Self::AtOnce => Ok(()),
            Self::Rounds(rounds) if !Self::ROUNDS.contains(&rounds) => {
                let (least, most) = (Self::ROUNDS.start(), Self::ROUNDS.end());
                Err(format!("rounds={rounds}: expected {least} to {most}"))
            }
            Self::Rounds(_) if !prunes => {
                Err(format!("rounds are for weights that are pruned, as by prune:share=0.9; {regime} prunes none"))
            }
            Self::Incremental if *regime == Regime::Float => {
                Err("float32 weights may take any value: there is nothing to do layer by layer".to_owned())
            }
            _ if fresh => {
                Err("pruning in rounds and quantizing layer by layer start from trained weights, not from fresh ones"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What is done before each stage, in order. `taken` are the places of the weights that are not left alone.
    pub(super) fn plan(self, regime: &Regime, network: &Network, taken: &[usize]) -> Vec<Put> {
        match (self, regime) {
            (Self::Rounds(rounds), Regime::Scheme(scheme @ Scheme { prune: Some(prune), .. })) => {
                let round = |round| Put::Pruned(part_of(prune, round, rounds));
                let rest = scheme.quantizer.is_some().then_some(Put::All);
                (1..=rounds).map(round).chain(rest).collect()
            }
            (Self::Incremental, _) => {
                let mut order = taken.to_vec();
                order.sort_by_key(|place| network.parameters[*place].values.len());
                order.into_iter().map(Put::Layer).collect()
            }
            _ => vec![Put::All],
        }
    }
}

/// What a round of so many prunes: the same factor on what is left every time, so that the last leaves what the scheme says.
fn part_of(prune: &Prune, round: usize, rounds: usize) -> Prune {
    let part = round as f64 / rounds as f64;
    let amount = match prune.amount {
        whole if round == rounds => whole,
        Amount::Share(share) => Amount::Share(1.0 - (1.0 - share).powf(part)),
        Amount::Threshold(threshold) => Amount::Threshold((f64::from(threshold) * part) as f32),
    };
    Prune { amount, ..*prune }
}

/// What is done to the weights before a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Put {
    /// Everything that the regime wants.
    All,
    /// Nothing but pruning.
    Pruned(Prune),
    /// Everything that the regime wants of the parameter at that place.
    Layer(usize),
}

/// A part of a training: it begins when weights are put where they must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Steps of the training before it.
    pub begins: usize,
    /// What was done before its first step.
    pub done: Done,
}

/// What was done before a stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// All weights are where the regime wants them.
    All,
    /// A round of pruning, from 1; the share of the weights that is 0 since.
    Pruned {
        /// From 1.
        round: usize,
        /// Of how many.
        rounds: usize,
        /// Share of the weights that is 0.
        sparsity: f64,
    },
    /// One more layer, by its name.
    Layer(String),
}

impl fmt::Display for Done {
    /// `round 2 of 3: 78.5 % of the weights are 0`, `layer conv1`, `all weights`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all weights"),
            Self::Pruned { round, rounds, sparsity } => {
                write!(f, "round {round} of {rounds}: {:.1} % of the weights are 0", 100.0 * sparsity)
            }
            Self::Layer(name) => write!(f, "layer {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Recipe, Tuning};
    use super::*;
    use crate::engine::Silent;
    use crate::engine::network::digits::{self, Split};
    use crate::engine::network::{Normalization, score, zoo};

    fn tuning(network: Network, recipe: &str) -> Tuning {
        let data = digits::draw(Split::Train, 0, 640);
        Tuning::new(network, data, Normalization::default(), &recipe.parse().unwrap(), |_| true, &Silent).unwrap()
    }

    /// A network that has learned something.
    fn learned() -> Network {
        let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        let mut float = tuning(network, "float32; epochs=6; rate=0.05; fresh");
        while !float.is_over() {
            float.step().unwrap();
        }
        float.seen()
    }

    fn weights(network: &Network) -> Vec<&[f32]> {
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
        weights.map(|parameter| parameter.values.as_slice()).collect()
    }

    /// Makes every step, with a look after each; the mean loss of the last eight.
    fn walked(tuning: &mut Tuning, mut each: impl FnMut(&Tuning)) -> f64 {
        let mut losses = Vec::new();
        while !tuning.is_over() {
            losses.push(tuning.step().unwrap().loss);
            each(tuning);
        }
        losses[losses.len() - 8..].iter().sum::<f64>() / 8.0
    }

    /// The loss where everything is done at once and nothing is trained.
    fn lost(tuning: &Tuning) -> f64 {
        let data = digits::draw(Split::Train, 0, 640);
        score(tuning.at_once(), &data, Normalization::default(), &Silent).unwrap().unwrap().loss
    }

    #[test]
    fn what_is_pruned_in_a_round_stays_pruned_in_all_that_follow() {
        let recipe = "prune:share=0.8; rate=0.05; epochs=2; rounds=3";
        let mut tuning = tuning(learned(), recipe);
        let zeros = |network: &Network| -> Vec<Vec<bool>> {
            weights(network).into_iter().map(|values| values.iter().map(|value| *value == 0.0).collect()).collect()
        };
        let mut masks = vec![zeros(tuning.latent())];
        let last = walked(&mut tuning, |tuning| {
            let now = zeros(&tuning.seen());
            if tuning.stages().len() > masks.len() {
                let before = masks.last().unwrap().iter().flatten().zip(now.iter().flatten());
                assert!(before.clone().all(|(before, now)| *now || !before), "a weight came back");
                assert!(before.into_iter().any(|(before, now)| *now && !before), "nothing was pruned");
                masks.push(now);
            } else {
                // Weights that are kept may pass through 0, those that are pruned are nothing else.
                let kept = masks.last().unwrap().iter().flatten().zip(now.iter().flatten());
                assert!(kept.into_iter().all(|(mask, now)| *now || !mask), "a weight came back");
            }
        });
        let sparsities: Vec<f64> = tuning
            .stages()
            .iter()
            .map(|stage| match stage.done {
                Done::Pruned { sparsity, .. } => sparsity,
                _ => panic!("{:?}", stage.done),
            })
            .collect();
        for (found, round) in sparsities.iter().zip(1..) {
            let expected = 1.0 - 0.2_f64.powf(f64::from(round) / 3.0);
            assert!((found - expected).abs() < 1e-3, "round {round}: {found}, expected {expected}");
        }
        assert_eq!(tuning.stages().iter().map(|stage| stage.begins).collect::<Vec<_>>(), [0, 20, 40]);
        let lost = lost(&tuning);
        assert!(last < 0.7 * lost, "{last} after the rounds, {lost} at once and untrained");
    }

    #[test]
    fn after_the_rounds_comes_what_else_the_scheme_wants() {
        let mut tuning = tuning(learned(), "prune:share=0.8|linear:bits=4; epochs=1; rounds=2");
        walked(&mut tuning, |_| ());
        assert_eq!(tuning.stages().last().unwrap().done, Done::All);
        assert_eq!((tuning.stages().len(), tuning.steps()), (3, 30));
        for values in weights(&tuning.seen()) {
            let mut levels: Vec<u32> = values.iter().map(|value| (value + 0.0).to_bits()).collect();
            levels.sort_unstable();
            levels.dedup();
            let zeros = values.iter().filter(|value| **value == 0.0).count();
            assert!(
                levels.len() <= 17 && zeros * 10 >= values.len() * 8 - 10,
                "{} levels, {zeros} zeros",
                levels.len()
            );
        }
    }

    #[test]
    fn layers_are_shared_one_by_one_and_their_indices_never_move() {
        let mut tuning = tuning(learned(), "kmeans:bits=1; epochs=2; rate=0.001; incremental");
        // Which of two values every weight has, once its layer was taken.
        let sides = |values: &[f32]| -> Vec<bool> { values.iter().map(|value| *value == values[0]).collect() };
        let mut kept: Vec<Option<Vec<bool>>> = vec![None; 3];
        let names = ["ip1", "ip2", "ip3"];
        let last = walked(&mut tuning, |tuning| {
            let seen = tuning.seen();
            for (layer, values) in weights(&seen).into_iter().enumerate() {
                let taken = tuning.stages().iter().any(|stage| stage.done == Done::Layer(names[layer].to_owned()));
                let mut distinct: Vec<u32> = values.iter().map(|value| value.to_bits()).collect();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len() == 2, taken, "{}: {} values", names[layer], distinct.len());
                if taken {
                    let sides = sides(values);
                    assert_eq!(*kept[layer].get_or_insert_with(|| sides.clone()), sides, "{}", names[layer]);
                }
            }
        });
        let order: Vec<String> = tuning.stages().iter().map(|stage| stage.done.to_string()).collect();
        assert_eq!(order, ["layer ip3", "layer ip2", "layer ip1"], "the fewest weights first");
        let lost = lost(&tuning);
        assert!(last < 0.6 * lost, "{last} layer by layer, {lost} at once and untrained");
        // As many steps with two values a layer from the first on bring less.
        let mut literal = self::tuning(learned(), "kmeans:bits=1; epochs=6; rate=0.001");
        let literal = walked(&mut literal, |_| ());
        assert!(last < literal, "{last} layer by layer, {literal} all at once");
    }

    #[test]
    fn courses_that_do_not_fit_are_refused() {
        let cases = [
            ("bwn; rounds=3", "bwn prunes none"),
            ("prune:share=0.9; rounds=1", "rounds=1: expected 2 to 50"),
            ("prune:share=0.9; rounds=few", "a number of rounds"),
            ("prune:share=0.9; rounds=3; fresh", "not from fresh ones"),
            ("prune:share=0.9; rounds=3; incremental", "one course"),
            ("float32; incremental", "nothing to do layer by layer"),
            ("linear:bits=2; incremental; fresh", "not from fresh ones"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<Recipe>().unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        for text in ["prune:share=0.9; rounds=3", "linear:bits=2; incremental"] {
            let recipe: Recipe = text.parse().unwrap();
            assert_eq!(recipe.to_string().parse(), Ok(recipe), "{text}");
        }
    }
}
