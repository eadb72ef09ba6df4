//! Accuracy, the pictures that changed class, the confusion, the layers.

use std::sync::Arc;

use egui::{Align2, Color32, Rect, RichText, Ui, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::session::Action;
use crate::app::study::Study;
use crate::app::theme::{self, tokens};
use crate::app::view::accuracy::{self, Confusion, Headline};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::confusion::confusion;
use crate::app::widgets::figure;
use crate::app::widgets::pictures::Picture;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::network::{Change, Measured, Subject};

/// The subject with its newest measurement, and whether that is of an older setting; or why there is none.
fn newest(study: &Study) -> Result<(&Subject, &Measured, bool), String> {
    let waiting = || "Measuring".to_owned();
    let subject = study.subject.as_ref().ok_or_else(|| "The network answers in float32 first".to_owned())?;
    let subject = subject.as_ref().as_ref().map_err(Clone::clone)?;
    let derived = study.measured.as_ref().ok_or_else(waiting)?;
    let measured = derived.value.as_ref().as_ref().map_err(Clone::clone)?;
    Ok((subject, measured, derived.stale))
}

/// A number that differs for every measurement that is kept.
fn place(study: &Study) -> usize {
    study.measured.as_ref().map_or(0, |derived| Arc::as_ptr(&derived.value) as usize)
}

/// The accuracy, and the curve over all widths.
pub fn accuracy_ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let found = newest(study);
    let stale = found.as_ref().is_ok_and(|(.., stale)| *stale);
    let clicked = Card::new("Accuracy").subtitle(if stale { "updating" } else { "measured" }).show(ui, rect, |ui| {
        let (subject, measured) = match &found {
            Ok((subject, measured, _)) => (*subject, *measured),
            Err(reason) => {
                card::nothing(ui, reason);
                return None;
            }
        };
        let room = ui.available_rect_before_wrap();
        let wide = (room.width() * 0.38).clamp(210.0, 330.0);
        let numbers = Rect::from_min_size(room.min, vec2(wide, room.height()));
        if let Some(headline) = accuracy::headline(subject, measured) {
            headline_ui(ui, numbers, &headline, stale, ctx.presenting);
        }
        let plot = Rect::from_min_max(pos2(numbers.right() + 20.0, room.top()), room.max);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(plot));
        let points = study.curve.as_ref().filter(|curve| !curve.stale).map(|curve| curve.value.as_ref());
        match points {
            Some(Ok(points)) if !points.is_empty() => {
                let drawn = accuracy::chart(subject, points, study.curve_of, ctx.scheme().bits());
                let clicked = chart(&mut child, &drawn, &PlotLook::of(ctx.presenting)).clicked;
                clicked.and_then(|(_, point)| points.get(point)).map(|point| point.bits)
            }
            Some(Ok(_)) => {
                card::nothing(&mut child, "This kind of quantizer has one width");
                None
            }
            Some(Err(reason)) => {
                card::nothing(&mut child, reason);
                None
            }
            None => {
                let why = match ctx.setup().network.widths() {
                    Some(_) => "Every layer has a width of its own: choose them under Layers",
                    None => "Measuring every width",
                };
                card::nothing(&mut child, why);
                None
            }
        }
    });
    if let Some(scheme) = clicked.and_then(|bits| ctx.scheme().with_bits(bits).ok()) {
        ctx.act(Action::SetScheme { scheme, gesture: None });
    }
}

fn headline_ui(ui: &mut Ui, rect: Rect, headline: &Headline, stale: bool, presenting: bool) {
    let tokens = tokens(ui.ctx());
    let fade = |color: Color32| if stale { color.gamma_multiply(theme::STALE) } else { color };
    let small = if presenting { theme::regular(15.0) } else { theme::body() };
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    child.spacing_mut().item_spacing.y = 6.0;
    let mut line = |text: &str, font, color| {
        child.add(egui::Label::new(RichText::new(text).font(font).color(fade(color))).wrap());
    };
    line(&headline.accuracy, theme::display(), tokens.accent);
    line(&headline.interval, small.clone(), tokens.muted);
    let loss = if headline.is_loss { tokens.error } else { tokens.text };
    line(&headline.loss, theme::semibold(if presenting { 17.0 } else { 15.0 }), loss);
    line(&format!("{} smaller", headline.ratio), theme::metric(), tokens.text);
    line(&headline.bytes, small, tokens.muted);
}

/// The pictures whose class changed.
pub fn pictures_ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let title = "Pictures that changed class";
    let (subject, measured, stale) = match newest(study) {
        Ok(found) => found,
        Err(_) => return card::card(ui, rect, title, "", |ui| card::nothing(ui, "No measurement yet")),
    };
    let key = place(study);
    let page = &mut ctx.state.accuracy;
    let changes = page.changes.get(&key, |_| subject.changes(&measured.evaluation)).clone();
    let words = accuracy::change_words(&changes);
    if page.wall_of != Some(key) {
        page.wall_of = Some(key);
        let picture = |change: &Change| picture(subject, change);
        let pictures = changes.iter().take(crate::app::widgets::pictures::MOST).map(picture).collect();
        page.wall.set(ui, pictures, [subject.data.shape[1], subject.data.shape[2]]);
    }
    let subtitle = if stale { "updating" } else { words.as_str() };
    card::card(ui, rect, title, subtitle, |ui| {
        if changes.is_empty() {
            return card::nothing(ui, "Every answer is as in float32");
        }
        let summary = format!("{title}: {words}");
        let table = || accuracy::changes_table(title, &changes, &subject.data.classes);
        page.wall.show(ui, changes.len(), [title, &summary], &PlotLook::of(ctx.presenting), table);
    });
}

fn picture(subject: &Subject, change: &Change) -> Picture {
    let class = |index: u16| subject.data.classes.get(usize::from(index)).map_or("?", String::as_str);
    let (label, float, quantized) = (class(change.label), class(change.float), class(change.quantized));
    Picture {
        caption: format!("{float} → {quantized}"),
        wrong: !change.became_right(),
        words: format!("Picture {}, a {label}: {float} in float32, {quantized} with quantized weights", change.picture),
        pixels: subject.data.picture(change.picture).to_vec(),
    }
}

/// Classes by answers.
pub fn confusion_ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let Ok((subject, measured, stale)) = newest(study) else {
        return card::card(ui, rect, "Confusion", "", |ui| card::nothing(ui, "No measurement yet"));
    };
    let key = place(study);
    let look = PlotLook::of(ctx.presenting);
    let table = ctx.state.accuracy.confusion.get(&key, |_| Confusion::new(subject, &measured.evaluation));
    card::card(ui, rect, "Confusion", if stale { "updating" } else { "" }, |ui| {
        confusion(ui, table, &look);
    });
}

/// Every layer with its signal-to-noise ratio and size, and its width where each has its own.
pub fn layers_ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let Ok((subject, measured, stale)) = newest(study) else {
        return card::card(ui, rect, "Layers", "", |ui| card::nothing(ui, "No measurement yet"));
    };
    let rows = accuracy::layers(subject, measured);
    let widths = ctx.setup().network.widths();
    card::card(ui, rect, "Layers", if stale { "updating" } else { "SQNR in dB" }, |ui| {
        let tokens = tokens(ui.ctx());
        let look = PlotLook::of(ctx.presenting);
        figure::table_area(ui, "Layers", || accuracy::layers_table(&rows));
        let room = ui.available_rect_before_wrap();
        let right = [0.40, 0.59, 0.77, 1.0].map(|share| room.left() + room.width() * share);
        let (head, _) = ui.allocate_exact_size(vec2(room.width(), 18.0), egui::Sense::hover());
        let first = if widths.is_some() { "bits" } else { "count" };
        for (x, text) in right.iter().zip([first, "weights", "outputs", "ratio"]) {
            let at = pos2(*x, head.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, text, theme::small(), tokens.muted);
        }
        let height = if widths.is_some() { theme::CONTROL + 2.0 } else { 20.0 };
        egui::ScrollArea::vertical().id_salt("layers").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (place, row) in rows.iter().enumerate() {
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
                let words = format!(
                    "{}: {} weights, SQNR of weights {}, of activations {}, {}",
                    row.name, row.weights, row.sqnr, row.activations, row.ratio
                );
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
                let y = line.center().y;
                let painter = ui.painter();
                let first = usize::from(widths.is_some());
                let columns = [&row.weights, &row.sqnr, &row.activations, &row.ratio];
                // Files name their layers at length: what does not fit before the first column is cut.
                let taken = match widths {
                    Some(_) => 92.0,
                    None => painter.layout_no_wrap(row.weights.clone(), look.mono.clone(), tokens.text).size().x,
                };
                let room = (right[0] - taken - 8.0 - line.left()).max(1.0);
                let name = theme::truncated_middle(ui, &row.name, theme::control(), tokens.text, room);
                painter.galley(pos2(line.left(), y - 0.5 * name.size().y), name, tokens.text);
                for (x, text) in right.iter().zip(columns).skip(first) {
                    painter.text(pos2(*x, y), Align2::RIGHT_CENTER, text, look.mono.clone(), tokens.text);
                }
                if let Some(bits) = widths.and_then(|widths| widths.get(place)) {
                    let at = Rect::from_min_max(pos2(right[0] - 92.0, line.top()), pos2(right[0], line.bottom()));
                    width_ui(ctx, ui, at, (place, &row.name), *bits);
                }
            }
        });
    });
}

/// The width of a layer's codes.
fn width_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, rect: Rect, (place, name): (usize, &str), bits: Option<u32>) {
    let mut chosen = bits;
    let mut options = vec![(None, "float32".to_owned(), "The weights stay as they are")];
    options.extend((1..=8).map(|bits| (Some(bits), bits.to_string(), "")));
    if let Some(bits) = bits.filter(|bits| *bits > 8) {
        options.push((Some(bits), bits.to_string(), ""));
    }
    let builder = egui::UiBuilder::new().id_salt(("width", place)).max_rect(rect);
    let mut child = ui.new_child(builder.layout(egui::Layout::right_to_left(egui::Align::Center)));
    if select(&mut child, &format!("Bits of {name}"), &mut chosen, &options).changed() {
        let what = match chosen {
            Some(bits) => format!("Bits of {name}: {bits}"),
            None => format!("{name} in float32"),
        };
        ctx.edit(what, None, move |setup| {
            let own = setup.network.each.as_mut().and_then(|each| each.bits.get_mut(place));
            if let Some(own) = own {
                *own = chosen;
            }
        });
    }
}
