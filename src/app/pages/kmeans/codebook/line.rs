//! The number line: weights, centroids to drag, and where they came from.

use egui::{Rect, Ui, pos2};

use super::super::lesson::Lesson;
use super::matrices;
use crate::app::context::PageContext;
use crate::app::pages::tensor::tensor_choice;
use crate::app::session::Action;
use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::axis::Axis;
use crate::app::view::histogram::Bar;
use crate::app::view::{course as words, format, number_line as view};
use crate::app::widgets::card::Card;
use crate::app::widgets::number_line::{LineResponse, MOST_HANDLES, NumberLine, Place, Weights};
use crate::app::widgets::plot::PlotLook;

/// Most ways of centroids that are drawn.
const MOST_TRAILS: usize = 512;

/// Bars of the histogram of a tensor that is not small.
const BARS: usize = 160;

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    let subtitle = match (&lesson.cells, ctx.presenting) {
        (_, true) => String::new(),
        (Some(_), _) => "drag a centroid or a weight".to_owned(),
        (None, _) => format!("{} weights, square-root counts", format::count(lesson.count as u64)),
    };
    // A hall sees which weights these are in the foot of the page.
    let title = if ctx.presenting { String::new() } else { lesson.titled("Number line") };
    let presenting = ctx.presenting;
    let mut chosen = None;
    // The card's title line and its content both speak to the page, one after the other.
    let shared = std::cell::RefCell::new(ctx);
    let trailing = |ui: &mut Ui| {
        if !presenting {
            let mut ctx = shared.borrow_mut();
            chosen = tensor_choice(&ctx, ui);
            matrices::weight_field(&mut ctx, lesson, ui);
        }
    };
    // Without a title the line reaches up into its room.
    let outer = ui.clip_rect();
    Card::new(&title).subtitle(&subtitle).trailing(trailing).show(ui, rect, |ui| {
        let mut ctx = shared.borrow_mut();
        let mut area = ui.max_rect();
        if presenting {
            area.min.y -= 26.0;
        } else {
            legend(ui, Rect::from_min_max(pos2(area.left(), area.bottom() - 18.0), area.max));
            area.max.y -= 20.0;
        }
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(area));
        child.set_clip_rect(area.expand(6.0).intersect(rect).intersect(outer));
        line(&mut ctx, lesson, &mut child);
    });
    if let Some(tensor) = chosen {
        shared.into_inner().act(Action::SelectTensor(tensor));
    }
}

fn line(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let moment = lesson.moment();
    let window = match &lesson.cells {
        Some(values) => {
            let centroids =
                lesson.course.moments.iter().flat_map(|moment| [moment.clusters.first(), moment.clusters.last()]);
            let ends = centroids.flatten().map(|cluster| cluster.centroid);
            view::window(values.iter().map(|&value| f64::from(value)).chain(ends))
        }
        // The far tails would press the rest together; centroids there keep their place at the ends.
        None => {
            let (low, high) = lesson.summary.quantiles(5e-4).unwrap_or((-1.0, 1.0));
            view::window([low, high].into_iter())
        }
    };
    let start = &lesson.course.moments[0].clusters;
    let decimals = lesson.decimals();
    let number = moment.clusters.len();
    let places: Vec<Place> = moment
        .clusters
        .iter()
        .enumerate()
        .map(|(rank, cluster)| Place {
            value: cluster.centroid,
            // Many centroids' starts would cover each other; the trails show them.
            start: start
                .get(rank)
                .map(|start| start.centroid)
                .filter(|start| number <= 8 && *start != cluster.centroid),
            label: if number > 8 {
                format::significant(cluster.centroid, 2)
            } else {
                format::fixed(cluster.centroid, decimals)
            },
            movable: !cluster.pinned,
        })
        .collect();
    let owners = lesson.owners();
    let dots: Vec<(f64, Option<usize>)> =
        lesson.cells.iter().flatten().zip(&owners).map(|(&value, &owner)| (f64::from(value), owner)).collect();
    let step = (window.1 - window.0) / BARS as f64;
    let bars: Vec<Bar> = if lesson.cells.is_some() {
        Vec::new()
    } else {
        let counts = lesson.summary.bars(window.0, step, BARS);
        let edge = |place: usize| window.0 + place as f64 * step;
        counts
            .into_iter()
            .enumerate()
            .map(|(place, count)| Bar { low: edge(place), high: edge(place + 1), count })
            .collect()
    };
    let selected = lesson.selected(ctx);
    let below = if lesson.cells.is_some() { 0.0 } else { (ui.available_height() * 0.3).max(40.0) };
    let shown = NumberLine {
        window,
        weights: if lesson.cells.is_some() { Weights::Dots(&dots) } else { Weights::Bars(&bars) },
        centroids: &places,
        linked: ctx.state.kmeans.linked.or(selected),
        editable: true,
        below,
        look: PlotLook::of(ctx.presenting),
    }
    .show_over(ui, |ui, axis, below| {
        if lesson.cells.is_none() {
            trails(ui, lesson, axis, below.shrink2(egui::vec2(0.0, 4.0)));
        }
    });
    answer(ctx, lesson, shown);
}

fn answer(ctx: &mut PageContext<'_>, lesson: &Lesson, shown: LineResponse) {
    ctx.state.kmeans.linked = ctx.state.kmeans.linked.or(shown.hovered);
    if let Some(weight) = shown.selected {
        lesson.select(ctx, weight);
    }
    let gesture = shown.dragged.and_then(|dragged| ctx.state.gestures.of(&dragged));
    if let Some(moved) = shown.centroid {
        lesson.move_centroid(ctx, moved.index, moved.value, gesture);
    }
    if let Some(moved) = shown.weight {
        lesson.move_weight(ctx, moved.index, moved.value as f32, gesture);
    }
}

/// The centroids' ways through the iterations, the start on top.
fn trails(ui: &Ui, lesson: &Lesson, axis: &Axis, rect: Rect) {
    let tokens = tokens(ui);
    let painter = ui.painter().with_clip_rect(rect.expand(5.0));
    let trails = words::trails(&lesson.course);
    let last = trails.first().map_or(0, |trail| trail.len().saturating_sub(1)).max(1);
    let y = |stop: usize| rect.top() + stop as f32 / last as f32 * rect.height();
    let number = trails.len();
    // Thousands of ways would be one area.
    for (rank, trail) in trails.iter().enumerate().step_by(number.div_ceil(MOST_TRAILS).max(1)) {
        let points: Vec<egui::Pos2> =
            trail.iter().enumerate().filter_map(|(stop, value)| Some(pos2(axis.pixel(*value)?, y(stop)))).collect();
        let width = if number > MOST_HANDLES { 1.2 } else { 2.0 };
        painter.add(egui::Shape::line(points, (width, hue(tokens, rank, number))));
    }
    let now = y(lesson.moment().iteration.min(last));
    painter.hline(rect.x_range(), now, (theme::BOUNDARY_LINE, tokens.accent));
    let shown = if number > MOST_TRAILS {
        format!(", {MOST_TRAILS} of {} ways", format::count(number as u64))
    } else {
        String::new()
    };
    let words = format!("iteration {} of {last}{shown}", lesson.moment().iteration);
    let galley = painter.layout_no_wrap(words, theme::small(), tokens.accent);
    let top = if now + galley.size().y + 2.0 > rect.bottom() { now - galley.size().y - 1.0 } else { now + 2.0 };
    let at = pos2(rect.left() + 4.0, top);
    painter.rect_filled(Rect::from_min_size(at, galley.size()).expand(2.0), 0.0, tokens.card);
    painter.galley(at, galley, tokens.accent);
}

fn hue(tokens: &Tokens, rank: usize, number: usize) -> egui::Color32 {
    if number <= tokens.clusters.len() { tokens.clusters[rank].mark } else { tokens.accent }
}

fn legend(ui: &Ui, rect: Rect) {
    let tokens = tokens(ui);
    let painter = ui.painter();
    let mut left = rect.left() + 4.0;
    let y = rect.center().y;
    for (index, words) in ["weight", "centroid", "where it started", "decision boundary"].into_iter().enumerate() {
        match index {
            0 => drop(painter.circle_filled(pos2(left + 5.0, y), 5.0, tokens.real)),
            1 => {
                let at = |x: f32, dy: f32| pos2(left + 6.0 + x, y + dy);
                let points = vec![at(0.0, -6.0), at(6.0, 0.0), at(0.0, 6.0), at(-6.0, 0.0)];
                painter.add(egui::Shape::convex_polygon(points, tokens.card, (1.5, tokens.text)));
            }
            2 => drop(painter.circle(pos2(left + 5.0, y), 4.0, tokens.card, (1.5, tokens.axis))),
            _ => {
                let ends = [pos2(left, y), pos2(left + 14.0, y)];
                painter.extend(egui::Shape::dashed_line(&ends, (theme::BOUNDARY_LINE, tokens.axis), 4.0, 3.0));
            }
        }
        let galley = painter.layout_no_wrap(words.to_owned(), theme::small(), tokens.muted);
        let width = galley.size().x;
        if left + 18.0 + width > rect.right() {
            break;
        }
        painter.galley(pos2(left + 18.0, y - galley.size().y / 2.0), galley, tokens.muted);
        left += 18.0 + width + 18.0;
    }
}
