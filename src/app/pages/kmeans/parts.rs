//! What the pages of this group share: the scrolling frame, labels, buttons of a sequence of steps.

use egui::{Key, Rect, RichText, Ui, vec2};

use crate::app::context::{PageContext, Request};
use crate::app::examples;
use crate::app::session::Action;
use crate::app::theme::{self, tokens};
use crate::app::widgets::focus::letter;
use crate::app::widgets::{button, card};

/// Height of the card with a page's controls.
pub const CONTROLS: f32 = 66.0;

/// Gives the page its canvas, and scrolls where it needs more height than there is.
pub fn scrolled(ui: &mut Ui, name: &str, height: f32, add: impl FnOnce(&mut Ui, Rect)) {
    let canvas = ui.max_rect();
    if canvas.height() >= height {
        return add(ui, canvas);
    }
    egui::ScrollArea::vertical().id_salt(name).auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        add(ui, rect);
    });
}

/// Columns of one row, by shares of the width.
pub fn columns<const N: usize>(row: Rect, shares: [f32; N]) -> [Rect; N] {
    let room = row.width() - theme::GAP * (N - 1) as f32;
    let total: f32 = shares.iter().sum();
    let mut left = row.left();
    shares.map(|share| {
        let width = (room * share / total).round();
        let rect = Rect::from_min_size(egui::pos2(left, row.top()), vec2(width, row.height()));
        left += width + theme::GAP;
        rect
    })
}

/// A caption before a control.
pub fn label(ui: &mut Ui, text: &str) {
    let color = tokens(ui.ctx()).muted;
    ui.label(RichText::new(text).font(theme::control()).color(color));
}

/// Where a sequence of steps goes by key, in a presentation too: S takes the next step, B goes back, G runs to the end, H home.
pub fn keyed(ui: &Ui, now: usize, last: usize) -> Option<usize> {
    let to = [(Key::S, (now + 1).min(last)), (Key::B, now.saturating_sub(1)), (Key::G, last), (Key::H, 0)];
    let to = to.into_iter().find(|(key, _)| letter(ui, *key))?.1;
    (to != now).then_some(to)
}

/// Where a sequence of steps stands after its buttons were looked at: back, the named next one, all, none.
pub fn sequence(ui: &mut Ui, now: usize, last: usize, next: &str) -> Option<usize> {
    let mut to = None;
    if now == 0 {
        button::disabled(ui, "Back", "This is the start");
    } else if button::plain(ui, "Back").on_hover_text("Key B").clicked() {
        to = Some(now - 1);
    }
    if now >= last {
        button::disabled(ui, "Step", "All steps are taken");
        button::disabled(ui, "Run", "All steps are taken");
    } else {
        if button::filled(ui, next).on_hover_text("Key S").clicked() {
            to = Some(now + 1);
        }
        if button::plain(ui, "Run").on_hover_text("Key G").clicked() {
            to = Some(last);
        }
    }
    if now == 0 {
        button::disabled(ui, "Reset", "This is the start");
    } else if button::plain(ui, "Reset").on_hover_text("Key H").clicked() {
        to = Some(0);
    }
    to
}

/// Says why a page needs a small matrix, and offers the lecture's.
pub fn small_only(ctx: &mut PageContext<'_>, ui: &mut Ui, reason: &str) {
    let canvas = ui.max_rect();
    card::plain(ui, canvas, "small only", |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.35);
            ui.label(RichText::new(reason).font(theme::body()).color(tokens(ui.ctx()).muted));
            ui.add_space(8.0);
            if button::filled(ui, "Lecture 4×4").clicked()
                && let Some(example) = examples::all().find(|row| row.model == "lecture-4x4" && row.page == "codebook")
            {
                let page = ctx.session.page;
                ctx.act(Action::OpenExample(example));
                ctx.requests.push(Request::Act(Action::ShowPage(page)));
            }
        });
    });
}
