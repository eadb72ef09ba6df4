//! The view 4 bits: the lecture's four formats as number lines under each other, and what each makes of a sample at its best scale.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::formulas::main_line;
use super::{bits, controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Spread;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::chart::Chart;
use crate::app::view::four_bits::{self, Contest, ROWS, SAMPLE};
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format, numerals};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::value_line::{LineState, ValueLine};
use crate::engine::number::derive;

struct Areas {
    controls: Option<Rect>,
    lines: Rect,
    table: Rect,
    curve: Rect,
    height: f32,
}

/// Least height of the card with the four lines, and most.
const LINES: (f32, f32) = (286.0, 420.0);

/// Its height where the lines stand below their names.
const STACKED: f32 = 500.0;

/// Whether the lines stand below their names and samples, not between them.
fn is_stacked(width: f32, presenting: bool) -> bool {
    width < 900.0 && !presenting
}

/// Height of the card with the views, which has one row here.
const CONTROLS: f32 = 52.0;

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let with_controls = if presenting { 0.0 } else { CONTROLS + GAP };
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), CONTROLS)));
        let top = canvas.top() + with_controls;
        let usual = ((canvas.height() - with_controls) * 0.5).clamp(LINES.0, LINES.1);
        let usual = if is_stacked(canvas.width(), presenting) { STACKED } else { usual };
        let lines_height = if presenting { canvas.height() } else { usual };
        let lines = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), lines_height));
        let below = lines.bottom() + GAP;
        let rest = (canvas.bottom() - below).max(if presenting { 240.0 } else { 200.0 });
        let table_width = (canvas.width() * 0.42).round();
        let table = Rect::from_min_size(pos2(canvas.left(), below), vec2(table_width - GAP, rest));
        let curve = Rect::from_min_max(pos2(canvas.left() + table_width, below), pos2(canvas.right(), below + rest));
        Self { controls, lines, table, curve, height: below + rest - canvas.top() }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "four bits", height, |ui, page| {
        let areas = Areas::new(Rect::from_min_size(page.min, vec2(page.width(), canvas.height())), presenting);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, None, ui, |_, _| {});
        }
        lines_card(ctx, areas.lines, ui);
        contest_cards(ctx, areas.table, areas.curve, ui);
    });
}

fn lines_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let presenting = ctx.presenting;
    let mut chosen = None;
    let subtitle = "INT4, and three ways to spend four bits on sign, exponent and mantissa, on one axis";
    card::card(ui, rect, "16 codes, four ways", subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        let height = (ui.available_height() / ROWS.len() as f32).floor();
        for (index, row) in ROWS.iter().enumerate() {
            let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            if index > 0 {
                ui.painter().hline(line.x_range(), line.top(), (theme::HAIRLINE, tokens.grid));
            }
            let name_at = pos2(line.left(), line.top() + 20.0);
            let drawn = ui.painter().text(name_at, Align2::LEFT_CENTER, row.title, theme::title(), tokens.text);
            if row.of_slide {
                let place = Rect::from_min_size(drawn.right_top() + vec2(8.0, -2.0), vec2(60.0, theme::HIT));
                badge(&mut ui.new_child(egui::UiBuilder::new().id_salt("of the slide").max_rect(place)), Badge::Slide);
            }
            let under = pos2(line.left(), line.top() + 38.0);
            ui.painter().text(under, Align2::LEFT_CENTER, row.note, look.caption.clone(), tokens.muted);
            let format = row.format();
            // The slide's two sample codes, with their steps.
            let stacked = is_stacked(rect.width(), presenting);
            let samples_left = line.right() - if presenting { 340.0 } else { 372.0 };
            let samples = if stacked { 48.0 } else { height - 14.0 };
            for (place, code) in [0b0001_u64, 0b0111].into_iter().enumerate() {
                let mut parts = vec![crate::app::widgets::formula::Part::Symbol(format!("{code:04b}:  "))];
                parts.extend(main_line(tokens, &derive::decode(format, code)));
                let top = line.top() + 6.0 + place as f32 * samples / 2.0;
                let size = vec2(line.right() - samples_left, samples / 2.0);
                let at = Rect::from_min_size(pos2(samples_left, top), size);
                bits::fitting_formula(ui, at, 15.0, &parts);
            }
            let ticks = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
            let place = if stacked {
                Rect::from_min_max(pos2(line.left(), line.top() + 6.0 + samples), line.max)
            } else {
                let right = samples_left - 12.0;
                Rect::from_min_max(pos2(line.left() + 152.0, line.top() + 4.0), pos2(right, line.bottom()))
            };
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt(row.title).max_rect(place));
            let value_line = ValueLine {
                name: row.title,
                scale: LineScale::Linear,
                knee: 1.0,
                range: (-16.6, 16.6),
                ticks: &ticks,
                zone: None,
                interval: None,
                intervals: None,
                stored: None,
                typed: None,
                caption: "",
                key: 1,
                look: look.clone(),
            };
            let state: &mut LineState = &mut ctx.state.numbers.four[index];
            let answer = value_line.show(&mut child, place.height(), state);
            if let Some(value) = answer.chosen {
                chosen = Some((format, value));
            }
        }
    });
    if let Some((format, value)) = chosen {
        let code = format.encode(value, Default::default(), Default::default());
        let what = format!("Value {}", numerals::short_f64(value));
        ctx.edit(what, None, move |setup| {
            setup.numbers.format = format;
            setup.numbers.set_code(code);
        });
    }
}

fn contest_cards(ctx: &mut PageContext<'_>, table: Rect, curve: Rect, ui: &mut Ui) {
    let before = ctx.setup().numbers.spread;
    let mut spread = before;
    let derived = ctx.derive("numbers/four-bits", "FP4 against INT4", before, |spread, _| Ok(Contest::new(*spread)));
    let subtitle = format!("{} values, each format at its best scale", format::count(SAMPLE as u64));
    let card = Card::new("Who stores a sample best").subtitle(&subtitle).trailing(|ui| {
        segmented(ui, "Sample", &mut spread, &[(Spread::Uniform, "Uniform"), (Spread::Gaussian, "Gaussian")]);
    });
    card.show(ui, table, |ui| {
        let Some(contest) = &derived else {
            card::nothing(ui, "Computing");
            return;
        };
        figure::table_area(ui, "Who stores a sample best", || contest.value.table());
        contest_ui(ui, &contest.value);
    });
    let subtitle = "the largest value stands for this share of the largest magnitude";
    card::card(ui, curve, "SQNR by scale", subtitle, |ui| {
        if let Some(contest) = &derived {
            let picture: &Chart = &contest.value.chart;
            chart(ui, picture, &PlotLook::of(ctx.presenting));
        }
    });
    if spread != before {
        let words = if spread == Spread::Uniform { "uniform" } else { "Gaussian" };
        ctx.edit(format!("Sample {words}"), None, move |setup| setup.numbers.spread = spread);
    }
}

/// One row a format: its best signal-to-noise ratio as a bar and a number, the best first.
fn contest_ui(ui: &mut Ui, contest: &Contest) {
    let tokens = tokens(ui);
    let most = contest.rows.iter().map(|row| row.sqnr).fold(1.0, f64::max);
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (ui.available_height() / contest.rows.len() as f32).clamp(24.0, 44.0);
    for (place, row) in contest.rows.iter().enumerate() {
        let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let words = format!("{}: {:.2} dB", row.title, row.sqnr);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
        let y = line.center().y;
        let font = if place == 0 { theme::semibold(14.0) } else { theme::body() };
        ui.painter().text(pos2(line.left(), y), Align2::LEFT_CENTER, row.title, font, tokens.text);
        let bars = Rect::from_min_max(pos2(line.left() + 92.0, y - 7.0), pos2(line.right() - 86.0, y + 7.0));
        let share = (row.sqnr / most).clamp(0.0, 1.0) as f32;
        let bar = Rect::from_min_size(bars.min, vec2(bars.width() * share, bars.height()));
        ui.painter().rect_filled(bar, theme::RADIUS_BAR, four_bits::hue(tokens, row.place).fill);
        let text = format!("{} dB", format::decibels(Some(row.sqnr)));
        ui.painter().text(pos2(line.right(), y), Align2::RIGHT_CENTER, text, theme::cell(14.0), tokens.text);
    }
}
