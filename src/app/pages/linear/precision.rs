//! How r / S is rounded and in which format S is kept: two choices that the pages of a linear quantizer share.

use egui::Ui;

use super::affine::set;
use super::parts::label;
use crate::app::context::PageContext;
use crate::app::view::rounding::rule_words;
use crate::app::widgets::select::select;
use crate::engine::number::Rounding;
use crate::engine::quantize::Linear;
use crate::engine::quantize::linear::ScaleFormat;

/// The words of a scale's format: its name, and what it is good for.
fn words(format: ScaleFormat) -> (&'static str, &'static str) {
    match format {
        ScaleFormat::F32 => ("float32", "32 bits for each scale: ONNX, TensorFlow Lite"),
        ScaleFormat::F16 => ("float16", "16 bits for each scale, to nearest: GGUF"),
        ScaleFormat::Bf16 => ("bfloat16", "16 bits for each scale, to nearest"),
        ScaleFormat::E8m0 => ("E8M0", "A power of two in 8 bits, rounded up: OCP MX"),
        ScaleFormat::Pow2 => ("2^n", "A power of two kept as float32: multiplying is a shift"),
    }
}

/// Draws both, on a line that is laid out from the right; where it is tight, without the words before them.
pub(super) fn precision_ui(ctx: &mut PageContext<'_>, linear: &Linear, tight: bool, ui: &mut Ui) {
    let mut scale = linear.scale;
    let formats: Vec<(ScaleFormat, String, &str)> =
        ScaleFormat::ALL.into_iter().map(|format| (format, words(format).0.to_owned(), words(format).1)).collect();
    if select(ui, "Scale kept as", &mut scale, &formats).changed() {
        set(ctx, format!("S kept as {}", words(scale).0), None, Linear { scale, ..linear.clone() });
    }
    if !tight {
        label(ui, "S as");
    }
    let mut rounding = linear.rounding;
    let chance = match rounding {
        Rounding::Stochastic { .. } => rounding,
        _ => Rounding::Stochastic { bits: 8, seed: 0 },
    };
    let rules: Vec<(Rounding, String, &str)> =
        Rounding::ALL.into_iter().chain([chance]).map(|rule| (rule, rule_words(rule).to_owned(), "")).collect();
    if select(ui, "Rounding", &mut rounding, &rules).changed() {
        set(ctx, format!("Rounding: {}", rule_words(rounding)), None, Linear { rounding, ..linear.clone() });
    }
    if !tight {
        label(ui, "Rounding");
    }
}
