//! Metrics, colour space, curve, histograms, size: a card each, or tabs of one.

use std::sync::Arc;

use egui::{Popup, PopupCloseBehavior, Rect, RichText, Ui, UiBuilder, pos2};

use super::Areas;
use crate::app::context::PageContext;
use crate::app::pictures::{Answer, Study};
use crate::app::setup::pictures::CurveMethod;
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::picture::{channel_chart, course_words, curve_chart, ledger};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::colour_cloud::colour_cloud;
use crate::app::widgets::ledger;
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::media::picture::SAMPLE;

/// What the card with tabs shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Colours in their space.
    #[default]
    Space,
    /// Error over the number of colours.
    Curve,
    /// Histograms of the channels.
    Channels,
    /// Bytes.
    Size,
}

/// Draws everything but the picture.
pub fn ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, stale: bool, areas: &Areas, ui: &mut Ui) {
    tiles_ui(answer, stale, &areas.tiles, ui);
    if let Some([size, curve, channels]) = areas.others {
        space_ui(ctx, study, answer, areas.space, ui, false);
        size_ui(ctx, study, answer, size, ui, false);
        curve_ui(ctx, study, answer, stale, curve, ui, false);
        channels_ui(ctx, answer, channels, ui, false);
        return;
    }
    let tabs = !ctx.presenting;
    match ctx.state.pictures.tab {
        Tab::Space => space_ui(ctx, study, answer, areas.space, ui, tabs),
        Tab::Curve => curve_ui(ctx, study, answer, stale, areas.space, ui, tabs),
        Tab::Channels => channels_ui(ctx, answer, areas.space, ui, tabs),
        Tab::Size => size_ui(ctx, study, answer, areas.space, ui, tabs),
    }
}

fn tiles_ui(answer: &Answer, stale: bool, places: &[Rect], ui: &Ui) {
    let measures = &answer.measures;
    let metric = |name, value: String, unit, hint| Metric { name, value, unit, hint };
    let all = [
        metric("PSNR", format::decibels(Some(measures.psnr())), "dB", "10 log₁₀ (255² / MSE) of the stored values"),
        metric(
            "MSE",
            format::number(measures.mse),
            "",
            "Mean squared error over all pixels and channels, stored values 0 to 255",
        ),
        metric(
            "SSIM",
            format::fixed(measures.ssim, 4),
            "",
            "Structural similarity of the luma, 11 × 11 Gaussian window (Wang 2004); 1 is equal",
        ),
        metric(
            "Colour difference",
            format::number(measures.difference),
            "ΔE OK",
            "Mean distance in Oklab times 100: about 2 is just visible side by side",
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
    let mut tab = ctx.state.pictures.tab;
    let choices =
        [(Tab::Space, "Colour space"), (Tab::Curve, "Curve"), (Tab::Channels, "Channels"), (Tab::Size, "Size")];
    card::plain(ui, rect, title, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        segmented(ui, "Shown beside the picture", &mut tab, &choices);
        if !subtitle.is_empty() {
            let galley = theme::truncated(ui, subtitle, theme::small(), tokens(ui).muted, ui.available_width());
            let response = ui.allocate_response(galley.size(), egui::Sense::hover());
            ui.painter().galley(response.rect.min, galley, tokens(ui).muted);
        }
        content(ctx, ui);
    });
    ctx.state.pictures.tab = tab;
}

fn space_ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let look = PlotLook::of(ctx.presenting);
    let words = course_words(&answer.reduced);
    card_ui(ctx, rect, ["Colour space", &words], tabs, ui, |ctx, ui| {
        let Some(cloud) = &study.cloud else { return card::nothing(ui, "Counting the colours") };
        let page = &mut ctx.state.pictures;
        let iterations = answer.reduced.course.as_ref().map_or(0, |course| course.steps.len());
        let room = ui.available_rect_before_wrap();
        let with_steps = iterations > 1 && !ctx.presenting;
        let foot = if with_steps { 30.0 } else { 0.0 };
        let mut child = ui.new_child(UiBuilder::new().id_salt("cloud").max_rect(room.with_max_y(room.bottom() - foot)));
        let step = page.step.filter(|step| *step < iterations);
        colour_cloud(&mut child, &mut page.turn, &cloud.value, &answer.reduced, step, &look);
        if !with_steps {
            return;
        }
        let place = Rect::from_min_max(pos2(room.left(), room.bottom() - foot + 2.0), room.max);
        let mut row = ui.new_child(UiBuilder::new().id_salt("steps").max_rect(place));
        row.horizontal(|ui| {
            let muted = tokens(ui).muted;
            let mut at = page.step.map_or(iterations, |step| step.min(iterations));
            ui.label(RichText::new("Iteration").font(theme::small()).color(muted));
            ui.spacing_mut().slider_width = (ui.available_width() - 90.0).max(60.0);
            let slider = ui.add(egui::Slider::new(&mut at, 0..=iterations).show_value(false));
            slider.widget_info(|| egui::WidgetInfo::slider(true, at as f64, "Iteration of k-means"));
            let words = if at == iterations {
                "end".to_owned()
            } else if at == 0 {
                "start".to_owned()
            } else {
                at.to_string()
            };
            ui.label(RichText::new(words).font(theme::small_semibold()).color(tokens(ui).accent));
            page.step = (at < iterations).then_some(at);
        });
    });
}

/// Which methods the curve is drawn for.
fn methods_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let chosen = ctx.setup().pictures.curves.clone();
    let words = format!("{} of {} methods", chosen.len(), CurveMethod::ALL.len());
    let response = button::plain(ui, &words);
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(180.0);
        for (method, name) in CurveMethod::ALL {
            let mut on = chosen.contains(&method);
            if ui.checkbox(&mut on, name).changed() {
                let what = format!("{} the curve of {name}", if on { "Draws" } else { "Leaves out" });
                ctx.edit(what, None, move |setup| setup.pictures.toggle_curve(method));
            }
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
    let words = format!("no dithering, from up to {} pixels", format::count(SAMPLE as u64));
    let mut chosen = None;
    card_ui(ctx, rect, ["Error by colours", &words], tabs, ui, |ctx, ui| {
        let Some(curves) = &study.curves else {
            return card::nothing(ui, "Reducing to 2 … 4,096 colours by every method");
        };
        if !ctx.presenting {
            methods_ui(ctx, ui);
        }
        if curves.value.is_empty() {
            return card::nothing(ui, "No method is chosen");
        }
        let now = (!stale).then(|| (answer.reduced.palette.len(), answer.measures.psnr()));
        let key = (Arc::as_ptr(&curves.value) as usize, std::ptr::from_ref(answer) as usize);
        let drawn = ctx.state.pictures.curve.get(&key, |_| curve_chart(&curves.value, now));
        chosen = chart(ui, drawn, &look).clicked.and_then(|(series, point)| {
            curves.value.get(series).and_then(|(_, points)| points.get(point)).map(|point| point.colours)
        });
    });
    if let Some(colours) = chosen.filter(|colours| *colours <= 256 && ctx.setup().pictures.recipe.takes_colours()) {
        ctx.edit(format!("Colours {colours}"), None, move |setup| setup.pictures.recipe.colours = colours);
    }
}

fn channels_ui(ctx: &mut PageContext<'_>, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let look = PlotLook::of(ctx.presenting);
    card_ui(ctx, rect, ["Channels", "pixels by value before and after"], tabs, ui, |ctx, ui| {
        let page = &mut ctx.state.pictures;
        let names = ["Red", "Green", "Blue"];
        let options: Vec<(usize, &str)> = names.into_iter().enumerate().collect();
        segmented(ui, "Channel", &mut page.channel, &options);
        let key = (page.channel, std::ptr::from_ref(answer) as usize);
        let drawn =
            page.histogram.get(&key, |(channel, _)| channel_chart(names[*channel], *channel, &answer.histograms));
        chart(ui, drawn, &look);
    });
}

fn size_ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, rect: Rect, ui: &mut Ui, tabs: bool) {
    let look = PlotLook::of(ctx.presenting);
    let view = ledger(answer);
    let words = view.headline();
    card_ui(ctx, rect, ["Size", &words], tabs, ui, |_, ui| {
        ledger::ledger(ui, &view, &look);
        let tokens = tokens(ui);
        let (text, color) = match &answer.file {
            Some(Ok(bytes)) => (format!("PNG written: {}", format::bytes_exact(bytes.len() as u64)), tokens.text),
            Some(Err(reason)) => (reason.clone(), tokens.warn),
            None => ("PNG: after the full pass".to_owned(), tokens.muted),
        };
        ui.add(egui::Label::new(RichText::new(text).font(look.strong.clone()).color(color)).wrap());
        let rules = study.subject.as_ref().map_or(&[][..], |subject| &subject.rules);
        if !rules.is_empty() {
            let text = format!("As it is read: {}", rules.join("; "));
            ui.add(egui::Label::new(RichText::new(text).font(look.caption.clone()).color(tokens.muted)).wrap());
        }
    });
}
