//! The command palette: every command, page, example and recent file, found by typing.

use egui::{Align2, Area, Frame, Id, Key, Modifiers, Order, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use crate::app::command::COMMANDS;
use crate::app::context::Request;
use crate::app::examples;
use crate::app::pages::PAGES;
use crate::app::session::{Action, Session, file_name};
use crate::app::settings::Settings;
use crate::app::theme::{self, tokens};

/// Width of the palette.
const WIDTH: f32 = 560.0;

/// Height of a row.
const ROW: f32 = 30.0;

/// Rows without scrolling.
const ROWS: usize = 10;

/// What has been typed, and the row that Enter takes.
#[derive(Default)]
pub struct Palette {
    text: String,
    selected: usize,
}

struct Row {
    text: String,
    hint: String,
    enabled: bool,
    request: Request,
}

/// What became of the palette in this frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Still open.
    Open,
    /// A row was chosen or the palette dismissed.
    Close,
}

impl Palette {
    /// Draws the palette over everything and sends the chosen row's request.
    pub fn ui(&mut self, session: &Session, settings: &Settings, requests: &mut Vec<Request>, ui: &Ui) -> Outcome {
        let ctx = ui.ctx();
        let rows = self.matching(session, settings, ctx);
        self.selected = self.selected.min(rows.len().saturating_sub(1));
        let (up, down, enter, escape) = ctx.input_mut(|input| {
            (
                input.consume_key(Modifiers::NONE, Key::ArrowUp),
                input.consume_key(Modifiers::NONE, Key::ArrowDown),
                input.consume_key(Modifiers::NONE, Key::Enter),
                input.consume_key(Modifiers::NONE, Key::Escape),
            )
        });
        if up {
            self.selected = self.selected.saturating_sub(1);
        }
        if down {
            self.selected = (self.selected + 1).min(rows.len().saturating_sub(1));
        }
        let mut chosen = enter.then_some(self.selected);
        let frame = Frame::popup(&ctx.global_style());
        let area = Area::new(Id::unique("command palette"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
        let shown = area.show(ctx, |ui| {
            frame.show(ui, |ui| {
                ui.set_width(WIDTH.min(ctx.content_rect().width() - 40.0));
                let field = egui::TextEdit::singleline(&mut self.text)
                    .hint_text("Type a command, a page or an example")
                    .desired_width(f32::INFINITY);
                let field = ui.add(field).accessible_name("Find a command");
                field.request_focus();
                if field.changed() {
                    self.selected = 0;
                }
                ui.add_space(4.0);
                if rows.is_empty() {
                    ui.label(format!("No command matches {}", self.text));
                }
                ScrollArea::vertical().max_height(ROW * ROWS as f32).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for (index, row) in rows.iter().enumerate() {
                        if row_ui(row, index == self.selected, up || down, ui) {
                            chosen = Some(index);
                        }
                    }
                });
            });
        });
        let elsewhere = ctx.input(|input| input.pointer.any_pressed())
            && ctx.pointer_interact_pos().is_some_and(|pos| !shown.response.rect.contains(pos));
        if let Some(row) = chosen.and_then(|index| rows.into_iter().nth(index)).filter(|row| row.enabled) {
            requests.push(row.request);
            return Outcome::Close;
        }
        if escape || elsewhere { Outcome::Close } else { Outcome::Open }
    }

    fn matching(&self, session: &Session, settings: &Settings, ctx: &egui::Context) -> Vec<Row> {
        let commands = COMMANDS.iter().map(|entry| Row {
            text: entry.text.to_owned(),
            hint: entry.keys.first().map_or_else(|| entry.hint.to_owned(), |keys| ctx.format_shortcut(keys)),
            enabled: super::is_possible(entry.command, session),
            request: Request::Run(entry.command),
        });
        let row = |text: String, hint: &str, action| Row {
            text,
            hint: hint.to_owned(),
            enabled: true,
            request: Request::Act(action),
        };
        let pages = PAGES.iter().map(|page| row(format!("Page: {}", page.title), "page", Action::ShowPage(page.name)));
        let examples =
            examples::all().map(|example| row(example.title.to_owned(), "example", Action::OpenExample(example)));
        let recent = settings
            .recent
            .iter()
            .map(|path| row(format!("Open {}", file_name(path)), "recent file", Action::OpenFile(path.clone())));
        let words: Vec<String> = self.text.split_whitespace().map(str::to_lowercase).collect();
        let matches = |row: &Row| words.iter().all(|word| row.text.to_lowercase().contains(word));
        commands.chain(pages).chain(examples).chain(recent).filter(matches).collect()
    }
}

/// Draws a row; whether it was clicked.
fn row_ui(row: &Row, selected: bool, moved: bool, ui: &mut Ui) -> bool {
    let tokens = tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, row.enabled, selected, &row.text));
    if selected {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.select);
        if moved {
            response.scroll_to_me(None);
        }
    } else if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.hover);
    }
    let color = if row.enabled { tokens.text } else { tokens.muted.gamma_multiply(0.6) };
    let left = rect.left_center() + vec2(10.0, 0.0);
    ui.painter().text(left, Align2::LEFT_CENTER, &row.text, theme::body(), color);
    let right = rect.right_center() - vec2(10.0, 0.0);
    ui.painter().text(right, Align2::RIGHT_CENTER, &row.hint, theme::small(), tokens.muted);
    response.clicked()
}
