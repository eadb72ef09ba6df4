//! Rules: the policy panel, what it stores and why, and the same number under every rule.

use egui::{Align2, Rect, RichText, Sense, Ui, pos2, vec2};

use super::{columns, edit};
use crate::app::context::PageContext;
use crate::app::pages::numbers::bits::fitting_formula;
use crate::app::pages::numbers::controls;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::rounding::{self, RuleRow};
use crate::app::view::stored::{Loss, Stored};
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format_words, numerals};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::formula::Part;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::derive::{self, Steps};
use crate::engine::number::presets::Preset;
use crate::engine::number::{
    CATALOGUE, Format, InfinityRule, Kind, NanRule, Overflow, Rounding, ScaleRule, Subnormals, Value,
};

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, rest: Rect, ui: &mut Ui) {
    if ctx.presenting {
        let [left, right] = columns(rest, 0.5);
        steps_card(ctx, left, ui);
        rules_card(ctx, right, ui);
        return;
    }
    if rest.width() < 800.0 {
        let third = (rest.height() - 2.0 * GAP) / 3.0;
        let row = |place: usize| {
            Rect::from_min_size(rest.min + vec2(0.0, place as f32 * (third + GAP)), vec2(rest.width(), third))
        };
        policy_card(ctx, row(0), ui);
        steps_card(ctx, row(1), ui);
        rules_card(ctx, row(2), ui);
        return;
    }
    let [left, right] = columns(rest, 0.27);
    policy_card(ctx, left, ui);
    let split = right.top() + (right.height() * 0.46).round();
    steps_card(ctx, Rect::from_min_max(right.min, pos2(right.right(), split - GAP)), ui);
    rules_card(ctx, Rect::from_min_max(pos2(right.left(), split), right.max), ui);
}

fn policy_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, before) = (numbers.format, numbers.lab.policy);
    let seed = numbers.lab.seed;
    let bits = numbers.lab.bits;
    card::card(ui, rect, "Policy", "how a number is stored", |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        let mut policy = before;
        let row = |ui: &mut Ui, label: &str, add: &mut dyn FnMut(&mut Ui)| {
            ui.horizontal(|ui| {
                let (place, _) = ui.allocate_exact_size(vec2(84.0, theme::CONTROL), Sense::hover());
                let color = tokens(ui).muted;
                ui.painter().text(place.left_center(), Align2::LEFT_CENTER, label, theme::control(), color);
                add(ui);
            });
        };
        let mut preset: Option<Preset> =
            Preset::ALL.into_iter().find(|preset| preset.policy(format).is_ok_and(|other| other == policy));
        let presets: Vec<(Option<Preset>, String, &str)> = [(None, "own".to_owned(), "")]
            .into_iter()
            .chain(
                Preset::ALL
                    .into_iter()
                    .filter(|preset| preset.policy(format).is_ok())
                    .map(|preset| (Some(preset), preset.title().to_owned(), preset.note(format).unwrap_or(""))),
            )
            .collect();
        row(ui, "Like", &mut |ui| {
            if select(ui, "Preset", &mut preset, &presets).changed()
                && let Some(chosen) = preset.and_then(|preset| preset.policy(format).ok())
            {
                policy = chosen;
            }
        });
        let rules: Vec<(Rounding, String, &str)> = Rounding::ALL
            .into_iter()
            .chain([Rounding::Stochastic { bits, seed }])
            .map(|rule| (rule, rounding::rule_words(rule).to_owned(), ""))
            .collect();
        row(ui, "Rounding", &mut |ui| {
            select(ui, "Rounding", &mut policy.rounding, &rules);
        });
        let overflows: Vec<(Overflow, String, &str)> = Overflow::ALL
            .into_iter()
            .filter(|overflow| format.refusal(*overflow).is_none())
            .map(|overflow| (overflow, overflow.name().to_owned(), ""))
            .collect();
        row(ui, "Overflow", &mut |ui| {
            select(ui, "Overflow", &mut policy.overflow, &overflows);
        });
        row(ui, "Infinity", &mut |ui| {
            let options = InfinityRule::ALL.map(|rule| (rule, rule.name().to_owned(), ""));
            select(ui, "Infinity", &mut policy.infinity, &options);
        });
        row(ui, "NaN", &mut |ui| {
            let options = NanRule::ALL.map(|rule| (rule, rule.name().to_owned(), ""));
            select(ui, "NaN", &mut policy.nan, &options);
        });
        row(ui, "Subnormals", &mut |ui| {
            let options = Subnormals::ALL.map(|rule| (rule, rule.name().to_owned(), ""));
            select(ui, "Subnormals", &mut policy.subnormals, &options);
        });
        let vias: Vec<(Option<Format>, String, &str)> = [(None, "nothing".to_owned(), "")]
            .into_iter()
            .chain(
                CATALOGUE
                    .iter()
                    .filter(|row| ["fp32", "tf32", "fp16", "bf16"].contains(&row.name))
                    .map(|row| (Some(row.format), row.title.to_owned(), row.source)),
            )
            .collect();
        row(ui, "Passes", &mut |ui| {
            select(ui, "Intermediate format", &mut policy.via, &vias);
        });
        if matches!(format, Format::Float(float) if float.kind == Kind::Scale) {
            let fields = [
                ("Zero", "Zero in a scale", &mut policy.scale_zero),
                ("Negative", "Negative numbers in a scale", &mut policy.scale_negative),
                ("Too small", "Numbers below the smallest scale", &mut policy.scale_underflow),
            ];
            for (label, name, rule) in fields {
                row(ui, label, &mut |ui| {
                    let options = ScaleRule::ALL.map(|rule| (rule, rule.name().to_owned(), ""));
                    select(ui, name, rule, &options);
                });
            }
        }
        if policy != before {
            edit(ctx, format!("Policy {}", rounding::policy_words(&policy)), None, move |lab| lab.policy = policy);
        }
    });
}

/// The typed number normalised, cut, and what was cut off.
fn steps_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, policy) = (numbers.format, numbers.lab.policy);
    let number = numbers.value.number(format);
    let result = policy.encode(format, &number);
    let steps = derive::encode(format, &number, policy.rounding, policy.overflow);
    let title = format_words::title(format);
    let words = match result {
        Ok(code) => format!("{} stores {}", title, numerals::short(format.value(code))),
        Err(refused) => format!("{title} refuses it: {refused}"),
    };
    let look = PlotLook::of(ctx.presenting);
    let card = Card::new(&words).subtitle(&rounding::policy_words(&policy)).show(ui, rect, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        if let Some(cut) = &steps.steps {
            let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
            fitting_formula(ui, line, 19.0, &normalised(tokens, cut));
            cut_ui(ui, cut);
        }
        let reason = steps.reason.map_or("", derive::Reason::words);
        let why = if reason.is_empty() { "not a matter of rounding" } else { reason };
        ui.label(RichText::new(why).font(theme::body()).color(tokens.text));
        let room = ui.available_height();
        if room < 50.0 {
            return None;
        }
        let code = result.unwrap_or(steps.code);
        let typed = number.rational().map(|typed| typed.to_f64());
        let stored = Some(format.value(code)).and_then(|value| match value {
            Value::Finite(value) => Some(value.to_f64()),
            Value::Infinite { .. } | Value::Nan => None,
        });
        let (low, high) = value_line::around(format, code, 2)?;
        let ticks = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
        let interval = format.rounding_interval(code, policy.rounding, policy.overflow == Overflow::Saturate);
        let interval = interval.map(|interval| {
            let end =
                |bound: Option<crate::engine::number::Bound>, far| bound.map_or(far, |bound| bound.value.to_f64());
            (end(interval.low, low), end(interval.high, high))
        });
        let line = ValueLine {
            name: "What becomes this value",
            scale: LineScale::Linear,
            knee: 1.0,
            range: (low, high),
            ticks: &ticks,
            zone: None,
            interval,
            intervals: None,
            stored,
            typed,
            caption: "what becomes this value",
            key: code,
            look,
        };
        Some(line.show(ui, room.min(76.0), &mut ctx.state.numbers.lab_line))
    });
    if let Some(answer) = card {
        controls::step(ctx, answer.step);
    }
}

/// `0.265625 = 1.0625 × 2⁻²`.
fn normalised(tokens: &crate::app::theme::Tokens, steps: &Steps) -> Vec<Part> {
    let sign = if steps.negative { "−" } else { "" };
    let significand = crate::app::view::stored::figure(&steps.significand);
    vec![
        Part::Symbol(sign.to_owned()),
        Part::Number(significand, tokens.real),
        Part::Symbol("  ×  2".to_owned()),
        Part::Raised(vec![Part::Number(numerals::screen(&steps.exponent.to_string()), tokens.exponent.mark)]),
        Part::Symbol("   in units of 2".to_owned()),
        Part::Raised(vec![Part::Symbol(numerals::screen(&steps.quantum.to_string()))]),
        Part::Symbol(":  keep ".to_owned()),
        Part::Number(steps.kept.to_string(), tokens.mantissa.mark),
        Part::Symbol("  →  ".to_owned()),
        Part::Result(steps.rounded.to_string()),
    ]
}

/// The kept bits, and the three that tell what was cut off.
fn cut_ui(ui: &mut Ui, steps: &Steps) {
    let tokens = tokens(ui);
    let kept = format!("{:b}", steps.kept);
    let kept = if kept.len() > 26 { format!("…{}", &kept[kept.len() - 24..]) } else { kept };
    let flags = [("guard", steps.guard), ("round", steps.round), ("sticky", steps.sticky)];
    // As wide as they may be, so that the three flags stay in view.
    let flags_width = 18.0 + 3.0 * 44.0;
    let room = (ui.available_width() - flags_width) / kept.chars().count().max(1) as f32 - 2.0;
    let size = vec2(room.clamp(12.0, 26.0), 28.0);
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), size.y + 16.0), Sense::hover());
    let digit = |bit: bool| if bit { "1" } else { "0" };
    let words = format!(
        "Kept {kept}, guard {}, round {}, sticky {}",
        digit(steps.guard),
        digit(steps.round),
        digit(steps.sticky)
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
    let mut x = line.left();
    let painter = ui.painter();
    let cell = |x: &mut f32, text: &str, hue: theme::Hue, name: &str| {
        let size = if name.is_empty() { size } else { vec2(26.0, size.y) };
        let place = Rect::from_min_size(pos2(*x, line.top()), size);
        painter.rect_filled(place, theme::RADIUS_BIT, hue.fill);
        painter.text(place.center(), Align2::CENTER_CENTER, text, theme::cell(15.0), hue.text);
        if !name.is_empty() {
            let at = pos2(place.center().x, place.bottom() + 8.0);
            painter.text(at, Align2::CENTER_CENTER, name, theme::regular(12.0), tokens.muted);
        }
        *x += size.x + 2.0;
    };
    for bit in kept.chars() {
        cell(&mut x, &bit.to_string(), tokens.mantissa, "");
    }
    x += 18.0;
    for (name, bit) in flags {
        x += 8.0;
        cell(&mut x, digit(bit), tokens.code, name);
        x += 8.0;
    }
}

/// The same number under every rule.
fn rules_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, policy) = (numbers.format, numbers.lab.policy);
    let number = numbers.value.number(format);
    let rows = rounding::rules(
        format,
        &number,
        policy,
        Rounding::Stochastic { bits: numbers.lab.bits, seed: numbers.lab.seed },
    );
    let mut chosen = None;
    card::card(ui, rect, "Every rule", "the same number, a click takes the rule", |ui| {
        figure::table_area(ui, "Every rule", || rounding::rule_table(&rows));
        ui.spacing_mut().item_spacing.y = 0.0;
        let height = (ui.available_height() / rows.len() as f32).clamp(24.0, 40.0);
        for row in &rows {
            let response = rule_row(ui, row, row.rule == policy.rounding, height);
            if response.clicked() {
                chosen = Some(row.rule);
            }
        }
    });
    if let Some(rule) = chosen.filter(|rule| *rule != policy.rounding) {
        let what = format!("Rounding {} → {}", rounding::rule_words(policy.rounding), rounding::rule_words(rule));
        edit(ctx, what, None, move |lab| lab.policy.rounding = rule);
    }
}

fn rule_row(ui: &mut Ui, row: &RuleRow, on: bool, height: f32) -> egui::Response {
    let tokens = tokens(ui);
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let Stored { text, error, why, loss, .. } = &row.stored;
    let words = format!("{}: {text}", rounding::rule_words(row.rule));
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, on, words.as_str()));
    let painter = ui.painter();
    if on {
        painter.rect_filled(line, theme::RADIUS_BIT, tokens.select);
        painter.rect_filled(Rect::from_min_size(line.min, vec2(4.0, line.height())), theme::RADIUS_BAR, tokens.accent);
    } else if response.hovered() {
        painter.rect_filled(line, theme::RADIUS_BIT, tokens.hover);
    }
    let y = line.center().y;
    let width = line.width() - 12.0;
    // Columns by share of the width, but never narrower than what stands in them.
    let value = (0.22 * width).max(160.0);
    let wrong = (0.4 * width).max(value + 84.0);
    let reason = (0.6 * width).max(wrong + 12.0 + 78.0 * f32::from(error.is_some()));
    let at = |x: f32| pos2(line.left() + 12.0 + x, y);
    let color = if *loss == Loss::Lost { tokens.error } else { tokens.accent };
    painter.text(at(0.0), Align2::LEFT_CENTER, rounding::rule_words(row.rule), theme::body(), tokens.text);
    painter.text(at(value), Align2::LEFT_CENTER, text, theme::semibold(15.0), color);
    let error = error.as_deref().unwrap_or("");
    painter.text(at(wrong), Align2::LEFT_CENTER, error, theme::mono(), tokens.text);
    let room = (width - reason).max(0.0);
    let galley = theme::truncated(ui, why, theme::small(), tokens.muted, room);
    ui.painter().galley(at(reason) - vec2(0.0, galley.size().y / 2.0), galley, tokens.muted);
    theme::focus_ring(ui, &response, line.shrink(2.0));
    response
}
