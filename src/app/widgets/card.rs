//! Cards: the only boxes on the canvas. Pages lay them out by rectangle.

use egui::{Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};

/// Where a card's content starts below its top.
pub const CONTENT: f32 = theme::CONTENT_TOP;

/// Draws a card into `rect` with its title, a subtitle beside it, and its content below.
pub fn card<R>(ui: &mut Ui, rect: Rect, title: &str, subtitle: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    with_head(ui, rect, title, subtitle, 0.0, content)
}

/// A card whose head keeps `room` free at its right end, for a control or a number that is drawn there.
pub fn with_head<R>(
    ui: &mut Ui,
    rect: Rect,
    title: &str,
    subtitle: &str,
    room: f32,
    content: impl FnOnce(&mut Ui) -> R,
) -> R {
    heading(ui, rect, title, subtitle, room);
    let min = pos2(rect.left() + theme::PADDING, rect.top() + CONTENT);
    inside(ui, Rect::from_min_max(min, rect.max - vec2(theme::PADDING, 12.0)), title, content)
}

/// A card whose content brings its own margins, such as rows that are selected from edge to edge.
pub fn edge_to_edge<R>(ui: &mut Ui, rect: Rect, title: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    heading(ui, rect, title, "", 0.0);
    let min = pos2(rect.left() + 1.0, rect.top() + CONTENT);
    inside(ui, Rect::from_min_max(min, rect.max - vec2(1.0, 4.0)), title, content)
}

/// The box with its title and subtitle on one baseline.
fn heading(ui: &Ui, rect: Rect, title: &str, subtitle: &str, room: f32) {
    background(ui, rect);
    let tokens = tokens(ui);
    let (mut left, baseline) = (rect.left() + theme::PADDING, rect.top() + theme::TITLE_BASELINE);
    let limit = rect.right() - theme::PADDING - room;
    for (text, font, color) in [(title, theme::title(), tokens.text), (subtitle, theme::small(), tokens.muted)] {
        if text.is_empty() || limit - left < 30.0 {
            continue;
        }
        let galley = theme::truncated(ui, text, font, color, limit - left);
        let at = theme::on_baseline(&galley, left, baseline);
        left += galley.size().x + 10.0;
        ui.painter().galley(at, galley, color);
    }
}

/// Draws a card without a title; `name` keeps its content's state apart.
pub fn plain<R>(ui: &mut Ui, rect: Rect, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    background(ui, rect);
    inside(ui, rect.shrink2(vec2(theme::PADDING, 12.0)), name, content)
}

/// The box itself, for what fills it on its own.
pub(super) fn background(ui: &Ui, rect: Rect) {
    let tokens = tokens(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect_stroke(rect, theme::RADIUS_CARD, border, StrokeKind::Inside);
}

fn inside<R>(ui: &mut Ui, rect: Rect, salt: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().id_salt(("card", salt)).max_rect(rect));
    // Focus rings and the ends of axis labels reach a little over the content's edge.
    child.set_clip_rect(rect.expand(6.0).intersect(ui.clip_rect()));
    content(&mut child)
}

/// Why a card shows nothing, in its middle.
pub fn nothing(ui: &Ui, text: &str) {
    let color = tokens(ui).muted;
    let rect = ui.max_rect();
    let response = ui.interact(rect, ui.scope_id().with("nothing"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let galley = ui.painter().layout(text.to_owned(), theme::body(), color, rect.width());
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
}
