//! The Huffman page: short codes for frequent indices, built step by step, and what one wrong bit does.

mod send;
mod tree;

use egui::{Align, Align2, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::parts::{self, CONTROLS, columns, label};
use crate::app::context::PageContext;
use crate::app::pages::tensor::tensor_choice;
use crate::app::session::Action;
use crate::app::setup::codebook::{Coding, Source};
use crate::app::theme::{self, GAP, TILE, tokens};
use crate::app::view::chart::{AxisSpec, Chart, Kind, Series, Tone};
use crate::app::view::format;
use crate::app::view::huffman::code_table;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart_under;
use crate::app::widgets::figure;
use crate::app::widgets::metric_tile::{Metric, metric_tile};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::coding::huffman::{Code, Merge, Tree, entropy};
use crate::engine::coding::published::{FC8_COUNTS, MARK};
use crate::engine::quantize::course;
use crate::engine::tensor::examples;
use send::send_ui;
use tree::tree_ui;

/// More leaves than this are not drawn as a tree.
const MOST_LEAVES: usize = 64;

/// A code with all that is said about it.
pub struct Study {
    counts: Vec<u64>,
    bits: u32,
    tree: Tree,
    merges: Vec<Merge>,
    code: Code,
}

impl Study {
    fn new(counts: &[u64], bits: u32) -> Self {
        let tree = Tree::of(counts);
        Self { merges: tree.merges(), code: Code::of_counts(counts, bits), tree, counts: counts.to_vec(), bits }
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// The counts that the page is about, with the bits of an index; the text says why there are none.
fn counts(ctx: &PageContext<'_>, source: Source) -> Result<(Vec<u64>, u32), String> {
    match source {
        Source::Fc8 => Ok((FC8_COUNTS.to_vec(), 5)),
        Source::Matrix => {
            let example = examples::find("lecture-4x4").ok_or("The example is missing")?;
            let values = (example.make)().tensors[0].values().map_err(|error| error.to_string())?;
            Ok((course::cluster_sizes(&values, 4), 2))
        }
        Source::Tensor => {
            let (analysis, _) = ctx.analysis().ok_or("No tensor is open, or it is being quantized")?;
            let size = 1_usize << analysis.bits.min(16);
            let mut counts = vec![0; size];
            for (code, count) in analysis.levels.codes.iter().zip(&analysis.levels.counts) {
                if let Some(slot) = counts.get_mut(usize::from(*code)) {
                    *slot += count;
                }
            }
            Ok((counts, analysis.bits))
        }
    }
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let coding = ctx.setup().codebook.coding.clone();
    let found = counts(ctx, coding.source);
    let study = found.map(|(counts, bits)| {
        let key = (counts, bits);
        std::sync::Arc::clone(
            ctx.state.kmeans.study.get(&key, |(counts, bits)| std::sync::Arc::new(Study::new(counts, *bits))),
        )
    });
    ctx.state.kmeans.said = match coding.source {
        Source::Fc8 => vec![format!("counts read off the paper's figure 5, {MARK}")],
        _ => Vec::new(),
    };
    if let Ok(study) = &study {
        let merges = study.merges.len();
        let now = coding.merges.unwrap_or(merges).min(merges);
        if let Some(step) = parts::keyed(ui, now, merges) {
            go(ctx, step, now, merges);
        }
    }
    let presenting = ctx.presenting;
    let narrow = ui.max_rect().width() < 1000.0;
    let height = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 90.0 + TILE + 250.0 + 220.0 + 220.0 + 200.0 + 5.0 * GAP,
        (false, false) => CONTROLS + TILE + 196.0 + 208.0 + 3.0 * GAP,
    };
    parts::scrolled(ui, "huffman", height, |ui, canvas| {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        if !presenting {
            let rect = row(if narrow { 90.0 } else { CONTROLS });
            let leaves = study.as_ref().map_or(0, |study| study.merges.len());
            controls_ui(ctx, &coding, leaves, rect, ui);
        }
        let study = match &study {
            Ok(study) => study,
            Err(reason) => {
                let rest = Rect::from_min_max(row(0.0).min, canvas.max);
                return card::plain(ui, rest, "no counts", |ui| card::nothing(ui, reason));
            }
        };
        let tiles = row(TILE);
        tiles_ui(study, tiles, ui);
        let rest = Rect::from_min_max(pos2(canvas.left(), tiles.bottom() + GAP), canvas.max);
        if presenting {
            let [left, right] = columns(rest, [0.73, 0.27]);
            tree_ui(study, &coding, true, left, ui);
            table_ui(study, true, right, ui);
        } else if narrow {
            tree_ui(study, &coding, false, row(250.0), ui);
            histogram_ui(study, row(220.0), ui);
            table_ui(study, false, row(220.0), ui);
            send_ui(ctx, study, &coding, row(200.0), ui);
        } else {
            let upper = ((rest.height() - GAP) * 0.49).max(196.0);
            let above = Rect::from_min_size(rest.min, vec2(rest.width(), upper));
            let below = Rect::from_min_max(pos2(rest.left(), above.bottom() + GAP), rest.max);
            let [left, right] = columns(above, [0.66, 0.34]);
            tree_ui(study, &coding, false, left, ui);
            table_ui(study, false, right, ui);
            let [left, right] = columns(below, [0.42, 0.58]);
            histogram_ui(study, left, ui);
            send_ui(ctx, study, &coding, right, ui);
        }
    });
}

fn controls_ui(ctx: &mut PageContext<'_>, coding: &Coding, merges: usize, rect: Rect, ui: &mut Ui) {
    let two_rows = rect.height() > 80.0;
    card::plain(ui, rect, "controls", |ui| {
        let direction = if two_rows { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Center) };
        let mut row = ui.new_child(UiBuilder::new().max_rect(ui.max_rect()).layout(direction));
        let mut chosen = coding.source;
        let choices =
            [(Source::Fc8, "AlexNet fc8"), (Source::Matrix, "Lecture 4×4"), (Source::Tensor, "Current tensor")];
        let now = coding.merges.unwrap_or(merges).min(merges);
        let mut step = None;
        let mut source = |ui: &mut Ui| {
            label(ui, "Indices of");
            segmented(ui, "Indices of", &mut chosen, &choices);
        };
        let mut tensor = None;
        if two_rows {
            row.spacing_mut().item_spacing.y = 8.0;
            row.horizontal(|ui| {
                source(ui);
                if coding.source == Source::Tensor {
                    tensor = tensor_choice(ctx, ui);
                }
            });
            row.horizontal(|ui| step = parts::sequence(ui, now, merges, "Merge"));
        } else {
            source(&mut row);
            row.add_space(14.0);
            step = parts::sequence(&mut row, now, merges, "Merge");
            label(&mut row, &format!("{now} of {merges} merges"));
            if coding.source == Source::Tensor {
                row.add_space(14.0);
                tensor = tensor_choice(ctx, &mut row);
            }
        }
        if chosen != coding.source {
            let name = choices.iter().find(|(source, _)| *source == chosen).map_or("", |(_, name)| *name);
            ctx.edit(format!("Indices of {name}"), None, move |setup| {
                setup.codebook.coding = Coding { source: chosen, ..Coding::default() };
            });
        }
        if let Some(step) = step {
            go(ctx, step, now, merges);
        }
        if let Some(tensor) = tensor {
            ctx.act(Action::SelectTensor(tensor));
        }
    });
}

fn go(ctx: &mut PageContext<'_>, step: usize, now: usize, merges: usize) {
    let what = if step > now {
        format!("Merge {step} of {merges}: the two rarest become one")
    } else {
        format!("Merge {step} of {merges}")
    };
    ctx.edit(what, None, move |setup| {
        setup.codebook.coding.merges = Some(step).filter(|step| *step < merges);
    });
}

fn tiles_ui(study: &Study, rect: Rect, ui: &mut Ui) {
    let average = study.code.average(&study.counts);
    let entropy = entropy(&study.counts);
    let saved = 1.0 - average / f64::from(study.bits.max(1));
    let tiles = [
        ("Fixed length", f64::from(study.bits).to_string(), "bit", "Every index takes as many bits"),
        ("Entropy", format::fixed(entropy, 4), "bit", "No code of single indices can be shorter on average"),
        ("Huffman", format::fixed(average, 4), "bit", "Average length of a code"),
        ("Saved", format::fixed(saved * 100.0, 1), "%", "Against the fixed length; the table of lengths comes on top"),
    ];
    for ((name, value, unit, hint), place) in tiles.into_iter().zip(columns(rect, [1.0; 4])) {
        metric_tile(ui, place, &Metric { name, value, unit, hint }, false);
    }
}

fn table_ui(study: &Study, presenting: bool, rect: Rect, ui: &mut Ui) {
    Card::new("Code")
        .subtitle(if presenting { "" } else { "lengths from the tree, words counted up (canonical)" })
        .show(ui, rect, |ui| {
            let look = PlotLook::of(presenting);
            let tokens = tokens(ui.ctx());
            let words = study.code.words();
            let mut order: Vec<usize> = (0..study.counts.len()).filter(|&symbol| study.counts[symbol] > 0).collect();
            order.sort_by_key(|&symbol| (std::cmp::Reverse(study.counts[symbol]), symbol));
            let row = look.caption.size + 8.0;
            let total = study.total().max(1) as f64;
            figure::table_area(ui, "Huffman code", || code_table(&study.counts, &study.code));
            ui.spacing_mut().item_spacing.y = 0.0;
            egui::ScrollArea::vertical().id_salt("code table").auto_shrink(false).show_rows(
                ui,
                row,
                order.len(),
                |ui, range| {
                    for &symbol in &order[range] {
                        let (rect, response) =
                            ui.allocate_exact_size(vec2(ui.available_width() - 8.0, row), Sense::hover());
                        let word = words[symbol];
                        let share = study.counts[symbol] as f64 / total;
                        let said = format!(
                            "Index {symbol}: {} times, code {}, {} bit",
                            study.counts[symbol],
                            word.text(),
                            word.length
                        );
                        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
                        let painter = ui.painter();
                        let pair = tokens.level(symbol, study.counts.len());
                        let swatch =
                            Rect::from_center_size(pos2(rect.left() + 15.0, rect.center().y), vec2(30.0, row - 4.0));
                        painter.rect_filled(swatch, theme::RADIUS_BAR, pair.fill);
                        painter.text(
                            swatch.center(),
                            Align2::CENTER_CENTER,
                            symbol.to_string(),
                            theme::cell(12.0),
                            pair.text,
                        );
                        let mono = look.mono.clone();
                        let shift = if presenting { 106.0 } else { 112.0 };
                        let at = pos2(rect.left() + shift, rect.center().y);
                        painter.text(at, Align2::RIGHT_CENTER, format::percent(share), mono.clone(), tokens.muted);
                        let at = pos2(rect.left() + shift + 12.0, rect.center().y);
                        painter.text(at, Align2::LEFT_CENTER, word.text(), mono.clone(), tokens.text);
                        if !presenting {
                            let length = format!("{} bit", word.length);
                            painter.text(rect.right_center(), Align2::RIGHT_CENTER, length, mono, tokens.text);
                        }
                    }
                },
            );
        });
}

fn histogram_ui(study: &Study, rect: Rect, ui: &mut Ui) {
    let count = format::count(study.total());
    Card::new("Indices").subtitle(&format!("{count} in all")).show(ui, rect, |ui| {
        let points = study.counts.iter().enumerate().map(|(symbol, &count)| (symbol as f64, count as f64));
        let notes = study.code.lengths.iter().map(|length| format!("code of {length} bit")).collect();
        let picture = Chart {
            title: "Indices by frequency".to_owned(),
            x: AxisSpec::new("Index").between(-0.7, study.counts.len() as f64 - 0.3),
            y: AxisSpec::new("Weights").from_zero(),
            series: vec![Series::new("", Kind::Bars(0.8), points).tone(Tone::Accent).with_notes(notes)],
            ..Chart::default()
        };
        // The length of its code above every bar, where there is room.
        chart_under(ui, &picture, &PlotLook::default(), |ui, area, x, y| {
            let tokens = tokens(ui.ctx());
            let wide = area.width() / study.counts.len().max(1) as f32;
            for (symbol, (&count, length)) in study.counts.iter().zip(&study.code.lengths).enumerate() {
                let places = (x.pixel(symbol as f64), y.pixel(count as f64));
                if let (Some(px), Some(py), true) =
                    (places.0, places.1, wide >= if *length > 9 { 16.0 } else { 9.0 } && *length > 0)
                {
                    let at = pos2(px, (py - 2.0).max(area.top() + 11.0));
                    let font = theme::small_semibold();
                    ui.painter().text(at, Align2::CENTER_BOTTOM, length.to_string(), font, tokens.text);
                }
            }
        });
    });
}
