//! The page Rounding lab: rules and policies, libraries, double rounding, chance, arithmetic.

mod arithmetic;
mod double;
mod rules;
mod stochastic;
mod who;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::lab::{Lab, LabView};
use crate::app::theme::{self, GAP};
use crate::app::widgets::card;
use crate::app::widgets::select::select;
use crate::app::widgets::tabs::tabs;

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let view = ctx.setup().numbers.lab.view;
    let top = if presenting { controls::LOW } else { controls::HEIGHT };
    let narrow = canvas.width() < 1000.0;
    let least = match (view, narrow) {
        (_, true) if !presenting => 620.0,
        (LabView::Rules, _) => 440.0,
        (LabView::Who, _) => 330.0,
        _ => 380.0,
    };
    let height = if presenting { canvas.height() } else { canvas.height().max(top + GAP + least) };
    scrolled(ui, "rounding", height, |ui, page| {
        let page = Rect::from_min_size(page.min, vec2(page.width(), height));
        let bar = Rect::from_min_size(page.min, vec2(page.width(), top));
        if presenting {
            controls::low_card_ui(ctx, bar, ui)
        } else {
            controls_card(ctx, bar, ui)
        }
        let rest = Rect::from_min_max(pos2(page.left(), bar.bottom() + GAP), page.max);
        match view {
            LabView::Rules => rules::ui(ctx, rest, ui),
            LabView::Who => who::ui(ctx, rest, ui),
            LabView::Double => double::ui(ctx, rest, ui),
            LabView::Stochastic => stochastic::ui(ctx, rest, ui),
            LabView::Arithmetic => arithmetic::ui(ctx, rest, ui),
        }
    });
}

/// Changes the lab, as one step.
fn edit(
    ctx: &mut PageContext<'_>,
    what: impl Into<String>,
    gesture: Option<u64>,
    change: impl Fn(&mut Lab) + Send + Sync + 'static,
) {
    ctx.edit(what, gesture, move |setup| change(&mut setup.numbers.lab));
}

fn controls_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let layout = Layout::left_to_right(Align::Center);
        let mut child =
            |rect: Rect, salt: &str| ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout));
        let field = Rect::from_min_size(pos2(inner.right() - 210.0, inner.top()), vec2(210.0, theme::CONTROL));
        let first = Rect::from_min_max(inner.min, pos2(field.left() - 12.0, field.bottom()));
        let second = Rect::from_min_max(pos2(inner.left(), field.bottom() + 4.0), inner.max);
        let mut views = child(first, "views");
        let mut view = ctx.setup().numbers.lab.view;
        let changed = if views.available_width() >= 520.0 {
            tabs(&mut views, "View", &mut view, &LabView::ALL.map(|(view, title, _)| (view, title))).changed()
        } else {
            let options = LabView::ALL.map(|(view, title, _)| (view, title.to_owned(), ""));
            select(&mut views, "View", &mut view, &options).changed()
        };
        if changed {
            let title = LabView::ALL.iter().find(|row| row.0 == view).map_or("", |row| row.1);
            edit(ctx, format!("View {title}"), None, move |lab| lab.view = view);
        }
        controls::value_ui(ctx, &mut child(field, "value"));
        controls::formats_ui(ctx, &mut child(second, "second"));
    });
}

/// Two columns, the first `share` of the width; below each other where it is narrow.
fn columns(rest: Rect, share: f32) -> [Rect; 2] {
    if rest.width() < 800.0 {
        let split = rest.top() + (rest.height() * 0.5).round();
        return [
            Rect::from_min_max(rest.min, pos2(rest.right(), split - GAP)),
            Rect::from_min_max(pos2(rest.left(), split), rest.max),
        ];
    }
    let split = rest.left() + (rest.width() * share).round();
    [
        Rect::from_min_max(rest.min, pos2(split - GAP, rest.bottom())),
        Rect::from_min_max(pos2(split, rest.top()), rest.max),
    ]
}
