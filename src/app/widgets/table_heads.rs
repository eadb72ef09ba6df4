//! Heads of a table's columns: a click sorts by one.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::plot::PlotLook;
use crate::app::theme::{self, tokens};

/// The head of a column.
pub struct Head<'a> {
    /// What it says.
    pub title: &'a str,
    /// Where it begins and ends, from the table's left edge, in points.
    pub ends: [f32; 2],
    /// Whether it stands at its right end, as numbers do.
    pub to_right: bool,
    /// Where rows are sorted by it: whether the largest comes first.
    pub sorted: Option<bool>,
}

/// Draws a line of heads, `height` points high; the place of the one that was clicked.
pub fn table_heads(ui: &mut Ui, heads: &[Head<'_>], height: f32, look: &PlotLook) -> Option<usize> {
    let tokens = tokens(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let mut clicked = None;
    for (index, head) in heads.iter().enumerate() {
        let arrow = head.sorted.map_or("", |descending| if descending { " ▼" } else { " ▲" });
        let font = if head.sorted.is_some() { theme::semibold(look.caption.size) } else { look.caption.clone() };
        let color = if head.sorted.is_some() { tokens.text } else { tokens.muted };
        let [left, right] = head.ends.map(|end| line.left() + end);
        let place = Rect::from_min_max(pos2(left, line.top()), pos2(right, line.bottom()));
        let galley = theme::truncated(ui, &format!("{}{arrow}", head.title), font, color, place.width());
        let at = if head.to_right { place.right() - galley.size().x } else { place.left() };
        ui.painter().galley(pos2(at, line.center().y - galley.size().y / 2.0), galley, color);
        let response = ui.interact(place, ui.scope_id().with(("head", head.title)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sort by {}", head.title)));
        theme::focus_ring(ui, &response, place);
        if response.clicked() {
            clicked = Some(index);
        }
    }
    clicked
}
