//! Presentation mode: the page alone, large, with one line above and one below.

use egui::{Align, Align2, Frame, Key, Layout, Modifiers, Panel, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::Shell;
use crate::app::command::Command;
use crate::app::context::Request;
use crate::app::session::{Action, Session};
use crate::app::settings::Settings;
use crate::app::state::UiState;
use crate::app::theme::{self, tokens};
use crate::app::{examples, pages};

/// Every projector shows this many points from top to bottom.
pub const HEIGHT: f32 = 480.0;

/// Draws the window for a lecture hall.
pub fn ui(
    shell: &mut Shell,
    session: &Session,
    settings: &mut Settings,
    state: &mut UiState,
    requests: &mut Vec<Request>,
    ui: &mut Ui,
) {
    if !shell.is_asking() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        requests.push(Request::Run(Command::Present));
    }
    if !shell.is_asking() {
        // Before the page sees them: in a lecture these two keys are the clicker's.
        for (key, step) in [(Key::PageDown, 1), (Key::PageUp, -1)] {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                let scene = examples::scene_after(session.example, step);
                requests.push(Request::Act(Action::OpenExample(scene)));
            }
        }
    }
    let tokens = tokens(ui.ctx());
    let top = Frame::new().fill(tokens.panel);
    Panel::top("presentation head")
        .exact_size(42.0)
        .frame(top)
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| head_ui(shell, session, requests, ui));
    let foot = Frame::new().fill(tokens.ink_bar);
    Panel::bottom("presentation foot").exact_size(40.0).frame(foot).show_separator_line(false).resizable(false).show(
        ui,
        |ui| {
            let rect = ui.max_rect();
            let at = pos2(rect.left() + 16.0, rect.center().y);
            // A page that was gone to by itself is no scene, and the last scene's title says nothing of it.
            let scene = session.example.filter(|example| example.page == session.page);
            let is_elsewhere = scene.is_none() && session.example.is_some_and(|it| it.title == session.last_action);
            let said = match session.last_action.is_empty() || is_elsewhere {
                true => "Esc leaves",
                false => &session.last_action,
            };
            let scene = scene.map_or_else(String::new, |scene| examples::scene_words(Some(scene)));
            let right = pos2(rect.right() - 16.0, rect.center().y);
            let number = ui.painter().text(
                right,
                Align2::RIGHT_CENTER,
                &scene,
                egui::FontId::monospace(15.0),
                tokens.on_ink_bar,
            );
            let galley =
                theme::truncated(ui, said, theme::semibold(16.0), tokens.on_ink_bar, number.left() - 32.0 - at.x);
            ui.painter().galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, tokens.on_ink_bar);
            let foot = ui.interact(rect, ui.scope_id().with("foot"), egui::Sense::hover());
            let words = if scene.is_empty() { said.to_owned() } else { format!("{said}, scene {scene}") };
            foot.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
        },
    );
    super::page_ui(session, settings, state, true, requests, ui);
}

fn head_ui(shell: &mut Shell, session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    let rect = ui.max_rect();
    let tokens = tokens(ui.ctx());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (theme::HAIRLINE, tokens.hair));
    let inner = Rect::from_min_max(rect.min + vec2(16.0, 0.0), rect.max - vec2(16.0, 0.0));
    let mut right = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    right.spacing_mut().item_spacing.x = 8.0;
    if let Some(bits) = pages::link(session.page).bits(session.setup()) {
        let word = if bits == 1 { "bit" } else { "bits" };
        right.label(RichText::new(word).font(theme::body()).color(tokens.muted));
        right.label(RichText::new(bits.to_string()).font(theme::semibold(28.0)).color(tokens.accent));
        right.add_space(6.0);
    }
    shell.chip_ui(session, requests, &mut right);
    let Some(page) = pages::find(session.page) else { return };
    let left = Rect::from_min_max(inner.min, pos2(right.min_rect().left() - 12.0, inner.bottom()));
    let painter = ui.painter().with_clip_rect(left);
    let title = painter.text(left.left_center(), Align2::LEFT_CENTER, page.title, theme::semibold(18.0), tokens.text);
    let question = pages::question(page, pages::link(session.page).bits(session.setup()));
    let galley = painter.layout_no_wrap(question, theme::regular(15.0), tokens.muted);
    let at = pos2(title.right() + 12.0, left.center().y - galley.size().y / 2.0);
    if at.x + galley.size().x <= left.right() {
        painter.galley(at, galley, tokens.muted);
    }
}
