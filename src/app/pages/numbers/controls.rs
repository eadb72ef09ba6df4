//! The card at the top of the data types: which view, which format, which value.

use egui::{Align, Key, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::setup::numbers::{DataView, text};
use crate::app::theme;
use crate::app::view::{format_words, numerals};
use crate::app::widgets::card;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::select::select;
use crate::app::widgets::tabs::{chips, tabs};
use crate::engine::number::{CATALOGUE, Format, Input, derive, find};

/// Height of the card.
pub const HEIGHT: f32 = 82.0;

/// Width of the value's field.
pub const FIELD: f32 = 210.0;
/// Its width where the card is narrower than that.
const NARROW_FIELD: f32 = 150.0;
const NARROW: f32 = 740.0;

/// The formats that have a chip, with its words.
const CHIPS: [(&str, &str); 8] = [
    ("fp32", "FP32"),
    ("tf32", "TF32"),
    ("fp16", "FP16"),
    ("bf16", "BF16"),
    ("e4m3fn", "E4M3FN"),
    ("e5m2", "E5M2"),
    ("e2m1fn", "E2M1"),
    ("int8", "INT8"),
];

/// Draws something into a row of the card.
pub type RowUi = fn(&mut PageContext<'_>, &mut Ui);

/// Draws the card; `value` draws the field at the right of its first row, if there is one, `second` the second row.
pub fn card_ui(ctx: &mut PageContext<'_>, rect: Rect, value: Option<RowUi>, ui: &mut Ui, second: RowUi) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let row = |top: f32, right: f32| Rect::from_min_max(pos2(inner.left(), top), pos2(right, top + theme::CONTROL));
        // On narrow windows the tabs need the room of half a field.
        let width = if inner.width() < NARROW { NARROW_FIELD } else { FIELD };
        let limit = if value.is_some() { inner.right() - width - 12.0 } else { inner.right() };
        let mut first = child(ui, row(inner.top(), limit), "views");
        views_ui(ctx, &mut first);
        if let Some(value) = value {
            let field = Rect::from_min_size(pos2(inner.right() - width, inner.top()), vec2(width, theme::CONTROL));
            value(ctx, &mut child(ui, field, "value"));
        }
        second(ctx, &mut child(ui, row(inner.top() + theme::CONTROL + 4.0, inner.right()), "second"));
    });
}

/// Height of the card in a presentation.
pub const LOW: f32 = 52.0;

/// Draws the card of a presentation: formats and value in one row.
pub fn low_card_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let field = Rect::from_min_size(pos2(inner.right() - FIELD, inner.top()), vec2(FIELD, theme::CONTROL));
        let left = Rect::from_min_max(inner.min, pos2(field.left() - 12.0, inner.top() + theme::CONTROL));
        formats_ui(ctx, &mut child(ui, left, "second"));
        value_ui(ctx, &mut child(ui, field, "value"));
    });
}

fn child(ui: &mut Ui, rect: Rect, salt: &str) -> Ui {
    let layout = Layout::left_to_right(Align::Center);
    ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout))
}

/// The views: tabs where they fit, else a drop-down.
fn views_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let mut view = ctx.setup().numbers.view;
    let changed = if ui.available_width() >= 522.0 {
        let options = DataView::ALL.map(|(view, title, _)| (view, title));
        tabs(ui, "View", &mut view, &options).changed()
    } else {
        let options = DataView::ALL.map(|(view, title, _)| (view, title.to_owned(), ""));
        select(ui, "View", &mut view, &options).changed()
    };
    if changed {
        let title = DataView::ALL.iter().find(|row| row.0 == view).map_or("", |row| row.1);
        ctx.edit(format!("View {title}"), None, move |setup| setup.numbers.view = view);
    }
}

/// The formats: chips for the lecture's, a drop-down for every other.
pub fn formats_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = ctx.setup().numbers.format;
    let mut format = before;
    ui.spacing_mut().item_spacing.x = 5.0;
    let shown: Vec<(Format, &str, &str)> =
        CHIPS.iter().filter_map(|(name, title)| find(name).map(|row| (row.format, *title, row.source))).collect();
    // Narrow rows keep the formats that come first; the drop-down has them all.
    let room = ((ui.available_width() - 110.0 - NAME) / 62.0).clamp(0.0, shown.len() as f32) as usize;
    chips(ui, "Format", &mut format, &shown[..room]);
    let has_chip = shown[..room].iter().any(|(chip, ..)| *chip == format);
    more_ui(ui, "Other format", &mut format, has_chip);
    if ui.available_width() >= NAME + 8.0
        && let Some(named) = name_ui(ui, "Format name", Some(before), ui.available_width().min(WIDEST_NAME))
    {
        format = named;
    }
    if format != before {
        let what = format!("Format {} → {}", format_words::title(before), format_words::title(format));
        ctx.edit(what, None, move |setup| setup.numbers.set_format(format));
    }
}

/// Least and most width of the field of a format's name.
const NAME: f32 = 96.0;
const WIDEST_NAME: f32 = 190.0;

/// A format's name as its field shows it; nothing where none is shown.
#[derive(Clone, Copy, PartialEq)]
struct Name(Option<Format>);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |format| f.write_str(&text::format_text(format)))
    }
}

/// A field that takes any format by its name, also those that no list has: `e5m9b15ieee`, `sm8`, `fixed8.4`, `codebook[-1;0;1]`.
/// The format that was typed.
pub fn name_ui(ui: &mut Ui, name: &str, shown: Option<Format>, width: f32) -> Option<Format> {
    let mut typed = Name(shown);
    let parse = |text: &str| match text.trim() {
        "" if shown.is_none() => Ok(Name(None)),
        text => text::parse_format(text).map(|format| Name(Some(format))),
    };
    let response = value_field_over(ui, name, &mut typed, width, parse);
    let chosen = if response.changed() { typed.0 } else { None };
    response.on_hover_text("Any format by its name: fp16, e5m9b15ieee, sm8, fixed8.4, posit16, codebook[-1;0;1]");
    chosen
}

/// A drop-down of every format of the catalogue, but for integers of unusual widths; it says `More` where the format `has_chip`.
pub fn more_ui(ui: &mut Ui, name: &str, format: &mut Format, has_chip: bool) {
    let usual = |bits: u32| [1, 2, 4, 8, 16, 32, 64].contains(&bits);
    let listed = |format: Format| !matches!(format, Format::Integer(integer) if !usual(integer.bits));
    let mut options: Vec<(Format, String, &str)> = CATALOGUE
        .iter()
        .filter(|row| listed(row.format))
        .map(|row| (row.format, row.title.to_owned(), row.source))
        .collect();
    if !options.iter().any(|(option, ..)| option == format) {
        options.insert(0, (*format, format_words::title(*format), ""));
    }
    if !has_chip {
        select(ui, name, format, &options);
        return;
    }
    let options: Vec<(Option<Format>, String, &str)> = [(None, "More".to_owned(), "")]
        .into_iter()
        .chain(options.into_iter().map(|(format, title, source)| (Some(format), title, source)))
        .collect();
    let mut chosen = None;
    if select(ui, name, &mut chosen, &options).changed()
        && let Some(chosen) = chosen
    {
        *format = chosen;
    }
}

/// What the field holds: the text as it was typed, or the shortest decimal of a code.
#[derive(Clone, PartialEq)]
struct Shown {
    input: Input,
    format: Format,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.input {
            Input::Number { text, .. } => f.write_str(text),
            Input::Code(code) if self.format.value(*code) == crate::engine::number::Value::Nan => {
                f.write_str(&numerals::hex(*code, self.format.bits()))
            }
            Input::Code(code) => f.write_str(&derive::shortest(self.format, *code)),
        }
    }
}

/// The field of the value: any notation; ↑ and ↓ go to the neighbouring values.
pub fn value_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let format = numbers.format;
    let mut shown = Shown { input: numbers.value.clone(), format };
    let before = shown.to_string();
    let width = ui.available_width();
    let parse = |text: &str| Input::parse(text, format).map(|input| Shown { input, format });
    let response = value_field_over(ui, "Value", &mut shown, width, parse);
    if response.changed() {
        let input = shown.input.clone();
        ctx.edit(format!("Value {before} → {shown}"), None, move |setup| setup.numbers.value = input.clone());
    }
    if response.has_focus() {
        let up = crate::app::widgets::steps_of(ui, Key::ArrowDown, Key::ArrowUp);
        step(ctx, up);
    }
    response.on_hover_text("Decimal, 0x3440, 0b0011, 0x1.1p-2, 17/64, inf, nan; ↑ ↓ step");
}

/// Goes to the value that is `steps` places larger.
pub fn step(ctx: &mut PageContext<'_>, steps: i32) {
    let numbers = &ctx.setup().numbers;
    let (format, code) = (numbers.format, numbers.code());
    let target = (0..steps.abs()).try_fold(
        code,
        |code, _| {
            if steps > 0 { format.next_up(code) } else { format.next_down(code) }
        },
    );
    if let Some(target) = target.filter(|target| *target != code) {
        set_code(ctx, target, None);
    }
}

/// Shows other bits, saying which value they are.
pub fn set_code(ctx: &mut PageContext<'_>, code: u64, gesture: Option<u64>) {
    let numbers = &ctx.setup().numbers;
    let (format, before) = (numbers.format, numbers.code());
    let text = |code: u64| numerals::short(format.value(code));
    ctx.edit(format!("Value {} → {}", text(before), text(code)), gesture, move |setup| setup.numbers.set_code(code));
}
