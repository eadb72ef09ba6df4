//! The tensor table, the metric tiles, error by bits and the size.

use std::sync::Arc;

use egui::{Rect, RichText, Ui};

use super::layout::Areas;
use crate::app::context::PageContext;
use crate::app::curves;
use crate::app::document::DocumentId;
use crate::app::noise::{Noise, Subject, measure};
use crate::app::session::Action;
use crate::app::theme::{self, tokens};
use crate::app::view::ledger::LedgerView;
use crate::app::view::rate::{Measure, Rate, RateSeries};
use crate::app::view::table::TableRow;
use crate::app::view::{format, metrics};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::ledger::ledger;
use crate::app::widgets::metric_tile::metric_tile_with;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::rate_plot::RatePlot;
use crate::app::widgets::tensor_table::TensorTable;
use crate::engine::quantize::{CurvePoint, Scheme};

/// Rows of the table and series of the curve, made again only when they change.
#[derive(Default)]
pub struct Cache {
    rows: Vec<TableRow>,
    rows_of: Option<(DocumentId, usize, String, Option<usize>)>,
    revision: u64,
    metric: (String, &'static str),
}

impl Cache {
    /// The rows of the document in front, with the metric of the current scheme.
    fn update(&mut self, ctx: &mut PageContext<'_>, wide: bool) {
        let scheme = ctx.scheme().clone();
        let series = curves::series_of(&scheme).zip(scheme.bits());
        let measured = if wide && series.is_none() { measured(ctx, &scheme) } else { None };
        let Some(document) = ctx.document() else { return };
        let made = measured.as_ref().map(|measured| Arc::as_ptr(measured) as usize);
        let key = (document.id, document.statistics.finished(), format!("{scheme}{wide}"), made);
        if self.rows_of.as_ref() == Some(&key) {
            return;
        }
        self.metric = match series {
            Some((_, bits)) => (format!("SQNR {bits} bit"), "dB"),
            // The standard deviation has a column of its own where there is room.
            None if wide => ("SQNR".to_owned(), "dB"),
            None => ("Std".to_owned(), ""),
        };
        let row = |(index, tensor)| {
            let mut row = TableRow::new(tensor);
            let known = document.statistics.get(index).and_then(|result| result.as_ref().ok());
            row.moments = known.map(|statistics| statistics.moments);
            row.sparkline = known.map(|statistics| statistics.sparkline.clone());
            row.metric = match series {
                Some((family, bits)) => document
                    .statistics
                    .curves(index)
                    .and_then(|curves| curves.iter().find(|curve| curve.family == family))
                    .and_then(|curve| curve.points.iter().find(|point| point.bits == bits))
                    .and_then(|point| point.report.sqnr_db()),
                None if wide => measured.as_ref().and_then(|measured| measured.get(index).copied().flatten()),
                None => row.moments.and_then(|moments| moments.std()),
            };
            row
        };
        self.rows = document.model.tensors.iter().enumerate().map(row).collect();
        self.revision += 1;
        self.rows_of = Some(key);
    }
}

/// The SQNR of every tensor under a scheme that no curve tells of, once it is measured.
fn measured(ctx: &mut PageContext<'_>, scheme: &Scheme) -> Option<Arc<Noise>> {
    let subject = Subject::of(ctx.document()?);
    let made = ctx.derive(
        "model/noise",
        "SQNR of every tensor",
        (subject.key(), scheme.clone()),
        move |(_, scheme), handle| measure(&subject, scheme, handle),
    );
    made.filter(|made| !made.stale).map(|made| made.value)
}

/// Draws the card with the table.
pub fn table_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    table_card(ctx, rect, false, ui);
}

/// The table, narrow beside the cards or wide on a page of its own.
pub fn table_card(ctx: &mut PageContext<'_>, rect: Rect, wide: bool, ui: &mut Ui) {
    if ctx.document().is_none() {
        return;
    }
    let mut cache = std::mem::take(&mut ctx.state.tensor.cards);
    cache.update(ctx, wide);
    let Some(document) = ctx.document() else { return };
    let tensors = format::count(document.model.tensors.len() as u64);
    let total = format!("{tensors} · {} weights", format::count(document.model.count()));
    let told = |ui: &mut Ui| {
        let color = tokens(ui.ctx()).muted;
        ui.label(RichText::new(total).font(theme::small()).color(color));
    };
    let chosen = Card::new("Tensors").trailing(told).show_edge_to_edge(ui, rect, |ui| {
        let (metric, unit) = (cache.metric.0.as_str(), cache.metric.1);
        let table = TensorTable {
            rows: &cache.rows,
            revision: cache.revision,
            selected: document.tensor,
            metric: (metric, unit),
            wide,
        };
        table.show(ui, &mut ctx.state.tensor.table)
    });
    ctx.state.tensor.cards = cache;
    if let Some(tensor) = chosen {
        ctx.act(Action::SelectTensor(tensor));
    }
}

/// Draws the tiles.
pub fn tiles_ui(ctx: &PageContext<'_>, areas: &Areas, ui: &Ui) {
    let analysis = ctx.analysis();
    let stale = ctx.staleness();
    let tiles = match analysis {
        Some((analysis, _)) => metrics::tiles(&analysis.report, &analysis.ledger),
        None => metrics::no_tiles(),
    };
    let pinned = ctx.session.pinned().zip(analysis);
    let deltas = pinned.map_or([const { None }; 8], |(pinned, (analysis, _))| {
        metrics::deltas((&analysis.report, &analysis.ledger), (&pinned.report, &pinned.ledger))
    });
    for ((rect, metric), delta) in areas.tiles.iter().zip(&tiles).zip(&deltas) {
        metric_tile_with(ui, *rect, metric, stale, delta.as_ref());
    }
}

/// Draws the rate-distortion card.
pub fn curve_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let scheme = ctx.scheme();
    let clicked = card::card(ui, rect, "Error by bits", "SQNR, dB", |ui| {
        let Some(curves) = ctx.curves() else {
            card::nothing(ui, "Measuring every width");
            return None;
        };
        let mut series: Vec<RateSeries> = curves
            .iter()
            .map(|curve| RateSeries::new(&curve.title, &curve.points, Rate::Bits, Measure::Sqnr))
            .collect();
        let place = |family| curves.iter().position(|curve| curve.family == family);
        let mut current = curves::series_of(scheme).and_then(place).zip(scheme.bits());
        if current.is_none()
            && let Some(point) = own_point(ctx)
        {
            current = Some((series.len(), point.bits));
            series.push(RateSeries::new("this", &[point], Rate::Bits, Measure::Sqnr));
        }
        let plot = RatePlot {
            series: &series,
            measure: Measure::Sqnr,
            rate: Rate::Bits,
            current,
            look: PlotLook::of(ctx.presenting),
        };
        plot.show(ui).clicked.and_then(|(place, bits)| curves::scheme_at(curves.get(place)?.family, bits))
    });
    if let Some(scheme) = clicked {
        ctx.set_scheme(scheme);
    }
}

/// The point of a scheme that lies on no curve: per channel, from another start, clipped.
fn own_point(ctx: &PageContext<'_>) -> Option<CurvePoint> {
    let (analysis, stale) = ctx.analysis()?;
    let point =
        CurvePoint { bits: analysis.bits, bits_per_weight: analysis.bits_per_weight()?, report: analysis.report };
    (!stale && (1..=8).contains(&point.bits)).then_some(point)
}

/// Draws the size card.
pub fn size_ui(ctx: &PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let (Some(tensor), Some((analysis, _))) = (ctx.tensor(), ctx.analysis()) else {
        return card::card(ui, rect, "Size", "", |ui| card::nothing(ui, ctx.waiting()));
    };
    let view = LedgerView::new(&analysis.ledger, tensor.dtype.name(), tensor.bytes());
    let headline = |ui: &mut Ui| {
        let color = if view.is_larger() { tokens(ui.ctx()).warn } else { tokens(ui.ctx()).text };
        ui.label(RichText::new(view.headline()).font(theme::title()).color(color));
    };
    let staleness = ctx.staleness();
    let estimated = !analysis.is_exact() && !analysis.scheme.storage.is_dense();
    let subtitle = if staleness.is_empty() && estimated { "preview, estimated" } else { staleness };
    Card::new("Size").subtitle(subtitle).trailing(headline).show(ui, rect, |ui| {
        if !staleness.is_empty() {
            ui.set_opacity(theme::STALE);
        }
        ledger(ui, &view, &PlotLook::of(ctx.presenting));
    });
}
