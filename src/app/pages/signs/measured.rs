//! What a built-in network loses when its weights become signs, and what it wins back by training: measured here.

use std::sync::Arc;

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::training;
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::pages::linear::parts::{note, row_in};
use crate::app::pages::networks::choice::network_ui;
use crate::app::session::Action;
use crate::app::study::{self, Outcome, QUICK};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signs::losses::{After, EPOCHS, PICTURES, Row, WAYS, accuracy, right, table};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::Cancelled;
use crate::engine::network::{Evaluation, Layers, Subject};
use crate::engine::quantize::{QuantizeError, Scheme};
use crate::sources::DataSource;

/// Height of the row with the training's button.
const FOOT: f32 = 32.0;
/// Between a name, its bars and its numbers.
const BETWEEN: f32 = 8.0;

fn measure(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<Derived<Vec<Outcome<Evaluation>>>> {
    let subject = Arc::clone(subject);
    let choice = ctx.setup().network.choice.clone();
    ctx.derive("signs/networks", "Networks of signs", choice, move |_, handle| {
        let Ok(subject) = subject.as_ref() else { return Ok(Vec::new()) };
        let one = |scheme: Scheme| -> Result<Outcome<Evaluation>, Cancelled> {
            match subject.measure(&scheme, Layers::All, QUICK, handle) {
                Ok(measured) => Ok(Ok(measured.evaluation)),
                Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
                Err(QuantizeError::Unfit(reason)) => Ok(Err(reason)),
            }
        };
        WAYS.iter().map(|way| one(way.scheme())).collect()
    })
}

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let subject = study::subject_of(ctx);
    let before = subject.as_ref().and_then(|subject| measure(ctx, subject));
    training::go_on(ctx);
    let mut epochs = EPOCHS[0];
    if ctx.state.signs.epochs > 0 {
        epochs = ctx.state.signs.epochs;
    }
    let (after, running) = ctx.state.signs.trainings.read(&ctx.setup().network.choice, epochs);
    let look = PlotLook::of(ctx.presenting);
    let count = subject.as_ref().and_then(|subject| subject.as_ref().as_ref().ok()).map(|of| of.data.len().min(QUICK));
    let subtitle =
        count.map_or_else(String::new, |count| format!("measured on {} pictures", format::count(count as u64)));
    let current = ctx.scheme().clone();
    let mut clicked = None;
    let presenting = ctx.presenting;
    let mut asked = None;
    // A data set may have fewer.
    let most = if ctx.setup().network.choice.data == DataSource::Digits { "" } else { "up to " };
    Card::new("Lost and won back")
        .subtitle(&subtitle)
        .or_shorter("")
        .trailing(|ui| {
            if !presenting {
                network_ui(ctx, ui);
            }
        })
        .show(ui, rect, |ui| {
            let Some(subject) = &subject else { return card::nothing(ui, "The network answers in float32 first") };
            let subject = match subject.as_ref() {
                Ok(subject) => subject,
                Err(reason) => return card::nothing(ui, reason),
            };
            let Some(before) = before.filter(|before| !before.stale) else { return card::nothing(ui, "Measuring") };
            let float = subject.float_on(QUICK);
            let rows = WAYS.iter().zip(before.value.iter()).zip(&after);
            let rows: Vec<Row> = rows
                .map(|((way, before), after)| Row { way: *way, before: before.clone(), after: after.clone() })
                .filter(|row| !presenting || row.way.main)
                .collect();
            let area = ui.max_rect();
            let foot = if presenting { 0.0 } else { FOOT };
            let upper = area.with_max_y(area.bottom() - foot);
            clicked = rows_ui(ui, upper, (&float, &rows, epochs), &current, &look);
            if foot > 0.0 {
                let mut row = row_in(ui, "training", area.with_min_y(upper.bottom() + 4.0));
                asked = foot_ui(&rows, running, (&mut epochs, most), &mut row);
            }
        });
    ctx.state.signs.epochs = epochs;
    match (asked, subject) {
        (Some(Asked::Start), Some(subject)) => {
            let choice = ctx.setup().network.choice.clone();
            ctx.state.signs.trainings.start((choice, epochs), subject);
        }
        (Some(Asked::Stop), _) => ctx.state.signs.trainings.stop(),
        (Some(Asked::Curves), _) => {
            let way = WAYS.iter().find(|way| way.scheme() == current).unwrap_or(&WAYS[2]);
            let recipe = way.recipe(epochs);
            let what = format!("Train under {}", recipe.regime);
            ctx.edit(what, None, move |setup| setup.network.training = recipe.clone());
            ctx.act(Action::ShowPage("train"));
        }
        _ => {}
    }
    if let Some(scheme) = clicked {
        ctx.set_scheme(scheme);
    }
}

/// What was asked for below the rows.
#[derive(Clone, Copy)]
enum Asked {
    Start,
    Stop,
    Curves,
}

/// The button of the training, what it does, and the way to its curves.
fn foot_ui(rows: &[Row], running: bool, (epochs, most): (&mut usize, &str), ui: &mut Ui) -> Option<Asked> {
    ui.spacing_mut().item_spacing.x = 10.0;
    let mut asked = None;
    let all = rows.iter().all(|row| row.after.evaluation().is_some());
    let how = format!("on {most}{} pictures a row, straight through", format::count(PICTURES as u64));
    if running {
        if button::plain(ui, "Stop").clicked() {
            asked = Some(Asked::Stop);
        }
    } else if all {
        button::disabled(ui, "Train", "Every row is trained");
    } else {
        let response = button::filled(ui, "Train");
        if response.clicked() {
            asked = Some(Asked::Start);
        }
        response.on_hover_text(format!("Every row from the float32 weights, {how}"));
    }
    let words = |epochs: usize| if epochs == 1 { "1 epoch".to_owned() } else { format!("{epochs} epochs") };
    let mut options = EPOCHS.map(|epochs| (epochs, words(epochs), ""));
    options.sort_by_key(|(epochs, ..)| *epochs);
    select(ui, "Epochs", epochs, &options);
    if ui.available_width() > 190.0 {
        note(ui, &how);
    }
    if button::link(ui, "Curves", "Curves on the page Train").clicked() {
        asked = Some(Asked::Curves);
    }
    asked
}

/// Where the parts of a row are.
struct Columns {
    name: f32,
    bars: f32,
    /// Right ends of the two numbers.
    numbers: [f32; 2],
    /// Whether the difference stands beside a number.
    changes: bool,
}

impl Columns {
    fn new(width: f32, size: f32, presenting: bool) -> Self {
        let name = size * if presenting { 9.6 } else { 9.8 };
        let number = size * 4.3;
        let changes = width > name + 2.0 * size * 8.0 + 80.0;
        let each = if changes { number + size * 3.4 } else { number };
        let bars = (width - name - 2.0 * each - 3.0 * BETWEEN).max(12.0);
        let first = name + bars + 2.0 * BETWEEN + number;
        Self { name, bars, numbers: [first, first + each + BETWEEN], changes }
    }
}

/// Draws the rows; the scheme that was clicked.
fn rows_ui(
    ui: &mut Ui,
    area: Rect,
    (float, rows, epochs): (&Evaluation, &[Row], usize),
    current: &Scheme,
    look: &PlotLook,
) -> Option<Scheme> {
    let tokens = tokens(ui);
    figure::table_area(ui, "What a network loses and wins back", || table(float, rows, epochs));
    let size = look.caption.size;
    let head = size + 4.0;
    let line = ((area.height() - head) / (rows.len() + 1) as f32).min(52.0);
    let columns = Columns::new(area.width(), size, rows.len() < WAYS.len());
    let full = accuracy(float);
    let mut clicked = None;
    let put = |ui: &Ui, right: f32, y: f32, text: &str, font: egui::FontId, color: Color32| {
        ui.painter().text(pos2(area.left() + right, y), Align2::RIGHT_CENTER, text, font, color);
    };
    let heads = [("as they are", columns.numbers[0], tokens.muted), ("trained", columns.numbers[1], tokens.accent)];
    for (text, right, color) in heads {
        put(ui, right, area.top() + head / 2.0, text, look.caption.clone(), color);
    }
    for place in 0..=rows.len() {
        let row = place.checked_sub(1).map(|place| &rows[place]);
        let top = area.top() + head + place as f32 * line;
        let rect = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), line));
        let sense = if row.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, ui.scope_id().with(("loss", place)), sense);
        let scheme = row.map(|row| row.way.scheme());
        let on = scheme.as_ref() == Some(current);
        if on || (row.is_some() && response.hovered()) {
            let fill = if on { tokens.select } else { tokens.hover };
            ui.painter().rect_filled(rect.expand2(vec2(8.0, 0.0)), theme::RADIUS_BIT, fill);
        }
        let y = rect.center().y;
        let name = row.map_or("float32", |row| row.way.name);
        let galley = theme::truncated(ui, name, theme::regular(size), tokens.text, columns.name);
        ui.painter().galley(pos2(rect.left(), y - galley.size().y / 2.0), galley, tokens.text);
        let left = rect.left() + columns.name + BETWEEN;
        // Two bars share the height: before above, after below.
        let bar = |share: f64, slot: Option<usize>, color: Color32| {
            let height = if slot.is_some() { (line * 0.28).min(9.0) } else { (line * 0.5).min(16.0) };
            let top = match slot {
                None => y - height / 2.0,
                Some(0) => y - height - 1.0,
                Some(_) => y + 1.0,
            };
            let size = vec2((columns.bars * share as f32).max(1.5), height);
            ui.painter().rect_filled(Rect::from_min_size(pos2(left, top), size), theme::RADIUS_BAR, color);
        };
        let number = |place: usize, evaluation: &Evaluation, reference: Option<f64>| {
            let own = accuracy(evaluation);
            let right = columns.numbers[place];
            put(ui, right, y, &format!("{} %", format::fixed(own, 1)), theme::cell(size), tokens.text);
            if let Some(reference) = reference.filter(|_| columns.changes) {
                let sign = if own > reference { "+" } else { "" };
                let change = format!("{sign}{}", format::fixed(own - reference, 1));
                put(ui, right + size * 3.2, y, &change, look.caption.clone(), tokens.muted);
            }
        };
        let Some(row) = row else {
            bar(full / 100.0, None, tokens.real);
            number(0, float, None);
            let said = format!("float32: {} %, {}", format::fixed(full, 1), right(float));
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
            continue;
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, row.words()));
        theme::focus_ring(ui, &response, rect.expand2(vec2(6.0, -1.0)));
        match &row.before {
            Err(reason) => {
                let text = theme::truncated(ui, reason, look.caption.clone(), tokens.muted, rect.right() - left);
                ui.painter().galley(pos2(left, y - text.size().y / 2.0), text, tokens.muted);
            }
            Ok(before) => {
                let untrained = row.after == After::Not;
                let color = if untrained { tokens.accent } else { tokens.muted };
                bar(accuracy(before) / 100.0, (!untrained).then_some(0), color);
                number(0, before, Some(full));
                let right = columns.numbers[1];
                match &row.after {
                    After::Not => {}
                    After::Running(share) => {
                        bar(*share, Some(1), tokens.grid);
                        let text = format::percent(*share);
                        put(ui, right, y, &text, look.caption.clone(), tokens.muted);
                    }
                    After::Done(Ok(after)) => {
                        bar(accuracy(after) / 100.0, Some(1), tokens.accent);
                        number(1, after, Some(full));
                    }
                    After::Done(Err(_)) => put(ui, right, y, "stopped", look.caption.clone(), tokens.error),
                }
            }
        }
        if response.clicked() {
            clicked = scheme.clone();
        }
        let hint = match &row.after {
            After::Done(Err(reason)) => reason.clone(),
            _ => scheme.map_or_else(String::new, |scheme| scheme.to_string()),
        };
        response.on_hover_text(hint);
    }
    clicked
}
