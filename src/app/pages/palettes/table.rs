//! The rows: what each palette costs and loses, sorted and filtered, to be taken away as text.

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{Given, add};
use crate::app::context::PageContext;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};
use crate::app::view::figure::Table;
use crate::app::view::palettes::{Column, Row, Sort, shown, table};
use crate::app::view::schemes::Rows;
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::text_field;
use crate::app::widgets::figure;
use crate::app::widgets::plot::{Marker, PlotLook};
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::table_heads::{Head, table_heads};
use crate::engine::media::picture::Recipe;

/// Height of a row and of the heads.
const ROW: f32 = 30.0;
const HEAD: f32 = 24.0;

/// How a table becomes text.
type Writer = fn(&Table) -> String;

/// How a table leaves.
const COPIES: [(&str, Writer); 3] = [("Markdown", Table::markdown), ("CSV", Table::csv), ("LaTeX", Table::latex)];

/// What was done to the rows.
#[derive(Default)]
struct Done {
    sorted: Option<Column>,
    removed: Option<usize>,
    chosen: Option<Recipe>,
    added: Option<Recipe>,
}

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let (mut which, mut filter) = (ctx.state.palettes.rows, ctx.state.palettes.filter.clone());
    let sort = ctx.state.palettes.sort;
    let places = shown(&given.rows, which, &filter, sort);
    let whole = table(&given.study.name, &given.rows, &places);
    let mut copy = None;
    let is_filtered = !filter.is_empty();
    let title = if rect.width() < 640.0 { "" } else { given.study.name.as_str() };
    let card = Card::new(title).trailing(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (name, write) in COPIES.into_iter().rev() {
            if button::link(ui, name, &format!("Copy as {name}")).clicked() {
                copy = Some((name, write));
            }
        }
        ui.label(egui::RichText::new("Copy").font(theme::control()).color(tokens(ui).muted));
        ui.add_space(8.0);
        let width = (ui.available_width() - 250.0).clamp(70.0, 150.0);
        text_field(ui, "Filter palettes", &mut filter, "filter", width);
        let kinds = [(Rows::Compared, "Compared"), (Rows::All, "All"), (Rows::Front, "Front")];
        segmented(ui, "Rows", &mut which, &kinds);
    });
    let current = ctx.setup().pictures.recipe.clone();
    let look = PlotLook::of(ctx.presenting);
    let done = card.show(ui, rect, |ui| {
        figure::table_area(ui, "Palettes", || whole.clone());
        let mut done = Done::default();
        if places.is_empty() {
            let why = match (given.study.found.is_some(), is_filtered) {
                (false, _) => "Computing",
                (true, true) => "No palette matches the filter",
                (true, false) => "No palette is compared: add one above",
            };
            card::nothing(ui, why);
            return done;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::new(ui.available_width(), &look);
        done.sorted = heads(ui, &columns, sort, &look);
        ScrollArea::vertical().id_salt("rows").auto_shrink(false).show_rows(ui, ROW, places.len(), |ui, range| {
            for &place in &places[range] {
                let row = &given.rows[place];
                row_ui(ui, row, row.recipe == current, (&columns, &look), &mut done);
            }
        });
        done
    });
    ctx.state.palettes.rows = which;
    ctx.state.palettes.filter = filter;
    if let Some((name, write)) = copy {
        ctx.copy(format!("the table as {name}"), write(&whole));
    }
    finish(ctx, done);
}

/// Carries out what was asked for.
fn finish(ctx: &mut PageContext<'_>, done: Done) {
    if let Some(column) = done.sorted {
        ctx.state.palettes.sort = ctx.state.palettes.sort.clicked(column);
    }
    if let Some(recipe) = done.chosen {
        ctx.edit(format!("Pictures by {recipe}"), None, move |setup| setup.pictures.recipe = recipe.clone());
    }
    if let Some(recipe) = done.added {
        add(ctx, recipe);
    }
    if let Some(place) = done.removed {
        let compared = &ctx.setup().palettes.compared;
        let what = compared.get(place).map_or_else(String::new, |recipe| format!("Without {recipe}"));
        ctx.edit(what, None, move |setup| {
            if place < setup.palettes.compared.len() {
                setup.palettes.compared.remove(place);
            }
        });
    }
}

/// Where the columns are: the palette's text, and right edges of the numbers.
struct Columns {
    text: [f32; 2],
    numbers: Vec<(Column, f32)>,
}

impl Columns {
    fn new(width: f32, look: &PlotLook) -> Self {
        // Where there is not room for all, what the plot shows too stays.
        let all: &[Column] = match width / look.caption.size {
            narrow if narrow < 44.0 => &[Column::Bits, Column::Psnr],
            _ => &Column::ALL[2..],
        };
        let each = look.caption.size * 5.4;
        let first = width - 30.0 - each * all.len() as f32;
        let numbers = all.iter().enumerate().map(|(place, column)| (*column, first + each * (place + 1) as f32));
        Self { text: [30.0, first - 4.0], numbers: numbers.collect() }
    }
}

/// Draws the heads; the one that was clicked.
fn heads(ui: &mut Ui, columns: &Columns, sort: Sort, look: &PlotLook) -> Option<Column> {
    let text = (Column::Recipe, columns.text);
    let mut left = text.1[1];
    let numbers =
        columns.numbers.iter().map(|&(column, right)| (column, [std::mem::replace(&mut left, right) + 4.0, right]));
    let all: Vec<(Column, [f32; 2])> = [(Column::Place, [0.0, 22.0]), text].into_iter().chain(numbers).collect();
    let head = |(place, (column, ends)): (usize, &(Column, [f32; 2]))| Head {
        title: column.title(),
        ends: *ends,
        to_right: place >= 2,
        // The order in which they were added is told by no arrow.
        sorted: (sort.column == *column && (*column != Column::Place || sort.descending)).then_some(sort.descending),
    };
    let heads: Vec<Head<'_>> = all.iter().enumerate().map(head).collect();
    table_heads(ui, &heads, HEAD, look).map(|place| all[place].0)
}

/// Draws one row.
fn row_ui(ui: &mut Ui, row: &Row, on: bool, (columns, look): (&Columns, &PlotLook), done: &mut Done) {
    let tokens = tokens(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let text = row.recipe.to_string();
    let response = ui.interact(line, ui.scope_id().with(("row", &text)), Sense::click());
    let numbers: Vec<String> =
        columns.numbers.iter().map(|(column, _)| format!("{} {}", column.title(), column.words(row))).collect();
    let front = if row.on_front { ", on the Pareto front" } else { "" };
    let said = format!("{text}: {}{front}", numbers.join(", "));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    if on || response.hovered() {
        ui.painter().rect_filled(line, theme::RADIUS_BIT, if on { tokens.select } else { tokens.hover });
    }
    let y = line.center().y;
    ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
    if let Some(place) = row.place {
        let color = tokens.series(place);
        Marker::of(place + 3).paint(ui.painter(), pos2(line.left() + 7.0, y), 9.0, color, tokens.card);
        let font = theme::semibold(look.caption.size);
        ui.painter().text(pos2(line.left() + 15.0, y), Align2::LEFT_CENTER, (place + 1).to_string(), font, color);
    }
    let [left, right] = columns.text;
    let galley = theme::truncated_middle(ui, &text, theme::mono(), tokens.text, right - left);
    ui.painter().galley(pos2(line.left() + left, y - galley.size().y / 2.0), galley, tokens.text);
    for (column, right) in &columns.numbers {
        let color = if row.on_front && *column == Column::Psnr { tokens.good } else { tokens.text };
        let font = theme::cell(look.caption.size.min(15.0));
        ui.painter().text(pos2(line.left() + right, y), Align2::RIGHT_CENTER, column.words(row), font, color);
    }
    if let Some(place) = row.place {
        let close = Rect::from_center_size(pos2(line.right() - 13.0, y), vec2(theme::HIT, theme::HIT));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("remove", place)).max_rect(close));
        if button::icon_button(&mut child, Icon::Close, &format!("Remove {text}")).clicked() {
            done.removed = Some(place);
        }
    }
    theme::focus_ring(ui, &response, line.shrink(1.0));
    if response.clicked() {
        // Those side by side become the recipe of the page of pictures; another one joins them.
        match row.place {
            Some(_) => done.chosen = Some(row.recipe.clone()),
            None => done.added = Some(row.recipe.clone()),
        }
    }
}
