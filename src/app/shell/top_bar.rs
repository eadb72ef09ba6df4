//! The top bar: menus, open documents as tabs, the scheme, undo and redo, Present.

use egui::{Align, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{Shell, menus};
use crate::app::context::Request;
use crate::app::icons::Icon;
use crate::app::session::{Action, Session};
use crate::app::settings::Settings;
use crate::app::theme::{self, tokens};
use crate::app::widgets;
use crate::app::{command::Command, document::Document};

/// Narrower than this, the menus fold into one button.
const FOLD_MENUS: f32 = 1000.0;

/// Width of the menus, and of the one button they fold into.
const MENUS: (f32, f32) = (236.0, 60.0);

/// Widest tab.
const TAB: f32 = 220.0;

/// Draws the bar.
pub fn ui(shell: &mut Shell, session: &Session, settings: &mut Settings, requests: &mut Vec<Request>, ui: &mut Ui) {
    let rect = ui.max_rect();
    let tokens = tokens(ui.ctx());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (theme::HAIRLINE, tokens.hair));
    let folded = rect.width() < FOLD_MENUS;
    let inner = Rect::from_min_max(rect.min + vec2(8.0, 0.0), rect.max - vec2(16.0, 0.0));
    let mut right = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    right.spacing_mut().item_spacing.x = 10.0;
    right_side(shell, session, requests, &mut right);
    let left_end = right.min_rect().left() - 12.0;
    let left_rect = Rect::from_min_max(inner.min, pos2(left_end.max(inner.left()), inner.bottom()));
    let mut left = ui.new_child(UiBuilder::new().max_rect(left_rect).layout(Layout::left_to_right(Align::Center)));
    left.set_clip_rect(left_rect);
    // egui's menu bar takes all the width that it sees.
    let menu_width = if folded { MENUS.1 } else { MENUS.0 };
    left.allocate_ui(vec2(menu_width, left_rect.height()), |ui| menus::ui(folded, session, settings, requests, ui));
    left.add_space(4.0);
    let x = left.cursor().left();
    left.painter().vline(x, rect.center().y - 14.0..=rect.center().y + 14.0, (theme::HAIRLINE, tokens.hair));
    left.add_space(10.0);
    tabs(session, requests, &mut left);
}

fn right_side(shell: &mut Shell, session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    if widgets::button::filled_with_icon(ui, Icon::Play, "Present").clicked() {
        requests.push(Request::Run(Command::Present));
    }
    for (icon, command, able) in
        [(Icon::Redo, Command::Redo, session.setups.can_redo()), (Icon::Undo, Command::Undo, session.setups.can_undo())]
    {
        let button = ui.add_enabled_ui(able, |ui| widgets::button::icon_button(ui, icon, command.entry().text)).inner;
        if button.clicked() {
            requests.push(Request::Run(command));
        }
    }
    shell.chip_ui(session, requests, ui);
}

fn tabs(session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for document in &session.documents {
        tab(document, session.active == Some(document.id), requests, ui);
    }
    if widgets::button::icon_button(ui, Icon::Plus, "Open a file").clicked() {
        requests.push(Request::Run(Command::Open));
    }
}

fn tab(document: &Document, active: bool, requests: &mut Vec<Request>, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let font = if active { theme::control_semibold() } else { theme::control() };
    let color = if active { tokens.text } else { tokens.muted };
    let galley = theme::truncated(ui, document.title(), font, color, TAB - 48.0);
    let size = vec2(galley.size().x + 48.0, 32.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, document.title()));
    let fill = match (active, response.hovered()) {
        (true, _) => tokens.select,
        (false, true) => tokens.hover,
        (false, false) => tokens.panel,
    };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    let text_pos = pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(text_pos, galley, color);
    theme::focus_ring(ui, &response, rect);
    if response.clicked() {
        requests.push(Request::Act(Action::SelectDocument(document.id)));
    }
    let close_rect = Rect::from_center_size(pos2(rect.right() - 18.0, rect.center().y), vec2(24.0, 24.0));
    let close = ui.interact(close_rect, response.id.with("close"), Sense::click());
    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {}", document.title())));
    if close.hovered() {
        ui.painter().rect_filled(close_rect.shrink(2.0), theme::RADIUS_BIT, tokens.hair);
    }
    Icon::Close.paint(ui.painter(), Rect::from_center_size(close_rect.center(), vec2(14.0, 14.0)), tokens.muted);
    theme::focus_ring(ui, &close, close_rect);
    if close.clicked() || response.middle_clicked() {
        requests.push(Request::Act(Action::CloseDocument(document.id)));
    }
    response.on_hover_text(
        document.path().map_or_else(|| "Built-in example".to_owned(), |path| path.display().to_string()),
    );
}
