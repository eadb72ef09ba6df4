//! What a window without documents says: one sentence, two buttons, what can be dropped, recent files.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use super::button;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

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
    let tokens = tokens(ui.ctx());
    let mut choice = None;
    let height = 170.0 + recent.len() as f32 * 26.0;
    let canvas = ui.max_rect();
    let top = canvas.center().y - height.min(canvas.height()) / 2.0;
    let rect = Rect::from_center_size(canvas.center(), vec2(440.0, 0.0)).with_min_y(top).with_max_y(canvas.bottom());
    let mut middle = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Center)));
    let ui = &mut middle;
    let (icon, _) = ui.allocate_exact_size(vec2(28.0, 28.0), egui::Sense::hover());
    Icon::Weights.paint(ui.painter(), icon, tokens.muted);
    ui.add_space(10.0);
    ui.label(RichText::new("Open weights or a picture to see it quantized").font(theme::semibold(18.0)));
    let hint = "safetensors, npy, npz, PNG, JPEG; or drop files anywhere";
    ui.label(RichText::new(hint).font(theme::body()).color(tokens.muted));
    ui.add_space(10.0);
    ui.allocate_ui_with_layout(vec2(220.0, 32.0), Layout::left_to_right(Align::Center), |ui| {
        if button::filled(ui, "Open…").clicked() {
            choice = Some(Choice::Open);
        }
        if button::plain(ui, "Lecture 4×4").clicked() {
            choice = Some(Choice::Example);
        }
    });
    if !recent.is_empty() {
        ui.add_space(12.0);
        ui.label(RichText::new("Recent").font(theme::small()).color(tokens.muted));
        for (index, name) in recent.iter().enumerate() {
            if ui.link(RichText::new(name).color(tokens.text)).clicked() {
                choice = Some(Choice::Recent(index));
            }
        }
    }
    choice
}
