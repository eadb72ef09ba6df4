//! Three columns: what stays and what is saved.

use egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};
use crate::app::view::float_integer::{self as view, NAMES, Origin};
use crate::app::widgets::figure;
use crate::engine::network::quantized::Comparison;

/// Share of the width that the names of the rows take; in a hall they are larger.
const NAMES_SHARES: [f32; 2] = [0.31, 0.36];

/// Draws the table into the space that is left.
pub fn ui(ui: &mut Ui, comparison: &Comparison, stale: bool, presenting: bool) {
    let tokens = tokens(ui.ctx());
    let fade = |color: Color32| if stale { color.gamma_multiply(theme::STALE) } else { color };
    figure::table_area(ui, "One network, computed three ways", || view::table(comparison));
    let area = ui.available_rect_before_wrap();
    let small = if presenting { theme::regular(15.0) } else { theme::small() };
    let (text, mono) =
        if presenting { (theme::regular(16.0), FontId::monospace(16.0)) } else { (theme::control(), theme::mono()) };
    let names_share = NAMES_SHARES[usize::from(presenting)];
    let columns = area.width() * (1.0 - names_share) / 3.0;
    // Seven digits and signs are some four times as wide as they are high.
    let big = theme::semibold(if presenting { (columns / 4.8).clamp(20.0, 36.0) } else { 27.0 });
    let left = |column: usize| area.left() + area.width() * names_share + columns * column as f32;
    let colors = [tokens.real, tokens.text, tokens.accent];
    let painter = ui.painter().clone();

    let heads = view::heads(comparison);
    let scale = if presenting { 1.3 } else { 1.0 };
    let lines = [8.0, 32.0, 58.0].map(|y| area.top() + y * scale);
    for (column, ((name, head), color)) in NAMES.iter().zip(&heads).zip(colors).enumerate() {
        let x = left(column);
        painter.text(pos2(x, lines[0]), Align2::LEFT_CENTER, name, theme::semibold(small.size + 1.0), color);
        painter.text(pos2(x, lines[1]), Align2::LEFT_CENTER, &head.accuracy, big.clone(), fade(color));
        painter.text(pos2(x, lines[2]), Align2::LEFT_CENTER, &head.interval, small.clone(), fade(tokens.muted));
        let hit = Rect::from_min_size(pos2(x, area.top()), vec2(columns, lines[2] + 8.0 - area.top()));
        let response = ui.interact(hit, ui.scope_id().with(("head", column)), Sense::hover());
        let said = format!("{name}: {} right, 95 % interval {}", head.accuracy, head.interval);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_text("Share of right answers with its 95 % interval (Wilson)");
    }
    painter.text(pos2(area.left(), lines[1]), Align2::LEFT_CENTER, "Right answers", text.clone(), tokens.text);
    painter.text(pos2(area.left(), lines[2]), Align2::LEFT_CENTER, "95 % interval", small.clone(), tokens.muted);

    let rows = view::rows(comparison);
    let foot = small.size + 14.0;
    let top = lines[2] + 14.0 * scale;
    let height = ((area.bottom() - foot - top) / rows.len() as f32).clamp(20.0, 46.0);
    for (index, row) in rows.iter().enumerate() {
        let y = top + (index as f32 + 0.5) * height;
        let line = pos2(area.left(), y - height / 2.0)..=pos2(area.right(), y - height / 2.0);
        painter.line_segment([*line.start(), *line.end()], (theme::HAIRLINE, tokens.hair));
        let room = area.width() * names_share - 10.0;
        let estimated = row.origin == Origin::Estimated;
        let word = theme::truncated(ui, if estimated { "estimated" } else { "" }, small.clone(), tokens.warn, 90.0);
        let name = theme::truncated(ui, row.name, text.clone(), tokens.text, room - word.size().x - 8.0);
        let at = pos2(area.left(), y - name.size().y / 2.0);
        painter.galley(pos2(at.x + name.size().x + 8.0, y - word.size().y / 2.0), word, tokens.warn);
        painter.galley(at, name, tokens.text);
        for (column, (value, color)) in row.values.iter().zip(colors).enumerate() {
            let x = left(column);
            let galley = theme::truncated(ui, &value.text, mono.clone(), fade(color), columns - 6.0);
            let note_at = x + galley.size().x + 9.0;
            painter.galley(pos2(x, y - galley.size().y / 2.0), galley, color);
            let room = x + columns - 6.0 - note_at;
            let note = theme::truncated(ui, &value.note, small.clone(), fade(tokens.muted), room.max(1.0));
            // Half a comparison says nothing; the hall reads it off the numbers.
            if !note.elided {
                painter.galley(pos2(note_at, y - note.size().y / 2.0), note, tokens.muted);
            }
        }
        let hit = Rect::from_center_size(pos2(area.center().x, y), vec2(area.width(), height));
        let response = ui.interact(hit, ui.scope_id().with(("row", index)), Sense::hover());
        let values: Vec<String> = NAMES
            .iter()
            .zip(&row.values)
            .map(|(name, value)| format!("{name} {} {}", value.text, value.note).trim_end().to_owned())
            .collect();
        let said = format!("{}{}: {}", row.name, if estimated { ", estimated" } else { "" }, values.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_text(row.hint);
    }
    let bottom = (top + height * rows.len() as f32 + foot / 2.0).min(area.bottom() - small.size / 2.0);
    let verdict = view::verdict(comparison);
    let galley = theme::truncated(ui, &verdict, theme::semibold(small.size + 1.0), fade(tokens.text), area.width());
    painter.galley(pos2(area.left(), bottom - galley.size().y / 2.0 + 4.0), galley, tokens.text);
    let hit = Rect::from_center_size(pos2(area.center().x, bottom + 4.0), vec2(area.width(), foot));
    let response = ui.interact(hit, ui.scope_id().with("verdict"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &verdict));
}
