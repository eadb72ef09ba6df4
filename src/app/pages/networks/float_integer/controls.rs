//! Network, calibration, scales, and the two widths.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::networks::choice::{data_ui, label, network_ui, preprocessing_ui};
use crate::app::theme::{self, tokens};
use crate::app::widgets::bits_slider::named_bits_slider;
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::network::Normalization;
use crate::engine::network::quantized::IntegerScheme;
use crate::engine::quantize::{Clip, Per};

/// Width of a slider with its number.
const SLIDER: f32 = 262.0;

/// Draws the card: in one row, or with the sliders below where it is narrow.
///
/// `trained` is what the network was trained with, once it is known.
pub fn ui(ctx: &mut PageContext<'_>, trained: Option<Normalization>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let narrow = inner.width() < 970.0;
        let wide = if narrow { (inner.width() - 16.0) / 2.0 } else { SLIDER };
        let sliders_left = inner.right() - 2.0 * wide - 16.0;
        let (rows, top) = if narrow {
            (Rect::from_min_max(inner.min, pos2(inner.right(), inner.top() + 76.0)), inner.top() + 80.0)
        } else {
            (Rect::from_min_max(inner.min, pos2(sliders_left - 12.0, inner.bottom())), inner.top())
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("choices").max_rect(rows));
        child.set_clip_rect(rows.expand(4.0).intersect(ui.clip_rect()));
        child.spacing_mut().item_spacing.y = 8.0;
        child.horizontal(|ui| {
            network_ui(ctx, ui);
            data_ui(ctx, ui);
            preprocessing_ui(ctx, trained, ui);
        });
        child.horizontal(|ui| choices_ui(ctx, ui));
        for (index, name) in ["Weight bits", "Activation bits"].into_iter().enumerate() {
            let left = sliders_left + index as f32 * (wide + 16.0);
            let place = Rect::from_min_size(pos2(left, top), vec2(wide, inner.bottom() - top));
            slider_ui(ctx, index == 0, name, place, ui);
        }
    });
}

fn choices_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let now = ctx.setup().network.integer.clone();
    let mut clip = now.clip;
    let mut options = vec![
        (Clip::MinMax, "Min–max".to_owned(), "From the smallest to the largest activation"),
        (Clip::Percentile(99.9), "99.9 %".to_owned(), "The central 99.9 % of the activations"),
        (Clip::Mse, "MSE".to_owned(), "The range with the least squared error"),
        (Clip::Kl, "KL".to_owned(), "The range whose quantized histogram diverges least (TensorRT)"),
    ];
    if options.iter().all(|(value, ..)| *value != clip) {
        let words = match clip {
            Clip::Percentile(percent) => format!("{percent} %"),
            Clip::Fixed { low, high } => format!("{low} … {high}"),
            _ => String::new(),
        };
        options.push((clip, words, ""));
    }
    label(ui, "Range");
    if select(ui, "Calibration", &mut clip, &options).changed() {
        let words = options.iter().find(|(value, ..)| *value == clip).map_or("", |(_, words, _)| words);
        change(ctx, format!("Calibration {words}"), None, IntegerScheme { clip, ..now.clone() });
    }
    let mut per = now.per;
    let options = [(Per::Channel(0), "Per channel"), (Per::Tensor, "Per tensor")];
    if segmented(ui, "Scales of weights", &mut per, &options).changed() {
        let words = if per == Per::Tensor { "Weights: one scale a tensor" } else { "Weights: one scale a channel" };
        change(ctx, words.to_owned(), None, IntegerScheme { per, ..now });
    }
}

fn slider_ui(ctx: &mut PageContext<'_>, weights: bool, name: &'static str, rect: Rect, ui: &mut Ui) {
    let muted = tokens(ui.ctx()).muted;
    let caption = if weights { "Weights" } else { "Activations" };
    ui.painter().text(rect.min + vec2(4.0, -2.0), egui::Align2::LEFT_TOP, caption, theme::control(), muted);
    let now = ctx.setup().network.integer.clone();
    let mut bits = u32::from(if weights { now.weights } else { now.activations });
    let before = bits;
    let place = Rect::from_min_max(rect.min + vec2(0.0, 20.0), rect.max);
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(place));
    let response = named_bits_slider(&mut child, name, &mut bits, true);
    let gesture = ctx.state.gestures.of(&response);
    // A symmetric weight needs a sign and a step.
    let least = if weights { *IntegerScheme::WEIGHTS.start() } else { *IntegerScheme::ACTIVATIONS.start() };
    let width = (bits as u8).max(least);
    if u32::from(width) != before {
        let scheme =
            if weights { IntegerScheme { weights: width, ..now } } else { IntegerScheme { activations: width, ..now } };
        change(ctx, format!("{name} {width}"), gesture, scheme);
    }
    if weights {
        response.on_hover_text("Symmetric codes need at least 2 bits");
    }
}

fn change(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, scheme: IntegerScheme) {
    ctx.edit(what, gesture, move |setup| setup.network.integer = scheme.clone());
}
