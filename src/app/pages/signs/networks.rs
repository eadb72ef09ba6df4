//! The page Networks of signs: the product of two rows, what a layer costs, what networks lose.

use egui::{Rect, Ui, pos2, vec2};

use super::{costs, measured, published, xnor};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::scrolled;
use crate::app::session::Session;
use crate::app::state::UiState;
use crate::app::theme::GAP;

/// What the status bar says.
pub(super) fn status(session: &Session, _: &UiState) -> Vec<String> {
    vec![session.setup().network.choice.network.title()]
}

/// Draws the page.
pub(super) fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let heights = [264.0, 252.0, 330.0, 300.0];
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, false) => 580.0,
        (false, true) => heights.iter().sum::<f32>() + 3.0 * GAP,
    };
    scrolled(ui, "networks of signs", presenting, least, |ui, page| {
        let (width, height) = (page.width(), page.height());
        if narrow && !presenting {
            let mut top = page.top();
            let mut rects = heights.map(|height| {
                let rect = Rect::from_min_size(pos2(page.left(), top), vec2(width, height));
                top += height + GAP;
                rect
            });
            xnor::ui(ctx, rects[0], ui);
            costs::ui(ctx, rects[1], ui);
            measured::ui(ctx, rects[2], ui);
            rects[3].max.y = rects[3].max.y.max(page.bottom());
            return published::ui(ctx, rects[3], ui);
        }
        let split = page.left() + ((width - GAP) * 0.44).round();
        let column = |left: f32, right: f32, first: f32| {
            let end = page.top() + first.round();
            let upper = Rect::from_min_max(pos2(left, page.top()), pos2(right, end));
            (upper, Rect::from_min_max(pos2(left, end + GAP), pos2(right, page.bottom())))
        };
        // A lecture hall has little height: each column divides it by what it shows.
        let first = (height * 0.44).clamp(252.0, 420.0);
        let (left, right) = if presenting { (height * 0.53, height * 0.5) } else { (first, first) };
        let (product, losses) = column(page.left(), split, left);
        let (cost, others) = column(split + GAP, page.right(), right);
        xnor::ui(ctx, product, ui);
        costs::ui(ctx, cost, ui);
        measured::ui(ctx, losses, ui);
        published::ui(ctx, others, ui);
    });
}
