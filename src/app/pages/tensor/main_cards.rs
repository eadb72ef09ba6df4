//! The cards that answer the page's question: the histogram, and what happens weight by weight.

use egui::{Rect, RichText, Ui, vec2};

use super::Detail;
use crate::app::command::Command;
use crate::app::context::{PageContext, Request};
use crate::app::session::{Action, Freshness};
use crate::app::theme::{self, tokens};
use crate::app::view::axis::Spacing;
use crate::app::view::figure::Table;
use crate::app::view::{format, heat, inspect::Inspection};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::error_histogram::error_histogram;
use crate::app::widgets::figure;
use crate::app::widgets::heat_map::HeatMaps;
use crate::app::widgets::histogram::Histogram;
use crate::app::widgets::inspector;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::{Decoder, Per, Quantizer};

/// Draws the histogram card.
pub fn histogram_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Some(tensor) = ctx.tensor() else { return };
    let subtitle = subtitle(ctx);
    let (mut log, presenting) = (ctx.settings.log_counts, ctx.presenting);
    let counts = |ui: &mut Ui| {
        if !presenting {
            segmented(ui, "Counts", &mut log, &[(true, "Log"), (false, "Linear")]);
        }
    };
    Card::new(&tensor.name).subtitle(&subtitle).trailing(counts).show(ui, rect, |ui| {
        let Some(loaded) = ctx.loaded() else {
            return card::nothing(ui, ctx.waiting());
        };
        let analysis = ctx.analysis();
        let levels = analysis.map(|(analysis, _)| analysis.levels.clone()).unwrap_or_default();
        let revision = analysis.map_or(0, |(analysis, _)| analysis.revision);
        let histogram = Histogram {
            summary: analysis.and_then(|(analysis, _)| analysis.group_summary.as_deref()).unwrap_or(&loaded.summary),
            levels: &levels,
            tensor: loaded.key.id(),
            revision,
            spacing: if ctx.settings.log_counts { Spacing::Log } else { Spacing::Linear },
            code_offset: analysis.map_or(0, |(analysis, _)| code_offset(&analysis.decoder)),
            clip: analysis.and_then(|(analysis, _)| analysis.clip()),
            look: PlotLook::of(ctx.presenting),
        };
        histogram.show(ui, &mut ctx.state.tensor.histogram);
    });
    if log != ctx.settings.log_counts {
        ctx.requests.push(Request::Run(Command::ToggleLogCounts));
    }
}

/// Which weights the levels belong to, and what the fit leaves out.
fn subtitle(ctx: &PageContext<'_>) -> String {
    let Some(tensor) = ctx.tensor() else { return String::new() };
    let mut text = format::shape(&tensor.shape);
    if let Some((analysis, _)) = ctx.analysis()
        && analysis.partition.groups() > 1
    {
        let one = match analysis.scheme.per() {
            Per::Channel(_) => "channel",
            _ => "group",
        };
        let groups = format::count(analysis.partition.groups() as u64);
        text = format!("{text} · {one} {} of {groups}", analysis.levels.group);
    }
    let staleness = if ctx.analysis().is_some() { ctx.staleness() } else { ctx.waiting() };
    if !staleness.is_empty() {
        text = format!("{text} · {staleness}");
    }
    if let Some(loaded) = ctx.loaded() {
        let moments = loaded.summary.moments;
        let mut left_out = Vec::new();
        if moments.nan > 0 {
            left_out.push(format!("{} NaN", format::count(moments.nan)));
        }
        if moments.infinite > 0 {
            left_out.push(format!("{} infinite", format::count(moments.infinite)));
        }
        if !left_out.is_empty() {
            text = format!("{text} · {} left out of the fit", left_out.join(", "));
        }
    }
    text
}

/// q of code 0, for codes on screen.
fn code_offset(decoder: &Decoder) -> i32 {
    match decoder {
        Decoder::Affine { code_min, .. } => *code_min,
        Decoder::Signs { zero: true, .. } => -1,
        _ => 0,
    }
}

/// Draws the second card: maps, error histogram or numbers.
pub fn detail_ui(ctx: &mut PageContext<'_>, rect: Rect, with_inspector: bool, ui: &mut Ui) {
    let Some(tensor) = ctx.tensor() else { return };
    let (rows, columns) = tensor.matrix_shape();
    let detail = if ctx.presenting { Detail::Maps } else { ctx.state.tensor.detail };
    let (title, subtitle) = match detail {
        Detail::Maps => ("Weight by weight", ctx.state.tensor.maps.words((rows, columns))),
        Detail::Errors => ("Errors", "weight − reconstruction".to_owned()),
        Detail::Numbers => ("Numbers", "over all weights".to_owned()),
    };
    // What is drawn of an older scheme says so, and steps back.
    let staleness = if ctx.analysis().is_some() { ctx.staleness() } else { "" };
    let shorter =
        if detail == Detail::Maps { ctx.state.tensor.maps.short_words((rows, columns)) } else { String::new() };
    let marked = |text: String| {
        if staleness.is_empty() || text.is_empty() { text } else { format!("{staleness} · {text}") }
    };
    let (subtitle, shorter) = (marked(subtitle), marked(shorter));
    let (mut chosen, presenting) = (detail, ctx.presenting);
    let details = |ui: &mut Ui| {
        if !presenting {
            let choices = [(Detail::Maps, "Maps"), (Detail::Errors, "Errors"), (Detail::Numbers, "Numbers")];
            segmented(ui, "Detail", &mut chosen, &choices);
        }
    };
    Card::new(title).subtitle(&subtitle).or_shorter(&shorter).trailing(details).show(ui, rect, |ui| {
        if ctx.session.freshness() == Freshness::Refused {
            return card::nothing(ui, ctx.waiting());
        }
        if !staleness.is_empty() {
            ui.set_opacity(theme::STALE);
        }
        match detail {
            Detail::Maps => match legible_matrices(ctx, ui.available_size()) {
                Some(matrices) => matrices_ui(ctx, matrices, ui),
                None => maps_ui(ctx, with_inspector, ui),
            },
            Detail::Errors => errors_ui(ctx, ui),
            Detail::Numbers => numbers_ui(ctx, ui),
        }
    });
    if !ctx.presenting {
        ctx.state.tensor.detail = chosen;
    }
}

fn selected_cell(ctx: &PageContext<'_>) -> Option<(usize, usize)> {
    let document = ctx.document()?;
    let (_, columns) = document.selected()?.matrix_shape();
    Some((document.weight.checked_div(columns)?, document.weight % columns))
}

/// The lecture's view of a small matrix: every number is readable.
fn matrices_ui(ctx: &mut PageContext<'_>, matrices: usize, ui: &mut Ui) {
    let (Some(loaded), Some((analysis, _)), Some(tensor)) = (ctx.loaded(), ctx.analysis(), ctx.tensor()) else {
        return card::nothing(ui, ctx.waiting());
    };
    let (rows, columns) = tensor.matrix_shape();
    let values = &loaded.values;
    let levels = &analysis.levels.values;
    let restored: Vec<f32> = (0..values.len()).map(|index| analysis.reconstruction(index, values[index])).collect();
    let grouped = analysis.partition.groups() > 1;
    let rank = |value: f32| levels.partition_point(|&level| level < value).min(levels.len().saturating_sub(1));
    // Levels of different groups have no common ranks: their cells take the diverging colours.
    let largest = loaded.summary.moments.max_abs().max(f32::MIN_POSITIVE);
    let fill = |value: f32| {
        if grouped { Fill::Signed(value / largest) } else { Fill::Level(rank(value), levels.len()) }
    };
    let underline = |value: f32| if grouped { Fill::Plain } else { Fill::Underline(rank(value), levels.len()) };
    let code = |index: usize| match &analysis.quantized {
        Some(quantized) => i32::from(quantized.codes.get(index)) + code_offset(&analysis.decoder),
        None => {
            i32::from(analysis.levels.codes.get(rank(restored[index])).copied().unwrap_or(0))
                + code_offset(&analysis.decoder)
        }
    };
    let decimals = decimals(f64::from(loaded.summary.moments.max_abs()));
    let number = |value: f32| cell_text(f64::from(value), decimals);
    let weights: Vec<(String, Fill)> =
        (0..values.len()).map(|index| (number(values[index]), fill(restored[index]))).collect();
    let codes: Vec<(String, Fill)> =
        (0..values.len()).map(|index| (format::fixed(f64::from(code(index)), 0), underline(restored[index]))).collect();
    let back: Vec<(String, Fill)> = restored.iter().map(|&value| (number(value), fill(value))).collect();
    let error = |index: usize| f64::from(values[index]) - f64::from(restored[index]);
    let worst = analysis.report.max_error.max(f64::MIN_POSITIVE);
    let errors: Vec<(String, Fill)> = (0..values.len())
        .map(|index| (cell_text(error(index), decimals), Fill::Signed((error(index) / worst) as f32)))
        .collect();
    let float_bytes = tensor.bytes();
    let code_name = if matches!(analysis.scheme.quantizer, Some(Quantizer::KMeans(_))) { "Index" } else { "Code" };
    let bits = analysis.bits;
    let sse = format!("SSE {}", format::number(analysis.report.sse));
    let kinds = [
        ("Weights", format!("{}-bit float", tensor.dtype.bits()), format::bytes_exact(float_bytes)),
        (code_name, format!("{bits}-bit integer"), format!("{} × {bits} bit", values.len())),
        ("Reconstruction", "float".to_owned(), if matrices < 4 { sse.clone() } else { String::new() }),
        ("Error", String::new(), sse),
    ];
    let selected = selected_cell(ctx).map(|(row, column)| row * columns + column);
    let linked = ctx.state.tensor.linked.or(selected);
    let look = PlotLook::of(ctx.presenting);
    let (room, height) = (ui.available_width(), ui.available_height());
    // Signed two-decimal numbers need more room than codes; everything shrinks together on a narrow card.
    let unit = cell_width(room, columns, matrices).clamp(24.0, 72.0);
    let tall = cell_height(height, rows, ctx.presenting).clamp(LEAST_CELL, 40.0);
    let (mut hovered, mut chosen) = (None, None);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 22.0;
        for ((title, kind, cost), (cells, width)) in
            kinds.iter().zip([(&weights, unit), (&codes, unit * 0.7), (&back, unit), (&errors, unit)]).take(matrices)
        {
            let cell = vec2(width, tall);
            let shown = Matrix { title, kind, cost, columns, cells, linked, cell, look: look.clone() }.show(ui);
            hovered = hovered.or(shown.hovered);
            chosen = chosen.or(shown.selected);
        }
    });
    ctx.state.tensor.linked = hovered;
    if let Some(weight) = chosen {
        ctx.act(Action::SelectWeight(weight));
    }
}

/// Least height of a cell with text.
const LEAST_CELL: f32 = 17.0;

/// Width of a cell where so many matrices stand side by side, one of which is of codes and narrower.
fn cell_width(room: f32, columns: usize, matrices: usize) -> f32 {
    let gaps = (matrices - 1) as f32 * 22.0;
    (room - gaps) / (columns as f32 * (matrices as f32 - 0.3))
}

fn cell_height(room: f32, rows: usize, presenting: bool) -> f32 {
    (room - if presenting { 62.0 } else { 50.0 }) / rows.max(1) as f32
}

/// How many matrices with legible cells there is room for: all four, or three, and the error is told under the reconstruction, as in a
/// lecture hall. `None` where the tensor is larger than 8×8 or there is no room: then the maps have to do.
fn legible_matrices(ctx: &PageContext<'_>, room: egui::Vec2) -> Option<usize> {
    let (rows, columns) = ctx.tensor()?.matrix_shape();
    if rows > 8 || columns > 8 || cell_height(room.y, rows, ctx.presenting) < LEAST_CELL {
        return None;
    }
    let most = if ctx.presenting { 3 } else { 4 };
    let Some(loaded) = ctx.loaded() else { return Some(most) };
    let decimals = decimals(f64::from(loaded.summary.moments.max_abs()));
    let longest = loaded.values.iter().map(|&value| cell_text(f64::from(value), decimals).chars().count()).max();
    // A digit of the smallest text takes 7.3.
    let least = longest.unwrap_or(1) as f32 * 7.3 + 3.0;
    (3..=most).rev().find(|&matrices| cell_width(room.x, columns, matrices) >= least)
}

/// Decimals that show two or three digits of the largest weight: 2 from 1 on.
fn decimals(largest: f64) -> usize {
    if largest > 0.0 { (2.0 - largest.log10().floor()).clamp(2.0, 9.0) as usize } else { 2 }
}

/// So many decimals: `2.09`, `0`, `−1.07`.
fn cell_text(value: f64, decimals: usize) -> String {
    let unit = 10_f64.powi(decimals as i32);
    let rounded = (value * unit).round() / unit;
    if rounded == 0.0 { "0".to_owned() } else { format::fixed(rounded, decimals) }
}

fn maps_ui(ctx: &mut PageContext<'_>, with_inspector: bool, ui: &mut Ui) {
    let (Some(loaded), Some(tensor)) = (ctx.loaded(), ctx.tensor()) else {
        return card::nothing(ui, ctx.waiting());
    };
    let analysis = ctx.analysis().map(|(analysis, _)| analysis);
    let values = &loaded.values;
    let moments = loaded.summary.moments;
    let rms = |squares: f64, count: u64| (squares / count.max(1) as f64).sqrt();
    let look = PlotLook::of(ctx.presenting);
    let area = ui.max_rect();
    let inspector_width = if with_inspector { 280.0 } else { 0.0 };
    let maps_rect = Rect::from_min_max(area.min, area.max - vec2(inspector_width, 0.0));
    let mut maps_ui = ui.new_child(egui::UiBuilder::new().max_rect(maps_rect));
    let reconstruction = analysis.map(|analysis| |index: usize| analysis.reconstruction(index, values[index]));
    let maps = HeatMaps {
        matrix: tensor.matrix_shape(),
        original: values,
        reconstruction: reconstruction.as_ref().map(|function| function as &dyn Fn(usize) -> f32),
        tensor: loaded.key.id(),
        revision: analysis.map_or(0, |analysis| analysis.revision),
        value_limit: heat::limit(rms(moments.sum_squares, moments.finite()), f64::from(moments.max_abs())),
        error_limit: analysis.map_or(1.0, |analysis| {
            let report = analysis.report;
            heat::limit(rms(report.sse, report.count), report.max_error).max(f32::MIN_POSITIVE)
        }),
        selected: selected_cell(ctx).unwrap_or((0, 0)),
        look: look.clone(),
    };
    let shown = maps.show(&mut maps_ui, &mut ctx.state.tensor.maps);
    if let Some((row, column)) = shown.selected {
        ctx.act(Action::SelectWeight(row * tensor.matrix_shape().1 + column));
    }
    if with_inspector {
        let rect = Rect::from_min_max(egui::pos2(maps_rect.right() + 20.0, area.top() - 4.0), area.max);
        inspector_ui(ctx, rect, ui);
    }
}

fn inspector_ui(ctx: &PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    ui.painter().vline(rect.left() - 10.0, rect.y_range(), (theme::HAIRLINE, tokens.hair));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    let Some((weight, bits)) = inspection(ctx) else { return };
    let title = format!("Weight [{}, {}]", weight.row, weight.column);
    child.label(RichText::new(title).font(theme::title()).color(tokens.text));
    child.add_space(4.0);
    inspector::inspector(&mut child, &weight, bits, &PlotLook::of(false));
}

/// The selected weight, once there are codes.
fn inspection(ctx: &PageContext<'_>) -> Option<(Inspection, u32)> {
    let (loaded, (analysis, _)) = (ctx.loaded()?, ctx.analysis()?);
    let (row, column) = selected_cell(ctx)?;
    let columns = ctx.tensor()?.matrix_shape().1;
    let weight = Inspection::new(&loaded.values, analysis.quantized.as_ref()?, columns, row, column)?;
    Some((weight, analysis.bits))
}

fn errors_ui(ctx: &PageContext<'_>, ui: &mut Ui) {
    let Some((analysis, _)) = ctx.analysis() else {
        return card::nothing(ui, ctx.waiting());
    };
    let spacing = if ctx.settings.log_counts { Spacing::Log } else { Spacing::Linear };
    error_histogram(ui, &analysis.errors, spacing, &PlotLook::of(ctx.presenting));
}

/// Every number of the analysis and of the tensor, in two columns.
fn numbers_ui(ctx: &PageContext<'_>, ui: &mut Ui) {
    let (Some(loaded), Some((analysis, _)), Some(tensor)) = (ctx.loaded(), ctx.analysis(), ctx.tensor()) else {
        return card::nothing(ui, ctx.waiting());
    };
    let tokens = tokens(ui.ctx());
    let rows = crate::app::view::metrics::all(tensor, &loaded.summary, &analysis.report, &analysis.ledger);
    figure::table_area(ui, "Numbers", || {
        Table::read(
            "Numbers",
            ["number", "value"],
            rows.iter().map(|(name, value)| [(*name).to_owned(), value.clone()]),
        )
    });
    let columns = if ui.available_width() > 620.0 { 3 } else { 2 };
    let per_column = rows.len().div_ceil(columns);
    let width = ui.available_width() / columns as f32;
    let step = (ui.available_height() / per_column as f32).clamp(15.0, 22.0);
    let origin = ui.max_rect().min;
    for (index, (name, value)) in rows.iter().enumerate() {
        let (column, row) = (index / per_column, index % per_column);
        let left = origin.x + column as f32 * width;
        let y = origin.y + (row as f32 + 0.5) * step;
        let rect = Rect::from_min_size(egui::pos2(left, y - step / 2.0), vec2(width - 24.0, step));
        let response = ui.interact(rect, ui.scope_id().with(("number", index)), egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name} {value}")));
        let painter = ui.painter();
        painter.text(rect.left_center(), egui::Align2::LEFT_CENTER, name, theme::control(), tokens.muted);
        painter.text(rect.right_center(), egui::Align2::RIGHT_CENTER, value, theme::mono(), tokens.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_show_digits_of_small_weights_too() {
        for (largest, value, expected) in
            [(2.12, -0.977, "−0.98"), (31.0, 2.0, "2.00"), (0.05, 0.0315, "0.0315"), (0.4, 0.0, "0"), (0.0, 0.0, "0")]
        {
            assert_eq!(cell_text(value, decimals(largest)), expected);
        }
    }
}
