//! The page Compare palettes: up to six ways to few colours on one picture, side by side, among all others.

mod controls;
mod table;
mod tiles;

use egui::{Rect, Ui, pos2, vec2};

use super::linear::parts::scrolled;
use super::{Link, Page};
use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::palettes::{self, Cache};
use crate::app::setup::Palettes;
use crate::app::theme::GAP;
use crate::app::view::format;
use crate::app::view::palettes::{self as view, Plot, Row, Sort};
use crate::app::view::schemes::Rows;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::picture_tile::Tiles;
use crate::app::widgets::plot::PlotLook;
use crate::engine::media::picture::{Recipe, SAMPLE};

/// The page.
pub(super) const PALETTES: Page = Page {
    name: "palettes",
    title: "Compare palettes",
    group: 2,
    question: "Which palette loses least at this size?",
    link: Link {
        text: |setup| setup.palettes.text(),
        parse: |setup, text| setup.palettes.parse(text),
        defaults: |setup| setup.palettes = Palettes::default(),
        bits: |_| None,
        take_bits: |_, _| false,
    },
    needs_document: false,
    status: |session, _| {
        vec![match session.setup().palettes.compared.len() {
            1 => "1 palette".to_owned(),
            number => format!("{number} palettes"),
        }]
    },
    ui,
};

/// What the eye needs of the page.
#[derive(Default)]
pub struct PalettesPage {
    rows: Rows,
    sort: Sort,
    filter: String,
    /// The text of a recipe that is being typed, and why it is none.
    draft: String,
    error: String,
    tiles: Tiles,
    /// Results that were computed already.
    pub(in crate::app) cache: Cache,
    /// Rows and plot, made anew when results arrive.
    drawn: Memo<Key, (Vec<Row>, Plot)>,
}

/// What rows and plot are made from: the results by their addresses, and the filter.
#[derive(Clone, PartialEq)]
struct Key {
    found: usize,
    field: usize,
    filter: String,
}

/// What there is to draw.
struct Given {
    study: palettes::Study,
    rows: Vec<Row>,
    plot: Plot,
}

fn given(ctx: &mut PageContext<'_>) -> Given {
    let study = palettes::study(ctx);
    let page = &mut ctx.state.palettes;
    let key = Key {
        found: study.found.as_ref().map_or(0, |found| std::sync::Arc::as_ptr(&found.value) as usize),
        field: study.field.as_ref().map_or(0, |field| std::sync::Arc::as_ptr(&field.value) as usize),
        filter: page.filter.clone(),
    };
    let drawn = page.drawn.get(&key, |key| {
        let found = study.found.as_ref().map_or(&[][..], |found| &found.value);
        let rows = view::rows(found, study.field.as_ref().map_or(&[], |field| &field.value));
        let plot = view::plot(&rows, &key.filter);
        (rows, plot)
    });
    let (rows, plot) = drawn.clone();
    Given { study, rows, plot }
}

/// Least height of a picture with its errors.
const TILE: f32 = 230.0;

/// Draws the page.
fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let count = ctx.setup().palettes.compared.len().max(1) as f32;
    let table_height = 84.0 + 31.0 * count;
    let tiles_height = if narrow { 2.0 * TILE + GAP } else { TILE };
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, false) => controls::HEIGHT + table_height.max(250.0) + tiles_height + 2.0 * GAP,
        (false, true) => controls::HEIGHT + tiles_height + table_height + 320.0 + 3.0 * GAP,
    };
    scrolled(ui, "palettes", presenting, least, |ui, page| {
        let given = given(ctx);
        let refusal = match &given.study.subject {
            Some(subject) => subject.picture.as_ref().err().cloned(),
            None => Some("Reading the picture".to_owned()),
        };
        if let Some(reason) = refusal {
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, &reason));
        }
        let (width, mut top) = (page.width(), page.top());
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(page.left(), top), vec2(width, height));
            top += height + GAP;
            rect
        };
        if presenting {
            // A lecture hall looks at the pictures, which say their error, and at what they cost.
            let split = page.left() + ((width - GAP) * 0.62).round();
            tiles::ui(ctx, &given, page.with_max_x(split), ui);
            return plot_ui(ctx, &given, page.with_min_x(split + GAP), ui);
        }
        controls::ui(ctx, row(controls::HEIGHT), ui);
        if narrow {
            tiles::ui(ctx, &given, row(tiles_height), ui);
            table::ui(ctx, &given, row(table_height), ui);
            return plot_ui(ctx, &given, row(320.0), ui);
        }
        let room = page.height() - controls::HEIGHT - 2.0 * GAP;
        let lower = table_height.max(250.0).max(room * 0.42);
        tiles::ui(ctx, &given, row(room - lower), ui);
        let rest = row(lower);
        let split = rest.left() + ((width - GAP) * 0.6).round();
        table::ui(ctx, &given, rest.with_max_x(split), ui);
        plot_ui(ctx, &given, rest.with_min_x(split + GAP), ui);
    });
}

/// Another recipe side by side, as one undo step.
fn add(ctx: &mut PageContext<'_>, recipe: Recipe) {
    let what = format!("Compares {recipe} too");
    ctx.edit(what, None, move |setup| setup.palettes = setup.palettes.with(recipe.clone()));
}

/// Error against size of every method.
fn plot_ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let subtitle = match &given.study.field {
        Some(_) => format!("others from up to {} pixels; click to compare", format::count(SAMPLE as u64)),
        None => "computing every method".to_owned(),
    };
    let mut clicked = None;
    Card::new("Error against size").subtitle(&subtitle).or_shorter("click to compare").show(ui, rect, |ui| {
        clicked = chart(ui, &given.plot.chart, &look).clicked;
    });
    let place = clicked.and_then(|(series, point)| given.plot.places.get(series)?.get(point));
    if let Some(row) = place.and_then(|place| given.rows.get(*place))
        && row.place.is_none()
    {
        add(ctx, row.recipe.clone());
    }
}
