//! Stochastic rounding: the odds of a number, and the mean of many roundings on its way to the number.

use egui::{Rect, RichText, Slider, Ui, pos2};

use super::{columns, edit};
use crate::app::context::PageContext;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::chance::{self, COUNT};
use crate::app::view::stored::figure;
use crate::app::view::{format, format_words};
use crate::app::widgets::card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::field::number_field;
use crate::app::widgets::plot::PlotLook;
use crate::engine::number::Rational;
use crate::engine::number::chance::{Odds, odds};

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, rest: Rect, ui: &mut Ui) {
    let [left, right] = columns(rest, 0.3);
    // The slider and the seed need so much; the odds below them scroll no worse for less.
    let split = left.top() + 164.0_f32.min(left.height() * 0.6);
    controls_card(ctx, Rect::from_min_max(left.min, pos2(left.right(), split - GAP)), ui);
    odds_card(ctx, Rect::from_min_max(pos2(left.left(), split), left.max), ui);
    mean_card(ctx, right, ui);
}

fn controls_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let (bits, seed) = (ctx.setup().numbers.lab.bits, ctx.setup().numbers.lab.seed);
    card::card(ui, rect, "Chance", "random bits", |ui| {
        ui.spacing_mut().slider_width = ui.available_width() - 12.0;
        let mut chosen = bits;
        ui.label(RichText::new(format!("{bits} random bits")).font(theme::body()));
        let response = ui.add(Slider::new(&mut chosen, 1..=16).show_value(false)).accessible_name("Random bits");
        let gesture = ctx.state.gestures.of(&response);
        if chosen != bits {
            edit(ctx, format!("Random bits {bits} → {chosen}"), gesture, move |lab| lab.bits = chosen);
        }
        ui.horizontal(|ui| {
            ui.label(RichText::new("Seed").font(theme::body()));
            let mut other = seed;
            if number_field(ui, "Seed", &mut other, 0, 999_999).changed() {
                edit(ctx, format!("Seed {seed} → {other}"), None, move |lab| lab.seed = other);
            }
        });
    });
}

/// The odds of the page's number.
fn of(ctx: &PageContext<'_>) -> Option<Odds> {
    let numbers = &ctx.setup().numbers;
    let number = numbers.value.number(numbers.format).rational()?;
    odds(numbers.format, &number, numbers.lab.bits)
}

fn odds_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let found = of(ctx);
    card::card(ui, rect, "The odds", "", |ui| {
        let tokens = tokens(ui);
        let Some(odds) = found else {
            card::nothing(ui, "Beyond the range nothing is left to chance");
            return;
        };
        let percent = |share: &Rational| format!("{} %", format::significant(share.to_f64() * 100.0, 4));
        let down = Rational::power_of_two(0) - odds.up.clone();
        for (name, text, strong) in [
            ("goes up to", figure(&odds.high), true),
            ("with probability", percent(&odds.up), true),
            ("goes down to", figure(&odds.low), true),
            ("with probability", percent(&down), true),
            ("endless bits would give", percent(&odds.ideal), false),
            ("so the mean goes to", figure(&odds.mean), true),
        ] {
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).font(theme::control()).color(tokens.muted));
                let font = if strong { theme::semibold(15.0) } else { theme::body() };
                ui.label(RichText::new(text).font(font).color(if strong { tokens.accent } else { tokens.text }));
            });
        }
    });
}

fn mean_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, bits, seed) = (numbers.format, numbers.lab.bits, numbers.lab.seed);
    let number = numbers.value.number(format);
    let subtitle = format!("of {} roundings to {}", format::count(COUNT as u64), format_words::title(format));
    let look = PlotLook::of(ctx.presenting);
    card::card(ui, rect, "Running mean", &subtitle, |ui| {
        let key = (format, number.clone(), bits, seed);
        let picture = ctx
            .state
            .numbers
            .means
            .get(&key, |(format, number, bits, seed)| chance::running_mean_chart(*format, number, *bits, *seed));
        match picture {
            Some(picture) => {
                chart(ui, picture, &look);
            }
            None => card::nothing(ui, "Infinities and NaN have no mean"),
        }
    });
}
