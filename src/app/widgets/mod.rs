//! The components that pages are built from. They draw and report what was done to them; they compute nothing.

pub mod badge;
pub mod bit_cells;
pub mod bits_slider;
pub mod button;
pub mod card;
pub mod empty_state;
pub mod field;
mod focus;
pub mod formula;
pub mod job_strip;
pub mod metric_tile;
pub mod scheme_chip;
pub mod segmented;
pub mod select;
pub mod toast;
