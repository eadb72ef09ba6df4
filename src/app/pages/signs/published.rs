//! What others measured with one and two bits.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{column_in, columns, note};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signs::published::{Published, SLIDE, TABLES};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let mut place = ctx.state.signs.table.min(TABLES.len() - 1);
    let options: Vec<(usize, String, &str)> =
        TABLES.iter().enumerate().map(|(place, table)| (place, table.name.to_owned(), table.source)).collect();
    let (look, presenting) = (PlotLook::of(ctx.presenting), ctx.presenting);
    let shown = &TABLES[place];
    Card::new("What others lost")
        .trailing(|ui| {
            badge(ui, Badge::Published);
            if !presenting {
                select(ui, "Published table", &mut place, &options);
            }
        })
        .show(ui, rect, |ui| {
            figure::table_area(ui, shown.name, || shown.table());
            let area = ui.max_rect();
            let note_height = look.caption.size + 10.0;
            let foot = if presenting { 0.0 } else { 2.0 * note_height };
            table_ui(ui, shown, Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - foot)), &look);
            if presenting {
                return;
            }
            let bottom = Rect::from_min_max(pos2(area.left(), area.bottom() - foot + 2.0), area.max);
            let mut bottom = column_in(ui, "source", bottom);
            bottom.spacing_mut().item_spacing.y = 2.0;
            note(&mut bottom, shown.source);
            bottom.horizontal(|ui| {
                badge(ui, Badge::Slide);
                let words: Vec<String> =
                    SLIDE.iter().map(|(name, top1)| format!("{name} {}", format::fixed(*top1, 1))).collect();
                note(ui, &format!("ResNet-18, top-1: {}", words.join(", ")));
            });
        });
    ctx.state.signs.table = place;
}

fn table_ui(ui: &mut Ui, table: &Published, area: Rect, look: &PlotLook) {
    let tokens = tokens(ui);
    let size = look.caption.size;
    // Name and bits take what they need; a number with its difference is 12 digits wide at most. What does not fit is left out whole.
    let (name, bits) = (size * 10.5, size * 5.0);
    let fitting = ((area.width() - name - bits) / (size * 7.8)).max(1.0) as usize;
    let shown = table.columns.len().min(fitting);
    let each = (area.width() - name - bits) / shown as f32;
    let shares: Vec<f32> = [name, bits].into_iter().chain((0..shown).map(|_| each)).collect();
    let parts = columns(area, &shares, 8.0);
    let line = (area.height() / (table.rows.len() as f32 + 1.0)).clamp(size + 4.0, 48.0);
    let put = |ui: &Ui, column: usize, y: f32, text: &str, font: egui::FontId, color| -> f32 {
        let galley = theme::truncated(ui, text, font, color, parts[column].width());
        let left = if column < 2 { parts[column].left() } else { parts[column].right() - galley.size().x };
        ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, color);
        left
    };
    let head = area.top() + line / 2.0;
    for (column, text) in ["", "bits W, A"].iter().chain(&table.columns[..shown]).enumerate() {
        put(ui, column, head, text, look.caption.clone(), tokens.muted);
    }
    for (place, (name, bits, numbers)) in table.rows.iter().enumerate() {
        let top = area.top() + line * (place as f32 + 1.0);
        let y = top + line / 2.0;
        ui.painter().hline(area.x_range(), top, (theme::HAIRLINE, tokens.grid));
        put(ui, 0, y, name, theme::regular(size), tokens.text);
        put(ui, 1, y, bits, theme::regular(size), tokens.muted);
        let mut said = Vec::new();
        for (column, number) in numbers.iter().enumerate() {
            let change = table.change(place, column);
            let text = format::fixed(*number, if *number < 10.0 { 2 } else { 1 });
            let text = match &change {
                Some(change) => format!("{text} ({change})"),
                None => text,
            };
            let color = if change.is_some() { tokens.text } else { tokens.real };
            if column < shown {
                put(ui, column + 2, y, &text, theme::cell(size), color);
            }
            said.push(format!("{} {text}", table.columns[column]));
        }
        let hit = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), line));
        let response = ui.interact(hit, ui.scope_id().with(("published", place)), Sense::hover());
        let said = format!("{name}, {bits} bits, published: {}", said.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    }
}
