//! A drop-down: more than four choices, or long ones.

use egui::{Align, Key, Popup, Rect, Response, Role, Sense, SetOpenCommand, Ui, WidgetInfo, pos2, vec2};

use super::button::border;
use super::focus::{lock_arrows, steps};
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// A drop-down is never made narrower than this for want of room.
const LEAST: f32 = 120.0;

/// What an open list leaves of the height of the window.
const MARGIN: f32 = 60.0;
/// The highest list.
const MOST: f32 = 480.0;

/// What stands around the choice: its margin, the chevron.
const CHROME: f32 = 36.0;

/// The width of a drop-down that shows this choice whole.
pub fn width(ui: &Ui, label: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::control(), tokens(ui).text);
    (galley.size().x + CHROME).round()
}

/// Draws the drop-down and changes `selected`; the response says whether it did. `options` are value, label and hint.
///
/// Enter or Space opens it; closed, ↑ and ↓ go to the neighbours.
pub fn select<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    selected: &mut T,
    options: &[(T, String, &str)],
) -> Response {
    let tokens = tokens(ui);
    let current = options.iter().position(|(value, ..)| value == selected);
    let label = current.map_or("…", |index| options[index].1.as_str());
    // Where a long choice has no room it gives way, not what stands behind it.
    let room = ui.available_width().max(LEAST) - CHROME;
    let galley = theme::truncated_middle(ui, label, theme::control(), tokens.text, room);
    let size = vec2((galley.size().x + CHROME).round(), theme::CONTROL);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), name);
        info.current_text_value = Some(label.to_owned());
        info
    });
    let open = Popup::is_id_open(ui, Popup::default_response_id(&response));
    let fill = if response.hovered() || open { tokens.hover } else { tokens.card };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    border(ui, rect, tokens.hair);
    ui.painter().galley(pos2(rect.left() + 11.0, rect.center().y - galley.size().y / 2.0), galley, tokens.text);
    let chevron = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(12.0, 12.0));
    Icon::Chevron.paint(ui.painter(), chevron, tokens.muted);
    theme::focus_ring(ui, &response, rect);

    let mut chosen = None;
    if response.has_focus() && !open {
        lock_arrows(ui, &response, false, true);
        let step = steps(ui, Key::ArrowUp, Key::ArrowDown);
        if step != 0 {
            let next = current.map_or(0, |index| index as i32 + step);
            chosen = Some(next.clamp(0, options.len() as i32 - 1) as usize);
        }
    }
    let opened = response.clicked() && !open;
    if response.clicked() {
        response.request_focus();
    }
    let toggle = response.clicked().then_some(SetOpenCommand::Toggle);
    Popup::menu(&response).open_memory(toggle).show(|ui| {
        let text = |label: &String| {
            ui.painter().layout_no_wrap(label.clone(), theme::control_semibold(), tokens.text).size().x
        };
        // As wide as its longest choice with the tick, and no wider.
        let widest = options.iter().map(|(_, label, _)| text(label) + 46.0).fold(rect.width().max(150.0), f32::max);
        ui.set_width(widest.round());
        ui.spacing_mut().item_spacing.y = 2.0;
        // A list that is higher than the window scrolls.
        let room = (ui.ctx().content_rect().height() - MARGIN).clamp(120.0, MOST);
        egui::ScrollArea::vertical().max_height(room).show(ui, |ui| {
            for (index, (_, label, hint)) in options.iter().enumerate() {
                let item = item_ui(ui, label, current == Some(index));
                // The keys go on from the current choice.
                if opened && current == Some(index) {
                    item.request_focus();
                    item.scroll_to_me(Some(Align::Center));
                } else if item.gained_focus() {
                    item.scroll_to_me(None);
                }
                if item.clicked() {
                    chosen = Some(index);
                    ui.close();
                }
                if !hint.is_empty() {
                    item.on_hover_text(*hint);
                }
            }
        });
    });
    if let Some(index) = chosen.filter(|&index| current != Some(index)) {
        *selected = options[index].0.clone();
        response.mark_changed();
    }
    if chosen.is_some() {
        response.request_focus();
    }
    response
}

/// One row of the open drop-down: the current one has a tick, so that colour is not alone.
fn item_ui(ui: &mut Ui, label: &str, on: bool) -> Response {
    let tokens = tokens(ui);
    let font = if on { theme::control_semibold() } else { theme::control() };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), font, tokens.text);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, ui.is_enabled(), on, label));
    let fill = match (on, response.hovered() || response.has_focus()) {
        (true, _) => tokens.select,
        (false, true) => tokens.hover,
        (false, false) => tokens.card,
    };
    ui.painter().rect_filled(rect, theme::RADIUS_BIT, fill);
    ui.painter().galley(pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0), galley, tokens.text);
    if on {
        let tick = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(14.0, 14.0));
        Icon::Check.paint(ui.painter(), tick, tokens.text);
    }
    theme::focus_ring(ui, &response, rect.shrink(4.0));
    response
}
