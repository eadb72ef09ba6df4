//! Deep Compression at work: stages that run and loop, per-layer settings, the paper's columns, the paper's result.

use std::sync::Arc;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::choice::{data_ui, label, network_ui, preprocessing_ui, refused_ui};
use super::largest::{self, LargestSearch};
use super::stages;
use crate::app::board::{Board, Phase};
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::pages::kmeans::pipeline;
use crate::app::study::{self, Outcome};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::compress as view;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::select::select;
use crate::engine::coding::LayerRow;
use crate::engine::compress::{CompressError, Compressed, LayerRecipe, News, Recipe, run};
use crate::engine::network::{Normalization, Parameter, Subject};
use crate::sources::Choice;

/// Pictures to train on that are offered.
const PICTURES: [usize; 4] = [2_000, 10_000, 30_000, 60_000];

/// What the page remembers of its run.
#[derive(Default)]
pub struct DeepCompression {
    pub(super) asked: Option<Asked>,
    pub(super) runs: u64,
    board: Board<News>,
    pub(super) largest: LargestSearch,
    /// How high the controls are with all that wraps; nothing before they were drawn.
    controls: Option<f32>,
}

/// A run that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) choice: Choice,
    pub(super) recipe: Recipe,
    run: u64,
}

/// The result of a run.
pub(super) type Result = Derived<Outcome<Compressed>>;

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let subject = match study::subject_of(ctx) {
        None => {
            return card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, "The network answers in float32 first"));
        }
        Some(subject) => subject,
    };
    let subject = match subject.as_ref() {
        Err(reason) => return refused_ui(ctx, reason, canvas, ui),
        Ok(_) => subject,
    };
    let Ok(of) = subject.as_ref() else { return };
    let recipe = ctx.setup().network.recipe(&of.network);
    let result = result(ctx, &subject);
    let unsearched = largest::search(ctx, &subject, result.as_ref());
    let narrow = canvas.width() < 1000.0;
    let table = 62.0 + 32.0 * (recipe.layers.len() + 2) as f32;
    let height = match (ctx.presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => controls_height(ctx, narrow) + 190.0 + 2.0 * table + 3.0 * GAP,
        (false, false) => controls_height(ctx, narrow) + 184.0 + table + 2.0 * GAP,
    };
    if canvas.height() >= height {
        return all(ctx, of, &recipe, (result.as_ref(), unsearched), (canvas, narrow), ui);
    }
    egui::ScrollArea::vertical().id_salt("deep compression").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        all(ctx, of, &recipe, (result.as_ref(), unsearched), (rect, narrow), ui);
    });
}

/// As high as the controls were; they wrap by the width of what is chosen.
fn controls_height(ctx: &PageContext<'_>, narrow: bool) -> f32 {
    ctx.state.networks.deep.controls.unwrap_or(if narrow { 136.0 } else { 52.0 })
}

/// The newest result, asking for the one that was started.
fn result(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<Result> {
    let asked = ctx.state.networks.deep.asked.clone()?;
    if asked.choice != ctx.setup().network.choice {
        return None;
    }
    let (board, subject) = (ctx.state.networks.deep.board.clone(), Arc::clone(subject));
    ctx.derive("networks/deep-compression", "Deep Compression", asked, move |asked, handle| {
        board.run(handle, |progress| {
            let subject = match subject.as_ref() {
                Ok(subject) => subject,
                Err(reason) => return Ok(Err(reason.clone())),
            };
            let train = match asked.choice.train(&subject.network, asked.recipe.pictures) {
                Ok(train) => train,
                Err(reason) => return Ok(Err(reason)),
            };
            match run(subject, &train, &asked.recipe, progress, &mut |news| board.add(news.clone())) {
                Ok(done) => Ok(Ok(done)),
                Err(CompressError::Cancelled(cancelled)) => Err(cancelled),
                Err(CompressError::Unfit(reason)) => Ok(Err(reason)),
            }
        })
    })
}

fn all(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    recipe: &Recipe,
    (result, unsearched): (Option<&Result>, Option<String>),
    (canvas, narrow): (Rect, bool),
    ui: &mut Ui,
) {
    let mut top = canvas.top();
    let mut row = |height: f32| {
        let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        top = rect.bottom() + GAP;
        rect
    };
    let (news, phase) = ctx.state.networks.deep.board.read();
    let asked = ctx.state.networks.deep.asked.clone().filter(|asked| asked.choice == ctx.setup().network.choice);
    let news = if asked.is_some() { news } else { Vec::new() };
    let older = asked.as_ref().is_some_and(|asked| asked.recipe != *recipe);
    let shown = asked.as_ref().map_or(recipe, |asked| &asked.recipe).clone();
    let running = phase == Phase::Running && asked.is_some();
    if !ctx.presenting {
        let rect = row(controls_height(ctx, narrow));
        controls_ui(ctx, (recipe, subject.normalization), running, rect, ui);
    }
    let refused = result.and_then(|result| result.value.as_ref().as_ref().err().cloned());
    let (attempts, searching) = ctx.state.networks.deep.largest.read(asked.as_ref());
    let ended = !running && view::outcome(&news, subject).is_some();
    let subtitle = match view::outcome(&news, subject) {
        _ if unsearched.is_some() => unsearched.unwrap_or_default(),
        _ if refused.is_some() => refused.unwrap_or_default(),
        Some((words, _)) if older => format!("of an older recipe: {words}"),
        Some((words, _)) => words,
        None if running => {
            format!("at work; measured on {} pictures after each stage", format::count(subject.data.len() as u64))
        }
        None if phase == Phase::Stopped && asked.is_some() => "stopped".to_owned(),
        None => "not run yet".to_owned(),
    };
    let presenting = ctx.presenting;
    let stages_rect = row(if presenting { (canvas.height() * 0.5).round() } else { 184.0 });
    let card = Card::new("Stage by stage").subtitle(&subtitle);
    let card = match (ended, presenting) {
        (_, true) => card.trailing(|ui| run_ui(ctx, recipe, running, ui)),
        (true, false) => card.trailing(|ui| largest::search_ui(ctx, ui)),
        (false, false) => card,
    };
    card.show(ui, stages_rect, |ui| {
        let mut boxes = view::boxes(&news, &shown, running);
        if news.is_empty() && !running {
            // The float network is measured before anything is run.
            let float = crate::engine::compress::NetworkSize::float(&subject.network);
            let ratio = float.ratio(float.bytes);
            let kind = crate::engine::compress::StageKind::Float;
            let stage = crate::engine::compress::Stage { kind, ratio, size: float, evaluation: subject.float.clone() };
            boxes = view::boxes(&[News::Stage(stage)], &shown, false);
        }
        if ended {
            boxes.push(view::largest_box(&attempts, searching));
        }
        stages::boxes(ui, &boxes, presenting);
    });
    let done = result.filter(|_| !running).and_then(|result| result.value.as_ref().as_ref().ok());
    let rest = Rect::from_min_max(row(0.0).min, canvas.max);
    if presenting {
        // Columns that a hall can read take the whole width; the paper's are a sentence.
        layers_ui(ctx, subject, recipe, done, rest, ui);
    } else if narrow {
        let half = ((rest.height() - GAP) / 2.0).round();
        let upper = Rect::from_min_size(rest.min, vec2(rest.width(), half));
        layers_ui(ctx, subject, recipe, done, upper, ui);
        let lower = Rect::from_min_max(pos2(rest.left(), upper.bottom() + GAP), rest.max);
        published_ui(&subject.network.name, lower, ui);
    } else {
        let split = rest.left() + ((rest.width() - GAP) * 0.53).round();
        let left = Rect::from_min_max(rest.min, pos2(split, rest.bottom()));
        layers_ui(ctx, subject, recipe, done, left, ui);
        published_ui(&subject.network.name, Rect::from_min_max(pos2(split + GAP, rest.top()), rest.max), ui);
    }
}

/// Another recipe, as an undo step.
fn set(ctx: &mut PageContext<'_>, what: String, recipe: Recipe) {
    let network = ctx.setup().network.choice.network.clone();
    ctx.edit(what, None, move |setup| setup.network.recipe = Some((network.clone(), recipe.clone())));
}

fn controls_ui(
    ctx: &mut PageContext<'_>,
    (recipe, trained): (&Recipe, Normalization),
    running: bool,
    rect: Rect,
    ui: &mut Ui,
) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let button_width = 110.0;
        // As high as one row: a wrapped layout begins the next one where this rectangle ends.
        let left = Rect::from_min_size(inner.min, vec2(inner.width() - button_width - 8.0, theme::CONTROL));
        let mut row = ui.new_child(
            UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center).with_main_wrap(true)),
        );
        row.spacing_mut().item_spacing = vec2(8.0, 8.0);
        network_ui(ctx, &mut row);
        data_ui(ctx, &mut row);
        preprocessing_ui(ctx, Some(trained), &mut row);
        let mut changed = recipe.clone();
        let number = |ui: &mut Ui, caption: &str, value: &mut usize, all: &[usize]| {
            label(ui, caption);
            let mut options: Vec<(usize, String, &str)> =
                all.iter().map(|value| (*value, format::count(*value as u64), "")).collect();
            if !all.contains(value) {
                options.insert(0, (*value, format::count(*value as u64), ""));
            }
            select(ui, caption, value, &options).changed().then(|| format!("{caption} {value}"))
        };
        let said = [
            number(&mut row, "Training pictures", &mut changed.pictures, &PICTURES),
            number(&mut row, "Rounds", &mut changed.rounds, &[1, 2, 4, 8]),
            number(&mut row, "Walks a round", &mut changed.epochs, &[1, 2, 4]),
            number(&mut row, "Last", &mut changed.last, &[1, 2, 4, 6, 10]),
            number(&mut row, "Tuning", &mut changed.tune, &[0, 1, 2, 4]),
        ];
        if let Some(what) = said.into_iter().flatten().next() {
            set(ctx, what, changed);
        }
        let height = row.min_rect().height() + rect.height() - inner.height();
        if ctx.state.networks.deep.controls.replace(height) != Some(height) {
            row.ctx().request_discard("the controls wrap otherwise than before");
        }
        let place = Rect::from_min_max(pos2(inner.right() - button_width, inner.top()), inner.max);
        let mut right = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Min)));
        run_ui(ctx, recipe, running, &mut right);
    });
}

/// The button that starts the run, or ends it.
fn run_ui(ctx: &mut PageContext<'_>, recipe: &Recipe, running: bool, ui: &mut Ui) {
    if running {
        if button::plain(ui, "Stop").clicked() {
            ctx.state.networks.deep.board.stop();
        }
    } else if button::filled(ui, "Run").clicked() {
        let choice = ctx.setup().network.choice.clone();
        let page = &mut ctx.state.networks.deep;
        page.runs += 1;
        page.board = Board::running();
        page.largest.stop();
        page.asked = Some(Asked { choice, recipe: recipe.clone(), run: page.runs });
    }
}

/// Columns of the table: where each ends, as a share of the width.
const ENDS: [f32; 8] = [0.0, 0.185, 0.315, 0.43, 0.55, 0.70, 0.84, 1.0];
const HEADS: [&str; 8] = ["Layer", "Weights", "Keep, %", "Bits", "Index", "Weight bits", "Index bits", "Rate, %"];

fn layers_ui(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    recipe: &Recipe,
    done: Option<&Compressed>,
    rect: Rect,
    ui: &mut Ui,
) {
    let paper = view::published(&subject.network.name).filter(|_| ctx.presenting).map(view::published_line);
    let subtitle = match &paper {
        Some(line) => format!("the paper, {line}"),
        None => "settings; then quantized → Huffman-coded, everything counted".to_owned(),
    };
    Card::new("Layers").subtitle(&subtitle).show(ui, rect, |ui| {
        figure::table_area(ui, "Deep Compression of the layers", || layers_table(subject, recipe, done));
        egui::ScrollArea::vertical().id_salt("layers").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            cells(ui, 24.0, &HEADS.map(str::to_owned), false, true);
            let weights: Vec<&Parameter> =
                subject.network.parameters.iter().filter(|parameter| parameter.is_weight()).collect();
            let mut changed: Option<(String, Recipe)> = None;
            for (place, (weight, layer)) in weights.iter().zip(&recipe.layers).enumerate() {
                let name = weight.name.strip_suffix(".weight").unwrap_or(&weight.name);
                let row = done.and_then(|done| done.layers.get(place));
                let texts = texts(name, weight.values.len() as u64, row);
                let rect = cells(ui, 32.0, &texts, false, false);
                let mut wanted = *layer;
                if let Some(what) = settings_ui(ui, rect, name, &mut wanted) {
                    let mut recipe = recipe.clone();
                    recipe.layers[place] = wanted;
                    changed = Some((what, recipe));
                }
            }
            let all: u64 = weights.iter().map(|weight| weight.values.len() as u64).sum();
            let total = done.map(|done| LayerRow::total(&done.layers));
            let mut texts = texts("total", all, total.as_ref());
            texts[2] = total.and_then(|row| row.kept_share()).map_or_else(String::new, percent);
            cells(ui, 28.0, &texts, true, false);
            if let Some((what, recipe)) = changed {
                set(ctx, what, recipe);
            }
        });
    });
}

/// Settings and results of the layers.
fn layers_table(subject: &Subject, recipe: &Recipe, done: Option<&Compressed>) -> Table {
    let heads = [
        "layer",
        "weights",
        "keep, %",
        "bits",
        "index bits",
        "weight bits",
        "weight bits, Huffman",
        "step bits",
        "step bits, Huffman",
        "rate, %",
        "rate, %, Huffman",
    ];
    let weights = subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
    let mut table = Table::new("Deep Compression of the layers", &heads);
    for (place, (weight, layer)) in weights.zip(&recipe.layers).enumerate() {
        let row = done.and_then(|done| done.layers.get(place));
        let pair = |of: fn(&LayerRow) -> Option<(f64, f64)>, factor: f64| {
            let both = row.and_then(of);
            [both.map(|(before, _)| factor * before), both.map(|(_, after)| factor * after)].map(Cell::optional)
        };
        let name = weight.name.strip_suffix(".weight").unwrap_or(&weight.name);
        let mut cells = vec![Cell::Text(name.to_owned()), Cell::count(weight.values.len() as u64)];
        cells.extend([100.0 * layer.keep, layer.bits.into(), layer.index.into()].map(Cell::Number));
        cells.extend(pair(LayerRow::weight_bits, 1.0));
        cells.extend(pair(LayerRow::step_bits, 1.0));
        cells.extend(pair(LayerRow::rate, 100.0));
        table.rows.push(cells);
    }
    table
}

fn percent(share: f64) -> String {
    format::significant(100.0 * share, 3)
}

/// The cells of a row without those that are controls.
fn texts(name: &str, weights: u64, row: Option<&LayerRow>) -> [String; 8] {
    let pair = |pair: Option<(f64, f64)>, factor: f64, digits: usize| {
        pair.map_or_else(
            || format::NONE.to_owned(),
            |(a, b)| {
                format!("{} → {}", format::significant(factor * a, digits), format::significant(factor * b, digits))
            },
        )
    };
    let of = |of: fn(&LayerRow) -> Option<(f64, f64)>| row.and_then(of);
    [
        name.to_owned(),
        format::count(weights),
        String::new(),
        String::new(),
        String::new(),
        pair(of(LayerRow::weight_bits), 1.0, 2),
        pair(of(LayerRow::step_bits), 1.0, 2),
        pair(of(LayerRow::rate), 100.0, 3),
    ]
}

/// Draws a row of texts; where it is.
fn cells(ui: &mut Ui, height: f32, texts: &[String; 8], strong: bool, head: bool) -> Rect {
    let tokens = tokens(ui.ctx());
    // Beside the numbers is room for the bar that scrolls them.
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 12.0, height), egui::Sense::hover());
    let said = texts.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
    let color = if head { tokens.muted } else { tokens.text };
    for (place, text) in texts.iter().enumerate() {
        let font = match (place, head) {
            (_, true) => theme::small(),
            (0, _) if strong => theme::control_semibold(),
            (0, _) => theme::control(),
            _ => egui::FontId::monospace(12.5),
        };
        let x = rect.left() + rect.width() * ENDS[place];
        let (at, align) = match place {
            0 => (pos2(rect.left(), rect.center().y), egui::Align2::LEFT_CENTER),
            _ => (pos2(x, rect.center().y), egui::Align2::RIGHT_CENTER),
        };
        ui.painter().text(at, align, text, font, color);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), (theme::HAIRLINE, tokens.grid));
    rect
}

/// The three settings of a layer; what was changed.
fn settings_ui(ui: &mut Ui, row: Rect, name: &str, layer: &mut LayerRecipe) -> Option<String> {
    let mut said = None;
    let mut column = |place: usize, add: &mut dyn FnMut(&mut Ui) -> Option<String>| {
        let left = row.left() + row.width() * ENDS[place - 1] + 10.0;
        let right = row.left() + row.width() * ENDS[place];
        let rect = Rect::from_min_max(pos2(left, row.top() + 1.0), pos2(right, row.bottom() - 1.0));
        let builder = UiBuilder::new().id_salt((name, place)).max_rect(rect);
        let mut child = ui.new_child(builder.layout(Layout::right_to_left(Align::Center)));
        said = said.take().or(add(&mut child));
    };
    column(2, &mut |ui| {
        let mut keep = Percent((layer.keep * 1e6).round() / 1e4);
        let response = value_field_over(ui, &format!("Keep of {name}, %"), &mut keep, 52.0, |text| {
            match text.trim().trim_end_matches('%').trim().parse::<f64>() {
                Ok(value) if value > 0.0 && value <= 100.0 => Ok(Percent(value)),
                _ => Err("a share above 0, at most 100 %".to_owned()),
            }
        });
        layer.keep = if response.changed() { keep.0 / 100.0 } else { layer.keep };
        response.changed().then(|| format!("Keep {} % of {name}", keep.0))
    });
    let mut number = |place: usize, what: &str, value: &mut u8, most: u8| {
        column(place, &mut |ui| {
            let options: Vec<(u8, String, &str)> = (1..=most).map(|bits| (bits, bits.to_string(), "")).collect();
            let changed = select(ui, &format!("{what} of {name}"), value, &options).changed();
            changed.then(|| format!("{what} of {name}: {value}"))
        });
    };
    number(3, "Bits", &mut layer.bits, 8);
    number(4, "Index bits", &mut layer.index, 8);
    said
}

/// A share in percent, as it is typed.
#[derive(Clone, Copy, PartialEq)]
struct Percent(f64);

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn published_ui(name: &str, rect: Rect, ui: &mut Ui) {
    let Some(network) = view::published(name) else {
        return card::card(ui, rect, "The paper", "published", |ui| {
            card::nothing(ui, "The paper does not have this network")
        });
    };
    Card::new("The paper").subtitle(&view::published_line(network)).show(ui, rect, |ui| {
        pipeline::table(ui, network.name, &pipeline::published_cells(network));
    });
}
