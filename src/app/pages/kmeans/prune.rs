//! The pruning page: which weights become 0, and how what is left is stored with relative indices.

mod controls;

use std::sync::Arc;

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::parts::{self, CONTROLS, columns};
use crate::app::context::PageContext;
use crate::app::document::TensorKey;
use crate::app::session::Action;
use crate::app::setup::Setup;
use crate::app::theme::{self, GAP, TILE, tokens};
use crate::app::view::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Shade, Tone};
use crate::app::view::{cells, format};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::coding::SparseStudy;
use crate::engine::quantize::{Amount, Prune, Quantizer, Scheme, Scope, Sparse};
use crate::engine::tensor::Summary;
use controls::controls_ui;

/// Bars of the histogram.
const BARS: usize = 120;
/// Share that is pruned where the scheme says nothing.
const SHARE: f64 = 0.9;
/// Bits of a step where the scheme says nothing.
const INDEX: u8 = 4;

/// What the cost is drawn against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CostView {
    /// The bits of a step.
    #[default]
    Index,
    /// The share that is pruned.
    Share,
}

/// The scheme with a pruning stage and sparse storage.
pub fn pruning(scheme: &Scheme) -> Scheme {
    let mut scheme = scheme.clone();
    scheme.prune.get_or_insert(Prune { amount: Amount::Share(SHARE), scope: Scope::Tensor });
    scheme.storage.sparse.get_or_insert(Sparse { index: INDEX });
    if let Some(Quantizer::KMeans(kmeans)) = &mut scheme.quantizer {
        // Fillers and pruned weights need a code that means 0.
        kmeans.pinned = true;
    }
    scheme
}

fn change(setup: &mut Setup, change: impl FnOnce(&mut Scheme)) {
    let mut scheme = pruning(&setup.scheme);
    change(&mut scheme);
    setup.scheme = scheme;
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let scheme = pruning(ctx.scheme());
    let (Some(prune), Some(sparse)) = (scheme.prune, scheme.storage.sparse) else { return };
    let canvas = ui.max_rect();
    let (Some(loaded), Some(tensor), Some(key)) = (ctx.loaded().cloned(), ctx.tensor(), ctx.session.key()) else {
        return card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, "Reading the weights"));
    };
    let bits = if ctx.setup().codebook.floats { 32 } else { scheme.bits().unwrap_or(32) };
    let columns_of = tensor.matrix_shape().1;
    let asked = (key, prune, sparse.index, bits);
    let derived = ctx.derive("kmeans/prune", "Sparse storage", asked, {
        let loaded = Arc::clone(&loaded);
        let (shares, weights) = ctx.document().map(|d| (Arc::clone(&d.shares), d.weights())).unwrap_or_default();
        let scheme = scheme.clone();
        move |&(key, prune, index, bits): &(TensorKey, Prune, u8, u32), handle| {
            // A share of the whole model is a threshold for each of its tensors.
            let threshold = shares.threshold(&weights, &scheme, handle)?;
            let prune = threshold.map_or(prune, |threshold| Prune { amount: Amount::Threshold(threshold), ..prune });
            SparseStudy::of(&loaded.values, columns_of, &prune, (index, bits), handle).map(|study| (key, study))
        }
    });
    let Some(derived) = derived.filter(|derived| derived.value.0 == key) else {
        return card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, "Pruning"));
    };
    let study = &derived.value.1;
    ctx.state.kmeans.said = vec![
        format!("{} of {} weights kept", format::count(study.kept), format::count(study.weights)),
        if derived.stale {
            "updating".to_owned()
        } else {
            format!("exact, all {} weights", format::count(study.weights))
        },
    ];
    let (presenting, narrow) = (ctx.presenting, canvas.width() < 1000.0);
    let height = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 90.0 + TILE + 230.0 + 130.0 + 230.0 + 4.0 * GAP,
        (false, false) => CONTROLS + TILE + 212.0 + 130.0 + 3.0 * GAP,
    };
    parts::scrolled(ui, "prune", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if !presenting {
            controls_ui(ctx, &scheme, study, row(if narrow { 90.0 } else { CONTROLS }), ui);
        }
        let tiles = row(TILE);
        tiles_ui(study, tiles, ui);
        let stream = if presenting { 132.0 } else { 138.0 };
        if narrow {
            histogram_ui(ctx, &loaded.summary, study, row(230.0), ui);
            stream_ui(ctx, study, row(stream), ui);
            cost_ui(ctx, study, row(230.0), ui);
            return;
        }
        let middle = Rect::from_min_max(
            pos2(canvas.left(), tiles.bottom() + GAP),
            pos2(canvas.right(), canvas.bottom() - stream - GAP),
        );
        if presenting {
            histogram_ui(ctx, &loaded.summary, study, middle, ui);
        } else {
            let [left, right] = columns(middle, [0.6, 0.4]);
            histogram_ui(ctx, &loaded.summary, study, left, ui);
            cost_ui(ctx, study, right, ui);
        }
        stream_ui(ctx, study, Rect::from_min_max(pos2(canvas.left(), middle.bottom() + GAP), canvas.max), ui);
    });
}

fn set_amount(ctx: &mut PageContext<'_>, amount: Amount, gesture: Option<u64>) {
    let what = match amount {
        Amount::Share(share) => format!("Prune {}", format::percent(share)),
        Amount::Threshold(threshold) => format!("Prune below {}", format::number(f64::from(threshold))),
    };
    ctx.edit(what, gesture, move |setup| {
        change(setup, |scheme| {
            // A threshold is the same for every tensor: only a share knows of a scope.
            let scope = match amount {
                Amount::Share(_) => scheme.prune.map(|prune| prune.scope).unwrap_or_default(),
                Amount::Threshold(_) => Scope::Tensor,
            };
            scheme.prune = Some(Prune { amount, scope });
        });
    });
}

fn set_index(ctx: &mut PageContext<'_>, before: u8, index: u8) {
    ctx.edit(format!("Index bits {before} → {index}"), None, move |setup| {
        change(setup, |scheme| scheme.storage.sparse = Some(Sparse { index }));
    });
}

fn tiles_ui(study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let density = study.kept as f64 / study.weights.max(1) as f64;
    let chosen = study.chosen();
    let ratio = |bits: u64| {
        let float = study.weights as f64 * 32.0;
        if bits == 0 { format::NONE.to_owned() } else { format::fixed(float / bits as f64, 2) }
    };
    let best = study.best().map_or_else(|| format::NONE.to_owned(), |best| best.index.to_string());
    let tiles = [
        ("Kept", format::fixed(density * 100.0, 1), "%", "Weights that are not 0"),
        (
            "Fillers",
            chosen.map_or_else(String::new, |width| format::count(width.fillers)),
            "",
            "Zeros stored to bridge gaps longer than a step can be",
        ),
        ("Best index width", best, "bit", "The width of a step that costs least here"),
        (
            "Smaller than float32",
            chosen.map_or_else(String::new, |width| ratio(width.bits)),
            "×",
            "Values, steps and fillers counted; the codebook is not",
        ),
    ];
    for ((name, value, unit, hint), place) in tiles.into_iter().zip(columns(rect, [1.0; 4])) {
        metric_tile(ui, place, &Metric { name, value, unit, hint }, false);
    }
}

fn histogram_ui(ctx: &mut PageContext<'_>, summary: &Summary, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let threshold = f64::from(study.threshold);
    let mut chosen = None;
    let names: Vec<(usize, String, &str)> = ctx
        .document()
        .map(|document| {
            document.model.tensors.iter().enumerate().map(|(index, tensor)| (index, tensor.name.clone(), "")).collect()
        })
        .unwrap_or_default();
    let mut tensor = ctx.document().map_or(0, |document| document.tensor);
    let presenting = ctx.presenting;
    let trailing = |ui: &mut Ui| {
        if names.len() > 1 && !presenting && select(ui, "Tensor", &mut tensor, &names).changed() {
            chosen = Some(tensor);
        }
    };
    Card::new("Weights").subtitle("drag the threshold").trailing(trailing).show(ui, rect, |ui| {
        let (low, high) = summary.quantiles(1e-4).unwrap_or((-1.0, 1.0));
        let reach = low.abs().max(high.abs()).max(f64::MIN_POSITIVE) * 1.05;
        let step = 2.0 * reach / BARS as f64;
        let counts = summary.bars(-reach, step, BARS);
        let center = |place: usize| -reach + (place as f64 + 0.5) * step;
        let kept = |place: &usize| center(*place).abs() >= threshold;
        let of = |wanted: bool| {
            let places: Vec<usize> = (0..BARS).filter(|place| kept(place) == wanted).collect();
            places.into_iter().map(|place| (center(place), counts[place] as f64)).collect::<Vec<_>>()
        };
        let within = threshold.min(reach);
        let mark = |value: f64, name: &str, text: String| Mark {
            across: Across::X,
            value,
            text,
            tone: Tone::Accent,
            handle: Some(name.to_owned()),
        };
        let picture = Chart {
            title: "Weights, pruned and kept".to_owned(),
            x: AxisSpec::new("Weight").between(-reach, reach),
            y: AxisSpec::new("Weights per bar").from_zero(),
            series: vec![
                Series::new("", Kind::Bars(step * 0.92), of(false)).tone(Tone::Muted),
                Series::new("", Kind::Bars(step * 0.92), of(true)).tone(Tone::Real),
            ],
            marks: vec![
                mark(-within, "Threshold, negative side", String::new()),
                mark(within, "Threshold", format!("±{}", format::number(threshold))),
            ],
            shades: vec![Shade { low: -within, high: within, text: String::new(), tone: Tone::Warn }],
            ..Chart::default()
        };
        let shown = chart(ui, &picture, &PlotLook::of(presenting));
        if let Some(moved) = shown.moved {
            let gesture = ctx.state.gestures.of(&moved.response);
            // Four digits are finer than a pixel.
            let wanted = moved.x.abs();
            let unit = 10_f64.powf(wanted.max(1e-12).log10().floor() - 3.0);
            set_amount(ctx, Amount::Threshold(((wanted / unit).round() * unit) as f32), gesture);
        }
    });
    if let Some(tensor) = chosen {
        ctx.act(Action::SelectTensor(tensor));
    }
}

fn cost_ui(ctx: &mut PageContext<'_>, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
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
                Chart {
                    title: "Bytes by index bits".to_owned(),
                    x: AxisSpec::new("Bits of a step").between(0.5, 16.5),
                    y: AxisSpec::new("Bytes").log(),
                    series: vec![
                        Series::new("sparse", Kind::Line, points)
                            .tone(Tone::Accent)
                            .with_markers()
                            .main()
                            .with_notes(notes),
                    ],
                    marks: mark.into_iter().chain([dense]).collect(),
                    current: Some((0, usize::from(study.index).saturating_sub(1))),
                    ..Chart::default()
                }
            }
            CostView::Share => {
                let of = |bits: fn(&crate::engine::coding::Density) -> u64| {
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
fn stream_ui(ctx: &PageContext<'_>, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let csr = format!(
        "for comparison, compressed sparse rows: {} B, {} B with the narrowest numbers",
        format::count(study.csr.bits(study.value_bits).div_ceil(8)),
        format::count(study.csr.narrow_bits(study.value_bits).div_ceil(8)),
    );
    let most = 1_u32 << study.index;
    let subtitle = format!("step 1…{most} in {} bit, then the value; {csr}", study.index);
    Card::new("Stored stream").subtitle(&subtitle).show(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let look = PlotLook::of(ctx.presenting);
        if study.stream.is_empty() {
            return card::nothing(ui, "Nothing is kept");
        }
        egui::ScrollArea::horizontal().id_salt("stream").auto_shrink(false).show(ui, |ui| {
            let (width, height) = (56.0, 26.0);
            let size = vec2(width * study.stream.len() as f32 + 60.0, 2.0 * height + 24.0);
            let (area, response) = ui.allocate_exact_size(size, Sense::hover());
            let told: Vec<String> = study
                .stream
                .iter()
                .take(24)
                .map(|(entry, _)| if entry.filler { format!("{} filler", entry.step) } else { entry.step.to_string() })
                .collect();
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Steps: {}", told.join(", "))));
            let painter = ui.painter();
            for (row, name) in ["step", "value", "at"].into_iter().enumerate() {
                let at = pos2(area.left(), area.top() + height * (row as f32 + 0.5));
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
                let at = pos2(cell(1.0).center().x, area.top() + height * 2.0 + 9.0);
                painter.text(at, Align2::CENTER_CENTER, entry.position.to_string(), look.caption.clone(), tokens.muted);
            }
        });
    });
}
