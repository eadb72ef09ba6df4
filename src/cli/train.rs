//! `train`: a built-in architecture from a seed, or a network further, its weights free or under a scheme.

use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::TrainArgs;
use super::networks::{measure, open, pictures, training};
use super::print::document;
use super::progress::Percentage;
use crate::engine::Progress as _;
use crate::engine::network::digits::Split;
use crate::engine::network::tuning::{Course, Done, Recipe, Tuning};
use crate::engine::network::{Dataset, Description, Epoch, Evaluation, Network, Normalization, check, zoo};
use crate::engine::quantize::QuantizeError;
use crate::io;
use crate::sources::Reading;

/// Walks from fresh weights where nothing else is asked for.
const FRESH_EPOCHS: usize = 12;
/// The learning rate of fresh float weights where nothing else is asked for.
const FRESH_RATE: f64 = 0.02;

/// Trains and writes the network as its passes saw it last.
pub(super) fn train(args: &TrainArgs) -> Result<String, Failure> {
    let started = Instant::now();
    // Before hours of work, not after them.
    if io::FileFormat::of(&args.out)? != io::FileFormat::Safetensors {
        let path = args.out.display();
        return Err(Failure::new(format!("{path}: a network is written as safetensors, expected NAME.safetensors")));
    }
    io::check_place(&args.out)?;
    let (network, normalization) = start(args)?;
    let recipe = recipe(args);
    recipe.check().map_err(|reason| Failure::new(format!("--under {}: {reason}", args.under)))?;
    let reading = Reading { hold: args.hold.map(|held| held as usize), seed: args.seed, ..Reading::default() };
    // Fresh weights are not measured unless something is held back for that: then all pictures may train.
    let test = match (&args.from, args.hold) {
        (None, None) => None,
        _ => Some(pictures(&args.data, Split::Test, &Reading { seed: 0, ..reading }, None)?),
    };
    let data = match &test {
        Some(_) => training(&args.data, &reading, args.limit)?,
        None => pictures(&args.data, Split::Train, &reading, args.limit)?,
    };
    let fit = |data: &Dataset| {
        check(&network, data).map_err(|error| Failure::new(format!("{}: {error}", args.data.display())))
    };
    // Once more: only now all inputs are known.
    io::check_place(&args.out)?;
    fit(&data)?;
    test.as_ref().map_or(Ok(()), fit)?;
    let measured = |network: &Network| -> Result<Option<Evaluation>, Failure> {
        test.as_ref().map(|test| measure(network, test, normalization, &args.data)).transpose()
    };
    let float = if recipe.fresh { None } else { measured(&network)? };
    let name = data.name.clone();
    let progress = Percentage::of("training");
    let tuning = Tuning::new(network, data, normalization, &recipe, |_| true, &progress);
    let mut tuning = tuning.map_err(|error| match error {
        QuantizeError::Unfit(reason) => Failure::new(format!("--under {}: {reason}", args.under)),
        QuantizeError::Cancelled(cancelled) => Failure::new(cancelled),
    })?;
    let before = if recipe.fresh { None } else { measured(tuning.at_once())? };
    let mut epochs = Vec::new();
    while !tuning.is_over() {
        progress.tick(tuning.done() as u64, tuning.steps() as u64).map_err(Failure::new)?;
        epochs.extend(tuning.step().map_err(Failure::new)?.epoch);
    }
    drop(progress);
    let network = tuning.seen();
    let stages = tuning.stages().iter().map(|stage| (stage.begins / tuning.epoch().max(1), stage.done.clone()));
    let run = Run {
        args,
        recipe: &recipe,
        name: &network.name,
        data: &name,
        test: test.as_ref().map(|test| test.name.as_str()),
        epochs: &epochs,
        stages: &stages.collect::<Vec<_>>(),
        marks: [("float", float), ("before", before), ("after", measured(&network)?)],
        seconds: started.elapsed().as_secs_f64(),
    };
    io::save_network(&args.out, &network, &Description::new(&network, normalization))?;
    Ok(if args.json { document(&run.json()) } else { run.text() })
}

/// The network before the first step, with what it takes of a byte.
fn start(args: &TrainArgs) -> Result<(Network, Normalization), Failure> {
    if let Some(path) = &args.from {
        let (network, description) = open(path)?;
        return Ok((network, args.normalize.unwrap_or(description.normalization)));
    }
    let name = args.model.as_deref().unwrap_or_default();
    let architecture = zoo::find(name).ok_or_else(|| {
        let names: Vec<&str> = zoo::ARCHITECTURES.iter().map(|row| row.name).collect();
        let names = names.join(", ");
        Failure::new(format!("--model {name}: there is no such architecture; expected one of {names}"))
    })?;
    Ok((architecture.network().map_err(Failure::new)?, args.normalize.unwrap_or_default()))
}

fn recipe(args: &TrainArgs) -> Recipe {
    let fresh = args.from.is_none();
    let course = match args.rounds {
        Some(rounds) => Course::Rounds(rounds as usize),
        None if args.incremental => Course::Incremental,
        None => Course::AtOnce,
    };
    let mut recipe = Recipe { seed: args.seed, fresh, ..Recipe::of(args.under.clone()).by(course) };
    if fresh {
        recipe.epochs = FRESH_EPOCHS;
        if args.under == Default::default() {
            recipe.rate = FRESH_RATE;
        }
    }
    recipe.epochs = args.epochs.map_or(recipe.epochs, |epochs| epochs as usize);
    recipe.rate = args.rate.unwrap_or(recipe.rate);
    recipe.method = args.optimizer.unwrap_or(recipe.method);
    recipe
}

/// What there is to say.
struct Run<'a> {
    args: &'a TrainArgs,
    recipe: &'a Recipe,
    name: &'a str,
    data: &'a str,
    /// What was measured on.
    test: Option<&'a str>,
    epochs: &'a [Epoch],
    /// What was done to the weights, each with the number of epochs before it.
    stages: &'a [(usize, Done)],
    /// The network as it came, as the weights must be before the first step, and after the last.
    marks: [(&'static str, Option<Evaluation>); 3],
    seconds: f64,
}

impl Run<'_> {
    fn json(&self) -> Json {
        let epochs: Json = self
            .epochs
            .iter()
            .map(|epoch| json!({ "epoch": epoch.number, "loss": epoch.loss, "accuracy": epoch.accuracy }))
            .collect();
        let stages: Json = self.stages.iter().map(|(before, done)| stage(*before, done)).collect();
        let mut report = json!({
            "model": self.name, "data": self.data, "under": self.recipe.regime.to_string(), "epochs": epochs,
            "stages": stages, "rate": self.recipe.rate, "optimizer": self.recipe.method.name(), "seed": self.recipe.seed, "seconds": self.seconds,
        });
        let marks = self.marks.iter().filter_map(|(name, evaluation)| Some((name, evaluation.as_ref()?)));
        for (name, evaluation) in marks {
            let (correct, total) = (evaluation.correct, evaluation.total());
            report[name] = json!({ "accuracy": evaluation.accuracy(), "correct": correct, "total": total });
        }
        if let Some(test) = self.test {
            report["test"] = json!(test);
        }
        report
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (place, epoch) in self.epochs.iter().enumerate() {
            // What is done once and for all needs no line.
            let done = self.stages.iter().filter(|(before, _)| *before == place && self.stages.len() > 1);
            done.for_each(|(_, done)| text += &format!("{done}\n"));
            let (loss, accuracy) = (epoch.loss, 100.0 * epoch.accuracy);
            let number = epoch.number;
            text += &format!("epoch {number}: loss {loss:.4}, {accuracy:.2} % of the training pictures right\n");
        }
        let words = ["as it came", "before the first step", "after the last"];
        for ((_, evaluation), words) in self.marks.iter().zip(words) {
            let Some((evaluation, test)) = evaluation.as_ref().zip(self.test) else { continue };
            let (right, total) = (evaluation.correct, evaluation.total());
            let share = 100.0 * evaluation.accuracy().unwrap_or(f64::NAN);
            text += &format!("{share:.2} % of {test} right {words} ({right} of {total})\n");
        }
        text += &format!("{} written in {:.0} s\n", self.args.out.display(), self.seconds);
        text
    }
}

/// A stage of the training: the epochs before it, and what was done to the weights.
fn stage(before: usize, done: &Done) -> Json {
    match done {
        Done::All => json!({ "epochs_before": before, "done": "all weights" }),
        Done::Layer(name) => json!({ "epochs_before": before, "layer": name }),
        Done::Pruned { round, rounds, sparsity } => {
            json!({ "epochs_before": before, "round": round, "rounds": rounds, "sparsity": sparsity })
        }
    }
}
