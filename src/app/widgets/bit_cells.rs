//! The bits of a code as cells.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};

/// Draws the bits, most significant first; each cell as large as the width allows.
pub fn bit_cells(ui: &mut Ui, code: u32, bits: u32) {
    let tokens = tokens(ui.ctx());
    const GAP: f32 = 3.0;
    let width = ((ui.available_width() + GAP) / bits as f32 - GAP).clamp(12.0, 28.0);
    let height = width * 32.0 / 28.0;
    let size = vec2((width + GAP) * bits as f32 - GAP, height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let text = format!("{code:0width$b}", width = bits as usize);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Bits {text}")));
    for (index, digit) in text.chars().enumerate() {
        let min = pos2(rect.left() + index as f32 * (width + GAP), rect.top());
        let cell = Rect::from_min_size(min, vec2(width, height));
        ui.painter().rect_filled(cell, theme::RADIUS_BIT, tokens.accent);
        let font = theme::cell((width * 0.62).clamp(10.0, 17.0));
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, digit, font, tokens.on_accent);
    }
}
