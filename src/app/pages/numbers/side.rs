//! The cards at the side of the view Bits: the map of all codes, and in a second card the classes, the special codes, and the code
//! in every notation.

use egui::{Align2, Rect, Sense, Ui, vec2};

use super::bits::take_value;
use super::controls;
use crate::app::context::PageContext;
use crate::app::setup::numbers::{Numbers, Side as Tab};
use crate::app::theme::{self, tokens};
use crate::app::view::code_map::{self, ClassRow, MapColor};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::{format, format_words, numerals};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::code_map::{CodeMap, class_color};
use crate::app::widgets::copy_text::copy_text;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::number::derive::{self, ByteOrder};
use crate::engine::number::{Class, Format, Value};

/// From this height on classes and special codes stand below each other.
const BOTH: f32 = 262.0;

/// The format that the map is of: the main one where it is narrow, else the one beside it.
fn mapped(numbers: &Numbers) -> Option<(Format, bool)> {
    let narrow = |format: Format| format.bits() <= code_map::WIDEST;
    if narrow(numbers.format) {
        Some((numbers.format, true))
    } else {
        narrow(numbers.beside).then_some((numbers.beside, false))
    }
}

/// The map of all codes.
pub fn map_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let Some((format, is_main)) = mapped(numbers) else {
        let count = format::count(numbers.format.last_code().saturating_add(1));
        card::card(ui, rect, "All codes", &format_words::title(numbers.format), |ui| {
            card::nothing(ui, &format!("{count} codes are too many for a map; the view All codes lists them"));
        });
        return;
    };
    let selected = numbers.value.moved(numbers.format, format).code(format);
    let (title, subtitle) = (format!("All {} codes", format.last_code() + 1), format_words::title(format));
    let shown = numbers.drawn.map;
    let mut color = shown;
    let card = Card::new(&title).subtitle(&subtitle).trailing(|ui| {
        segmented(ui, "Colour of the map", &mut color, &[(MapColor::Value, "Value"), (MapColor::Class, "Class")]);
    });
    let look = PlotLook::of(ctx.presenting);
    let chosen = card.show(ui, rect, |ui| {
        let cells = ctx.state.numbers.cells.get(&format, |format| code_map::cells(*format));
        let columns = code_map::columns(format.bits());
        CodeMap { name: &title, cells, columns, color: shown, selected, ends: code_map::ends(format), look }
            .show(ui)
            .chosen
    });
    if color != shown {
        let words = if color == MapColor::Value { "value" } else { "class" };
        ctx.edit(format!("Map by {words}"), None, move |setup| setup.numbers.drawn.map = color);
    }
    if let Some(code) = chosen {
        if is_main {
            controls::set_code(ctx, code, None);
        } else if let Value::Finite(_) = format.value(code) {
            take_value(ctx, format.decode(code));
        }
    }
}

/// The card under the map.
pub fn tabs_card(ctx: &mut PageContext<'_>, rect: Rect, notations_elsewhere: bool, ui: &mut Ui) {
    if notations_elsewhere && rect.height() >= BOTH {
        let subtitle = format_words::title(ctx.setup().numbers.format);
        card::card(ui, rect, "Specials", "", |ui| {
            if classed(&ctx.setup().numbers).is_some() {
                classes_ui(ctx, ui);
                ui.add_space(6.0);
            }
            let color = tokens(ui).muted;
            let words = format!("Special codes of {subtitle}");
            ui.label(egui::RichText::new(words).font(theme::small()).color(color));
            ui.add_space(6.0);
            specials_ui(ctx, ui);
        });
        return;
    }
    let mut tab = ctx.setup().numbers.drawn.side;
    if notations_elsewhere && tab == Tab::Notations {
        tab = Tab::Classes;
    }
    let listed = classed(&ctx.setup().numbers).is_some();
    if !listed && tab == Tab::Classes {
        tab = Tab::Specials;
    }
    let now = tab;
    let options = [(Tab::Classes, "Classes"), (Tab::Specials, "Specials"), (Tab::Notations, "Notations")];
    let shown = &options[usize::from(!listed)..if notations_elsewhere { 2 } else { 3 }];
    let title = match tab {
        Tab::Classes => "Specials",
        Tab::Specials => "Special codes",
        Tab::Notations => "Copy",
    };
    let card = Card::new(title).trailing(|ui| {
        segmented(ui, "Side card", &mut tab, shown);
    });
    card.show(ui, rect, |ui| match now {
        Tab::Classes => classes_ui(ctx, ui),
        Tab::Specials => specials_ui(ctx, ui),
        Tab::Notations => notations_ui(ctx, ui),
    });
    if tab != now {
        let words = options.iter().find(|row| row.0 == tab).map_or("", |row| row.1);
        ctx.edit(format!("Shows {}", words.to_lowercase()), None, move |setup| setup.numbers.drawn.side = tab);
    }
}

/// The format whose classes are listed; none where there are too many codes to go through.
fn classed(numbers: &Numbers) -> Option<Format> {
    Some(mapped(numbers).map_or(numbers.format, |(format, _)| format))
        .filter(|format| format.bits() <= code_map::LISTED)
}

fn classes_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let Some(format) = classed(numbers) else { return };
    let by_value = numbers.drawn.map == MapColor::Value;
    let rows = ctx.state.numbers.classes.get(&format, |format| code_map::classes(*format));
    ui.spacing_mut().item_spacing.y = 0.0;
    let title = format!("Classes of {}", format_words::title(format));
    figure::table_area(ui, "Classes", || code_map::class_table(&title, rows));
    let height = (ui.available_height() / rows.len() as f32).clamp(22.0, 30.0);
    for row in rows {
        class_row(ui, row, by_value, height);
    }
}

fn class_row(ui: &mut Ui, row: &ClassRow, by_value: bool, height: f32) {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let name = super::bits::class_name(row.class);
    let words = format!("{name}: {}, {}", row.codes, row.values);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words.as_str()));
    let painter = ui.painter();
    let swatch = Rect::from_center_size(rect.left_center() + vec2(8.0, 0.0), vec2(13.0, 13.0));
    let fill = match (by_value, row.class) {
        (true, Class::Subnormal) => theme::sequential(0.06),
        (true, Class::Normal) => theme::sequential(0.6),
        (true, Class::Infinite) => tokens.ink,
        (_, class) => class_color(tokens, class),
    };
    painter.rect_filled(swatch, theme::RADIUS_BAR, fill);
    if fill == tokens.card {
        painter.rect_stroke(swatch, theme::RADIUS_BAR, (theme::HAIRLINE, tokens.axis), egui::StrokeKind::Inside);
    }
    if row.class == Class::Nan {
        let strike = swatch.shrink(3.0);
        painter.line_segment([strike.left_bottom(), strike.right_top()], (1.5, tokens.error));
    }
    let y = rect.center().y;
    let at = |x: f32| egui::pos2(rect.left() + x, y);
    painter.text(at(24.0), Align2::LEFT_CENTER, name, theme::body(), tokens.text);
    painter.text(at(112.0), Align2::LEFT_CENTER, &row.codes, theme::mono(), tokens.text);
    painter.text(egui::pos2(rect.right(), y), Align2::RIGHT_CENTER, &row.values, theme::semibold(13.0), tokens.text);
}

fn specials_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let format = ctx.setup().numbers.format;
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for (index, special) in derive::specials(format).iter().enumerate() {
            let negative = special.value == Value::Nan && index > 0 && special.code >> (format.bits() - 1) & 1 == 1;
            let name = if negative { format!("−{}", special.name) } else { special.name.to_owned() };
            let response = button::plain(ui, &name);
            if response.clicked() {
                chosen = Some(special.code);
            }
            response.on_hover_text(format!(
                "{}: {}",
                numerals::hex(special.code, format.bits()),
                numerals::short(special.value)
            ));
        }
    });
    if let Some(code) = chosen {
        controls::set_code(ctx, code, None);
    }
}

/// The notations as a card of their own.
pub fn notations_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    card::card(ui, rect, "Notations", "a click copies", |ui| notations_ui(ctx, ui));
}

/// Every notation of a code, as name and text.
pub fn notations(format: Format, code: u64) -> Vec<(String, String)> {
    let value = format.value(code);
    let mut rows = vec![
        ("Exact decimal".to_owned(), value.to_decimal()),
        ("Shortest decimal".to_owned(), derive::shortest(format, code)),
        ("Hex float".to_owned(), derive::hex_float(value)),
        ("Code".to_owned(), numerals::hex(code, format.bits())),
        ("Binary".to_owned(), format!("0b{code:0width$b}", width = format.bits() as usize)),
        ("Raw integer".to_owned(), code.to_string()),
    ];
    for literal in derive::literals(format, code) {
        let language = literal.language.name();
        if let Some(value) = literal.value {
            rows.push((format!("{language} value"), value));
        }
        rows.push((format!("{language} code"), literal.code));
    }
    for (order, words) in [(ByteOrder::Little, "Bytes, low first"), (ByteOrder::Big, "Bytes, high first")] {
        let bytes: Vec<String> = derive::bytes(format, code, order).iter().map(|byte| format!("{byte:02X}")).collect();
        rows.push((words.to_owned(), bytes.join(" ")));
    }
    rows
}

fn notations_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let rows = notations(numbers.format, numbers.code());
    let mut copied = None;
    figure::table_area(ui, "Notations", || {
        let row = |(name, text): &(String, String)| vec![Cell::Text(name.clone()), Cell::Text(text.clone())];
        Table { rows: rows.iter().map(row).collect(), ..Table::new("Notations", &["notation", "text"]) }
    });
    egui::ScrollArea::vertical().id_salt("notations").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (name, text) in &rows {
            ui.horizontal(|ui| {
                let (place, _) = ui.allocate_exact_size(vec2(112.0, theme::HIT), Sense::hover());
                let muted = tokens(ui).muted;
                ui.painter().text(place.left_center(), Align2::LEFT_CENTER, name, theme::small(), muted);
                let response = copy_text(ui, &format!("Copy {name}"), text, theme::mono(), tokens(ui).text);
                if response.clicked() {
                    copied = Some((name.clone(), text.clone()));
                }
            });
        }
    });
    if let Some((name, text)) = copied {
        ctx.copy(name, text);
    }
}
