//! A word on a soft colour: how far a number can be trusted.

use egui::{Color32, Response, Role, Sense, Ui, WidgetInfo, vec2};

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
    /// By a formula, not measured.
    Estimated,
    /// From a publication, not from here.
    Published,
    /// What the lecture's slide says, rounded or otherwise unlike what is computed here.
    Slide,
}

/// Draws the badge.
pub fn badge(ui: &mut Ui, badge: Badge) -> Response {
    let tokens = tokens(ui);
    let (text, color, fill) = match badge {
        Badge::Exact => ("exact", tokens.good, tokens.good_soft),
        Badge::Preview => ("preview", tokens.warn, tokens.warn_soft),
        Badge::Updating => ("updating", tokens.muted, tokens.inset),
        Badge::Estimated => ("estimated", tokens.warn, tokens.warn_soft),
        Badge::Published => ("published", tokens.muted, tokens.inset),
        Badge::Slide => ("slide", tokens.muted, tokens.inset),
    };
    word(ui, text, color, fill)
}

/// How a word on a soft colour is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Lost.
    Error,
    /// Neither.
    Neutral,
}

/// Draws a word of the page's own.
pub fn tag(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let tokens = tokens(ui);
    let (color, fill) = match tone {
        Tone::Good => (tokens.good, tokens.good_soft),
        Tone::Warn => (tokens.warn, tokens.warn_soft),
        Tone::Error => (tokens.error, tokens.error_soft),
        Tone::Neutral => (tokens.muted, tokens.inset),
    };
    word(ui, text, color, fill)
}

fn word(ui: &mut Ui, text: &str, color: Color32, fill: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small_semibold(), color);
    let (rect, response) = ui.allocate_exact_size((galley.size() + vec2(20.0, 9.0)).round(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}
