//! What a built-in network loses when its weights become signs: measured here.

use std::sync::Arc;

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::pages::networks::choice::network_ui;
use crate::app::study::{self, Outcome, QUICK};
use crate::app::theme::{self, tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::engine::Cancelled;
use crate::engine::network::{Evaluation, Layers, Subject};
use crate::engine::quantize::{QuantizeError, Scheme};

/// The schemes that every layer goes through.
const SCHEMES: [(&str, &str); 7] = [
    ("sign", "binary:scale=none"),
    ("α · sign", "binary"),
    ("α · sign, per channel", "binary:per=channel"),
    ("ternary, TWN", "ternary"),
    ("ternary, BitNet", "ternary:threshold=absmean"),
    ("ternary, optimal", "ternary:threshold=optimal"),
    ("ternary, optimal, per channel", "ternary:threshold=optimal,per=channel"),
];

/// Those of them that a presentation shows.
const FEW: [&str; 4] = ["sign", "α · sign", "ternary, TWN", "ternary, optimal"];

/// A scheme and what the network answers under it.
type Row = (&'static str, Scheme, Outcome<Evaluation>);

fn measure(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<Derived<Vec<Row>>> {
    let subject = Arc::clone(subject);
    let choice = ctx.setup().network.choice.clone();
    ctx.derive("signs/networks", "Networks of signs", choice, move |_, handle| {
        let Ok(subject) = subject.as_ref() else { return Ok(Vec::new()) };
        let row = |(name, text): (&'static str, &str)| -> Result<Row, Cancelled> {
            let scheme: Scheme = text.parse().expect("the card's schemes are constants");
            let outcome = match subject.measure(&scheme, Layers::All, QUICK, handle) {
                Ok(measured) => Ok(measured.evaluation),
                Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
                Err(QuantizeError::Unfit(reason)) => Err(reason),
            };
            Ok((name, scheme, outcome))
        };
        SCHEMES.into_iter().map(row).collect()
    })
}

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let subject = study::subject_of(ctx);
    let rows = subject.as_ref().and_then(|subject| measure(ctx, subject));
    let look = PlotLook::of(ctx.presenting);
    let subtitle = format!("measured on {} pictures, without training", format::count(QUICK as u64));
    let current = ctx.scheme().clone();
    let mut clicked = None;
    let presenting = ctx.presenting;
    let card = Card::new("What a network loses").subtitle(&subtitle).or_shorter("measured, 2,000 pictures");
    card.trailing(|ui| {
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
        let Some(rows) = rows.filter(|rows| !rows.stale) else { return card::nothing(ui, "Measuring") };
        let float = subject.float_on(QUICK);
        // A lecture hall reads half as many rows.
        let few = |(name, ..): &&Row| FEW.contains(name);
        let rows: Vec<Row> =
            if presenting { rows.value.iter().filter(few).cloned().collect() } else { rows.value.to_vec() };
        clicked = rows_ui(ui, &float, &rows, &current, &look);
    });
    if let Some(scheme) = clicked {
        ctx.set_scheme(scheme);
    }
}

fn accuracy(evaluation: &Evaluation) -> f64 {
    100.0 * evaluation.accuracy().unwrap_or(f64::NAN)
}

/// Draws the rows; the scheme that was clicked.
fn rows_ui(ui: &mut Ui, float: &Evaluation, rows: &[Row], current: &Scheme, look: &PlotLook) -> Option<Scheme> {
    let tokens = tokens(ui);
    figure::table_area(ui, "What a network loses", || table(float, rows));
    let area = ui.max_rect();
    let size = look.caption.size;
    let line = (area.height() / (rows.len() + 1) as f32).min(52.0);
    let (name_width, number_width) = (size * if rows.len() > FEW.len() { 13.5 } else { 7.5 }, size * 9.6);
    let bars = (area.width() - name_width - number_width - 16.0).max(12.0);
    let full = accuracy(float);
    let mut clicked = None;
    let draw = |ui: &mut Ui, place: usize, name: &str, found: &Outcome<Evaluation>, on: bool, color| {
        let row = Rect::from_min_size(area.min + vec2(0.0, place as f32 * line), vec2(area.width(), line));
        let sense = if place == 0 { Sense::hover() } else { Sense::click() };
        let response = ui.interact(row, ui.scope_id().with(("loss", place)), sense);
        if on || (place > 0 && response.hovered()) {
            let fill = if on { tokens.select } else { tokens.hover };
            ui.painter().rect_filled(row.expand2(vec2(8.0, 0.0)), theme::RADIUS_BIT, fill);
        }
        let y = row.center().y;
        let galley = theme::truncated(ui, name, theme::regular(size), tokens.text, name_width);
        ui.painter().galley(pos2(row.left(), y - galley.size().y / 2.0), galley, tokens.text);
        let said = match found {
            Err(reason) => {
                let left = row.left() + name_width + 8.0;
                let text = theme::truncated(ui, reason, look.caption.clone(), tokens.muted, row.right() - left);
                ui.painter().galley(pos2(left, y - text.size().y / 2.0), text, tokens.muted);
                format!("{name}: {reason}")
            }
            Ok(evaluation) => {
                let own = accuracy(evaluation);
                let bar = vec2((bars * (own / 100.0) as f32).max(1.5), (line * 0.5).min(16.0));
                let at = pos2(row.left() + name_width + 8.0, y - bar.y / 2.0);
                ui.painter().rect_filled(Rect::from_min_size(at, bar), theme::RADIUS_BAR, color);
                let number = format!("{} %", format::fixed(own, 1));
                let split = pos2(row.right() - size * 4.0, y);
                ui.painter().text(split, Align2::RIGHT_CENTER, &number, theme::cell(size), tokens.text);
                let change = if place == 0 { String::new() } else { format::fixed(own - full, 1) };
                let right = pos2(row.right(), y);
                ui.painter().text(right, Align2::RIGHT_CENTER, &change, look.caption.clone(), tokens.muted);
                format!("{name}: {number}, {} of {} right", evaluation.correct, evaluation.total())
            }
        };
        let role = if place == 0 { Role::Label } else { Role::Button };
        response.widget_info(|| WidgetInfo::labeled(role, true, &said));
        theme::focus_ring(ui, &response, row.expand2(vec2(6.0, -1.0)));
        response
    };
    draw(ui, 0, "float32", &Ok(float.clone()), false, tokens.real);
    for (place, (name, scheme, found)) in rows.iter().enumerate() {
        let response = draw(ui, place + 1, name, found, scheme == current, tokens.accent);
        if response.clicked() {
            clicked = Some(scheme.clone());
        }
        response.on_hover_text(scheme.to_string());
    }
    clicked
}

fn table(float: &Evaluation, rows: &[Row]) -> Table {
    let mut table = Table::new("What a network loses", &["weights", "scheme", "right", "pictures", "accuracy, %"]);
    let row = |name: &str, scheme: String, found: Option<&Evaluation>| {
        let count = |value: Option<usize>| Cell::optional(value.map(|value| value as f64));
        vec![
            Cell::Text(name.to_owned()),
            Cell::Text(scheme),
            count(found.map(|found| found.correct)),
            count(found.map(Evaluation::total)),
            Cell::optional(found.map(accuracy)),
        ]
    };
    table.rows.push(row("float32", String::new(), Some(float)));
    table.rows.extend(rows.iter().map(|(name, scheme, found)| row(name, scheme.to_string(), found.as_ref().ok())));
    table
}
