//! The scheme's text form: a click copies it, a double click edits it in place.

use egui::{
    Key, Popup, PopupCloseBehavior, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

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
    /// Draws the chip, or the field where it is edited. A text that does not parse stays in the field with the reason below; the last
    /// good scheme stays in force.
    pub fn ui<T>(&mut self, ui: &mut Ui, text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Outcome<T> {
        if self.draft.is_some() {
            return Outcome { copied: false, edited: self.field_ui(ui, &parse) };
        }
        let tokens = tokens(ui.ctx());
        let room = (ui.available_width() - 58.0).clamp(60.0, WIDEST - 58.0);
        let galley = ui.painter().layout_no_wrap(middle_cut(ui, text, room), theme::mono(), tokens.text);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 58.0, 30.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Scheme {text}")));
        let fill = if response.hovered() { tokens.hover } else { tokens.inset };
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
        let border = Stroke::new(theme::HAIRLINE, tokens.hair);
        ui.painter().rect_stroke(rect, theme::RADIUS_CONTROL, border, StrokeKind::Inside);
        let square = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), vec2(8.0, 8.0));
        ui.painter().rect_filled(square, theme::RADIUS_BAR, tokens.accent);
        let left = pos2(rect.left() + 26.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(left, galley, tokens.text);
        let copy = Rect::from_center_size(pos2(rect.right() - 15.0, rect.center().y), vec2(14.0, 14.0));
        Icon::Copy.paint(ui.painter(), copy, tokens.muted);
        theme::focus_ring(ui, &response, rect);
        if response.double_clicked() {
            self.draft = Some(text.to_owned());
            self.error.clear();
        }
        let copied = response.clicked();
        response.on_hover_text(format!("{text}\nClick copies, double click edits"));
        Outcome { copied, edited: None }
    }

    fn field_ui<T>(&mut self, ui: &mut Ui, parse: &impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let draft = self.draft.get_or_insert_default();
        let field = egui::TextEdit::singleline(draft).font(theme::mono()).desired_width(320.0);
        let field = ui.add(field).accessible_name("Scheme");
        if !field.has_focus() && !field.lost_focus() {
            field.request_focus();
        }
        if field.changed() {
            self.error = parse(draft).err().unwrap_or_default();
        }
        let mut edited = None;
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.draft = None;
        } else if field.lost_focus() {
            match parse(draft) {
                Ok(value) => {
                    edited = Some(value);
                    self.draft = None;
                }
                Err(_) if !ui.input(|input| input.key_pressed(Key::Enter)) => self.draft = None,
                Err(error) => {
                    self.error = error;
                    field.request_focus();
                }
            }
        }
        if self.draft.is_some() && !self.error.is_empty() {
            let color = tokens(ui.ctx()).error;
            Popup::from_response(&field).open(true).close_behavior(PopupCloseBehavior::IgnoreClicks).show(|ui| {
                ui.set_max_width(420.0);
                ui.label(RichText::new(format!("{}; the last good scheme stays", self.error)).color(color));
            });
        }
        edited
    }
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
    for kept in (2..characters.len()).rev() {
        let head: String = characters[..kept.div_ceil(2)].iter().collect();
        let tail: String = characters[characters.len() - kept / 2..].iter().collect();
        let cut = format!("{head}…{tail}");
        if fits(&cut) {
            return cut;
        }
    }
    "…".to_owned()
}
