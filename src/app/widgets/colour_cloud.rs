//! Colours in their space, turned by drag or arrow keys, with palette colours and the paths that k-means took.

use egui::{Align2, CursorIcon, Key, Mesh, Rect, Response, Sense, Shape, Stroke, Ui, vec2};

use super::figure;
use super::focus::{lock_arrows, steps};
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::colour_space::{Cloud, Turn, edges, ends};
use crate::engine::media::picture::{Reduced, Space};

/// More paths than this hide each other.
const MOST_PATHS: usize = 256;

/// Draws the cloud into the space that is left. `step` is the iteration whose centroids are shown; none shows the palette.
pub fn colour_cloud(
    ui: &mut Ui,
    turn: &mut Turn,
    cloud: &Cloud,
    reduced: &Reduced,
    step: Option<usize>,
    look: &PlotLook,
) -> Response {
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    if response.dragged() {
        *turn = turn.dragged(response.drag_delta().x, response.drag_delta().y);
    }
    if plot::take_focus(ui, &response) {
        lock_arrows(ui, &response, true, true);
        let across = steps(ui, Key::ArrowLeft, Key::ArrowRight) as f32;
        let down = steps(ui, Key::ArrowUp, Key::ArrowDown) as f32;
        *turn = turn.dragged(across * 10.0, down * 10.0);
    }
    let space = cloud.space;
    let count = reduced.palette.len();
    plot::describe(&response, || {
        let part = if cloud.dots.len() < cloud.all {
            format!("{} of {}", cloud.dots.len(), cloud.all)
        } else {
            cloud.all.to_string()
        };
        format!("Colour space {}: {part} colours of the picture, {count} palette colours", space.axes().join(" "))
    });
    let (tokens, painter) = (tokens(ui), ui.painter().with_clip_rect(rect));
    // Oklab's box is narrow.
    let fill = if space == Space::Oklab { 0.66 } else { 0.52 };
    let size = rect.width().min(rect.height()) * fill;
    let place = |at: [f32; 3]| {
        let [x, y, depth] = turn.project(space, at);
        (rect.center() + vec2(x, y) * size, depth)
    };
    for [from, to] in edges(space) {
        painter.line_segment([place(from).0, place(to).0], Stroke::new(theme::HAIRLINE, tokens.hair));
    }
    for (at, name) in ends(space) {
        let (end, _) = place(at);
        let away = (end - rect.center()).normalized() * 12.0;
        painter.text(end + away, Align2::CENTER_CENTER, name, look.strong.clone(), tokens.muted);
    }
    // From back to front, so that near colours cover far ones.
    let mut dots: Vec<_> = cloud.dots.iter().map(|&(at, rgb, share)| (place(at), rgb, share)).collect();
    dots.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let mut mesh = Mesh::default();
    for ((at, _), rgb, share) in dots {
        let side = (1.6 + 60.0 * share.sqrt()).min(7.0);
        mesh.add_colored_rect(Rect::from_center_size(at, vec2(side, side)), theme::pixel(rgb).gamma_multiply(0.85));
    }
    painter.add(Shape::mesh(mesh));
    let course = reduced.course.as_ref();
    let shown = course.and_then(|course| step.and_then(|step| course.steps.get(step)).map(|step| &step.centroids));
    if let Some(course) = course.filter(|course| count <= MOST_PATHS && course.centroids.len() == count) {
        let last = step.unwrap_or(course.steps.len());
        let line = Stroke::new(1.6 * look.line, tokens.accent);
        for centroid in 0..count {
            let steps = course.steps.iter().take(last + 1).map(|step| step.centroids[centroid]);
            let end = (last >= course.steps.len()).then_some(course.centroids[centroid]);
            let path: Vec<_> = steps.chain(end).map(|at| place(at).0).collect();
            if let Some(&start) = path.first() {
                painter.circle_stroke(start, 2.5, Stroke::new(1.0, tokens.accent));
            }
            painter.add(Shape::line(path, line));
        }
    }
    let radius = if count <= 32 {
        7.0
    } else if count <= 64 {
        5.0
    } else {
        3.5
    } * look.line;
    let mut marks: Vec<_> = (0..count)
        .map(|index| {
            let rgb = reduced.palette[index];
            let at = match shown {
                Some(centroids) if centroids.len() == count => centroids[index],
                _ => space.of(rgb),
            };
            let fill = if shown.is_some() { space.stored(at) } else { rgb };
            (place(at), fill)
        })
        .collect();
    marks.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    for ((at, _), rgb) in marks {
        painter.circle(at, radius + 1.5, tokens.card, Stroke::NONE);
        painter.circle(at, radius, theme::pixel(rgb), Stroke::new(1.5, tokens.accent));
    }
    figure::menu(ui, &response, recording, rect, "Colour space", || cloud.table(reduced));
    response.on_hover_cursor(CursorIcon::Grab)
}
