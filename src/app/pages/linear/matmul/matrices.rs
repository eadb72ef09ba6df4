//! q_W · q_X + q_bias = accumulator, × M → q_Y, with the row, the column and the sum of one output lit up.

use egui::{Align2, Rect, Ui, vec2};

use super::{MatmulPage, Target, focus, set};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{label, title_field};
use crate::app::setup::Matmul;
use crate::app::setup::linear::matmul::Source;
use crate::app::theme::{self, tokens};
use crate::app::view::affine::{Real, parse_real, real, whole};
use crate::app::view::format;
use crate::app::view::matmul::MatmulView;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;

/// A matrix on its way to the screen.
struct Shown {
    title: &'static str,
    kind: String,
    cells: Vec<(String, Fill)>,
    columns: usize,
    width: f32,
    /// What stands before it.
    sign: &'static str,
    role: Role,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    W,
    X,
    Bias,
    Output,
    Multiplier,
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, setup: &Matmul, view: &MatmulView, rect: Rect, ui: &mut Ui) {
    let (outputs, depth, batch) = (view.shown.rows(), view.weights.codes().cols(), view.shown.cols());
    let source = match setup.source {
        Source::Lab => "lab layer",
        Source::Lecture => "the lecture's weights",
        Source::Slice => "slice of a tensor",
    };
    let mode = if setup.symmetric { "symmetric" } else { "asymmetric" };
    let per = if setup.per_channel { "per channel" } else { "per tensor" };
    let more = if setup.symmetric { "" } else { "; − Z_W Σ q_X is added at run time" };
    let subtitle = format!("{source}, {depth} inputs → {outputs} outputs, batch {batch}, weights {mode} {per}{more}");
    if ctx.presenting {
        return card::plain(ui, rect, "matmul", |ui| row_ui(ctx, setup, view, ui));
    }
    let (mut show_real, target) = (ctx.state.linear.matmul.real, ctx.state.linear.matmul.target);
    let mut edited = None;
    Card::new("Integer matmul")
        .subtitle(&subtitle)
        .trailing(|ui| {
            segmented(ui, "Operands as", &mut show_real, &[(false, "Codes"), (true, "Real")]);
            edited = target.and_then(|target| field_ui(setup, target, ui).map(|value| (target, value)));
        })
        .show(ui, rect, |ui| row_ui(ctx, setup, view, ui));
    ctx.state.linear.matmul.real = show_real;
    if let Some((target, value)) = edited {
        let what = format!("{} {}", name(target), real(value));
        set(ctx, what, None, move |matmul| {
            let layer = &mut matmul.layer;
            match target {
                Target::W(row, col) => layer.weights[(row, col)] = value,
                Target::X(row, col) => layer.inputs[(row, col)] = value,
                Target::B(row) => layer.bias[row] = value,
            }
        });
    }
}

fn name(target: Target) -> String {
    match target {
        Target::W(row, col) => format!("W[{row}, {col}]"),
        Target::X(row, col) => format!("X[{row}, {col}]"),
        Target::B(row) => format!("b[{row}]"),
    }
}

/// The field for the real value of what was clicked.
fn field_ui(setup: &Matmul, target: Target, ui: &mut Ui) -> Option<f32> {
    let layer = &setup.layer;
    let now = match target {
        Target::W(row, col) if row < layer.weights.rows() && col < layer.weights.cols() => layer.weights[(row, col)],
        Target::X(row, col) if row < layer.inputs.rows() && col < layer.inputs.cols() => layer.inputs[(row, col)],
        Target::B(row) => *layer.bias.get(row)?,
        _ => return None,
    };
    let mut typed = Real(now);
    let field = |ui: &mut Ui| value_field_over(ui, "Real value", &mut typed, 84.0, |text| parse_real(text).map(Real));
    let changed = title_field(ui, 84.0, field).changed();
    label(ui, &name(target));
    changed.then_some(typed.0)
}

fn shown(ctx: &PageContext<'_>, setup: &Matmul, view: &MatmulView, cell: (usize, usize)) -> Vec<Shown> {
    let (row, col) = cell;
    let state: &MatmulPage = &ctx.state.linear.matmul;
    let (outputs, depth, batch) = (view.shown.rows(), view.weights.codes().cols(), view.shown.cols());
    let in_row = |at: usize| if at == row { Fill::Soft } else { Fill::Plain };
    let in_column = |at: usize| if at == col { Fill::Soft } else { Fill::Plain };
    let result = |at: usize| if (at / batch, at % batch) == cell { Fill::Accent } else { Fill::Plain };
    let clipped = |at: usize| {
        let cell = view.shown[(at / batch, at % batch)];
        if cell.clamped() { Fill::Warn } else { Fill::Plain }
    };
    let bits = setup.bits;
    let int = format!("int{bits}");
    let decimals = |value: f32| format::fixed(f64::from(value), 2);
    let layer = &setup.layer;
    let (w, x): (Vec<String>, Vec<String>) = if state.real {
        (
            layer.weights.values().iter().map(|v| decimals(*v)).collect(),
            layer.inputs.values().iter().map(|v| decimals(*v)).collect(),
        )
    } else {
        let text = |codes: &[i32]| codes.iter().map(|code| whole(*code)).collect();
        (text(view.weights.codes().values()), text(view.inputs.codes().values()))
    };
    let zip = |texts: Vec<String>, fill: &dyn Fn(usize) -> Fill| -> Vec<(String, Fill)> {
        texts.into_iter().enumerate().map(|(at, text)| (text, fill(at))).collect()
    };
    // As wide as the longest text of the matrix needs.
    let width = |texts: &[String]| {
        let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(1);
        (longest as f32 * 8.2 + 10.0).max(29.0)
    };
    let kind = |real: &str, code: String| if state.real { real.to_owned() } else { code };
    let mut all = vec![
        Shown {
            title: if state.real { "W" } else { "q_W" },
            kind: kind("float32", int.clone()),
            width: width(&w),
            cells: zip(w, &|at| in_row(at / depth)),
            columns: depth,
            sign: "",
            role: Role::W,
        },
        Shown {
            title: if state.real { "X" } else { "q_X" },
            kind: kind("float32", int.clone()),
            width: width(&x),
            cells: zip(x, &|at| in_column(at % batch)),
            columns: batch,
            sign: "·",
            role: Role::X,
        },
    ];
    // What is not Σ q_W q_X goes into one column of the sum: everything that is precomputed and switched on, and the bias.
    let q_bias: Vec<String> = (0..outputs)
        .map(|row| {
            let terms = view.product.terms.at(row, 0);
            let known: i64 = [2, 3].into_iter().filter(|term| setup.terms[*term]).map(|term| terms[term]).sum();
            whole(known + view.bias.get(row).copied().unwrap_or(0))
        })
        .collect();
    let accumulators: Vec<String> = view.shown.values().iter().map(|cell| whole(cell.accumulator)).collect();
    let multipliers: Vec<String> = view.stages.iter().map(|stage| format::fixed(stage.multiplier.real, 3)).collect();
    let codes: Vec<String> = view.shown.values().iter().map(|cell| whole(cell.code)).collect();
    let bias_title = if setup.bias { "q_bias" } else { "known" };
    all.push(Shown {
        title: bias_title,
        kind: String::new(),
        width: width(&q_bias).max(46.0),
        cells: zip(q_bias, &in_row),
        columns: 1,
        sign: "+",
        role: Role::Bias,
    });
    all.push(Shown {
        title: "accumulator",
        kind: "int32".to_owned(),
        width: width(&accumulators).max(34.0),
        cells: zip(accumulators, &result),
        columns: batch,
        sign: "=",
        role: Role::Output,
    });
    all.push(Shown {
        title: "M",
        kind: String::new(),
        width: width(&multipliers),
        cells: zip(multipliers, &in_row),
        columns: 1,
        sign: "×",
        role: Role::Multiplier,
    });
    let code_fill = |at: usize| if result(at) == Fill::Accent { Fill::Accent } else { clipped(at) };
    all.push(Shown {
        title: "q_Y",
        kind: int,
        width: width(&codes),
        cells: zip(codes, &code_fill),
        columns: batch,
        sign: "→",
        role: Role::Output,
    });
    all
}

fn row_ui(ctx: &mut PageContext<'_>, setup: &Matmul, view: &MatmulView, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let cell = focus(&ctx.state.linear.matmul, view);
    let all = shown(ctx, setup, view, cell);
    let look = PlotLook::of(ctx.presenting);
    let (batch, depth) = (view.shown.cols(), view.weights.codes().cols());
    let rows = view.shown.rows().max(depth);
    let sign_width = 26.0;
    let cells: f32 = all.iter().map(|shown| shown.width * shown.columns as f32).sum();
    let room = ui.available_width() - 6.0 - sign_width * (all.len() - 1) as f32;
    let stretch = (room / cells).clamp(0.55, 2.0);
    let tall = ((ui.available_height() - Matrix::compact_height(&look, false)) / rows as f32).clamp(14.0, 44.0);
    let (mut hovered, mut picked, mut target) = (None, None, None);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for shown in &all {
            if !shown.sign.is_empty() {
                let (rect, _) =
                    ui.allocate_exact_size(vec2(sign_width, tall * rows as f32 + 22.0), egui::Sense::hover());
                let at = rect.center() + vec2(0.0, 10.0);
                ui.painter().text(at, Align2::CENTER_CENTER, shown.sign, theme::regular(18.0), tokens.muted);
            }
            let linked = (shown.role == Role::Output).then_some(cell.0 * batch + cell.1);
            let width = (shown.width * stretch).floor();
            let matrix = Matrix {
                title: shown.title,
                kind: &shown.kind,
                cost: "",
                columns: shown.columns,
                cells: &shown.cells,
                linked,
                cell: vec2(width, tall),
                look: look.clone(),
            };
            let response = matrix.show_compact(ui);
            match shown.role {
                Role::Output => {
                    hovered = hovered.or(response.hovered.map(|at| (at / batch, at % batch)));
                    picked = picked.or(response.selected.map(|at| (at / batch, at % batch)));
                }
                Role::W => target = target.or(response.selected.map(|at| Target::W(at / depth, at % depth))),
                Role::X => target = target.or(response.selected.map(|at| Target::X(at / batch, at % batch))),
                Role::Bias => target = target.or(response.selected.filter(|_| setup.bias).map(Target::B)),
                Role::Multiplier => {}
            }
        }
    });
    let state = &mut ctx.state.linear.matmul;
    state.pointed = hovered;
    state.cell = picked.unwrap_or(state.cell);
    state.target = target.or(state.target);
}
