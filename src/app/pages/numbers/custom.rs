//! The view Custom: a float of any exponent and mantissa width, its sheet, its values, and why subnormals have the exponent 1 − bias.

use egui::{Align2, Rect, RichText, Sense, Slider, Ui, pos2, vec2};

use super::spacing::{line_knee, line_range, line_zone};
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::DataView;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format_words, numerals, spec_sheet, stored};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::derive::subnormal_rule;
use crate::engine::number::{FloatFormat, Format, Kind, Overflow, Rounding};

struct Areas {
    controls: Option<Rect>,
    parameters: Rect,
    values: Rect,
    border: Rect,
    sheet: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let with_controls = if presenting { 0.0 } else { controls::HEIGHT + GAP };
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::HEIGHT)));
        let top = canvas.top() + with_controls;
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        if presenting {
            // A lecture hall sees the sliders and what they do to the line; the sheet is below.
            let split = canvas.left() + 250.0;
            let right = |top: f32, height: f32| {
                Rect::from_min_size(pos2(split + GAP, top), vec2(canvas.right() - split - GAP, height))
            };
            let height = canvas.height().max(330.0);
            let parameters = Rect::from_min_max(canvas.min, pos2(split, canvas.top() + height));
            let values = right(top, (height * 0.42).round());
            let border = right(values.bottom() + GAP, height - values.height() - GAP);
            let sheet = row(parameters.bottom() + GAP, 330.0);
            return Self { controls, parameters, values, border, sheet, height: sheet.bottom() - canvas.top() };
        }
        if canvas.width() < 1000.0 {
            let half = (canvas.width() - GAP) / 2.0;
            let parameters = Rect::from_min_size(pos2(canvas.left(), top), vec2(half, 330.0));
            let sheet = parameters.translate(vec2(half + GAP, 0.0));
            let values = row(parameters.bottom() + GAP, 150.0);
            let border = row(values.bottom() + GAP, 236.0);
            return Self { controls, parameters, values, border, sheet, height: border.bottom() - canvas.top() };
        }
        let bottom = canvas.bottom().max(top + 420.0);
        let left = canvas.left() + 268.0;
        let right = canvas.right() - 300.0;
        let column = |from: f32, to: f32, top: f32, bottom: f32| Rect::from_min_max(pos2(from, top), pos2(to, bottom));
        let split = top + ((bottom - top) * 0.42).round();
        Self {
            controls,
            parameters: column(canvas.left(), left, top, bottom),
            values: column(left + GAP, right - GAP, top, split),
            border: column(left + GAP, right - GAP, split + GAP, bottom),
            sheet: column(right, canvas.right(), top, bottom),
            height: bottom - canvas.top(),
        }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "custom", height, |ui, page| {
        let areas = Areas::new(Rect::from_min_size(page.min, vec2(page.width(), canvas.height())), presenting);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, None, ui, start_ui);
        }
        parameters_card(ctx, areas.parameters, ui);
        values_card(ctx, areas.values, ui);
        border_card(ctx, areas.border, ui);
        let format = Format::Float(ctx.setup().numbers.custom);
        sheet_card(ctx, format, areas.sheet, ui);
    });
}

fn edit(ctx: &mut PageContext<'_>, gesture: Option<u64>, custom: FloatFormat) {
    if let Ok(custom) = custom.check() {
        let what = format!("Format {}", format_words::title(Format::Float(custom)));
        ctx.edit(what, gesture, move |setup| setup.numbers.custom = custom);
    }
}

/// A catalogue format to start from.
fn start_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let custom = ctx.setup().numbers.custom;
    ui.label(RichText::new("Start from").font(theme::control()).color(tokens(ui).muted));
    let floats: Vec<(FloatFormat, String, &str)> = crate::engine::number::CATALOGUE
        .iter()
        .filter_map(|row| match row.format {
            Format::Float(float) => Some((float, row.title.to_owned(), row.source)),
            _ => None,
        })
        .collect();
    let mut chosen = custom;
    if select(ui, "Start from", &mut chosen, &floats).changed() {
        edit(ctx, None, chosen);
    }
    ui.add_space(8.0);
    if button::plain(ui, "Show its bits").clicked() {
        ctx.edit("Shows the bits of the custom format", None, |setup| {
            let format = Format::Float(setup.numbers.custom);
            setup.numbers.set_format(format);
            setup.numbers.view = DataView::Bits;
        });
    }
    if button::plain(ui, "List its codes").clicked() {
        ctx.edit("Lists the codes of the custom format", None, |setup| {
            let format = Format::Float(setup.numbers.custom);
            setup.numbers.set_format(format);
            setup.numbers.view = DataView::Codes;
        });
    }
}

/// The bias as its field shows it.
#[derive(Clone, Copy, PartialEq)]
struct Bias(i32);

impl Bias {
    fn parse(text: &str) -> Result<Self, String> {
        let bias = text.trim().replace('−', "-").parse().ok();
        bias.filter(|bias: &i32| bias.abs() <= FloatFormat::LARGEST_BIAS)
            .map(Self)
            .ok_or_else(|| format!("the bias is −{0} to {0}", FloatFormat::LARGEST_BIAS))
    }
}

impl std::fmt::Display for Bias {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&numerals::screen(&self.0.to_string()))
    }
}

/// The same format with other widths: the bias stays usual where it was.
fn with_widths(before: FloatFormat, exponent_bits: u32, mantissa_bits: u32) -> FloatFormat {
    let was_usual = before.bias == FloatFormat::usual_bias(before.exponent_bits, before.kind);
    let kind = match (exponent_bits, before.kind) {
        (0, _) => Kind::Finite,
        (_, Kind::Scale) => Kind::Ieee,
        (_, kind) => kind,
    };
    let bias = if was_usual { FloatFormat::usual_bias(exponent_bits, kind) } else { before.bias };
    let signed = before.signed || before.kind == Kind::Scale;
    let subnormals = before.subnormals || exponent_bits == 0;
    FloatFormat { signed, exponent_bits, mantissa_bits, bias, kind, subnormals }
}

fn parameters_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = ctx.setup().numbers.custom;
    card::card(ui, rect, "Parameters", "", |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.spacing_mut().slider_width = (ui.available_width() - 12.0).max(80.0);
        let sum = before.exponent_bits + before.mantissa_bits;
        let keep = ctx.setup().numbers.drawn.keep_sum;
        let (mut exponent, mut mantissa) = (before.exponent_bits, before.mantissa_bits);
        let sign = u32::from(before.signed);
        let most_exponent = if keep { sum.min(15) } else { 15 };
        let most_mantissa = if keep { sum } else { 60.min(64 - sign - before.exponent_bits) };
        for (name, bits, least, most, role) in [
            (
                "Exponent bits",
                &mut exponent,
                if keep { sum.saturating_sub(60) } else { 0 },
                most_exponent,
                tokens(ui).exponent,
            ),
            (
                "Mantissa bits",
                &mut mantissa,
                if keep { sum.saturating_sub(15) } else { 0 },
                most_mantissa,
                tokens(ui).mantissa,
            ),
        ] {
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).font(theme::body()));
                ui.label(RichText::new(bits.to_string()).font(theme::metric()).color(role.mark));
            });
            let response = ui.add(Slider::new(bits, least..=most).show_value(false)).accessible_name(name);
            let gesture = ctx.state.gestures.of(&response);
            if response.changed() {
                let now = *bits;
                let widths = match (name.starts_with('E'), keep) {
                    (true, true) => (now, sum - now),
                    (true, false) => (now, before.mantissa_bits.min(64 - sign - now)),
                    (false, true) => (sum - now, now),
                    (false, false) => (before.exponent_bits, now),
                };
                if widths.0 + widths.1 > 0 {
                    edit(ctx, gesture, with_widths(before, widths.0, widths.1));
                }
            }
        }
        let mut keep = keep;
        if ui.checkbox(&mut keep, format!("Keep E + M = {sum}")).changed() {
            let what = if keep { format!("E + M stays {sum}") } else { "E and M by themselves".to_owned() };
            ctx.edit(what, None, move |setup| setup.numbers.drawn.keep_sum = keep);
        }
        ui.horizontal(|ui| {
            ui.label(RichText::new("Bias").font(theme::body()));
            let mut bias = Bias(before.bias);
            if value_field_over(ui, "Bias", &mut bias, 84.0, Bias::parse).changed() {
                edit(ctx, None, FloatFormat { bias: bias.0, ..before });
            }
            let usual = FloatFormat::usual_bias(before.exponent_bits, before.kind);
            if usual != before.bias && button::plain(ui, "Usual").clicked() {
                edit(ctx, None, FloatFormat { bias: usual, ..before });
            }
        });
        ui.horizontal(|ui| {
            ui.label(RichText::new("Specials").font(theme::body()));
            let kinds = [
                (Kind::Ieee, "IEEE: ∞ and NaN", "An exponent of all ones is set apart"),
                (Kind::Fn, "FN: one NaN", "All bits ones is NaN, no infinity"),
                (Kind::Fnuz, "FNUZ: NaN for −0", "The code of −0 is NaN, no infinity"),
                (Kind::Finite, "None", "Every code is a number"),
                (Kind::Extended, "Extended", "One zero, one NaN, infinities at the ends"),
            ];
            let options: Vec<(Kind, String, &str)> =
                kinds.into_iter().map(|(kind, words, hint)| (kind, words.to_owned(), hint)).collect();
            let mut kind = before.kind;
            if select(ui, "Specials", &mut kind, &options).changed() {
                let usual = before.bias == FloatFormat::usual_bias(before.exponent_bits, before.kind);
                let bias = if usual { FloatFormat::usual_bias(before.exponent_bits, kind) } else { before.bias };
                edit(ctx, None, FloatFormat { kind, bias, ..before });
            }
        });
        let (mut signed, mut subnormals) = (before.signed, before.subnormals);
        if ui.checkbox(&mut signed, "Sign bit").changed() {
            edit(ctx, None, FloatFormat { signed, ..before });
        }
        if ui.checkbox(&mut subnormals, "Subnormals").changed() {
            edit(ctx, None, FloatFormat { subnormals, ..before });
        }
    });
}

fn values_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let format = Format::Float(ctx.setup().numbers.custom);
    let shown = ctx.setup().numbers.drawn.scale;
    let mut scale = shown;
    let subtitle = format_words::title(format);
    let card = Card::new("Every value on a line").subtitle(&subtitle).trailing(|ui| {
        segmented(ui, "Scale of the line", &mut scale, &SCALES);
    });
    let look = PlotLook::of(ctx.presenting);
    card.show(ui, rect, |ui| {
        let range = line_range(format, shown);
        let intervals = |value: f64| {
            let code = format.encode(value, Rounding::NearestEven, Overflow::Saturate);
            value_line::interval(format, code, range)
        };
        let ticks = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
        let line = ValueLine {
            name: "Every value",
            scale: shown,
            knee: line_knee(format),
            range,
            ticks: &ticks,
            zone: line_zone(format, shown),
            interval: None,
            intervals: Some(&intervals),
            stored: None,
            typed: None,
            caption: "",
            key: key(format) ^ shown as u64,
            look,
        };
        let height = ui.available_height().min(170.0);
        ui.add_space((ui.available_height() - height) / 2.0);
        line.show(ui, height, &mut ctx.state.numbers.custom_line);
    });
    if scale != shown {
        let words = SCALES.iter().find(|row| row.0 == scale).map_or("", |row| row.1);
        ctx.edit(format!("{words} line"), None, move |setup| setup.numbers.drawn.scale = scale);
    }
}

/// The scales by their words.
pub const SCALES: [(LineScale, &str); 3] =
    [(LineScale::Linear, "Linear"), (LineScale::Log, "Log"), (LineScale::Symlog, "Symlog")];

/// Tells formats apart for what is reset with them.
pub fn key(format: Format) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    format.hash(&mut hasher);
    hasher.finish()
}

fn border_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (float, before) = (numbers.custom, numbers.wrong_bias);
    let mut wrong = before;
    let card = Card::new("Where the subnormals end").trailing(|ui| {
        segmented(ui, "Exponent of subnormals", &mut wrong, &[(false, "1 − bias"), (true, "0 − bias instead")]);
    });
    let look = PlotLook::of(ctx.presenting);
    card.show(ui, rect, |ui| {
        let Some(rule) = subnormal_rule(float) else {
            card::nothing(ui, "This format has no subnormals beside normal numbers");
            return;
        };
        let tokens = tokens(ui);
        let (border, step) = (rule.smallest_normal.to_f64(), stored::figure(&rule.step));
        let words = if before {
            format!(
                "With 0 − bias the largest subnormal is {}: a gap of {} steps of {} opens below {}.",
                stored::figure(&rule.wrong_largest),
                rule.wrong_gap_steps,
                stored::figure(&rule.wrong_step),
                numerals::label(border)
            )
        } else {
            format!(
                "Exponent field 0 counts as 1, so the exponent is 1 − {} = {}. The steps of {step} go on across {}, without a gap.",
                if rule.bias < 0 { format!("({})", numerals::screen(&rule.bias.to_string())) } else { rule.bias.to_string() },
                numerals::screen(&(1 - i64::from(rule.bias)).to_string()),
                numerals::label(border)
            )
        };
        ui.add(egui::Label::new(RichText::new(words).font(theme::body()).color(tokens.text)).wrap());
        let format = Format::Float(float);
        let room = ui.available_height();
        let height = (room / 2.0).clamp(52.0, 130.0);
        let right = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
        let halved =
            |axis: &value_line::LineAxis, most: usize| value_line::ticks_with_wrong_bias(format, border, axis, most);
        let lines: [(&str, &str, bool); 2] = [("1 − bias", "as it is", false), ("0 − bias", "as it would be", true)];
        for (index, (name, caption, is_wrong)) in lines.into_iter().enumerate() {
            if is_wrong && !before {
                continue;
            }
            let zone_end = if is_wrong { rule.wrong_largest.to_f64() } else { border };
            let caption = format!("{name}, {caption}");
            let line = ValueLine {
                name,
                scale: LineScale::Linear,
                knee: 1.0,
                range: (-border * 0.06, border * 2.3),
                ticks: if is_wrong { &halved } else { &right },
                zone: Some((0.0, zone_end, "subnormal")),
                interval: if is_wrong { Some((zone_end, border)) } else { None },
                intervals: None,
                stored: None,
                typed: None,
                caption: &caption,
                key: key(format),
                look: look.clone(),
            };
            line.show(ui, height, &mut ctx.state.numbers.border[index]);
        }
    });
    if wrong != before {
        let words = if wrong { "0 − bias" } else { "1 − bias" };
        ctx.edit(format!("Subnormals with {words}"), None, move |setup| setup.numbers.wrong_bias = wrong);
    }
}

/// Every fact of a format.
pub fn sheet_card(ctx: &mut PageContext<'_>, format: Format, rect: Rect, ui: &mut Ui) {
    let rows = spec_sheet::sheet(format);
    let mut copied = false;
    let card = Card::new("Specification").trailing(|ui| copied = button::plain(ui, "Copy").clicked());
    let title = format!("Specification of {}", format_words::title(format));
    card.show(ui, rect, |ui| {
        figure::table_area(ui, "Specification", || spec_sheet::table(&title, &rows));
        sheet_ui(ui, &rows);
    });
    if copied {
        ctx.copy("the specification", spec_sheet::table(&title, &rows).tsv());
    }
}

/// Rows of names and values.
pub fn sheet_ui(ui: &mut Ui, rows: &[spec_sheet::SpecRow]) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (ui.available_height() / rows.len() as f32).clamp(21.0, 32.0);
    for (name, value) in rows {
        let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let words = format!("{name}: {value}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
        ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
        let y = line.center().y;
        ui.painter().text(pos2(line.left(), y), Align2::LEFT_CENTER, name, theme::control(), tokens.muted);
        ui.painter().text(pos2(line.right(), y), Align2::RIGHT_CENTER, value, theme::semibold(13.0), tokens.text);
    }
}
