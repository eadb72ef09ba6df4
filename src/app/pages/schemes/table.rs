//! The rows: what each scheme costs and loses, sorted and filtered, to be taken away as text.

use egui::{Align, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{Given, add};
use crate::app::context::PageContext;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};
use crate::app::view::figure::Table;
use crate::app::view::schemes::{Column, Row, Rows, Sort, shown, table};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::text_field;
use crate::app::widgets::figure;
use crate::app::widgets::plot::{Marker, PlotLook};
use crate::app::widgets::scheme_chip::SchemeChip;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::table_heads::{Head, table_heads};
use crate::engine::quantize::{Scheme, SchemeError};

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
    edited: Option<(usize, Scheme)>,
    copied: Option<String>,
    chosen: Option<Scheme>,
    added: Option<Scheme>,
}

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let presenting = ctx.presenting;
    let (mut which, mut filter, sort) =
        (ctx.state.schemes.rows, ctx.state.schemes.filter.clone(), ctx.state.schemes.sort);
    let places = shown(&given.rows, which, &filter, sort);
    let whole = table(&given.name, &given.rows, &places);
    let mut copy = None;
    let is_filtered = !filter.is_empty();
    let narrow = rect.width() < 600.0;
    let title = if presenting || narrow { "" } else { given.name.as_str() };
    let card = Card::new(title).trailing(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if !presenting {
            for (name, write) in COPIES.into_iter().rev() {
                if button::link(ui, name, &format!("Copy as {name}")).clicked() {
                    copy = Some((name, write));
                }
            }
            ui.label(egui::RichText::new("Copy").font(theme::control()).color(tokens(ui).muted));
            ui.add_space(8.0);
            let width = (ui.available_width() - 250.0).clamp(70.0, 150.0);
            text_field(ui, "Filter schemes", &mut filter, "filter", width);
        }
        let kinds = [(Rows::Compared, "Compared"), (Rows::All, "All"), (Rows::Front, "Front")];
        segmented(ui, "Rows", &mut which, &kinds);
    });
    let current = ctx.scheme().clone();
    let mut chips = std::mem::take(&mut ctx.state.schemes.chips);
    chips.resize_with(given.compared.len(), SchemeChip::default);
    let look = PlotLook::of(presenting);
    let done = card.show(ui, rect, |ui| {
        figure::table_area(ui, "Schemes", || whole.clone());
        if places.is_empty() {
            let why = if is_filtered { "No scheme matches the filter" } else { "No scheme is compared: add one above" };
            card::nothing(ui, why);
            return Done::default();
        }
        let mut done = Done::default();
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::new(ui.available_width(), &look);
        done.sorted = heads(ui, &columns, sort, &look);
        let row_height = if presenting { 36.0 } else { ROW };
        ScrollArea::vertical().id_salt("rows").auto_shrink(false).show_rows(
            ui,
            row_height,
            places.len(),
            |ui, range| {
                for &place in &places[range] {
                    let row = &given.rows[place];
                    // A lecture hall reads the scheme; it is edited at the desk.
                    let chip = row.place.and_then(|place| chips.get_mut(place)).filter(|_| !presenting);
                    row_ui(ui, row, row.scheme == current, chip, (&columns, row_height, &look), &mut done);
                }
            },
        );
        done
    });
    ctx.state.schemes.chips = chips;
    ctx.state.schemes.rows = which;
    ctx.state.schemes.filter = filter;
    if let Some((name, write)) = copy {
        ctx.copy(format!("the table as {name}"), write(&whole));
    }
    finish(ctx, done);
}

/// Carries out what was asked for.
fn finish(ctx: &mut PageContext<'_>, done: Done) {
    if let Some(column) = done.sorted {
        ctx.state.schemes.sort = ctx.state.schemes.sort.clicked(column);
    }
    if let Some(text) = done.copied {
        ctx.copy("the scheme", text);
    }
    if let Some(scheme) = done.chosen {
        ctx.set_scheme(scheme);
    }
    if let Some(scheme) = done.added {
        add(ctx, scheme);
    }
    if let Some((place, scheme)) = done.edited {
        ctx.edit(format!("{} becomes {scheme}", place + 1), None, move |setup| {
            if let Some(stands) = setup.schemes.compared.get_mut(place) {
                stands.clone_from(&scheme);
            }
        });
    }
    if let Some(place) = done.removed {
        // The draft of a chip belongs to its scheme.
        ctx.state.schemes.chips.clear();
        let what =
            ctx.setup().schemes.compared.get(place).map_or_else(String::new, |scheme| format!("Without {scheme}"));
        ctx.edit(what, None, move |setup| {
            if place < setup.schemes.compared.len() {
                setup.schemes.compared.remove(place);
            }
        });
    }
}

/// Where the columns are: left edge of the scheme, right edges of the numbers.
struct Columns {
    scheme: f32,
    scheme_end: f32,
    numbers: Vec<(Column, f32)>,
    end: f32,
}

impl Columns {
    fn new(width: f32, look: &PlotLook) -> Self {
        // Where there is not room for all, what the plot shows too stays.
        let all: &[Column] = match width / look.caption.size {
            narrow if narrow < 36.0 => &[Column::BitsPerWeight, Column::Sqnr],
            narrow if narrow < 40.0 => &[Column::BitsPerWeight, Column::Sqnr, Column::Ratio],
            _ => &Column::ALL[2..],
        };
        let each = look.caption.size * 6.1;
        let end = width - 30.0;
        let first = end - each * all.len() as f32;
        let numbers = all.iter().enumerate().map(|(place, column)| (*column, first + each * (place + 1) as f32));
        Self { scheme: 30.0, scheme_end: first - 4.0, numbers: numbers.collect(), end }
    }
}

/// Draws the heads; the one that was clicked.
fn heads(ui: &mut Ui, columns: &Columns, sort: Sort, look: &PlotLook) -> Option<Column> {
    let text = (Column::Scheme, [columns.scheme, columns.scheme_end]);
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
fn row_ui(
    ui: &mut Ui,
    row: &Row,
    on: bool,
    chip: Option<&mut SchemeChip>,
    (columns, height, look): (&Columns, f32, &PlotLook),
    done: &mut Done,
) {
    let tokens = tokens(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let text = row.scheme.to_string();
    let response = ui.interact(line, ui.scope_id().with(("row", &text)), Sense::click());
    let numbers: Vec<String> =
        columns.numbers.iter().map(|(column, _)| format!("{} {}", column.title(), column.words(row))).collect();
    let front = if row.on_front { ", on the Pareto front" } else { "" };
    let said = match &row.rated {
        Ok(_) => format!("{text}: {}{front}", numbers.join(", ")),
        Err(reason) => format!("{text}: {reason}"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    if on || response.hovered() {
        ui.painter().rect_filled(line, theme::RADIUS_BIT, if on { tokens.select } else { tokens.hover });
    }
    let y = line.center().y;
    ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
    if let Some(place) = row.place {
        let color = tokens.series(place);
        Marker::of(place + 3).paint(ui.painter(), pos2(line.left() + 7.0, y), 9.0, color, tokens.card);
        let number = pos2(line.left() + 15.0, y);
        let font = theme::semibold(look.caption.size);
        ui.painter().text(number, egui::Align2::LEFT_CENTER, (place + 1).to_string(), font, color);
    }
    let room = Rect::from_min_max(
        pos2(line.left() + columns.scheme, line.top()),
        pos2(line.left() + columns.scheme_end, line.bottom()),
    );
    match (chip, row.place) {
        (Some(chip), Some(place)) => {
            let builder = UiBuilder::new().id_salt(("chip", place)).max_rect(room);
            let mut child = ui.new_child(builder.layout(Layout::left_to_right(Align::Center)));
            let parse = |text: &str| text.parse().map_err(|error: SchemeError| error.to_string());
            let outcome = chip.ui_within(&mut child, room.width(), &text, parse);
            if outcome.copied {
                done.copied = Some(text.clone());
            }
            if let Some(scheme) = outcome.edited {
                done.edited = Some((place, scheme));
            }
            let close = Rect::from_center_size(pos2(line.right() - 13.0, y), vec2(theme::HIT, theme::HIT));
            let mut child = ui.new_child(UiBuilder::new().id_salt(("remove", place)).max_rect(close));
            if button::icon_button(&mut child, Icon::Close, &format!("Remove {text}")).clicked() {
                done.removed = Some(place);
            }
        }
        _ => {
            let galley = theme::truncated_middle(ui, &text, theme::mono(), tokens.text, room.width());
            ui.painter().galley(pos2(room.left(), y - galley.size().y / 2.0), galley, tokens.text);
        }
    }
    match &row.rated {
        Ok(_) => {
            for (column, right) in &columns.numbers {
                let at = pos2(line.left() + right, y);
                let color = if row.on_front && *column == Column::Sqnr { tokens.good } else { tokens.text };
                let font = theme::cell(look.caption.size.min(15.0));
                ui.painter().text(at, egui::Align2::RIGHT_CENTER, column.words(row), font, color);
            }
        }
        Err(reason) => {
            let width = columns.end - columns.scheme_end - 12.0;
            let galley = theme::truncated(ui, reason, look.caption.clone(), tokens.muted, width);
            let at = pos2(line.left() + columns.end - galley.size().x, y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, tokens.muted);
        }
    }
    theme::focus_ring(ui, &response, line.shrink(1.0));
    if response.clicked() {
        // Those side by side become the scheme of all pages; another one joins them.
        match row.place {
            Some(_) => done.chosen = Some(row.scheme.clone()),
            None => done.added = Some(row.scheme.clone()),
        }
    }
}
