//! The controls: how much is pruned, of what, and how the rest is stored.

use egui::{Align, Layout, Rect, SliderClamping, Ui, UiBuilder, vec2};

use super::super::parts::label;
use super::{INDEX, change, set_amount, set_index};
use crate::app::context::PageContext;
use crate::app::theme;
use crate::app::view::format;
use crate::app::widgets::card;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::coding::SparseStudy;
use crate::engine::quantize::{Amount, Prune, Scheme, Scope};

pub(super) fn controls_ui(ctx: &mut PageContext<'_>, scheme: &Scheme, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let two_rows = rect.height() > 80.0;
    card::plain(ui, rect, "controls", |ui| {
        let direction = if two_rows { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Center) };
        let mut row = ui.new_child(UiBuilder::new().max_rect(ui.max_rect()).layout(direction));
        if two_rows {
            row.spacing_mut().item_spacing.y = 8.0;
            row.horizontal(|ui| amount_ui(ctx, scheme, study, ui));
            row.horizontal(|ui| storage_ui(ctx, scheme, ui));
        } else {
            amount_ui(ctx, scheme, study, &mut row);
            row.add_space(12.0);
            storage_ui(ctx, scheme, &mut row);
        }
    });
}

fn amount_ui(ctx: &mut PageContext<'_>, scheme: &Scheme, study: &SparseStudy, ui: &mut Ui) {
    let pruned = 1.0 - study.kept as f64 / study.weights.max(1) as f64;
    let share = match scheme.prune.map(|prune| prune.amount) {
        Some(Amount::Share(share)) => share,
        _ => pruned,
    };
    let scope = scheme.prune.map(|prune| prune.scope).unwrap_or_default();
    label(ui, "Pruned");
    let mut wanted = share * 100.0;
    ui.spacing_mut().slider_width = (ui.available_width() * 0.22).clamp(90.0, 220.0);
    let response = ui
        .add(egui::Slider::new(&mut wanted, 0.0..=99.0).step_by(1.0).clamping(SliderClamping::Edits).show_value(false));
    let response = response.accessible_name("Share pruned");
    let gesture = ctx.state.gestures.of(&response);
    if response.changed() {
        set_amount(ctx, Amount::Share(wanted.round() / 100.0), gesture);
    }
    label(
        ui,
        &if scope == Scope::Global {
            format!("{} of all, {} here", format::percent(share), format::percent(pruned))
        } else {
            format::percent(pruned)
        },
    );
    scope_ui(ctx, scope, share, ui);
    label(ui, "Threshold");
    // Five digits fit the field and are finer than anybody types.
    let mut threshold: f32 = format!("{:.4e}", study.threshold).parse().unwrap_or(study.threshold);
    let field = ui.allocate_ui(vec2(84.0, theme::CONTROL), |ui| {
        value_field_over(ui, "Threshold, typed", &mut threshold, 84.0, |text| {
            let typed = text.trim().parse::<f32>().ok().filter(|value| value.is_finite() && *value >= 0.0);
            typed.ok_or_else(|| "0 or more".to_owned())
        })
    });
    if field.inner.changed() {
        set_amount(ctx, Amount::Threshold(threshold), None);
    }
}

/// Whether the share is one of this tensor or of the whole model, with one threshold for all tensors.
fn scope_ui(ctx: &mut PageContext<'_>, now: Scope, share: f64, ui: &mut Ui) {
    let mut scope = now;
    if segmented(ui, "Share of", &mut scope, &[(Scope::Tensor, "Tensor"), (Scope::Global, "Model")]).changed() {
        let what = if scope == Scope::Global { "Share of the whole model" } else { "Share of each tensor" };
        ctx.edit(what, None, move |setup| {
            change(setup, |scheme| scheme.prune = Some(Prune { amount: Amount::Share(share), scope }));
        });
    }
}

fn storage_ui(ctx: &mut PageContext<'_>, scheme: &Scheme, ui: &mut Ui) {
    let index = scheme.storage.sparse.map_or(INDEX, |sparse| sparse.index);
    label(ui, "Index bits");
    let mut wanted = index;
    let options: Vec<(u8, String, &str)> = (1..=16).map(|bits| (bits, bits.to_string(), "")).collect();
    if select(ui, "Index bits", &mut wanted, &options).changed() {
        set_index(ctx, index, wanted);
    }
    let Some(bits) = scheme.bits() else { return };
    label(ui, "Values");
    let mut floats = ctx.setup().codebook.floats;
    let coded = format!("{bits}-bit codes");
    if segmented(ui, "Values", &mut floats, &[(true, "float32"), (false, coded.as_str())]).changed() {
        let what = if floats { "Values as float32" } else { "Values as codes" };
        ctx.edit(what, None, move |setup| setup.codebook.floats = floats);
    }
}
