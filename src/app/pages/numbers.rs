//! The pages of the group Numbers: data types, comparison, the rounding lab.

mod bits;
mod codes;
mod compare;
mod controls;
mod custom;
mod fixed;
mod formulas;
mod four_bits;
mod integers;
mod rounding;
mod side;
mod spacing;

use egui::{Rect, Ui, vec2};

use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::pages::Link;
use crate::app::session::Session;
use crate::app::setup::numbers::lab::Lab;
use crate::app::setup::numbers::{DataView, Numbers, text};
use crate::app::state::UiState;
use crate::app::view::chart::Chart;
use crate::app::view::code_map::{ClassRow, CodeCell};
use crate::app::view::code_table::Order;
use crate::app::view::compare::CompareRow;
use crate::app::view::format_words;
use crate::app::view::rounding::Column;
use crate::app::view::stored::Stored;
use crate::app::widgets::value_line::LineState;
use crate::engine::number::path::Stage;
use crate::engine::number::{Format, Number, Overflow, Rounding};

/// The setting of the page Data types as text.
pub const DATA_TYPES: Link = Link {
    text: |setup| text::data_types(&setup.numbers),
    parse: |setup, line| text::parse_data_types(&mut setup.numbers, line),
    defaults: |setup| setup.numbers = Numbers { view: setup.numbers.view, ..Numbers::default() },
    bits: |_| None,
    take_bits: |_, _| false,
};

/// The setting of the page Compare as text.
pub const COMPARE: Link = Link {
    text: |setup| text::compare(&setup.numbers),
    parse: |setup, line| text::parse_compare(&mut setup.numbers, line),
    defaults: |setup| {
        setup.numbers.compared = Numbers::default().compared;
        setup.numbers.value = Numbers::default().value;
    },
    bits: |_| None,
    take_bits: |_, _| false,
};

/// The setting of the page Rounding lab as text.
pub const ROUNDING: Link = Link {
    text: |setup| text::rounding(&setup.numbers),
    parse: |setup, line| text::parse_rounding(&mut setup.numbers, line),
    defaults: |setup| {
        let view = setup.numbers.lab.view;
        setup.numbers.lab = Lab { view, ..Lab::default() };
    },
    bits: |_| None,
    take_bits: |_, _| false,
};

/// What the eye needs of these pages.
#[derive(Default)]
pub struct NumbersPage {
    near: LineState,
    all: LineState,
    cells: Memo<Format, Vec<CodeCell>>,
    classes: Memo<Format, Vec<ClassRow>>,
    table: Memo<(Format, Order), Vec<u64>>,
    table_at: Option<u64>,
    custom_line: LineState,
    both: LineState,
    border: [LineState; 2],
    rows: Memo<(Vec<Format>, Number), Vec<CompareRow>>,
    four: [LineState; 4],
    charts: Memo<(Format, Format), Vec<Chart>>,
    lab_line: LineState,
    matrix: Memo<Number, Vec<Column>>,
    stages: [LineState; 4],
    /// The way whose counter-example is being looked for.
    search: Option<Vec<Stage>>,
    /// The way for which none was found.
    none_found: Option<Vec<Stage>>,
    means: Memo<(Format, Number, u32, u64), Option<Chart>>,
}

/// Draws the page Data types.
pub fn data_types_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    match ctx.setup().numbers.view {
        DataView::Integers => integers::ui(ctx, ui),
        DataView::Fixed => fixed::ui(ctx, ui),
        DataView::Custom => custom::ui(ctx, ui),
        DataView::Codes => codes::ui(ctx, ui),
        DataView::FourBits => four_bits::ui(ctx, ui),
        DataView::Spacing => spacing::ui(ctx, ui),
        DataView::Bits => bits::ui(ctx, ui),
    }
}

/// Draws the page Compare.
pub fn compare_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    compare::ui(ctx, ui);
}

/// Draws the page Rounding lab.
pub fn rounding_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    rounding::ui(ctx, ui);
}

/// Nothing to say beside the last action.
pub fn silent(_session: &Session, _state: &UiState) -> Vec<String> {
    Vec::new()
}

/// What the status bar says: what became of the value in both formats.
pub fn status(session: &Session, _state: &UiState) -> Vec<String> {
    let numbers = &session.setup().numbers;
    if numbers.view != DataView::Bits {
        return Vec::new();
    }
    let number = numbers.value.number(numbers.format);
    let words = |format: Format| {
        let stored = Stored::new(format, &number, Rounding::NearestEven, Overflow::Default);
        let mut letters = stored.why.chars();
        let lower: String =
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
        format!("{} {lower}", format_words::title(format))
    };
    vec![words(numbers.format), words(numbers.beside)]
}

/// Runs `add` on a page that is `height` high, scrolling where the canvas is lower. Rectangles are given from the page's corner.
fn scrolled(ui: &mut Ui, salt: &str, height: f32, add: impl FnOnce(&mut Ui, Rect)) {
    let canvas = ui.max_rect();
    if height <= canvas.height() + 0.5 {
        add(ui, canvas);
        return;
    }
    egui::ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        add(ui, rect);
    });
}
