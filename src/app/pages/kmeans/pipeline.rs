//! The pipeline page: prune, share weights, Huffman-code, with the bytes of every stage and a row of the paper's tables a layer.

mod tables;

use std::sync::Arc;

use egui::{
    Align, Align2, Layout, Rect, Role, Sense, SliderClamping, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::parts::{self, CONTROLS, columns, label};
use crate::app::context::PageContext;
use crate::app::document::DocumentId;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::view::ledger::{Kind, LedgerRow, LedgerView};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::coding::{Pipeline, Stage};
use crate::engine::quantize::{Amount, Prune, Quantizer, Scheme, Scope, Sparse};
use crate::engine::tensor::Tensor;
use tables::{layers_ui, published_ui};
pub use tables::{published_cells, table};

/// The recipe where the scheme is a quantizer alone.
const RECIPE: (f64, u8) = (0.9, 4);

/// The scheme as a pipeline: a quantizer alone gets pruning, sparse storage and Huffman coding around it.
pub fn recipe(scheme: &Scheme) -> Scheme {
    if !scheme.is_plain() {
        return scheme.clone();
    }
    let mut scheme = super::kmeans_scheme(scheme);
    if let Some(Quantizer::KMeans(kmeans)) = &mut scheme.quantizer {
        kmeans.pinned = true;
    }
    scheme.prune = Some(Prune { amount: Amount::Share(RECIPE.0), scope: Scope::Tensor });
    scheme.storage.sparse = Some(Sparse { index: RECIPE.1 });
    scheme.storage.huffman = true;
    scheme
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let scheme = recipe(ctx.scheme());
    let whole = ctx.setup().codebook.whole_model;
    let canvas = ui.max_rect();
    let Some(document) = ctx.document() else { return };
    let tensors: Vec<Tensor> = if whole {
        // As in the paper, the weights: vectors such as biases stay as they are.
        document.model.tensors.iter().filter(|tensor| tensor.shape.len() > 1).cloned().collect()
    } else {
        document.selected().cloned().into_iter().collect()
    };
    let which = if whole { usize::MAX } else { document.tensor };
    let key: (DocumentId, usize, Scheme) = (document.id, which, scheme.clone());
    let of = (document.id, which);
    let (shares, weights) = (Arc::clone(&document.shares), document.weights());
    let derived = ctx.derive("kmeans/pipeline", "Compression pipeline", key, move |(_, _, scheme), handle| {
        let threshold = shares.threshold(&weights, scheme, handle)?;
        Pipeline::run(&tensors, scheme, threshold, handle).map(|pipeline| (of, pipeline))
    });
    let (presenting, narrow) = (ctx.presenting, canvas.width() < 1000.0);
    let height = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 90.0 + 260.0 + 220.0 + 240.0 + 3.0 * GAP,
        (false, false) => CONTROLS + 270.0 + 210.0 + 2.0 * GAP,
    };
    parts::scrolled(ui, "pipeline", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if !presenting {
            controls_ui(ctx, &scheme, whole, row(if narrow { 90.0 } else { CONTROLS }), ui);
        }
        let rest = Rect::from_min_max(row(0.0).min - vec2(0.0, 0.0), canvas.max);
        let Some(derived) = derived.filter(|derived| derived.value.0 == of) else {
            return card::plain(ui, rest, "waiting", |ui| card::nothing(ui, "Compressing layer by layer"));
        };
        let pipeline = &derived.value.1;
        let total = pipeline.total();
        let layers = pipeline.layers.len();
        ctx.state.kmeans.said = vec![
            format!(
                "{layers} layer{}, {} weights, exact",
                if layers == 1 { "" } else { "s" },
                format::count(total.weights)
            ),
            if derived.stale { "updating".to_owned() } else { String::new() },
        ];
        ctx.state.kmeans.said.retain(|piece| !piece.is_empty());
        if let Some((name, reason)) = pipeline.refused.first() {
            ctx.state.kmeans.said.push(format!("{name}: {reason}"));
        }
        if pipeline.stages.is_empty() {
            return card::plain(ui, rest, "empty", |ui| card::nothing(ui, "No layer can be compressed by this scheme"));
        }
        if presenting {
            stages_ui(pipeline, true, rest, ui);
        } else if narrow {
            let mut top = rest.top();
            let mut part = |height: f32| {
                let rect = Rect::from_min_size(pos2(rest.left(), top), vec2(rest.width(), height));
                top = rect.bottom() + GAP;
                rect
            };
            stages_ui(pipeline, false, part(260.0), ui);
            layers_ui(pipeline, part(220.0), ui);
            published_ui(ctx, part(240.0), ui);
        } else {
            let upper = ((rest.height() - GAP) * 0.6).clamp(262.0, 360.0);
            let above = Rect::from_min_size(rest.min, vec2(rest.width(), upper));
            let below = Rect::from_min_max(pos2(rest.left(), above.bottom() + GAP), rest.max);
            stages_ui(pipeline, false, above, ui);
            let [left, right] = columns(below, [1.0, 1.0]);
            layers_ui(pipeline, left, ui);
            published_ui(ctx, right, ui);
        }
    });
}

fn controls_ui(ctx: &mut PageContext<'_>, scheme: &Scheme, whole: bool, rect: Rect, ui: &mut Ui) {
    let two_rows = rect.height() > 80.0;
    card::plain(ui, rect, "controls", |ui| {
        let direction = if two_rows { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Center) };
        let mut row = ui.new_child(UiBuilder::new().max_rect(ui.max_rect()).layout(direction));
        let mut all = whole;
        let mut scope = |ui: &mut Ui| {
            segmented(ui, "Compress", &mut all, &[(false, "This tensor"), (true, "Whole model")]);
        };
        if two_rows {
            row.spacing_mut().item_spacing.y = 8.0;
            row.horizontal(|ui| scope(ui));
            row.horizontal(|ui| recipe_ui(ctx, scheme, ui));
        } else {
            scope(&mut row);
            row.add_space(14.0);
            recipe_ui(ctx, scheme, &mut row);
        }
        if all != whole {
            let what = if all { "Compress the whole model" } else { "Compress this tensor" };
            ctx.edit(what, None, move |setup| setup.codebook.whole_model = all);
        }
    });
}

/// Sets the scheme to a changed recipe.
fn set(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, scheme: Scheme) {
    ctx.edit(what, gesture, move |setup| setup.scheme = scheme.clone());
}

fn recipe_ui(ctx: &mut PageContext<'_>, scheme: &Scheme, ui: &mut Ui) {
    let share = match scheme.prune.map(|prune| prune.amount) {
        Some(Amount::Share(share)) => Some(share),
        Some(Amount::Threshold(_)) => None,
        None => Some(0.0),
    };
    if let Some(share) = share {
        label(ui, "Prune");
        let mut wanted = share * 100.0;
        ui.spacing_mut().slider_width = (ui.available_width() * 0.2).clamp(80.0, 200.0);
        let response = ui.add(
            egui::Slider::new(&mut wanted, 0.0..=99.0).step_by(1.0).clamping(SliderClamping::Edits).show_value(false),
        );
        let response = response.accessible_name("Share pruned");
        let gesture = ctx.state.gestures.of(&response);
        label(ui, &format::percent(share));
        if response.changed() {
            let scope = scheme.prune.map_or(Scope::Tensor, |prune| prune.scope);
            let prune = Prune { amount: Amount::Share(wanted.round() / 100.0), scope };
            set(
                ctx,
                format!("Prune {}", format::percent(wanted / 100.0)),
                gesture,
                Scheme { prune: Some(prune), ..scheme.clone() },
            );
        }
    }
    if let Some(bits) = scheme.bits() {
        label(ui, "Weight bits");
        let mut wanted = bits;
        let options: Vec<(u32, String, &str)> = (1..=8).map(|bits| (bits, bits.to_string(), "")).collect();
        if select(ui, "Weight bits", &mut wanted, &options).changed()
            && let Ok(changed) = scheme.with_bits(wanted)
        {
            set(ctx, format!("Weight bits {bits} → {wanted}"), None, changed);
        }
    }
    label(ui, "Index bits");
    let index = scheme.storage.sparse.map(|sparse| sparse.index);
    let mut wanted = index;
    let mut options: Vec<(Option<u8>, String, &str)> =
        vec![(None, "dense".to_owned(), "Every weight is stored, in order")];
    options.extend((1..=16).map(|bits| (Some(bits), bits.to_string(), "")));
    if select(ui, "Index bits", &mut wanted, &options).changed() {
        let mut changed = scheme.clone();
        changed.storage.sparse = wanted.map(|index| Sparse { index });
        if let (Some(_), Some(Quantizer::KMeans(kmeans))) = (wanted, &mut changed.quantizer) {
            kmeans.pinned = true;
        }
        set(ctx, "Index bits".to_owned(), None, changed);
    }
    label(ui, "Huffman");
    let mut huffman = scheme.storage.huffman;
    let choices = [(true, "on".to_owned(), "Codes and steps are Huffman-coded"), (false, "off".to_owned(), "")];
    if select(ui, "Huffman", &mut huffman, &choices).changed() {
        let mut changed = scheme.clone();
        changed.storage.huffman = huffman;
        set(ctx, if huffman { "Huffman on" } else { "Huffman off" }.to_owned(), None, changed);
    }
}

/// What a stage does, for its box.
fn words(stage: &Stage) -> (&'static str, &'static str) {
    match stage.name {
        "float32" => ("Float32", "as trained"),
        "pruned" => ("Prune", "what is left, and where"),
        "codebook" => ("Quantize", "codes instead of float32"),
        "huffman" => ("Huffman", "frequent ones get short"),
        other => (other, ""),
    }
}

/// One box a stage, joined by arrows: ratio, bytes, a bar of its parts at one scale, and the parts.
fn stages_ui(pipeline: &Pipeline, presenting: bool, rect: Rect, ui: &mut Ui) {
    let title = "Bytes, stage by stage";
    Card::new(title).subtitle("one scale; every part counted").show(ui, rect, |ui| {
        figure::picture(ui, title, || stages_table(title, pipeline), |ui| boxes_ui(pipeline, presenting, ui));
    });
}

/// Every part of every stage.
fn stages_table(title: &str, pipeline: &Pipeline) -> Table {
    let mut table = Table::new(title, &["stage", "part", "bits", "bytes of the stage"]);
    for stage in &pipeline.stages {
        let parts = LedgerView::new(&stage.ledger, "float32", stage.bytes).rows;
        table.rows.extend(parts.into_iter().map(|part| {
            let name = Cell::Text(words(stage).0.to_owned());
            vec![name, Cell::Text(part.text), Cell::count(part.bits), Cell::count(stage.bytes)]
        }));
    }
    table
}

fn boxes_ui(pipeline: &Pipeline, presenting: bool, ui: &mut Ui) {
    let look = PlotLook::of(presenting);
    let tokens = tokens(ui.ctx());
    let area = ui.max_rect();
    let count = pipeline.stages.len();
    let gap = if area.width() < 900.0 { 24.0 } else { 34.0 };
    let width = (area.width() - gap * (count - 1) as f32) / count as f32;
    let first = pipeline.stages[0].bytes.max(1);
    for (place, stage) in pipeline.stages.iter().enumerate() {
        let left = area.left() + place as f32 * (width + gap);
        let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
        let last = place + 1 == count;
        let border = if last { tokens.accent } else { tokens.hair };
        let painter = ui.painter();
        painter.rect(
            rect,
            theme::RADIUS_CONTROL,
            tokens.inset,
            Stroke::new(if last { 2.0 } else { 1.0 }, border),
            StrokeKind::Inside,
        );
        if place > 0 {
            let at = pos2(left - gap / 2.0, rect.top() + 46.0);
            painter.text(at, Align2::CENTER_CENTER, "→", theme::regular(20.0), tokens.muted);
        }
        let (name, hint) = words(stage);
        let ratio = first as f64 / stage.bytes.max(1) as f64;
        let inner = rect.shrink2(vec2(12.0, 10.0));
        let response = ui.interact(rect, ui.scope_id().with(("stage", place)), Sense::hover());
        let view = LedgerView::new(&stage.ledger, "float32", first);
        response.widget_info(|| {
            let said = format!("{name}: {}, {}", format::bytes_exact(stage.bytes), view.headline());
            WidgetInfo::labeled(Role::Label, true, said)
        });
        let painter = ui.painter().with_clip_rect(rect.shrink(4.0));
        painter.text(inner.left_top() + vec2(0.0, 8.0), Align2::LEFT_CENTER, name, theme::title(), tokens.text);
        // Where the box is narrow, the bytes take the place of the words.
        let roomy = inner.width() >= 230.0;
        if roomy {
            let hint = theme::truncated(ui, hint, look.caption.clone(), tokens.muted, inner.width() - 84.0);
            painter.galley(inner.left_top() + vec2(84.0, 0.0), hint, tokens.muted);
        }
        let color = if ratio < 1.0 {
            tokens.warn
        } else if last {
            tokens.accent
        } else {
            tokens.text
        };
        let shown = if ratio >= 10.0 { format!("{ratio:.1}×") } else { format!("{ratio:.2}×") };
        painter.text(inner.left_top() + vec2(0.0, 38.0), Align2::LEFT_CENTER, shown, theme::semibold(25.0), color);
        let mut bytes = format::bytes_exact(stage.bytes);
        if !roomy {
            let title = painter.layout_no_wrap(name.to_owned(), theme::title(), tokens.text).size().x;
            let exact = painter.layout_no_wrap(bytes.clone(), look.strong.clone(), tokens.text).size().x;
            if title + exact + 8.0 > inner.width() {
                bytes = format::bytes_short(stage.bytes);
            }
        }
        painter.text(
            inner.right_top() + vec2(0.0, if roomy { 38.0 } else { 8.0 }),
            Align2::RIGHT_CENTER,
            bytes,
            look.strong.clone(),
            tokens.text,
        );
        let bar = Rect::from_min_size(inner.left_top() + vec2(0.0, 60.0), vec2(inner.width(), 22.0));
        let most = pipeline.stages.iter().map(|stage| stage.bytes).max().unwrap_or(1).max(1);
        parts_bar(&painter, bar, &view, most, tokens);
        let row = look.caption.size + 7.0;
        let mut y = bar.bottom() + 8.0 + row / 2.0;
        // What has no room is added up in the last line: every bit is accounted for.
        let lines = ((inner.bottom() + 4.0 - (y - row / 2.0)) / row).max(1.0) as usize;
        let named = if view.rows.len() > lines { lines - 1 } else { view.rows.len() };
        for part in &view.rows[..named] {
            let swatch = Rect::from_center_size(pos2(inner.left() + 5.0, y), vec2(10.0, 10.0));
            fill(&painter, swatch, part.kind, is_float(part), tokens);
            let share = part.bits as f64 / (stage.bytes.max(1) * 8) as f64;
            let font = if roomy { look.mono.clone() } else { look.caption.clone() };
            let size = painter.layout_no_wrap(format::percent(share), font, tokens.text);
            let room = inner.width() - 22.0 - size.size().x - 6.0;
            // Where the arithmetic has no room, the name stands alone.
            let whole = painter.layout_no_wrap(part.text.clone(), look.caption.clone(), tokens.text);
            let words = if whole.size().x <= room { &part.text } else { part.name() };
            let text = theme::truncated(ui, words, look.caption.clone(), tokens.text, room);
            painter.galley(pos2(inner.left() + 18.0, y - text.size().y / 2.0), text, tokens.text);
            painter.galley(pos2(inner.right() - size.size().x, y - size.size().y / 2.0), size, tokens.text);
            y += row;
        }
        if named < view.rows.len() {
            let bits: u64 = view.rows[named..].iter().map(|part| part.bits).sum();
            let share = format::percent(bits as f64 / (stage.bytes.max(1) * 8) as f64);
            let words = format!("{} more", view.rows.len() - named);
            let font = if roomy { look.mono.clone() } else { look.caption.clone() };
            painter.text(pos2(inner.left() + 18.0, y), Align2::LEFT_CENTER, words, look.caption.clone(), tokens.muted);
            painter.text(pos2(inner.right(), y), Align2::RIGHT_CENTER, share, font, tokens.muted);
        }
    }
}

fn parts_bar(painter: &egui::Painter, rect: Rect, view: &LedgerView, most: u64, tokens: &theme::Tokens) {
    let scale = rect.width() / (most as f32 * 8.0);
    let mut left = rect.left();
    for part in &view.rows {
        let width = part.bits as f32 * scale;
        let piece = Rect::from_min_size(pos2(left, rect.top()), vec2(width.max(0.5), rect.height()));
        fill(painter, piece, part.kind, is_float(part), tokens);
        left += width;
    }
    painter.hline(rect.x_range(), rect.bottom() + 2.0, (theme::HAIRLINE, tokens.grid));
}

/// Whether a part holds weights as they are.
fn is_float(part: &LedgerRow) -> bool {
    part.text.starts_with("float")
}

fn fill(painter: &egui::Painter, place: Rect, kind: Kind, float: bool, tokens: &theme::Tokens) {
    let color = match kind {
        _ if float => tokens.real_soft,
        Kind::Codes => tokens.accent,
        Kind::Parameters => tokens.clusters[6].fill,
        Kind::Indices => tokens.clusters[5].fill,
        Kind::Rest => tokens.clusters[7].fill,
    };
    painter.rect_filled(place, theme::RADIUS_BAR, color);
}
