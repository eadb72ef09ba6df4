//! Keys for widgets that are one Tab stop with several places inside.

use egui::{Event, EventFilter, Key, Modifiers, Response, Ui};

/// Leaves these arrow keys to the focused widget, which else would move the focus.
pub fn lock_arrows(ui: &Ui, response: &Response, horizontal: bool, vertical: bool) {
    let filter = EventFilter { horizontal_arrows: horizontal, vertical_arrows: vertical, tab: false, escape: false };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
}

/// How often `forward` was pressed, less how often `back` was; with Ctrl or Alt they are somebody's shortcut.
pub fn steps(ui: &Ui, back: Key, forward: Key) -> i32 {
    ui.input(|input| {
        let presses = |wanted: Key| {
            let is_it = |event: &&Event| {
                matches!(event, Event::Key { key, pressed: true, modifiers, .. }
                    if *key == wanted && !modifiers.ctrl && !modifiers.command && !modifiers.alt)
            };
            input.events.iter().filter(is_it).count() as i32
        };
        presses(forward) - presses(back)
    })
}

/// Whether a key was pressed, without Ctrl or Alt.
pub fn pressed(ui: &Ui, key: Key) -> bool {
    ui.input(|input| {
        let plain = !input.modifiers.ctrl && !input.modifiers.command && !input.modifiers.alt;
        plain && input.key_pressed(key)
    })
}

/// Whether a key of one letter was pressed, and not to type it.
pub fn letter(ui: &Ui, key: Key) -> bool {
    !ui.ctx().text_edit_focused() && ui.is_enabled() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}
