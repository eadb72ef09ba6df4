//! Accuracy against size: the lecture's figure, measured here.

use std::sync::Arc;

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::choice::{data_ui, label, network_ui, preprocessing_ui, refused_ui};
use crate::app::board::{Board, Phase};
use crate::app::context::PageContext;
use crate::app::study::{self, Outcome, QUICK};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::ledger::LedgerView;
use crate::app::view::{format, trade_off as view};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::ledger::ledger;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::compress::{CompressError, NetworkSize, Plan, Point, trade_off};
use crate::engine::network::Subject;
use crate::sources::Choice;

/// Pictures that every point is fine-tuned on.
const PICTURES: usize = 10_000;
/// Width of the column at the right.
const SIDE: f32 = 350.0;

/// What the page remembers of its run.
#[derive(Default)]
pub struct TradeOff {
    asked: Option<Asked>,
    runs: u64,
    board: Board<Point>,
    /// The point that was clicked, by its place.
    chosen: Option<usize>,
}

/// A run that was asked for.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    choice: Choice,
    fine_tuning: bool,
    run: u64,
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let waiting = |ui: &mut Ui, why: &str| card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, why));
    let Some(subject) = study::subject_of(ctx) else {
        return waiting(ui, "The network answers in float32 first");
    };
    let of = match subject.as_ref() {
        Err(reason) => return refused_ui(ctx, reason, canvas, ui),
        Ok(of) => of,
    };
    let refused = measure(ctx, &subject);
    let narrow = canvas.width() < 1000.0;
    let height = match (ctx.presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 52.0 + 340.0 + 330.0 + 2.0 * GAP,
        (false, false) => 52.0 + 330.0 + GAP,
    };
    if canvas.height() >= height {
        return all(ctx, of, refused.as_deref(), (canvas, narrow), ui);
    }
    egui::ScrollArea::vertical().id_salt("trade-off").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        all(ctx, of, refused.as_deref(), (rect, narrow), ui);
    });
}

/// Asks for the run that was started; why it was refused, if it was.
fn measure(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<String> {
    let asked = ctx.state.networks.trade_off.asked.clone()?;
    if asked.choice != ctx.setup().network.choice {
        return None;
    }
    let (board, subject) = (ctx.state.networks.trade_off.board.clone(), Arc::clone(subject));
    let made = ctx.derive("networks/trade-off", "Accuracy against size", asked, move |asked, handle| {
        board.run(handle, |progress| {
            let subject = match subject.as_ref() {
                Ok(subject) => subject,
                Err(reason) => return Ok(Some(reason.clone())),
            };
            let train = match asked.choice.train(&subject.network, PICTURES) {
                Ok(train) => train,
                Err(reason) => return Ok(Some(reason)),
            };
            let plan = Plan::new(usize::from(asked.fine_tuning), QUICK);
            match trade_off(subject, &train, &plan, progress, &mut |point| board.add(point.clone())) {
                Ok(_) => Ok(None),
                Err(CompressError::Cancelled(cancelled)) => Err(cancelled),
                Err(CompressError::Unfit(reason)) => Ok(Some(reason)),
            }
        })
    });
    made.and_then(|made| made.value.as_ref().clone())
}

fn all(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    refused: Option<&str>,
    (canvas, narrow): (Rect, bool),
    ui: &mut Ui,
) {
    let (points, phase) = ctx.state.networks.trade_off.board.read();
    let asked = ctx.state.networks.trade_off.asked.clone().filter(|asked| asked.choice == ctx.setup().network.choice);
    let points = if asked.is_some() { points } else { Vec::new() };
    let running = phase == Phase::Running && asked.is_some();
    let mut rest = canvas;
    if !ctx.presenting {
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), 52.0));
        controls_ui(ctx, subject, running, controls, ui);
        rest.min.y = controls.bottom() + GAP;
    }
    let chosen = ctx.state.networks.trade_off.chosen.filter(|chosen| *chosen < points.len());
    let (left, right) = if ctx.presenting {
        // A lecture hall looks at the curves, and at a point once one is chosen.
        let split = rest.right() - if chosen.is_some() { (rest.width() * 0.36).round() } else { -GAP };
        (
            Rect::from_min_max(rest.min, pos2(split - GAP, rest.bottom())),
            Rect::from_min_max(pos2(split, rest.top()), rest.max),
        )
    } else if narrow {
        let split = rest.bottom() - 330.0;
        (
            Rect::from_min_max(rest.min, pos2(rest.right(), split - GAP)),
            Rect::from_min_max(pos2(rest.left(), split), rest.max),
        )
    } else {
        let split = rest.right() - SIDE;
        (
            Rect::from_min_max(rest.min, pos2(split - GAP, rest.bottom())),
            Rect::from_min_max(pos2(split, rest.top()), rest.max),
        )
    };
    let tuned = match &asked {
        Some(asked) if asked.fine_tuning => "one walk over at most 10,000 pictures each; singular values without",
        Some(_) => "without fine-tuning",
        None => "",
    };
    let total = Plan::new(0, QUICK).methods.len();
    let subtitle = match (refused, running, points.len()) {
        (Some(reason), ..) => reason.to_owned(),
        (None, true, count) => format!("{count} of {total} points; {tuned}"),
        (None, false, 0) => "AlexNet as published; nothing measured here yet".to_owned(),
        (None, false, count) if count < total => format!("stopped at {count} of {total} points; {tuned}"),
        (None, false, _) => {
            let measured = format::count(subject.data.len().min(QUICK) as u64);
            format!("measured on the first {measured} pictures, {tuned}")
        }
    };
    let figure = view::figure(&points, subject, QUICK, chosen);
    let presenting = ctx.presenting;
    let mut card = Card::new("Accuracy loss against size").subtitle(&subtitle);
    if presenting {
        card = card.trailing(|ui| measure_ui(ctx, running, ui));
    }
    let clicked = card.show(ui, left, |ui| chart(ui, &figure.chart, &PlotLook::of(presenting)).clicked);
    let place = clicked.and_then(|(series, point)| figure.places.get(series)?.get(point).copied());
    if let Some(place) = place {
        ctx.state.networks.trade_off.chosen = Some(place);
        if let Some(scheme) = points.get(place).and_then(|point| point.method.scheme()) {
            ctx.set_scheme(scheme);
        }
    }
    if chosen.is_some() || !presenting {
        chosen_ui(ctx, subject, chosen.and_then(|chosen| points.get(chosen)), right, ui);
    }
}

fn controls_ui(ctx: &mut PageContext<'_>, subject: &Subject, running: bool, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let mut row = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)));
        row.spacing_mut().item_spacing.x = 10.0;
        network_ui(ctx, &mut row);
        data_ui(ctx, &mut row);
        preprocessing_ui(ctx, Some(subject.normalization), &mut row);
        label(&mut row, "Fine-tuning");
        let mut on = ctx.setup().network.fine_tuning;
        if segmented(&mut row, "Fine-tuning", &mut on, &[(true, "on"), (false, "off")]).changed() {
            let words = if on { "Fine-tuning on" } else { "Fine-tuning off" };
            ctx.edit(words, None, move |setup| setup.network.fine_tuning = on);
        }
        let place = Rect::from_min_max(pos2(inner.right() - 130.0, inner.top()), inner.max);
        let mut right = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Min)));
        measure_ui(ctx, running, &mut right);
    });
}

/// The button that starts the run, or ends it.
fn measure_ui(ctx: &mut PageContext<'_>, running: bool, ui: &mut Ui) {
    let (choice, fine_tuning) = (ctx.setup().network.choice.clone(), ctx.setup().network.fine_tuning);
    let page = &mut ctx.state.networks.trade_off;
    if running {
        if button::plain(ui, "Stop").clicked() {
            page.board.stop();
        }
    } else if button::filled(ui, "Measure").clicked() {
        page.runs += 1;
        page.board = Board::running();
        page.chosen = None;
        page.asked = Some(Asked { choice, fine_tuning, run: page.runs });
    }
}

/// The point that was clicked.
fn chosen_ui(ctx: &PageContext<'_>, subject: &Subject, point: Option<&Point>, rect: Rect, ui: &mut Ui) {
    let name = point.map(|point| view::name(point.method)).unwrap_or_default();
    let presenting = ctx.presenting;
    Card::new("Selected point").subtitle(&name).show(ui, rect, |ui| {
        let Some(point) = point else {
            return card::nothing(ui, "Click a point: its setting is loaded, its bytes are shown here");
        };
        let tokens = tokens(ui.ctx());
        let small = if presenting { theme::regular(15.0) } else { theme::body() };
        let float = subject.float_on(QUICK);
        let change = view::change(point, &float);
        ui.spacing_mut().item_spacing.y = 5.0;
        let mut line = |text: String, font, color| {
            ui.add(egui::Label::new(RichText::new(text).font(font).color(color)).wrap());
        };
        let smaller = format!("{} smaller", format::ratio(1.0 / point.share));
        line(smaller, theme::display(), tokens.accent);
        let accuracy = 100.0 * point.evaluation.accuracy().unwrap_or(f64::NAN);
        let (right, total) = (point.evaluation.correct as u64, point.evaluation.total() as u64);
        let (right, total) = (format::count(right), format::count(total));
        line(format!("{} %, {right} of {total} right", format::fixed(accuracy, 2)), small.clone(), tokens.text);
        let inside = float.accuracy().zip(float.interval());
        let inside = inside.is_some_and(|(accuracy, interval)| change >= 100.0 * (interval.low - accuracy));
        let (words, color) =
            if inside { ("within the 95 % interval", tokens.good) } else { ("below the 95 % interval", tokens.error) };
        line(format!("{} points, {words}", format::fixed(change, 2)), small, color);
        ui.add_space(6.0);
        let original = NetworkSize::float(&subject.network).bytes;
        let view = LedgerView::new(&point.size.ledger, "float32", original);
        ledger(ui, &view, &PlotLook::of(presenting));
    });
}
