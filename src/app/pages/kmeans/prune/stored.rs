//! What is left, as it is stored: bytes by the width of a step, and the stream itself.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{CostView, set_index};
use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::{cells, format};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::coding::sparse::Width;
use crate::engine::coding::{Density, SparseStudy};

/// Bytes by the width of a step, or by the share that is pruned.
pub(super) fn cost_ui(ctx: &mut PageContext<'_>, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let mut view = ctx.state.kmeans.cost;
    let choices = [(CostView::Index, "Index bits"), (CostView::Share, "Share pruned")];
    let choose = |ui: &mut Ui| drop(segmented(ui, "Cost by", &mut view, &choices));
    let now = ctx.state.kmeans.cost;
    Card::new("Bytes").trailing(choose).show(ui, rect, |ui| {
        let bytes = |bits: u64| bits as f64 / 8.0;
        let dense = Mark {
            across: Across::Y,
            value: bytes(study.dense_bits()),
            text: "dense".to_owned(),
            tone: Tone::Muted,
            handle: None,
        };
        let best = study.best();
        let picture = match now {
            CostView::Index => {
                let points = study.widths.iter().map(|width| (f64::from(width.index), bytes(width.bits)));
                let notes =
                    study.widths.iter().map(|width| format!("{} fillers", format::count(width.fillers))).collect();
                let mark = best.map(|best| Mark {
                    across: Across::X,
                    value: f64::from(best.index),
                    text: format!("best: {} bit", best.index),
                    tone: Tone::Good,
                    handle: None,
                });
                // Narrow steps need fillers, wide ones cost on every weight that is kept.
                let filler =
                    |width: &Width| width.fillers as f64 * f64::from(u32::from(width.index) + study.value_bits) / 8.0;
                let of = |part: &dyn Fn(&Width) -> f64| {
                    let points = study.widths.iter().map(|width| (f64::from(width.index), part(width)));
                    points.filter(|point| point.1 > 0.0).collect::<Vec<_>>()
                };
                let fillers = Series::new("fillers", Kind::Line, of(&filler)).tone(Tone::Warn).dashed();
                let kept = of(&|width: &Width| bytes(width.bits) - filler(width));
                let kept = Series::new("kept weights", Kind::Line, kept).tone(Tone::Real).dashed();
                let sum = Series::new("sum", Kind::Line, points).tone(Tone::Accent).with_markers().main();
                let least = best.map_or(1.0, |best| bytes(best.bits)).max(0.125);
                let most = study.widths.iter().map(|width| width.bits).max().map_or(1.0, bytes);
                Chart {
                    title: "Bytes by index bits".to_owned(),
                    x: AxisSpec::new("Bits of a step").between(0.5, 16.5),
                    y: AxisSpec::new("Bytes").log().between(least / 4.0, most.max(bytes(study.dense_bits())) * 1.4),
                    series: vec![sum.with_notes(notes), kept, fillers],
                    marks: mark.into_iter().chain([dense]).collect(),
                    current: Some((0, usize::from(study.index).saturating_sub(1))),
                    ..Chart::default()
                }
            }
            CostView::Share => {
                let of = |bits: fn(&Density) -> u64| {
                    study
                        .by_share
                        .iter()
                        .map(|density| (density.share * 100.0, bytes(bits(density))))
                        .collect::<Vec<_>>()
                };
                let notes =
                    study.by_share.iter().map(|density| format!("best width {} bit", density.best.index)).collect();
                Chart {
                    title: "Bytes by share pruned".to_owned(),
                    x: AxisSpec::new("Pruned, %").between(0.0, 100.0),
                    y: AxisSpec::new("Bytes").from_zero(),
                    series: vec![
                        Series::new(format!("{} bit", study.index), Kind::Line, of(|density| density.chosen.bits))
                            .tone(Tone::Accent),
                        Series::new("best width", Kind::Line, of(|density| density.best.bits))
                            .tone(Tone::Good)
                            .with_markers()
                            .with_notes(notes),
                    ],
                    marks: vec![dense],
                    ..Chart::default()
                }
            }
        };
        let shown = chart(ui, &picture, &PlotLook::of(ctx.presenting));
        if let (CostView::Index, Some((0, place))) = (now, shown.clicked) {
            set_index(ctx, study.index, place as u8 + 1);
        }
    });
    ctx.state.kmeans.cost = view;
}

/// The stored entries, cell by cell: the step above, the value beneath; fillers stand out.
pub(super) fn stream_ui(ctx: &PageContext<'_>, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let csr = format!(
        "for comparison, compressed sparse rows: {} B, {} B with the narrowest numbers",
        format::count(study.csr.bits(study.value_bits).div_ceil(8)),
        format::count(study.csr.narrow_bits(study.value_bits).div_ceil(8)),
    );
    let most = 1_u32 << study.index;
    let mut subtitle = format!("step 1…{most} in {} bit, then the value", study.index);
    // A hall has no room for the comparison.
    if !ctx.presenting {
        subtitle += &format!("; {csr}");
    }
    Card::new("Stored stream").subtitle(&subtitle).show(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let look = PlotLook::of(ctx.presenting);
        if study.stream.is_empty() {
            return card::nothing(ui, "Nothing is kept");
        }
        egui::ScrollArea::horizontal().id_salt("stream").auto_shrink(false).show(ui, |ui| {
            let (width, height) = (56.0, 26.0);
            let size = vec2(width * study.stream.len() as f32 + 60.0, 2.0 * height + 24.0);
            let recording = figure::record(ui);
            let (area, response) = ui.allocate_exact_size(size, Sense::CLICK);
            let told: Vec<String> = study
                .stream
                .iter()
                .take(24)
                .map(|(entry, _)| if entry.filler { format!("{} filler", entry.step) } else { entry.step.to_string() })
                .collect();
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Steps: {}", told.join(", "))));
            let painter = ui.painter();
            let rows = if ctx.presenting { 2 } else { 3 };
            for (row, name) in ["step", "value", "at"].into_iter().enumerate().take(rows) {
                let middle = if row == 2 { height * 2.0 + 9.0 } else { height * (row as f32 + 0.5) - 1.0 };
                let at = pos2(area.left(), area.top() + middle);
                painter.text(at, Align2::LEFT_CENTER, name, look.caption.clone(), tokens.muted);
            }
            for (place, (entry, value)) in study.stream.iter().enumerate() {
                let left = area.left() + 46.0 + place as f32 * width;
                let cell = |row: f32| {
                    Rect::from_min_size(pos2(left, area.top() + row * height), vec2(width - 3.0, height - 2.0))
                };
                if cell(0.0).right() < ui.clip_rect().left() || cell(0.0).left() > ui.clip_rect().right() {
                    continue;
                }
                let (fill, text) =
                    if entry.filler { (tokens.warn_soft, tokens.warn) } else { (tokens.accent_soft, tokens.text) };
                let sky = tokens.clusters[5];
                let (step_fill, step_text) = if entry.filler { (fill, text) } else { (sky.fill, sky.text) };
                painter.rect_filled(cell(0.0), theme::RADIUS_BAR, step_fill);
                painter.text(
                    cell(0.0).center(),
                    Align2::CENTER_CENTER,
                    entry.step.to_string(),
                    theme::cell(13.0),
                    step_text,
                );
                painter.rect_filled(cell(1.0), theme::RADIUS_BAR, fill);
                let words = if entry.filler { "filler".to_owned() } else { cells::cell(f64::from(*value), 2) };
                let font = if entry.filler { theme::small_semibold() } else { theme::cell(12.0) };
                painter.text(cell(1.0).center(), Align2::CENTER_CENTER, words, font, text);
                if ctx.presenting {
                    continue;
                }
                let at = pos2(cell(1.0).center().x, area.top() + height * 2.0 + 9.0);
                painter.text(at, Align2::CENTER_CENTER, entry.position.to_string(), look.caption.clone(), tokens.muted);
            }
            let shown = area.intersect(ui.clip_rect());
            figure::menu(ui, &response, recording, shown, "Stored stream", || stream_table(study));
        });
    });
}

/// Every stored entry.
fn stream_table(study: &SparseStudy) -> Table {
    let mut table = Table::new("Stored stream", &["step", "value", "filler", "position"]);
    table.rows = study
        .stream
        .iter()
        .map(|(entry, value)| {
            let filler = if entry.filler { "yes" } else { "no" };
            let step = Cell::count(entry.step.into());
            vec![step, Cell::Number((*value).into()), Cell::Text(filler.to_owned()), Cell::count(entry.position as u64)]
        })
        .collect();
    table
}
