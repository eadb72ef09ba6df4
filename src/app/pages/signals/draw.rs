//! Drawing a signal on its plot, by pointer and by key.

use egui::{CursorIcon, Key, Rect, Sense, Stroke, Ui, WidgetInfo, pos2};

use crate::app::context::PageContext;
use crate::app::setup::signals::POINTS;
use crate::app::theme::{self, tokens};
use crate::app::view::axis::Axis;
use crate::app::view::format;
use crate::app::view::signal::{draw, refined};
use crate::app::widgets::focus;

/// Takes what is drawn on the area between the axes.
pub fn ui(ctx: &mut PageContext<'_>, (area, _, y): (Rect, Axis, Axis), ui: &mut Ui) {
    let points = ctx.setup().signals.points.clone();
    let response = ui.interact(area, ui.scope_id().with("drawing"), Sense::drag());
    let page = &mut ctx.state.signals;
    page.point = page.point.min(POINTS - 1);
    let at = page.point;
    let drawn = refined(&points, POINTS);
    response.widget_info(|| WidgetInfo::slider(true, drawn[at], "Drawn signal"));
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    if response.drag_started() {
        response.request_focus();
        page.pen = None;
    }
    let gesture = ctx.state.gestures.of(&response);
    let page = &mut ctx.state.signals;
    let pen = response.interact_pointer_pos().filter(|_| response.dragged()).map(|pointer| {
        let place = f64::from((pointer.x - area.left()) / area.width()).clamp(0.0, 1.0);
        (place, y.value(pointer.y.clamp(area.top(), area.bottom())))
    });
    if let Some(to) = pen {
        let from = page.pen.unwrap_or(to);
        page.pen = Some(to);
        page.point = (to.0 * (POINTS - 1) as f64).round() as usize;
        let next = draw(&drawn, from, to);
        if next[..] != points[..] {
            ctx.edit("Drew the signal", gesture, move |setup| setup.signals.points = next.clone().into());
        }
        return;
    }
    page.pen = None;
    if !response.has_focus() {
        return;
    }
    focus::lock_arrows(ui, &response, true, true);
    let place = at as f32 / (POINTS - 1) as f32;
    if let Some(up) = y.pixel(drawn[at]) {
        let center = pos2(area.left() + place * area.width(), up);
        ui.painter().circle_stroke(center, 8.0, Stroke::new(theme::FOCUS_LINE, tokens(ui).focus));
    }
    let along = focus::steps(ui, Key::ArrowLeft, Key::ArrowRight);
    page.point = at.saturating_add_signed(along as isize).min(POINTS - 1);
    let up = focus::steps(ui, Key::ArrowDown, Key::ArrowUp);
    if up != 0 {
        let coarse = if ui.input(|input| input.modifiers.shift) { 0.25 } else { 0.05 };
        let mut next = drawn;
        next[at] = ((next[at] + f64::from(up) * coarse).clamp(-2.0, 2.0) * 100.0).round() / 100.0;
        let what = format!("Point {} of {POINTS}: {}", at + 1, format::fixed(next[at], 2));
        ctx.edit(what, None, move |setup| setup.signals.points = next.clone().into());
    }
}
