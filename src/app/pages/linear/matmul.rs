//! The page about the integer product: every matrix, the four terms, the multiplier, the difference to float.

mod checks;
mod matrices;
mod rescale;

use egui::{Rect, Ui, pos2, vec2};

use super::parts::{column_in, columns, label, row_in, scrolled};
use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::pages::Link;
use crate::app::session::Session;
use crate::app::setup::Matmul;
use crate::app::setup::linear::matmul::{Check, Source};
use crate::app::state::UiState;
use crate::app::theme::GAP;
use crate::app::view::affine::whole;
use crate::app::view::format;
use crate::app::view::matmul::MatmulView;
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::integer::{BiasWidth, Matrix, Recipe};
use crate::engine::quantize::Zero;
use crate::engine::tensor::examples;

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| setup.linear.matmul.text(),
    parse: |setup, text| {
        setup.linear.matmul = setup.linear.matmul.parse(text, &lecture_weights())?;
        Ok(())
    },
    defaults: |setup| setup.linear.matmul = Matmul::default(),
    bits: |setup| Some(u32::from(setup.linear.matmul.bits)),
    take_bits: |setup, bits| {
        setup.linear.matmul.bits = (bits as u8).max(2);
        bits >= 2
    },
};

/// The lecture's 4 × 4 weights, where this build has them.
pub fn lecture_weights() -> Matrix<f32> {
    let model = examples::find("lecture-4x4").map(|example| (example.make)()).unwrap_or_default();
    let values = model.tensors.first().and_then(|tensor| tensor.values().ok());
    values.and_then(|values| Matrix::new(4, 4, values.to_vec()).ok()).unwrap_or_default()
}

/// A number that can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A weight.
    W(usize, usize),
    /// An input.
    X(usize, usize),
    /// A bias.
    B(usize),
}

/// What the eye needs of this page.
#[derive(Default)]
pub struct MatmulPage {
    view: Memo<Matmul, Result<MatmulView, String>>,
    /// The output that is looked at.
    cell: (usize, usize),
    /// The output under the pointer: of the last frame, so that all cards speak of the same one.
    hovered: Option<(usize, usize)>,
    /// The output under the pointer in this frame.
    pointed: Option<(usize, usize)>,
    /// The number in the field.
    target: Option<Target>,
    /// Whether the operands are shown as real numbers.
    real: bool,
}

/// What the status bar says: the output that is looked at.
pub fn status(session: &Session, state: &UiState) -> Vec<String> {
    let state = &state.linear.matmul;
    let Some((_, Ok(view))) = state.view.held() else { return Vec::new() };
    let setup = &session.setup().linear.matmul;
    let (row, col) = focus(state, view);
    let cell = view.shown[(row, col)];
    let all = if setup.terms == [true; 4] { "all four terms" } else { "some terms switched off" };
    vec![
        format!("y[{row}, {col}] = {} → q = {}", whole(cell.accumulator), whole(cell.code)),
        format!("float {}", format::number(view.float[(row, col)])),
        all.to_owned(),
    ]
}

/// The output that rows, columns and formulas are about.
fn focus(state: &MatmulPage, view: &MatmulView) -> (usize, usize) {
    let (row, col) = state.hovered.unwrap_or(state.cell);
    (row.min(view.shown.rows().saturating_sub(1)), col.min(view.shown.cols().saturating_sub(1)))
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().linear.matmul.clone();
    let make = |setup: &Matmul| MatmulView::new(setup).map_err(|error| error.to_string());
    let state = &mut ctx.state.linear.matmul;
    state.hovered = state.pointed.take();
    let view = state.view.get(&setup, make).clone();
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 84.0 + 240.0 + 2.0 * 262.0 + 3.0 * GAP,
        (false, false) => 66.0 + 226.0 + 262.0 + 2.0 * GAP,
    };
    scrolled(ui, "matmul page", presenting, least, |ui, page| {
        let top = if presenting {
            page.top()
        } else {
            let controls = Rect::from_min_size(page.min, vec2(page.width(), if narrow { 84.0 } else { 66.0 }));
            controls_ui(ctx, &setup, narrow, controls, ui);
            controls.bottom() + GAP
        };
        let page = Rect::from_min_max(pos2(page.left(), top), page.max);
        let view = match view {
            Ok(view) => view,
            Err(reason) => return card::plain(ui, page, "refused", |ui| card::nothing(ui, &reason)),
        };
        let height = match (presenting, narrow) {
            // A check has a line for every output.
            (true, _) => (page.height() * if setup.check == Check::Float { 0.56 } else { 0.42 }).round(),
            (false, true) => 240.0,
            // The cards below have all they need at 360 points: what is left goes to the matrices.
            (false, false) => page.height() - GAP - ((page.height() - GAP) * 0.54).round().clamp(250.0, 360.0),
        };
        matrices::ui(ctx, &setup, &view, Rect::from_min_size(page.min, vec2(page.width(), height)), ui);
        let below = Rect::from_min_max(pos2(page.left(), page.top() + height + GAP), page.max);
        if presenting {
            let parts = columns(below, &[1.0, 1.25], GAP);
            terms_ui(ctx, &setup, &view, parts[0], ui);
            // What is set to something of its own is what the scene is about.
            if setup.check != Check::Float {
                checks::ui(ctx, &setup, &view, parts[1], ui);
            } else if setup.recipe != Recipe::default() {
                rescale::trial_ui(&setup, parts[1], ui);
            } else {
                rescale::output_ui(ctx, &view, parts[1], ui);
            }
        } else if narrow {
            for (row, cards) in [below, below.translate(vec2(0.0, 262.0 + GAP))].into_iter().enumerate() {
                let row_rect = Rect::from_min_size(cards.min, vec2(cards.width(), 262.0));
                let parts = columns(row_rect, &[1.0, 1.0], GAP);
                if row == 0 {
                    terms_ui(ctx, &setup, &view, parts[0], ui);
                    rescale::output_ui(ctx, &view, parts[1], ui);
                } else {
                    rescale::multiplier_ui(ctx, &setup, &view, parts[0], ui);
                    checks::ui(ctx, &setup, &view, parts[1], ui);
                }
            }
        } else {
            let parts = columns(below, &[1.0, 1.1, 0.96, 1.18], GAP);
            terms_ui(ctx, &setup, &view, parts[0], ui);
            rescale::output_ui(ctx, &view, parts[1], ui);
            rescale::multiplier_ui(ctx, &setup, &view, parts[2], ui);
            checks::ui(ctx, &setup, &view, parts[3], ui);
        }
    });
}

/// Changes the page's settings.
fn set(
    ctx: &mut PageContext<'_>,
    what: impl Into<String>,
    gesture: Option<u64>,
    change: impl Fn(&mut Matmul) + Send + Sync + 'static,
) {
    ctx.edit(what, gesture, move |setup| change(&mut setup.linear.matmul));
}

fn controls_ui(ctx: &mut PageContext<'_>, setup: &Matmul, narrow: bool, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = (inner.width() * 0.26).max(236.0);
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top() - 2.0), inner.max);
        let right = slider.left() - 12.0;
        let line = |top: f32| Rect::from_min_max(pos2(inner.left(), top), pos2(right, top + 28.0));
        if narrow {
            let mut first = row_in(ui, "layer", line(inner.top() - 2.0));
            source_ui(ctx, setup, &mut first);
            let mut second = row_in(ui, "weights", line(inner.top() + 34.0));
            weights_ui(ctx, setup, &mut second);
        } else {
            let mut row = row_in(ui, "row", Rect::from_min_max(inner.min, pos2(right, inner.bottom())));
            source_ui(ctx, setup, &mut row);
            row.add_space(6.0);
            weights_ui(ctx, setup, &mut row);
        }
        let slider = Rect::from_min_max(slider.min, pos2(slider.right(), slider.top() + 48.0));
        let mut right = column_in(ui, "bits", slider);
        let mut bits = u32::from(setup.bits);
        let response = bits_slider(&mut right, &mut bits, true);
        let gesture = ctx.state.gestures.of(&response);
        let bits = bits.max(2);
        if bits != u32::from(setup.bits) {
            let what = format!("Bits {} → {bits}", setup.bits);
            set(ctx, what, gesture, move |matmul| matmul.bits = bits as u8);
        }
    });
}

fn source_ui(ctx: &mut PageContext<'_>, setup: &Matmul, ui: &mut Ui) {
    let mut source = setup.source;
    let mut options = vec![(Source::Lab, "Lab 8×8"), (Source::Lecture, "Lecture 4×4")];
    if source == Source::Slice || ctx.loaded().is_some() {
        options.push((Source::Slice, "Open tensor"));
    }
    if !segmented(ui, "Layer", &mut source, &options).changed() {
        return;
    }
    match source {
        Source::Lab => set(ctx, "Layer: the lab's, 8 × 8", None, Matmul::with_lab),
        Source::Lecture => {
            let weights = lecture_weights();
            let change = move |matmul: &mut Matmul| matmul.with_weights(Source::Lecture, weights.clone());
            set(ctx, "Layer: the lecture's weights", None, change);
        }
        Source::Slice => {
            let Some((loaded, tensor)) = ctx.loaded().zip(ctx.tensor()) else { return };
            let (rows, columns) = tensor.matrix_shape();
            let values = &loaded.values;
            let weights = Matrix::from_fn(rows.min(8), columns.min(8), |row, col| values[row * columns + col]);
            let what = format!("Layer: the upper left {} × {} of {}", weights.rows(), weights.cols(), tensor.name);
            set(ctx, what, None, move |matmul| matmul.with_weights(Source::Slice, weights.clone()));
        }
    }
}

fn weights_ui(ctx: &mut PageContext<'_>, setup: &Matmul, ui: &mut Ui) {
    let mut symmetric = setup.symmetric;
    if segmented(ui, "Weights", &mut symmetric, &[(true, "Z_W = 0"), (false, "Asymmetric W")]).changed() {
        let what = if symmetric { "Weights symmetric: Z_W = 0" } else { "Weights asymmetric: Z_W ≠ 0" };
        set(ctx, what, None, move |matmul| matmul.symmetric = symmetric);
    }
    label(ui, "Per");
    let mut per_channel = setup.per_channel;
    let options =
        [(true, "Channel".to_owned(), "Each row of W has a scale"), (false, "Tensor".to_owned(), "One scale")];
    if select(ui, "Per", &mut per_channel, &options).changed() {
        let what = if per_channel { "W per channel" } else { "W per tensor" };
        set(ctx, what, None, move |matmul| matmul.per_channel = per_channel);
    }
    label(ui, "Bias");
    let mut bias = (setup.bias, setup.bias_width);
    let options = [
        ((true, BiasWidth::Int32), "int32".to_owned(), "In units of S_W · S_X"),
        ((true, BiasWidth::Int8), "int8".to_owned(), "With a scale of its own, for comparison"),
        ((false, BiasWidth::Int32), "None".to_owned(), ""),
    ];
    if select(ui, "Bias", &mut bias, &options).changed() {
        let name = options.iter().find(|(value, ..)| *value == bias).map_or("", |(_, name, _)| name).to_lowercase();
        set(ctx, format!("Bias {name}"), None, move |matmul| (matmul.bias, matmul.bias_width) = bias);
    }
    if ui.available_width() > 130.0 {
        let mut zero = setup.zero;
        let options = [
            (Zero::Lab, "Lab ranges".to_owned(), "Ranges as they are, Z clamped into the codes"),
            (Zero::Extend, "Ranges to 0".to_owned(), "Ranges are widened to hold 0"),
        ];
        if select(ui, "Ranges", &mut zero, &options).changed() {
            let what = if zero == Zero::Lab { "Ranges by the lab's formula" } else { "Ranges widened to hold 0" };
            set(ctx, what, None, move |matmul| matmul.zero = zero);
        }
    }
}

/// The four terms of the output that is looked at, each with its switch.
fn terms_ui(ctx: &mut PageContext<'_>, setup: &Matmul, view: &MatmulView, rect: Rect, ui: &mut Ui) {
    let cell = focus(&ctx.state.linear.matmul, view);
    let subtitle = format!("of output [{}, {}]", cell.0, cell.1);
    let presenting = ctx.presenting;
    let mut terms = setup.terms;
    let draw = |ui: &mut Ui| checks::terms(ui, view, cell, &mut terms, presenting);
    if presenting {
        card::plain(ui, rect, "terms", draw);
    } else {
        Card::new("Four terms").subtitle(&subtitle).show(ui, rect, draw);
    }
    if terms != setup.terms {
        let place = (0..4).find(|&place| terms[place] != setup.terms[place]).unwrap_or(0);
        let symbol = crate::engine::integer::TERMS[place].symbol;
        let what = format!("{symbol} {}", if terms[place] { "added" } else { "left out" });
        set(ctx, what, None, move |matmul| matmul.terms = terms);
    }
}

/// The checks by name.
const CHECKS: [(Check, &str); 3] = [(Check::Float, "Float"), (Check::Range, "Range"), (Check::Bias, "Bias")];
