//! What a window without documents says: one sentence, two buttons, what can be dropped, recent files.

use egui::{Align, Layout, Rect, Response, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::button;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Height of one recent file.
const ROW: f32 = 26.0;

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The file dialog.
    Open,
    /// The first example.
    Example,
    /// A recent file, by its place.
    Recent(usize),
}

/// Draws the empty state in the middle of the canvas.
pub fn empty_state(ui: &mut Ui, recent: &[String]) -> Option<Choice> {
    let tokens = tokens(ui);
    let canvas = ui.max_rect();
    let list = if recent.is_empty() { 0.0 } else { 40.0 + recent.len() as f32 * ROW };
    let height = (160.0 + list).min(canvas.height());
    let rect = Rect::from_center_size(canvas.center(), vec2(460.0_f32.min(canvas.width()), height));
    let mut middle = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Center)));
    let ui = &mut middle;
    ui.spacing_mut().item_spacing.y = 0.0;
    let (icon, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
    Icon::Weights.paint(ui.painter(), icon, tokens.muted);
    ui.add_space(14.0);
    ui.label(RichText::new("Open weights, a picture or sound to see it quantized").font(theme::semibold(18.0)));
    ui.add_space(8.0);
    let hint = "safetensors, npy, npz, qsz, PNG, JPEG; or drop files anywhere";
    ui.label(RichText::new(hint).font(theme::body()).color(tokens.muted));
    ui.add_space(16.0);
    let mut choice = buttons_ui(ui);
    if !recent.is_empty() {
        ui.add_space(22.0);
        ui.label(RichText::new("Recent").font(theme::small()).color(tokens.muted));
        ui.add_space(4.0);
        for (index, name) in recent.iter().enumerate() {
            if recent_ui(ui, name).clicked() {
                choice = Some(Choice::Recent(index));
            }
        }
    }
    choice
}

/// Two buttons side by side, in the middle: a row is centred only where its width is known beforehand.
fn buttons_ui(ui: &mut Ui) -> Option<Choice> {
    let (texts, gap) = (["Open…", "Lecture 4×4"], 12.0);
    let width = |text: &str| {
        let font = if text == texts[0] { theme::control_semibold() } else { theme::control() };
        button::width(ui.painter().layout_no_wrap(text.to_owned(), font, tokens(ui).text).size().x)
    };
    let row = vec2(width(texts[0]) + gap + width(texts[1]), theme::CONTROL);
    let row = ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = gap;
        let open = button::filled(ui, texts[0]).clicked().then_some(Choice::Open);
        let example = button::plain(ui, texts[1]).clicked().then_some(Choice::Example);
        open.or(example)
    });
    row.inner
}

/// A recent file: the row takes the pointer and the keys, and says so.
fn recent_ui(ui: &mut Ui, name: &str) -> Response {
    let tokens = tokens(ui);
    let galley = theme::truncated(ui, name, theme::body(), tokens.text, ui.available_width() - 24.0);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 24.0, ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.select);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tokens.text);
    theme::focus_ring(ui, &response, rect.shrink(2.0));
    response
}
