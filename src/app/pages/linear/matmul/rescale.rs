//! One output from its products to its code, and the multiplier as integer and shift.

use egui::{Rect, RichText, Ui};

use super::{focus, set};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{label, note, remark, steps_ui};
use crate::app::setup::Matmul;
use crate::app::theme::{self, tokens};
use crate::app::view::affine::{Step, whole};
use crate::app::view::format;
use crate::app::view::inspect::Role;
use crate::app::view::matmul::{MatmulView, trial};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::integer::{Multiplier, Recipe};

fn symbol(text: impl Into<String>) -> Step {
    Step::Text(text.into(), Role::Symbol)
}

fn code(value: impl Into<i64>) -> Step {
    Step::Text(whole(value), Role::Code)
}

/// The output that is looked at: its row times its column, the rescaling, and what float gives.
pub fn output_ui(ctx: &mut PageContext<'_>, view: &MatmulView, rect: Rect, ui: &mut Ui) {
    let (row, col) = focus(&ctx.state.linear.matmul, view);
    let title = format!("Output [{row}, {col}]");
    let presenting = ctx.presenting;
    let draw = |ui: &mut Ui| {
        let tokens = tokens(ui.ctx());
        ui.spacing_mut().item_spacing.y = if rect.height() > 300.0 {
            8.0
        } else if presenting {
            3.0
        } else {
            5.0
        };
        let cell = view.shown[(row, col)];
        if !presenting {
            let products =
                format!("Σ q_W q_X = {} = {}", view.products(row, col), whole(view.product.terms.products[(row, col)]));
            let text = RichText::new(products).font(theme::small()).color(tokens.muted);
            ui.add(egui::Label::new(text).wrap());
        }
        let rest = cell.accumulator - view.product.terms.products[(row, col)];
        steps_ui(
            ui,
            &[
                code(view.product.terms.products[(row, col)]),
                symbol(" + "),
                code(rest),
                symbol(" = "),
                code(cell.accumulator),
                symbol("  in int32"),
            ],
            16.0,
        );
        // A low card has room for the numbers only.
        if presenting || rect.height() > 290.0 {
            note(ui, "× M, rounded, + Z_Y");
        }
        let rescaling = view.rescaling(row, col);
        let (product, rounded) = rescaling.split_once(" → ").unwrap_or((&rescaling, ""));
        steps_ui(ui, &[symbol(product), symbol(format!(" → {rounded}"))], 15.0);
        let real = f64::from(view.output.dequantize(cell.code));
        let scale = format::significant(f64::from(view.output.scale), 4);
        steps_ui(
            ui,
            &[
                symbol(format!("y = {scale} × (")),
                code(cell.code),
                symbol(format!(" − {}) = ", zero_text(view.output.zero_point))),
                Step::Text(format::fixed(real, 4), Role::Result),
            ],
            15.0,
        );
        steps_ui(
            ui,
            &[
                symbol("float "),
                Step::Text(format::fixed(view.float[(row, col)], 4), Role::Real),
                symbol(format!(", difference {}", format::fixed(view.difference[(row, col)], 4))),
            ],
            15.0,
        );
        let (worst, mse) = view.errors();
        note(ui, &format!("all: max |error| {}, MSE {}", format::significant(worst, 3), format::significant(mse, 3)));
    };
    if presenting {
        card::plain(ui, rect, "output", draw)
    } else {
        card::card(ui, rect, &title, "from codes to a code", draw)
    }
}

/// A zero point after a minus sign.
fn zero_text(zero: i32) -> String {
    if zero < 0 { format!("({})", whole(zero)) } else { zero.to_string() }
}

/// The product that is tried, in a presentation: rounded twice and once.
pub fn trial_ui(setup: &Matmul, rect: Rect, ui: &mut Ui) {
    let (accumulator, multiplier) = setup.trial;
    card::plain(ui, rect, "trial", |ui| {
        let tokens = tokens(ui.ctx());
        ui.spacing_mut().item_spacing.y = 6.0;
        let [double, single, float] = match trial(accumulator, multiplier, setup.multiplier_bits) {
            Ok(trials) => trials,
            Err(reason) => return card::nothing(ui, &reason.to_string()),
        };
        let factor = format::significant(multiplier, 7);
        // Without separators, as whole numbers stand beside it.
        let exact = format::significant(single.exact, 7).replace(',', "");
        let result = |value: i64| Step::Text(whole(value), Role::Result);
        steps_ui(ui, &[symbol(format!("{} × {factor} = {exact}", whole(accumulator)))], 20.0);
        let mut twice = vec![symbol("rounded twice:  ")];
        if let Some(high) = double.high {
            twice.push(symbol(format!("{} → ", whole(high))));
        }
        twice.push(result(double.scaled));
        steps_ui(ui, &twice, 18.0);
        steps_ui(ui, &[symbol("rounded once:  "), result(single.scaled)], 18.0);
        steps_ui(ui, &[symbol("in float:  "), result(float.scaled)], 18.0);
        if double.scaled != single.scaled {
            remark(ui, "two roundings end elsewhere than one", tokens.warn);
        }
    });
}

/// M as M₀ and n, its width, its recipe, and a trial of the rounding.
pub fn multiplier_ui(ctx: &mut PageContext<'_>, setup: &Matmul, view: &MatmulView, rect: Rect, ui: &mut Ui) {
    let (row, _) = focus(&ctx.state.linear.matmul, view);
    let multiplier = view.stages[row].multiplier;
    let (mut width, mut recipe) = (setup.multiplier_bits, setup.recipe);
    let mut tried = setup.trial;
    Card::new("Multiplier")
        .trailing(|ui| {
            segmented(ui, "Bits of M₀", &mut width, &[(32, "32"), (16, "16"), (8, "8")]);
            label(ui, "bits");
        })
        .show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            ui.spacing_mut().item_spacing.y = if rect.height() > 300.0 { 7.0 } else { 3.0 };
            let Multiplier { real, mantissa, shift, stored, bits, .. } = multiplier;
            steps_ui(
                ui,
                &[
                    symbol(format!("{} = 2", format::significant(real, 5))),
                    Step::Power(whole(-i64::from(shift))),
                    symbol(format!(" × {}", format::significant(mantissa, 6))),
                ],
                16.0,
            );
            steps_ui(
                ui,
                &[
                    symbol("M₀ = "),
                    Step::Text(format::count(stored.unsigned_abs().into()), Role::Code),
                    symbol(" / 2"),
                    Step::Power((bits - 1).to_string()),
                    symbol(format!(",  n = {}", whole(shift))),
                ],
                16.0,
            );
            for width in view.widths() {
                let chosen = width.bits == setup.multiplier_bits;
                let worst = format::significant(width.worst, 2);
                let text = format!("{} bits: M ± {worst}, {}/{} codes off", width.bits, width.changed, width.outputs);
                let color = if width.changed > 0 { tokens.warn } else { tokens.text };
                if chosen { remark(ui, &text, color) } else { note(ui, &text) }
            }
            ui.horizontal(|ui| {
                label(ui, "Recipe");
                let options: Vec<(Recipe, String, &str)> =
                    Recipe::ALL.map(|recipe| (recipe, recipe.name().to_owned(), recipe.used_by())).to_vec();
                select(ui, "Recipe", &mut recipe, &options);
            });
            ui.horizontal(|ui| {
                label(ui, "Try");
                value_field_over(ui, "Trial accumulator", &mut tried.0, 74.0, |text| {
                    text.trim().replace('\u{2212}', "-").parse().map_err(|_| "a whole number within int32".to_owned())
                });
                label(ui, "×");
                value_field_over(ui, "Trial multiplier", &mut tried.1, 74.0, |text| match text.trim().parse::<f64>() {
                    Ok(value) if trial(1, value, 32).is_ok() => Ok(value),
                    _ => Err("a positive number".to_owned()),
                });
            });
            if let Ok([double, single, float]) = trial(setup.trial.0, setup.trial.1, setup.multiplier_bits) {
                let high = double.high.map_or(String::new(), |high| format!("{} → ", whole(high)));
                // Without separators, as whole numbers stand beside it.
                let exact = format::significant(single.exact, 7).replace(',', "");
                let text = format!(
                    "exact {exact}: twice {high}{}, once {}, float {}",
                    whole(double.scaled),
                    whole(single.scaled),
                    whole(float.scaled)
                );
                let differ = double.scaled != single.scaled;
                remark(ui, &text, if differ { tokens.warn } else { tokens.muted });
            }
        });
    if width != setup.multiplier_bits {
        set(ctx, format!("M₀ in {width} bits"), None, move |matmul| matmul.multiplier_bits = width);
    }
    if recipe != setup.recipe {
        set(ctx, format!("Recipe: {}, as {}", recipe.name(), recipe.used_by()), None, move |matmul| {
            matmul.recipe = recipe
        });
    }
    if tried != setup.trial {
        set(ctx, format!("Try {} × {}", whole(tried.0), tried.1), None, move |matmul| matmul.trial = tried);
    }
}
