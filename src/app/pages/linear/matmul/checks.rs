//! The four terms with their switches; the float result beside the integer one; the accumulator's range; the bias in two widths.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{CHECKS, focus, set};
use crate::app::context::PageContext;
use crate::app::icons::Icon;
use crate::app::pages::linear::parts::{columns, note, remark, small};
use crate::app::setup::Matmul;
use crate::app::setup::linear::matmul::Check;
use crate::app::theme::{self, tokens};
use crate::app::view::affine::whole;
use crate::app::view::convolution::bare_within;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::view::matmul::{MatmulView, ranges};
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::integer::{TERMS, When};

/// When a term is computed.
fn moment(view: &MatmulView, row: usize, term: usize) -> &'static str {
    match TERMS[term].when {
        _ if view.product.terms.weight_zero[row] == 0 && (term == 1 || term == 3) => "Z_W = 0",
        When::RunTime => "run time",
        When::Precomputed => "precomputed",
    }
}

/// The four terms of one output: switch, symbol, when it is computed, value.
pub fn terms(ui: &mut Ui, view: &MatmulView, (row, col): (usize, usize), on: &mut [bool; 4], presenting: bool) {
    let tokens = tokens(ui.ctx());
    let values = view.product.terms.at(row, col);
    let zero = view.product.terms.weight_zero[row] == 0;
    let area = ui.max_rect();
    let size = if presenting { 16.0 } else { 14.0 };
    let height = (area.height() / 5.4).clamp(26.0, 44.0);
    // The numbers have a column of their own, as wide as the longest.
    let longest = values.iter().map(|value| whole(*value).chars().count()).max().unwrap_or(1);
    let column = (longest as f32 * size * 0.62 + 12.0).max(30.0);
    figure::table_area(ui, "Terms of an output", || {
        let mut table = Table::new("Terms of an output", &["term", "value", "computed", "counted"]);
        table.rows = (0..TERMS.len())
            .map(|index| {
                let [symbol, when] =
                    [TERMS[index].symbol, moment(view, row, index)].map(|text| Cell::Text(text.to_owned()));
                let counted = Cell::Text(if on[index] { "yes" } else { "no" }.to_owned());
                vec![symbol, Cell::Number(values[index] as f64), when, counted]
            })
            .collect();
        table
    });
    for (index, term) in TERMS.iter().enumerate() {
        let line = Rect::from_min_size(area.min + vec2(0.0, index as f32 * height), vec2(area.width(), height));
        let gone = zero && (index == 1 || index == 3);
        let state = if on[index] { "on" } else { "off" };
        let when = moment(view, row, index);
        let response = ui.interact(line, ui.scope_id().with(("term", index)), Sense::click());
        let said = format!("{} = {}, {when}, {state}", term.symbol, whole(values[index]));
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on[index], said.clone()));
        if response.clicked() {
            on[index] = !on[index];
        }
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(line, theme::RADIUS_BIT, tokens.hover);
        }
        let square = Rect::from_center_size(pos2(line.left() + 11.0, line.center().y), vec2(18.0, 18.0));
        if on[index] {
            painter.rect_filled(square, theme::RADIUS_BIT, tokens.ink);
            Icon::Check.paint(painter, square.shrink(2.0), tokens.on_ink);
        } else {
            painter.rect_stroke(square, theme::RADIUS_BIT, Stroke::new(1.4, tokens.axis), StrokeKind::Inside);
        }
        let color = if gone || !on[index] { tokens.muted } else { tokens.text };
        let font = if gone { theme::regular(size) } else { theme::semibold(size) };
        // Where symbol, moment and value have no room on one line, the moment stands beneath the symbol.
        let symbol = painter.layout_no_wrap(term.symbol.to_owned(), font, color);
        let moment = painter.layout_no_wrap(when.to_owned(), theme::semibold(small(ui).size), tokens.muted);
        let beneath = 28.0 + symbol.size().x + 8.0 + moment.size().x > line.width() - column;
        let lift = if beneath { (moment.size().y * 0.5).min(line.height() * 0.22) } else { 0.0 };
        let at = pos2(line.left() + 28.0, line.center().y - lift - symbol.size().y / 2.0);
        painter.galley(at, symbol, color);
        let value = whole(values[index]);
        let number = theme::cell(size);
        painter.text(line.right_center() - vec2(2.0, 0.0), Align2::RIGHT_CENTER, value, number, color);
        let color = match term.when {
            _ if gone => tokens.muted,
            When::RunTime => tokens.accent,
            When::Precomputed => tokens.good,
        };
        let (at, align) = if beneath {
            (pos2(line.left() + 28.0, line.center().y + line.height() * 0.25), Align2::LEFT_CENTER)
        } else {
            (line.right_center() - vec2(column, 0.0), Align2::RIGHT_CENTER)
        };
        painter.text(at, align, when, theme::semibold(small(ui).size), color);
        painter.hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
        theme::focus_ring(ui, &response, line);
        response.on_hover_text(term.cost);
    }
    let sum: i64 = values.iter().zip(*on).filter(|(_, on)| *on).map(|(value, _)| value).sum();
    let bias = view.bias.get(row).copied();
    let text = match bias {
        Some(bias) => format!("{} + q_b {} = {}", whole(sum), whole(bias), whole(sum + bias)),
        None => format!("sum {}", whole(sum)),
    };
    let at = pos2(area.left() + 28.0, area.top() + 4.0 * height + height * 0.6);
    ui.painter().text(at, Align2::LEFT_CENTER, &text, theme::semibold(size), tokens.text);
    let rect = Rect::from_min_size(pos2(area.left(), at.y - 10.0), vec2(area.width(), 20.0));
    let response = ui.interact(rect, ui.scope_id().with("sum"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
}

/// Draws the last card.
pub fn ui(ctx: &mut PageContext<'_>, setup: &Matmul, view: &MatmulView, rect: Rect, ui: &mut Ui) {
    let mut check = setup.check;
    let title = match check {
        Check::Float => "Float result",
        Check::Range => "Accumulator",
        Check::Bias => "Bias",
    };
    Card::new(title).trailing(|ui| drop(segmented(ui, "Check", &mut check, &CHECKS))).show(ui, rect, |ui| match setup
        .check
    {
        Check::Float => float_ui(ctx, view, ui),
        Check::Range => figure::picture(ui, "Accumulator", || range_table(view), |ui| range_ui(view, ui)),
        Check::Bias => bias_ui(ctx, setup, view, ui),
    });
    if check != setup.check {
        let name = CHECKS.iter().find(|(value, _)| *value == check).map_or("", |(_, name)| *name);
        set(ctx, format!("Check: {}", name.to_lowercase()), None, move |matmul| matmul.check = check);
    }
}

fn float_ui(ctx: &mut PageContext<'_>, view: &MatmulView, ui: &mut Ui) {
    let (rows, batch) = (view.float.rows(), view.float.cols());
    let (row, col) = focus(&ctx.state.linear.matmul, view);
    let (worst, _) = view.errors();
    let width = ((ui.available_width() - 16.0) / (2 * batch) as f32).floor().clamp(28.0, 56.0);
    let text = |value: f64| bare_within(value, if width < 45.0 { 4 } else { 5 });
    let float: Vec<(String, Fill)> = view.float.values().iter().map(|value| (text(*value), Fill::Plain)).collect();
    let shade = |value: &f64| (text(*value), Fill::Signed((value / worst.max(f64::MIN_POSITIVE)) as f32));
    let difference: Vec<(String, Fill)> = view.difference.values().iter().map(shade).collect();
    let look = PlotLook::of(ctx.presenting);
    let tall = ((ui.available_height() - Matrix::compact_height(&look, false) - 20.0) / rows as f32).clamp(14.0, 28.0);
    let mut hovered = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        for (title, cells) in [("Y = WX + b", &float), ("Integer − float", &difference)] {
            let linked = Some(row * batch + col);
            let matrix = Matrix {
                title,
                kind: "",
                cost: "",
                columns: batch,
                cells,
                linked,
                cell: vec2(width, tall),
                look: look.clone(),
            };
            let response = matrix.show_compact(ui);
            hovered = hovered.or(response.hovered);
            if let Some(at) = response.selected {
                ctx.state.linear.matmul.cell = (at / batch, at % batch);
            }
        }
    });
    let state = &mut ctx.state.linear.matmul;
    state.pointed = state.pointed.or(hovered.map(|at| (at / batch, at % batch)));
    let zero = view.output;
    note(ui, &format!("S_Y = {}, Z_Y = {}", format::significant(f64::from(zero.scale), 5), whole(zero.zero_point)));
}

/// The intervals of the accumulator with the bits that they need.
fn range_table(view: &MatmulView) -> Table {
    let mut table = Table::new("Accumulator", &["of", "least", "most", "bits"]);
    table.rows = ranges(&view.product.accumulator_use)
        .into_iter()
        .map(|(name, interval, bits)| {
            let ends = [interval.low, interval.high].map(|end| Cell::Number(end as f64));
            let [low, high] = ends;
            vec![Cell::Text(name.to_owned()), low, high, Cell::count(bits.into())]
        })
        .collect();
    table
}

/// Bits that the accumulator needs, against int16 and int32.
fn range_ui(view: &MatmulView, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let area = ui.max_rect();
    let left = area.left() + 4.0;
    let width = area.width() - 12.0;
    let x = |bits: f32| left + width * bits / 34.0;
    let rows = ranges(&view.product.accumulator_use);
    let height = ((area.height() - 42.0) / 3.0).clamp(40.0, 64.0);
    let painter = ui.painter().clone();
    for (limit, name) in [(8.0, "int8"), (16.0, "int16"), (32.0, "int32")] {
        let stroke = Stroke::new(theme::BOUNDARY_LINE, tokens.axis);
        let lines = egui::Shape::dashed_line(
            &[pos2(x(limit), area.top() + 16.0), pos2(x(limit), area.top() + 16.0 + 3.0 * height)],
            stroke,
            4.0,
            3.0,
        );
        painter.extend(lines);
        painter.text(pos2(x(limit), area.top()), Align2::CENTER_TOP, name, theme::small(), tokens.muted);
    }
    for (index, (name, interval, bits)) in rows.into_iter().enumerate() {
        let top = area.top() + 18.0 + index as f32 * height;
        let color = if bits > 32 { tokens.error } else { tokens.accent };
        let bar = Rect::from_min_max(pos2(left, top + height - 16.0), pos2(x(bits as f32), top + height - 4.0));
        painter.rect_filled(bar, theme::RADIUS_BAR, color);
        let text = format!("{name}: {} … {}", large(interval.low), large(interval.high));
        painter.text(pos2(left, top + height - 30.0), Align2::LEFT_CENTER, &text, theme::small(), tokens.text);
        let said = format!("{bits} bits");
        painter.text(
            pos2(bar.right() + 6.0, bar.center().y),
            Align2::LEFT_CENTER,
            &said,
            theme::small_semibold(),
            color,
        );
        let response = ui.interact(
            Rect::from_min_size(pos2(left, top), vec2(width, height)),
            ui.scope_id().with(("range", index)),
            Sense::hover(),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{text}, {said}")));
    }
    let needed = rows[0].2;
    let verdict = match needed {
        0..=16 => "fits even 16 bits",
        17..=32 => "too wide for int16, fits int32",
        _ => "could exceed int32: refused or widened, never wrapped",
    };
    let at = pos2(left, area.top() + 18.0 + 3.0 * height + 12.0);
    painter.text(
        at,
        Align2::LEFT_CENTER,
        verdict,
        theme::small_semibold(),
        if needed > 32 { tokens.error } else { tokens.good },
    );
}

fn large(value: i128) -> String {
    let magnitude = format::count(u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX));
    if value < 0 { format!("\u{2212}{magnitude}") } else { magnitude }
}

/// Every bias in int32 and in int8, with the offset that each leaves on its output.
fn bias_ui(ctx: &PageContext<'_>, setup: &Matmul, view: &MatmulView, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let rows = match view.biases(&setup.layer.bias) {
        Ok(rows) => rows,
        Err(error) => return remark(ui, &error.to_string(), tokens.error),
    };
    let area = ui.max_rect();
    figure::table_area(ui, "Bias in int32 and int8", || {
        let heads = ["b", "q_b int32", "offset int32", "q_b int8", "offset int8"];
        let mut table = Table::new("Bias in int32 and int8", &heads);
        table.rows = rows
            .iter()
            .map(|[wide, narrow]| {
                let int8 = narrow.narrow.map(|(code, _)| f64::from(code));
                let [real, offset, narrow] = [wide.real.into(), wide.offset, narrow.offset].map(Cell::Number);
                vec![real, Cell::Number(wide.code as f64), offset, Cell::optional(int8), narrow]
            })
            .collect();
        table
    });
    let heads = ["b", "q_b int32", "offset", "int8", "offset"];
    let parts = columns(area, &[1.0, 1.1, 1.1, 0.62, 1.3], 6.0);
    let foot = if ctx.presenting { 24.0 } else { 44.0 };
    let line = ((area.height() - foot) / (rows.len() + 1) as f32).clamp(14.0, 26.0);
    let painter = ui.painter();
    let cell = |column: usize, row: usize, text: &str, color, font| {
        let at = pos2(parts[column].right(), area.top() + (row as f32 + 0.5) * line);
        painter.text(at, Align2::RIGHT_CENTER, text, font, color);
    };
    for (column, head) in heads.into_iter().enumerate() {
        cell(column, 0, head, tokens.muted, theme::small());
    }
    let mono = || if ctx.presenting { theme::cell((line * 0.85).min(15.0)) } else { theme::mono() };
    let mut worst = [0.0_f64; 2];
    for (index, [wide, narrow]) in rows.iter().enumerate() {
        let int8 = narrow.narrow.map_or(0, |(code, _)| code);
        worst[0] = worst[0].max(wide.offset.abs());
        worst[1] = worst[1].max(narrow.offset.abs());
        cell(0, index + 1, &format::fixed(f64::from(wide.real), 4), tokens.real, mono());
        cell(1, index + 1, &whole(wide.code), tokens.accent, mono());
        cell(2, index + 1, &format::significant(wide.offset, 2), tokens.text, mono());
        cell(3, index + 1, &whole(int8), tokens.accent, mono());
        let more = narrow.offset.abs() > 1.5 * wide.offset.abs();
        cell(
            4,
            index + 1,
            &format::significant(narrow.offset, 2),
            if more { tokens.warn } else { tokens.text },
            mono(),
        );
    }
    let mut foot = ui.new_child(
        egui::UiBuilder::new().max_rect(Rect::from_min_max(pos2(area.left(), area.bottom() - foot + 6.0), area.max)),
    );
    let [wide, narrow] = worst.map(|value| format::significant(value, 3));
    remark(&mut foot, &format!("Largest offset: int32 {wide}, int8 {narrow}"), tokens.text);
    if !ctx.presenting {
        note(&mut foot, "An offset shifts every output of its channel");
    }
}
