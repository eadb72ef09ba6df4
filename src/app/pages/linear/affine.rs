//! The page about S and Z: two axes, the derivation, the worked example cell by cell.

mod controls;

use egui::{Rect, Ui, pos2, vec2};

use super::matmul::lecture_weights;
use super::parts::{figure, label, note, remark, scrolled, steps_ui};
use super::precision::precision_ui;
use super::studies;
use crate::app::context::PageContext;
use crate::app::document::TensorKey;
use crate::app::memo::Memo;
use crate::app::pages::Link;
use crate::app::session::Session;
use crate::app::setup::linear::{Study, affine};
use crate::app::state::UiState;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::affine::{
    AffineMap, Slide, oddities, real, scale_steps, symbol, weight_steps, whole, zero_point_steps,
};
use crate::app::view::format;
use crate::app::view::granularity::{Beside, Cells, OUTLIER_LIMIT, SIDE, Weights, corner, with_outlier};
use crate::app::widgets::affine_map::{AffineMapView, Handle, OnAxis};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::linear::{self, Derivation, derive_summary, derive_typed};
use crate::engine::quantize::{Clip, Linear, Partition, Per, Quantizer, Range, Zero};

/// The page's setting is the shared scheme, as far as it is linear.
pub const LINK: Link = Link {
    text: |setup| Quantizer::Linear(affine::quantizer(&setup.scheme)).to_string(),
    parse: |setup, text| {
        let linear = affine::parse(text)?;
        setup.scheme = setup.scheme.with_quantizer(Quantizer::Linear(linear));
        Ok(())
    },
    defaults: |setup| {
        setup.scheme = Quantizer::Linear(affine::plain(2)).into();
        setup.linear.affine = affine::Affine::default();
    },
    bits: |setup| Some(u32::from(affine::quantizer(&setup.scheme).bits)),
    take_bits: |setup, bits| {
        let linear = affine::quantizer(&setup.scheme);
        if bits == 1 && linear.range.needs_two_bits() {
            return false;
        }
        setup.scheme = setup.scheme.with_quantizer(Quantizer::Linear(Linear { bits: bits as u8, ..linear }));
        true
    },
};

/// Dots are drawn for up to this many weights, bars for more.
const DOTS: usize = 256;
/// Bars over the axis of r.
const BARS: usize = 160;

/// A tensor and its outlier.
type Weighed = (TensorKey, Option<u32>);

/// What the eye needs of this page.
#[derive(Default)]
pub struct AffinePage {
    /// Where the keys have put the cursor on r.
    cursor: Option<f32>,
    /// The ends of the axis of r while an end of the range is dragged, so that the axis stays.
    held: Option<[f64; 2]>,
    /// The cell under the pointer, outlined in every matrix.
    pub(super) linked: Option<usize>,
    weights: Memo<Weighed, Weights>,
    prepared: Memo<(Weighed, Linear, Option<usize>), Prepared>,
}

/// S and Z of one grid, the weights that share it, and how many of them are beyond it, below and above.
#[derive(Clone)]
pub struct Prepared {
    sharing: Weights,
    derivation: Derivation,
    whole: Derivation,
    clipped: [u64; 2],
    slide: Option<Slide>,
}

/// Everything the cards show, put together once a frame.
pub(super) struct View {
    pub key: TensorKey,
    pub weights: Weights,
    /// The weights that share S and Z with the selected one.
    pub sharing: Weights,
    /// Which group they are, and of how many; `None` where it is the whole tensor.
    pub group: Option<[usize; 2]>,
    /// How many of them are below and above the range.
    pub clipped: [u64; 2],
    pub matrix: (usize, usize),
    /// Rows and columns that are shown cell by cell, at most: a hall reads fewer.
    pub side: usize,
    pub linear: Linear,
    /// S and Z of the selected weight.
    pub derivation: Derivation,
    /// What they would be for the whole tensor.
    pub whole: Derivation,
    /// The lecture's worked example goes on with rounded numbers.
    pub slide: Option<Slide>,
    pub outlier: Option<f32>,
    pub selected: usize,
}

impl View {
    /// Places of the weights that are shown cell by cell, and their number of columns.
    pub fn corner(&self) -> (Vec<usize>, usize) {
        corner(self.matrix, self.side)
    }

    /// Whose S and Z are shown, where it is not the whole tensor's: `channel 3 of 512`.
    pub fn group_words(&self) -> Option<String> {
        let [index, count] = self.group?;
        let kind = if matches!(self.linear.per, Per::Channel(_)) { "channel" } else { "group" };
        Some(format!("{kind} {} of {}", format::count(index as u64), format::count(count as u64)))
    }

    /// The weights.
    pub fn values(&self) -> &[f32] {
        &self.weights.values
    }
}

fn view(ctx: &mut PageContext<'_>) -> Option<View> {
    let (loaded, document) = (ctx.loaded()?, ctx.document()?);
    let linear = affine::quantizer(ctx.scheme());
    let outlier = ctx.setup().linear.affine.outlier;
    let state = &mut ctx.state.linear.affine;
    let key = (loaded.key, outlier.map(f32::to_bits));
    let weights = state.weights.get(&key, |_| Weights::new(&loaded.values, &loaded.summary, outlier)).clone();
    // A very large group would hold up the frame; there the whole tensor's grid is shown, and said so.
    let is_shown =
        |partition: &Partition| partition.groups() > 1 && weights.values.len() / partition.groups() <= OUTLIER_LIMIT;
    let partition = Partition::new(linear.per, &loaded.shape).ok().filter(is_shown);
    let group = partition.as_ref().filter(|_| document.weight < weights.values.len());
    let group = group.map(|partition| [partition.group_of(document.weight), partition.groups()]);
    let prepared = state.prepared.get(&(key, linear.clone(), group.map(|[index, _]| index)), |_| {
        let sharing = match (&partition, group) {
            (Some(partition), Some([index, _])) => weights.part(partition.runs_of(index)),
            _ => weights.clone(),
        };
        let derivation = derive_summary(&linear, &sharing.summary);
        let map = map_between(&linear, derivation, sharing.extent());
        let clipped = map.clipped(&sharing.summary);
        let is_lecture = linear == affine::plain(2) && *weights.values == *lecture_weights().values();
        let slide = is_lecture.then(|| Slide::of(&map, &weights.values));
        Prepared { sharing, derivation, whole: derive_summary(&linear, &weights.summary), clipped, slide }
    });
    let prepared = prepared.clone();
    Some(View {
        key: loaded.key,
        weights,
        sharing: prepared.sharing,
        group,
        derivation: prepared.derivation,
        whole: prepared.whole,
        slide: prepared.slide,
        clipped: prepared.clipped,
        matrix: document.selected()?.matrix_shape(),
        side: if ctx.presenting { 4 } else { SIDE },
        linear,
        outlier,
        selected: document.weight,
    })
}

/// What the status bar says: the selected weight there and back, and whether 0 stays 0.
pub fn status(session: &Session, state: &UiState) -> Vec<String> {
    let Some(document) = session.document() else { return Vec::new() };
    let linear = affine::quantizer(session.scheme());
    let state = &state.linear.affine;
    let (Some((_, weights)), Some((_, prepared))) = (state.weights.held(), state.prepared.held()) else {
        return Vec::new();
    };
    let map = map_between(&linear, prepared.derivation, [0.0; 2]);
    let mut pieces = Vec::new();
    if let Some(&value) = weights.values.get(document.weight) {
        let columns = document.selected().map_or(1, |tensor| tensor.matrix_shape().1).max(1);
        let (row, column) = (document.weight / columns, document.weight % columns);
        let (code, back) = map.quantize(value);
        let back = format::fixed(f64::from(back), 2);
        pieces.push(format!("w[{row}, {column}] = {} → q = {} → {back}", real(value), whole(code)));
    }
    let (_, zero) = map.quantize(0.0);
    pieces.push(if zero == 0.0 { "0 stays exactly 0".to_owned() } else { format!("0 becomes {}", real(zero)) });
    pieces
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 84.0 + 232.0 + 250.0 + 236.0 + 3.0 * GAP,
        (false, false) => 560.0,
    };
    scrolled(ui, "affine page", presenting, least, |ui, page| {
        let Some(view) = view(ctx) else {
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, "Reading the weights"));
        };
        if presenting {
            let split = page.top() + ((page.height() - GAP) * 0.57).round();
            let middle = page.left() + (page.width() * 0.56).round();
            let map = Rect::from_min_max(page.min, pos2(middle, split));
            let steps = Rect::from_min_max(pos2(middle + GAP, page.top()), pos2(page.right(), split));
            map_ui(ctx, &view, map, ui);
            steps_card(ctx, &view, steps, ui);
            studies::ui(ctx, &view, Rect::from_min_max(pos2(page.left(), split + GAP), page.max), ui);
            return;
        }
        let height = if narrow { 84.0 } else { 66.0 };
        let controls = Rect::from_min_size(page.min, vec2(page.width(), height));
        controls::ui(ctx, &view, narrow, controls, ui);
        let top = controls.bottom() + GAP;
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(page.left(), top), vec2(page.width(), height));
        if narrow {
            map_ui(ctx, &view, row(top, 232.0), ui);
            steps_card(ctx, &view, row(top + 232.0 + GAP, 250.0), ui);
            studies::ui(ctx, &view, row(top + 482.0 + 2.0 * GAP, 236.0), ui);
            return;
        }
        // Text does not grow: leftover height goes to the map, and to the error by bits under the derivation.
        let room = page.bottom() - top - GAP;
        let study = ctx.setup().linear.affine.study;
        let most = if study == Study::Clip { room * 0.5 } else { 268.0 };
        let split = page.bottom() - GAP - (room * 0.44).round().min(most);
        let middle = page.left() + ((page.width() - GAP) * 0.6).round();
        map_ui(ctx, &view, Rect::from_min_max(pos2(page.left(), top), pos2(middle, split)), ui);
        let side = Rect::from_min_max(pos2(middle + GAP, top), pos2(page.right(), split));
        if side.height() > 290.0 + GAP + 180.0 {
            let below = side.top() + 290.0;
            steps_card(ctx, &view, Rect::from_min_max(side.min, pos2(side.right(), below)), ui);
            crate::app::pages::tensor::curve_ui(ctx, Rect::from_min_max(pos2(side.left(), below + GAP), side.max), ui);
        } else {
            steps_card(ctx, &view, side, ui);
        }
        studies::ui(ctx, &view, Rect::from_min_max(pos2(page.left(), split + GAP), page.max), ui);
    });
}

/// Changes the shared scheme to this quantizer.
pub(super) fn set(ctx: &mut PageContext<'_>, what: impl Into<String>, gesture: Option<u64>, linear: Linear) {
    ctx.edit(what, gesture, move |setup| {
        setup.scheme = setup.scheme.with_quantizer(Quantizer::Linear(linear.clone()));
    });
}

/// The range with one end elsewhere; a symmetric one moves both.
fn ends_with(view: &View, end: usize, to: f32) -> (f32, f32) {
    if view.linear.range.is_symmetric() {
        return (-to.abs(), to.abs());
    }
    let mut ends = [view.derivation.r_min as f32, view.derivation.r_max as f32];
    ends[end] = to;
    (ends[0], ends[1])
}

/// The quantizer with one end of its range dragged elsewhere; `None` where there would be no range.
fn moved(view: &View, end: usize, to: f32) -> Option<Linear> {
    let (low, high) = ends_with(view, end, to);
    derive_typed(&view.linear, f64::from(low), f64::from(high)).ok()?;
    Some(Linear { clip: Clip::Fixed { low, high }, ..view.linear.clone() })
}

/// The map of a quantizer for weights of that extent.
fn map_between(linear: &Linear, derivation: Derivation, extent: [f32; 2]) -> AffineMap {
    let [min, max] = extent.map(f64::from);
    AffineMap::new(derivation, u32::from(linear.bits), min, max)
}

/// The map with the axis held still while something is dragged on it.
fn map_of(ctx: &PageContext<'_>, view: &View) -> AffineMap {
    let mut map = map_between(&view.linear, view.derivation, view.sharing.extent());
    if let Some(held) = ctx.state.linear.affine.held {
        map.axis = held;
    }
    map
}

fn map_ui(ctx: &mut PageContext<'_>, view: &View, rect: Rect, ui: &mut Ui) {
    let subtitle = match (view.group_words(), view.sharing.values.len()) {
        (Some(words), _) => words,
        (None, _) if view.linear.per != Per::Tensor => "one scale for the whole tensor".to_owned(),
        (None, count) if count > DOTS => "weights above, heights by square root; codes below".to_owned(),
        _ => "weights above, codes below".to_owned(),
    };
    let draw = |ctx: &mut PageContext<'_>, ui: &mut Ui| {
        let map = map_of(ctx, view);
        let step = (map.axis[1] - map.axis[0]) / BARS as f64;
        let bars;
        let weights = if view.sharing.values.len() <= DOTS {
            OnAxis::Dots(&view.sharing.values)
        } else {
            bars = view.sharing.summary.bars(map.axis[0], step, BARS);
            OnAxis::Bars(&bars)
        };
        let picture = AffineMapView {
            map: &map,
            weights,
            clipped: view.clipped,
            selected: view.values().get(view.selected).copied(),
            outlier: view.outlier,
            cursor: ctx.state.linear.affine.cursor,
            counts: None,
            left_out: view.derivation.unused_code(),
            compact: false,
            look: PlotLook::of(ctx.presenting),
        };
        let shown = picture.show(ui);
        ctx.state.linear.affine.cursor = shown.cursor;
        let mut dragging = false;
        for (handle, to, response) in shown.handles {
            dragging |= response.dragged();
            let gesture = ctx.state.gestures.of(&response);
            let Some(to) = to else { continue };
            let (name, end, from) = match handle {
                Handle::Low => ("r_min", 0, view.derivation.r_min),
                Handle::High => ("r_max", 1, view.derivation.r_max),
                Handle::Outlier => {
                    studies::set_outlier(ctx, Some(to), gesture);
                    continue;
                }
            };
            if let Some(linear) = moved(view, end, to) {
                set(ctx, format!("{name} {} → {}", real(from as f32), real(to)), gesture, linear);
            }
        }
        ctx.state.linear.affine.held = dragging.then_some(map.axis);
    };
    if ctx.presenting {
        card::plain(ui, rect, "affine map", |ui| draw(ctx, ui));
    } else {
        // Beside its controls a low-resolution card has room for its name alone.
        let subtitle = if rect.width() < 900.0 && view.group.is_none() { "" } else { &subtitle };
        let mut outlier = view.outlier;
        let shared = std::cell::RefCell::new(&mut *ctx);
        let trailing = |ui: &mut Ui| {
            controls::outlier_ui(view, &mut outlier, ui);
            ui.add_space(6.0);
            // The field of an outlier takes the room of the words.
            let tight = view.outlier.is_some() && rect.width() < 900.0;
            precision_ui(&mut shared.borrow_mut(), &view.linear, tight, ui);
        };
        Card::new("Affine map").subtitle(subtitle).trailing(trailing).show(ui, rect, |ui| {
            draw(&mut shared.borrow_mut(), ui);
        });
        if outlier != view.outlier {
            studies::set_outlier(ctx, outlier, None);
        }
    }
}

fn steps_card(ctx: &mut PageContext<'_>, view: &View, rect: Rect, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let affine = view.linear.range == Range::Affine;
    let (low, high) = (view.derivation.low as f32, view.derivation.high as f32);
    let away = low > 0.0 || high < 0.0;
    let mut zero = view.linear.zero;
    let presenting = ctx.presenting;
    let draw = |ctx: &mut PageContext<'_>, ui: &mut Ui| {
        let large = match presenting {
            true if view.group.is_some() => 15.0,
            false if rect.height() > 240.0 => 20.0,
            _ => 18.0,
        };
        ui.spacing_mut().item_spacing.y = if rect.height() > 300.0 { 10.0 } else { 6.0 };
        steps_ui(ui, &scale_steps(&view.linear, &view.derivation), large);
        for line in zero_point_steps(&view.linear, &view.derivation) {
            steps_ui(ui, &line, (large - 2.0).max(16.0));
        }
        // The line above says it where Z had to be clamped.
        let clamped = view.derivation.exact_zero_point.round_ties_even() != f64::from(view.derivation.zero_point);
        if away && affine && !clamped {
            let text = match view.linear.zero {
                Zero::Extend => format!("range {} … {} widened to hold 0", real(low), real(high)),
                Zero::Lab => format!("0 is outside {} … {}: Z cannot be a code of it", real(low), real(high)),
            };
            remark(ui, &text, if view.linear.zero == Zero::Lab { tokens.error } else { tokens.good });
        }
        for text in oddities(&view.sharing.summary.moments, &view.derivation) {
            remark(ui, &text, tokens.warn);
        }
        for step in linear::steps(&view.linear, f64::from(low), f64::from(high), &view.derivation) {
            if matches!(step, linear::Step::Stored { .. }) {
                note(ui, &step.to_string());
            }
        }
        let line = ui.cursor().top() + 1.0;
        ui.painter().hline(ui.max_rect().x_range(), line, (theme::HAIRLINE, tokens.hair));
        ui.add_space(4.0);
        let map = map_of(ctx, view);
        if let Some(&value) = view.values().get(view.selected) {
            if !presenting && !away {
                let columns = view.matrix.1.max(1);
                let (row, column) = (view.selected / columns, view.selected % columns);
                note(ui, &format!("Weight [{row}, {column}]"));
            }
            steps_ui(ui, &weight_steps(&map, value), 16.0);
            if let Some(slide) = view.slide {
                ui.horizontal(|ui| {
                    badge(ui, Badge::Slide);
                    steps_ui(ui, &[symbol(&slide.words(&map, value))], 14.0);
                });
            }
        }
        beside_ui(ctx, view, ui);
    };
    let of = view.group_words().unwrap_or_default();
    let mut card = Card::new("Scale and zero point").subtitle(&of);
    if affine {
        card = card.trailing(|ui| {
            let options = [(Zero::Extend, "Extended"), (Zero::Lab, "Lab formula")];
            segmented(ui, "Range away from 0", &mut zero, &options);
            label(ui, "Range to 0");
        });
    }
    if presenting {
        card::plain(ui, rect, "steps", |ui| draw(ctx, ui));
    } else {
        card.show(ui, rect, |ui| draw(ctx, ui));
        if zero != view.linear.zero {
            let what = if zero == Zero::Lab { "Range as it is, Z clamped" } else { "Range widened to hold 0" };
            set(ctx, what, None, Linear { zero, ..view.linear.clone() });
        }
    }
}

/// The error beside that of k-means with as many bits.
fn beside_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let Some(beside) = beside(ctx, view) else { return note(ui, "Quantizing all weights") };
    let beside = &beside.value;
    let sse = |cells: &Result<Cells, String>| cells.as_ref().ok().map(|cells| cells.report.sse);
    let (linear, kmeans) = (sse(&beside.linear), sse(&beside.kmeans));
    ui.horizontal(|ui| {
        figure(ui, "SSE", &format::optional(linear), 20.0);
        let bits = view.linear.bits;
        let word = if bits == 1 { "bit" } else { "bits" };
        figure(ui, &format!("k-means, {bits} {word}"), &format::optional(kmeans), 20.0);
        if let (Some(linear), Some(kmeans)) = (linear, kmeans)
            && kmeans > 0.0
            && linear > 0.0
        {
            let (times, word) = if linear >= kmeans { (linear / kmeans, "lower") } else { (kmeans / linear, "higher") };
            note(ui, &format!("{}× {word}", format::significant(times, 2)));
        }
    });
}

/// Every weight by this quantizer and by k-means.
pub(super) fn beside(ctx: &mut PageContext<'_>, view: &View) -> Option<crate::app::derived::Derived<Beside>> {
    let loaded = ctx.loaded()?.clone();
    let (places, _) = view.corner();
    let key = (view.key, view.linear.clone(), view.outlier.map(f32::to_bits), places);
    ctx.derive("linear/beside", "Linear and k-means", key, move |(_, linear, outlier, places), handle| {
        let (values, _) = with_outlier(&loaded.values, outlier.map(f32::from_bits));
        Beside::of(&values, &loaded.shape, linear, places, handle)
    })
}

/// The studies' names.
pub(super) const STUDIES: [(Study, &str); 3] = [
    (Study::Cells, "Cell by cell"),
    (Study::Clip, "Where to clip"),
    (Study::Granularity, "Per tensor, channel, group"),
];
