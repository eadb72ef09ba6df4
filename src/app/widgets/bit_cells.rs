//! The bits of a code as cells.

use egui::{Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};

/// Space between cells.
const GAP: f32 = 3.0;

/// Draws the bits, most significant first; each cell as large as the width allows, up to the compact size of 28 × 32.
pub fn bit_cells(ui: &mut Ui, code: u32, bits: u32) -> Response {
    let tokens = tokens(ui);
    // Narrower cells could not hold a digit that reads from the back row.
    let width = ((ui.available_width() + GAP) / bits as f32 - GAP).clamp(17.0, 28.0).floor();
    let height = (width * 32.0 / 28.0).round();
    let size = vec2((width + GAP) * bits as f32 - GAP, height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let text = format!("{code:0width$b}", width = bits as usize);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Bits {text}")));
    for (index, digit) in text.chars().enumerate() {
        let min = pos2(rect.left() + index as f32 * (width + GAP), rect.top());
        let cell = Rect::from_min_size(min, vec2(width, height));
        ui.painter().rect_filled(cell, theme::RADIUS_BIT, tokens.code.fill);
        let font = theme::cell((width * 0.62).clamp(12.0, 17.0));
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, digit, font, tokens.code.text);
    }
    response
}
