//! The view All codes: the map of narrow formats, and every code as a row of a table.

use egui::{Align2, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bits::class_name;
use super::{controls, scrolled, side};
use crate::app::context::PageContext;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::code_table::{Order, Row};
use crate::app::view::{code_map, code_table, format, format_words, numerals};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::segmented::segmented;
use crate::engine::number::Format;

/// Height of a row of the table.
const ROW: f32 = 24.0;

struct Areas {
    controls: Rect,
    map: Option<Rect>,
    table: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool, with_map: bool) -> Self {
        let low = if presenting { controls::LOW } else { controls::HEIGHT };
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), low));
        let top = controls.bottom() + GAP;
        let rest = Rect::from_min_max(pos2(canvas.left(), top), canvas.max);
        if !with_map {
            return Self { controls, map: None, table: rest, height: canvas.height() };
        }
        if canvas.width() < 1000.0 && !presenting {
            let map = Rect::from_min_size(rest.min, vec2(rest.width(), 420.0));
            let table = Rect::from_min_size(pos2(rest.left(), map.bottom() + GAP), vec2(rest.width(), 420.0));
            return Self { controls, map: Some(map), table, height: table.bottom() - canvas.top() };
        }
        let split = rest.left() + (rest.width() * 0.52).round();
        Self {
            controls,
            map: Some(Rect::from_min_max(rest.min, pos2(split - GAP, rest.bottom()))),
            table: Rect::from_min_max(pos2(split, rest.top()), rest.max),
            height: canvas.height(),
        }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let with_map = ctx.setup().numbers.format.bits() <= code_map::WIDEST;
    let height = Areas::new(canvas, presenting, with_map).height;
    scrolled(ui, "codes", height, |ui, page| {
        let canvas = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(canvas, presenting, with_map);
        if presenting {
            controls::low_card_ui(ctx, areas.controls, ui);
        } else {
            controls::card_ui(ctx, areas.controls, Some(controls::value_ui), ui, controls::formats_ui);
        }
        if let Some(rect) = areas.map {
            side::map_card(ctx, rect, ui);
        }
        table_card(ctx, areas.table, ui);
    });
}

/// A column: head, share of the width where it ends, whether it is aligned to that end.
type Column = (&'static str, f32, bool);

/// The columns.
const COLUMNS: [Column; 5] = [
    ("Code", 0.13, false),
    ("Bits", 0.42, false),
    ("Value", 0.66, true),
    ("To the next", 0.84, true),
    ("Class", 1.0, true),
];

/// Where there is less room than this, the step to the next value is left out.
const ROOM_FOR_STEPS: f32 = 460.0;

/// The columns without the step, which takes no room.
const NARROW: [Column; 5] =
    [("Code", 0.15, false), ("Bits", 0.46, false), ("Value", 0.76, true), ("", 0.76, true), ("Class", 1.0, true)];

fn columns_of(width: f32) -> [Column; 5] {
    if width < ROOM_FOR_STEPS { NARROW } else { COLUMNS }
}

fn table_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (shown, selected) = (numbers.format, numbers.code());
    let title = format_words::title(shown);
    if shown.bits() > code_table::WIDEST {
        card::card(ui, rect, "Every code", &title, |ui| {
            let count = if shown.bits() == 64 { "2⁶⁴".to_owned() } else { format::count(1 << shown.bits()) };
            card::nothing(ui, &format!("{title} has {count} codes; formats of up to 16 bits are listed"));
        });
        return;
    }
    let before = numbers.drawn.order;
    let mut order = before;
    let subtitle = format!("{title}, {} codes", format::count(shown.last_code() + 1));
    let mut copy = false;
    let card = Card::new("Every code").subtitle(&subtitle).trailing(|ui| {
        segmented(ui, "Order", &mut order, &[(Order::Code, "By code"), (Order::Value, "By value")]);
        copy = button::plain(ui, "Copy CSV").clicked();
    });
    let chosen = card.show(ui, rect, |ui| {
        figure::table_area(ui, "Every code", || code_table::table(shown));
        let rows = ctx.state.numbers.table.get(&(shown, before), |(format, order)| code_table::codes(*format, *order));
        table_ui(ui, shown, rows, selected, &mut ctx.state.numbers.table_at)
    });
    if order != before {
        let words = if order == Order::Code { "code" } else { "value" };
        ctx.edit(format!("Table by {words}"), None, move |setup| setup.numbers.drawn.order = order);
        // The code that is chosen comes into view in the new order.
        ctx.state.numbers.table_at = None;
    }
    if let Some(code) = chosen {
        controls::set_code(ctx, code, None);
    }
    if copy {
        ctx.copy("every code", code_table::table(shown).csv());
    }
}

/// Draws the rows in view; what was chosen by click or key.
fn table_ui(ui: &mut Ui, format: Format, codes: &[u64], selected: u64, scrolled_to: &mut Option<u64>) -> Option<u64> {
    let tokens = tokens(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    let mut left = head.left();
    for (title, end, right_aligned) in columns_of(head.width()) {
        let right = head.left() + head.width() * end;
        let (x, align) =
            if right_aligned { (right - 8.0, Align2::RIGHT_CENTER) } else { (left + 8.0, Align2::LEFT_CENTER) };
        ui.painter().text(pos2(x, head.center().y), align, title, theme::small(), tokens.muted);
        left = right;
    }
    let place = codes.iter().position(|code| *code == selected);
    let mut area = egui::ScrollArea::vertical().id_salt("codes").auto_shrink(false);
    // A code chosen elsewhere comes into view; scrolling by hand stays.
    if *scrolled_to != Some(selected)
        && let Some(place) = place
    {
        let middle = (place as f32 * ROW - ui.available_height() / 2.0).max(0.0);
        area = area.vertical_scroll_offset(middle);
        *scrolled_to = Some(selected);
    }
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, ROW, codes.len(), |ui, range| {
        for index in range {
            let code = codes[index];
            let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
            let row = code_table::row(format, code);
            let on = code == selected;
            response
                .widget_info(|| WidgetInfo::selected(Role::Row, true, on, format!("{} is {}", row.code, row.value)));
            row_ui(ui, line, &row, on, response.hovered());
            theme::focus_ring(ui, &response, line.shrink(2.0));
            if response.clicked() {
                response.request_focus();
                chosen = Some(code);
            }
            if response.has_focus() {
                crate::app::widgets::lock_arrows_of(ui, &response, false, true);
                let step = crate::app::widgets::steps_of(ui, Key::ArrowUp, Key::ArrowDown);
                let target = (place.unwrap_or(index) as i64 + i64::from(step)).clamp(0, codes.len() as i64 - 1);
                if step != 0 {
                    chosen = Some(codes[target as usize]);
                }
            }
        }
    });
    chosen.filter(|code| *code != selected)
}

fn row_ui(ui: &Ui, line: Rect, row: &Row, on: bool, hovered: bool) {
    let tokens = tokens(ui);
    let painter = ui.painter();
    if on {
        painter.rect_filled(line, theme::RADIUS_BIT, tokens.select);
        painter.rect_filled(Rect::from_min_size(line.min, vec2(4.0, line.height())), theme::RADIUS_BAR, tokens.accent);
    } else if hovered {
        painter.rect_filled(line, theme::RADIUS_BIT, tokens.hover);
    }
    let font = if on { theme::cell(13.0) } else { theme::mono() };
    let texts = [&row.code, &row.bits, &row.value, &row.step, &class_name(row.class).to_owned()];
    let mut left = line.left();
    for ((title, end, right_aligned), text) in columns_of(line.width()).into_iter().zip(texts) {
        let right = line.left() + line.width() * end;
        if title.is_empty() {
            continue;
        }
        let (x, align) =
            if right_aligned { (right - 8.0, Align2::RIGHT_CENTER) } else { (left + 8.0, Align2::LEFT_CENTER) };
        painter.text(pos2(x, line.center().y), align, numerals::screen(text), font.clone(), tokens.text);
        left = right;
    }
}
