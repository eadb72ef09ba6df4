//! The components that pages are built from. They draw and report what was done to them; they compute nothing.

pub mod badge;
pub mod bit_cells;
pub mod bit_row;
pub mod bits_slider;
pub mod button;
pub mod card;
pub mod chart;
mod chart_series;
pub mod code_map;
pub mod color_bar;
pub mod copy_text;
pub mod empty_state;
pub mod error_histogram;
pub mod field;
pub mod figure;
mod focus;
pub mod formula;
pub mod heat_map;
pub mod histogram;
pub mod inspector;
pub mod job_strip;
pub mod ledger;
pub mod matrix;
pub mod metric_tile;
pub mod number_circle;
pub mod plot;
pub mod rate_plot;
pub mod scheme_chip;
pub mod segmented;
pub mod select;
pub mod sparkline;
pub mod tabs;
pub mod tensor_table;
pub mod toast;
pub mod value_line;

pub use focus::{lock_arrows as lock_arrows_of, steps as steps_of};
