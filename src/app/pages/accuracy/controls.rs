//! Network, layers, quantizer, bits.

use egui::{Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::networks::choice;
use crate::app::pages::tensor::{bits_ui, family_ui};
use crate::app::setup::Widths;
use crate::app::study;
use crate::app::theme::{self, tokens};
use crate::app::view::bits::layers::widths_text;
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::engine::network::{Layers, Normalization};

/// Width of the slider with its number.
const SLIDER: f32 = 290.0;

/// In a card that is higher than this, the choice of layers has a line of its own.
const LINES: f32 = 100.0;

/// Draws the card; `trained` is what the network takes of a byte, once it is known.
pub fn ui(ctx: &mut PageContext<'_>, trained: Option<Normalization>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = SLIDER.min(inner.width() * 0.4);
        let left = Rect::from_min_max(inner.min, inner.max - vec2(slider_width + 12.0, 0.0));
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top()), inner.max);
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing.y = 8.0;
        let own_line = rect.height() > LINES;
        rows.horizontal(|ui| {
            choice::network_ui(ctx, ui);
            choice::data_ui(ctx, ui);
            choice::preprocessing_ui(ctx, trained, ui);
            if !own_line {
                layers_ui(ctx, ui);
            }
        });
        if own_line {
            rows.horizontal(|ui| layers_ui(ctx, ui));
        }
        rows.horizontal(|ui| family_ui(ctx, ui));
        let mut right = ui.new_child(UiBuilder::new().max_rect(slider));
        match ctx.setup().network.widths() {
            Some(widths) => each_ui(ctx, widths, &mut right),
            None => bits_ui(ctx, &mut right),
        }
    });
}

/// What takes the slider's place where every layer has a width of its own.
fn each_ui(ctx: &PageContext<'_>, widths: &[Option<u32>], ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let text = RichText::new(widths_text(widths)).font(theme::metric()).color(tokens.accent);
    ui.add(egui::Label::new(text).wrap());
    let hint = if ctx.presenting { "" } else { "Chosen under Layers; the keys 1 to 8 set all" };
    ui.label(RichText::new(hint).font(theme::small()).color(tokens.muted));
}

fn layers_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let network = &ctx.setup().network;
    let before = if network.widths().is_some() { None } else { Some(network.layers) };
    let mut chosen = before;
    let options = [
        (Some(Layers::All), "All layers"),
        (Some(Layers::Convolution), "Convolution"),
        (Some(Layers::FullyConnected), "Fully connected"),
        (None, "Each layer"),
    ];
    if !segmented(ui, "Layers", &mut chosen, &options).changed() {
        return;
    }
    let words = options.iter().find(|(value, _)| *value == chosen).map_or("", |(_, words)| words);
    let of = network.choice.network.clone();
    // Each layer starts at the width that it has.
    let widths = widths(ctx, before.unwrap_or_default());
    ctx.edit(format!("Quantized: {}", words.to_lowercase()), None, move |setup| match chosen {
        Some(layers) => {
            setup.network.layers = layers;
            setup.network.each = None;
        }
        None => setup.network.each = Some(Widths { network: of.clone(), bits: widths.clone() }),
    });
}

/// The widths that the layers have now.
fn widths(ctx: &mut PageContext<'_>, layers: Layers) -> Vec<Option<u32>> {
    let Some(subject) = study::subject_of(ctx) else { return Vec::new() };
    let Ok(subject) = subject.as_ref() else { return Vec::new() };
    let weights = subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
    weights.map(|parameter| ctx.scheme().bits().filter(|_| layers.take(parameter))).collect()
}
