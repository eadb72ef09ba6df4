//! Fields to type in: text as it comes, and numbers that count when they are confirmed.

use egui::{Align2, Area, Color32, Frame, Id, Key, Order, Response, RichText, Stroke, TextEdit, Ui, vec2};

use crate::app::theme::{self, tokens};

/// A one-line text field of that width that changes `text` while it is typed; `name` is its accessible name.
pub fn text_field(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32) -> Response {
    field_ui(ui, name, text, hint, width, false)
}

/// A field for a value with a text form. What is typed counts on Enter or when the focus goes elsewhere; Esc restores. A text that
/// `parse` refuses stays in the field with the reason beneath, and `value` keeps the last good one. The response says whether it changed.
pub fn value_field<T: PartialEq + ToString>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    width: f32,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Response {
    let inner = ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let (response, error) = checked_field(ui, name, value, width, parse);
        if let Some(error) = &error {
            ui.label(RichText::new(error).font(theme::small()).color(tokens(ui).error));
        }
        response
    });
    inner.inner
}

/// A [`value_field`] whose message hangs below it over what is there, for rows without room to grow.
pub fn value_field_over<T: PartialEq + ToString>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    width: f32,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Response {
    let (response, error) = checked_field(ui, name, value, width, parse);
    if let Some(error) = &error {
        let tokens = tokens(ui);
        let frame = Frame::new()
            .fill(tokens.error_soft)
            .stroke(Stroke::new(theme::HAIRLINE, tokens.error))
            .corner_radius(theme::RADIUS_CONTROL)
            .inner_margin(8);
        let area = Area::new(response.id.with("message"))
            .order(Order::Foreground)
            .pivot(Align2::RIGHT_TOP)
            .fixed_pos(response.rect.right_bottom() + vec2(0.0, 4.0))
            .interactable(false);
        area.show(ui.ctx(), |ui| {
            frame.show(ui, |ui| {
                ui.set_max_width(360.0);
                ui.label(RichText::new(error).font(theme::small()).color(tokens.error));
            });
        });
    }
    response
}

/// The field of a value, and what is wrong with the text in it.
fn checked_field<T: PartialEq + ToString>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    width: f32,
    parse: impl Fn(&str) -> Result<T, String>,
) -> (Response, Option<String>) {
    // Only while somebody types is there a text beside the value; the value may change from elsewhere at any time.
    let id = ui.scope_id().with(("field", name));
    let draft: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = draft.clone().unwrap_or_else(|| value.to_string());
    let error = draft.and_then(|draft| parse(&draft).err());
    let mut response = field_ui(ui, name, &mut text, "", width, error.is_some());
    let shown = value.to_string();
    let error = error.map(|error| if shown.is_empty() { error } else { format!("{error}; still {shown}") });
    let typed = response.changed();
    // egui's mark means "somebody typed"; ours means that the value is another one.
    response.flags.set(egui::response::Flags::CHANGED, false);
    if typed {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if response.lost_focus() {
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            forget(ui, id);
        } else if let Ok(parsed) = parse(&text) {
            forget(ui, id);
            if parsed != *value {
                *value = parsed;
                response.mark_changed();
            }
        } else if ui.input(|input| input.key_pressed(Key::Enter)) {
            response.request_focus();
        }
    }
    (response, error)
}

/// A [`value_field`] for a whole number from `smallest` to `largest`.
pub fn number_field(ui: &mut Ui, name: &str, value: &mut u64, smallest: u64, largest: u64) -> Response {
    value_field(ui, name, value, 64.0, |text| match text.trim().parse::<u64>() {
        Ok(number) if (smallest..=largest).contains(&number) => Ok(number),
        _ => Err(format!("{name} is {smallest} to {largest}")),
    })
}

fn forget(ui: &Ui, id: Id) {
    ui.data_mut(|data| data.remove::<String>(id));
}

fn field_ui(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32, wrong: bool) -> Response {
    let tokens = tokens(ui);
    let border = |color: Color32| Stroke::new(theme::HAIRLINE, color);
    // The border says where to type, so it is the axis colour and not the faint hairline; the ring shows the focus.
    let inner = ui.scope(|ui| {
        let visuals = &mut ui.style_mut().visuals;
        let color = if wrong { tokens.error } else { tokens.axis };
        visuals.selection.stroke = border(color);
        visuals.widgets.inactive.bg_stroke = border(color);
        visuals.widgets.hovered.bg_stroke = border(if wrong { tokens.error } else { tokens.muted });
        let font = if hint.is_empty() { theme::mono() } else { theme::control() };
        let edit = TextEdit::singleline(text)
            .font(font)
            .hint_text(RichText::new(hint).color(tokens.muted))
            .desired_width(width - 20.0)
            .margin(vec2(10.0, 4.0))
            .min_size(vec2(width, theme::CONTROL))
            .align(egui::Align2::LEFT_CENTER);
        ui.add(edit).accessible_name(name)
    });
    theme::focus_ring(ui, &inner.inner, inner.inner.rect);
    inner.inner
}
