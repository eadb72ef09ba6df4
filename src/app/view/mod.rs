//! Pure functions from engine results to points, strings and textures; tested without a window.

pub mod axis;
pub mod chart;
pub mod code_map;
pub mod code_table;
pub mod compare;
pub mod figure;
pub mod format;
pub mod format_words;
pub mod heat;
pub mod histogram;
pub mod inspect;
pub mod ledger;
pub mod metrics;
pub mod numerals;
pub mod rate;
pub mod spec_sheet;
pub mod stored;
pub mod table;
pub mod ticks;
pub mod value_line;
