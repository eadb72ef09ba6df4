//! The pruning page: which weights become 0, and how what is left is stored with relative indices.

mod controls;
mod stored;

use std::sync::Arc;

use egui::{Rect, Ui, pos2, vec2};

use super::parts::{self, CONTROLS, columns};
use crate::app::context::PageContext;
use crate::app::document::TensorKey;
use crate::app::pages::tensor::tensor_choice;
use crate::app::results::Loaded;
use crate::app::session::Action;
use crate::app::setup::Setup;
use crate::app::theme::{GAP, TILE};
use crate::app::view::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Shade, Tone};
use crate::app::view::{format, ticks};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::coding::{Layout, SparseStudy};
use crate::engine::quantize::{Amount, Options, Prune, QuantizeError, Quantizer, Scheme, Scope, Sparse, quantize_with};
use crate::engine::tensor::Summary;
use crate::jobs::Handle;
use controls::controls_ui;
use stored::{cost_ui, stream_ui};

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

/// Which weights the histogram is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// All: what goes and what stays.
    #[default]
    All,
    /// What is left, at its own scale.
    Kept,
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
        let size = size(ctx, &loaded, key, &scheme, study);
        tiles_ui(study, size, tiles, ui);
        let stream = if presenting { 110.0 } else { 138.0 };
        if narrow && !presenting {
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

/// What the weights that are kept take.
enum Size {
    /// As float32, in bits.
    Floats(Option<u64>),
    /// As codes, in bits, with what they mean; `None` until they are found.
    Codes(Option<u64>),
}

/// The bits of what is left, as the file has them.
fn size(ctx: &mut PageContext<'_>, loaded: &Arc<Loaded>, key: TensorKey, scheme: &Scheme, study: &SparseStudy) -> Size {
    if ctx.setup().codebook.floats || scheme.bits().is_none() {
        return Size::Floats(study.chosen().map(|width| width.bits));
    }
    let Some(document) = ctx.document() else { return Size::Codes(None) };
    let (shares, weights, loaded) = (Arc::clone(&document.shares), document.weights(), Arc::clone(loaded));
    let work = move |(key, scheme): &(TensorKey, Scheme), handle: &Handle| {
        let threshold = shares.threshold(&weights, scheme, handle)?;
        let options = Options { threshold, summary: Some(&loaded.summary), ..Options::default() };
        match quantize_with(&loaded.values, &loaded.shape, scheme, &options, handle) {
            Ok(fitted) => Ok((*key, Some(Layout::of(&fitted.quantized).ledger().bits()))),
            Err(QuantizeError::Unfit(_)) => Ok((*key, None)),
            Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
        }
    };
    let made = ctx.derive("kmeans/prune/size", "Size of the codes", (key, scheme.clone()), work);
    Size::Codes(made.filter(|made| made.value.0 == key).and_then(|made| made.value.1))
}

fn tiles_ui(study: &SparseStudy, size: Size, rect: Rect, ui: &mut Ui) {
    let density = study.kept as f64 / study.weights.max(1) as f64;
    let chosen = study.chosen();
    let ratio = |bits: u64| {
        let float = study.weights as f64 * 32.0;
        if bits == 0 { format::NONE.to_owned() } else { format::fixed(float / bits as f64, 2) }
    };
    let (bits, hint) = match size {
        Size::Floats(bits) => (bits, "Values, steps and fillers counted"),
        Size::Codes(bits) => (bits, "Codes, steps, fillers and what the codes mean counted, as in a .qsz file"),
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
        ("Smaller than float32", bits.map_or_else(|| format::NONE.to_owned(), ratio), "×", hint),
    ];
    for ((name, value, unit, hint), place) in tiles.into_iter().zip(columns(rect, [1.0; 4])) {
        metric_tile(ui, place, &Metric { name, value, unit, hint }, false);
    }
}

fn histogram_ui(ctx: &mut PageContext<'_>, summary: &Summary, study: &SparseStudy, rect: Rect, ui: &mut Ui) {
    let threshold = f64::from(study.threshold);
    let mut tensor = None;
    let presenting = ctx.presenting;
    let now = ctx.state.kmeans.shown;
    let mut wanted = now;
    // The card's title line and its content both speak to the page, one after the other.
    let shared = std::cell::RefCell::new(&mut *ctx);
    let trailing = |ui: &mut Ui| {
        segmented(ui, "Histogram of", &mut wanted, &[(Shown::All, "All"), (Shown::Kept, "Kept")]);
        if !presenting {
            tensor = tensor_choice(&shared.borrow(), ui);
        }
    };
    let subtitle = match now {
        Shown::All => "drag the threshold; what is grey goes",
        Shown::Kept => "what is left has a gap around 0",
    };
    Card::new("Weights").subtitle(subtitle).trailing(trailing).show(ui, rect, |ui| {
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
        let mut series = vec![Series::new("", Kind::Bars(step * 0.92), of(true)).tone(Tone::Real)];
        if now == Shown::All {
            series.insert(0, Series::new("", Kind::Bars(step * 0.92), of(false)).tone(Tone::Muted));
        }
        // Weights are whole.
        let most = series.iter().flat_map(|series| &series.points).map(|point| point.y).fold(0.0, f64::max);
        // A hall reads the bars, and the title says what they are of.
        let axis = |label: &str| AxisSpec::new(if presenting { "" } else { label });
        let mut y = axis("Weights per bar").from_zero();
        if most <= 5.0 {
            y = y.with_ticks(ticks::linear(0.0, most.max(1.0).ceil(), most.max(1.0) as usize + 1));
        }
        let picture = Chart {
            title: if now == Shown::All { "Weights, pruned and kept" } else { "Weights that are kept" }.to_owned(),
            x: axis("Weight").between(-reach, reach),
            y,
            series,
            marks: vec![
                mark(-within, "Threshold, negative side", String::new()),
                mark(within, "Threshold", format!("±{}", format::number(threshold))),
            ],
            shades: vec![Shade { low: -within, high: within, text: String::new(), tone: Tone::Muted }],
            ..Chart::default()
        };
        let shown = chart(ui, &picture, &PlotLook::of(presenting));
        if let Some(moved) = shown.moved {
            let mut ctx = shared.borrow_mut();
            let gesture = ctx.state.gestures.of(&moved.response);
            // Four digits are finer than a pixel.
            let wanted = moved.x.abs();
            let unit = 10_f64.powf(wanted.max(1e-12).log10().floor() - 3.0);
            set_amount(&mut ctx, Amount::Threshold(((wanted / unit).round() * unit) as f32), gesture);
        }
    });
    ctx.state.kmeans.shown = wanted;
    if let Some(tensor) = tensor {
        ctx.act(Action::SelectTensor(tensor));
    }
}
