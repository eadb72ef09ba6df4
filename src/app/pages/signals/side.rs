//! Metrics, the rule, the errors' histogram, the spectrum, SQNR by bits: a card each, or tabs of one.

use std::sync::Arc;

use egui::{Rect, RichText, Ui};

use super::Areas;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::steps_ui;
use crate::app::signals::{Answer, Study};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signal::{curve_chart, errors_chart, reason, rule_steps, spectrum_chart, verdict};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;

/// What the card with tabs shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The rule of 6 dB a bit, and why it is missed.
    #[default]
    Rule,
    /// How often each error occurs.
    Errors,
    /// Power by frequency.
    Spectrum,
    /// SQNR over the bits.
    Curve,
}

/// Draws everything but the wave and its error.
pub fn ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, stale: bool, areas: &Areas, ui: &mut Ui) {
    tiles_ui(answer, stale, &areas.tiles, ui);
    if let Some([errors, spectrum, curve]) = areas.others {
        rule_ui(ctx, answer, areas.side, ui, false);
        errors_ui(ctx, answer, errors, ui, false);
        spectrum_ui(ctx, answer, spectrum, ui, false);
        return curve_ui(ctx, study, answer, stale, curve, ui, false);
    }
    let tabs = !ctx.presenting;
    match ctx.state.signals.tab {
        Tab::Rule => rule_ui(ctx, answer, areas.side, ui, tabs),
        Tab::Errors => errors_ui(ctx, answer, areas.side, ui, tabs),
        Tab::Spectrum => spectrum_ui(ctx, answer, areas.side, ui, tabs),
        Tab::Curve => curve_ui(ctx, study, answer, stale, areas.side, ui, tabs),
    }
}

fn tiles_ui(answer: &Answer, stale: bool, places: &[Rect], ui: &Ui) {
    let quality = &answer.quality;
    let metric = |name, value: String, unit, hint| Metric { name, value, unit, hint };
    let model = quality.model.filter(|_| quality.noise > 0.0);
    let all = [
        metric(
            "SQNR",
            format::decibels(quality.sqnr()),
            "dB",
            "10 log₁₀ of the signal's power over the error's, measured",
        ),
        metric(
            "Rule",
            format::fixed(quality.rule, 2),
            "dB",
            "6.02 · N + 1.76: a full-scale sine, an error spread evenly over a step; N = log₂ of the levels",
        ),
        metric(
            "Error power / (S²/12)",
            model.map_or_else(|| format::NONE.to_owned(), |model| format::fixed(quality.noise / model, 3)),
            "",
            "Mean squared error over that of an error spread evenly over one step",
        ),
        metric(
            "Clipped",
            format::count(answer.quantized.clipped as u64),
            "samples",
            "Samples, with their dither, farther than half a step beyond the outer levels",
        ),
    ];
    for (place, metric) in places.iter().zip(&all) {
        metric_tile(ui, *place, metric, stale);
    }
}

/// A card whose title is the tabs, or a plain one.
fn card_ui(
    ctx: &mut PageContext<'_>,
    rect: Rect,
    [title, subtitle]: [&str; 2],
    tabs: bool,
    ui: &mut Ui,
    content: impl FnOnce(&mut PageContext<'_>, &mut Ui),
) {
    if !tabs {
        return Card::new(title).subtitle(subtitle).show(ui, rect, |ui| content(ctx, ui));
    }
    let mut tab = ctx.state.signals.tab;
    let choices =
        [(Tab::Rule, "Rule"), (Tab::Errors, "Errors"), (Tab::Spectrum, "Spectrum"), (Tab::Curve, "SQNR by bits")];
    card::plain(ui, rect, title, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        segmented(ui, "Shown beside the signal", &mut tab, &choices);
        if !subtitle.is_empty() {
            let galley = theme::truncated(ui, subtitle, theme::small(), tokens(ui).muted, ui.available_width());
            let response = ui.allocate_response(galley.size(), egui::Sense::hover());
            ui.painter().galley(response.rect.min, galley, tokens(ui).muted);
        }
        content(ctx, ui);
    });
    ctx.state.signals.tab = tab;
}

/// The rule with its numbers, what was measured, and the reasons for the difference.
fn rule_ui(ctx: &mut PageContext<'_>, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let title = verdict(answer);
    let presenting = ctx.presenting;
    card_ui(ctx, rect, ["Against the rule", ""], tabs, ui, |_, ui| {
        egui::ScrollArea::vertical().id_salt("rule").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 7.0;
            // A formula that is too long must not widen what is written under it.
            let room = ui.available_width();
            for line in rule_steps(answer) {
                steps_ui(ui, &line, 16.0);
            }
            ui.add_space(2.0);
            let within = answer.quality.deviations.is_empty() && answer.quality.sqnr().is_some();
            let tokens = tokens(ui);
            let color = if within { tokens.good } else { tokens.text };
            ui.label(RichText::new(&title).font(theme::semibold(15.0)).color(color));
            for deviation in &answer.quality.deviations {
                let (name, words) = reason(deviation, answer);
                let size = if presenting { 15.0 } else { 13.0 };
                let mut text = egui::text::LayoutJob::default();
                let format = |font, color| egui::TextFormat { font_id: font, color, ..Default::default() };
                text.append(name, 0.0, format(theme::semibold(size), tokens.text));
                text.append(&format!("  {words}"), 0.0, format(theme::regular(size), tokens.muted));
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(egui::Label::new(text).wrap());
                });
            }
        });
    });
}

fn errors_ui(ctx: &mut PageContext<'_>, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let look = PlotLook::of(ctx.presenting);
    let words = match answer.quality.model {
        Some(model) => format!("power {}; S²/12 = {}", format::number(answer.quality.noise), format::number(model)),
        None => format!("power {}; no one step S, no model", format::number(answer.quality.noise)),
    };
    card_ui(ctx, rect, ["Errors", &words], tabs, ui, |ctx, ui| {
        let drawn = ctx.state.signals.charts.errors.get(&answer.serial, |_| errors_chart(answer));
        chart(ui, drawn, &look);
    });
}

fn spectrum_ui(ctx: &mut PageContext<'_>, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let look = PlotLook::of(ctx.presenting);
    let words = answer.spectra.as_ref().map_or_else(String::new, |[signal, _]| {
        format!("{} frequencies, Hann window", format::count(signal.power.len() as u64))
    });
    card_ui(ctx, rect, ["Spectrum", &words], tabs, ui, |ctx, ui| {
        match ctx.state.signals.charts.spectrum.get(&answer.serial, |_| spectrum_chart(answer)) {
            Some(drawn) => drop(chart(ui, drawn, &look)),
            None => card::nothing(ui, "Fewer than 8 samples have no spectrum"),
        }
    });
}

fn curve_ui(
    ctx: &mut PageContext<'_>,
    study: &Study,
    answer: &Answer,
    stale: bool,
    rect: Rect,
    ui: &mut Ui,
    tabs: bool,
) {
    let look = PlotLook::of(ctx.presenting);
    let mut chosen = None;
    card_ui(ctx, rect, ["SQNR by bits", "this signal, everything else as set"], tabs, ui, |ctx, ui| {
        let Some(curve) = &study.curve else { return card::nothing(ui, "Quantizing at every width") };
        let now = answer.quality.sqnr().filter(|_| !stale).map(|sqnr| (answer.levels.values.len(), sqnr));
        let key = (Arc::as_ptr(&curve.value) as usize, if stale { 0 } else { answer.serial });
        let drawn = ctx.state.signals.charts.curve.get(&key, |_| curve_chart(&curve.value, now));
        chosen = chart(ui, drawn, &look)
            .clicked
            .filter(|(series, _)| *series == 1)
            .and_then(|(_, point)| curve.value.get(point).map(|(bits, _)| *bits));
    });
    if let Some(bits) = chosen {
        ctx.edit(format!("Levels {}", 1_u32 << bits), None, move |setup| setup.signals.levels = 1 << bits);
    }
}
