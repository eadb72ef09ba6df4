//! The lecture's opening: what an operation costs by its width, what storage costs, and the three methods.

use egui::{Align2, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::Link;
use super::linear::parts::{column_in, columns, scrolled, small};
use crate::app::context::PageContext;
use crate::app::session::{Action, Session};
use crate::app::setup::Why;
use crate::app::setup::why::{BITS, bits};
use crate::app::state::UiState;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::figure::Table;
use crate::app::view::format;
use crate::app::view::why::{
    Bar, bars, energy_table, energy_words, picojoules, sentences, share, size_words, storage_table, weights_words,
    width_chart,
};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::engine::measure::KNOWN;

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| format!("why:bits={}", setup.why.bits),
    parse: |setup, text| {
        setup.why = Why::parse(text)?;
        Ok(())
    },
    defaults: |setup| setup.why = Why::default(),
    bits: |setup| Some(setup.why.bits),
    take_bits: |setup, bits| {
        setup.why.bits = bits;
        true
    },
};

/// Height of the card with the slider.
const CONTROLS: f32 = 66.0;

/// What the status bar says.
pub fn status(_session: &Session, _state: &UiState) -> Vec<String> {
    vec!["45 nm, 0.9 V: Horowitz, ISSCC 2014".to_owned()]
}

/// The page's cards.
struct Areas {
    controls: Option<Rect>,
    energy: Rect,
    width: Rect,
    storage: Option<Rect>,
    methods: Option<Rect>,
}

/// Where the cards lie, and the height that they need.
fn areas(canvas: Rect, presenting: bool) -> (Areas, f32) {
    if presenting {
        let parts = columns(canvas, &[1.15, 1.0], GAP);
        let areas = Areas { controls: None, energy: parts[0], width: parts[1], storage: None, methods: None };
        return (areas, canvas.height());
    }
    let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), CONTROLS));
    let top = controls.bottom() + GAP;
    let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
    if canvas.width() < 1000.0 {
        let heights = [330.0, 300.0, 250.0, 190.0];
        let mut at = top;
        let placed = heights.map(|height| {
            let rect = row(at, height);
            at += height + GAP;
            rect
        });
        let [energy, width, storage, methods] = placed;
        let areas = Areas { controls: Some(controls), energy, width, storage: Some(storage), methods: Some(methods) };
        return (areas, at - GAP - canvas.top());
    }
    let room = (canvas.bottom() - top - GAP).max(470.0);
    let upper = (room * 0.58).round();
    let first = columns(row(top, upper), &[1.2, 1.0], GAP);
    let second = columns(row(top + upper + GAP, room - upper), &[1.0, 1.15], GAP);
    let areas = Areas {
        controls: Some(controls),
        energy: first[0],
        width: first[1],
        storage: Some(second[0]),
        methods: Some(second[1]),
    };
    (areas, CONTROLS + GAP + room + GAP)
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let presenting = ctx.presenting;
    let (_, height) = areas(canvas, presenting);
    scrolled(ui, "why page", presenting, height - if presenting { 0.0 } else { GAP }, |ui, rect| {
        let first = Rect::from_min_size(rect.min, vec2(rect.width(), canvas.height()));
        let (areas, _) = areas(first, presenting);
        if let Some(rect) = areas.controls {
            controls_ui(ctx, rect, ui);
        }
        energy_ui(ctx, areas.energy, ui);
        width_ui(ctx, areas.width, ui);
        if let Some(rect) = areas.storage {
            storage_ui(ctx, rect, ui);
        }
        if let Some(rect) = areas.methods {
            methods_ui(ctx, rect, ui);
        }
    });
}

/// The width, by slider and by field.
fn controls_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let tokens = tokens(ui);
        let before = ctx.setup().why.bits;
        let mut width = before;
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new("Width of operations and weights").font(theme::control()).color(tokens.muted));
            ui.spacing_mut().slider_width = (inner.right() - ui.cursor().left() - 200.0).clamp(100.0, 900.0);
            let slider = ui.add(egui::Slider::new(&mut width, BITS.0..=BITS.1).show_value(false));
            slider.widget_info(|| WidgetInfo::slider(true, f64::from(width), "Bits"));
            let gesture = ctx.state.gestures.of(&slider);
            let dragged = width;
            value_field_over(ui, "Bits, typed", &mut width, 52.0, bits);
            ui.label(RichText::new(width.to_string()).font(theme::display()).color(tokens.accent));
            ui.label(
                RichText::new(if width == 1 { "bit" } else { "bits" }).font(theme::regular(15.0)).color(tokens.muted),
            );
            if width != before {
                let gesture = gesture.filter(|_| width == dragged);
                ctx.edit(format!("Bits {before} → {width}"), gesture, move |setup| setup.why.bits = width);
            }
        });
    });
}

/// The table as bars on a logarithmic axis.
fn energy_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let width = ctx.setup().why.bits;
    let presenting = ctx.presenting;
    let card = Card::new("Energy of one operation").subtitle("pJ at 45 nm; each line is ten times the one before");
    let card = card.or_shorter("pJ, ×10 a line");
    let card = if presenting { card } else { card.trailing(|ui| drop(badge(ui, Badge::Published))) };
    card.show(ui, rect, |ui| {
        let rows = bars(width);
        figure::picture(ui, "Energy of one operation", || energy_table(&rows), |ui| bars_ui(ui, &rows, presenting));
    });
}

fn bars_ui(ui: &Ui, rows: &[Bar], presenting: bool) {
    let (tokens, caption) = (tokens(ui.ctx()), small(ui));
    let area = ui.available_rect_before_wrap();
    let line = (area.height() / rows.len() as f32).min(34.0);
    let label = if presenting { 148.0 } else { 126.0 };
    // The longest bar has the shortest words: estimates stop at 3 pJ.
    let number = 66.0;
    let (left, right) = (area.left() + label, area.right() - number);
    let painter = ui.painter().clone();
    for decade in 0..=6 {
        let x = left + (right - left) * decade as f32 / 6.0;
        painter.vline(x, area.top()..=area.top() + line * rows.len() as f32, (theme::HAIRLINE, tokens.grid));
    }
    for (place, bar) in rows.iter().enumerate() {
        let y = area.top() + (place as f32 + 0.5) * line;
        let end = left + (right - left) * share(bar.energy);
        let half = (line * 0.34).min(9.0);
        let (fill, ink) = if bar.current { (tokens.accent, tokens.accent) } else { (tokens.real_soft, tokens.real) };
        let shape = Rect::from_min_max(pos2(left, y - half), pos2(end.max(left + 2.0), y + half));
        let stroke = egui::Stroke::new(theme::HAIRLINE, ink);
        painter.rect(shape, theme::RADIUS_BAR, fill, stroke, egui::StrokeKind::Inside);
        let color = if bar.current { tokens.accent } else { tokens.text };
        let font = if bar.current { theme::semibold(caption.size) } else { caption.clone() };
        painter.text(pos2(area.left(), y), Align2::LEFT_CENTER, &bar.name, font.clone(), color);
        let said = if bar.energy.published {
            format!("{} pJ", picojoules(bar.energy.picojoules))
        } else {
            format!("{} pJ estimated", picojoules(bar.energy.picojoules))
        };
        painter.text(pos2(shape.right() + 6.0, y), Align2::LEFT_CENTER, said, font, color);
        let hit = Rect::from_min_max(pos2(area.left(), y - line / 2.0), pos2(area.right(), y + line / 2.0));
        let response = ui.interact(hit, ui.scope_id().with(("energy", place)), Sense::hover());
        let words = format!("{}: {}", bar.name, energy_words(bar.energy));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    }
}

/// Linear against quadratic.
fn width_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let width = ctx.setup().why.bits;
    let look = PlotLook::of(ctx.presenting);
    let presenting = ctx.presenting;
    let card = Card::new("Fewer bits").subtitle("additions fall with the width, multiplications with its square");
    let card = card.or_shorter("line and square");
    let card = if presenting { card } else { card.trailing(|ui| drop(badge(ui, Badge::Estimated))) };
    card.show(ui, rect, |ui| {
        let size = small(ui).size;
        let area = ui.available_rect_before_wrap();
        let words = sentences(width);
        let height = (size + 5.0) * if area.width() < 480.0 || presenting { 6.0 } else { 3.0 };
        let plot = area.with_max_y(area.bottom() - height);
        let mut child = ui.new_child(UiBuilder::new().id_salt("width").max_rect(plot));
        let drawn = chart(&mut child, &width_chart(width), &look);
        if let Some((series, point)) = drawn.clicked
            && series < 2
        {
            let chosen = point as u32 + 1;
            ctx.edit(format!("Bits {width} → {chosen}"), None, move |setup| setup.why.bits = chosen);
        }
        if let Some(moved) = &drawn.moved {
            let gesture = ctx.state.gestures.of(&moved.response);
            // A key moves by less than a bit, and means one.
            let now = f64::from(width);
            let wanted = if moved.response.dragged() { moved.x } else { now + (moved.x - now).signum() };
            let chosen = (wanted.round().max(0.0) as u32).clamp(BITS.0, BITS.1);
            if chosen != width {
                ctx.edit(format!("Bits {width} → {chosen}"), gesture, move |setup| setup.why.bits = chosen);
            }
        }
        let mut below = column_in(ui, "words", area.with_min_y(plot.bottom() + 4.0));
        below.spacing_mut().item_spacing.y = 2.0;
        for words in words {
            below.add(egui::Label::new(RichText::new(words).font(theme::semibold(size))).wrap());
        }
    });
}

/// Networks that people know: weights times bits.
fn storage_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let width = ctx.setup().why.bits;
    let card = Card::new("Storage = weights × bits").subtitle("without codebooks and scales").or_shorter("");
    card.trailing(|ui| drop(badge(ui, Badge::Published))).show(ui, rect, |ui| {
        let (tokens, caption) = (tokens(ui.ctx()), small(ui));
        let area = ui.available_rect_before_wrap();
        let line = (area.height() / (KNOWN.len() + 1) as f32).min(40.0);
        figure::table_area(ui, "Storage of networks", || storage_table(width));
        let painter = ui.painter().clone();
        let places = [0.0, 0.46, 0.66, 0.86].map(|share| area.left() + area.width() * share);
        let ratio = format!("{}×", format::significant(32.0 / f64::from(width), 3));
        let row = |y: f32, texts: [&str; 5], font: &egui::FontId, colors: [egui::Color32; 5]| {
            painter.text(pos2(places[0], y), Align2::LEFT_CENTER, texts[0], caption.clone(), colors[0]);
            let rights = [places[1], places[2], places[3], area.right()];
            for ((right, text), color) in rights.into_iter().zip(&texts[1..]).zip(&colors[1..]) {
                painter.text(pos2(right, y), Align2::RIGHT_CENTER, text, font.clone(), *color);
            }
        };
        let head = format!("{width} bits");
        let y = area.top() + line * 0.5;
        row(y, ["", "weights", "float32", &head, "smaller"], &caption, [tokens.muted; 5]);
        for (place, known) in KNOWN.iter().enumerate() {
            let y = area.top() + line * (place as f32 + 1.5);
            let (float, narrow) = (size_words(known.bytes(32)), size_words(known.bytes(width)));
            let weights = weights_words(known.weights);
            let colors = [tokens.text, tokens.text, tokens.real, tokens.accent, tokens.text];
            row(y, [known.name, &weights, &float, &narrow, &ratio], &theme::mono(), colors);
            let hit = Rect::from_min_max(pos2(area.left(), y - line / 2.0), pos2(area.right(), y + line / 2.0));
            let response = ui.interact(hit, ui.scope_id().with(("known", place)), Sense::hover());
            let words = format!("{}: {weights} weights, float32 {float}, {width} bits {narrow}", known.name);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            response.on_hover_text(format!("{} weights: {}", format::count(known.weights), known.source));
        }
    });
}

/// What a cell says, and the page that it leads to.
type Cell = (&'static str, &'static str);

/// A method: its name, what is stored and what is computed with, and where each is shown.
const METHODS: [(&str, Cell, Cell); 4] = [
    ("Baseline", ("floats", "data-types"), ("floats", "diagram")),
    ("K-means", ("indices, float codebook", "codebook"), ("floats", "decode")),
    ("Linear", ("integers", "affine"), ("integers", "matmul")),
    ("Binary, ternary", ("1 or 2 bits", "binary-ternary"), ("bit operations", "sign-networks")),
];

fn methods_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    Card::new("Three methods").subtitle("a click opens the page").show(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let area = ui.available_rect_before_wrap();
        let places = columns(area, &[1.0, 0.9, 1.45, 0.9, 1.2], 8.0);
        figure::table_area(ui, "Three methods", || {
            let rows = METHODS.map(|(name, stored, computed)| [name, stored.0, computed.0].map(str::to_owned));
            Table::read("Three methods", ["method", "stored", "computed with"], rows)
        });
        let line = ((area.height() - 22.0) / 2.0).min(110.0);
        for (row, name) in ["Stored", "Computed with"].into_iter().enumerate() {
            let y = area.top() + 22.0 + (row as f32 + 0.5) * line;
            ui.painter().text(pos2(area.left(), y), Align2::LEFT_CENTER, name, theme::control(), tokens.muted);
        }
        for (place, (name, stored, computed)) in METHODS.into_iter().enumerate() {
            let column = places[place + 1];
            let head = pos2(column.center().x, area.top() + 8.0);
            ui.painter().text(head, Align2::CENTER_CENTER, name, theme::control_semibold(), tokens.text);
            for (row, (words, page)) in [stored, computed].into_iter().enumerate() {
                let cell = Rect::from_min_size(
                    pos2(column.left(), area.top() + 22.0 + row as f32 * line),
                    vec2(column.width(), line - 8.0),
                );
                let what = if row == 0 { "stored" } else { "computed with" };
                let label = format!("{name}, {what}: {words}");
                let response = ui.interact(cell, ui.scope_id().with(("method", place, row)), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
                let fill = if response.hovered() { tokens.hover } else { tokens.card };
                let stroke = egui::Stroke::new(theme::HAIRLINE, tokens.hair);
                ui.painter().rect(cell, theme::RADIUS_CONTROL, fill, stroke, egui::StrokeKind::Inside);
                theme::focus_ring(ui, &response, cell);
                let room = cell.width() - 12.0;
                let galley = ui.painter().layout(words.to_owned(), theme::control(), tokens.text, room);
                let at = cell.center() - galley.size() / 2.0;
                ui.painter().galley(at, galley, tokens.text);
                if response.clicked() {
                    ctx.act(Action::ShowPage(page));
                }
            }
        }
    });
}
