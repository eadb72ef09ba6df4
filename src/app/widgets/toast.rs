//! Messages at the bottom right: good ones go by themselves, errors stay until they are closed.

use std::time::Duration;

use egui::{Align, Align2, Area, Color32, Frame, Id, Layout, Margin, Order, Rect, RichText, Ui, vec2};

use super::button;
use crate::app::icons::Icon;
use crate::app::theme::{self, Tokens, tokens};

/// Width of a toast.
const WIDTH: f32 = 430.0;

/// At most this many are shown; the oldest goes first.
const SHOWN: usize = 3;

/// How much a toast matters, and so how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 4 seconds.
    Good,
    /// 8 seconds.
    Warn,
    /// Until it is closed.
    Error,
}

impl Kind {
    fn seconds(self) -> Option<f64> {
        match self {
            Self::Good => Some(4.0),
            Self::Warn => Some(8.0),
            Self::Error => None,
        }
    }

    fn look(self, tokens: &Tokens) -> (Color32, Icon) {
        match self {
            Self::Good => (tokens.good, Icon::Good),
            Self::Warn => (tokens.warn, Icon::Warning),
            Self::Error => (tokens.error, Icon::Error),
        }
    }
}

#[derive(Clone, Debug)]
struct Toast {
    kind: Kind,
    title: String,
    detail: String,
    /// When it was first drawn.
    since: Option<f64>,
}

/// The messages on screen.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    toasts: Vec<Toast>,
}

impl Toasts {
    /// Adds a message.
    pub fn push(&mut self, kind: Kind, title: impl Into<String>, detail: impl Into<String>) {
        self.toasts.push(Toast { kind, title: title.into(), detail: detail.into(), since: None });
        if self.toasts.len() > SHOWN {
            self.toasts.remove(0);
        }
    }

    /// Draws the messages. Returns a text that the person wants on the clipboard.
    pub fn ui(&mut self, ui: &Ui) -> Option<String> {
        let (ctx, now) = (ui.ctx(), ui.input(|input| input.time));
        self.toasts.retain_mut(|toast| {
            let since = *toast.since.get_or_insert(now);
            let Some(seconds) = toast.kind.seconds() else { return true };
            let left = seconds - (now - since);
            if left > 0.0 {
                ctx.request_repaint_after(Duration::from_secs_f64(left));
            }
            left > 0.0
        });
        let (mut copy, mut closed, mut bottom) = (None, None, 40.0);
        for (index, toast) in self.toasts.iter().enumerate().rev() {
            let area = Area::new(Id::unique(("toast", index)))
                .order(Order::Foreground)
                .anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -bottom));
            let shown = area.show(ctx, |ui| {
                let (wants_copy, wants_close) = toast_ui(toast, ui);
                if wants_copy {
                    copy = Some(format!("{}\n{}", toast.title, toast.detail));
                }
                if wants_close {
                    closed = Some(index);
                }
            });
            bottom += shown.response.rect.height() + 10.0;
        }
        if let Some(index) = closed {
            self.toasts.remove(index);
        }
        copy
    }
}

fn toast_ui(toast: &Toast, ui: &mut Ui) -> (bool, bool) {
    let tokens = tokens(ui.ctx());
    let (color, icon) = toast.kind.look(tokens);
    let frame = Frame::popup(ui.style()).inner_margin(Margin { left: 14, right: 8, top: 10, bottom: 10 });
    let inner = frame.show(ui, |ui| {
        let width = WIDTH.min(ui.ctx().content_rect().width() - 40.0);
        ui.set_width(width);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = button::icon_button(ui, Icon::Close, "Close the message").clicked();
            let copy = toast.kind == Kind::Error && button::plain(ui, "Copy details").clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), egui::Sense::hover());
                ui.painter().circle_filled(rect.center(), 10.0, color);
                icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(13.0, 13.0)), tokens.card);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(RichText::new(&toast.title).font(theme::control_semibold()).color(tokens.text));
                    if !toast.detail.is_empty() {
                        ui.label(RichText::new(&toast.detail).font(theme::small()).color(tokens.muted));
                    }
                });
            });
            (copy, close)
        })
        .inner
    });
    let bar =
        Rect::from_min_size(inner.response.rect.min + vec2(0.0, 4.0), vec2(4.0, inner.response.rect.height() - 8.0));
    ui.painter().rect_filled(bar, theme::RADIUS_BAR, color);
    inner.inner
}
