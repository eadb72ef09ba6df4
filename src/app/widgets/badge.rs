//! A word on a soft colour: exact, preview, estimated.

use egui::{Sense, Ui, pos2, vec2};

use crate::app::theme::{self, tokens};

/// What a badge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// From all weights.
    Exact,
    /// From the summary; the exact pass follows.
    Preview,
    /// Of an older setting.
    Updating,
}

/// Draws the badge.
pub fn badge(ui: &mut Ui, badge: Badge) {
    let tokens = tokens(ui.ctx());
    let (text, color, fill) = match badge {
        Badge::Exact => ("exact", tokens.good, tokens.good_soft),
        Badge::Preview => ("preview", tokens.warn, tokens.warn_soft),
        Badge::Updating => ("updating", tokens.muted, tokens.inset),
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small_semibold(), color);
    let (rect, _) = ui.allocate_exact_size(galley.size() + vec2(14.0, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_BIT, fill);
    ui.painter().galley(pos2(rect.left() + 7.0, rect.center().y - galley.size().y / 2.0), galley, color);
}
