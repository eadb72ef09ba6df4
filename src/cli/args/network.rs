//! What the commands on networks take: `evaluate`, `train` and `compress`.

use std::path::PathBuf;

use clap::Args;

use super::quantize::scheme;
use crate::cli::inference;
use crate::engine::network::Normalization;
use crate::engine::network::tuning::{Method, Regime};
use crate::engine::quantize::{Linear, Scheme};

/// What `evaluate` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct EvaluateArgs {
    /// A network that `train` wrote, an ONNX classifier, or `builtin:NAME`
    #[arg(long)]
    pub model: PathBuf,
    /// Labelled pictures: IDX, CIFAR, class folders or npz, or `builtin:digits`
    #[arg(long)]
    pub data: PathBuf,
    /// Quantizer of the weights, such as `kmeans:bits=4`; biases stay as they are
    #[arg(long, value_parser = scheme)]
    pub scheme: Option<Scheme>,
    /// Bits of a code for all layers or by name, `float` for none: `conv1=8,ip1=4,ip2=float`; layers that are not named have the scheme's
    #[arg(long, value_name = "N|LAYER=N,…", requires = "scheme", conflicts_with_all = ["activations", "integer"])]
    pub bits: Option<String>,
    /// Quantizer of the activations: bits with a calibration (minmax, percentile:P, mse or kl), as in `8` or `6,mse`, or a linear
    /// scheme; batch normalization is folded first
    #[arg(long, value_name = "BITS[,CALIBRATION]|SCHEME", value_parser = inference::activations)]
    pub activations: Option<Linear>,
    /// In integers alone: int8 weights (per channel) and activations unless --scheme and --activations say otherwise, int32 sums
    #[arg(long)]
    pub integer: bool,
    /// Pictures of the train split that ranges of activations are measured on, at most 10,000
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub calibration: u32,
    /// What is taken of a byte: (byte / 255 − MEAN) / STD; by default as the network was trained
    #[arg(long, value_name = "MEAN,STD", allow_hyphen_values = true, value_parser = normalization)]
    pub normalize: Option<Normalization>,
    /// Hold the last so many pictures of the train part back from training, and measure on them; where a data set has only one part
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub hold: Option<u32>,
    /// Only the first so many pictures of the test split
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What `train` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct TrainArgs {
    /// Train lenet-300-100, lenet-5 or vgg-small from fresh weights
    #[arg(long, required_unless_present = "from", conflicts_with = "from")]
    pub model: Option<String>,
    /// Go on from the weights of a network that `train` wrote, or of `builtin:NAME`
    #[arg(long, value_name = "MODEL")]
    pub from: Option<PathBuf>,
    /// What the weights must be: float32, a scheme (k-means: centroids are tuned; linear, float: straight through; prune: pruned
    /// weights stay 0), bwn, twn or ttq
    #[arg(long, default_value = "float32", value_parser = regime)]
    pub under: Regime,
    /// Prune in so many rounds, a little further each time, and train after each: under a scheme that prunes, such as `prune:share=0.9`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=50), conflicts_with = "incremental")]
    pub rounds: Option<u32>,
    /// Quantize layer by layer, those with the fewest weights first, and train after each; layers that are not quantized yet train
    /// along and make up for the loss
    #[arg(long)]
    pub incremental: bool,
    /// Labelled pictures: IDX, CIFAR, class folders or npz, or `builtin:digits`
    #[arg(long)]
    pub data: PathBuf,
    /// Hold the last so many pictures of the train part back from training, and measure on them; where a data set has only one part
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub hold: Option<u32>,
    /// The safetensors file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Seed of the weights, the order of the pictures, and drawn pictures
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Walks through the pictures; 12 from fresh weights and 3 from others by default, 1 a round or layer
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub epochs: Option<u32>,
    /// Learning rate at its highest; by default what suits the weights
    #[arg(long, value_parser = rate)]
    pub rate: Option<f64>,
    /// sgd or adam; by default what suits the weights
    #[arg(long, value_parser = method)]
    pub optimizer: Option<Method>,
    /// What is taken of a byte: (byte / 255 − MEAN) / STD; by default as the network was trained, else byte / 255
    #[arg(long, value_name = "MEAN,STD", allow_hyphen_values = true, value_parser = normalization)]
    pub normalize: Option<Normalization>,
    /// Only the first so many pictures of the train split; 60,000 are drawn by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What `compress` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct CompressArgs {
    /// A network that `train` wrote, or `builtin:NAME`
    #[arg(long)]
    pub model: PathBuf,
    /// Labelled pictures, its train split to retrain on and its test split to measure on: a folder, or `builtin:digits`
    #[arg(long)]
    pub data: PathBuf,
    /// `deep-compression`, or the whole line that the page shows, `deep-compression:keep=…,bits=…`
    #[arg(long, default_value = "deep-compression")]
    pub recipe: String,
    /// Share of the weights that is pruned, 0 to below 1, of all layers or by name: `0.9` or `ip1=0.92,ip2=0.9`
    #[arg(long, value_name = "SHARE|LAYER=SHARE,…")]
    pub prune: Option<String>,
    /// Bits of a code, 1 to 8, of all layers or by name: `5` or `conv1=8,ip1=5`
    #[arg(long, value_name = "N|LAYER=N,…")]
    pub bits: Option<String>,
    /// Only the first so many pictures of the train split; 60,000 are drawn by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub train_limit: Option<u32>,
    /// Hold the last so many pictures of the train part back from training, and measure on them; where a data set has only one part
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub hold: Option<u32>,
    /// Only the first so many pictures of the test split
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Then prune further and share by fewer centroids, for the largest ratio inside the float network's 95 % interval
    #[arg(long)]
    pub largest: bool,
    /// Seed of the order of the pictures; without it the recipe's, which is 0 unless it says otherwise
    #[arg(long)]
    pub seed: Option<u64>,
    /// What is taken of a byte: (byte / 255 − MEAN) / STD; by default as the network was trained
    #[arg(long, value_name = "MEAN,STD", allow_hyphen_values = true, value_parser = normalization)]
    pub normalize: Option<Normalization>,
    /// What to write, with --largest of the largest ratio: NAME.qsz, the packed payload; NAME.safetensors, the network with its final weights, for `evaluate`
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn regime(text: &str) -> Result<Regime, String> {
    text.parse()
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "expected a learning rate above 0".to_owned())
}

fn method(text: &str) -> Result<Method, String> {
    let found = [Method::Sgd, Method::Adam].into_iter().find(|method| method.name() == text);
    found.ok_or_else(|| "expected sgd or adam".to_owned())
}

/// MEAN,STD.
pub(in crate::cli) fn normalization(text: &str) -> Result<Normalization, String> {
    let parts = text.split_once(',').and_then(|(mean, deviation)| Some((mean.parse().ok()?, deviation.parse().ok()?)));
    let (mean, deviation): (f32, f32) =
        parts.ok_or("expected MEAN,STD, two numbers of the scale 0 to 1, as in 0.1307,0.3081")?;
    if mean.is_finite() && deviation.is_finite() && deviation > 0.0 {
        Ok(Normalization { mean, deviation })
    } else {
        Err("expected a finite MEAN and a STD above 0".to_owned())
    }
}
