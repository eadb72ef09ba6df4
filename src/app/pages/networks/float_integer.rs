//! The same pictures through float32, fake-quantized and integer-only networks.

mod controls;
mod table;

use std::sync::Arc;

use egui::{Align2, Rect, Ui, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::memo::Memo;
use crate::app::study::{self, ALL, Outcome, QUICK};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::{accuracy, float_integer as view};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::pictures::{MOST, Picture, Wall};
use crate::app::widgets::plot::PlotLook;
use crate::engine::network::quantized::{Comparison, IntegerScheme, Prepared, compare};
use crate::engine::network::{Change, Subject};
use crate::sources::Choice;

/// Height of the controls in one row, and in two.
const CONTROLS: [f32; 2] = [92.0, 170.0];
/// Width of the column at the right.
const SIDE: f32 = 340.0;
/// Least heights where the page scrolls: the table, the cards beside or below it.
const LEAST: [f32; 2] = [330.0, 250.0];

/// What the eye needs of this page.
#[derive(Default)]
pub struct FloatInteger {
    changes: Memo<usize, Vec<Change>>,
    wall: Wall,
    wall_of: Option<usize>,
}

/// What a comparison is made of.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    choice: Choice,
    scheme: IntegerScheme,
    pictures: usize,
}

/// Where the cards lie.
struct Areas {
    controls: Option<Rect>,
    table: Rect,
    layers: Option<Rect>,
    pictures: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool, layers: usize) -> Self {
        let between =
            |left: f32, top: f32, right: f32, bottom: f32| Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        let (left, right, top) = (canvas.left(), canvas.right(), canvas.top());
        if presenting {
            let middle = left + (canvas.width() * 0.8).round();
            return Self {
                controls: None,
                table: between(left, top, middle, canvas.bottom()),
                layers: None,
                pictures: between(middle + GAP, top, right, canvas.bottom()),
                height: canvas.height(),
            };
        }
        let narrow = canvas.width() < 1000.0;
        let controls = between(left, top, right, top + CONTROLS[usize::from(narrow)]);
        let below = controls.bottom() + GAP;
        let list = 82.0 + 21.0 * layers as f32;
        if narrow {
            let table = between(left, below, right, canvas.bottom().max(below + LEAST[0]));
            let half = left + ((right - left - GAP) * 0.5).round();
            let (from, to) = (table.bottom() + GAP, table.bottom() + GAP + LEAST[1].max(list));
            return Self {
                controls: Some(controls),
                table,
                layers: Some(between(left, from, half, to)),
                pictures: between(half + GAP, from, right, to),
                height: to - top,
            };
        }
        let bottom = canvas.bottom().max(below + LEAST[0].max(list + GAP + 150.0));
        let middle = right - SIDE;
        Self {
            controls: Some(controls),
            table: between(left, below, middle - GAP, bottom),
            layers: Some(between(middle, below, right, below + list)),
            pictures: between(middle, below + list + GAP, right, bottom),
            height: bottom - top,
        }
    }
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let subject = study::subject_of(ctx);
    let prepared = subject.as_ref().and_then(|subject| study::prepared_of(ctx, subject));
    let compared = match (&subject, &prepared) {
        (Some(subject), Some(prepared)) => comparison(ctx, subject, prepared),
        _ => None,
    };
    let canvas = ui.max_rect();
    let found = Found { subject, prepared, compared };
    let layers = found.newest().map_or(3, |(_, _, comparison, _)| comparison.weights.len());
    let areas = Areas::new(canvas, ctx.presenting, layers);
    if areas.height <= canvas.height() {
        return all(ctx, &found, &areas, ui);
    }
    egui::ScrollArea::vertical().id_salt("float against integer").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), areas.height), egui::Sense::hover());
        let page = Rect::from_min_size(rect.min, vec2(rect.width(), canvas.height()));
        all(ctx, &found, &Areas::new(page, ctx.presenting, layers), ui);
    });
}

/// Everything that there is so far.
struct Found {
    subject: Option<Arc<Outcome<Subject>>>,
    prepared: Option<Arc<Outcome<Prepared>>>,
    compared: Option<Derived<Outcome<Comparison>>>,
}

impl Found {
    /// The newest comparison, and whether it is of an older setting; or why there is none.
    fn newest(&self) -> Result<(&Subject, &Prepared, &Comparison, bool), String> {
        let subject = self.subject.as_ref().ok_or("The network answers in float32 first")?;
        let subject = subject.as_ref().as_ref().map_err(Clone::clone)?;
        let prepared = self.prepared.as_ref().ok_or("Measuring the ranges of activations")?;
        let prepared = prepared.as_ref().as_ref().map_err(Clone::clone)?;
        let compared = self.compared.as_ref().ok_or("Measuring")?;
        let comparison = compared.value.as_ref().as_ref().map_err(Clone::clone)?;
        Ok((subject, prepared, comparison, compared.stale))
    }

    /// A number that differs for every comparison that is kept.
    fn place(&self) -> usize {
        self.compared.as_ref().map_or(0, |compared| Arc::as_ptr(&compared.value) as usize)
    }
}

/// Asks for the comparison: on the first pictures at every change, on all of them once those are there.
fn comparison(
    ctx: &mut PageContext<'_>,
    subject: &Arc<Outcome<Subject>>,
    prepared: &Arc<Outcome<Prepared>>,
) -> Option<Derived<Outcome<Comparison>>> {
    let setup = &ctx.setup().network;
    let key = Key { choice: setup.choice.clone(), scheme: setup.integer.clone(), pictures: QUICK };
    let work = || {
        let (subject, prepared) = (Arc::clone(subject), Arc::clone(prepared));
        move |key: &Key, handle: &crate::jobs::Handle| {
            study::with(&subject, |subject| match prepared.as_ref() {
                Ok(prepared) => compare(subject, prepared, &key.scheme, key.pictures, handle),
                Err(reason) => Err(crate::engine::quantize::QuantizeError::Unfit(reason.clone())),
            })
        }
    };
    let title = |pictures: usize| format!("Float against integer on {pictures} pictures");
    let quick = ctx.derive("float-integer/quick", title(QUICK), key.clone(), work());
    // A comparison of another network, or of other pictures, has other answers and labels.
    let is_of = |slot: &str| ctx.made_from::<Key>(slot).is_some_and(|made| made.choice == key.choice);
    let quick = quick.filter(|_| is_of("float-integer/quick"));
    if quick.as_ref().is_none_or(|quick| quick.stale || quick.value.is_err()) {
        return quick;
    }
    let all = ctx.derive("float-integer/all", title(ALL), Key { pictures: ALL, ..key.clone() }, work());
    all.filter(|all| !all.stale).or(quick)
}

fn all(ctx: &mut PageContext<'_>, found: &Found, areas: &Areas, ui: &mut Ui) {
    if let Some(rect) = areas.controls {
        let subject = found.subject.as_ref().and_then(|subject| subject.as_ref().as_ref().ok());
        controls::ui(ctx, subject.map(|subject| subject.normalization), rect, ui);
    }
    let presenting = ctx.presenting;
    let newest = found.newest();
    let (subtitle, shorter) = match &newest {
        Ok((.., true)) => ("updating".to_owned(), String::new()),
        Ok((_, prepared, comparison, _)) => (view::basis(comparison, prepared.pictures), view::pictures(comparison)),
        Err(_) => (String::new(), String::new()),
    };
    let title = "One network, computed three ways";
    Card::new(title).subtitle(&subtitle).or_shorter(&shorter).show(ui, areas.table, |ui| match &newest {
        Ok((_, _, comparison, stale)) => table::ui(ui, comparison, *stale, presenting),
        Err(reason) => card::nothing(ui, reason),
    });
    if let Some(rect) = areas.layers {
        layers_ui(&newest, rect, ui);
    }
    pictures_ui(ctx, found, areas.pictures, ui);
}

/// The newest comparison with what it was made of.
type Newest<'a> = Result<(&'a Subject, &'a Prepared, &'a Comparison, bool), String>;

fn layers_ui(newest: &Newest<'_>, rect: Rect, ui: &mut Ui) {
    let Ok((_, _, comparison, stale)) = newest else {
        return card::card(ui, rect, "Layers", "", |ui| card::nothing(ui, "No measurement yet"));
    };
    let rows = view::layers(comparison);
    card::card(ui, rect, "Layers", if *stale { "updating" } else { "SQNR in dB" }, |ui| {
        let tokens = tokens(ui.ctx());
        figure::table_area(ui, "Layers in integers", || view::layers_table(&rows));
        let room = ui.available_rect_before_wrap();
        let ends = [0.62, 1.0].map(|share| room.left() + room.width() * share);
        let (head, _) = ui.allocate_exact_size(vec2(room.width(), 18.0), egui::Sense::hover());
        for (x, text) in ends.iter().zip(["weights", "activations"]) {
            ui.painter().text(pos2(*x, head.center().y), Align2::RIGHT_CENTER, text, theme::small(), tokens.muted);
        }
        egui::ScrollArea::vertical().id_salt("layers").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for row in &rows {
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), egui::Sense::hover());
                let words =
                    format!("{}: SQNR of weights {}, of activations {}", row.name, row.weights, row.activations);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
                let y = line.center().y;
                let painter = ui.painter();
                painter.text(pos2(line.left(), y), Align2::LEFT_CENTER, &row.name, theme::control(), tokens.text);
                for (x, text) in ends.iter().zip([&row.weights, &row.activations]) {
                    painter.text(pos2(*x, y), Align2::RIGHT_CENTER, text, theme::mono(), tokens.text);
                }
            }
        });
    });
}

fn pictures_ui(ctx: &mut PageContext<'_>, found: &Found, rect: Rect, ui: &mut Ui) {
    let title = if ctx.presenting { "Changed" } else { "Changed class in integers" };
    let Ok((subject, _, comparison, stale)) = found.newest() else {
        return card::card(ui, rect, title, "", |ui| card::nothing(ui, "No measurement yet"));
    };
    let key = found.place();
    let page = &mut ctx.state.networks.float_integer;
    let changes = page.changes.get(&key, |_| comparison.changes(&subject.data)).clone();
    let words = accuracy::change_words(&changes);
    if page.wall_of != Some(key) {
        page.wall_of = Some(key);
        let pictures = changes.iter().take(MOST).map(|change| picture(subject, change)).collect();
        page.wall.set(ui, pictures, [subject.data.shape[1], subject.data.shape[2]]);
    }
    let subtitle = if stale { "updating".to_owned() } else { crate::app::view::format::count(changes.len() as u64) };
    card::card(ui, rect, title, &subtitle, |ui| {
        if changes.is_empty() {
            return card::nothing(ui, "Every answer is as in float32");
        }
        let table = || accuracy::changes_table(title, &changes, &subject.data.classes);
        let (summary, look) = (format!("{title}: {words}"), PlotLook::of(ctx.presenting));
        page.wall.show(ui, changes.len(), [title, &summary], &look, table);
    });
}

fn picture(subject: &Subject, change: &Change) -> Picture {
    let class = |index: u16| subject.data.classes.get(usize::from(index)).map_or("?", String::as_str);
    let (label, float, integer) = (class(change.label), class(change.float), class(change.quantized));
    Picture {
        caption: format!("{float} → {integer}"),
        wrong: !change.became_right(),
        words: format!("Picture {}, a {label}: {float} in float32, {integer} in integers alone", change.picture),
        pixels: subject.data.picture(change.picture).to_vec(),
    }
}
