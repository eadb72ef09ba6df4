//! Network, layers, quantizer, bits.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::networks::choice;
use crate::app::pages::tensor::{bits_ui, family_ui};
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::engine::network::{Layers, Normalization};

/// Width of the slider with its number.
const SLIDER: f32 = 290.0;

/// Draws the card; `trained` is what the network takes of a byte, once it is known.
pub fn ui(ctx: &mut PageContext<'_>, trained: Option<Normalization>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = SLIDER.min(inner.width() * 0.4);
        let left = Rect::from_min_max(inner.min, inner.max - vec2(slider_width + 12.0, 0.0));
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top()), inner.max);
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing.y = 2.0;
        rows.horizontal(|ui| {
            choice::network_ui(ctx, ui);
            choice::data_ui(ctx, ui);
            choice::preprocessing_ui(ctx, trained, ui);
            layers_ui(ctx, ui);
        });
        rows.horizontal(|ui| family_ui(ctx, ui));
        let mut right = ui.new_child(UiBuilder::new().max_rect(slider));
        bits_ui(ctx, &mut right);
    });
}

fn layers_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let mut layers = ctx.setup().network.layers;
    let options = [
        (Layers::All, "All layers"),
        (Layers::Convolution, "Convolution"),
        (Layers::FullyConnected, "Fully connected"),
    ];
    if segmented(ui, "Layers", &mut layers, &options).changed() {
        let words = options.iter().find(|(value, _)| *value == layers).map_or("", |(_, words)| words);
        ctx.edit(format!("Quantized: {}", words.to_lowercase()), None, move |setup| setup.network.layers = layers);
    }
}
