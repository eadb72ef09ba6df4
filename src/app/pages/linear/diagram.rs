//! The page with the computational diagram: boxes and arrows with live values, what a layer costs, what others measured.

mod boxes;
mod costs;

use egui::{Rect, Ui, pos2, vec2};

use super::convolution::ConvolutionPage;
use super::parts::{columns, scrolled};
use crate::app::context::PageContext;
use crate::app::pages::Link;
use crate::app::session::Session;
use crate::app::setup::linear::Diagram;
use crate::app::state::UiState;
use crate::app::theme::GAP;
use crate::app::widgets::card;

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| setup.linear.diagram.text(),
    parse: |setup, text| {
        setup.linear.diagram = Diagram::parse(text)?;
        Ok(())
    },
    defaults: |setup| setup.linear.diagram = Diagram::default(),
    bits: |_| None,
    take_bits: |_, _| false,
};

/// What the status bar says: the output whose values are shown.
pub fn status(session: &Session, state: &UiState) -> Vec<String> {
    super::convolution::status(session, state)
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let view = ConvolutionPage::view_of(ctx);
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 420.0 + 300.0 + 300.0 + 2.0 * GAP,
        (false, false) => 540.0,
    };
    scrolled(ui, "diagram page", presenting, least, |ui, page| {
        let view = match view {
            Ok(view) => view,
            Err(reason) => return card::plain(ui, page, "refused", |ui| card::nothing(ui, &reason)),
        };
        if presenting {
            let parts = columns(page, &[1.35, 1.0], GAP);
            boxes::ui(ctx, &view, parts[0], ui);
            costs::cost_ui(ctx, &view, parts[1], ui);
        } else if narrow {
            let row =
                |top: f32, height: f32| Rect::from_min_size(page.min + vec2(0.0, top), vec2(page.width(), height));
            boxes::ui(ctx, &view, row(0.0, 420.0), ui);
            costs::cost_ui(ctx, &view, row(420.0 + GAP, 300.0), ui);
            costs::published_ui(ctx, row(720.0 + 2.0 * GAP, 300.0), ui);
        } else {
            let parts = columns(page, &[1.25, 1.0], GAP);
            boxes::ui(ctx, &view, parts[0], ui);
            let split = parts[1].top() + ((parts[1].height() - GAP) * 0.53).round();
            let right = parts[1];
            costs::cost_ui(ctx, &view, Rect::from_min_max(right.min, pos2(right.right(), split)), ui);
            costs::published_ui(ctx, Rect::from_min_max(pos2(right.left(), split + GAP), right.max), ui);
        }
    });
}
