//! The scheme's text form: a click copies it, a double click edits it in place.

use egui::{
    Key, Modifiers, Popup, PopupCloseBehavior, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::button::border;
use super::field::text_field;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Widest chip.
const WIDEST: f32 = 420.0;

/// The chip's draft while it is edited.
#[derive(Clone, Debug, Default)]
pub struct SchemeChip {
    draft: Option<String>,
    error: String,
}

/// What was done to the chip.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// The text shall go to the clipboard.
    pub copied: bool,
    /// The text was edited to this.
    pub edited: Option<T>,
}

impl SchemeChip {
    /// Draws the chip, or the field where it is edited (a double click, or F2 when it has the focus; Enter takes, Esc restores). A text that
    /// does not parse stays in the field with the reason below; the last good scheme stays in force.
    pub fn ui<T>(&mut self, ui: &mut Ui, text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Outcome<T> {
        // Half of what is left in a bar belongs to the tabs.
        self.ui_within(ui, WIDEST.min(ui.available_width() * 0.52), text, parse)
    }

    /// The same, at most this wide.
    pub fn ui_within<T>(
        &mut self,
        ui: &mut Ui,
        widest: f32,
        text: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Outcome<T> {
        if self.draft.is_some() {
            return Outcome { copied: false, edited: self.field_ui(ui, &parse) };
        }
        let response = chip_ui(ui, widest, text);
        let wants_edit = response.double_clicked()
            || response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F2));
        if wants_edit {
            self.draft = Some(text.to_owned());
            self.error.clear();
        }
        // The second click of a double click is for editing.
        let copied = response.clicked() && !response.double_clicked();
        response.on_hover_text(format!("{text}\nClick copies, double click or F2 edits"));
        Outcome { copied, edited: None }
    }

    fn field_ui<T>(&mut self, ui: &mut Ui, parse: &impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let draft = self.draft.get_or_insert_default();
        let width = (ui.available_width() - 4.0).clamp(160.0, 320.0);
        let field = text_field(ui, "Scheme", draft, "", width);
        if !field.has_focus() && !field.lost_focus() {
            field.request_focus();
        }
        if field.changed() {
            self.error = parse(draft).err().unwrap_or_default();
        }
        let mut edited = None;
        if field.lost_focus() {
            let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
            match parse(draft) {
                _ if pressed(Key::Escape) => self.draft = None,
                Ok(value) => {
                    edited = Some(value);
                    self.draft = None;
                }
                Err(error) if pressed(Key::Enter) => {
                    self.error = error;
                    field.request_focus();
                }
                Err(_) => self.draft = None,
            }
        }
        if self.draft.is_some() && !self.error.is_empty() {
            error_ui(&field, &self.error);
        }
        edited
    }
}

fn chip_ui(ui: &mut Ui, widest: f32, text: &str) -> Response {
    let tokens = tokens(ui);
    let room = (ui.available_width() - 58.0).min(widest - 58.0).max(60.0);
    let galley = ui.painter().layout_no_wrap(middle_cut(ui, text, room), theme::mono(), tokens.text);
    let size = vec2((galley.size().x + 58.0).round(), theme::CONTROL + 2.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("Scheme {text}")));
    let fill = if response.hovered() { tokens.hover } else { tokens.inset };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    border(ui, rect, tokens.hair);
    let square = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), vec2(8.0, 8.0));
    ui.painter().rect_filled(square, theme::RADIUS_BAR, tokens.accent);
    ui.painter().galley(pos2(rect.left() + 26.0, rect.center().y - galley.size().y / 2.0), galley, tokens.text);
    let copy = Rect::from_center_size(pos2(rect.right() - 15.0, rect.center().y), vec2(14.0, 14.0));
    Icon::Copy.paint(ui.painter(), copy, tokens.muted);
    theme::focus_ring(ui, &response, rect);
    response
}

/// Says under the field what is wrong with the text.
fn error_ui(field: &Response, error: &str) {
    let color = tokens(&field.ctx).error;
    Popup::from_response(field).open(true).close_behavior(PopupCloseBehavior::IgnoreClicks).show(|ui| {
        ui.set_max_width(WIDEST);
        ui.horizontal(|ui| {
            let (icon, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
            Icon::Error.paint(ui.painter(), icon, color);
            ui.label(RichText::new(format!("{error}; the last good scheme stays")).color(color));
        });
    });
}

/// A text whose middle is cut to an ellipsis where it would be wider than `width`.
fn middle_cut(ui: &Ui, text: &str, width: f32) -> String {
    let fits = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), theme::mono(), tokens(ui.ctx()).text).size().x <= width
    };
    if fits(text) {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| -> String {
        let (head, tail) = (&characters[..kept.div_ceil(2)], &characters[characters.len() - kept / 2..]);
        head.iter().chain(&['…']).chain(tail).collect()
    };
    // The more is kept, the wider: the largest that fits, by halving.
    let (mut fitting, mut too_wide) = (0, characters.len());
    while too_wide - fitting > 1 {
        let middle = usize::midpoint(fitting, too_wide);
        if fits(&cut(middle)) {
            fitting = middle;
        } else {
            too_wide = middle;
        }
    }
    cut(fitting)
}
