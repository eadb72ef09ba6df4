//! The controls of the page about S and Z: mode, range, who shares, bits; and the outlier.

use egui::{Rect, Ui, pos2};

use super::{View, ends_with, set};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{column_in, label, row_in, title_field};
use crate::app::pages::tensor::per_words;
use crate::app::view::affine::{Real, parse_real, real};
use crate::app::view::granularity::OUTLIER_LIMIT;
use crate::app::view::ticks::nice_limit;
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::quantize::linear::derive_typed;
use crate::engine::quantize::{Clip, Linear, Per, Range};

/// Draws the card with the controls.
pub fn ui(ctx: &mut PageContext<'_>, view: &View, narrow: bool, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = (inner.width() * 0.30).max(250.0).min(inner.width());
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top() - 2.0), inner.max);
        if narrow {
            let line = |top: f32, right: f32| Rect::from_min_max(pos2(inner.left(), top), pos2(right, top + 28.0));
            let mut first = row_in(ui, "mode", line(inner.top() - 2.0, slider.left() - 12.0));
            mode_ui(ctx, view, &mut first);
            let mut second = row_in(ui, "range", line(inner.top() + 34.0, slider.left() - 12.0));
            range_ui(ctx, view, &mut second);
            per_ui(ctx, view, &mut second);
        } else {
            let mut row = row_in(ui, "row", Rect::from_min_max(inner.min, pos2(slider.left() - 12.0, inner.bottom())));
            mode_ui(ctx, view, &mut row);
            range_ui(ctx, view, &mut row);
            per_ui(ctx, view, &mut row);
        }
        let slider = Rect::from_min_max(slider.min, pos2(slider.right(), slider.top() + 48.0));
        let mut right = column_in(ui, "bits", slider);
        let mut bits = u32::from(view.linear.bits);
        let response = bits_slider(&mut right, &mut bits, true);
        let gesture = ctx.state.gestures.of(&response);
        if bits != u32::from(view.linear.bits) && !(bits == 1 && view.linear.range.needs_two_bits()) {
            let what = format!("Bits {} → {bits}", view.linear.bits);
            set(ctx, what, gesture, Linear { bits: bits as u8, ..view.linear.clone() });
        }
    });
}

fn mode_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let options = [(Range::Affine, "Asymmetric"), (Range::Restricted, "Symmetric"), (Range::Full, "Full range")];
    let mut range = view.linear.range;
    if segmented(ui, "Range", &mut range, &options).changed() && !(view.linear.bits == 1 && range.needs_two_bits()) {
        let name = options.iter().find(|(value, _)| *value == range).map_or("", |(_, name)| *name);
        let signed = view.linear.signed || range.is_symmetric();
        set(ctx, format!("Range: {}", name.to_lowercase()), None, Linear { range, signed, ..view.linear.clone() });
    }
    ui.add_space(6.0);
}

/// r_min and r_max by field, and back to the weights' own.
fn range_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let ends = [("r_min", view.derivation.r_min), ("r_max", view.derivation.r_max)];
    for (index, (name, end)) in ends.into_iter().enumerate() {
        label(ui, name);
        let mut typed = Real(end as f32);
        let parse = |text: &str| {
            let typed = parse_real(text)?;
            let (low, high) = ends_with(view, index, typed);
            derive_typed(&view.linear, f64::from(low), f64::from(high)).map_err(|error| error.to_string())?;
            Ok(Real(typed))
        };
        if value_field_over(ui, name, &mut typed, 78.0, parse).changed() {
            let (low, high) = ends_with(view, index, typed.0);
            let linear = Linear { clip: Clip::Fixed { low, high }, ..view.linear.clone() };
            set(ctx, format!("{name} {} → {}", real(end as f32), real(typed.0)), None, linear);
        }
    }
    let by_hand = Clip::Fixed { low: view.derivation.low as f32, high: view.derivation.high as f32 };
    let mut clips = vec![
        (Clip::MinMax, "Min–max".to_owned(), "From the smallest to the largest weight"),
        (Clip::Percentile(99.9), "99.9 %".to_owned(), "The central 99.9 % of the weights"),
        (Clip::Mse, "Least MSE".to_owned(), "The range with the least squared error"),
        (Clip::Kl, "Least KL".to_owned(), "The range whose histogram diverges least: TensorRT's entropy calibration"),
        (by_hand, "By hand".to_owned(), "Stays where it is put"),
    ];
    let mut clip = view.linear.clip;
    if let Clip::Percentile(percent) = clip
        && percent != 99.9
    {
        clips.push((clip, format!("{percent} %"), "The central share of the weights"));
    }
    if select(ui, "Clip", &mut clip, &clips).changed() {
        let name = clips.iter().find(|(value, ..)| *value == clip).map_or("", |(_, name, _)| name);
        set(ctx, format!("Range: {}", name.to_lowercase()), None, Linear { clip, ..view.linear.clone() });
    }
}

fn per_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    ui.add_space(4.0);
    label(ui, "Per");
    let mut choices = vec![Per::Tensor, Per::Channel(0), Per::Group(32)];
    let mut per = view.linear.per;
    if !choices.contains(&per) {
        choices.push(per);
    }
    let options: Vec<(Per, String, &str)> = choices.into_iter().map(|per| (per, per_words(per), "")).collect();
    if select(ui, "Per", &mut per, &options).changed() {
        set(ctx, format!("Per {}", per_words(per).to_lowercase()), None, Linear { per, ..view.linear.clone() });
    }
}

/// The weight of the largest magnitude as an outlier: on and off, and by field.
pub fn outlier_ui(view: &View, outlier: &mut Option<f32>, ui: &mut Ui) {
    let Some(value) = *outlier else {
        if view.values().len() > OUTLIER_LIMIT {
            button::disabled(ui, "Add an outlier", "For tensors of up to a million weights");
        } else if button::plain(ui, "Add an outlier").on_hover_text("In place of the largest weight").clicked() {
            // Some five times the largest weight: 10 for the lecture's matrix.
            let largest = f64::from(view.weights.summary.moments.max_abs());
            *outlier = Some(if largest > 0.0 { nice_limit(largest * 4.5) as f32 } else { 1.0 });
        }
        return;
    };
    if button::plain(ui, "Remove").clicked() {
        *outlier = None;
    }
    let mut typed = Real(value);
    let field = |ui: &mut Ui| value_field_over(ui, "Outlier", &mut typed, 78.0, |text| parse_real(text).map(Real));
    if title_field(ui, 78.0, field).changed() {
        *outlier = Some(typed.0);
    }
    label(ui, "Outlier");
}
