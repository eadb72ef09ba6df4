//! The page about symmetric ranges: the lecture's three pictures, and what each convention costs.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::affine::set;
use super::parts::{column_in, columns, label, row_in, scrolled};
use super::precision::precision_ui;
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::pages::tensor::tensor_choice;
use crate::app::session::{Action, Session};
use crate::app::setup::linear::affine;
use crate::app::state::UiState;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::affine::whole;
use crate::app::view::format;
use crate::app::view::symmetric::{Picture, Symmetric, formula, name};
use crate::app::widgets::affine_map::{AffineMapView, OnAxis};
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::{Linear, Range};
use crate::engine::tensor::Summary;

/// Dots are drawn for up to this many weights, bars for more.
const DOTS: usize = 128;
/// Bars over an axis.
const BARS: usize = 96;
/// A narrower picture has room for a short title beside its error.
const NARROW: f32 = 300.0;

/// What the status bar says: the convention and who uses it.
pub fn status(session: &Session, _state: &UiState) -> Vec<String> {
    let range = affine::quantizer(session.scheme()).range;
    vec![format!("{}: {}", name(range), range.used_by())]
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let linear = affine::quantizer(ctx.scheme());
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => 84.0 + 2.0 * 176.0 + 236.0 + 3.0 * GAP,
        (false, false) => 66.0 + 2.0 * 152.0 + 172.0 + 3.0 * GAP,
    };
    scrolled(ui, "symmetric page", presenting, least, |ui, page| {
        let top = if presenting {
            page.top()
        } else {
            let controls = Rect::from_min_size(page.min, vec2(page.width(), if narrow { 84.0 } else { 66.0 }));
            controls_ui(ctx, &linear, narrow, controls, ui);
            controls.bottom() + GAP
        };
        let page = Rect::from_min_max(pos2(page.left(), top), page.max);
        let Some(result) = compute(ctx, &linear) else {
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, "Quantizing all weights"));
        };
        let table = match (presenting, narrow) {
            (true, _) => 0.0,
            (false, true) => 236.0,
            (false, false) => (page.height() * 0.32).clamp(172.0, 220.0),
        };
        let maps = Rect::from_min_max(
            page.min,
            pos2(page.right(), page.bottom() - table - if presenting { 0.0 } else { GAP }),
        );
        let half = (maps.height() - GAP) / 2.0;
        let row = |index: usize| {
            let at = maps.min + vec2(0.0, index as f32 * (half + GAP));
            Rect::from_min_size(at, vec2(maps.width(), half))
        };
        let values = ctx.loaded().map(|loaded| (loaded.values.clone(), loaded.summary.clone()));
        if let Some((values, summary)) = values {
            pictures_ui(ctx, Row::Weights, &result.value.weights, &values, &summary, row(0), ui);
        }
        let (relu, summary) = &result.value.relu;
        pictures_ui(ctx, Row::Relu, &result.value.activations, relu, summary, row(1), ui);
        if !presenting {
            let rect = Rect::from_min_max(pos2(page.left(), maps.bottom() + GAP), page.max);
            table_ui(ctx, &linear, &result, rect, ui);
        }
    });
}

fn compute(ctx: &mut PageContext<'_>, linear: &Linear) -> Option<Derived<Symmetric>> {
    let loaded = ctx.loaded()?.clone();
    ctx.derive("linear/symmetric", "Symmetric ranges", (loaded.key, linear.clone()), move |(_, linear), handle| {
        Symmetric::new(&loaded.values, &loaded.summary, linear, handle)
    })
}

fn controls_ui(ctx: &mut PageContext<'_>, linear: &Linear, narrow: bool, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = (inner.width() * 0.34).max(250.0);
        let slider = Rect::from_min_max(pos2(inner.right() - slider_width, inner.top() - 2.0), inner.max);
        let bottom = if narrow { inner.top() + 28.0 } else { inner.bottom() };
        let line = Rect::from_min_max(inner.min, pos2(slider.left() - 12.0, bottom));
        let mut row = row_in(ui, "row", line);
        if !narrow {
            label(&mut row, "Range");
        }
        let options = [
            (Range::Affine, "Asymmetric"),
            (Range::Restricted, "Restricted"),
            (Range::Full, "Full"),
            (Range::FullClamped, if narrow { "All codes" } else { "Full, restricted S" }),
            (Range::FullHalf, if narrow { "Half" } else { "Full, half codes" }),
        ];
        let mut range = linear.range;
        if segmented(&mut row, "Range", &mut range, &options).changed() {
            choose(ctx, linear, range);
        }
        let chosen = if narrow {
            let below =
                Rect::from_min_max(pos2(inner.left(), inner.top() + 34.0), pos2(slider.left() - 12.0, inner.bottom()));
            tensor_choice(ctx, &mut row_in(ui, "tensor", below))
        } else {
            row.add_space(8.0);
            tensor_choice(ctx, &mut row)
        };
        if let Some(tensor) = chosen {
            ctx.act(Action::SelectTensor(tensor));
        }
        let slider = Rect::from_min_max(slider.min, pos2(slider.right(), slider.top() + 48.0));
        let mut right = column_in(ui, "bits", slider);
        let mut bits = u32::from(linear.bits);
        let response = bits_slider(&mut right, &mut bits, true);
        let gesture = ctx.state.gestures.of(&response);
        if bits != u32::from(linear.bits) && !(bits == 1 && linear.range.needs_two_bits()) {
            let what = format!("Bits {} → {bits}", linear.bits);
            set(ctx, what, gesture, Linear { bits: bits as u8, ..linear.clone() });
        }
    });
}

fn choose(ctx: &mut PageContext<'_>, linear: &Linear, range: Range) {
    if linear.bits > 1 || !range.needs_two_bits() {
        let what = format!("Range: {}, as in {}", name(range).to_lowercase(), range.used_by());
        let signed = linear.signed || range.is_symmetric();
        set(ctx, what, None, Linear { range, signed, ..linear.clone() });
    }
}

/// With a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a row of pictures is of.
#[derive(Clone, Copy)]
enum Row {
    /// The tensor.
    Weights,
    /// What a ReLU leaves of it.
    Relu,
}

/// Three pictures side by side: the same values, three ways to lay a grid over them.
fn pictures_ui(
    ctx: &mut PageContext<'_>,
    row: Row,
    pictures: &[Picture; 3],
    values: &[f32],
    summary: &Summary,
    rect: Rect,
    ui: &mut Ui,
) {
    let presenting = ctx.presenting;
    let best = pictures.iter().map(|picture| picture.report.sse).fold(f64::INFINITY, f64::min);
    for (rect, picture) in columns(rect, &[1.0, 1.0, 1.0], GAP).into_iter().zip(pictures) {
        // After a ReLU the pictures are named by what they are of.
        let title = match row {
            Row::Weights if rect.width() >= NARROW => picture.title.to_owned(),
            Row::Weights => capital(picture.title.trim_start_matches("Symmetric ")),
            Row::Relu if rect.width() < 240.0 && picture.title == "Asymmetric" => "ReLU, asym.".to_owned(),
            Row::Relu => format!("ReLU, {}", picture.title.to_lowercase().trim_start_matches("symmetric ")),
        };
        let lowest = picture.report.sse == best;
        let used = format!("{} of {} codes", picture.used(), picture.of());
        let sse = format!("SSE {}", format::significant(picture.report.sse, 4));
        // A hall reads no subtitle: hollow codes say which are not used.
        let subtitle = if presenting || rect.width() < NARROW { "" } else { used.as_str() };
        Card::new(&title)
            .subtitle(subtitle)
            .trailing(|ui| {
                let tokens = tokens(ui.ctx());
                let color = if lowest { tokens.good } else { tokens.text };
                ui.label(egui::RichText::new(sse).font(theme::semibold(14.0)).color(color));
            })
            .show(ui, rect, |ui| {
                let map = &picture.map;
                let bars;
                let weights = if values.len() <= DOTS {
                    OnAxis::Dots(values)
                } else {
                    bars = summary.bars(map.axis[0], (map.axis[1] - map.axis[0]) / BARS as f64, BARS);
                    OnAxis::Bars(&bars)
                };
                let look = PlotLook::of(presenting);
                let view = AffineMapView {
                    map,
                    weights,
                    clipped: picture.clipped,
                    selected: None,
                    outlier: None,
                    cursor: None,
                    counts: Some(&picture.counts),
                    left_out: picture.unused_code,
                    compact: true,
                    look,
                };
                view.show(ui);
            });
    }
}

/// Every convention: its scale, its codes, what goes unused, what is clipped, the error, who uses it.
fn table_ui(ctx: &mut PageContext<'_>, linear: &Linear, result: &Derived<Symmetric>, rect: Rect, ui: &mut Ui) {
    let mut chosen = None;
    let subtitle = "on the weights, one scale for all; click to use";
    let precision = |ui: &mut Ui| precision_ui(ctx, linear, false, ui);
    Card::new("Restricted against full").subtitle(subtitle).trailing(precision).show_edge_to_edge(ui, rect, |ui| {
        let tokens = tokens(ui.ctx());
        let area = ui.max_rect().shrink2(vec2(theme::PADDING, 0.0));
        let narrow = area.width() < 900.0;
        let shares = [1.2, 1.25, 0.65, 0.7, 0.7, 0.6, 0.75, if narrow { 0.0 } else { 1.8 }];
        let parts = columns(area, &shares, 8.0);
        let heads = ["Convention", "S", "", "Codes", "Used", "Clipped", "SSE", "Used by"];
        let line = ((area.height() - 2.0) / 5.0).clamp(22.0, 34.0);
        figure::table_area(ui, "Restricted against full", || result.value.table());
        let text = |column: usize, row: usize, text: &str, font, color| {
            let right = (2..=6).contains(&column);
            let indent = if column == 7 { 16.0 } else { 0.0 };
            let at = if right { parts[column].right() } else { parts[column].left() + indent };
            let align = if right { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
            let galley = theme::truncated(ui, text, font, color, (parts[column].width() - indent).max(10.0));
            let y = area.top() + (row as f32 + 0.5) * line - galley.size().y / 2.0;
            let x = if align == Align2::RIGHT_CENTER { at - galley.size().x } else { at };
            ui.painter().galley(pos2(x, y), galley, color);
        };
        for (column, head) in heads.into_iter().enumerate().filter(|(column, _)| !(narrow && *column == 7)) {
            text(column, 0, head, theme::small(), tokens.muted);
        }
        let found = result.value.conventions.iter().filter_map(|convention| convention.picture.as_ref());
        let best = found.map(|picture| picture.report.sse).fold(f64::INFINITY, f64::min);
        for (index, convention) in result.value.conventions.iter().enumerate() {
            let row = index + 1;
            let top = area.top() + row as f32 * line;
            let hit = Rect::from_min_size(pos2(area.left() - 8.0, top), vec2(area.width() + 16.0, line));
            let response = ui.interact(hit, ui.scope_id().with(("convention", index)), Sense::click());
            let current = convention.range == linear.range;
            if current {
                ui.painter().rect_filled(hit, theme::RADIUS_BIT, tokens.select);
                let bar = Rect::from_min_size(hit.min, vec2(4.0, hit.height()));
                ui.painter().rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
            } else if response.hovered() {
                ui.painter().rect_filled(hit, theme::RADIUS_BIT, tokens.hover);
            }
            let strong = if current { theme::control_semibold() } else { theme::control() };
            text(0, row, name(convention.range), strong, tokens.text);
            text(1, row, formula(convention.range), theme::control(), tokens.text);
            let used_by = convention.range.used_by();
            if !narrow {
                text(7, row, used_by, theme::control(), tokens.muted);
            }
            let said = match &convention.picture {
                None => {
                    text(3, row, "needs 2 bits", theme::control(), tokens.warn);
                    format!("{}: needs 2 bits", name(convention.range))
                }
                Some(picture) => {
                    let derivation = &picture.map.derivation;
                    let scale = format::significant(f64::from(derivation.scale), 5);
                    let codes = format!("{} … {}", whole(derivation.q_min), whole(derivation.q_max));
                    let used = format!("{} of {}", picture.used(), picture.of());
                    let clipped = picture.clipped[0] + picture.clipped[1];
                    let sse = format::significant(picture.report.sse, 5);
                    text(2, row, &scale, theme::mono(), tokens.text);
                    text(3, row, &codes, theme::mono(), tokens.accent);
                    text(4, row, &used, theme::mono(), tokens.text);
                    let color = if clipped > 0 { tokens.warn } else { tokens.text };
                    text(5, row, &format::count(clipped), theme::mono(), color);
                    let color = if picture.report.sse == best { tokens.good } else { tokens.text };
                    text(6, row, &sse, theme::mono(), color);
                    format!(
                        "{}: S {scale}, codes {codes}, {used} used, {clipped} clipped, SSE {sse}, {used_by}",
                        name(convention.range)
                    )
                }
            };
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, current, &said));
            theme::focus_ring(ui, &response, hit);
            if response.clicked() {
                chosen = Some(convention.range);
            }
        }
    });
    if let Some(range) = chosen {
        choose(ctx, linear, range);
    }
}
