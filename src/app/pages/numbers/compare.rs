//! The page Compare: one number through a chosen set of formats, row by row, with the ranges beside it.

use egui::{Align, Align2, Layout, Rect, Sense, Shape, Stroke, Ui, UiBuilder, pos2, vec2};

use super::formulas::hue;
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::icons::Icon;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::compare::{self, CompareRow};
use crate::app::view::stored::Loss;
use crate::app::view::{format_words, numerals};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::number::{CATALOGUE, Format, Input};

/// The numbers that show most, with what to look for.
pub const EXAMPLES: [(&str, &str); 8] = [
    ("70000", "Too large for FP16: infinity. BF16 holds it as 70144"),
    ("1.001", "BF16 has too few fraction bits: 1"),
    ("1e-6", "Too small for E4M3FN: 0"),
    ("0.1", "No binary format holds it exactly"),
    ("448", "The largest number of E4M3FN"),
    ("464", "Half-way beyond it: the tie goes to 448"),
    ("2.5", "The exercise: BF16 0x4020"),
    ("-7", "The exercise: FP16 0xC700"),
];

struct Areas {
    controls: Rect,
    table: Rect,
    ranges: Option<Rect>,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool, rows: usize) -> Self {
        let controls_height = if presenting { controls::LOW } else { controls::HEIGHT };
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), controls_height));
        let top = controls.bottom() + GAP;
        let least = HEAD + rows as f32 * ROW.0 + 56.0;
        let height = (canvas.bottom() - top).max(least);
        let with_ranges = canvas.width() >= 1000.0;
        let side = if with_ranges { (canvas.width() * 0.31).round().min(560.0) } else { 0.0 };
        let right = if with_ranges { canvas.right() - side - GAP } else { canvas.right() };
        let table = Rect::from_min_max(pos2(canvas.left(), top), pos2(right, top + height));
        let mut bottom = table.bottom();
        let ranges = if with_ranges {
            Some(Rect::from_min_max(pos2(right + GAP, top), pos2(canvas.right(), top + height)))
        } else if presenting {
            None
        } else {
            let rect = Rect::from_min_size(pos2(canvas.left(), bottom + GAP), vec2(canvas.width(), least));
            bottom = rect.bottom();
            Some(rect)
        };
        Self { controls, table, ranges, height: bottom - canvas.top() }
    }
}

/// Height of the heads, and least and most height of a row.
const HEAD: f32 = 24.0;
const ROW: (f32, f32) = (32.0, 96.0);

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let count = ctx.setup().numbers.compared.len();
    let height = Areas::new(canvas, presenting, count).height;
    scrolled(ui, "compare", height, |ui, page| {
        let canvas = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(canvas, presenting, count);
        controls_card(ctx, areas.controls, ui);
        let numbers = &ctx.setup().numbers;
        let key = (numbers.compared.clone(), numbers.value.number(numbers.format));
        let rows = ctx.state.numbers.rows.get(&key, |(formats, number)| compare::rows(formats, number)).clone();
        table_card(ctx, areas.table, &rows, ui);
        if let Some(rect) = areas.ranges {
            ranges_card(ctx, rect, &rows, ui);
        }
    });
}

fn controls_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let presenting = ctx.presenting;
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let field = Rect::from_min_size(inner.min, vec2(if presenting { 190.0 } else { 240.0 }, theme::CONTROL));
        let layout = Layout::left_to_right(Align::Center);
        let mut child = ui.new_child(UiBuilder::new().id_salt("value").max_rect(field).layout(layout));
        controls::value_ui(ctx, &mut child);
        let right = Rect::from_min_max(
            pos2(field.right() + 12.0, inner.top()),
            pos2(inner.right(), inner.top() + theme::CONTROL),
        );
        let mut row = ui.new_child(UiBuilder::new().id_salt("examples").max_rect(right).layout(layout));
        row.set_clip_rect(right.expand(4.0).intersect(row.clip_rect()));
        row.spacing_mut().item_spacing.x = 5.0;
        for (text, hint) in EXAMPLES {
            let shown = numerals::screen(text);
            let response = button::plain(&mut row, &shown);
            if response.clicked() {
                let format = ctx.setup().numbers.format;
                if let Ok(input) = Input::parse(text, format) {
                    ctx.edit(format!("Value {shown}"), None, move |setup| setup.numbers.value = input.clone());
                }
            }
            response.on_hover_text(hint);
        }
        if presenting {
            return;
        }
        let second = Rect::from_min_max(pos2(inner.left(), field.bottom() + 4.0), inner.max);
        let mut row = ui.new_child(UiBuilder::new().id_salt("formats").max_rect(second).layout(layout));
        add_ui(ctx, &mut row);
    });
}

/// A drop-down that adds a format, and sets to start from.
fn add_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let compared = ctx.setup().numbers.compared.clone();
    ui.spacing_mut().item_spacing.x = 6.0;
    let usual =
        |format: Format| !matches!(format, Format::Integer(integer) if ![1, 2, 4, 8, 16, 32].contains(&integer.bits));
    let options: Vec<(Option<Format>, String, &str)> = [(None, "Add a format".to_owned(), "")]
        .into_iter()
        .chain(
            CATALOGUE
                .iter()
                .filter(|row| usual(row.format) && !compared.contains(&row.format))
                .map(|row| (Some(row.format), row.title.to_owned(), row.source)),
        )
        .collect();
    let mut added = None;
    if select(ui, "Add a format", &mut added, &options).changed()
        && let Some(format) = added
    {
        let what = format!("Compares {} too", format_words::title(format));
        ctx.edit(what, None, move |setup| setup.numbers.compared.push(format));
    }
    if let Some(format) = controls::name_ui(ui, "Format to add", None, 130.0)
        && !compared.contains(&format)
    {
        let what = format!("Compares {} too", format_words::title(format));
        ctx.edit(what, None, move |setup| setup.numbers.compared.push(format));
    }
    for (name, formats) in SETS {
        if button::plain(ui, name).clicked() {
            let formats: Vec<Format> =
                formats.iter().filter_map(|name| crate::engine::number::find(name).map(|row| row.format)).collect();
            ctx.edit(format!("Compares {name}"), None, move |setup| setup.numbers.compared.clone_from(&formats));
        }
    }
}

/// Sets of formats, by name.
const SETS: [(&str, &[&str]); 4] = [
    ("Lecture", &["fp32", "fp16", "bf16", "e4m3fn", "e5m2", "e2m1fn", "int8"]),
    ("16 bits", &["fp32", "tf32", "fp16", "bf16", "int16"]),
    ("FP8 family", &["e5m2", "e4m3fn", "e4m3", "e3m4", "e4m3fnuz", "e5m2fnuz", "e4m3b11fnuz"]),
    ("FP6 and FP4", &["e2m3fn", "e3m2fn", "e2m1fn", "e1m2", "e3m0", "int4"]),
];

/// Left edges of the columns, as shares of the width.
fn columns(width: f32) -> [f32; 5] {
    // The name and the bits take what they need, the figures share the rest.
    let bits = 112.0_f32;
    let figures = (bits + 306.0).min(width * 0.58);
    let rest = (width - figures - 28.0) / 10.0;
    [0.0, bits, figures, figures + 4.1 * rest, figures + 7.6 * rest]
}

fn row_height(room: f32, rows: usize) -> f32 {
    ((room - HEAD) / rows.max(1) as f32).clamp(ROW.0, ROW.1)
}

fn table_card(ctx: &mut PageContext<'_>, rect: Rect, rows: &[CompareRow], ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let typed = match &numbers.value {
        Input::Number { text, .. } => numerals::screen(text),
        Input::Code(code) => numerals::short(numbers.format.value(*code)),
    };
    let title = format!("{typed} in {} formats", rows.len());
    let mut copy = false;
    let card = Card::new(&title).subtitle("rounded to nearest, ties to even").trailing(|ui| {
        copy = button::plain(ui, "Copy CSV").clicked();
    });
    let look = PlotLook::of(ctx.presenting);
    let removed = card.show(ui, rect, |ui| {
        figure::table_area(ui, &title, || compare::table(rows, &typed));
        table_ui(ui, rows, &look)
    });
    if copy {
        ctx.copy("the comparison", compare::table(rows, &typed).csv());
    }
    if let Some(place) = removed {
        let what = format!("Without {}", rows[place].title);
        ctx.edit(what, None, move |setup| {
            if place < setup.numbers.compared.len() {
                setup.numbers.compared.remove(place);
            }
        });
    }
}

/// Draws the rows; the one that was removed.
fn table_ui(ui: &mut Ui, rows: &[CompareRow], look: &PlotLook) -> Option<usize> {
    if rows.is_empty() {
        card::nothing(ui, "No format is chosen: add one above");
        return None;
    }
    let tokens = tokens(ui);
    let height = row_height(ui.available_height(), rows.len());
    ui.spacing_mut().item_spacing.y = 0.0;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let at = columns(head.width());
    for (text, x) in ["Format", "Bits", "Stored", "Error", "Relative"].into_iter().zip(at) {
        let place = pos2(head.left() + x, head.center().y);
        ui.painter().text(place, Align2::LEFT_CENTER, text, look.caption.clone(), tokens.muted);
    }
    let mut removed = None;
    for (index, row) in rows.iter().enumerate() {
        let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let error = row.stored.error.clone().unwrap_or_default();
        let words = format!("{}: stored {}, {} {error}", row.title, row.stored.text, row.stored.why);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
        let painter = ui.painter();
        painter.hline(line.x_range(), line.top(), (theme::HAIRLINE, tokens.grid));
        let y = line.center().y;
        let cell = |x: f32| pos2(line.left() + x, y);
        let title_room = at[1] - 8.0;
        let title = theme::truncated(ui, &row.title, theme::title(), tokens.text, title_room);
        painter.galley(cell(at[0]) - vec2(0.0, title.size().y / 2.0), title, tokens.text);
        bits_ui(ui, row, cell(at[1]), at[2] - at[1] - 12.0);
        let (color, font) = match row.stored.loss {
            Loss::None => (tokens.good, theme::semibold(15.0)),
            Loss::Rounded => (tokens.accent, theme::semibold(15.0)),
            Loss::Lost => (tokens.error, theme::semibold(15.0)),
        };
        let fitted = |ui: &Ui, text: &str, font, color, place: egui::Pos2, room: f32| {
            let galley = theme::truncated(ui, text, font, color, room);
            ui.painter().galley(place - vec2(0.0, galley.size().y / 2.0), galley, color);
        };
        fitted(ui, &row.stored.text, font, color, cell(at[2]), at[3] - at[2] - 8.0);
        let error = match (&row.stored.error, row.stored.loss) {
            (Some(error), _) => error.as_str(),
            (None, Loss::None) => "exact",
            (None, _) => "overflow",
        };
        fitted(ui, error, theme::mono(), tokens.text, cell(at[3]), at[4] - at[3] - 8.0);
        let relative = row.stored.relative.as_deref().unwrap_or("");
        let right = line.right() - 28.0;
        fitted(ui, relative, theme::mono(), tokens.muted, cell(at[4]), right - line.left() - at[4]);
        let place = Rect::from_center_size(pos2(line.right() - 12.0, y), vec2(theme::HIT, theme::HIT));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("remove", index)).max_rect(place));
        if button::icon_button(&mut child, Icon::Close, &format!("Remove {}", row.title)).clicked() {
            removed = Some(index);
        }
        response.on_hover_text(&row.stored.why);
    }
    removed
}

/// The bits of a row, one block a field, as large as fits.
fn bits_ui(ui: &Ui, row: &CompareRow, left: egui::Pos2, room: f32) {
    let tokens = tokens(ui);
    let digits: usize = row.fields.iter().map(|(_, bits)| bits.len()).sum();
    let padding = 10.0 * row.fields.len() as f32;
    // A digit of the monospace face is 0.6 of its size wide.
    let size = ((room - padding) / (digits as f32 * 0.6)).clamp(12.0, 18.0);
    let font = theme::cell(size);
    let fits = digits as f32 * 0.6 * size + padding <= room + 2.0;
    let mut x = left.x;
    for (role, bits) in &row.fields {
        let hue = hue(tokens, *role);
        // Wide codes show the start of each field, and how many bits follow.
        let text = if fits || bits.len() < 14 { bits.clone() } else { format!("{}… {}", &bits[..10], bits.len()) };
        let galley = ui.painter().layout_no_wrap(text, font.clone(), hue.text);
        let block = Rect::from_min_size(
            pos2(x, left.y - galley.size().y / 2.0 - 3.0),
            vec2(galley.size().x + 8.0, galley.size().y + 6.0),
        );
        ui.painter().rect_filled(block, theme::RADIUS_BIT, hue.fill);
        ui.painter().galley(block.min + vec2(4.0, 3.0), galley, hue.text);
        x = block.right() + 2.0;
    }
}

fn ranges_card(ctx: &mut PageContext<'_>, rect: Rect, rows: &[CompareRow], ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let typed = numbers.value.number(numbers.format).rational().map(|number| number.to_f64().abs());
    let look = PlotLook::of(ctx.presenting);
    card::card(ui, rect, "Range", "log₂, from the smallest to the largest value", |ui| {
        let tokens = tokens(ui);
        if rows.is_empty() {
            return;
        }
        let recording = figure::record(ui);
        let height = row_height(ui.available_height(), rows.len());
        let area = ui.available_rect_before_wrap();
        let (left, right) = (area.left() + 4.0, area.right() - 4.0);
        let low = rows.iter().filter_map(|row| row.range).map(|range| range.0).fold(-10.0, f64::min) - 4.0;
        let high = rows.iter().filter_map(|row| row.range).map(|range| range.2).fold(10.0, f64::max) + 4.0;
        let x_of = |log2: f64| left + ((log2 - low) / (high - low)).clamp(0.0, 1.0) as f32 * (right - left);
        let head = area.top() + HEAD / 2.0;
        let step = if high - low > 600.0 {
            512
        } else if high - low > 150.0 {
            64
        } else {
            16
        };
        let mut exponent = (low / f64::from(step)).ceil() as i32 * step;
        let bottom = area.top() + HEAD + height * rows.len() as f32;
        while f64::from(exponent) <= high {
            let x = x_of(exponent.into());
            ui.painter().vline(x, area.top() + HEAD..=bottom, (theme::HAIRLINE, tokens.grid));
            let text = numerals::power(exponent.into());
            ui.painter().text(pos2(x, head), Align2::CENTER_CENTER, text, look.caption.clone(), tokens.muted);
            exponent += step;
        }
        for (index, row) in rows.iter().enumerate() {
            let Some((least, normal, most)) = row.range else { continue };
            let y = area.top() + HEAD + height * (index as f32 + 0.5);
            let bar = |from: f64, to: f64| {
                Rect::from_min_max(pos2(x_of(from), y - 8.0), pos2(x_of(to).max(x_of(from) + 2.0), y + 8.0))
            };
            ui.painter().rect_filled(bar(normal, most), theme::RADIUS_BAR, tokens.exponent.fill);
            if normal > least {
                ui.painter().rect_filled(bar(least, normal), theme::RADIUS_BAR, tokens.warn_soft);
                let outline = Stroke::new(theme::HAIRLINE, tokens.warn);
                ui.painter().rect_stroke(bar(least, normal), theme::RADIUS_BAR, outline, egui::StrokeKind::Inside);
            }
        }
        if let Some(typed) = typed.filter(|typed| *typed > 0.0) {
            let x = x_of(typed.log2());
            let line = [pos2(x, area.top() + HEAD - 4.0), pos2(x, bottom)];
            let [dash, gap] = theme::SECOND_DASH;
            ui.painter().extend(Shape::dashed_line(&line, Stroke::new(2.0, tokens.accent), dash, gap));
        }
        let legend = pos2(area.left(), (bottom + 14.0).min(area.bottom() - 8.0));
        let words = "blue normal · yellow subnormal · dashed the typed value";
        ui.painter().text(legend, Align2::LEFT_CENTER, words, look.caption.clone(), tokens.muted);
        let (place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let response = ui.interact(place, ui.scope_id().with("ranges"), Sense::CLICK);
        figure::menu(ui, &response, recording, area, "Range", || compare::range_table(rows));
        let summary: Vec<String> = rows
            .iter()
            .filter_map(|row| row.range.map(|range| format!("{} 2^{:.1} to 2^{:.1}", row.title, range.0, range.2)))
            .collect();
        crate::app::widgets::plot::describe(&response, || format!("Ranges: {}", summary.join(", ")));
    });
}
