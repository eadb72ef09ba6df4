//! The same integer with the binary point at every place.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{fixed, move_point, value_text};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Fixed;
use crate::app::theme::{self, tokens};
use crate::app::view::{code_table, numerals};
use crate::app::widgets::card;
use crate::app::widgets::figure;
use crate::engine::number::FixedFormat;

/// Draws the card; a click moves the point.
pub fn card_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, .. } = fixed(ctx);
    let integer = numerals::screen(&format.integer.integer(code).to_string());
    let subtitle = format!("{integer} × 2⁻ⁿ");
    let mut chosen = None;
    card::card(ui, rect, "The point moves, the bits stay", &subtitle, |ui| {
        let tokens = tokens(ui);
        figure::table_area(ui, "The point moves", || code_table::place_table(format, code));
        ui.spacing_mut().item_spacing.y = 0.0;
        let places = code_table::places(format);
        let height = (ui.available_height() / places.clone().count() as f32).clamp(24.0, 44.0);
        egui::ScrollArea::vertical().id_salt("places").auto_shrink(false).show(ui, |ui| {
            for fraction in places {
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
                let at = FixedFormat { fraction_bits: fraction, ..format };
                let value = value_text(at, code);
                // Where the bits cannot be read the power of two says where the point is.
                let shown = code_table::pointed(at, code)
                    .unwrap_or_else(|| format!("× {}", numerals::power((-fraction).into())));
                let words = format!("{} fraction bits: {value}", numerals::screen(&fraction.to_string()));
                let on = fraction == format.fraction_bits;
                response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, on, &words));
                if on {
                    ui.painter().rect_filled(line, theme::RADIUS_BIT, tokens.select);
                    let bar = Rect::from_min_size(line.min, vec2(4.0, line.height()));
                    ui.painter().rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
                } else if response.hovered() {
                    ui.painter().rect_filled(line, theme::RADIUS_BIT, tokens.hover);
                }
                let font = if on { theme::cell(14.0) } else { theme::mono() };
                let y = line.center().y;
                let painter = ui.painter();
                let left = pos2(line.left() + 12.0, y);
                painter.text(left, Align2::LEFT_CENTER, shown, font.clone(), tokens.text);
                painter.text(pos2(line.right() - 8.0, y), Align2::RIGHT_CENTER, value, font, tokens.text);
                theme::focus_ring(ui, &response, line.shrink(2.0));
                if response.clicked() {
                    chosen = Some(fraction);
                }
            }
        });
    });
    if let Some(fraction) = chosen {
        move_point(ctx, fraction, None);
    }
}
