//! Cards: the only boxes on the canvas. Pages lay them out by rectangle.

use egui::{Align, Layout, Rect, Role, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::figure::shown;
use crate::app::theme::{self, tokens};

/// Where a card's content starts below its top.
pub const CONTENT: f32 = theme::CONTENT_TOP;

/// Room under a card's content.
const BOTTOM: f32 = 12.0;

/// The longest line that says why there is nothing.
const LONGEST: f32 = 460.0;

/// What draws the controls at the right of a title.
type Trailing<'a> = Box<dyn FnOnce(&mut Ui) + 'a>;

/// A card that is being described: title, subtitle, controls at the right of the title.
pub struct Card<'a> {
    title: &'a str,
    subtitle: &'a str,
    shorter: &'a str,
    trailing: Option<Trailing<'a>>,
}

impl<'a> Card<'a> {
    /// A card with a title.
    pub fn new(title: &'a str) -> Self {
        Self { title, subtitle: "", shorter: "", trailing: None }
    }

    /// A caption beside the title.
    pub fn subtitle(mut self, subtitle: &'a str) -> Self {
        self.subtitle = subtitle;
        self
    }

    /// What the caption becomes where there is no room for all of it.
    pub fn or_shorter(mut self, shorter: &'a str) -> Self {
        self.shorter = shorter;
        self
    }

    /// Controls on the title's line, laid out from the right.
    pub fn trailing(mut self, add: impl FnOnce(&mut Ui) + 'a) -> Self {
        self.trailing = Some(Box::new(add));
        self
    }

    /// Draws the card into `rect`, and its content below the title.
    pub fn show<R>(self, ui: &mut Ui, rect: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
        let inner = Rect::from_min_max(
            pos2(rect.left() + theme::PADDING, rect.top() + CONTENT),
            rect.max - vec2(theme::PADDING, BOTTOM),
        );
        self.show_inside(ui, rect, inner, content)
    }

    /// Draws the card with content that brings its own margins, such as rows that are selected from edge to edge.
    pub fn show_edge_to_edge<R>(self, ui: &mut Ui, rect: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
        let inner = Rect::from_min_max(pos2(rect.left() + 1.0, rect.top() + CONTENT), rect.max - vec2(1.0, 4.0));
        self.show_inside(ui, rect, inner, content)
    }

    fn show_inside<R>(self, ui: &mut Ui, rect: Rect, inner: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
        background(ui, rect);
        let tokens = tokens(ui);
        let mut limit = rect.right() - theme::PADDING;
        // Reading order is Tab order: the title's controls come before the content.
        if let Some(trailing) = self.trailing {
            let line = Rect::from_min_max(
                pos2(rect.left() + theme::PADDING, rect.top() + 6.0),
                pos2(limit, rect.top() + CONTENT - 4.0),
            );
            let builder = UiBuilder::new().id_salt(("card title", self.title)).max_rect(line);
            let mut child = ui.new_child(builder.layout(Layout::right_to_left(Align::Center)));
            trailing(&mut child);
            limit = child.min_rect().left() - theme::GAP;
        }
        let (mut left, baseline) = (rect.left() + theme::PADDING, rect.top() + theme::TITLE_BASELINE);
        if limit - left >= 30.0 {
            let galley = theme::truncated_middle(ui, self.title, theme::title(), tokens.text, limit - left);
            let at = theme::on_baseline(&galley, left, baseline);
            left += galley.size().x + 10.0;
            ui.painter().galley(at, galley, tokens.text);
        }
        if limit - left >= 30.0 && !self.subtitle.is_empty() {
            let lay = |text| theme::truncated(ui, text, theme::small(), tokens.muted, limit - left);
            let mut galley = lay(self.subtitle);
            if galley.elided && !self.shorter.is_empty() {
                galley = lay(self.shorter);
            }
            ui.painter().galley(theme::on_baseline(&galley, left, baseline), galley, tokens.muted);
        }
        inside(ui, inner, self.title, |ui| {
            // What is painted on the title's line is told of the group below it: as its description, since plots and rows have the
            // names.
            let caption = if self.subtitle.is_empty() { String::new() } else { format!(": {}", self.subtitle) };
            ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
                node.set_role(Role::Group);
                node.set_description(format!("{}{caption}", self.title));
            });
            content(ui)
        })
    }
}

/// Draws a card into `rect` with its title, a subtitle beside it, and its content below.
pub fn card<R>(ui: &mut Ui, rect: Rect, title: &str, subtitle: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    Card::new(title).subtitle(subtitle).show(ui, rect, content)
}

/// Draws a card without a title; `name` keeps its content's state apart.
pub fn plain<R>(ui: &mut Ui, rect: Rect, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    background(ui, rect);
    inside(ui, rect.shrink2(vec2(theme::PADDING, BOTTOM)), name, content)
}

/// The box itself, for what fills it on its own.
pub(super) fn background(ui: &Ui, rect: Rect) {
    let tokens = tokens(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect_stroke(rect, theme::RADIUS_CARD, border, StrokeKind::Inside);
}

fn inside<R>(ui: &mut Ui, rect: Rect, salt: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().id_salt(("card", salt)).max_rect(rect));
    // Focus rings and the ends of axis labels reach a little over the content's edge.
    child.set_clip_rect(rect.expand(6.0).intersect(ui.clip_rect()));
    shown::card(ui, salt, rect.intersect(ui.clip_rect()));
    content(&mut child)
}

/// Why a card shows nothing, in its middle.
pub fn nothing(ui: &mut Ui, text: &str) {
    let rect = ui.available_rect_before_wrap();
    let mut job =
        egui::text::LayoutJob::simple(text.to_owned(), theme::body(), tokens(ui).muted, rect.width().min(LONGEST));
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    shown::nothing(ui, rect);
    ui.put(Rect::from_center_size(rect.center(), galley.size()), egui::Label::new(galley));
}
