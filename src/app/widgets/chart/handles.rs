//! Vertical marks of a chart that can be dragged, or moved by keys and screen readers.

use egui::accesskit::Action;
use egui::{CursorIcon, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{Canvas, Moved, chart_series, focus};
use crate::app::theme;
use crate::app::view::chart::Across;

/// Across the grip of a mark that can be dragged.
const GRIP: f32 = 20.0;

impl Canvas<'_> {
    /// The grip of a mark at this place across.
    pub(super) fn grip(&self, at: f32) -> Rect {
        Rect::from_center_size(pos2(at, self.area.top() + 4.0), vec2(12.0, 16.0))
    }

    /// Grips on the marks that can be dragged.
    pub(super) fn handles(&self, ui: &Ui) -> Option<Moved> {
        let mut moved = None;
        for (place, mark) in self.chart.marks.iter().enumerate() {
            let (Some(name), Across::X) = (&mark.handle, mark.across) else { continue };
            let Some(at) = self.x.pixel(mark.value) else { continue };
            let at = at.clamp(self.area.left(), self.area.right());
            let hit = Rect::from_center_size(pos2(at, self.area.center().y), vec2(GRIP, self.area.height()));
            let response = ui.interact(hit, ui.scope_id().with(("handle", &self.chart.title, place)), Sense::drag());
            response.widget_info(|| WidgetInfo::slider(true, mark.value, name));
            let grip = self.grip(at);
            let color = chart_series::ink(mark.tone, self.tokens);
            let border = Stroke::new(theme::MARKER_RING, self.tokens.card);
            ui.painter().rect(grip, theme::RADIUS_BIT, color, border, StrokeKind::Outside);
            for side in [-2.0, 2.0] {
                let line = Stroke::new(theme::HAIRLINE, self.tokens.card);
                ui.painter().vline(at + side, grip.shrink(4.0).y_range(), line);
            }
            if response.drag_started() {
                response.request_focus();
            }
            theme::focus_ring(ui, &response, grip);
            if response.hovered() || response.dragged() {
                ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
            }
            let wanted = match response.interact_pointer_pos().filter(|_| response.dragged()) {
                Some(pointer) => Some(pointer.x),
                None => self.key_steps(ui, &response).map(|steps| at + steps * self.area.width() / 100.0),
            };
            if let Some(pixel) = wanted {
                let x = self.x.value(pixel.clamp(self.area.left(), self.area.right()));
                if x != mark.value {
                    moved = Some(Moved { mark: place, x, response });
                }
            }
        }
        moved
    }

    /// Hundredths of the axis that keys and a screen reader ask a handle to move by.
    fn key_steps(&self, ui: &Ui, response: &Response) -> Option<f32> {
        let asked = ui.input(|input| {
            let number = |action| input.num_accesskit_action_requests(response.id, action) as f32;
            number(Action::Increment) - number(Action::Decrement)
        });
        let keys = if response.has_focus() {
            focus::lock_arrows(ui, response, true, false);
            let coarse = if ui.input(|input| input.modifiers.shift) { 10.0 } else { 1.0 };
            focus::steps(ui, Key::ArrowLeft, Key::ArrowRight) as f32 * coarse
        } else {
            0.0
        };
        Some(asked + keys).filter(|steps| *steps != 0.0)
    }
}
