//! The text styles, by the names that the design gives them.

use egui::{FontFamily, FontId};

fn family(name: &str) -> FontFamily {
    FontFamily::Name(name.into())
}

/// Inter SemiBold.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, family(crate::app::fonts::SEMIBOLD))
}

/// Inter Regular.
pub fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// The bits number, the ratio of a page's main card.
pub fn display() -> FontId {
    semibold(38.0)
}

/// Metric tiles.
pub fn metric() -> FontId {
    semibold(22.0)
}

/// Formula lines.
pub fn formula() -> FontId {
    regular(16.0)
}

/// Card titles, the active page.
pub fn title() -> FontId {
    semibold(15.0)
}

/// Text.
pub fn body() -> FontId {
    regular(14.0)
}

/// Buttons, menus, table rows.
pub fn control() -> FontId {
    regular(13.0)
}

/// A control that is on.
pub fn control_semibold() -> FontId {
    semibold(13.0)
}

/// Captions, legends, ticks.
pub fn small() -> FontId {
    regular(12.5)
}

/// A caption that is on.
pub fn small_semibold() -> FontId {
    semibold(12.5)
}

/// Numbers in columns, schemes, commands.
pub fn mono() -> FontId {
    FontId::monospace(13.0)
}

/// Numbers in cells.
pub fn cell(size: f32) -> FontId {
    FontId::new(size, family(crate::app::fonts::MONO_SEMIBOLD))
}

/// Live numbers and the result in a formula line.
pub fn formula_semibold() -> FontId {
    semibold(16.0)
}
