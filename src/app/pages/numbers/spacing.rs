//! The view Spacing: how far apart values are, how wrong rounding can be, how many codes each binade has, and range against precision.

use egui::{Rect, Ui, pos2, vec2};

use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::theme::GAP;
use crate::app::view::chart::Chart;
use crate::app::view::{format_words, spacing};
use crate::app::widgets::card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;

struct Areas {
    controls: Rect,
    charts: Vec<Rect>,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let low = if presenting { controls::LOW } else { controls::HEIGHT };
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), low));
        let top = controls.bottom() + GAP;
        // A lecture hall reads two charts, not four.
        let rows = if presenting { 1 } else { 2 };
        let least = if presenting { 260.0 } else { 210.0 };
        let height = ((canvas.bottom() - top - GAP * (rows - 1) as f32) / rows as f32).max(least);
        let width = (canvas.width() - GAP) / 2.0;
        let charts: Vec<Rect> = (0..2 * rows)
            .map(|place| {
                let corner =
                    pos2(canvas.left() + (place % 2) as f32 * (width + GAP), top + (place / 2) as f32 * (height + GAP));
                Rect::from_min_size(corner, vec2(width, height))
            })
            .collect();
        let bottom = charts.last().map_or(top, |rect| rect.bottom());
        Self { controls, charts, height: bottom - canvas.top() }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "spacing", height, |ui, page| {
        let canvas = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(canvas, presenting);
        if presenting {
            controls::low_card_ui(ctx, areas.controls, ui);
        } else {
            controls::card_ui(ctx, areas.controls, true, ui, controls::formats_ui);
        }
        cards(ctx, &areas.charts, ui);
    });
}

/// The first two charts, spacing and range against precision, as cards of another view.
pub fn two_cards(ctx: &mut PageContext<'_>, rects: [Rect; 2], ui: &mut Ui) {
    cards(ctx, &rects, ui);
}

/// One chart a rectangle, in the order of the view.
fn cards(ctx: &mut PageContext<'_>, rects: &[Rect], ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (main, beside) = (numbers.format, numbers.beside);
    let title = format_words::title(main);
    let look = PlotLook::of(ctx.presenting);
    let charts = ctx.state.numbers.charts.get(&(main, beside), |(main, beside)| {
        let others = [*beside];
        vec![
            spacing::spacing(*main, &others),
            spacing::trade(*main),
            spacing::error(*main, &others),
            spacing::codes(*main),
        ]
    });
    let words = [
        "a step is 2^(exponent − M): it doubles with every power of two",
        "bits of the exponent against bits of the fraction",
        "half a step over the value, at most",
        "from each power of two to the next",
    ];
    let titles = ["Spacing", "Range against precision", "Relative error", "Codes a binade"];
    for ((rect, picture), (name, subtitle)) in rects.iter().zip(charts).zip(titles.into_iter().zip(words)) {
        let picture: &Chart = picture;
        let subtitle = if name == "Codes a binade" { title.as_str() } else { subtitle };
        card::card(ui, *rect, name, subtitle, |ui| {
            chart(ui, picture, &look);
        });
    }
}
