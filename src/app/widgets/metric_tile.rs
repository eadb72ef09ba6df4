//! One number with its name.

use std::sync::Arc;

use egui::{Color32, FontId, Galley, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

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
    metric_tile_with(ui, rect, metric, if stale { "updating" } else { "" }, None);
}

/// Draws the tile of a number that is compared to a pinned scheme's.
pub fn metric_tile_vs_pinned(ui: &Ui, rect: Rect, metric: &Metric, stale: bool, delta: &Delta) {
    metric_tile_with(ui, rect, metric, if stale { "updating" } else { "" }, Some(delta));
}

/// Draws the tile; where `staleness` is not empty the number is of an older setting, and the word says why.
pub fn metric_tile_with(ui: &Ui, rect: Rect, metric: &Metric, staleness: &str, delta: Option<&Delta>) {
    let stale = !staleness.is_empty();
    background(ui, rect);
    let (tokens, painter) = (tokens(ui), ui.painter());
    let (left, right) = (rect.left() + PADDING, rect.right() - PADDING);
    let (top, middle, baseline) = (rect.top() + 17.0, rect.top() + 43.0, rect.top() + 49.0);

    let color = if stale { tokens.text.gamma_multiply(theme::STALE) } else { tokens.text };
    let unit = painter.layout_no_wrap(metric.unit.to_owned(), theme::body(), tokens.muted);
    let unit_room = if metric.unit.is_empty() { 0.0 } else { unit.size().x + 7.0 };
    // A long number (1.000e−12) shrinks rather than being cut.
    let lay_out = |size: f32| painter.layout_no_wrap(metric.value.clone(), theme::semibold(size), color);
    let fitting = |room: f32| {
        let sizes = [22.0, 19.0, 16.0];
        sizes.into_iter().map(lay_out).find(|galley| galley.size().x + unit_room <= room)
    };
    let room = right - left;
    let beside = delta.and_then(|delta| fitting(room - 8.0 - delta_width(ui, delta)));
    let caption = match delta {
        _ if stale => staleness,
        Some(_) if beside.is_some() => "vs pinned",
        _ => "",
    };
    let mut name_room = room;
    if let Some(delta) = delta {
        // Where a long number leaves no room beside it, the difference stands above it, in the caption's place.
        delta_ui(ui, pos2(right, if beside.is_some() { middle } else { top }), delta);
        name_room -= if beside.is_some() { 0.0 } else { delta_width(ui, delta) + 6.0 };
    }
    let name = theme::truncated(ui, metric.name, theme::small(), tokens.muted, name_room);
    let caption = painter.layout_no_wrap(caption.to_owned(), theme::small(), tokens.muted);
    // In a narrow tile the name goes before the caption.
    if name.size().x + 6.0 + caption.size().x <= name_room {
        painter.galley(pos2(right - caption.size().x, top - caption.size().y / 2.0), caption, tokens.muted);
    }
    painter.galley(pos2(left, top - name.size().y / 2.0), name, tokens.muted);
    let value = beside.or_else(|| fitting(room)).unwrap_or_else(|| lay_out(14.0));
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

/// The texts of a difference: the arrow says where the number went, the colour whether that is good.
fn delta_galleys(ui: &Ui, delta: &Delta) -> (Arc<Galley>, Arc<Galley>, Color32) {
    let tokens = tokens(ui);
    let color = if delta.better { tokens.good } else { tokens.error };
    let arrow = if delta.up { "▲" } else { "▼" };
    let lay_out = |text: &str, font: FontId| ui.painter().layout_no_wrap(text.to_owned(), font, color);
    (lay_out(arrow, theme::small()), lay_out(&delta.amount, theme::semibold(14.0)), color)
}

fn delta_width(ui: &Ui, delta: &Delta) -> f32 {
    let (arrow, amount, _) = delta_galleys(ui, delta);
    arrow.size().x + 4.0 + amount.size().x
}

fn delta_ui(ui: &Ui, right_center: Pos2, delta: &Delta) {
    let (arrow, amount, color) = delta_galleys(ui, delta);
    let at = right_center - vec2(amount.size().x, amount.size().y / 2.0);
    ui.painter().galley(at, amount, color);
    let at = pos2(at.x - 4.0 - arrow.size().x, right_center.y - arrow.size().y / 2.0);
    ui.painter().galley(at, arrow, color);
}
