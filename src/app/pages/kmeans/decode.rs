//! The decode page: how a layer with a codebook computes, one weight after the other, and what it costs.

use egui::{Align, Align2, Layout, Rect, RichText, Sense, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::lesson::Lesson;
use super::parts::{self, CONTROLS, columns, label};
use crate::app::context::PageContext;
use crate::app::theme::{self, GAP, TILE, tokens};
use crate::app::view::{cells, format};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field;
use crate::app::widgets::formula::{Part, formula};
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::engine::quantize::lookup::{LookupStep, Traffic, trace};

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let lesson = match Lesson::of(ctx) {
        Ok(lesson) => lesson,
        Err(reason) => {
            let canvas = ui.max_rect();
            return card::plain(ui, canvas, "no lesson", |ui| card::nothing(ui, &reason));
        }
    };
    let Some(values) = lesson.cells.clone() else {
        ctx.state.kmeans.said.clear();
        return parts::small_only(ctx, ui, "Every multiplication can be watched on a small matrix.");
    };
    let end = lesson.course.at(None).1;
    let codes: Vec<u16> =
        end.assignments(&lesson.course.points, &values).into_iter().map(|code| code.unwrap_or(0)).collect();
    let inputs = ctx.setup().codebook.decoding.inputs_for(lesson.matrix.1);
    let steps = trace(&codes, &end.centroids(), &inputs);
    let now = ctx.setup().codebook.decoding.step.unwrap_or(steps.len()).min(steps.len());
    ctx.state.kmeans.said = vec![format!("{now} of {} weights decoded", steps.len())];
    ctx.state.kmeans.said.extend(lesson.part.as_ref().map(super::part::Part::words));
    let page =
        Decode { lesson: &lesson, codes: &codes, centroids: end.centroids(), inputs: &inputs, steps: &steps, now };
    if let Some(step) = parts::keyed(ui, now, steps.len()) {
        page.go(ctx, step);
    }
    let (presenting, narrow) = (ctx.presenting, ui.max_rect().width() < 1000.0);
    let controls = if narrow { 90.0 } else { CONTROLS };
    let height = if presenting { 0.0 } else { controls + TILE + 300.0 + 104.0 + 3.0 * GAP };
    parts::scrolled(ui, "decode", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if !presenting {
            page.controls_ui(ctx, row(if narrow { 90.0 } else { CONTROLS }), ui);
        }
        page.tiles_ui(row(TILE), ui);
        let middle = row(0.0).top();
        let formula_height = if presenting { 62.0 } else { 104.0 };
        let flow = Rect::from_min_max(
            pos2(canvas.left(), middle),
            pos2(canvas.right(), canvas.bottom() - formula_height - GAP),
        );
        page.flow_ui(ctx, flow, ui);
        let foot = Rect::from_min_max(pos2(canvas.left(), flow.bottom() + GAP), canvas.max);
        page.formula_ui(ctx, foot, ui);
    });
}

struct Decode<'a> {
    lesson: &'a Lesson,
    codes: &'a [u16],
    centroids: Vec<f64>,
    inputs: &'a [f64],
    steps: &'a [LookupStep],
    now: usize,
}

impl Decode<'_> {
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
                value_field(ui, &name, &mut value, 60.0, |text| {
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
        for ((name, value, unit, hint), place) in tiles.into_iter().zip(columns(rect, [1.0; 4])) {
            metric_tile(ui, place, &Metric { name, value, unit, hint }, false);
        }
    }

    /// Index → codebook → weight, times the inputs, into the outputs.
    fn flow_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let look = PlotLook::of(ctx.presenting);
        Card::new(&self.lesson.titled("Index → codebook → float multiply-accumulate")).show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            let area = ui.max_rect();
            let (rows, columns) = (self.lesson.matrix.0.max(1), self.lesson.matrix.1.max(1));
            let number = self.centroids.len();
            let gap = 34.0;
            let width = ((area.width() - 4.0 * gap - 90.0) / (columns as f32 * 1.75 + 2.4)).floor().clamp(26.0, 66.0);
            let line = look.caption.size + 5.0;
            let tall = rows.max(number.min(8)).max(self.inputs.len()) as f32;
            let height = ((area.height() - 3.0 * line - 8.0) / tall).floor().clamp(17.0, 46.0);
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
            let index: Vec<(String, Fill)> =
                self.codes.iter().map(|&code| (code.to_string(), Fill::Underline(code.into(), number))).collect();
            let bits = self.lesson.bits();
            let kind = format!("{bits}-bit integer");
            let middle = area.top() + 2.0 * line + height * rows as f32 / 2.0;
            let arrow = |ui: &Ui, x: f32, text: &str| {
                ui.painter().text(pos2(x, middle), Align2::CENTER_CENTER, text, theme::regular(20.0), tokens.muted);
            };
            let x = matrix(ui, "Index", &kind, "in memory", columns, (width * 0.75).round(), linked, &index);
            arrow(ui, x, "→");
            let shown = number.min(8);
            let book: Vec<(String, Fill)> = (0..number)
                .rev()
                .take(shown)
                .map(|rank| (format::fixed(self.centroids[rank], 2), Fill::Level(rank, number)))
                .collect();
            let entry = current.and_then(|step| (number - 1).checked_sub(step.code.into())).filter(|row| *row < shown);
            let x = matrix(ui, "Codebook", "in registers", "float32", 1, (width * 1.2).max(70.0), entry, &book);
            arrow(ui, x, "→");
            let weights: Vec<(String, Fill)> = (0..self.codes.len())
                .map(|place| match self.steps.get(place) {
                    Some(step) if place < self.now => {
                        (cells::cell(step.weight, 2), Fill::Level(step.code.into(), number))
                    }
                    _ => (format::NONE.to_owned(), Fill::Plain),
                })
                .collect();
            let x = matrix(ui, "Decoded weights", "float32", "never stored", columns, width, linked, &weights);
            arrow(ui, x, "×");
            let inputs: Vec<(String, Fill)> =
                self.inputs.iter().map(|input| (format::number(*input), Fill::Plain)).collect();
            let column = current.map(|step| step.column);
            let x = matrix(ui, "Inputs x", "float32", "", 1, width.max(62.0), column, &inputs);
            arrow(ui, x, "=");
            let outputs: Vec<(String, Fill)> = (0..rows)
                .map(|row| {
                    let sum = self.steps[..self.now].iter().rfind(|step| step.row == row).map(|step| step.sum);
                    (sum.map_or_else(|| format::NONE.to_owned(), |sum| cells::cell(sum, 2)), Fill::Plain)
                })
                .collect();
            let row = current.map(|step| step.row);
            matrix(ui, "Outputs y", "float32", "", 1, width.max(72.0), row, &outputs);
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
            ui.label(RichText::new(words).font(theme::regular(13.0)).color(tokens.muted));
        });
    }
}

/// Without the dust of binary fractions.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
