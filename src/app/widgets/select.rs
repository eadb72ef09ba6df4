//! A drop-down: more than four choices, or long ones.

use egui::{Popup, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Draws the drop-down and changes `selected`; the response says whether it did. `options` are value, label and hint.
pub fn select<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    selected: &mut T,
    options: &[(T, String, &str)],
) -> Response {
    let tokens = tokens(ui.ctx());
    let current = options.iter().find(|(value, ..)| value == selected).map_or("…", |(_, label, _)| label.as_str());
    let galley = ui.painter().layout_no_wrap(current.to_owned(), theme::control(), tokens.text);
    let size = vec2(galley.size().x + 36.0, theme::CONTROL);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
        info.current_text_value = Some(current.to_owned());
        info
    });
    let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let fill = if response.hovered() || open { tokens.hover } else { tokens.card };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect_stroke(rect, theme::RADIUS_CONTROL, border, StrokeKind::Inside);
    ui.painter().galley(pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0), galley, tokens.text);
    let chevron = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(12.0, 12.0));
    Icon::Chevron.paint(ui.painter(), chevron, tokens.muted);
    theme::focus_ring(ui, &response, rect);
    let mut chosen = None;
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(rect.width().max(150.0));
        for (value, label, hint) in options {
            let item = ui.selectable_label(value == selected, label);
            let item = if hint.is_empty() { item } else { item.on_hover_text(*hint) };
            if item.clicked() {
                chosen = Some(value.clone());
                ui.close();
            }
        }
    });
    if let Some(value) = chosen.filter(|value| value != selected) {
        *selected = value;
        response.mark_changed();
    }
    response
}
