//! What of the window can be taken away: in every pass, pictures and tables note themselves here, and cards where they are.
//!
//! Tests read from it whether everything on a page has its menu, and whoever wants all of a page at once finds it here.

use egui::{Context, Id, Rect, Ui};

use crate::app::view::figure::Table;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Painted: leaves as PNG, SVG and CSV.
    Picture,
    /// Rows and columns: leave as CSV, Markdown and LaTeX.
    Table,
}

/// A figure of the last pass.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Where it is, in points.
    pub rect: Rect,
    /// What is in it, where contents were asked for.
    pub content: Option<Content>,
}

/// What leaves with a figure.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its numbers.
    pub table: Table,
    /// What was painted, as SVG; nothing for tables.
    pub svg: Option<String>,
}

/// A card of the last pass.
#[derive(Clone, Debug)]
pub struct Framed {
    /// Its title, or the name of a card without one.
    pub title: String,
    /// Where its content is, in points.
    pub rect: Rect,
    /// Whether it says why there is nothing in it.
    pub empty: bool,
}

/// What one pass noted.
#[derive(Clone, Debug, Default)]
struct Pass {
    number: u64,
    /// From this pass on contents are noted, too.
    asked: Option<u64>,
    figures: Vec<Shown>,
    cards: Vec<Framed>,
}

fn with_pass<R>(ctx: &Context, act: impl FnOnce(&mut Pass) -> R) -> R {
    ctx.data_mut(|data| act(data.get_temp_mut_or_default::<Pass>(Id::unique("figures of the page"))))
}

/// Note of what is drawn now; what an earlier pass noted is dropped.
fn note(ctx: &Context, act: impl FnOnce(&mut Pass)) {
    let number = ctx.cumulative_pass_nr();
    with_pass(ctx, |pass| {
        if pass.number != number {
            pass.number = number;
            pass.figures.clear();
            pass.cards.clear();
        }
        act(pass);
    });
}

/// Notes a figure; `content` is only made where it was asked for.
pub(super) fn figure(ui: &Ui, kind: Kind, title: &str, rect: Rect, content: impl FnOnce() -> Content) {
    let number = ui.ctx().cumulative_pass_nr();
    let wanted = with_pass(ui.ctx(), |pass| pass.asked.is_some_and(|asked| number >= asked));
    // Made before the notes are locked: it reads what was painted.
    let content = wanted.then(content);
    let rect = rect.intersect(ui.clip_rect());
    note(ui.ctx(), |pass| pass.figures.push(Shown { kind, title: title.to_owned(), rect, content }));
}

/// Notes a card.
pub fn card(ui: &Ui, title: &str, rect: Rect) {
    note(ui.ctx(), |pass| pass.cards.push(Framed { title: title.to_owned(), rect, empty: false }));
}

/// Notes that what fills `rect` only says why there is nothing.
pub fn nothing(ui: &Ui, rect: Rect) {
    note(ui.ctx(), |pass| {
        if let Some(card) = pass.cards.iter_mut().rfind(|card| card.rect.intersects(rect)) {
            card.empty = true;
        }
    });
}

/// How many figures this pass has noted so far.
pub(super) fn count(ctx: &Context) -> usize {
    let number = ctx.cumulative_pass_nr();
    with_pass(ctx, |pass| if pass.number == number { pass.figures.len() } else { 0 })
}

/// Whether one of the figures that this pass noted after the first `since` is at `at`.
pub(super) fn is_at(ctx: &Context, since: usize, at: egui::Pos2) -> bool {
    with_pass(ctx, |pass| pass.figures.iter().skip(since).any(|figure| figure.rect.contains(at)))
}

/// The figures of the pass before this one.
pub fn figures(ctx: &Context) -> Vec<Shown> {
    with_pass(ctx, |pass| pass.figures.clone())
}

/// The cards of the pass before this one.
pub fn cards(ctx: &Context) -> Vec<Framed> {
    with_pass(ctx, |pass| pass.cards.clone())
}

/// Asks for the contents of all figures: from the next pass on they are noted, until [`take`] has them.
pub fn ask(ctx: &Context) {
    let next = ctx.cumulative_pass_nr() + 1;
    with_pass(ctx, |pass| pass.asked = Some(next));
    ctx.request_repaint();
}

/// All figures with their contents, once a pass after [`ask`] has drawn them.
pub fn take(ctx: &Context) -> Option<Vec<Shown>> {
    with_pass(ctx, |pass| {
        pass.asked.filter(|asked| pass.number >= *asked)?;
        pass.asked = None;
        Some(pass.figures.clone())
    })
}
