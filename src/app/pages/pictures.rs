//! The page of pictures: original and quantized, the palette, the colours in their space, error and size.

mod controls;
mod layout;
mod side;

use std::sync::Arc;

use egui::{Rect, RichText, Ui, UiBuilder, pos2};

use super::Link;
use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::pictures::{self, Answer, Study};
use crate::app::session::Session;
use crate::app::setup::Pictures;
use crate::app::state::UiState;
use crate::app::theme::{self, tokens};
use crate::app::view::chart::Chart;
use crate::app::view::colour_space::Turn;
use crate::app::view::format;
use crate::app::view::picture::{hex, method_name};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::palette_strip::palette_strip;
use crate::app::widgets::picture_view::{Look, PictureView};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use layout::Areas;
use side::Tab;

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| setup.pictures.recipe.to_string(),
    parse: |setup, text| {
        setup.pictures = Pictures { curves: setup.pictures.curves.clone(), ..Pictures::parse(text)? };
        Ok(())
    },
    defaults: |setup| setup.pictures = Pictures::default(),
    bits: |setup| {
        let colours = setup.pictures.recipe.count();
        colours.is_power_of_two().then(|| colours.ilog2())
    },
    take_bits: |setup, bits| {
        let recipe = &mut setup.pictures.recipe;
        let takes = recipe.takes_colours();
        if takes {
            recipe.colours = 1 << bits;
        }
        takes
    },
};

/// What the eye needs of this page.
#[derive(Default)]
pub struct PicturesPage {
    view: PictureView,
    turn: Turn,
    tab: Tab,
    channel: usize,
    /// The iteration of k-means that is shown; none shows the end.
    step: Option<usize>,
    histogram: Memo<(usize, usize), Chart>,
    curve: Memo<(usize, usize), Chart>,
    said: Vec<String>,
}

/// What the status bar says.
pub fn status(_session: &Session, state: &UiState) -> Vec<String> {
    state.pictures.said.clone()
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let study = pictures::study(ctx);
    ctx.state.pictures.said = said(&study);
    let canvas = ui.max_rect();
    let areas = Areas::new(canvas, ctx.presenting);
    if areas.height <= canvas.height() {
        return all(ctx, &study, &areas, ui);
    }
    egui::ScrollArea::vertical().id_salt("pictures page").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), areas.height), egui::Sense::hover());
        let areas =
            Areas::new(Rect::from_min_size(rect.min, egui::vec2(rect.width(), canvas.height())), ctx.presenting);
        all(ctx, &study, &areas, ui);
    });
}

fn said(study: &Study) -> Vec<String> {
    let Some(derived) = &study.answer else { return vec![study.name.clone()] };
    let answer = &derived.value;
    let pixels = format::count(answer.original.pixels.len() as u64);
    let exact = match (derived.stale, &answer.file) {
        (true, _) => "updating".to_owned(),
        (false, None) => format!("preview from {pixels} pixels"),
        (false, Some(_)) => format!("exact, all {pixels} pixels"),
    };
    let size = format!("{}, {} × {}", study.name, answer.original.width, answer.original.height);
    let rules = study.subject.as_ref().map_or(0, |subject| subject.rules.len());
    let note = match rules {
        0 => String::new(),
        1 => study.subject.as_ref().map_or_else(String::new, |subject| subject.rules[0].clone()),
        more => format!("read by {more} rules: see Size"),
    };
    [size, exact, note].into_iter().filter(|piece| !piece.is_empty()).collect()
}

fn all(ctx: &mut PageContext<'_>, study: &Study, areas: &Areas, ui: &mut Ui) {
    if let Some(rect) = areas.controls {
        controls::ui(ctx, study, rect, ui);
    }
    let refusal = match &study.subject {
        Some(subject) => subject.picture.as_ref().err().cloned(),
        None => Some("Reading the picture".to_owned()),
    };
    let Some(answer) = study.answer.as_ref().filter(|_| refusal.is_none()) else {
        let reason = refusal.unwrap_or_else(|| "Reducing the picture".to_owned());
        return card::card(ui, areas.picture, "Picture", "", |ui| card::nothing(ui, &reason));
    };
    picture_ui(ctx, study, &answer.value, answer.stale, areas.picture, ui);
    side::ui(ctx, study, &answer.value, answer.stale, areas, ui);
}

fn picture_ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, stale: bool, rect: Rect, ui: &mut Ui) {
    let presenting = ctx.presenting;
    let look = PlotLook::of(presenting);
    let page = &mut ctx.state.pictures;
    // While there is only a preview the original is still shown whole.
    let whole = study.subject.as_ref().and_then(|subject| subject.picture.as_ref().ok()).unwrap_or(&answer.original);
    let reduced = &answer.reduced;
    let title = format!("{}, {} colours", method_name(&reduced.recipe), reduced.palette.len());
    let kept = reduced.recipe.dither == crate::engine::media::picture::Dither::None && answer.measures.changed == 0;
    let subtitle = match (stale, &answer.file) {
        (true, _) => "updating".to_owned(),
        (false, None) => "preview".to_owned(),
        (false, Some(_)) if kept => format!("of {}: every colour kept", format::count(reduced.distinct as u64)),
        (false, Some(_)) => format!("of {}", format::count(reduced.distinct as u64)),
    };
    let mut view = std::mem::take(&mut page.view);
    let sides = [whole.width, whole.height];
    let mut wished = None;
    let trailing = |ui: &mut Ui| {
        if button::small(ui, "+", "Zoom in").clicked() {
            wished = Some((1.5, false));
        }
        if button::small(ui, "−", "Zoom out").clicked() {
            wished = Some((1.0 / 1.5, false));
        }
        if button::small(ui, "1", "A pixel a dot").clicked() {
            wished = Some((1.0, true));
        }
        let fit = ui.add_enabled_ui(!view.is_fit(), |ui| button::plain(ui, "Fit")).inner;
        if fit.clicked() {
            view.fit();
        }
        let choices = [(Look::Split, "Split"), (Look::Pair, "Pair"), (Look::Error, "Error")];
        segmented(ui, "View", &mut view.look, &choices);
    };
    let mut card = Card::new(&title).subtitle(&subtitle);
    if !presenting {
        card = card.trailing(trailing);
    }
    // The card's closure needs the view that its title has just changed.
    let inner = Rect::from_min_max(
        pos2(rect.left() + theme::PADDING, rect.top() + theme::CONTENT_TOP),
        pos2(rect.right() - theme::PADDING, rect.bottom() - 10.0),
    );
    card.show(ui, rect, |_| ());
    if let Some((factor, exact)) = wished {
        view.zoom(factor, exact, sides);
    }
    let strip = if presenting { 52.0 } else { 44.0 };
    let line = if presenting { 0.0 } else { 26.0 };
    let picture = inner.with_max_y(inner.bottom() - strip - line - 6.0);
    let mut child = ui.new_child(UiBuilder::new().id_salt("picture").max_rect(picture));
    view.show(&mut child, whole, reduced, stale, &look);
    if !presenting {
        let words = Rect::from_min_max(
            pos2(inner.left(), picture.bottom() + 2.0),
            pos2(inner.right(), picture.bottom() + line),
        );
        foot_ui(&view.words(whole, reduced), study, answer, words, ui);
    }
    let below = inner.with_min_y(inner.bottom() - strip);
    let mut child = ui.new_child(UiBuilder::new().id_salt("palette").max_rect(below));
    palette_strip(&mut child, reduced, &look);
    ctx.state.pictures.view = view;
}

/// The name of what saves the picture.
const PNG: &str = "Save the picture as a palette PNG";

/// The pixel that is pointed at, and what can be taken away.
fn foot_ui(words: &str, study: &Study, answer: &Answer, rect: Rect, ui: &mut Ui) {
    let builder = UiBuilder::new().id_salt("foot").max_rect(rect);
    let mut child = ui.new_child(builder.layout(egui::Layout::right_to_left(egui::Align::Center)));
    let name = format!("{} {} colours", study.name.split('.').next().unwrap_or(""), answer.reduced.palette.len());
    let palette = &answer.reduced.palette;
    if button::link(&mut child, "JSON", "Save the palette as JSON").clicked() {
        figure::save_text(&child, &name, "json", pictures::json(&name, &answer.reduced));
    }
    if button::link(&mut child, "GPL", "Save the palette as GPL").clicked() {
        figure::save_text(&child, &name, "gpl", pictures::gpl(&name, &answer.reduced));
    }
    match &answer.file {
        Some(Ok(bytes)) => {
            let clicked = button::link(&mut child, "PNG", PNG).clicked();
            if clicked {
                figure::save_bytes(&child, &name, "png", Arc::clone(bytes));
            }
        }
        Some(Err(reason)) => {
            let link = child.add_enabled_ui(false, |ui| button::link(ui, "PNG", PNG)).inner;
            link.on_disabled_hover_text(reason);
        }
        None => {}
    }
    let muted = tokens(&child).muted;
    child.label(RichText::new("Save").font(theme::small()).color(muted)).on_hover_text(format!(
        "{} colours, the first is {}",
        palette.len(),
        palette.first().map_or_else(String::new, |&c| hex(c))
    ));
    let room = child.available_width() - 8.0;
    let galley = theme::truncated(&child, words, theme::small(), muted, room);
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    child.painter().galley(at, galley, muted);
}
