//! The controls: stepping, the start, the pinned zero, the bits.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::super::lesson::{self, Lesson};
use super::super::part;
use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::course as words;
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::select::select;
use crate::app::widgets::{button, card};
use crate::engine::quantize::Init;
use crate::engine::quantize::stepwise::{Empty, Phase};

/// What the choice of the start shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    Scheme(Init),
    Hand,
}

/// Most centroids of a codebook, as in a scheme.
const MOST_K: usize = 65_536;

/// Width of the bits slider, and on a narrow page.
const SLIDER: (f32, f32) = (300.0, 250.0);

/// Most centroids whose start can be typed as a list.
const MOST_TYPED: usize = 16;

/// Whether there is more to choose than what always stands there: a narrow card has a third row for it.
pub fn has_extras(lesson: &Lesson) -> bool {
    lesson.part.is_some() || lesson.plan.placed.is_some() || lesson.plan.init.is_random() || has_empty(lesson)
}

/// Whether a centroid has no weights, or a rule for that was chosen.
fn has_empty(lesson: &Lesson) -> bool {
    let moment = lesson.moment();
    // Before the first assignment no centroid has any.
    let lonely = moment.phase != Phase::Start && moment.clusters.iter().any(|cluster| cluster.weight == 0.0);
    lonely || lesson.plan.empty != Empty::default()
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let narrow = inner.width() < 900.0;
        let slider = if narrow { SLIDER.1 } else { SLIDER.0 };
        let left = Rect::from_min_max(inner.min, pos2(inner.right() - slider - 12.0, inner.bottom()));
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left).layout(Layout::top_down(Align::Min)));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing.y = 8.0;
        if !narrow {
            rows.horizontal(|ui| {
                steps_ui(ctx, lesson, ui);
                ui.add_space(10.0);
                number_ui(ctx, lesson, "Centroids", ui);
                part::part_ui(ctx, lesson.part.as_ref(), ui);
            });
            rows.horizontal(|ui| {
                start_ui(ctx, lesson, ui);
                pin_ui(ctx, lesson, ui);
                empty_ui(ctx, lesson, ui);
            });
        } else {
            rows.horizontal(|ui| steps_ui(ctx, lesson, ui));
            if has_extras(lesson) {
                rows.horizontal(|ui| {
                    start_ui(ctx, lesson, ui);
                    empty_ui(ctx, lesson, ui);
                });
                rows.horizontal(|ui| {
                    number_ui(ctx, lesson, "k", ui);
                    pin_ui(ctx, lesson, ui);
                    part::part_ui(ctx, lesson.part.as_ref(), ui);
                });
            } else {
                rows.horizontal(|ui| {
                    start_ui(ctx, lesson, ui);
                    number_ui(ctx, lesson, "k", ui);
                    pin_ui(ctx, lesson, ui);
                    part::part_ui(ctx, lesson.part.as_ref(), ui);
                });
            }
        }
        let mut right = ui.new_child(
            UiBuilder::new().max_rect(Rect::from_min_max(pos2(inner.right() - slider, inner.top()), inner.max)),
        );
        bits_ui(ctx, lesson, &mut right);
    });
}

/// Any number of centroids, typed.
fn number_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, name: &str, ui: &mut Ui) {
    label(ui, name);
    let mut k = lesson.plan.k;
    let field = ui.allocate_ui(vec2(62.0, theme::CONTROL), |ui| {
        value_field_over(ui, "Centroids", &mut k, 62.0, |text| {
            let typed = text.trim().replace(',', "").parse::<usize>().ok();
            typed.filter(|k| (1..=MOST_K).contains(k)).ok_or_else(|| "a whole number from 1 to 65,536".to_owned())
        })
    });
    if field.inner.changed() {
        lesson.choose_k(ctx, k, None);
    }
}

fn steps_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let last = lesson.course.moments.len() - 1;
    let index = lesson.index;
    if index == 0 {
        button::disabled(ui, "Back", "This is the start");
    } else if button::plain(ui, "Back").on_hover_text("Key B").clicked() {
        lesson.go(ctx, index - 1);
    }
    if index == last {
        button::disabled(ui, "Step", "The run is at its end");
    } else if button::filled(ui, words::next_step(lesson.moment())).on_hover_text("Key S").clicked() {
        lesson.go(ctx, index + 1);
    }
    if index == last {
        button::disabled(ui, "Run", "The run is at its end");
    } else if button::plain(ui, "Run").on_hover_text("To the end (key G)").clicked() {
        lesson.go(ctx, last);
    }
    if index == 0 {
        button::disabled(ui, "Reset", "This is the start");
    } else if button::plain(ui, "Reset").on_hover_text("Back to where the centroids were placed (key H)").clicked() {
        lesson.go(ctx, 0);
    }
    let again = button::plain(ui, "New start").on_hover_text("Random weights as centroids, from the next seed (key W)");
    if again.clicked() {
        lesson.start_anew(ctx);
    }
}

fn label(ui: &mut Ui, text: &str) {
    let color = tokens(ui.ctx()).muted;
    ui.label(RichText::new(text).font(theme::control()).color(color));
}

fn start_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let mut options = vec![
        (Start::Scheme(Init::Optimal), "Optimal".to_owned(), "The global optimum, by dynamic programming"),
        (Start::Scheme(Init::Linear), "Linear".to_owned(), "Evenly spaced from the smallest to the largest weight"),
        (Start::Scheme(Init::Density), "Quantiles".to_owned(), "Equal shares of the weights"),
        (Start::Scheme(Init::Forgy), "Random".to_owned(), "Random weights (Forgy)"),
        (Start::Scheme(Init::PlusPlus), "K-means++".to_owned(), "Random weights far apart"),
    ];
    let by_hand = lesson.plan.placed.is_some();
    if by_hand || lesson.plan.k <= MOST_TYPED {
        options.push((Start::Hand, "By hand".to_owned(), "Where the centroids are dragged to, or typed"));
    }
    let mut start = if by_hand { Start::Hand } else { Start::Scheme(lesson.plan.init) };
    label(ui, "Start");
    if select(ui, "Start", &mut start, &options).changed() {
        match start {
            Start::Scheme(init) => lesson.start(ctx, init, lesson.plan.seed, Some(0)),
            // From where the run started.
            Start::Hand => {
                lesson.place(ctx, lesson.course.moments[0].centroids(), Some(0), "Start: by hand".to_owned(), None)
            }
        }
        return;
    }
    if by_hand && lesson.plan.k <= MOST_TYPED {
        centroids_ui(ctx, lesson, ui);
    }
    if lesson.plan.init.is_random() && !by_hand {
        let mut seed = lesson.plan.seed;
        let response = ui.add(egui::DragValue::new(&mut seed).speed(0.1).prefix("seed ")).accessible_name("Seed");
        let gesture = ctx.state.gestures.of(&response);
        if seed != lesson.plan.seed {
            ctx.edit(format!("Seed {} → {seed}", lesson.plan.seed), gesture, move |setup| {
                lesson::change(setup, |kmeans| kmeans.seed = seed);
            });
        }
    }
}

/// Where the centroids start, as a list to type.
fn centroids_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let mut list = words::CentroidList(lesson.course.moments[0].centroids());
    let width = (ui.available_width() - 170.0).clamp(110.0, 210.0);
    let field = ui.allocate_ui(vec2(width, theme::CONTROL), |ui| {
        value_field_over(ui, "Centroids at the start", &mut list, width, |text| {
            words::CentroidList::parse(text, MOST_TYPED)
        })
    });
    if field.inner.changed() {
        let what = format!("Centroids start at {list}");
        lesson.place(ctx, list.0, Some(0), what, None);
    }
}

fn pin_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let mut pinned = lesson.plan.pinned;
    label(ui, "Pin zero");
    let pins = [
        (false, "off".to_owned(), "Every centroid moves"),
        (true, "on".to_owned(), "One centroid is held at 0, so that pruned weights stay 0"),
    ];
    if select(ui, "Pin zero", &mut pinned, &pins).changed() {
        ctx.edit(if pinned { "Pin zero on" } else { "Pin zero off" }, None, move |setup| {
            lesson::change(setup, |kmeans| kmeans.pinned = pinned);
        });
    }
}

fn empty_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    if !has_empty(lesson) {
        return;
    }
    let mut empty = lesson.plan.empty;
    label(ui, "Empty");
    let rules = [
        (Empty::Stays, "stays".to_owned(), "A centroid without weights stays where it is"),
        (Empty::Farthest, "moves".to_owned(), "It moves to the weight farthest from its centroid"),
    ];
    if select(ui, "Empty", &mut empty, &rules).changed() {
        ctx.edit("Empty centroids", None, move |setup| setup.codebook.empty = empty);
    }
}

fn bits_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let now = lesson.bits();
    let mut bits = now;
    let number = lesson.moment().clusters.len();
    let word = if number == 1 { "centroid" } else { "centroids" };
    let response = bits_slider(ui, &mut bits, true);
    let gesture = ctx.state.gestures.of(&response);
    if bits != now {
        lesson.choose_k(ctx, 1 << bits, gesture);
    }
    response.on_hover_text(format!("{number} {word}"));
}
