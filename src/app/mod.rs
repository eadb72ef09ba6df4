//! Everything that knows egui.

pub mod view;
