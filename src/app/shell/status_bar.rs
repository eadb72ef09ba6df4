//! The status bar: the last action, what the page says, jobs, zoom.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::context::Request;
use crate::app::pages;
use crate::app::session::{Action, Session};
use crate::app::state::UiState;
use crate::app::theme::{self, tokens};
use crate::app::widgets;

/// Draws the bar.
pub fn ui(session: &Session, state: &UiState, requests: &mut Vec<Request>, ui: &mut Ui) {
    let rect = ui.max_rect();
    let tokens = tokens(ui.ctx());
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, (theme::HAIRLINE, tokens.hair));
    let inner = Rect::from_min_max(rect.min + vec2(theme::PADDING, 0.0), rect.max - vec2(16.0, 0.0));
    let mut right = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    let zoom = format!("{} %", (ui.ctx().zoom_factor() * 100.0).round());
    right.label(RichText::new(zoom).font(theme::small()).color(tokens.muted));
    right.add_space(8.0);
    let jobs = session.jobs();
    if let Some(job) = jobs.first() {
        if widgets::job_strip::job_strip(&mut right, &job.title, job.done, job.total) {
            requests.push(Request::Act(Action::Cancel(job.slot.clone())));
        }
        if jobs.len() > 1 {
            right.label(RichText::new(format!("+{}", jobs.len() - 1)).font(theme::small()).color(tokens.muted));
        }
    }
    let left_rect = Rect::from_min_max(inner.min, pos2(right.min_rect().left() - 12.0, inner.bottom()));
    let mut left = ui.new_child(UiBuilder::new().max_rect(left_rect).layout(Layout::left_to_right(Align::Center)));
    left.set_clip_rect(left_rect);
    left.spacing_mut().item_spacing.x = 10.0;
    let mut first = true;
    let mut piece = |text: RichText| {
        if !std::mem::take(&mut first) {
            let x = left.cursor().left();
            left.painter().vline(x, rect.center().y - 6.0..=rect.center().y + 6.0, (theme::HAIRLINE, tokens.hair));
            left.add_space(10.0);
        }
        left.add(egui::Label::new(text).truncate());
    };
    if !session.last_action.is_empty() {
        piece(RichText::new(&session.last_action).font(theme::small_semibold()).color(tokens.text));
    }
    let pieces = pages::find(session.page).map(|page| (page.status)(session, state)).unwrap_or_default();
    for text in pieces {
        piece(RichText::new(text).font(theme::small()).color(tokens.muted));
    }
}
