//! The rail: the groups of pages in the lecture's order, and the page bar with the group's tabs and the page's question.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::Request;
use crate::app::pages::{self, GROUPS, PAGES, Page};
use crate::app::session::{Action, Session};
use crate::app::theme::{self, tokens};

/// Width with words under the icons, and without.
pub const WIDTHS: (f32, f32) = (76.0, 44.0);

/// Draws the rail; `words` under the icons where there is room.
pub fn ui(session: &Session, words: bool, requests: &mut Vec<Request>, ui: &mut Ui) {
    let rect = ui.max_rect();
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), (theme::HAIRLINE, tokens(ui.ctx()).hair));
    let current = pages::find(session.page).map(|page| page.group);
    let (height, step) = if words { (60.0, 68.0) } else { (40.0, 44.0) };
    let mut top = rect.top() + 10.0;
    for (index, group) in GROUPS.iter().enumerate() {
        let Some(first) = PAGES.iter().find(|page| page.group == index) else { continue };
        let cell = Rect::from_min_size(pos2(rect.left() + 6.0, top), vec2(rect.width() - 12.0, height));
        let selected = current == Some(index);
        let response = ui.interact(cell, ui.scope_id().with(("group", index)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, selected, group.title));
        item(ui, cell, index, selected, words, &response);
        if response.clicked() && !selected {
            requests.push(Request::Act(Action::ShowPage(first.name)));
        }
        response.on_hover_text(format!("{}: {}", group.title, group.hint));
        top += step;
    }
}

fn item(ui: &Ui, cell: Rect, index: usize, selected: bool, words: bool, response: &egui::Response) {
    let (tokens, painter, group) = (tokens(ui.ctx()), ui.painter(), &GROUPS[index]);
    if selected {
        painter.rect_filled(cell, theme::RADIUS_CARD, tokens.select);
        let bar = Rect::from_min_size(pos2(cell.left() - 6.0, cell.top() + 10.0), vec2(4.0, cell.height() - 20.0));
        painter.rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
    } else if response.hovered() {
        painter.rect_filled(cell, theme::RADIUS_CARD, tokens.hover);
    }
    let color = if selected { tokens.text } else { tokens.muted };
    let center = if words { pos2(cell.center().x, cell.top() + 22.0) } else { cell.center() };
    group.icon.paint(painter, Rect::from_center_size(center, vec2(24.0, 24.0)), color);
    if words {
        let font = if selected { theme::small_semibold() } else { theme::small() };
        painter.text(pos2(cell.center().x, cell.bottom() - 14.0), Align2::CENTER_CENTER, group.title, font, color);
    }
    theme::focus_ring(ui, response, cell);
}

/// Draws the page bar.
pub fn page_bar_ui(session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    let rect = ui.max_rect();
    let tokens = tokens(ui.ctx());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (theme::HAIRLINE, tokens.hair));
    let Some(current) = pages::find(session.page) else { return };
    let mut x = rect.left() + 20.0;
    let title = GROUPS[current.group].title;
    let drawn = ui.painter().text(pos2(x, rect.center().y), Align2::LEFT_CENTER, title, theme::title(), tokens.text);
    x = drawn.right() + 14.0;
    ui.painter().vline(x, rect.center().y - 10.0..=rect.center().y + 10.0, (theme::HAIRLINE, tokens.hair));
    x += 18.0;
    for page in PAGES.iter().filter(|page| page.group == current.group) {
        x = tab(page, page.name == current.name, pos2(x, rect.top()), rect.height(), requests, ui);
    }
    let question = pages::question(current, pages::link(session.page).bits(session.setup()));
    let galley = ui.painter().layout_no_wrap(question, theme::body(), tokens.muted);
    let left = rect.right() - 16.0 - galley.size().x;
    if left > x + 12.0 {
        ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, tokens.muted);
    }
}

fn tab(page: &'static Page, active: bool, at: egui::Pos2, height: f32, requests: &mut Vec<Request>, ui: &Ui) -> f32 {
    let tokens = tokens(ui.ctx());
    let (font, color) = if active { (theme::title(), tokens.text) } else { (theme::body(), tokens.muted) };
    let galley = ui.painter().layout_no_wrap(page.title.to_owned(), font, color);
    let width = galley.size().x;
    let hit = Rect::from_min_size(at - vec2(8.0, 0.0), vec2(width + 16.0, height - 1.0));
    let response = ui.interact(hit, ui.scope_id().with(("page", page.name)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, page.title));
    let color = if response.hovered() { tokens.text } else { color };
    ui.painter().galley_with_override_text_color(pos2(at.x, at.y + (height - galley.size().y) / 2.0), galley, color);
    if active {
        let line = Rect::from_min_max(pos2(at.x, at.y + height - 3.0), pos2(at.x + width, at.y + height));
        ui.painter().rect_filled(line, 0.0, tokens.accent);
    }
    theme::focus_ring(ui, &response, hit.shrink(6.0));
    if response.clicked() && !active {
        requests.push(Request::Act(Action::ShowPage(page.name)));
    }
    at.x + width + 26.0
}
