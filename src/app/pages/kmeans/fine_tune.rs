//! The fine-tuning page: gradients of weights that share a centroid become one step of the centroid.

use egui::{Align, Align2, Layout, Rect, Sense, SliderClamping, Ui, UiBuilder, pos2, vec2};

use super::lesson::Lesson;
use super::part::Part;
use super::parts::{self, CONTROLS, columns, label};
use crate::app::context::PageContext;
use crate::app::setup::codebook::Tuning;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::{cells, format, number_line as line_view};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::number_line::{NumberLine, Place, Weights};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::fine_tune::{self, CentroidStep, Reduce};

/// Largest learning rate of the slider.
const MOST_RATE: f64 = 4.0;

/// Decimals of gradients.
const DECIMALS: usize = 2;

/// What the button of each next step says.
const STEPS: [&str; 4] = ["Group", "Reduce", "Scale", "Move"];

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
        return parts::small_only(ctx, ui, "A file holds no gradients; on a small matrix they can be typed.");
    };
    let tuning = ctx.setup().codebook.tuning.clone();
    let all = tuning.gradients_for(lesson.whole);
    let gradients: Vec<f64> = (0..values.len()).map(|position| all[lesson.place_of(position)]).collect();
    let end = lesson.course.at(None).1;
    let codes: Vec<u16> =
        end.assignments(&lesson.course.points, &values).into_iter().map(|code| code.unwrap_or(0)).collect();
    let pinned = end.clusters.iter().position(|cluster| cluster.pinned).map(|code| code as u16);
    let steps = fine_tune::step(&codes, &end.centroids(), &gradients, tuning.rate, tuning.reduce, pinned);
    ctx.state.kmeans.said = vec![
        format!("gradients reduced by {}, learning rate {}", tuning.reduce.name(), format::number(tuning.rate)),
        "the indices stay".to_owned(),
    ];
    ctx.state.kmeans.said.extend(lesson.part.as_ref().map(Part::words));
    let page = Tune { lesson: &lesson, tuning: &tuning, gradients: &gradients, codes: &codes, steps: &steps };
    if let Some(stage) = parts::keyed(ui, page.stage(), STEPS.len()) {
        page.go(ctx, stage);
    }
    let (presenting, narrow) = (ctx.presenting, ui.max_rect().width() < 1000.0);
    let height = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 90.0 + 232.0 + 250.0 + 200.0 + 3.0 * GAP,
        (false, false) => CONTROLS + 252.0 + 190.0 + 2.0 * GAP,
    };
    parts::scrolled(ui, "fine-tune", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if presenting {
            let [left, right] = columns(canvas, [0.36, 0.64]);
            page.gradient_ui(ctx, left, ui);
            page.groups_ui(ctx, right, ui);
            return;
        }
        page.controls_ui(ctx, row(if narrow { 90.0 } else { CONTROLS }), ui);
        if narrow {
            page.gradient_ui(ctx, row(232.0), ui);
            page.groups_ui(ctx, row(250.0), ui);
            page.line_ui(ctx, row(200.0), ui);
        } else {
            let upper = row(((canvas.height() - CONTROLS - 2.0 * GAP) * 0.58).max(252.0));
            let lower = row(canvas.height() - CONTROLS - upper.height() - 2.0 * GAP);
            let [left, right] = columns(upper, [0.42, 0.58]);
            page.gradient_ui(ctx, left, ui);
            page.groups_ui(ctx, right, ui);
            page.line_ui(ctx, lower, ui);
        }
    });
}

/// Everything that the cards show.
struct Tune<'a> {
    lesson: &'a Lesson,
    tuning: &'a Tuning,
    gradients: &'a [f64],
    codes: &'a [u16],
    steps: &'a [CentroidStep],
}

impl Tune<'_> {
    fn stage(&self) -> usize {
        self.tuning.stage.unwrap_or(STEPS.len())
    }

    fn controls_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let two_rows = rect.height() > 80.0;
        card::plain(ui, rect, "controls", |ui| {
            let area = ui.max_rect();
            let layout = if two_rows { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Center) };
            let mut row = ui.new_child(UiBuilder::new().max_rect(area).layout(layout));
            if two_rows {
                row.spacing_mut().item_spacing.y = 8.0;
                row.horizontal(|ui| self.steps_ui(ctx, ui));
                row.horizontal(|ui| self.rate_ui(ctx, ui));
            } else {
                self.steps_ui(ctx, &mut row);
                row.add_space(10.0);
                self.rate_ui(ctx, &mut row);
            }
        });
    }

    fn steps_ui(&self, ctx: &mut PageContext<'_>, ui: &mut Ui) {
        let now = self.stage();
        let next = STEPS.get(now).copied().unwrap_or("Step");
        if let Some(stage) = parts::sequence(ui, now, STEPS.len(), next) {
            self.go(ctx, stage);
        }
    }

    fn go(&self, ctx: &mut PageContext<'_>, stage: usize) {
        let what = self.sentence(stage);
        ctx.edit(what, None, move |setup| {
            setup.codebook.tuning.stage = Some(stage).filter(|stage| *stage < STEPS.len());
        });
    }

    fn sentence(&self, stage: usize) -> String {
        match stage {
            0 => "Gradient: one number for each weight".to_owned(),
            1 => "Group: gradients of weights with one index stand together".to_owned(),
            2 => format!("Reduce: the {} of each group", self.tuning.reduce.name()),
            3 => format!("Scale: times the learning rate {}", format::number(self.tuning.rate)),
            _ => {
                let moved: Vec<String> = self.steps.iter().rev().map(|step| format::fixed(step.after, 2)).collect();
                format!("Move: the centroids are now {}", moved.join(", "))
            }
        }
    }

    fn rate_ui(&self, ctx: &mut PageContext<'_>, ui: &mut Ui) {
        label(ui, "Reduce by");
        let mut reduce = self.tuning.reduce;
        let choices = [(Reduce::Sum, "Sum"), (Reduce::Mean, "Mean")];
        if segmented(ui, "Reduce by", &mut reduce, &choices).changed() {
            ctx.edit(format!("Reduce by {}", reduce.name()), None, move |setup| setup.codebook.tuning.reduce = reduce);
        }
        ui.add_space(10.0);
        label(ui, "Learning rate");
        let mut rate = self.tuning.rate;
        ui.spacing_mut().slider_width = (ui.available_width() - 90.0).clamp(80.0, 300.0);
        let slider = egui::Slider::new(&mut rate, 0.0..=MOST_RATE)
            .step_by(0.05)
            .clamping(SliderClamping::Edits)
            .show_value(false);
        let response = ui.add(slider).accessible_name("Learning rate");
        let gesture = ctx.state.gestures.of(&response);
        let field = ui.allocate_ui(vec2(64.0, theme::CONTROL), |ui| {
            value_field_over(ui, "Learning rate, typed", &mut rate, 64.0, |text| {
                let typed = text.trim().parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.0);
                typed.ok_or_else(|| "0 or more".to_owned())
            })
        });
        if response.changed() || field.inner.changed() {
            let what = format!("Learning rate {} → {}", format::number(self.tuning.rate), format::number(rate));
            ctx.edit(what, gesture, move |setup| setup.codebook.tuning.rate = rate);
        }
    }

    fn gradient_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let grouped = self.stage() >= 1;
        let number = self.steps.len();
        let columns = self.lesson.matrix.1.max(1);
        let selected = self.lesson.selected(ctx);
        let presenting = ctx.presenting;
        let trailing = std::cell::RefCell::new(&mut *ctx);
        let field = |ui: &mut Ui| {
            if let Some(index) = selected.filter(|_| !presenting) {
                self.gradient_field(&mut trailing.borrow_mut(), index, ui);
            }
        };
        let title = self.lesson.titled("Gradients");
        Card::new(&title).subtitle("∂L/∂W").trailing(field).show(ui, rect, |ui| {
            let mut ctx = trailing.borrow_mut();
            let look = PlotLook::of(presenting);
            let area = ui.max_rect();
            let gap = 28.0;
            let units = columns as f32 * if presenting { 1.0 } else { 1.7 };
            let width = ((area.width() - gap) / units).floor().clamp(28.0, 68.0);
            let rows = self.lesson.matrix.0.max(1) as f32;
            let height = ((area.height() - 3.0 * (look.caption.size + 5.0) - 10.0) / rows)
                .floor()
                .clamp(18.0, if presenting { 62.0 } else { 46.0 });
            let fill = |code: u16| if grouped { Fill::Level(code.into(), number) } else { Fill::Plain };
            let gradients: Vec<(String, Fill)> = self
                .gradients
                .iter()
                .zip(self.codes)
                .map(|(gradient, &code)| (cells::cell(*gradient, DECIMALS), fill(code)))
                .collect();
            let index: Vec<(String, Fill)> =
                self.codes.iter().map(|&code| (code.to_string(), Fill::Underline(code.into(), number))).collect();
            let linked = ctx.state.kmeans.linked.or(selected);
            let mut hovered = None;
            let mut chosen = None;
            let mut left = area.left();
            // In a lecture hall the colours alone tell the index.
            let matrices = [
                ("Gradient", if presenting { "" } else { "one for each weight" }, &gradients, width),
                ("Index", "fixed", &index, (width * 0.7).round()),
            ];
            for (title, kind, cells, width) in matrices.into_iter().take(if presenting { 1 } else { 2 }) {
                let space = Rect::from_min_max(pos2(left, area.top()), area.max);
                left += width * columns as f32 + gap;
                let mut child = ui.new_child(UiBuilder::new().id_salt(title).max_rect(space));
                let cell = vec2(width, height);
                let matrix = Matrix { title, kind, cost: "", columns, cells, linked, cell, look: look.clone() };
                let shown = matrix.show(&mut child);
                hovered = hovered.or(shown.hovered);
                chosen = chosen.or(shown.selected);
            }
            ctx.state.kmeans.linked = hovered;
            if let Some(weight) = chosen {
                self.lesson.select(&mut ctx, weight);
            }
        });
    }

    fn gradient_field(&self, ctx: &mut PageContext<'_>, index: usize, ui: &mut Ui) {
        let mut gradient = self.gradients[index];
        let field = ui.allocate_ui(vec2(74.0, theme::CONTROL), |ui| {
            value_field_over(ui, "Gradient of the selected weight", &mut gradient, 74.0, |text| {
                let typed = text.trim().replace('\u{2212}', "-").parse::<f64>().ok().filter(|value| value.is_finite());
                typed.ok_or_else(|| "a number".to_owned())
            })
        });
        if field.inner.changed() {
            let mut all = self.tuning.gradients_for(self.lesson.whole);
            let place = self.lesson.place_of(index);
            let what = format!("Gradient {} → {}", format::number(all[place]), format::number(gradient));
            all[place] = gradient;
            ctx.edit(what, None, move |setup| setup.codebook.tuning.gradients.clone_from(&all));
        }
        let columns = ctx.tensor().map_or(1, |tensor| tensor.matrix_shape().1).max(1);
        let place = self.lesson.place_of(index);
        label(ui, &format!("g[{}, {}]", place / columns, place % columns));
    }

    /// One row a centroid, the largest on top: members, reduced, scaled, moved.
    fn groups_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let look = PlotLook::of(ctx.presenting);
        let reduce = self.tuning.reduce.name();
        let title = "Centroids";
        let subtitle = if ctx.presenting { "" } else { "C ← C − lr · gradient" };
        Card::new(title).subtitle(subtitle).show(ui, rect, |ui| {
            let area = ui.max_rect();
            let number = self.steps.len();
            let row = (area.height() / number as f32).clamp(30.0, 74.0);
            figure::table_area(ui, "Centroids after a step", || self.table());
            if number as f32 * row <= area.height() + 1.0 {
                self.rows(ui, row, reduce, &look);
            } else {
                egui::ScrollArea::vertical().id_salt("groups").auto_shrink(false).show(ui, |ui| {
                    self.rows(ui, row, reduce, &look);
                });
            }
        });
    }

    fn rows(&self, ui: &mut Ui, height: f32, reduce: &str, look: &PlotLook) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let tokens = tokens(ui.ctx());
        let stage = self.stage();
        let number = self.steps.len();
        for step in self.steps.iter().rev() {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let said = self.row_words(step, stage);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
            let painter = ui.painter();
            let rank = usize::from(step.code);
            let pair = tokens.level(rank, number);
            let tall = (height - 8.0).min(34.0);
            let badge = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), vec2(28.0, tall));
            painter.rect_filled(badge, theme::RADIUS_BIT, pair.fill);
            painter.text(badge.center(), Align2::CENTER_CENTER, rank.to_string(), theme::cell(15.0), pair.text);
            // The right side keeps its columns, so that the numbers stand under each other.
            let after = rect.right() - 6.0;
            // In a lecture hall the factor joins the sum's column, for larger cells.
            let joined = look.line > 1.0;
            let tail = if joined { 252.0 } else { 330.0_f32.min(rect.width() * 0.56) };
            let members_end = rect.right() - tail;
            if stage >= 1 {
                let most = step.members.len().max(1) as f32;
                let width = ((members_end - badge.right() - 16.0) / most - 3.0).clamp(8.0, 46.0);
                let fits = width >= 34.0;
                for (place, (_, gradient)) in step.members.iter().enumerate() {
                    let left = badge.right() + 10.0 + place as f32 * (width + 3.0);
                    let cell = Rect::from_min_size(pos2(left, rect.center().y - tall / 2.0), vec2(width, tall));
                    painter.rect_filled(cell, 0.0, pair.fill);
                    if fits {
                        let font = theme::cell((width / 3.4).clamp(12.0, 14.0));
                        let text = cells::cell(*gradient, DECIMALS);
                        painter.text(cell.center(), Align2::CENTER_CENTER, text, font, pair.text);
                    }
                }
            }
            let y = rect.center().y;
            let strong = theme::semibold(look.caption.size + 2.5);
            if stage >= 2 {
                let caption = pos2(members_end + 6.0, y - 9.0);
                let scaled = joined && stage >= 3;
                let words = if scaled {
                    format!("{reduce} × {}", format::number(self.tuning.rate))
                } else {
                    reduce.to_owned()
                };
                painter.text(caption, Align2::LEFT_CENTER, words, look.caption.clone(), tokens.muted);
                let at = pos2(members_end + 6.0, y + 8.0);
                let text = reduced(if scaled { step.step } else { step.reduced });
                painter.text(at, Align2::LEFT_CENTER, text, strong.clone(), tokens.text);
            }
            if stage >= 3 && !joined {
                let left = members_end + 6.0 + tail * 0.22;
                let words = format!("× {}", format::number(self.tuning.rate));
                painter.text(pos2(left, y - 9.0), Align2::LEFT_CENTER, words, look.caption.clone(), tokens.muted);
                let words = if step.pinned { "pinned".to_owned() } else { reduced(step.step) };
                painter.text(pos2(left, y + 8.0), Align2::LEFT_CENTER, words, strong.clone(), tokens.text);
            }
            let before = format::fixed(step.before, 2);
            if stage >= 4 {
                let sign = if step.step < 0.0 { "+" } else { "−" };
                let words = format!("{before} {sign} {} =", reduced(step.step.abs()));
                let result = painter.layout_no_wrap(format::fixed(step.after, 2), theme::metric(), tokens.accent);
                let left = after - result.size().x;
                painter.galley(pos2(left, y - result.size().y / 2.0), result, tokens.accent);
                painter.text(pos2(left - 8.0, y), Align2::RIGHT_CENTER, words, look.caption.clone(), tokens.text);
            } else {
                painter.text(pos2(after, y), Align2::RIGHT_CENTER, before, theme::metric(), tokens.text);
            }
            painter.hline(rect.x_range(), rect.bottom() - 0.5, (theme::HAIRLINE, tokens.grid));
        }
    }

    /// A row a centroid, as far as the step has come.
    fn table(&self) -> Table {
        let stage = self.stage();
        let heads = ["index", "centroid", "gradients", self.tuning.reduce.name(), "step", "after"];
        let mut table = Table::new("Centroids after a step", &heads);
        let from = |least: usize, value: f64| Cell::optional(Some(value).filter(|_| stage >= least));
        table.rows = self
            .steps
            .iter()
            .map(|step| {
                let gradients: Vec<String> = step.members.iter().map(|(_, gradient)| gradient.to_string()).collect();
                let gradients = if stage >= 1 { Cell::Text(gradients.join(" ")) } else { Cell::Empty };
                let (index, before) = (Cell::count(step.code.into()), Cell::Number(step.before));
                vec![index, before, gradients, from(2, step.reduced), from(3, step.step), from(4, step.after)]
            })
            .collect();
        table
    }

    fn row_words(&self, step: &CentroidStep, stage: usize) -> String {
        let members: Vec<String> = step.members.iter().map(|(_, gradient)| cells::cell(*gradient, DECIMALS)).collect();
        let mut words = format!("Centroid {} at {}", step.code, format::fixed(step.before, 2));
        if stage >= 1 {
            words += &format!("; gradients {}", members.join(" "));
        }
        if stage >= 2 {
            words += &format!("; {} {}", self.tuning.reduce.name(), reduced(step.reduced));
        }
        if stage >= 4 {
            words += &format!("; moved to {}", format::fixed(step.after, 2));
        }
        words
    }

    fn line_ui(&self, ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
        let moved = self.stage() >= 4;
        Card::new("Number line").subtitle("rings: before the step").show(ui, rect, |ui| {
            let values = self.lesson.cells.as_deref().unwrap_or_default();
            let number = |value: f64| if moved { value } else { f64::NAN };
            let ends = self.steps.iter().flat_map(|step| [step.before, number(step.after)]);
            let window = line_view::window(values.iter().map(|&value| f64::from(value)).chain(ends));
            let places: Vec<Place> = self
                .steps
                .iter()
                .map(|step| Place {
                    value: if moved { step.after } else { step.before },
                    start: Some(step.before).filter(|before| moved && *before != step.after),
                    label: format::fixed(if moved { step.after } else { step.before }, 2),
                    movable: false,
                })
                .collect();
            let dots: Vec<(f64, Option<usize>)> = values
                .iter()
                .zip(self.codes)
                .map(|(&value, &code)| (f64::from(value), Some(usize::from(code))))
                .collect();
            let shown = NumberLine {
                window,
                weights: Weights::Dots(&dots),
                centroids: &places,
                linked: ctx.state.kmeans.linked,
                editable: false,
                below: 0.0,
                look: PlotLook::of(ctx.presenting),
            }
            .show(ui);
            ctx.state.kmeans.linked = ctx.state.kmeans.linked.or(shown.hovered);
        });
    }
}

/// A reduced gradient: as many decimals as the slide where they are enough, four for means.
fn reduced(value: f64) -> String {
    let two = (value * 100.0).round() / 100.0;
    if (value - two).abs() < 1e-9 { format::fixed(value, 2) } else { format::fixed(value, 4) }
}
