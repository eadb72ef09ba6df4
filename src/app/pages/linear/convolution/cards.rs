//! One window in numbers; float in three steps beside integers in one; what the border costs.

use egui::{Align2, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{note, remark, steps_ui};
use crate::app::setup::Convolution;
use crate::app::theme::{self, tokens};
use crate::app::view::affine::{Step, whole};
use crate::app::view::convolution::ConvolutionView;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::view::inspect::Role as Piece;
use crate::app::widgets::card;
use crate::app::widgets::figure;
use crate::engine::integer::{Activation, PadCode};

fn symbol(text: impl Into<String>) -> Step {
    Step::Text(text.into(), Piece::Symbol)
}

fn code(value: impl Into<i64>) -> Step {
    Step::Text(whole(value), Piece::Code)
}

/// One output: its products, the bias, the rescaling.
pub fn window_ui(ctx: &mut PageContext<'_>, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let cell = ctx.state.linear.convolution.focus(view);
    let (row, column) = (cell / view.size[1], cell % view.size[1]);
    let subtitle = format!("output [{row}, {column}]");
    card::card(ui, rect, "One window", &subtitle, |ui| {
        let tokens = tokens(ui.ctx());
        ui.spacing_mut().item_spacing.y = 5.0;
        let product = &view.shown.groups[0];
        let rescaled = view.shown.at([0, 0, row, column]);
        let sum = product.terms.products[(0, cell)];
        let text = format!("Σ q_W q_X = {} = {}", view.products(cell), whole(sum));
        ui.add(egui::Label::new(RichText::new(text).font(theme::small()).color(tokens.muted)).wrap());
        let bias = product.q_bias[0];
        steps_ui(ui, &[code(sum), symbol(" + q_bias "), code(bias), symbol(" = "), code(rescaled.accumulator)], 16.0);
        let q_b = product.bias.first().map_or(0, |bias| bias.code);
        note(
            ui,
            &format!(
                "q_bias = q_b − Z_X Σ q_W = {} − ({}) · {}",
                whole(q_b),
                whole(view.input.zero_point),
                whole(product.terms.weight_sums[0])
            ),
        );
        let output = &view.layer.layer.output;
        let real = view.multiplier().map_or(0.0, |multiplier| multiplier.real);
        steps_ui(
            ui,
            &[
                symbol("× M "),
                symbol(format::significant(real, 4)),
                symbol(" → "),
                code(rescaled.scaled),
                symbol(format!(", + Z_Y ({}) = ", whole(output.zero_point))),
                code(rescaled.shifted),
            ],
            16.0,
        );
        let clamp = view.clamp();
        let text = if rescaled.clamped() {
            format!("clamped to {}, from {} … {}", whole(rescaled.code), whole(clamp.0), whole(clamp.1))
        } else {
            format!("within {} … {}", whole(clamp.0), whole(clamp.1))
        };
        remark(ui, &text, if rescaled.clamped() { tokens.warn } else { tokens.muted });
    });
}

/// Float in three steps and integers in one, ending with the same code.
pub fn folding_ui(ctx: &mut PageContext<'_>, setup: &Convolution, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let cell = ctx.state.linear.convolution.focus(view);
    let presenting = ctx.presenting;
    let draw = |ui: &mut Ui| {
        let tokens = tokens(ui.ctx());
        let rescaled = view.shown.at([0, 0, cell / view.size[1], cell % view.size[1]]);
        let output = &view.layer.layer.output;
        let reference = view.reference();
        let area = ui.max_rect();
        let fixed = |value: f64| format::fixed(value, 4);
        let [gamma, beta, mean, variance] = setup.norm;
        let mut left = vec![("Conv".to_owned(), fixed(view.float[0][cell]))];
        if setup.normalized {
            left.push((format!("BN  γ {gamma}, β {beta}, μ {mean}, σ² {variance}"), fixed(view.float[1][cell])));
        }
        if setup.activation != Activation::None {
            left.push((setup.activation.name().to_owned(), fixed(view.float[2][cell])));
        }
        left.push(("quantized".to_owned(), whole(reference[cell])));
        let mut right = Vec::new();
        if let Some(folded) = &view.folded {
            right.push((format!("w′ = w × {}", format::significant(folded.factors[0], 4)), "folded".to_owned()));
            right.push((format!("b′ = {}", format::significant(f64::from(folded.bias[0]), 4)), "folded".to_owned()));
        }
        right.push(("acc × M + Z_Y".to_owned(), whole(rescaled.shifted)));
        let clamp = view.clamp();
        right.push((format!("clamp {} … {}", whole(clamp.0), whole(clamp.1)), whole(rescaled.code)));
        figure::table_area(ui, "Folding", || {
            let sides = [("float", &left), ("integer", &right)].into_iter();
            let rows = sides.flat_map(|(side, steps)| {
                steps.iter().map(move |(step, value)| [side.to_owned(), step.clone(), value.clone()])
            });
            Table::read("Folding", ["arithmetic", "step", "value"], rows)
        });
        let size = if presenting { 15.0 } else { 13.5 };
        let head = size + 12.0;
        let noted = view.clamp_is_free() && area.height() > 150.0;
        let foot = if noted { 46.0 } else { 26.0 };
        let line = ((area.height() - head - foot) / 4.0).clamp(17.0, 34.0);
        let half = (area.width() - 24.0) / 2.0;
        let equal = reference[cell] == rescaled.code;
        for (side, (title, rows)) in
            [("Float, step by step", &left), ("Integer, folded", &right)].into_iter().enumerate()
        {
            let origin = area.min + vec2(side as f32 * (half + 24.0), 0.0);
            let painter = ui.painter();
            painter.text(origin, Align2::LEFT_TOP, title, theme::semibold(size), tokens.text);
            for (index, (name, value)) in rows.iter().enumerate() {
                let y = origin.y + head + (index as f32 + 0.5) * line;
                let last = index + 1 == rows.len();
                let color = if last {
                    tokens.accent
                } else if side == 0 {
                    tokens.real
                } else {
                    tokens.text
                };
                let room = half - 76.0;
                // What has no room for its numbers stands with its name.
                let whole = ui.painter().layout_no_wrap(name.clone(), theme::regular(size), tokens.muted);
                let words =
                    if whole.size().x <= room { name.as_str() } else { name.split("  ").next().unwrap_or(name) };
                let name_galley = theme::truncated(ui, words, theme::regular(size), tokens.muted, room);
                painter.galley(pos2(origin.x, y - name_galley.size().y / 2.0), name_galley, tokens.muted);
                let font = theme::cell(if last { size + 3.0 } else { size });
                painter.text(pos2(origin.x + half, y), Align2::RIGHT_CENTER, value, font, color);
                painter.hline(origin.x..=origin.x + half, y + line / 2.0, (theme::HAIRLINE, tokens.grid));
                let hit = Rect::from_min_size(pos2(origin.x, y - line / 2.0), vec2(half, line));
                let response = ui.interact(hit, ui.scope_id().with(("fold", side, index)), Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}: {name} {value}")));
                response.on_hover_text(name);
            }
        }
        let (same, worst) = view.agreement();
        let verdict = match (equal, worst) {
            (_, 0) => format!("equal: all {} outputs end with the same code", view.outputs()),
            (true, _) => {
                format!("equal here, as {same} of {} outputs are; the others within {worst}", view.outputs())
            }
            (false, _) => {
                format!("differs here; {same} of {} outputs are equal, all within {worst}", view.outputs())
            }
        };
        let color = if equal { tokens.good } else { tokens.warn };
        let at = pos2(area.left(), area.bottom() - 8.0);
        ui.painter().text(at, Align2::LEFT_CENTER, &verdict, theme::semibold(size), color);
        let hit = Rect::from_min_size(at - vec2(0.0, 10.0), vec2(area.width(), 20.0));
        let response = ui.interact(hit, ui.scope_id().with("verdict"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &verdict));
        if noted {
            let scale = format::significant(f64::from(output.scale), 4);
            let text = format!(
                "Z_Y = q_min = {}, S_Y = {scale}: the clamp to the codes is the {}",
                whole(output.zero_point),
                setup.activation.name()
            );
            ui.painter().text(
                at - vec2(0.0, 19.0),
                Align2::LEFT_CENTER,
                text,
                theme::regular(size - 1.0),
                tokens.muted,
            );
        }
    };
    if presenting {
        card::plain(ui, rect, "folding", draw);
    } else {
        let [gamma, beta, mean, variance] = setup.norm;
        let subtitle = match setup.normalized {
            true => format!("batch normalization by γ {gamma}, β {beta}, μ {mean}, σ² {variance} costs nothing"),
            false => "the activation costs nothing".to_owned(),
        };
        card::card(ui, rect, "Folding", &subtitle, draw);
    }
}

/// What the border costs: the largest error of outputs whose window reaches into it, and of the others.
pub fn border_ui(ctx: &mut PageContext<'_>, setup: &Convolution, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let presenting = ctx.presenting;
    let draw = |ui: &mut Ui| {
        let tokens = tokens(ui.ctx());
        ui.spacing_mut().item_spacing.y = 5.0;
        let pad = f64::from(view.input.dequantize(view.pad()));
        let stands = format!("border code {} stands for {}", whole(view.pad()), format::number(pad));
        let wrong = pad != 0.0 && setup.padding > 0;
        remark(ui, &stands, if wrong { tokens.error } else { tokens.good });
        let [border, inside] = view.worst();
        let step = f64::from(view.layer.layer.output.scale);
        let most = border.max(inside).max(step);
        let width = ui.available_width();
        let errors = [("at the border", border), ("inside", inside)];
        let table = || {
            let mut table = Table::new("Largest error by the border", &["where", "largest error", "in output steps"]);
            let row = |(name, value): (&str, f64)| {
                vec![Cell::Text(name.to_owned()), Cell::Number(value), Cell::Number(value / step)]
            };
            table.rows = errors.map(row).to_vec();
            table
        };
        figure::picture(ui, "Largest error by the border", table, |ui| {
            for (name, value) in errors {
                let (line, response) = ui.allocate_exact_size(vec2(width, 34.0), Sense::hover());
                let text = format!("largest error {name} {}", format::significant(value, 3));
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
                let font = if presenting { theme::regular(15.0) } else { theme::small() };
                ui.painter().text(line.left_top(), Align2::LEFT_TOP, &text, font, tokens.text);
                let bar = Rect::from_min_size(
                    line.left_top() + vec2(0.0, 20.0),
                    vec2((width * (value / most) as f32).max(2.0), 10.0),
                );
                let color = if value > 2.0 * step { tokens.error } else { tokens.accent };
                ui.painter().rect_filled(bar, theme::RADIUS_BAR, color);
            }
        });
        note(ui, &format!("one output step S_Y = {}", format::significant(step, 3)));
        if wrong && setup.pad == PadCode::Zero && !presenting {
            note(ui, "padding is 0 in real numbers: Z_X in codes");
        }
    };
    if presenting { card::plain(ui, rect, "border", draw) } else { card::card(ui, rect, "Border", "", draw) }
}
