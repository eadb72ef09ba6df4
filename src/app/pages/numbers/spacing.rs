//! The view Spacing: every value of two formats on one line, how far apart values are, how wrong rounding can be, how many codes each
//! binade has, and range against precision.

use egui::{Rect, Ui, pos2, vec2};

use super::bits::take_value;
use super::custom::SCALES;
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Measure;
use crate::app::theme::GAP;
use crate::app::view::chart::Chart;
use crate::app::view::value_line::{self, LineAxis, LineScale};
use crate::app::view::{format_words, spacing};
use crate::app::widgets::card::Card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::{Format, Overflow, Rounding};

struct Areas {
    controls: Rect,
    lines: Rect,
    /// Spacing, range against precision, and codes a binade where there is room for a third.
    charts: Vec<Rect>,
    height: f32,
}

/// Least height of the card with the lines, and least height of a chart.
const LINES: f32 = 174.0;
const CHART: f32 = 230.0;

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let low = if presenting { controls::LOW } else { controls::HEIGHT };
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), low));
        let top = controls.bottom() + GAP;
        // A lecture hall reads two charts, not three.
        let count: usize = if presenting { 2 } else { 3 };
        let in_row = if canvas.width() < 1000.0 { 2 } else { count };
        let rows = count.div_ceil(in_row) as f32;
        let rest = canvas.bottom() - top;
        let lines_height = (rest * 0.34).clamp(LINES, 240.0);
        let lines = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), lines_height));
        let below = lines.bottom() + GAP;
        let height = ((canvas.bottom() - below - GAP * (rows - 1.0)) / rows).max(CHART);
        let charts: Vec<Rect> = (0..count)
            .map(|place| {
                let (row, column) = (place / in_row, place % in_row);
                let in_this_row = in_row.min(count - row * in_row) as f32;
                let width = (canvas.width() - GAP * (in_this_row - 1.0)) / in_this_row;
                let left = canvas.left() + column as f32 * (width + GAP);
                Rect::from_min_size(pos2(left, below + row as f32 * (height + GAP)), vec2(width, height))
            })
            .collect();
        let bottom = charts.last().map_or(below, |rect| rect.bottom());
        Self { controls, lines, charts, height: bottom - canvas.top() }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "spacing", height, |ui, page| {
        let canvas = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(canvas, presenting);
        if presenting {
            controls::low_card_ui(ctx, areas.controls, ui);
        } else {
            controls::card_ui(ctx, areas.controls, Some(controls::value_ui), ui, controls::formats_ui);
        }
        lines_card(ctx, areas.lines, ui);
        spacing_card(ctx, areas.charts[0], true, ui);
        for (rect, which) in areas.charts[1..].iter().zip([TRADE, CODES]) {
            chart_card(ctx, *rect, which, ui);
        }
    });
}

/// The first two charts, spacing and range against precision, as cards of another view.
pub fn two_cards(ctx: &mut PageContext<'_>, rects: [Rect; 2], ui: &mut Ui) {
    spacing_card(ctx, rects[0], false, ui);
    chart_card(ctx, rects[1], TRADE, ui);
}

/// The range of a line of all values of a format.
pub fn line_range(format: Format, scale: LineScale) -> (f64, f64) {
    let properties = format.properties();
    let most = properties.max_finite.to_f64().min(1e300);
    let least = properties.min_subnormal.or(properties.min_normal).map_or(1.0, |value| value.to_f64().max(1e-300));
    let low = if properties.min_finite.negative { properties.min_finite.to_f64().max(-1e300) } else { 0.0 };
    match scale {
        LineScale::Log => (least * 0.9, most * 1.1),
        LineScale::Linear | LineScale::Symlog => (low * 1.04, most * 1.04),
    }
}

/// Where the even part of a symmetric logarithm ends: at the smallest normal number.
pub fn line_knee(format: Format) -> f64 {
    let properties = format.properties();
    properties.min_normal.or(properties.min_subnormal).map_or(1.0, |value| value.to_f64().max(1e-300))
}

/// The subnormal zone of a line with its name, which a line of even steps has no room for.
pub fn line_zone(format: Format, scale: LineScale) -> Option<(f64, f64, &'static str)> {
    let end = value_line::subnormal_end(format)?;
    let from = match scale {
        LineScale::Log => line_range(format, scale).0,
        _ if format.properties().min_finite.negative => -end,
        _ => 0.0,
    };
    Some((from, end, if scale == LineScale::Linear { "" } else { "subnormal" }))
}

/// Both formats on one axis: what one of them has and the other has not is seen between its ticks.
fn lines_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (main, beside, shown) = (numbers.format, numbers.beside, numbers.drawn.line);
    let number = numbers.value.number(main);
    let (mut scale, mut other) = (shown, beside);
    let subtitle = "ticks are values, bands what rounds to them; scroll zooms, drag moves";
    let presenting = ctx.presenting;
    let card = Card::new("Every value on a line").subtitle(subtitle).or_shorter("").trailing(|ui| {
        segmented(ui, "Scale of the lines", &mut scale, &SCALES);
        if !presenting {
            controls::more_ui(ui, "Second format", &mut other, false);
        }
    });
    let look = PlotLook::of(presenting);
    let mut chosen = None;
    card.show(ui, rect, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let formats = if main == beside { vec![main] } else { vec![main, beside] };
        let height = (ui.available_height() / formats.len() as f32 - 4.0).max(52.0);
        let typed = number.rational().map(|typed| typed.to_f64());
        for format in formats {
            let code = format.encode_number(&number, Rounding::NearestEven, Overflow::Default);
            let range = line_range(main, shown);
            let stored = Some(format.value(code).to_f64()).filter(|value| value.is_finite());
            let ticks = |axis: &LineAxis, most: usize| value_line::ticks(format, axis, most);
            let intervals = |value: f64| {
                let code = format.encode(value, Rounding::NearestEven, Overflow::Saturate);
                value_line::interval(format, code, range)
            };
            let title = format_words::title(format);
            let line = ValueLine {
                name: &format!("Values of {title}"),
                scale: shown,
                knee: line_knee(main),
                range,
                ticks: &ticks,
                zone: line_zone(format, shown),
                interval: value_line::interval(format, code, range),
                intervals: Some(&intervals),
                stored,
                typed,
                caption: &title,
                key: super::custom::key(main) ^ shown as u64,
                look: look.clone(),
            };
            let answer = line.show(ui, height, &mut ctx.state.numbers.both);
            chosen = answer.chosen.or(chosen);
            if format == main {
                controls::step(ctx, answer.step);
            }
        }
    });
    if let Some(value) = chosen {
        take_value(ctx, value);
    }
    if scale != shown {
        let words = SCALES.iter().find(|row| row.0 == scale).map_or("", |row| row.1);
        ctx.edit(format!("{words} lines"), None, move |setup| setup.numbers.drawn.line = scale);
    }
    if other != beside {
        let what = format!("Second format {}", format_words::title(other));
        ctx.edit(what, None, move |setup| setup.numbers.beside = other);
    }
}

// Places of the charts among those that are kept.
const SPACING: usize = 0;
const TRADE: usize = 1;
const ERROR: usize = 2;
const CODES: usize = 3;

/// The distance to the next value, or half of it over the value.
fn spacing_card(ctx: &mut PageContext<'_>, rect: Rect, with_choice: bool, ui: &mut Ui) {
    let before = if with_choice { ctx.setup().numbers.drawn.measure } else { Measure::Step };
    let mut measure = before;
    let (title, subtitle, place) = match before {
        Measure::Step => ("Spacing", "doubles with every power of two", SPACING),
        Measure::Relative => ("Relative error", "half a step over the value, at most", ERROR),
    };
    let card = Card::new(title).subtitle(subtitle).or_shorter("").trailing(|ui| {
        if with_choice {
            let options = [(Measure::Step, "Step"), (Measure::Relative, "Relative error")];
            segmented(ui, "Measure of spacing", &mut measure, &options);
        }
    });
    card.show(ui, rect, |ui| kept_chart(ctx, place, ui));
    if measure != before {
        let words = if measure == Measure::Step { "step" } else { "relative error" };
        ctx.edit(format!("Spacing as {words}"), None, move |setup| setup.numbers.drawn.measure = measure);
    }
}

fn chart_card(ctx: &mut PageContext<'_>, rect: Rect, place: usize, ui: &mut Ui) {
    let main = format_words::title(ctx.setup().numbers.format);
    let (title, subtitle) = match place {
        TRADE => ("Range against precision", "exponent bits against fraction bits"),
        _ => ("Codes a binade", main.as_str()),
    };
    let card = Card::new(title).subtitle(subtitle).or_shorter("");
    card.show(ui, rect, |ui| kept_chart(ctx, place, ui));
}

/// One of the four charts, which are made anew for other formats only.
fn kept_chart(ctx: &mut PageContext<'_>, place: usize, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let key = (numbers.format, numbers.beside);
    let look = PlotLook::of(ctx.presenting);
    let charts = ctx.state.numbers.charts.get(&key, |(main, beside)| {
        let others = [*beside];
        vec![
            spacing::spacing(*main, &others),
            spacing::trade(*main),
            spacing::error(*main, &others),
            spacing::codes(*main),
        ]
    });
    let picture: &Chart = &charts[place];
    chart(ui, picture, &look);
}
