//! The page Compare schemes: up to six quantizers on one tensor, side by side, among all others.

mod controls;
mod multiples;
mod table;

use std::sync::Arc;

use egui::{Rect, Ui, pos2, vec2};

use super::linear::parts::scrolled;
use super::{Link, Page};
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::document::TensorKey;
use crate::app::memo::Memo;
use crate::app::results::Loaded;
use crate::app::setup::Schemes;
use crate::app::theme::GAP;
use crate::app::view::format;
use crate::app::view::schemes::{self as view, Compared, Plot, Row, Rows, Sort};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::scheme_chip::SchemeChip;
use crate::engine::compress::{Rated, field};
use crate::engine::quantize::Scheme;

/// The page.
pub(super) const SCHEMES: Page = Page {
    name: "compare",
    title: "Compare schemes",
    group: 0,
    question: "Which scheme loses least at this size?",
    link: Link {
        text: |setup| setup.schemes.text(),
        parse: |setup, text| setup.schemes.parse(text),
        defaults: |setup| setup.schemes = Schemes::default(),
        bits: |_| None,
        take_bits: |_, _| false,
    },
    needs_document: true,
    status: |session, _| {
        vec![match session.setup().schemes.compared.len() {
            1 => "1 scheme".to_owned(),
            number => format!("{number} schemes"),
        }]
    },
    ui,
};

/// What the eye needs of the page.
#[derive(Default)]
pub struct SchemesPage {
    rows: Rows,
    sort: Sort,
    filter: String,
    /// The text of a scheme that is being typed, and why it is none.
    draft: String,
    error: String,
    chips: Vec<SchemeChip>,
    /// Rows and plot, made anew when results arrive.
    drawn: Memo<Key, (Vec<Row>, Plot)>,
}

/// What rows and plot are made from: the results by their addresses, the schemes, the filter.
#[derive(Clone, PartialEq)]
struct Key {
    found: usize,
    field: usize,
    compared: Vec<Scheme>,
    filter: String,
}

/// What there is to draw.
struct Given {
    loaded: Arc<Loaded>,
    name: String,
    compared: Vec<Scheme>,
    found: Option<Derived<Vec<Result<Compared, String>>>>,
    field: Option<Derived<Vec<Rated>>>,
    rows: Vec<Row>,
    plot: Plot,
}

/// Asks for everything that the page shows.
fn given(ctx: &mut PageContext<'_>, loaded: Arc<Loaded>) -> Given {
    let compared = ctx.setup().schemes.compared.clone();
    let name = ctx.tensor().map(|tensor| tensor.name.clone()).unwrap_or_default();
    let of = Arc::clone(&loaded);
    let key: (TensorKey, Vec<Scheme>) = (loaded.key, compared.clone());
    let found = ctx.derive("schemes/compared", "Schemes side by side", key, move |(_, schemes), handle| {
        view::compare((&of.values, &of.shape), &of.summary, schemes, handle)
    });
    // Results of another tensor or of other schemes would stand in the wrong rows.
    let found = found.filter(|found| !found.stale);
    let of = Arc::clone(&loaded);
    let field = ctx
        .derive("schemes/field", "Every scheme", loaded.key, move |_, handle| {
            field(&of.values, &of.shape, &of.summary, handle)
        })
        .filter(|field| !field.stale);
    let address = |there: Option<usize>| there.unwrap_or(0);
    let key = Key {
        found: address(found.as_ref().map(|found| Arc::as_ptr(&found.value) as usize)),
        field: address(field.as_ref().map(|field| Arc::as_ptr(&field.value) as usize)),
        compared: compared.clone(),
        filter: ctx.state.schemes.filter.clone(),
    };
    let (rows, plot) = ctx
        .state
        .schemes
        .drawn
        .get(&key, |key| {
            let waiting = vec![Err("Computing".to_owned()); key.compared.len()];
            let found = found.as_ref().map_or(&waiting, |found| found.value.as_ref());
            let rows = view::rows(&key.compared, found, field.as_ref().map_or(&[], |field| &field.value));
            let plot = view::plot(&rows, &key.filter);
            (rows, plot)
        })
        .clone();
    Given { loaded, name, compared, found, field, rows, plot }
}

/// Draws the page.
fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let rows = ctx.setup().schemes.compared.len().max(1) as f32;
    let table_height = 84.0 + 31.0 * rows;
    let multiples_height = if narrow { 2.0 * 250.0 + GAP } else { 236.0 };
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, false) => controls::HEIGHT + table_height.max(250.0) + multiples_height + 2.0 * GAP,
        (false, true) => controls::HEIGHT + table_height + 320.0 + multiples_height + 3.0 * GAP,
    };
    scrolled(ui, "schemes", presenting, least, |ui, page| {
        let Some(loaded) = ctx.loaded().cloned() else {
            let waiting = ctx.waiting().to_owned();
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, &waiting));
        };
        let given = given(ctx, loaded);
        let (width, mut top) = (page.width(), page.top());
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(page.left(), top), vec2(width, height));
            top += height + GAP;
            rect
        };
        if !presenting {
            controls::ui(ctx, row(controls::HEIGHT), ui);
        }
        if narrow && !presenting {
            table::ui(ctx, &given, row(table_height), ui);
            plot_ui(ctx, &given, row(320.0), ui);
            return multiples::ui(ctx, &given, row(multiples_height), ui);
        }
        let height = if presenting {
            page.height()
        } else {
            let room = page.height() - controls::HEIGHT - 2.0 * GAP;
            (room * 0.54).max(table_height.max(250.0)).min(room - multiples_height)
        };
        let upper = row(height);
        let split = upper.left() + ((width - GAP) * if presenting { 0.6 } else { 0.58 }).round();
        table::ui(ctx, &given, Rect::from_min_max(upper.min, pos2(split, upper.bottom())), ui);
        plot_ui(ctx, &given, Rect::from_min_max(pos2(split + GAP, upper.top()), upper.max), ui);
        if !presenting {
            let lower = Rect::from_min_max(pos2(page.left(), upper.bottom() + GAP), page.max);
            multiples::ui(ctx, &given, lower, ui);
        }
    });
}

/// Another scheme side by side, as one undo step.
fn add(ctx: &mut PageContext<'_>, scheme: Scheme) {
    let what = format!("Compares {scheme} too");
    ctx.edit(what, None, move |setup| setup.schemes = setup.schemes.with(scheme.clone()));
}

/// Error against size of every scheme.
fn plot_ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let subtitle = match &given.field {
        Some(_) => format!("{} schemes; click a point to compare it", format::count(given.rows.len() as u64)),
        None => "computing every scheme".to_owned(),
    };
    let mut clicked = None;
    Card::new("Error against size").subtitle(&subtitle).show(ui, rect, |ui| {
        clicked = chart(ui, &given.plot.chart, &look).clicked;
    });
    let place = clicked.and_then(|(series, point)| given.plot.places.get(series)?.get(point));
    if let Some(row) = place.and_then(|place| given.rows.get(*place))
        && row.place.is_none()
    {
        add(ctx, row.scheme.clone());
    }
}
