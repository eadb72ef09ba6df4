//! The parts that pages are made of.

pub mod color_bar;
pub mod error_histogram;
pub mod heat_map;
pub mod histogram;
pub mod inspector;
pub mod ledger;
pub mod matrix;
pub mod plot;
pub mod rate_plot;
pub mod sparkline;
pub mod tensor_table;
