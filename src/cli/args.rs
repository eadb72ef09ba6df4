//! What can be typed after the program's name.

mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::network::Normalization;
use crate::engine::network::tuning::{Method, Regime};
use crate::engine::number::presets::Preset;
use crate::engine::number::{Overflow, Rounding};
use crate::engine::quantize::{Linear, Scheme};
use crate::io::{Layout, Nameless};

pub(super) use sweep::{SweepArgs, Target};

/// See what quantization does to weights, signals and pictures; without a command, a window opens.
#[derive(Parser, Debug)]
#[command(name = "quantscope", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub window: WindowArgs,
}

/// What the window opens on.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowArgs {
    /// Weights or pictures to open
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the elements of an npy or npz file are whose type NumPy did not save: float8_e4m3fn, bfloat16 or another of ml_dtypes'; one of one byte, one of two
    #[arg(long, value_name = "DTYPE[,DTYPE]")]
    pub npy_dtype: Option<Nameless>,
    /// Page to show first, such as `tensor`
    #[arg(long)]
    pub page: Option<String>,
    /// Scheme to start with, such as `kmeans:bits=4`
    #[arg(long)]
    pub scheme: Option<String>,
    /// Presentation mode: large type, nothing but the page
    #[arg(long)]
    pub present: bool,
    /// Light or dark; the system's choice by default
    #[arg(long)]
    pub theme: Option<Theme>,
}

/// The colours of the window.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A page as a picture.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ScreenshotArgs {
    /// Page to draw
    #[arg(long)]
    pub page: String,
    /// PNG file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Light or dark
    #[arg(long)]
    pub theme: Option<Theme>,
    /// Size in pixels, such as 1280x720
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,
    /// Zoom factor
    #[arg(long)]
    pub zoom: Option<f32>,
    /// Scheme to show
    #[arg(long)]
    pub scheme: Option<String>,
    /// Tensor to show, by its whole name
    #[arg(long)]
    pub tensor: Option<String>,
    /// Presentation mode
    #[arg(long)]
    pub present: bool,
    /// Weights or pictures to open
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the elements of an npy or npz file are whose type NumPy did not save: float8_e4m3fn, bfloat16 or another of ml_dtypes'; one of one byte, one of two
    #[arg(long, value_name = "DTYPE[,DTYPE]")]
    pub npy_dtype: Option<Nameless>,
}

/// Width and height, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=16_384).contains(side));
        let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
        let (width, height) = sides.ok_or("expected WxH with sides of 1 to 16384, as in 1280x720")?;
        Ok(Self { width, height })
    }
}

/// How a value becomes a code.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Policy {
    /// nearest-even, nearest-away, toward-zero, up, down, odd or stochastic:BITS:SEED, where each value draws anew
    #[arg(long, default_value = "nearest-even")]
    pub rounding: Rounding,
    /// saturate, infinity, nan or (integers and fixed point) wrap; by default infinity where the format has one, else saturate
    #[arg(long, default_value = "default", hide_default_value = true)]
    pub overflow: Overflow,
    /// What a library does instead: ocp-sat, ocp-nonsat, pytorch, pytorch-2.11, ml_dtypes, onnx-saturate-1, onnx-saturate-0 or ptx
    #[arg(long, value_name = "LIBRARY", conflicts_with_all = ["rounding", "overflow"])]
    pub preset: Option<Preset>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Every number format and its properties
    Formats {
        /// Only these: names of the catalogue or of custom formats, such as e5m9b15ieee; all of the catalogue by default
        #[arg(value_name = "FORMAT")]
        formats: Vec<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Codes to values
    Decode {
        /// Name of a format, such as e4m3fn, or its parameters, such as e5m9b15ieee, sm8 or fixed8.4
        format: String,
        /// Codes: 0x…, 0b… or decimal
        #[arg(required = true, value_name = "CODE")]
        codes: Vec<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Values to codes
    Encode {
        /// Name of a format, such as e4m3fn, or its parameters, such as e5m9b15ieee, sm8 or fixed8.4
        format: String,
        /// Decimal, hex float (0x1.8p-3), fraction (1/3), inf or nan; after -- also negative ones
        #[arg(required = true, value_name = "VALUE", allow_negative_numbers = true)]
        values: Vec<String>,
        #[command(flatten)]
        policy: Policy,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Every code of a format of up to 16 bits with its value
    Table {
        /// Name of a format, such as e4m3fn, or its parameters, such as e5m9b15ieee, sm8 or fixed8.4
        format: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// A float32 array through a format and back, or its codes
    Cast {
        /// Name of a format, such as e4m3fn, or its parameters, such as e5m9b15ieee, sm8 or fixed8.4
        format: String,
        /// The array, an npy file
        input: PathBuf,
        /// The npy file to write
        output: PathBuf,
        /// Write the codes instead of the values
        #[arg(long)]
        codes: bool,
        #[command(flatten)]
        policy: Policy,
    },
    /// Every tensor of a file with its statistics
    Inspect {
        /// Weights, a picture or WAV sound; `builtin:NAME` for an example
        file: PathBuf,
        /// What the elements of an npy or npz file are whose type NumPy did not save: float8_e4m3fn, bfloat16 or another of ml_dtypes'; one of one byte, one of two
        #[arg(long, value_name = "DTYPE[,DTYPE]")]
        npy_dtype: Option<Nameless>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Quantize tensors and write them
    Quantize(QuantizeArgs),
    /// Error and size for each bit width
    Sweep(SweepArgs),
    /// Accuracy of a network on labelled pictures
    Evaluate(EvaluateArgs),
    /// Trains a built-in architecture from a seed, or a network further under a scheme
    Train(TrainArgs),
    /// Deep Compression: prune, retrain, share weights, fine-tune, Huffman-code, with size and accuracy after each stage
    Compress(CompressArgs),
    /// A picture with few colours, as a palette PNG
    Picture(PictureArgs),
    /// A page as a picture
    Screenshot(ScreenshotArgs),
}

/// What `evaluate` takes.
#[derive(Args, Debug)]
pub(super) struct EvaluateArgs {
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
    #[arg(long, value_name = "BITS[,CALIBRATION]|SCHEME", value_parser = super::inference::activations)]
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
pub(super) struct TrainArgs {
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
pub(super) struct CompressArgs {
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

/// What `picture` takes.
#[derive(Args, Debug)]
pub(super) struct PictureArgs {
    /// PNG, JPEG, WebP, GIF, BMP or TIFF; `builtin:picture` for the built-in one
    pub file: PathBuf,
    /// Colours of the palette, 2 to 256; palettes with a number of their own need none
    #[arg(long, alias = "colours", value_name = "N", value_parser = colors)]
    pub colors: Option<usize>,
    /// kmeans, median-cut, octree, uniform, uniform:bits=R-G-B, fixed:web-safe, fixed:grey or fixed:FILE (a palette: GPL, JSON or a palette PNG)
    #[arg(long, default_value = "kmeans")]
    pub method: String,
    /// Where means and distances are taken: srgb (stored values), linear (light) or oklab
    #[arg(long, default_value = "srgb")]
    pub space: String,
    /// none, bayer:2, bayer:4, bayer:8, bayer:16, blue-noise, floyd-steinberg, atkinson or sierra
    #[arg(long, default_value = "none")]
    pub dither: String,
    /// How much dithering, 0 to 1
    #[arg(long, default_value = "1")]
    pub amount: String,
    /// The PNG file to write
    #[arg(long)]
    pub out: PathBuf,
    /// A file for the palette, too: JSON by its ending, else GPL
    #[arg(long, value_name = "FILE")]
    pub palette: Option<PathBuf>,
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

fn colors(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (2..=256).contains(number));
    number.ok_or_else(|| "expected 2 to 256 colours".to_owned())
}

fn normalization(text: &str) -> Result<Normalization, String> {
    let parts = text.split_once(',').and_then(|(mean, deviation)| Some((mean.parse().ok()?, deviation.parse().ok()?)));
    let (mean, deviation): (f32, f32) =
        parts.ok_or("expected MEAN,STD, two numbers of the scale 0 to 1, as in 0.1307,0.3081")?;
    if mean.is_finite() && deviation.is_finite() && deviation > 0.0 {
        Ok(Normalization { mean, deviation })
    } else {
        Err("expected a finite MEAN and a STD above 0".to_owned())
    }
}

/// What `quantize` takes.
#[derive(Args, Debug)]
pub(super) struct QuantizeArgs {
    /// Weights, a picture or WAV sound; `builtin:NAME` for an example
    pub file: PathBuf,
    /// The quantizer, such as `kmeans:bits=4`
    #[arg(long, value_parser = scheme)]
    pub scheme: Scheme,
    /// Whole names to select, * for any text; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub tensor: Vec<String>,
    /// What the elements of an npy or npz file are whose type NumPy did not save: float8_e4m3fn, bfloat16 or another of ml_dtypes'; one of one byte, one of two
    #[arg(long, value_name = "DTYPE[,DTYPE]")]
    pub npy_dtype: Option<Nameless>,
    /// The file to write; its ending names the format
    #[arg(long)]
    pub out: PathBuf,
    /// The format to write, where the ending of --out does not say it: safetensors, npz, npy, onnx, gguf, tflite, h or qsz
    #[arg(long, value_name = "FORMAT")]
    pub to: Option<String>,
    /// generic (codes and parameters), compressed-tensors, or dequantized (float32); the format's own where left out
    #[arg(long, value_parser = layout)]
    pub layout: Option<Layout>,
    /// How much each weight's squared error counts in the fit of a codebook: a file with tensors of the same names and sizes
    #[arg(long, value_name = "FILE")]
    pub importance: Option<PathBuf>,
    /// Scales of the activations before and after the layer: a C header then has CMSIS-NN's multipliers and shifts
    #[arg(long, value_name = "IN,OUT", value_parser = activation_scales)]
    pub activation_scales: Option<(f32, f32)>,
    /// ONNX: the data of tensors goes into a file beside the model, as it always does above 2 GiB
    #[arg(long)]
    pub external_data: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn scheme(text: &str) -> Result<Scheme, String> {
    text.parse().map_err(|error: crate::engine::quantize::SchemeError| error.to_string())
}

fn layout(text: &str) -> Result<Layout, String> {
    let names = Layout::ALL.map(|(_, name)| name).join(", ");
    Layout::named(text).ok_or_else(|| format!("expected one of {names}"))
}

fn activation_scales(text: &str) -> Result<(f32, f32), String> {
    let scale = |text: &str| text.trim().parse::<f32>().ok().filter(|scale| scale.is_finite() && *scale > 0.0);
    text.split_once(',')
        .and_then(|(input, output)| Some((scale(input)?, scale(output)?)))
        .ok_or_else(|| "expected two positive numbers, such as 0.02,0.05".to_owned())
}
