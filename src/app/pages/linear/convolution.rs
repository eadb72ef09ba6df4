//! The page about the integer convolution: the window slides, the border errs, the normalization disappears.

mod cards;
mod planes;

use std::time::Duration;

use egui::{Rect, Ui, pos2, vec2};

use super::parts::{column_in, columns, label, row_in, scrolled};
use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::pages::Link;
use crate::app::session::Session;
use crate::app::setup::Convolution;
use crate::app::setup::linear::convolution::Kernel;
use crate::app::state::UiState;
use crate::app::theme::GAP;
use crate::app::view::affine::whole;
use crate::app::view::convolution::ConvolutionView;
use crate::app::view::format;
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::integer::{Activation, PadCode};

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| setup.linear.convolution.text(),
    parse: |setup, text| {
        setup.linear.convolution = Convolution::parse(text)?;
        Ok(())
    },
    defaults: |setup| setup.linear.convolution = Convolution::default(),
    bits: |setup| Some(u32::from(setup.linear.convolution.bits)),
    take_bits: |setup, bits| {
        setup.linear.convolution.bits = (bits as u8).max(2);
        bits >= 2
    },
};

/// Time that a window stays while it plays.
const BEAT: f64 = 0.45;

/// What the eye needs of this page.
pub struct ConvolutionPage {
    view: Memo<Convolution, Result<ConvolutionView, String>>,
    /// The output that is looked at.
    pub(super) cell: usize,
    /// The output under the pointer.
    pub(super) hovered: Option<usize>,
    /// Since when the window slides by itself.
    playing: Option<f64>,
    /// The number in the field: a cell of the picture, or a weight after them.
    target: Option<Target>,
}

impl Default for ConvolutionPage {
    /// In the middle of the picture, where the window sees something.
    fn default() -> Self {
        Self { view: Memo::default(), cell: 14, hovered: None, playing: None, target: None }
    }
}

/// A number that can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Picture(usize),
    Weight(usize),
}

impl ConvolutionPage {
    /// The layer of the setup, run anew only when the setup changes.
    pub(super) fn view_of(ctx: &mut PageContext<'_>) -> Result<ConvolutionView, String> {
        let make = |setup: &Convolution| ConvolutionView::new(setup).map_err(|error| error.to_string());
        ctx.state.linear.convolution.view.get(&ctx.session.setup().linear.convolution, make).clone()
    }

    /// The output that is looked at.
    pub(super) fn focus(&self, view: &ConvolutionView) -> usize {
        self.hovered.unwrap_or(self.cell).min(view.outputs().saturating_sub(1))
    }

    /// Moves on by one where it plays and a beat has passed; asks for the frame that comes next.
    fn play(&mut self, ui: &Ui, outputs: usize) {
        let Some(since) = self.playing else { return };
        let now = ui.input(|input| input.time);
        if now - since >= BEAT {
            self.cell = (self.cell + 1) % outputs.max(1);
            self.playing = Some(now);
        }
        ui.ctx().request_repaint_after(Duration::from_millis(60));
    }
}

/// What the status bar says: the output that is looked at.
pub fn status(_session: &Session, state: &UiState) -> Vec<String> {
    let state = &state.linear.convolution;
    let Some((_, Ok(view))) = state.view.held() else { return Vec::new() };
    let cell = state.focus(view);
    let (row, column) = (cell / view.size[1], cell % view.size[1]);
    let rescaled = view.shown.at([0, 0, row, column]);
    vec![
        format!("y[{row}, {column}] = {} → q = {}", whole(rescaled.accumulator), whole(rescaled.code)),
        format!("float {}", format::number(view.float[2][cell])),
        format!("border holds {}", whole(view.pad())),
    ]
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().linear.convolution.clone();
    let view = ConvolutionPage::view_of(ctx);
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 84.0 + 270.0 + 250.0 + 250.0 + 3.0 * GAP,
        (false, false) => 66.0 + 270.0 + 204.0 + 2.0 * GAP,
    };
    scrolled(ui, "convolution page", presenting, least, |ui, page| {
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
        ctx.state.linear.convolution.play(ui, view.outputs());
        let height = match (presenting, narrow) {
            (true, _) => (page.height() * 0.60).round(),
            (false, true) => 270.0,
            (false, false) => ((page.height() - GAP) * 0.57).round().min(400.0),
        };
        planes::ui(ctx, &setup, &view, Rect::from_min_size(page.min, vec2(page.width(), height)), ui);
        let below = Rect::from_min_max(pos2(page.left(), page.top() + height + GAP), page.max);
        if presenting {
            let parts = columns(below, &[1.3, 1.0], GAP);
            cards::folding_ui(ctx, &setup, &view, parts[0], ui);
            cards::border_ui(ctx, &setup, &view, parts[1], ui);
        } else if narrow {
            let first = Rect::from_min_size(below.min, vec2(below.width(), 250.0));
            cards::folding_ui(ctx, &setup, &view, first, ui);
            let parts = columns(first.translate(vec2(0.0, 250.0 + GAP)), &[1.15, 1.0], GAP);
            cards::window_ui(ctx, &view, parts[0], ui);
            cards::border_ui(ctx, &setup, &view, parts[1], ui);
        } else {
            let parts = columns(below, &[1.05, 1.35, 0.8], GAP);
            cards::window_ui(ctx, &view, parts[0], ui);
            cards::folding_ui(ctx, &setup, &view, parts[1], ui);
            cards::border_ui(ctx, &setup, &view, parts[2], ui);
        }
    });
}

/// Changes the page's settings.
fn set(
    ctx: &mut PageContext<'_>,
    what: impl Into<String>,
    gesture: Option<u64>,
    change: impl Fn(&mut Convolution) + Send + Sync + 'static,
) {
    ctx.edit(what, gesture, move |setup| change(&mut setup.linear.convolution));
}

fn controls_ui(ctx: &mut PageContext<'_>, setup: &Convolution, narrow: bool, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = (inner.width() * 0.23).max(224.0);
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top() - 2.0), inner.max);
        let right = slider.left() - 12.0;
        let line = |top: f32| Rect::from_min_max(pos2(inner.left(), top), pos2(right, top + 28.0));
        if narrow {
            let mut first = row_in(ui, "border", line(inner.top() - 2.0));
            border_controls(ctx, setup, &mut first);
            let mut second = row_in(ui, "kernel", line(inner.top() + 34.0));
            kernel_controls(ctx, setup, &mut second);
        } else {
            let mut row = row_in(ui, "row", Rect::from_min_max(inner.min, pos2(right, inner.bottom())));
            border_controls(ctx, setup, &mut row);
            kernel_controls(ctx, setup, &mut row);
        }
        let slider = Rect::from_min_max(slider.min, pos2(slider.right(), slider.top() + 48.0));
        let mut right = column_in(ui, "bits", slider);
        let mut bits = u32::from(setup.bits);
        let response = bits_slider(&mut right, &mut bits, true);
        let gesture = ctx.state.gestures.of(&response);
        let bits = bits.max(2);
        if bits != u32::from(setup.bits) {
            let what = format!("Bits {} → {bits}", setup.bits);
            set(ctx, what, gesture, move |conv| conv.bits = bits as u8);
        }
    });
}

fn border_controls(ctx: &mut PageContext<'_>, setup: &Convolution, ui: &mut Ui) {
    label(ui, "Pad with");
    let mut pad = setup.pad;
    if segmented(ui, "Pad with", &mut pad, &[(PadCode::ZeroPoint, "Z_X"), (PadCode::Zero, "0")]).changed() {
        let what = if pad == PadCode::Zero { "Border of the code 0" } else { "Border of Z_X, the code of 0" };
        set(ctx, what, None, move |conv| conv.pad = pad);
    }
    let counts =
        |low: usize| -> Vec<(usize, String, &'static str)> { (low..=2).map(|n| (n, n.to_string(), "")).collect() };
    for (name, low, now) in
        [("Padding", 0, setup.padding), ("Stride", 1, setup.stride), ("Dilation", 1, setup.dilation)]
    {
        label(ui, name);
        let mut chosen = now;
        if select(ui, name, &mut chosen, &counts(low)).changed() {
            set(ctx, format!("{name} {now} → {chosen}"), None, move |conv| match name {
                "Padding" => conv.padding = chosen,
                "Stride" => conv.stride = chosen,
                _ => conv.dilation = chosen,
            });
        }
    }
}

fn kernel_controls(ctx: &mut PageContext<'_>, setup: &Convolution, ui: &mut Ui) {
    label(ui, "Kernel");
    let mut kernel = setup.kernel;
    let options: Vec<(Kernel, String, &str)> = Kernel::ALL.map(|(kernel, name)| (kernel, name.to_owned(), "")).to_vec();
    if select(ui, "Kernel", &mut kernel, &options).changed() {
        let name = options.iter().find(|(value, ..)| *value == kernel).map_or("", |(_, name, _)| name).to_lowercase();
        set(ctx, format!("Kernel: {name}"), None, move |conv| {
            conv.kernel = kernel;
            conv.weights = kernel.weights().to_vec();
        });
    }
    label(ui, "Then");
    let mut then = (setup.normalized, setup.activation);
    let options = [
        ((true, Activation::Relu), "BN, ReLU".to_owned(), "Batch normalization, then ReLU"),
        ((true, Activation::Relu6), "BN, ReLU6".to_owned(), ""),
        ((true, Activation::None), "BN".to_owned(), ""),
        ((false, Activation::Relu), "ReLU".to_owned(), ""),
        ((false, Activation::None), "Nothing".to_owned(), ""),
    ];
    if select(ui, "Then", &mut then, &options).changed() {
        let name = options.iter().find(|(value, ..)| *value == then).map_or("", |(_, name, _)| name);
        set(ctx, format!("Then: {name}"), None, move |conv| (conv.normalized, conv.activation) = then);
    }
}
