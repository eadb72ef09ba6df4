//! A string of indices as bits: one of them can be flipped, and decoding loses its step.

use egui::{Align2, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Study;
use crate::app::context::PageContext;
use crate::app::setup::codebook::Coding;
use crate::app::theme::{self, tokens};
use crate::app::view::huffman::{Transmission, parse_symbols};
use crate::app::widgets::card::Card;
use crate::app::widgets::field::text_field;
use crate::app::widgets::figure;

/// Most bits of a string that are drawn.
const MOST_BITS: usize = 400;

pub(super) fn send_ui(ctx: &mut PageContext<'_>, study: &Study, coding: &Coding, rect: Rect, ui: &mut Ui) {
    Card::new("Encode, flip a bit, decode").show(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let suggestion = suggestion(study);
        let text = if coding.text.is_empty() { suggestion } else { coding.text.clone() };
        let mut typed = text.clone();
        let width = ui.available_width();
        if text_field(ui, "Indices to encode", &mut typed, "", width).changed() {
            ctx.edit("Indices to encode", None, move |setup| {
                setup.codebook.coding.text.clone_from(&typed);
                setup.codebook.coding.flipped = None;
            });
        }
        let symbols = match parse_symbols(&text, &study.code) {
            Ok(symbols) => symbols,
            Err(reason) => {
                ui.label(RichText::new(reason).font(theme::small()).color(tokens.error));
                return;
            }
        };
        let sent = Transmission::new(&study.code, &symbols, coding.flipped);
        let words = sent.words(study.bits);
        let broken = sent.right.iter().any(|right| !right);
        let color = if broken { tokens.error } else { tokens.muted };
        ui.label(RichText::new(words).font(theme::small_semibold()).color(color));
        figure::picture(
            ui,
            "Coded indices",
            || sent.table(),
            |ui| {
                egui::ScrollArea::both()
                    .id_salt("bits")
                    .auto_shrink(false)
                    .show(ui, |ui| bits_ui(ctx, study, &sent, ui));
            },
        );
    });
}

/// What stands in the field at first: indices of every frequency.
fn suggestion(study: &Study) -> String {
    let mut order: Vec<usize> = (0..study.counts.len()).filter(|&symbol| study.counts[symbol] > 0).collect();
    order.sort_by_key(|&symbol| (std::cmp::Reverse(study.counts[symbol]), symbol));
    let picked: Vec<String> = [0, 1, 0, 2, 4, 0, 3, 1, 7, 0, 2, 1]
        .iter()
        .filter_map(|&rank: &usize| order.get(rank % order.len().max(1)))
        .map(ToString::to_string)
        .collect();
    picked.join(" ")
}

/// Three rows that share their columns: what was sent, the bits, what is received.
fn bits_ui(ctx: &mut PageContext<'_>, study: &Study, sent: &Transmission, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let shown = sent.bits.len().min(MOST_BITS);
    let (cell, left) = (17.0, 62.0);
    let (rect, _) = ui.allocate_exact_size(vec2(left + shown as f32 * cell + 20.0, 92.0), Sense::hover());
    let levels = study.counts.len();
    let column = |bit: usize| rect.left() + left + bit as f32 * cell;
    for (row, name) in ["sent", "bits", "received"].into_iter().enumerate() {
        let at = pos2(rect.left(), rect.top() + 14.0 + row as f32 * 30.0);
        ui.painter().text(at, Align2::LEFT_CENTER, name, theme::small(), tokens.muted);
    }
    let span = |from: usize, to: usize, row: f32| {
        let top = rect.top() + 3.0 + row * 30.0;
        Rect::from_min_max(pos2(column(from) + 1.0, top), pos2(column(to) - 1.0, top + 22.0))
    };
    let mut from = 0;
    for (place, &symbol) in sent.sent.iter().enumerate() {
        let to = from + sent.bits[from..].iter().take_while(|bit| bit.owner == place).count();
        if to > shown {
            break;
        }
        let pair = tokens.level(symbol.into(), levels);
        let place = span(from, to, 0.0);
        ui.painter().rect_filled(place, theme::RADIUS_BAR, pair.fill);
        ui.painter().text(place.center(), Align2::CENTER_CENTER, symbol.to_string(), theme::cell(13.0), pair.text);
        from = to;
    }
    for (place, bit) in sent.bits.iter().enumerate().take(shown) {
        let at = span(place, place + 1, 1.0);
        let response = ui.interact(at, ui.scope_id().with(("bit", place)), Sense::CLICK);
        let said = format!("Bit {place}: {}", u8::from(bit.bit));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, bit.flipped, &said));
        let fill = match (bit.flipped, response.hovered()) {
            (true, _) => tokens.error_soft,
            (false, true) => tokens.hover,
            (false, false) => tokens.inset,
        };
        ui.painter().rect_filled(at, theme::RADIUS_BAR, fill);
        let color = if bit.flipped { tokens.error } else { tokens.text };
        if bit.flipped {
            ui.painter().rect_stroke(at, theme::RADIUS_BAR, (2.0, tokens.error), egui::StrokeKind::Inside);
        }
        let font = theme::cell(13.0);
        ui.painter().text(at.center(), Align2::CENTER_CENTER, u8::from(bit.bit).to_string(), font, color);
        if response.clicked() {
            let flipped = Some(place).filter(|_| !bit.flipped);
            ctx.edit(format!("Flip bit {place}"), None, move |setup| setup.codebook.coding.flipped = flipped);
        }
    }
    for (&(symbol, start, end), right) in sent.received.iter().zip(&sent.right) {
        if end > shown {
            break;
        }
        let place = span(start, end, 2.0);
        let pair = tokens.level(symbol.into(), levels);
        let (fill, text) = if *right { (pair.fill, pair.text) } else { (tokens.error_soft, tokens.error) };
        ui.painter().rect_filled(place, theme::RADIUS_BAR, fill);
        if !right {
            ui.painter().rect_stroke(place, theme::RADIUS_BAR, (1.5, tokens.error), egui::StrokeKind::Inside);
        }
        ui.painter().text(place.center(), Align2::CENTER_CENTER, symbol.to_string(), theme::cell(13.0), text);
    }
    let received: Vec<String> = sent.received.iter().map(|(symbol, ..)| symbol.to_string()).collect();
    let strip = Rect::from_min_max(pos2(rect.left(), rect.top() + 62.0), rect.max);
    let response = ui.interact(strip, ui.scope_id().with("received"), Sense::hover());
    let said = format!("Received: {}", received.join(" "));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
}
