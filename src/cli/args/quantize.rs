//! What `quantize` takes.

use std::path::PathBuf;

use clap::Args;

use crate::engine::quantize::Scheme;
use crate::io::{Layout, Nameless};

/// What `quantize` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct QuantizeArgs {
    /// Weights, a picture or WAV sound; `builtin:NAME` for an example
    pub file: PathBuf,
    /// The quantizer, such as `kmeans:bits=4`
    #[arg(long, value_parser = scheme)]
    pub scheme: Scheme,
    /// Whole names to select, * for any text (\* for a star); may be given several times
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
    /// generic (codes and parameters), compressed-tensors, table (codes looked up, for types that ONNX runtimes lack), or dequantized (float32); the format's own where left out
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

/// The text form of a scheme.
pub(super) fn scheme(text: &str) -> Result<Scheme, String> {
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
