//! One number with its name.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::card::background;
use crate::app::theme::{self, tokens};

/// Space left and right of the text.
const PADDING: f32 = 13.0;

/// A number to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its value, formatted.
    pub value: String,
    /// Its unit; may be empty.
    pub unit: &'static str,
    /// What it means, for the hover text.
    pub hint: &'static str,
}

/// The difference to a pinned scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// Without its sign, formatted.
    pub amount: String,
    /// Whether the number grew.
    pub up: bool,
    /// Whether that is an improvement.
    pub better: bool,
}

/// Draws the tile; a stale number keeps its place at 60 % and says so.
pub fn metric_tile(ui: &Ui, rect: Rect, metric: &Metric, stale: bool) {
    tile(ui, rect, metric, stale, None);
}

/// Draws the tile of a number that is compared to a pinned scheme's.
pub fn metric_tile_vs_pinned(ui: &Ui, rect: Rect, metric: &Metric, stale: bool, delta: &Delta) {
    tile(ui, rect, metric, stale, Some(delta));
}

fn tile(ui: &Ui, rect: Rect, metric: &Metric, stale: bool, delta: Option<&Delta>) {
    background(ui, rect);
    let (tokens, painter) = (tokens(ui), ui.painter());
    let (left, right) = (rect.left() + PADDING, rect.right() - PADDING);
    let caption = if stale {
        "updating"
    } else if delta.is_some() {
        "vs pinned"
    } else {
        ""
    };
    let top = rect.top() + 17.0;
    let name = painter.text(pos2(left, top), Align2::LEFT_CENTER, metric.name, theme::small(), tokens.muted);
    let caption_width = painter.layout_no_wrap(caption.to_owned(), theme::small(), tokens.muted).size().x;
    // In a narrow tile the name goes before the caption.
    if right - caption_width > name.right() + 6.0 {
        painter.text(pos2(right, top), Align2::RIGHT_CENTER, caption, theme::small(), tokens.muted);
    }

    let color = if stale { tokens.text.gamma_multiply(theme::STALE) } else { tokens.text };
    let mut room = right - left;
    if let Some(delta) = delta {
        room -= 8.0 + delta_ui(ui, pos2(right, rect.top() + 43.0), delta);
    }
    let unit = painter.layout_no_wrap(metric.unit.to_owned(), theme::body(), tokens.muted);
    let unit_room = if metric.unit.is_empty() { 0.0 } else { unit.size().x + 7.0 };
    // A long number (1.000e−12) shrinks rather than being cut.
    let lay_out = |size: f32| painter.layout_no_wrap(metric.value.clone(), theme::semibold(size), color);
    let fits = |size: &f32| lay_out(*size).size().x + unit_room <= room;
    let value = lay_out([22.0, 19.0, 16.0].into_iter().find(fits).unwrap_or(14.0));
    let baseline = rect.top() + 49.0;
    let value_right = left + value.size().x;
    painter.galley(theme::on_baseline(&value, left, baseline), value, color);
    painter.galley(theme::on_baseline(&unit, value_right + 7.0, baseline), unit, tokens.muted);

    let response = ui.interact(rect, ui.scope_id().with(("metric", metric.name)), Sense::hover());
    let mut said = format!("{} {} {}", metric.name, metric.value, metric.unit).trim_end().to_owned();
    if let Some(delta) = delta {
        let (sign, judgement) = (sign(delta.up), if delta.better { "better" } else { "worse" });
        said += &format!(", {sign}{} against the pinned scheme, {judgement}", delta.amount);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    if !metric.hint.is_empty() {
        response.on_hover_text(metric.hint);
    }
}

fn sign(up: bool) -> char {
    if up { '+' } else { '−' }
}

/// The arrow says where the number went, the colour whether that is good; returns the width.
fn delta_ui(ui: &Ui, right_center: egui::Pos2, delta: &Delta) -> f32 {
    let (tokens, painter) = (tokens(ui), ui.painter());
    let color: Color32 = if delta.better { tokens.good } else { tokens.error };
    let amount = painter.text(right_center, Align2::RIGHT_CENTER, &delta.amount, theme::semibold(14.0), color);
    let arrow = if delta.up { "▲" } else { "▼" };
    let at = amount.left_center() - vec2(4.0, 0.0);
    let arrow = painter.text(at, Align2::RIGHT_CENTER, arrow, theme::small(), color);
    right_center.x - arrow.left()
}
