//! The decode page: how a layer with a codebook computes, one weight after the other, and what it costs.

mod costs;

use egui::{Align, Align2, Layout, Rect, RichText, Sense, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::lesson::Lesson;
use super::parts::{self, CONTROLS, columns as columns_of, label};
use crate::app::context::PageContext;
use crate::app::theme::{self, GAP, TILE, tokens};
use crate::app::view::{cells, format};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::formula::{Part, formula};
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::engine::quantize::lookup::{LookupStep, Traffic, nearest_codes, trace};

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let lesson = match Lesson::of(ctx) {
        Ok(lesson) => lesson,
        Err(reason) => {
            let canvas = ui.max_rect();
            return card::plain(ui, canvas, "no lesson", |ui| card::nothing(ui, &reason));
        }
    };
    let narrow = ui.max_rect().width() < 1000.0;
    // As many as can be read.
    let Some((rows, columns, values)) = lesson.corner(ctx, if narrow { 5 } else { 8 }) else {
        let canvas = ui.max_rect();
        return card::plain(ui, canvas, "no weights", |ui| card::nothing(ui, "Reading the weights"));
    };
    let centroids = lesson.course.at(None).1.centroids();
    let codes = nearest_codes(&values, &centroids);
    let inputs = ctx.setup().codebook.decoding.inputs_for(columns);
    let steps = trace(&codes, &centroids, &inputs);
    let now = ctx.setup().codebook.decoding.step.unwrap_or(steps.len()).min(steps.len());
    ctx.state.kmeans.said = vec![format!("{now} of {} weights decoded", steps.len())];
    if (rows, columns) != lesson.matrix {
        let (rows, columns) = lesson.matrix;
        ctx.state.kmeans.said.push(format!("upper left corner of {rows} × {columns}"));
    }
    ctx.state.kmeans.said.extend(lesson.part.as_ref().map(super::part::Part::words));
    let page = Decode {
        lesson: &lesson,
        matrix: (rows, columns),
        codes: &codes,
        centroids,
        inputs: &inputs,
        steps: &steps,
        now,
    };
    if let Some(step) = parts::keyed(ui, now, steps.len()) {
        page.go(ctx, step);
    }
    let presenting = ctx.presenting;
    let controls = if narrow { 90.0 } else { CONTROLS };
    let height = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => controls + TILE + 300.0 + 104.0 + COSTS + 4.0 * GAP,
        (false, false) => controls + TILE + 270.0 + COSTS + 3.0 * GAP,
    };
    parts::scrolled(ui, "decode", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if !presenting {
            page.controls_ui(ctx, row(controls), ui);
        }
        page.tiles_ui(row(TILE), ui);
        let rest = Rect::from_min_max(row(0.0).min, canvas.max);
        let foot = match (presenting, narrow) {
            (true, _) => 62.0,
            (false, true) => 104.0 + GAP + COSTS,
            // Cells do not grow beyond what reads well: the rest goes to the comparison.
            (false, false) => (rest.height() - GAP - page.most_height(rest.width())).max(COSTS),
        };
        let flow = rest.with_max_y(rest.bottom() - foot - GAP);
        page.flow_ui(ctx, flow, ui);
        let foot = rest.with_min_y(flow.bottom() + GAP);
        if presenting {
            page.formula_ui(ctx, foot, ui);
        } else if narrow {
            let split = foot.top() + 104.0;
            page.formula_ui(ctx, foot.with_max_y(split), ui);
            page.costs_ui(foot.with_min_y(split + GAP), ui);
        } else {
            let [left, right] = columns_of(foot, [0.5, 0.5]);
            page.formula_ui(ctx, left, ui);
            page.costs_ui(right, ui);
        }
    });
}

/// Least height of the comparison with float32.
const COSTS: f32 = 128.0;

/// Largest height of a cell, and on a wide page.
const TALL: (f32, f32) = (56.0, 76.0);

/// A page as wide as this has larger cells.
const WIDE: f32 = 1500.0;

fn tallest(width: f32) -> f32 {
    if width >= WIDE { TALL.1 } else { TALL.0 }
}

struct Decode<'a> {
    lesson: &'a Lesson,
    /// Rows and columns that are shown.
    matrix: (usize, usize),
    codes: &'a [u16],
    centroids: Vec<f64>,
    inputs: &'a [f64],
    steps: &'a [LookupStep],
    now: usize,
}

impl Decode<'_> {
    /// Rows of the highest matrix of the card.
    fn rows(&self) -> f32 {
        self.matrix.0.max(self.centroids.len().min(8)).max(self.inputs.len()) as f32
    }

    /// Height of the card of the matrices with the largest cells.
    fn most_height(&self, width: f32) -> f32 {
        self.rows() * tallest(width) + 3.0 * (PlotLook::default().caption.size + 5.0) + 8.0 + 48.0
    }

    fn current(&self) -> Option<&LookupStep> {
        self.steps.get(self.now.checked_sub(1)?)
    }

    fn controls_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let two_rows = rect.height() > 80.0;
        card::plain(ui, rect, "controls", |ui| {
            let direction = if two_rows { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Center) };
            let mut row = ui.new_child(UiBuilder::new().max_rect(ui.max_rect()).layout(direction));
            let mut to = None;
            let last = self.steps.len();
            if two_rows {
                row.spacing_mut().item_spacing.y = 8.0;
                row.horizontal(|ui| to = parts::sequence(ui, self.now, last, "Decode"));
                row.horizontal(|ui| self.inputs_ui(ctx, ui));
            } else {
                to = parts::sequence(&mut row, self.now, last, "Decode");
                row.add_space(14.0);
                self.inputs_ui(ctx, &mut row);
            }
            if let Some(step) = to {
                self.go(ctx, step);
            }
        });
    }

    fn go(&self, ctx: &mut PageContext<'_>, step: usize) {
        let last = self.steps.len();
        ctx.edit(self.sentence(step), None, move |setup| {
            setup.codebook.decoding.step = Some(step).filter(|step| *step < last);
        });
    }

    fn sentence(&self, step: usize) -> String {
        match step.checked_sub(1).and_then(|index| self.steps.get(index)) {
            Some(step) => format!(
                "Index {} → {} × {} = {}",
                step.code,
                format::fixed(step.weight, 2),
                format::number(step.input),
                format::number(round(step.product))
            ),
            None => "Nothing decoded yet".to_owned(),
        }
    }

    fn inputs_ui(&self, ctx: &mut PageContext<'_>, ui: &mut Ui) {
        label(ui, "Inputs x");
        for (place, &input) in self.inputs.iter().enumerate() {
            let mut value = input;
            let name = format!("Input {place}");
            let field = ui.allocate_ui(vec2(60.0, theme::CONTROL), |ui| {
                value_field_over(ui, &name, &mut value, 60.0, |text| {
                    let typed = text.trim().replace('\u{2212}', "-").parse::<f64>().ok();
                    typed.filter(|value| value.is_finite()).ok_or_else(|| "a number".to_owned())
                })
            });
            if field.inner.changed() {
                let mut inputs = self.inputs.to_vec();
                inputs[place] = value;
                let what = format!("Input {place}: {} → {}", format::number(input), format::number(value));
                ctx.edit(what, None, move |setup| setup.codebook.decoding.inputs.clone_from(&inputs));
            }
        }
    }

    fn tiles_ui(&self, rect: Rect, ui: &mut Ui) {
        let traffic = Traffic::of(self.now as u64, self.lesson.bits(), self.centroids.len() as u64);
        let ratio = traffic.ratio().map_or_else(|| format::NONE.to_owned(), |ratio| format::fixed(ratio, 2));
        let tiles = [
            ("Lookups", format::count(traffic.lookups), "", "One for each weight"),
            ("Float MACs", format::count(traffic.float_macs), "", "As many as without a codebook, and still float32"),
            (
                "Weights read",
                format::count(traffic.bits.div_ceil(8)),
                "B",
                "Indices, and the codebook once, which stays in registers",
            ),
            ("Less to read", ratio, "×", "Against float32 weights"),
        ];
        for ((name, value, unit, hint), place) in tiles.into_iter().zip(columns_of(rect, [1.0; 4])) {
            metric_tile(ui, place, &Metric { name, value, unit, hint }, false);
        }
    }

    /// Index → codebook → weight, times the inputs, into the outputs.
    fn flow_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let look = PlotLook::of(ctx.presenting);
        Card::new(&self.lesson.titled("Index → codebook → float multiply-accumulate")).show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            let area = ui.max_rect();
            let (rows, columns) = self.matrix;
            let number = self.centroids.len();
            let width = ((area.width() - 4.0 * 34.0 - 90.0) / (columns as f32 * 1.75 + 2.4))
                .floor()
                .clamp(26.0, if area.width() > WIDE - 40.0 { 88.0 } else { 66.0 });
            let narrow = (width * 0.75).round();
            let (book_width, input_width, output_width) = ((width * 1.2).max(70.0), width.max(62.0), width.max(72.0));
            // What the cells do not take parts the matrices.
            let taken = columns as f32 * (narrow + width) + book_width + input_width + output_width;
            let gap = ((area.width() - taken - 4.0) / 4.0).clamp(24.0, 110.0);
            let line = look.caption.size + 5.0;
            let height = ((area.height() - 3.0 * line - 8.0) / self.rows()).floor().clamp(17.0, tallest(rect.width()));
            // Narrow cells have room for two.
            let decimals = if width >= 52.0 { self.lesson.decimals().min(3) } else { 2 };
            let current = self.current();
            let linked = self.now.checked_sub(1);
            let mut left = area.left();
            let mut matrix = |ui: &mut Ui,
                              title: &str,
                              kind: &str,
                              cost: &str,
                              columns: usize,
                              width: f32,
                              linked,
                              cells: &[(String, Fill)]| {
                let space = Rect::from_min_max(pos2(left, area.top()), area.max);
                let mut child = ui.new_child(UiBuilder::new().id_salt(title).max_rect(space));
                let cell = vec2(width, height);
                Matrix { title, kind, cost, columns, cells, linked, cell, look: look.clone() }.show(&mut child);
                left += width * columns as f32 + gap;
                left - gap / 2.0
            };
            // An underline needs room under the number.
            let fill = |code: u16| if height < 24.0 { Fill::Plain } else { Fill::Underline(code.into(), number) };
            let index: Vec<(String, Fill)> = self.codes.iter().map(|&code| (code.to_string(), fill(code))).collect();
            let bits = self.lesson.bits();
            let kind = format!("{bits}-bit integer");
            let middle = area.top() + 2.0 * line + height * rows as f32 / 2.0;
            let arrow = |ui: &Ui, x: f32, text: &str| {
                ui.painter().text(pos2(x, middle), Align2::CENTER_CENTER, text, theme::regular(20.0), tokens.muted);
            };
            let x = matrix(ui, "Index", &kind, "in memory", columns, narrow, linked, &index);
            arrow(ui, x, "→");
            // Of a long codebook the entries around the one that is looked up.
            let shown = number.min(8);
            let code = current.map_or(0, |step| usize::from(step.code));
            let first = (code + shown / 2).max(shown).min(number);
            let book: Vec<(String, Fill)> = (first - shown..first)
                .rev()
                .map(|rank| (format::fixed(self.centroids[rank], decimals), Fill::Level(rank, number)))
                .collect();
            let entry = current.and_then(|step| (first - 1).checked_sub(step.code.into())).filter(|row| *row < shown);
            let cost = if number > shown { format!("{shown} of {number}") } else { "float32".to_owned() };
            let x = matrix(ui, "Codebook", "in registers", &cost, 1, book_width, entry, &book);
            arrow(ui, x, "→");
            let weights: Vec<(String, Fill)> = (0..self.codes.len())
                .map(|place| match self.steps.get(place) {
                    Some(step) if place < self.now => {
                        (cells::cell(step.weight, decimals), Fill::Level(step.code.into(), number))
                    }
                    _ => (format::NONE.to_owned(), Fill::Plain),
                })
                .collect();
            let x = matrix(ui, "Decoded weights", "float32", "never stored", columns, width, linked, &weights);
            arrow(ui, x, "×");
            let inputs: Vec<(String, Fill)> =
                self.inputs.iter().map(|input| (format::number(*input), Fill::Plain)).collect();
            let column = current.map(|step| step.column);
            let x = matrix(ui, "Inputs x", "float32", "", 1, input_width, column, &inputs);
            arrow(ui, x, "=");
            let outputs: Vec<(String, Fill)> = (0..rows)
                .map(|row| {
                    let sum = self.steps[..self.now].iter().rfind(|step| step.row == row).map(|step| step.sum);
                    (sum.map_or_else(|| format::NONE.to_owned(), |sum| cells::cell(sum, 2)), Fill::Plain)
                })
                .collect();
            let row = current.map(|step| step.row);
            matrix(ui, "Outputs y", "float32", "", 1, output_width, row, &outputs);
        });
    }

    fn formula_ui(&self, ctx: &PageContext<'_>, rect: Rect, ui: &mut Ui) {
        card::plain(ui, rect, "formula", |ui| {
            let tokens = tokens(ui.ctx());
            let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::hover());
            ui.painter().rect(
                area,
                theme::RADIUS_CONTROL,
                tokens.inset,
                (theme::HAIRLINE, tokens.hair),
                StrokeKind::Inside,
            );
            let mut line = ui.new_child(
                UiBuilder::new().max_rect(area.shrink2(vec2(12.0, 0.0))).layout(Layout::left_to_right(Align::Center)),
            );
            let parts = match self.current() {
                None => vec![Part::Symbol("y = Σ C[I] · x".to_owned())],
                Some(step) => {
                    let symbol = |text: &str| Part::Symbol(text.to_owned());
                    let accent = |text: String| Part::Number(text, tokens.accent);
                    let real = |text: String| Part::Number(text, tokens.real);
                    let before = step.sum - step.product;
                    let mut parts = vec![
                        Part::Symbol(format!("y[{}] = ", step.row)),
                        Part::Symbol(if step.column == 0 {
                            String::new()
                        } else {
                            format!("{} + ", format::number(round(before)))
                        }),
                        symbol("C["),
                        accent(step.code.to_string()),
                        symbol("] · x["),
                        Part::Symbol(format!("{}] = ", step.column)),
                    ];
                    if step.column > 0 {
                        parts.push(Part::Symbol(format!("{} + ", format::number(round(before)))));
                    }
                    parts.extend([
                        accent(format::fixed(step.weight, 2)),
                        symbol(" · "),
                        real(format::number(step.input)),
                        symbol(" = "),
                        Part::Result(format::number(round(step.sum))),
                    ]);
                    parts
                }
            };
            formula(&mut line, 18.0, &parts);
            if ctx.presenting {
                return;
            }
            let words =
                "Storage and the bytes that are read shrink; the multiplications stay as many and stay floating point.";
            ui.add_space(6.0);
            let words = RichText::new(words).font(theme::regular(13.0)).color(tokens.muted);
            ui.add(egui::Label::new(words).wrap());
        });
    }
}

/// Without the dust of binary fractions.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
