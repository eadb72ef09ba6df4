//! Input with its border, kernel, accumulator, output and error, with one window lit up.

use egui::{Key, Rect, Ui, vec2};

use super::{Target, set};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{label, title_field};
use crate::app::setup::Convolution;
use crate::app::setup::linear::convolution::SIDE;
use crate::app::view::affine::{Real, parse_real, real, whole};
use crate::app::view::convolution::{ConvolutionView, bare};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::focus::letter;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::engine::integer::PadCode;

/// Title, kind, cells, columns, and the width of a cell as a share.
type Plane<'a> = (&'a str, &'a str, &'a [(String, Fill)], usize, f32);

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, setup: &Convolution, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let target = ctx.state.linear.convolution.target;
    let playing = ctx.state.linear.convolution.playing.is_some();
    // The keys work in a presentation too, where there are no buttons.
    let mut toggled = letter(ui, Key::P);
    let mut step = isize::from(letter(ui, Key::S)) - isize::from(letter(ui, Key::B));
    let mut edited = None;
    if ctx.presenting {
        card::plain(ui, rect, "planes", |ui| planes_ui(ctx, setup, view, ui));
    } else {
        Card::new("Integer convolution")
            .subtitle("the window slides over q_X with its border")
            .trailing(|ui| {
                let play = if playing { "Pause" } else { "Play" };
                toggled |= button::plain(ui, play).on_hover_text("Key P").clicked();
                step += isize::from(button::plain(ui, "Step").on_hover_text("Key S").clicked());
                step -= isize::from(button::plain(ui, "Back").on_hover_text("Key B").clicked());
                edited = target.and_then(|target| field_ui(setup, target, ui).map(|value| (target, value)));
            })
            .show(ui, rect, |ui| planes_ui(ctx, setup, view, ui));
    }
    let now = ui.input(|input| input.time);
    let state = &mut ctx.state.linear.convolution;
    if toggled {
        state.playing = if playing { None } else { Some(now) };
    }
    if step != 0 {
        let outputs = view.outputs() as isize;
        state.cell = (state.cell as isize + step).rem_euclid(outputs.max(1)) as usize;
        state.playing = None;
    }
    if let Some((target, value)) = edited {
        set(ctx, format!("{} {}", name(target), real(value)), None, move |conv| match target {
            Target::Picture(cell) => conv.picture[cell] = value,
            Target::Weight(tap) => conv.weights[tap] = value,
        });
    }
}

fn name(target: Target) -> String {
    match target {
        Target::Picture(cell) => format!("X[{}, {}]", cell / SIDE, cell % SIDE),
        Target::Weight(tap) => format!("W[{}, {}]", tap / 3, tap % 3),
    }
}

fn field_ui(setup: &Convolution, target: Target, ui: &mut Ui) -> Option<f32> {
    let now = match target {
        Target::Picture(cell) => setup.picture[cell],
        Target::Weight(tap) => setup.weights[tap],
    };
    let mut typed = Real(now);
    let field = |ui: &mut Ui| value_field_over(ui, "Real value", &mut typed, 84.0, |text| parse_real(text).map(Real));
    let changed = title_field(ui, 84.0, field).changed();
    label(ui, &name(target));
    changed.then_some(typed.0)
}

fn planes_ui(ctx: &mut PageContext<'_>, setup: &Convolution, view: &ConvolutionView, ui: &mut Ui) {
    let cell = ctx.state.linear.convolution.focus(view);
    let look = PlotLook::of(ctx.presenting);
    let padding = setup.padding;
    let side = SIDE + 2 * padding;
    let window = view.window(cell);
    let wrong = setup.pad == PadCode::Zero && view.pad() != view.input.zero_point;
    let inside = |row: usize, column: usize| {
        let at = |place: usize| place.checked_sub(padding).filter(|place| *place < SIDE);
        Some(at(row)? * SIDE + at(column)?)
    };
    let input: Vec<(String, Fill)> = (0..side * side)
        .map(|index| {
            let (row, column) = (index / side, index % side);
            let lit = window.contains(&[row, column]);
            match inside(row, column) {
                Some(place) => (whole(view.codes[place]), if lit { Fill::Soft } else { Fill::Plain }),
                None if lit => (whole(view.pad()), if wrong { Fill::Warn } else { Fill::Soft }),
                None => (whole(view.pad()), if wrong { Fill::Warn } else { Fill::Faint }),
            }
        })
        .collect();
    let kernel: Vec<(String, Fill)> =
        view.layer.layer.weights.codes().values().iter().map(|code| (whole(*code), Fill::Soft)).collect();
    let result = |index: usize| if index == cell { Fill::Accent } else { Fill::Plain };
    let accumulators: Vec<(String, Fill)> =
        view.shown.accumulators().iter().enumerate().map(|(index, sum)| (whole(*sum), result(index))).collect();
    let codes: Vec<(String, Fill)> =
        view.shown.codes().iter().enumerate().map(|(index, code)| (whole(*code), result(index))).collect();
    // One scale for both borders, so that the wrong one lights up.
    let scale = f64::from(view.layer.layer.output.scale).max(view.worst()[0]).max(f64::MIN_POSITIVE);
    let errors: Vec<(String, Fill)> =
        view.difference.iter().map(|value| (bare(*value), Fill::Signed((value / scale) as f32))).collect();
    let bits = setup.bits;
    let input_kind = format!("int{bits}, Z_X = {}", whole(view.input.zero_point));
    let int = format!("int{bits}");
    let columns = view.size[1];
    let all: [Plane<'_>; 5] = [
        ("q_X", &input_kind, &input, side, 1.0),
        ("q_W", &int, &kernel, 3, 1.1),
        ("Accumulator", "int32", &accumulators, columns, 1.4),
        ("q_Y", &int, &codes, columns, 1.0),
        ("Integer − float", "", &errors, columns, 1.35),
    ];
    let shares: f32 = all.iter().map(|(.., columns, width)| *columns as f32 * width).sum();
    let gap = if ui.available_width() < 800.0 { 14.0 } else { 22.0 };
    let unit = ((ui.available_width() - 6.0 - 4.0 * gap) / shares).clamp(18.0, 46.0);
    let height = ui.available_height() - Matrix::compact_height(&look, true);
    let tall = (height / side as f32).clamp(15.0, 34.0);
    let (mut hovered, mut picked, mut target) = (None, None, None);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for (index, (title, kind, cells, columns, width)) in all.into_iter().enumerate() {
            let cost = match index {
                1 => "3 × 3",
                2 => "+ q_bias",
                3 => "× M, + Z_Y, clamp",
                _ => "",
            };
            let matrix = Matrix {
                title,
                kind,
                cost,
                columns,
                cells,
                linked: (index >= 2).then_some(cell),
                cell: vec2((unit * width).floor(), tall),
                look: look.clone(),
            };
            let response = matrix.show_compact(ui);
            match index {
                0 => {
                    target =
                        target.or(response.selected.and_then(|at| inside(at / side, at % side)).map(Target::Picture))
                }
                1 => target = target.or(response.selected.map(Target::Weight)),
                _ => {
                    hovered = hovered.or(response.hovered);
                    picked = picked.or(response.selected);
                }
            }
        }
    });
    let state = &mut ctx.state.linear.convolution;
    state.hovered = hovered.filter(|_| state.playing.is_none());
    if let Some(cell) = picked {
        state.cell = cell;
        state.playing = None;
    }
    state.target = target.or(state.target);
}
