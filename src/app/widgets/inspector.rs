//! One weight: its value, code, bits, reconstruction and error, and how it comes back.

use egui::text::LayoutJob;
use egui::{Align2, Color32, FontId, Role, Sense, TextFormat, Ui, WidgetInfo, pos2, vec2};

use super::bit_cells::bit_cells;
use super::plot::PlotLook;
use crate::app::theme::{self, Tokens};
use crate::app::view::format;
use crate::app::view::inspect::{Inspection, Role as Piece};

/// The card form; the card's title names the weight.
pub fn inspector(ui: &mut Ui, weight: &Inspection, bits: u32, look: &PlotLook) {
    let tokens = theme::tokens(ui.ctx());
    let [value, reconstruction, error] = weight.column_of_values();
    let share = weight.gap_share.map_or_else(|| format::NONE.to_owned(), |share| format::fixed(share, 2));
    row(ui, "value", &value, tokens.real, look);
    row(ui, "code", &weight.code_text(), tokens.accent, look);
    row(ui, "reconstruction", &reconstruction, tokens.accent, look);
    row(ui, "error", &error, tokens.text, look);
    row(ui, "error, share of the level gap", &share, tokens.text, look);
    ui.add_space(4.0);
    if let Ok(stored) = u32::from_str_radix(&weight.bits, 2) {
        bit_cells(ui, stored, bits);
    }
    ui.add_space(2.0);
    ui.label(egui::RichText::new(&weight.place).font(look.caption.clone()).color(tokens.muted));
    ui.add(
        egui::Label::new(formula(weight, FontId::new(look.caption.size + 2.0, theme::body().family), tokens)).wrap(),
    );
}

/// The one-line form, for a status bar.
pub fn inspector_line(ui: &mut Ui, weight: &Inspection, look: &PlotLook) {
    let tokens = theme::tokens(ui.ctx());
    ui.add(
        egui::Label::new(egui::RichText::new(weight.line()).font(look.caption.clone()).color(tokens.muted)).truncate(),
    );
}

/// A name on the left, a number on the right; one text for a screen reader.
fn row(ui: &mut Ui, name: &str, number: &str, color: Color32, look: &PlotLook) {
    let tokens = theme::tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), look.caption.size + 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {number}")));
    let painter = ui.painter();
    painter.text(pos2(rect.left(), rect.center().y), Align2::LEFT_CENTER, name, look.caption.clone(), tokens.muted);
    painter.text(pos2(rect.right(), rect.center().y), Align2::RIGHT_CENTER, number, look.mono.clone(), color);
}

/// The formula with its live numbers in the colours of what they are.
fn formula(weight: &Inspection, font: FontId, tokens: &Tokens) -> LayoutJob {
    let strong = theme::semibold(font.size);
    let mut job = LayoutJob::default();
    for (text, piece) in &weight.formula {
        let (font, color) = match piece {
            Piece::Symbol => (font.clone(), tokens.text),
            Piece::Real => (strong.clone(), tokens.real),
            Piece::Code | Piece::Result => (strong.clone(), tokens.accent),
        };
        job.append(text, 0.0, TextFormat::simple(font, color));
    }
    job
}
