//! Messages at the bottom right: good ones go by themselves, errors stay until they are closed.

use std::time::Duration;

use egui::{Align, Align2, Area, Color32, Frame, Id, Layout, Margin, Order, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::button;
use crate::app::icons::Icon;
use crate::app::theme::{self, Tokens, tokens};

/// Width of a toast.
const WIDTH: f32 = 480.0;

/// Space inside.
const MARGIN: Margin = Margin { left: 16, right: 10, top: 10, bottom: 10 };

/// At most this many are shown.
const SHOWN: usize = 3;

/// Space to the window's right edge, and to its lower edge, above the status bar.
const CORNER: (f32, f32) = (12.0, 38.0);

/// How much a toast matters, and so how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Good to know; 4 seconds.
    Info,
    /// Done; 4 seconds, with a button 20.
    Good,
    /// 8 seconds.
    Warn,
    /// Until it is closed.
    Error,
}

impl Kind {
    fn seconds(self, has_action: bool) -> Option<f64> {
        match self {
            Self::Good if has_action => Some(20.0),
            Self::Info | Self::Good => Some(4.0),
            Self::Warn => Some(8.0),
            Self::Error => None,
        }
    }

    fn look(self, tokens: &Tokens) -> (Color32, Icon) {
        match self {
            Self::Info => (tokens.muted, Icon::Info),
            Self::Good => (tokens.good, Icon::Good),
            Self::Warn => (tokens.warn, Icon::Warning),
            Self::Error => (tokens.error, Icon::Error),
        }
    }
}

#[derive(Clone, Debug)]
struct Toast {
    /// Tells it from every other toast there ever was.
    number: u64,
    kind: Kind,
    title: String,
    detail: String,
    /// A line of code, cut where it is longer than the toast is wide.
    code: Option<String>,
    action: Option<String>,
    /// When it was first drawn.
    since: Option<f64>,
}

/// What was pressed on a toast.
enum Press {
    Action,
    Copy,
    Close,
}

/// The messages on screen.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    toasts: Vec<Toast>,
    count: u64,
    pressed: Option<String>,
}

impl Toasts {
    /// Adds a message.
    pub fn push(&mut self, kind: Kind, title: impl Into<String>, detail: impl Into<String>) {
        self.add(kind, title.into(), detail.into(), None, None);
    }

    /// Adds a message with a button, and maybe a line of code under it; [`Self::take_action`] says when the button was pressed.
    pub fn push_with_action(
        &mut self,
        kind: Kind,
        title: impl Into<String>,
        detail: impl Into<String>,
        code: Option<String>,
        action: impl Into<String>,
    ) {
        self.add(kind, title.into(), detail.into(), code, Some(action.into()));
    }

    fn add(&mut self, kind: Kind, title: String, detail: String, code: Option<String>, action: Option<String>) {
        self.count += 1;
        self.toasts.push(Toast { number: self.count, kind, title, detail, code, action, since: None });
        if self.toasts.len() > SHOWN {
            // An error was not read yet: what would go by itself goes first.
            let oldest = self.toasts.iter().position(|toast| toast.kind != Kind::Error).unwrap_or(0);
            self.toasts.remove(oldest);
        }
    }

    /// The text of the button that was pressed since the last call.
    pub fn take_action(&mut self) -> Option<String> {
        self.pressed.take()
    }

    /// Draws the messages. Returns a text that the person wants on the clipboard.
    pub fn ui(&mut self, ui: &Ui) -> Option<String> {
        let now = ui.input(|input| input.time);
        self.toasts.retain_mut(|toast| {
            let since = *toast.since.get_or_insert(now);
            let Some(seconds) = toast.kind.seconds(toast.action.is_some()) else { return true };
            let left = seconds - (now - since);
            if left > 0.0 {
                // One frame when it is time to go; nothing moves until then.
                ui.request_repaint_after(Duration::from_secs_f64(left));
            }
            left > 0.0
        });
        let (mut press, mut bottom) = (None, CORNER.1);
        for (index, toast) in self.toasts.iter().enumerate().rev() {
            let area = Area::new(Id::unique(("toast", toast.number)))
                .order(Order::Foreground)
                .anchor(Align2::RIGHT_BOTTOM, vec2(-CORNER.0, -bottom));
            let shown = area.show(ui, |ui| toast_ui(toast, ui));
            press = shown.inner.map(|press| (index, press)).or(press);
            bottom += shown.response.rect.height() + 10.0;
        }
        let (index, press) = press?;
        match press {
            Press::Action => self.pressed = self.toasts.remove(index).action,
            Press::Close => drop(self.toasts.remove(index)),
            Press::Copy => return Some(format!("{}\n{}", self.toasts[index].title, self.toasts[index].detail)),
        }
        None
    }
}

fn toast_ui(toast: &Toast, ui: &mut Ui) -> Option<Press> {
    let tokens = tokens(ui);
    let (color, icon) = toast.kind.look(tokens);
    let frame = Frame::popup(ui.style()).inner_margin(MARGIN);
    let inner = frame.show(ui, |ui| {
        let width = WIDTH.min(ui.content_rect().width() - 2.0 * CORNER.0) - MARGIN.sum().x;
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(10.0, 2.0);
        let mut press = None;
        // The buttons first: the text takes the room that they leave.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button::icon_button(ui, Icon::Close, "Close the message").clicked() {
                press = Some(Press::Close);
            }
            if toast.kind == Kind::Error && button::plain(ui, "Copy details").clicked() {
                press = Some(Press::Copy);
            }
            if let Some(action) = &toast.action
                && button::plain(ui, action).clicked()
            {
                press = Some(Press::Action);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
                icon.paint(ui.painter(), rect, color);
                text_ui(toast, ui);
            });
        });
        press
    });
    let outer = inner.response.rect;
    inner.response.widget_info(|| {
        let code = toast.code.as_ref().map_or_else(String::new, |code| format!("; {code}"));
        WidgetInfo::labeled(Role::Alert, true, format!("{}: {}{code}", toast.title, toast.detail))
    });
    let bar = Rect::from_min_size(outer.min + vec2(0.0, 10.0), vec2(4.0, outer.height() - 20.0));
    ui.painter().rect_filled(bar, theme::RADIUS_BAR, color);
    inner.inner
}

fn text_ui(toast: &Toast, ui: &mut Ui) {
    let tokens = tokens(ui);
    let lines = [(&toast.title, theme::control_semibold(), tokens.text), (&toast.detail, theme::small(), tokens.muted)];
    let width = ui.available_width();
    let mut galleys: Vec<_> = lines
        .into_iter()
        .filter(|(text, ..)| !text.is_empty())
        .map(|(text, font, color)| (ui.painter().layout(text.clone(), font, color, width), color))
        .collect();
    if let Some(code) = &toast.code {
        galleys.push((theme::truncated(ui, code, theme::mono(), tokens.text, width), tokens.text));
    }
    let height = galleys.iter().map(|(galley, _)| galley.size().y + 2.0).sum();
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let mut at = rect.min;
    for (galley, color) in galleys {
        let below = galley.size().y + 2.0;
        ui.painter().galley(at, galley, color);
        at.y += below;
    }
}
