//! Arithmetic: one operation in a format, and a dot product whose running sum swallows small terms.

use egui::{Align2, Rect, RichText, Sense, Ui, pos2, vec2};

use super::{columns, edit};
use crate::app::context::PageContext;
use crate::app::pages::numbers::bits::{fitting_formula, strip};
use crate::app::pages::numbers::controls;
use crate::app::setup::numbers::lab::Numbers;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::stored::figure;
use crate::app::view::{format_words, numerals, rounding};
use crate::app::widgets::card;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::formula::Part;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::number::arithmetic::{Dot, DotSettings, Operation, Order, compute, dot};
use crate::engine::number::{Format, Input, Overflow, Rounding};

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, rest: Rect, ui: &mut Ui) {
    let [left, right] = columns(rest, 0.5);
    let split = left.top() + (left.height() * 0.52).round();
    operation_card(ctx, Rect::from_min_max(left.min, pos2(left.right(), split - GAP)), ui);
    settings_card(ctx, Rect::from_min_max(pos2(left.left(), split), left.max), ui);
    steps_card(ctx, right, ui);
}

/// The second operand as its field shows it.
#[derive(Clone, PartialEq)]
struct Operand(Input, Format);

impl std::fmt::Display for Operand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Input::Number { text, .. } => f.write_str(text),
            Input::Code(code) => f.write_str(&numerals::hex(*code, self.1.bits())),
        }
    }
}

fn operation_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, operation) = (numbers.format, numbers.lab.operation);
    let (left, right) = (numbers.code(), numbers.lab.second.code(format));
    let second = Operand(numbers.lab.second.clone(), format);
    let rule = numbers.lab.policy.rounding;
    let result = compute(operation, format.value(left), format.value(right), format, rule, Overflow::Default);
    let title = format!("One operation in {}", format_words::title(format));
    let subtitle = format!("the value above and a second one, {}", rounding::rule_words(rule));
    card::card(ui, rect, &title, &subtitle, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal(|ui| {
            let mut chosen = operation;
            let signs: Vec<(Operation, &str)> = Operation::ALL.into_iter().map(|op| (op, op.sign())).collect();
            if segmented(ui, "Operation", &mut chosen, &signs).changed() {
                edit(ctx, format!("Operation {}", chosen.sign()), None, move |lab| lab.operation = chosen);
            }
            let mut typed = second.clone();
            let parse = |text: &str| Input::parse(text, format).map(|input| Operand(input, format));
            if value_field_over(ui, "Second operand", &mut typed, 150.0, parse).changed() {
                let what = format!("Second operand {second} → {typed}");
                edit(ctx, what, None, move |lab| lab.second = typed.0.clone());
            }
        });
        let tokens = tokens(ui);
        let value = |code: u64| numerals::short(format.value(code));
        let exact = result.exact.as_ref().map_or_else(|| numerals::short(result.value), figure);
        let line = vec![
            Part::Number(value(left), tokens.real),
            Part::Symbol(format!("  {}  ", operation.sign())),
            Part::Number(value(right), tokens.real),
            Part::Symbol("  =  ".to_owned()),
            Part::Symbol(exact),
            Part::Symbol("   stored   ".to_owned()),
            Part::Result(numerals::short(result.value)),
        ];
        let band = strip(ui, if ui.available_height() < 76.0 { 34.0 } else { 46.0 });
        fitting_formula(ui, band.shrink2(vec2(12.0, 0.0)), 20.0, &line);
        let words = match &result.error {
            Some(error) if error.is_zero() => "The result is exact".to_owned(),
            Some(_) if result.value == format.value(left) => {
                format!("The second operand is lost: {} is the nearest value", numerals::short(result.value))
            }
            Some(error) => format!("Rounding error {}", figure(error)),
            None => "The result is no finite number".to_owned(),
        };
        ui.label(RichText::new(words).font(theme::body()).color(tokens.text));
    });
}

fn settings_of(ctx: &PageContext<'_>) -> DotSettings {
    let numbers = &ctx.setup().numbers;
    DotSettings {
        input: numbers.format,
        product: None,
        accumulator: numbers.lab.accumulator,
        rounding: Rounding::NearestEven,
        overflow: Overflow::Default,
        order: numbers.lab.order,
    }
}

fn settings_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let lab = ctx.setup().numbers.lab.clone();
    card::card(ui, rect, "Dot product", "factors in the format above, products exact", |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        for (name, list, is_left) in [("Left factors", &lab.left, true), ("Right factors", &lab.right, false)] {
            ui.horizontal(|ui| {
                let (place, _) = ui.allocate_exact_size(vec2(92.0, theme::CONTROL), Sense::hover());
                let muted = tokens(ui).muted;
                ui.painter().text(place.left_center(), Align2::LEFT_CENTER, name, theme::control(), muted);
                let mut typed: Numbers = list.clone();
                let width = ui.available_width();
                let parse = |text: &str| Numbers::parse(text);
                if value_field_over(ui, name, &mut typed, width, parse).changed() {
                    edit(ctx, format!("{name} {typed}"), None, move |lab| {
                        if is_left { lab.left = typed.clone() } else { lab.right = typed.clone() }
                    });
                }
            });
        }
        ui.horizontal(|ui| {
            let muted = tokens(ui).muted;
            ui.label(RichText::new("Running sum in").font(theme::control()).color(muted));
            let mut accumulator = lab.accumulator;
            controls::more_ui(ui, "Accumulator", &mut accumulator, false);
            if accumulator != lab.accumulator {
                let what = format!("Accumulator {}", format_words::title(accumulator));
                edit(ctx, what, None, move |lab| lab.accumulator = accumulator);
            }
            let mut order = lab.order;
            let orders: Vec<(Order, String, &str)> =
                Order::ALL.into_iter().map(|order| (order, order.name().to_owned(), "")).collect();
            if select(ui, "Order of the sum", &mut order, &orders).changed() {
                edit(ctx, format!("Order {}", order.name()), None, move |lab| lab.order = order);
            }
        });
    });
}

fn steps_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let settings = settings_of(ctx);
    let lab = &ctx.setup().numbers.lab;
    let found = dot(&lab.left.numbers, &lab.right.numbers, &settings);
    let title = format!("Sum in {}: {}", format_words::title(settings.accumulator), numerals::short(found.value));
    let subtitle = match (&found.exact, &found.error) {
        (Some(exact), Some(error)) if error.is_zero() => format!("exactly {}", figure(exact)),
        (Some(exact), Some(error)) => {
            format!("exact {}, error {}, {} lost", figure(exact), figure(error), found.swamped)
        }
        _ => "no finite result".to_owned(),
    };
    card::card(ui, rect, &title, &subtitle, |ui| {
        figure::table_area(ui, &title, || rounding::dot_table(&title, &found));
        steps_ui(ui, &found);
    });
}

fn steps_ui(ui: &mut Ui, found: &Dot) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("dot").auto_shrink(false).show_rows(
        ui,
        24.0,
        found.steps.len(),
        |ui, range| {
            for index in range {
                let step = &found.steps[index];
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
                let (left, right) = (numerals::short(step.factors.0), numerals::short(step.factors.1));
                let (product, sum) = (numerals::short(step.product), numerals::short(step.sum_value));
                let lost = if step.swamped { "lost" } else { "" };
                let words = format!("Step {}: {left} × {right}, sum {sum} {lost}", index + 1);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
                ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
                let y = line.center().y;
                let at = |share: f32| pos2(line.left() + share * line.width(), y);
                let text = |at: egui::Pos2, text: &str, color| {
                    ui.painter().text(at, Align2::LEFT_CENTER, text, theme::mono(), color);
                };
                text(at(0.0), &(index + 1).to_string(), tokens.muted);
                text(at(0.08), &format!("{left} × {right}"), tokens.text);
                text(at(0.42), &format!("+ {product}"), tokens.real);
                text(at(0.62), &format!("= {sum}"), tokens.accent);
                if step.swamped {
                    text(at(0.86), "lost", tokens.error);
                }
            }
        },
    );
}
