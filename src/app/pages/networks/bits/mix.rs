//! A width for every layer: what it shall meet, what was found, and what it measures.

use egui::{Align2, Rect, RichText, Ui, pos2, vec2};

use super::work::{Chosen, Layered, place_of};
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::pages::networks::choice::label;
use crate::app::session::Action;
use crate::app::setup::{Goal, Widths};
use crate::app::study::{Outcome, QUICK};
use crate::app::theme::{self, tokens};
use crate::app::view::bits::layers::names;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field;
use crate::app::widgets::figure;
use crate::app::widgets::segmented::segmented;
use crate::engine::network::{Interval, Subject};
use crate::engine::quantize::Scheme;

/// The mix that is chosen, as far as it is known.
pub(super) struct Choice {
    /// Widths of the layers.
    pub bits: Vec<Option<u32>>,
    /// Bytes of all trained parameters.
    pub bytes: u64,
    ratio: f64,
    /// The quantizer that it is for.
    scheme: Scheme,
    expected: f64,
    float_loss: f64,
    measured: Option<Measured>,
}

struct Measured {
    accuracy: f64,
    interval: Interval,
    pictures: usize,
    /// On all pictures; the expectation is of the first 2,000.
    loss: f64,
    stale: bool,
}

impl Choice {
    /// The mix that meets the goal; `None` where none does, or it is not known yet.
    pub fn new(
        ctx: &PageContext<'_>,
        subject: &Subject,
        found: &Layered,
        chosen: Option<&Derived<Outcome<Option<Chosen>>>>,
    ) -> Option<Self> {
        let wanted = ctx.setup().network.bits;
        let made = chosen.and_then(|chosen| Some((chosen.value.as_ref().as_ref().ok()?.as_ref()?, chosen.stale)));
        let place = match wanted.goal {
            Goal::Size => place_of(found, wanted.ratio)?,
            Goal::Accuracy => made.as_ref()?.0.place,
        };
        let mix = found.candidates.get(place)?;
        let measured = made.filter(|(chosen, _)| chosen.place == place).and_then(|(chosen, stale)| {
            let evaluation = &chosen.mixed.scored.evaluation;
            let (accuracy, interval) = evaluation.accuracy().zip(evaluation.interval())?;
            Some(Measured { accuracy, interval, pictures: evaluation.total(), loss: chosen.mixed.scored.loss, stale })
        });
        let float = found.sensitivity.float_bytes();
        debug_assert_eq!(subject.network.parameters.iter().filter(|it| it.is_weight()).count(), mix.bits.len());
        Some(Self {
            bits: mix.bits.clone(),
            bytes: mix.bytes,
            ratio: float as f64 / mix.bytes.max(1) as f64,
            scheme: found.sensitivity.scheme.clone(),
            expected: mix.added_loss,
            float_loss: found.sensitivity.float.loss,
            measured,
        })
    }

    /// What was measured on all pictures.
    pub fn accuracy(&self) -> Option<f64> {
        self.measured.as_ref().map(|measured| measured.accuracy)
    }
}

/// Draws the card.
pub(super) fn ui(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    found: Option<&Layered>,
    choice: Option<&Choice>,
    rect: Rect,
    ui: &mut Ui,
) {
    Card::new("A width for each layer").show(ui, rect, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        goal_ui(ctx, subject, found, ui);
        let Some(found) = found else {
            return card::nothing(ui, "Measure first: the layers' losses decide");
        };
        let Some(choice) = choice else {
            let why = match ctx.setup().network.bits.goal {
                Goal::Size => {
                    let (float, smallest) = (found.sensitivity.float_bytes(), found.mixes.first().map(|mix| mix.bytes));
                    let most = float as f64 / smallest.unwrap_or(float).max(1) as f64;
                    format!("No mix is that small: the smallest is {} smaller", format::ratio(most))
                }
                Goal::Accuracy => "Looking for the smallest mix that reaches it".to_owned(),
            };
            return card::nothing(ui, &why);
        };
        result_ui(ctx, choice, subject, ui);
    });
}

/// What shall be met.
fn goal_ui(ctx: &mut PageContext<'_>, subject: &Subject, found: Option<&Layered>, ui: &mut Ui) {
    let wanted = ctx.setup().network.bits;
    ui.horizontal(|ui| {
        label(ui, "Meet");
        let mut goal = wanted.goal;
        if segmented(ui, "Goal", &mut goal, &[(Goal::Size, "a size"), (Goal::Accuracy, "an accuracy")]).changed() {
            let words = if goal == Goal::Size { "Meet a size" } else { "Meet an accuracy" };
            ctx.edit(words, None, move |setup| setup.network.bits.goal = goal);
        }
    });
    ui.horizontal(|ui| match wanted.goal {
        Goal::Size => {
            let mut ratio = Number(wanted.ratio);
            let response = value_field(ui, "Times smaller", &mut ratio, 70.0, |text| {
                number(text).filter(|value| *value >= 1.0).map(Number).ok_or("a number of at least 1".to_owned())
            });
            if response.changed() {
                set_ratio(ctx, ratio.0, None);
            }
            label(ui, "times smaller, or more");
        }
        Goal::Accuracy => {
            let mut points = Number(wanted.points);
            let response = value_field(ui, "Points lost at most", &mut points, 70.0, |text| {
                number(text)
                    .filter(|value| (0.0..=100.0).contains(value))
                    .map(Number)
                    .ok_or("0 to 100 points".to_owned())
            });
            if response.changed() {
                let points = points.0;
                let words = format!("At most {points} points lost");
                ctx.edit(words, None, move |setup| setup.network.bits.points = points);
            }
            let float = subject.float.accuracy().unwrap_or(f64::NAN);
            label(ui, &format!("points below {} % at most", format::fixed(100.0 * float, 2)));
        }
    });
    if wanted.goal == Goal::Size {
        let smallest = found.and_then(|found| {
            let smallest = found.mixes.first()?.bytes;
            Some(found.sensitivity.float_bytes() as f64 / smallest.max(1) as f64)
        });
        // Logarithmic: from 4 to 8 times is as far as from 8 to 16.
        let mut log = wanted.ratio.log2();
        ui.spacing_mut().slider_width = ui.available_width() - 8.0;
        let slider = egui::Slider::new(&mut log, 0.0..=smallest.unwrap_or(32.0).log2()).show_value(false);
        let response = ui.add(slider).accessible_name("Target size");
        if response.changed() {
            let gesture = ctx.state.gestures.of(&response);
            set_ratio(ctx, (log.exp2() * 100.0).floor() / 100.0, gesture);
        }
    }
}

fn set_ratio(ctx: &mut PageContext<'_>, ratio: f64, gesture: Option<u64>) {
    let words = format!("{} times smaller, or more", format::significant(ratio, 4));
    ctx.edit(words, gesture, move |setup| setup.network.bits.ratio = ratio.max(1.0));
}

fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|value: &f64| value.is_finite())
}

/// A number as it stands in its field.
#[derive(PartialEq)]
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format::ascii(&format::significant(self.0, 4)))
    }
}

/// What was found, and what it measures.
fn result_ui(ctx: &mut PageContext<'_>, choice: &Choice, subject: &Subject, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let line = |ui: &mut Ui, text: String, font, color| {
        ui.add(egui::Label::new(RichText::new(text).font(font).color(color)).wrap());
    };
    line(ui, format!("{} smaller", format::ratio(choice.ratio)), theme::display(), tokens.accent);
    line(ui, format::bytes_exact(choice.bytes), theme::body(), tokens.muted);
    match &choice.measured {
        Some(measured) => {
            let fade = |color: egui::Color32| if measured.stale { color.gamma_multiply(theme::STALE) } else { color };
            let float = subject.float.accuracy().unwrap_or(f64::NAN);
            let points = 100.0 * (float - measured.accuracy);
            let words = match points {
                points if points > 0.0 => format!("{} points lost", format::fixed(points, 2)),
                points if points < 0.0 => format!("{} points won", format::fixed(-points, 2)),
                _ => "no point lost".to_owned(),
            };
            let accuracy = format!("{} % right, {words}", format::fixed(100.0 * measured.accuracy, 2));
            let color = if measured.interval.high < float { tokens.error } else { tokens.text };
            line(ui, accuracy, theme::semibold(15.0), fade(color));
            let updating = if measured.stale { "; updating" } else { "" };
            let verified = format!("measured on {} pictures{updating}", format::count(measured.pictures as u64));
            line(ui, verified, theme::small(), tokens.muted);
            let loss = format!(
                "loss {}; {} expected of the first {}",
                format::significant(measured.loss, 3),
                format::significant(choice.float_loss + choice.expected, 3),
                format::count(subject.data.len().min(QUICK) as u64)
            );
            line(ui, loss, theme::small(), tokens.muted);
        }
        None => {
            let pictures = format::count(subject.data.len() as u64);
            line(ui, format!("Measuring on {pictures} pictures"), theme::body(), tokens.muted);
        }
    }
    ui.add_space(2.0);
    let button = 36.0;
    let height = (ui.available_height() - button).max(60.0);
    figure::table_area(ui, "A width for each layer", || {
        let mut table = Table::new("A width for each layer", &["layer", "bits"]);
        let layers = names(subject).into_iter().zip(&choice.bits);
        let row = |(name, bits): (&str, &Option<u32>)| {
            vec![Cell::Text(name.to_owned()), Cell::Number(bits.unwrap_or(32).into())]
        };
        table.rows = layers.map(row).collect();
        table
    });
    egui::ScrollArea::vertical().id_salt("mix").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, bits) in names(subject).into_iter().zip(&choice.bits) {
            layer_ui(ui, name, *bits);
        }
    });
    if button::plain(ui, "Use on Accuracy").clicked() {
        let (scheme, widths) = (
            choice.scheme.clone(),
            Widths { network: ctx.setup().network.choice.network.clone(), bits: choice.bits.clone() },
        );
        ctx.edit("A width for each layer", None, move |setup| {
            setup.scheme = scheme.clone();
            setup.network.each = Some(widths.clone());
        });
        ctx.act(Action::ShowPage("accuracy"));
    }
}

/// A layer with its width as a bar of up to 8.
fn layer_ui(ui: &mut Ui, name: &str, bits: Option<u32>) {
    let tokens = tokens(ui.ctx());
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), egui::Sense::hover());
    let words = bits.map_or_else(|| "float32".to_owned(), |bits| format!("{bits} bit"));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name}: {words}")));
    let painter = ui.painter();
    painter.text(pos2(line.left(), line.center().y), Align2::LEFT_CENTER, name, theme::control(), tokens.text);
    painter.text(pos2(line.right(), line.center().y), Align2::RIGHT_CENTER, words, theme::mono(), tokens.text);
    let (left, right) = (line.left() + 80.0, line.right() - 72.0);
    let share = bits.map_or(1.0, |bits| bits as f32 / 8.0).min(1.0);
    let color = if bits.is_some() { tokens.accent } else { tokens.real };
    let bar = Rect::from_min_max(
        pos2(left, line.center().y - 4.0),
        pos2(left + (right - left).max(0.0) * share, line.center().y + 4.0),
    );
    painter.rect_filled(bar, theme::RADIUS_BAR, color);
}
