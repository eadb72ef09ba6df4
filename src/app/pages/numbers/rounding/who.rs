//! Who stores what: the same number as libraries and specifications store it, and where they disagree.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::numbers::bits::strip;
use crate::app::theme::{self, tokens};
use crate::app::view::numerals;
use crate::app::view::rounding::{self, Column};
use crate::app::widgets::button;
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::engine::number::presets::Preset;
use crate::engine::number::{Format, Input, find};

/// The formats of the matrix.
const FORMATS: [&str; 7] = ["fp16", "bf16", "e5m2", "e4m3fn", "e4m3fnuz", "e2m1fn", "e8m0"];

/// Numbers on which libraries part, with what to look for.
const EXAMPLES: [(&str, &str); 8] = [
    ("464", "A tie beyond 448"),
    ("465", "Beyond the range of E4M3FN"),
    ("inf", "An incoming infinity"),
    ("nan", "A format without NaN has to choose"),
    ("-0", "FNUZ has no −0"),
    ("0.75", "E8M0 has no agreed rounding"),
    ("61440", "The tie beyond E5M2"),
    ("1e-9", "Below every narrow format"),
];

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, rest: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let number = numbers.value.number(numbers.format);
    let formats: Vec<Format> = FORMATS.iter().filter_map(|name| find(name)).map(|row| row.format).collect();
    let columns = ctx.state.numbers.matrix.get(&number, |number| rounding::matrix(&formats, number)).clone();
    let at_odds = columns.iter().filter(|column| column.disagree).count();
    let title = format!("{} as eight of them store it", rounding::number_text(&number));
    let subtitle = match at_odds {
        0 => "all agree".to_owned(),
        1 => "they disagree in one format".to_owned(),
        count => format!("they disagree in {count} formats"),
    };
    let mut typed = None;
    let look = PlotLook::of(ctx.presenting);
    let card = Card::new(&title).subtitle(&subtitle).trailing(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (text, hint) in EXAMPLES.into_iter().rev() {
            let response = button::plain(ui, &numerals::screen(text));
            if response.clicked() {
                typed = Some(text);
            }
            response.on_hover_text(hint);
        }
    });
    card.show(ui, rest, |ui| {
        figure::table_area(ui, &title, || rounding::matrix_table(&title, &columns));
        matrix_ui(ui, &columns, &look);
    });
    if let Some(text) = typed {
        let format = ctx.setup().numbers.format;
        if let Ok(input) = Input::parse(text, format) {
            ctx.edit(format!("Value {text}"), None, move |setup| setup.numbers.value = input.clone());
        }
    }
}

fn matrix_ui(ui: &mut Ui, columns: &[Column], look: &PlotLook) {
    let tokens = tokens(ui);
    let area = ui.available_rect_before_wrap();
    let head = 30.0;
    let foot = 40.0;
    let left = 156.0;
    let width = (area.width() - left) / columns.len().max(1) as f32;
    let height = ((area.height() - head - foot) / Preset::ALL.len() as f32).clamp(26.0, 54.0);
    for (index, column) in columns.iter().enumerate() {
        let center = pos2(area.left() + left + (index as f32 + 0.5) * width, area.top() + head / 2.0);
        let (font, color) =
            if column.disagree { (theme::title(), tokens.error) } else { (theme::title(), tokens.text) };
        ui.painter().text(center, Align2::CENTER_CENTER, &column.title, font, color);
    }
    let mut hint = None;
    for (row, preset) in Preset::ALL.into_iter().enumerate() {
        let top = area.top() + head + row as f32 * height;
        let y = top + height / 2.0;
        ui.painter().hline(area.x_range(), top, (theme::HAIRLINE, tokens.grid));
        let at = pos2(area.left(), y);
        ui.painter().text(at, Align2::LEFT_CENTER, preset.title(), theme::body(), tokens.text);
        for (index, column) in columns.iter().enumerate() {
            let Some(cell) = column.cells.get(row) else { continue };
            let place = Rect::from_min_size(pos2(area.left() + left + index as f32 * width, top), vec2(width, height))
                .shrink(2.0);
            // Where they disagree, equal answers have the same ground: the first answer white, the next ones coloured.
            let fill = match cell.group.filter(|_| column.disagree) {
                Some(1) => Some(tokens.warn_soft),
                Some(2) => Some(tokens.error_soft),
                Some(group) if group > 2 => Some(tokens.accent_soft),
                _ => None,
            };
            if let Some(fill) = fill {
                ui.painter().rect_filled(place, theme::RADIUS_BIT, fill);
            }
            let color = if cell.group.is_none() { tokens.muted } else { tokens.text };
            let galley = theme::truncated(ui, &cell.text, theme::cell(14.0), color, place.width() - 6.0);
            ui.painter().galley(place.center() - galley.size() / 2.0, galley, color);
            let response = ui.interact(place, ui.scope_id().with((row, index)), Sense::hover());
            let words = format!("{}, {}: {}", preset.title(), column.title, cell.text);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Cell, true, words.as_str()));
            if response.hovered() {
                hint = Some(format!("{words}, {}", cell.detail));
            }
        }
    }
    let line = Rect::from_min_max(pos2(area.left(), area.bottom() - 30.0), area.max);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(line));
    let band = strip(&mut child, 28.0);
    let words =
        hint.unwrap_or_else(|| "Red heads: they disagree. Point at a cell for its code and what to know".to_owned());
    let galley = theme::truncated(ui, &words, look.caption.clone(), tokens.muted, band.width() - 20.0);
    ui.painter().galley(pos2(band.left() + 10.0, band.center().y - galley.size().y / 2.0), galley, tokens.muted);
}
