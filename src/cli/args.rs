//! What can be typed after the program's name.

mod network;
mod picture;
mod quantize;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::number::presets::Preset;
use crate::engine::number::{Overflow, Rounding};
use crate::io::Nameless;

use network::normalization;
pub(super) use network::{CompressArgs, EvaluateArgs, TrainArgs};
pub(super) use picture::PictureArgs;
pub(super) use quantize::QuantizeArgs;
use quantize::scheme;
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
