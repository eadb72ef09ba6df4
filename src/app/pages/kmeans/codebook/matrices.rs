//! Weights → index + codebook = reconstruction, and the error, cell by cell.

use egui::{Align2, Rect, RichText, Sense, StrokeKind, Ui, pos2, vec2};

use super::super::lesson::Lesson;
use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::{cells, course, format};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;

/// Between two matrices, where a sign stands.
const GAP: f32 = 40.0;
/// Widest and lowest cell.
const CELL: (f32, f32) = (60.0, 42.0);

/// The matrices as texts and fills.
struct Sheet {
    weights: Vec<(String, Fill)>,
    index: Vec<(String, Fill)>,
    reconstruction: Vec<(String, Fill)>,
    error: Vec<(String, Fill)>,
    largest: f64,
}

impl Sheet {
    fn new(lesson: &Lesson, values: &[f32]) -> Self {
        let owners = lesson.owners();
        let centroids = lesson.moment().centroids();
        let (number, decimals) = (centroids.len(), lesson.decimals());
        let text = |value: f64| cells::cell(value, decimals);
        let level = |owner: Option<usize>| owner.map_or(Fill::Plain, |rank| Fill::Level(rank, number));
        let errors: Vec<Option<f64>> = values
            .iter()
            .zip(&owners)
            .map(|(&value, owner)| owner.map(|rank| f64::from(value) - centroids[rank]))
            .collect();
        let largest = errors.iter().flatten().fold(0.0_f64, |largest, error| largest.max(error.abs()));
        let none = || format::NONE.to_owned();
        Self {
            weights: values.iter().zip(&owners).map(|(&value, &owner)| (text(value.into()), level(owner))).collect(),
            index: owners
                .iter()
                .map(|owner| {
                    owner.map_or((none(), Fill::Plain), |rank| (rank.to_string(), Fill::Underline(rank, number)))
                })
                .collect(),
            reconstruction: owners
                .iter()
                .map(|&owner| (owner.map_or_else(none, |rank| text(centroids[rank])), level(owner)))
                .collect(),
            error: errors
                .iter()
                .map(|error| match error {
                    Some(error) => {
                        let share = error / largest.max(f64::MIN_POSITIVE);
                        (text(*error), Fill::Signed(share as f32))
                    }
                    None => (none(), Fill::Plain),
                })
                .collect(),
            largest,
        }
    }
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    let Some(values) = lesson.cells.as_deref() else { return };
    card::plain(ui, rect, "matrices", |ui| {
        let sheet = Sheet::new(lesson, values);
        let columns = lesson.matrix.1.max(1);
        let look = PlotLook::of(ctx.presenting);
        let selected = lesson.selected(ctx);
        let linked = ctx.state.kmeans.linked.or(selected);
        let with_error = !ctx.presenting;
        let heads = if ctx.presenting { 1.0 } else { 2.0 };
        let books = lesson.moment().clusters.len().div_ceil(8).min(2) as f32;
        // In units of a number's cell: three or two matrices of numbers, indices at 0.7, the codebook with its labels.
        let units = columns as f32 * (if with_error { 3.7 } else { 2.7 }) + 1.7 * books;
        // The codebook's title needs its width even above narrow cells.
        let book_least = 82.0 * books;
        let gaps = if with_error { 4.0 } else { 3.0 };
        let area = ui.max_rect();
        let most = if ctx.presenting || area.width() >= 1500.0 { 72.0 } else { CELL.0 };
        let gap = if area.width() < 1000.0 { 24.0 } else { GAP };
        let mut width = ((area.width() - gaps * gap) / units).floor().clamp(30.0, most);
        let mut book_width = width * 1.7 * books;
        if book_width < book_least {
            book_width = book_least;
            width = ((area.width() - gaps * gap - book_width) / (units - 1.7 * books)).floor().clamp(30.0, most);
        }
        // What the cells do not take parts the matrices.
        let left_over = area.width() - gaps * gap - width * (units - 1.7 * books) - book_width;
        let gap = gap + (left_over / gaps).clamp(0.0, 60.0);
        let line = look.caption.size + 5.0;
        let rows = lesson.matrix.0.max(lesson.moment().clusters.len().min(8)) as f32;
        let height = ((area.height() - (heads + 1.0) * line - 8.0) / rows)
            .floor()
            .clamp(20.0, if area.width() >= 1500.0 { 52.0 } else { CELL.1 });
        let cell = vec2(width, height);
        let middle = area.top() + heads * line + 2.0 + height * lesson.matrix.0 as f32 / 2.0;

        let bits = lesson.bits();
        let number = lesson.moment().clusters.len();
        let bytes = |bits: usize| format::bytes_exact(bits.div_ceil(8) as u64);
        let count = values.len();
        let costs = if ctx.presenting || area.width() < 1000.0 {
            [bytes(count * 32), bytes(count * bits as usize), bytes(number * 32)]
        } else {
            [
                format!("{count} × 32 bit = {}", bytes(count * 32)),
                format!("{count} × {bits} bit = {}", bytes(count * bits as usize)),
                format!("{number} × 32 bit = {}", bytes(number * 32)),
            ]
        };
        let weight_words = match linked {
            Some(index) if with_error => {
                let (from, code, to, error) = (
                    &sheet.weights[index].0,
                    &sheet.index[index].0,
                    &sheet.reconstruction[index].0,
                    &sheet.error[index].0,
                );
                format!("{from} → {code} → {to}, e = {error}")
            }
            _ => format!("SSE {}", cells::sse(lesson.moment().sse)),
        };
        let error_words = format!(
            "SSE {}   max |e| {}",
            cells::sse(lesson.moment().sse),
            cells::cell(sheet.largest, lesson.decimals())
        );
        let index_kind = format!("{bits}-bit integer");
        let mut left = area.left();
        let mut chosen = None;
        let mut hovered = None;
        let mut matrix = |ui: &mut Ui,
                          left: f32,
                          title: &str,
                          kind: &str,
                          cost: &str,
                          cells: &[(String, Fill)],
                          cell: egui::Vec2| {
            let space = Rect::from_min_max(pos2(left, area.top()), pos2(left + cell.x * columns as f32, area.bottom()));
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt(title).max_rect(space));
            let shown = Matrix { title, kind, cost, columns, cells, linked, cell, look: look.clone() }.show(&mut child);
            hovered = hovered.or(shown.hovered);
            chosen = chosen.or(shown.selected);
            space.right()
        };
        let kind = |text: &'static str| if ctx.presenting { "" } else { text };
        left = matrix(ui, left, "Weights W", kind("32-bit float"), &costs[0], &sheet.weights, cell) + gap;
        sign(ui, "→", left - gap / 2.0, middle);
        let narrow = vec2((width * 0.7).round(), height);
        let index_kind = if ctx.presenting { "" } else { index_kind.as_str() };
        left = matrix(ui, left, "Index", index_kind, &costs[1], &sheet.index, narrow) + gap;
        sign(ui, "+", left - gap / 2.0, middle);
        let space = Rect::from_min_max(pos2(left, area.top()), pos2(left + book_width, area.bottom()));
        book_column(ctx, lesson, space, cell, &costs[2], ui);
        left += book_width + gap;
        sign(ui, "=", left - gap / 2.0, middle);
        left = matrix(ui, left, "Reconstruction", kind("codebook[index]"), &weight_words, &sheet.reconstruction, cell)
            + gap;
        if with_error {
            matrix(ui, left, "Error", "W − reconstruction", &error_words, &sheet.error, cell);
        }
        ctx.state.kmeans.linked = hovered;
        if let Some(weight) = chosen {
            lesson.select(ctx, weight);
        }
    });
}

/// The weight that is selected, to be typed; and the way back.
pub fn weight_field(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let Some(values) = lesson.cells.as_deref() else { return };
    let Some(index) = lesson.selected(ctx) else { return };
    if ctx.setup().codebook.edited_for(lesson.of).is_some()
        && button::plain(ui, "Restore").on_hover_text("The weights as they were").clicked()
    {
        lesson.restore_weights(ctx);
    }
    let mut value = values[index];
    // The field lays out from the top, so it gets a place of its own on the title's line.
    let field = ui.allocate_ui(vec2(74.0, theme::CONTROL), |ui| {
        value_field_over(ui, "Weight", &mut value, 74.0, |text| {
            let typed = text.trim().replace('\u{2212}', "-").parse::<f32>().ok().filter(|value| value.is_finite());
            typed.ok_or_else(|| "a number".to_owned())
        })
    });
    if field.inner.changed() {
        lesson.move_weight(ctx, index, value, None);
    }
    let columns = ctx.tensor().map_or(1, |tensor| tensor.matrix_shape().1).max(1);
    let color = tokens(ui.ctx()).muted;
    let place = lesson.place_of(index);
    let words = format!("W[{}, {}]", place / columns, place % columns);
    ui.label(RichText::new(words).font(theme::control()).color(color));
}

fn sign(ui: &Ui, text: &str, x: f32, y: f32) {
    ui.painter().text(pos2(x, y), Align2::CENTER_CENTER, text, theme::regular(20.0), tokens(ui).muted);
}

/// The codebook with its indices, the largest centroid on top as on the slide.
fn book_column(ctx: &PageContext<'_>, lesson: &Lesson, space: Rect, cell: egui::Vec2, cost: &str, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let look = PlotLook::of(ctx.presenting);
    let line = look.caption.size + 5.0;
    let clusters = &lesson.moment().clusters;
    let columns = clusters.len().div_ceil(8).min(2);
    let column_width = space.width() / columns.max(1) as f32;
    let label_width = 20.0;
    let cell = vec2((column_width - label_width).min(cell.x * 1.5), cell.y);
    let rows = clusters.len().div_ceil(columns.max(1)).min(8);
    let recording = figure::record(ui);
    let painter = ui.painter();
    let text = |y: f32, text: &str, font, color| {
        painter.text(pos2(space.left(), y), Align2::LEFT_CENTER, text, font, color);
    };
    text(space.top() + line / 2.0, "Codebook", theme::title(), tokens.text);
    if !ctx.presenting {
        text(space.top() + line * 1.5, "32-bit float", look.caption.clone(), tokens.muted);
    }
    let top = space.top() + if ctx.presenting { 1.0 } else { 2.0 } * line + 2.0;
    let height = cell.y;
    let shown = (columns * rows).min(clusters.len());
    let longest =
        clusters.iter().map(|cluster| format::fixed(cluster.centroid, lesson.decimals()).chars().count()).max();
    // As in the matrices beside it.
    let fits = ((cell.x - 12.0) / (longest.unwrap_or(1) as f32 * 0.61)).min(cell.y * 0.62);
    let font = theme::cell(fits.clamp(12.0, 17.0));
    let owner = ctx.state.kmeans.linked.and_then(|index| lesson.owners().get(index).copied().flatten());
    let mut said = Vec::new();
    for (place, rank) in (0..clusters.len()).rev().take(shown).enumerate() {
        let (column, row) = (place / rows, place % rows);
        let left = space.left() + column as f32 * column_width + label_width;
        let rect = Rect::from_min_size(pos2(left, top + row as f32 * height), vec2(cell.x - 4.0, height));
        let pair = tokens.level(rank, clusters.len());
        painter.rect_filled(rect, 0.0, pair.fill);
        painter.rect_stroke(rect, 0.0, (theme::HAIRLINE, tokens.card), StrokeKind::Inside);
        let value = format::fixed(clusters[rank].centroid, lesson.decimals());
        painter.text(rect.center(), Align2::CENTER_CENTER, &value, font.clone(), pair.text);
        let label = pos2(left - 8.0, rect.center().y);
        painter.text(label, Align2::RIGHT_CENTER, rank.to_string(), theme::cell(13.0), tokens.muted);
        if owner == Some(rank) {
            let stroke = (theme::SELECTED_LINE * look.line, tokens.text);
            painter.rect_stroke(rect.expand(1.0), theme::RADIUS_BAR, stroke, StrokeKind::Middle);
        }
        said.push(format!("{rank}: {value}"));
    }
    let more = clusters.len() - shown;
    let cost = if more > 0 { format!("{cost}, {more} more") } else { cost.to_owned() };
    let bottom = top + rows as f32 * height + line / 2.0 + 5.0;
    text(bottom, &cost, look.caption.clone(), tokens.muted);
    let response = ui.interact(space, ui.scope_id().with("codebook column"), Sense::CLICK);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Codebook, {}", said.join(", "))));
    let space = space.with_max_y((bottom + line / 2.0).min(space.bottom()));
    figure::menu(ui, &response, recording, space, "Codebook", || course::codebook_table(lesson.moment()));
}

/// The codebook of a tensor that is not small, as a list with counts.
pub fn book_card(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    let clusters = &lesson.moment().clusters;
    let subtitle = format!("{} centroids, {} bit an index", clusters.len(), lesson.bits());
    Card::new(&lesson.titled("Codebook")).subtitle(&subtitle).show(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let look = PlotLook::of(ctx.presenting);
        let row = 22.0;
        let largest = clusters.iter().map(|cluster| cluster.weight).fold(1.0, f64::max);
        figure::table_area(ui, "Codebook", || course::codebook_table(lesson.moment()));
        egui::ScrollArea::vertical().id_salt("codebook rows").auto_shrink(false).show_rows(
            ui,
            row,
            clusters.len(),
            |ui, range| {
                for rank in range {
                    let cluster = &clusters[rank];
                    let (rect, response) =
                        ui.allocate_exact_size(vec2(ui.available_width(), row - 3.0), Sense::hover());
                    let painter = ui.painter();
                    let pair = tokens.level(rank, clusters.len());
                    let swatch = Rect::from_min_size(rect.min, vec2(34.0, rect.height()));
                    painter.rect_filled(swatch, theme::RADIUS_BAR, pair.fill);
                    painter.text(
                        swatch.center(),
                        Align2::CENTER_CENTER,
                        rank.to_string(),
                        theme::cell(12.0),
                        pair.text,
                    );
                    let value = format::significant(cluster.centroid, 5);
                    let right = pos2(rect.left() + 128.0, rect.center().y);
                    painter.text(right, Align2::RIGHT_CENTER, &value, look.mono.clone(), tokens.text);
                    let count = format::count(cluster.weight as u64);
                    let bar_left = rect.left() + 142.0;
                    let room = (rect.right() - bar_left - 90.0).max(0.0);
                    let bar = Rect::from_min_size(
                        pos2(bar_left, rect.top() + 4.0),
                        vec2(room * (cluster.weight / largest) as f32, rect.height() - 8.0),
                    );
                    painter.rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
                    painter.text(rect.right_center(), Align2::RIGHT_CENTER, &count, look.mono.clone(), tokens.text);
                    response.widget_info(|| {
                        let words = format!("Centroid {rank}: {value}, {count} weights");
                        egui::WidgetInfo::labeled(egui::Role::Label, true, words)
                    });
                }
            },
        );
    });
}
