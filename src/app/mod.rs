//! Everything that knows egui.

pub mod fonts;
pub mod theme;
pub mod view;
