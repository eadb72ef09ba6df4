//! What `sweep` takes.

use std::path::PathBuf;

use clap::Args;

use super::{normalization, scheme};
use crate::engine::network::Normalization;
use crate::engine::quantize::Scheme;
use crate::io::Nameless;

/// What `sweep` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct SweepArgs {
    /// Weights, a picture or WAV sound; `builtin:NAME` for an example
    #[arg(required_unless_present = "model", conflicts_with = "model")]
    pub file: Option<PathBuf>,
    /// The quantizer, such as `kmeans` or `linear:range=restricted`
    #[arg(long, value_parser = scheme)]
    pub scheme: Scheme,
    /// First and last width, inclusive
    #[arg(long, value_name = "LOW..HIGH", default_value = "1..8")]
    pub bits: Widths,
    /// Whole names to select, * for any text (\* for a star); may be given several times
    #[arg(long, value_name = "GLOB", conflicts_with = "model")]
    pub tensor: Vec<String>,
    /// What the elements of an npy or npz file are whose type NumPy did not save: float8_e4m3fn, bfloat16 or another of ml_dtypes'; one of one byte, one of two
    #[arg(long, value_name = "DTYPE[,DTYPE]", conflicts_with = "model")]
    pub npy_dtype: Option<Nameless>,
    #[command(flatten)]
    pub network: SweepNetworkArgs,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What `sweep` takes of a network instead of a file of weights.
#[derive(Args, Debug)]
pub(in crate::cli) struct SweepNetworkArgs {
    /// Instead of FILE a network that `train` wrote, an ONNX classifier, or `builtin:NAME`: every point then has its accuracy
    #[arg(long, requires = "data")]
    pub model: Option<PathBuf>,
    /// Labelled pictures for it: a folder or an IDX file, or `builtin:digits`
    #[arg(long, requires = "model")]
    pub data: Option<PathBuf>,
    /// What is taken of a byte: (byte / 255 − MEAN) / STD; by default as the network was trained
    #[arg(long, value_name = "MEAN,STD", allow_hyphen_values = true, value_parser = normalization, requires = "model")]
    pub normalize: Option<Normalization>,
    /// Only the first so many pictures of the test split
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), requires = "model")]
    pub limit: Option<u32>,
    /// Hold the last so many pictures of the train part back from training, and measure on them; where a data set has only one part
    #[arg(long, requires = "model", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub hold: Option<u32>,
    /// Also sweep the network with this share of its weights pruned, of all layers or by name: `0.9` or `ip1=0.92,ip2=0.9`
    #[arg(long, value_name = "SHARE|LAYER=SHARE,…", requires = "model")]
    pub prune: Option<String>,
    /// Walks over the training pictures that follow the pruning; 0 leaves the other weights as they are
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(..=100), requires = "prune")]
    pub retrain: u32,
    /// Only the first so many pictures of the train split; 60,000 are drawn by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), requires = "prune")]
    pub train_limit: Option<u32>,
    /// Also find the best width for every layer: `bytes=40000`, `ratio=12` (at most that size) or `accuracy=0.98` (as small as that allows)
    #[arg(long, value_name = "WHAT=VALUE", requires = "model")]
    pub target: Option<Target>,
}

/// What a mix of widths shall meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) enum Target {
    /// At most so many bytes, everything counted.
    Bytes(u64),
    /// At least so many times smaller than float32.
    Ratio(f64),
    /// At least this share of right answers.
    Accuracy(f64),
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let above = |value: &str| value.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
        let found = text.split_once('=').and_then(|(what, value)| match what.trim() {
            "bytes" => value.trim().parse().ok().map(Self::Bytes),
            "ratio" => above(value.trim()).map(Self::Ratio),
            "accuracy" => above(value.trim()).filter(|share| *share <= 1.0).map(Self::Accuracy),
            _ => None,
        });
        found.ok_or_else(|| "expected bytes=N, ratio=R above 0, or accuracy=SHARE from 0 to 1".to_owned())
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "bytes={bytes}"),
            Self::Ratio(ratio) => write!(f, "ratio={ratio}"),
            Self::Accuracy(share) => write!(f, "accuracy={share}"),
        }
    }
}

/// A range of widths, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Widths {
    /// First.
    pub low: u32,
    /// Last.
    pub high: u32,
}

impl std::str::FromStr for Widths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let width = |text: &str| text.parse::<u32>().ok().filter(|bits| (1..=16).contains(bits));
        let ends = match text.split_once("..") {
            Some((low, high)) => width(low).zip(width(high.trim_start_matches('='))),
            None => width(text).map(|bits| (bits, bits)),
        };
        let ordered = ends.filter(|(low, high)| low <= high);
        let (low, high) = ordered.ok_or("expected LOW..HIGH with widths of 1 to 16, as in 1..8")?;
        Ok(Self { low, high })
    }
}
