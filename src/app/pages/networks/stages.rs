//! The connected boxes of a pipeline that runs.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};
use crate::app::view::compress::{StageBox, State};
use crate::app::view::figure::Table;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;

/// Between two boxes, where the arrow is.
const GAP: f32 = 26.0;

/// Draws the boxes side by side into the room that is left.
pub fn boxes(ui: &mut Ui, stages: &[StageBox], presenting: bool) {
    let table = || {
        let rows = stages.iter().map(|stage| {
            [
                stage.title.to_owned(),
                stage.ratio.clone(),
                stage.accuracy.clone(),
                stage.bytes.clone(),
                stage.note.clone(),
            ]
        });
        Table::read("Stages of a compression", ["stage", "smaller", "accuracy", "bytes", "note"], rows)
    };
    figure::picture(ui, "Stages of a compression", table, |ui| row_ui(ui, stages, presenting));
}

fn row_ui(ui: &mut Ui, stages: &[StageBox], presenting: bool) {
    let area = ui.available_rect_before_wrap();
    let count = stages.len().max(1) as f32;
    let width = (area.width() - GAP * (count - 1.0)) / count;
    for (place, stage) in stages.iter().enumerate() {
        let left = area.left() + place as f32 * (width + GAP);
        let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
        if place > 0 {
            let color = tokens(ui.ctx()).muted;
            let at = pos2(left - GAP / 2.0, rect.center().y);
            ui.painter().text(at, Align2::CENTER_CENTER, "→", theme::regular(18.0), color);
        }
        stage_ui(ui, rect, stage, place + 1 == stages.len(), presenting);
    }
}

fn stage_ui(ui: &mut Ui, rect: Rect, stage: &StageBox, last: bool, presenting: bool) {
    let (look, tokens) = (PlotLook::of(presenting), tokens(ui.ctx()));
    let border = match stage.state {
        State::Running => Stroke::new(2.0, tokens.focus),
        State::Done if last => Stroke::new(2.0, tokens.accent),
        _ => Stroke::new(1.0, tokens.hair),
    };
    let fill = if stage.state == State::Waiting { tokens.card } else { tokens.inset };
    ui.painter().rect(rect, theme::RADIUS_CONTROL, fill, border, StrokeKind::Inside);
    let response = ui.interact(rect, ui.scope_id().with(("stage", stage.title)), Sense::hover());
    response.widget_info(|| {
        let said = match stage.state {
            State::Waiting => format!("{}: waits", stage.title),
            State::Running => format!("{}: at work, {}", stage.title, stage.note),
            State::Done => format!("{}: {}, {}, {}", stage.title, stage.ratio, stage.accuracy, stage.bytes),
        };
        WidgetInfo::labeled(Role::Label, true, said)
    });
    let inner = rect.shrink2(vec2(10.0, 9.0));
    let painter = ui.painter().with_clip_rect(rect.shrink(3.0));
    let scale: f32 = if presenting { 1.25 } else { 1.0 };
    let mut y = inner.top();
    let mut line = |text: &str, font: egui::FontId, color, height: f32| {
        let galley = theme::truncated(ui, text, font, color, inner.width());
        painter.galley(pos2(inner.left(), y), galley, color);
        y += height;
    };
    // The longest title has some seven times the width of its size.
    let title = theme::semibold(f32::min(14.5 * scale, inner.width() / 7.6).max(theme::small().size));
    let muted = stage.state == State::Waiting;
    line(stage.title, title, if muted { tokens.muted } else { tokens.text }, 23.0 * scale);
    if stage.state == State::Done {
        let color = if last { tokens.accent } else { tokens.text };
        line(&stage.ratio, theme::semibold(25.0 * scale), color, 33.0 * scale);
        line(&stage.accuracy, theme::semibold(15.0 * scale), tokens.text, 21.0 * scale);
        line(&stage.bytes, look.mono.clone(), tokens.text, 20.0 * scale);
    }
    let room = inner.bottom() - y - if stage.turns.1 > 0 { 12.0 } else { 0.0 };
    let note = ui.painter().layout(stage.note.clone(), look.caption.clone(), tokens.muted, inner.width());
    if note.size().y <= room + 4.0 {
        painter.galley(pos2(inner.left(), y), note, tokens.muted);
    }
    turns_ui(&painter, inner, stage.turns, tokens);
}

/// One bar for each turn of the loop, filled where it is taken.
fn turns_ui(painter: &egui::Painter, inner: Rect, (taken, all): (usize, usize), tokens: &theme::Tokens) {
    if all == 0 {
        return;
    }
    let shown = all.min(16);
    let width = ((inner.width() - 4.0 * (shown - 1) as f32) / shown as f32).min(28.0);
    for turn in 0..shown {
        let left = inner.left() + turn as f32 * (width + 4.0);
        let bar = Rect::from_min_size(pos2(left, inner.bottom() - 4.0), vec2(width, 4.0));
        let color = if turn < taken * shown / all { tokens.ink } else { tokens.off };
        painter.rect_filled(bar, theme::RADIUS_BAR, color);
    }
}
