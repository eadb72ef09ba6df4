//! The boxes of the slide, from q_X and q_W up to q_Y, with bit widths on the arrows and the values of one output.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::small;
use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::affine::whole;
use crate::app::view::convolution::ConvolutionView;
use crate::app::view::figure::Table;
use crate::app::view::format;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;

/// One stage of the main column.
struct Stage {
    name: &'static str,
    /// What it computes for the output that is looked at.
    value: String,
    /// What comes in from the side, and its type.
    side: Option<(String, String)>,
    /// What leaves it upwards.
    width: String,
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let draw = |ctx: &mut PageContext<'_>, ui: &mut Ui| diagram_ui(ctx, view, ui);
    if ctx.presenting {
        card::plain(ui, rect, "diagram", |ui| draw(ctx, ui));
    } else {
        let subtitle = "the layer of the page Convolution; choose an output";
        Card::new("Computational diagram").subtitle(subtitle).show(ui, rect, |ui| draw(ctx, ui));
    }
}

fn stages(view: &ConvolutionView, cell: usize) -> Vec<Stage> {
    let product = &view.shown.groups[0];
    let rescaled = view.shown.at([0, 0, cell / view.size[1], cell % view.size[1]]);
    let output = &view.layer.layer.output;
    let bits = (output.q_max - output.q_min + 1).ilog2();
    let sum = product.terms.products[(0, cell)];
    let multiplier = view.multiplier();
    let (real, parts) = multiplier.map_or((String::new(), String::new()), |multiplier| {
        (
            format!("M {}", format::significant(multiplier.real, 4)),
            format!("M₀ int{}, n = {}", multiplier.bits, whole(multiplier.shift)),
        )
    });
    let clamp = view.clamp();
    let int = format!("int{bits}");
    vec![
        Stage { name: "Conv", value: whole(sum), side: None, width: "int32".to_owned() },
        Stage {
            name: "+ q_bias",
            value: whole(rescaled.accumulator),
            side: Some((format!("q_bias {}", whole(product.q_bias[0])), "int32".to_owned())),
            width: "int32".to_owned(),
        },
        Stage { name: "× M", value: whole(rescaled.scaled), side: Some((real, parts)), width: "int32".to_owned() },
        Stage {
            name: "+ Z_Y, clamp",
            value: whole(rescaled.code),
            side: Some((
                format!("Z_Y {}", whole(output.zero_point)),
                format!("{} … {}", whole(clamp.0), whole(clamp.1)),
            )),
            width: int,
        },
    ]
}

/// What every stage computes for one output, from the bottom up.
fn stages_table(view: &ConvolutionView, cell: usize) -> Table {
    let rows = stages(view, cell).into_iter().map(|stage| {
        let (operand, kind) = stage.side.unwrap_or_default();
        [stage.name.to_owned(), operand, kind, stage.value, stage.width]
    });
    Table::read("Computational diagram", ["stage", "operand", "operand's type", "value", "type"], rows)
}

fn diagram_ui(ctx: &mut PageContext<'_>, view: &ConvolutionView, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let area = ui.max_rect();
    let look = PlotLook::of(ctx.presenting);
    let cell = ctx.state.linear.convolution.focus(view);
    // Left the output to choose from, in the middle the diagram.
    let grid_width = (area.width() * 0.27).clamp(130.0, 210.0);
    let mut left = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("outputs")
            .max_rect(Rect::from_min_size(area.min, vec2(grid_width, area.height()))),
    );
    let codes: Vec<(String, Fill)> = view
        .shown
        .codes()
        .iter()
        .enumerate()
        .map(|(index, code)| (whole(*code), if index == cell { Fill::Accent } else { Fill::Plain }))
        .collect();
    let columns = view.size[1];
    let side = ((grid_width - 8.0) / columns as f32).floor().clamp(18.0, 40.0);
    let matrix = Matrix {
        title: "q_Y",
        kind: "choose",
        cost: "",
        columns,
        cells: &codes,
        linked: Some(cell),
        cell: vec2(side, side.min(30.0)),
        look: look.clone(),
    };
    let response = matrix.show_compact(&mut left);
    let (row, column) = (cell / columns, cell % columns);
    let real = view.layer.layer.output.dequantize(view.shown.at([0, 0, row, column]).code);
    left.add_space(8.0);
    for (name, value) in [("y", f64::from(real)), ("float", view.float[2][cell])] {
        left.horizontal(|ui| {
            super::super::parts::figure(ui, name, &format::fixed(value, 3), 18.0);
        });
    }
    let state = &mut ctx.state.linear.convolution;
    state.hovered = response.hovered;
    if let Some(chosen) = response.selected {
        state.cell = chosen;
    }
    let diagram = Rect::from_min_max(pos2(area.left() + grid_width + 20.0, area.top()), area.max);
    let mut right = ui.new_child(egui::UiBuilder::new().id_salt("boxes").max_rect(diagram));
    let table = || stages_table(view, cell);
    figure::picture(&mut right, "Computational diagram", table, |ui| paint(ui, diagram, view, cell, tokens));
}

fn paint(ui: &Ui, area: Rect, view: &ConvolutionView, cell: usize, tokens: &Tokens) {
    let stages = stages(view, cell);
    let levels = stages.len() + 2;
    let pitch = area.height() / levels as f32;
    let height = (pitch * 0.52).clamp(24.0, 44.0);
    let width = (area.width() * 0.34).clamp(110.0, 170.0);
    let middle = area.left() + area.width() * 0.38;
    // Level 0 is at the bottom: the inputs.
    let center = |level: usize| pos2(middle, area.bottom() - (level as f32 + 0.5) * pitch);
    let caption = small(ui);
    let size = caption.size + 1.5;
    let output = &view.layer.layer.output;
    let bits = (output.q_max - output.q_min + 1).ilog2();
    let int = format!("int{bits}");
    let half = width * 0.62;
    let inputs = [
        (pos2(middle - half, center(0).y), "q_X", format!("{int}, Z_X = {}", whole(view.input.zero_point))),
        (pos2(middle + half, center(0).y), "q_W", format!("{int}, Z_W = 0")),
    ];
    for (at, name, kind) in &inputs {
        let rect = Rect::from_center_size(*at, vec2(width * 1.05, height));
        boxed(ui, rect, name, kind, tokens.real, tokens);
        let target = center(1) + vec2((at.x - middle) * 0.35, height / 2.0);
        arrow(ui, pos2(at.x + (middle - at.x) * 0.2, rect.top()), target, tokens);
        let side = if at.x < middle { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let x = if at.x < middle { middle - half * 0.72 } else { middle + half * 0.72 };
        ui.painter().text(pos2(x, (rect.top() + target.y) / 2.0), side, &int, caption.clone(), tokens.muted);
    }
    for (index, stage) in stages.iter().enumerate() {
        let at = center(index + 1);
        let rect = Rect::from_center_size(at, vec2(width, height));
        plain_box(ui, rect, stage.name, size, tokens);
        let above = center(index + 2) + vec2(0.0, height / 2.0);
        arrow(ui, pos2(at.x, rect.top()), above, tokens);
        let y = (rect.top() + above.y) / 2.0;
        ui.painter().text(pos2(at.x + 10.0, y), Align2::LEFT_CENTER, &stage.width, caption.clone(), tokens.muted);
        ui.painter().text(
            pos2(at.x - 10.0, y),
            Align2::RIGHT_CENTER,
            &stage.value,
            theme::cell(size + 2.0),
            tokens.accent,
        );
        let hit = Rect::from_min_max(pos2(rect.left(), above.y), rect.max);
        let response = ui.interact(hit, ui.scope_id().with(("stage", index)), Sense::hover());
        let said = format!("{} gives {} in {}", stage.name, stage.value, stage.width);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        if let Some((name, kind)) = &stage.side {
            let side = Rect::from_center_size(pos2(area.right() - width * 0.49, at.y), vec2(width * 0.96, height));
            boxed(ui, side, name, kind, tokens.accent, tokens);
            arrow(ui, side.left_center(), pos2(rect.right(), at.y), tokens);
        }
    }
    let top = Rect::from_center_size(center(levels - 1), vec2(width, height));
    boxed(ui, top, "q_Y", &format!("{int}, Z_Y = {}", whole(output.zero_point)), tokens.accent, tokens);
}

/// A box with a name and what it is, outlined in a colour.
fn boxed(ui: &Ui, rect: Rect, name: &str, kind: &str, color: Color32, tokens: &Tokens) {
    let caption = small(ui);
    let painter = ui.painter();
    painter.rect(rect, theme::RADIUS_CONTROL, tokens.inset, Stroke::new(1.4, color), StrokeKind::Inside);
    let two_lines = rect.height() >= 2.0 * caption.size + 6.0;
    if two_lines {
        let shift = vec2(0.0, caption.size * 0.55);
        painter.text(
            rect.center() - shift,
            Align2::CENTER_CENTER,
            name,
            theme::semibold(caption.size + 1.0),
            tokens.text,
        );
        let kind = theme::truncated(ui, kind, caption, tokens.muted, rect.width() - 8.0);
        painter.galley(rect.center() + shift - vec2(kind.size().x / 2.0, kind.size().y / 2.0), kind, tokens.muted);
    } else {
        let text = theme::truncated(ui, name, theme::semibold(caption.size), tokens.text, rect.width() - 8.0);
        painter.galley(rect.center() - text.size() / 2.0, text, tokens.text);
    }
}

fn plain_box(ui: &Ui, rect: Rect, name: &str, size: f32, tokens: &Tokens) {
    ui.painter().rect(rect, theme::RADIUS_CONTROL, tokens.ink, Stroke::NONE, StrokeKind::Inside);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, name, theme::semibold(size), tokens.on_ink);
}

fn arrow(ui: &Ui, from: Pos2, to: Pos2, tokens: &Tokens) {
    let along = (to - from).normalized();
    let stroke = Stroke::new(1.6, tokens.axis);
    ui.painter().line_segment([from, to - along * 5.0], stroke);
    let (back, across) = (to - along * 9.0, along.rot90() * 4.5);
    ui.painter().add(Shape::convex_polygon(vec![to, back + across, back - across], tokens.axis, Stroke::NONE));
}
