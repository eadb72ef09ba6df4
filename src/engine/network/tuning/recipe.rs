//! A training as plain data, with its line of text.

use std::fmt;
use std::str::FromStr;

use super::{Course, Regime};
use crate::engine::network::data::Normalization;
use crate::engine::network::optimizer::{Adam, Optimizer, Sgd};
use crate::engine::network::train::Training;

/// Ends of the number of epochs.
pub(super) const EPOCHS: std::ops::RangeInclusive<usize> = 1..=1000;

/// Learning rate of centroids under Adam, and of centroids with free weights beside them. Both were chosen on 1,000 MNIST pictures that
/// neither trained nor measured anything; rates ten times as high end at a network that answers nothing.
const SHARED_RATE: f64 = 2e-3;
const ALONG_RATE: f64 = 5e-4;

/// What turns gradients into steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Momentum 0.9, weight decay 5·10⁻⁴.
    #[default]
    Sgd,
    /// Adam without weight decay.
    Adam,
}

impl Method {
    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Adam => "adam",
        }
    }

    pub(super) fn optimizer(self) -> Box<dyn Optimizer> {
        match self {
            Self::Sgd => Box::new(Sgd::new(0.9, 5e-4)),
            Self::Adam => Box::new(Adam::default()),
        }
    }
}

/// How a network is trained: `REGIME; epochs=N; rate=R; optimizer=sgd|adam; pictures=N; seed=S; fresh`, with `rounds=N` or `incremental`
/// where the weights are not all put where they must be at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// What the weights must be.
    pub regime: Regime,
    /// When the weights are put there.
    pub course: Course,
    /// Walks through the pictures, in each stage of the course.
    pub epochs: usize,
    /// The learning rate at its highest; it rises over the first twentieth of the steps and falls to 0 by half a cosine.
    pub rate: f64,
    /// What turns gradients into steps.
    pub method: Method,
    /// How many of the first pictures at most.
    pub pictures: usize,
    /// Seed of the order of the pictures, and of fresh weights.
    pub seed: u64,
    /// Whether training starts from fresh weights rather than from those of the network.
    pub fresh: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self::of("kmeans:bits=1".parse().map_or(Regime::Float, Regime::Scheme))
    }
}

impl Recipe {
    /// A few epochs under a regime, at a rate that suits it.
    pub fn of(regime: Regime) -> Self {
        let (method, rate) = match &regime {
            Regime::Float => (Method::Sgd, 0.01),
            Regime::Scheme(scheme) if scheme.quantizer.is_none() => (Method::Sgd, 0.01),
            // All weights of a centroid take one step: Adam makes it independent of how many they are.
            regime if regime.shares() => (Method::Adam, SHARED_RATE),
            _ => (Method::Adam, 1e-3),
        };
        Self { regime, course: Course::AtOnce, epochs: 3, rate, method, pictures: 10_000, seed: 0, fresh: false }
    }

    /// The same by another course. One walk a stage does where there are several: what a stage does not learn, the next ones do.
    pub fn by(self, course: Course) -> Self {
        let epochs = match course {
            Course::AtOnce => 3,
            Course::Rounds(_) | Course::Incremental => 1,
        };
        // A step that suits centroids alone is too large for the free weights that train along with them.
        let rate = match course {
            Course::Incremental if self.regime.shares() => self.rate.min(ALONG_RATE),
            _ => self.rate,
        };
        Self { course, epochs, rate, ..self }
    }

    /// Whether its parts go together.
    ///
    /// # Errors
    /// Which do not, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.fresh && self.regime.shares() {
            return Err(
                "indices of centroids stay as they are: they are fine-tuned from trained weights, not from fresh ones"
                    .to_owned(),
            );
        }
        self.course.check(&self.regime, self.fresh)
    }

    pub(super) fn training(&self, normalization: Normalization) -> Training {
        Training::new(self.epochs, self.rate, self.seed, normalization)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { regime, course, epochs, rate, method, pictures, seed, fresh } = self;
        let method = method.name();
        write!(f, "{regime}; epochs={epochs}; rate={rate}; optimizer={method}; pictures={pictures}; seed={seed}")?;
        match course {
            Course::AtOnce => (),
            Course::Rounds(rounds) => write!(f, "; rounds={rounds}")?,
            Course::Incremental => f.write_str("; incremental")?,
        }
        if *fresh { f.write_str("; fresh") } else { Ok(()) }
    }
}

impl FromStr for Recipe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut pieces = text.split(';').map(str::trim);
        let mut recipe = Self::of(pieces.next().unwrap_or_default().parse()?);
        for piece in pieces {
            let before = recipe.course;
            let wrong = |expected: &str| format!("`{piece}`: expected {expected}");
            match piece.split_once('=') {
                Some(("epochs", value)) => {
                    let epochs = value.parse().ok().filter(|epochs| EPOCHS.contains(epochs));
                    recipe.epochs = epochs.ok_or_else(|| wrong("epochs=1 to epochs=1000"))?;
                }
                Some(("rate", value)) => {
                    let rate = value.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
                    recipe.rate = rate.ok_or_else(|| wrong("a learning rate above 0"))?;
                }
                Some(("optimizer", "sgd")) => recipe.method = Method::Sgd,
                Some(("optimizer", "adam")) => recipe.method = Method::Adam,
                Some(("pictures", value)) => {
                    let pictures = value.parse().ok().filter(|pictures| *pictures > 0);
                    recipe.pictures = pictures.ok_or_else(|| wrong("a number of pictures above 0"))?;
                }
                Some(("seed", value)) => recipe.seed = value.parse().map_err(|_| wrong("a whole number"))?,
                Some(("rounds", value)) => {
                    let rounds = value.parse().map_err(|_| wrong("a number of rounds"))?;
                    recipe.course = Course::Rounds(rounds);
                }
                None if piece == "incremental" => recipe.course = Course::Incremental,
                None if piece == "fresh" => recipe.fresh = true,
                _ => {
                    let all = "epochs=, rate=, optimizer=sgd|adam, pictures=, seed=, rounds=, incremental or fresh";
                    return Err(wrong(all));
                }
            }
            if before != Course::AtOnce && before != recipe.course {
                return Err(wrong("one course, in rounds or incremental"));
            }
        }
        recipe.course.check(&recipe.regime, recipe.fresh)?;
        Ok(recipe)
    }
}
