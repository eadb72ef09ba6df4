//! What the page Bits shows: kinds of layers, layer by layer, and the weights themselves.

pub mod kinds;
pub mod layers;
pub mod pairs;
pub mod weights;

use super::ticks::Ticks;

/// Widths from 1 to 8 as marks of an axis.
fn widths() -> Ticks {
    let values: Vec<f64> = (1..=8).map(f64::from).collect();
    Ticks { labels: values.iter().map(ToString::to_string).collect(), values }
}

/// `97.65 %`.
fn percent(share: f64) -> String {
    format!("{} %", super::format::fixed(100.0 * share, 2))
}

/// `ip1` of `ip1.weight`.
pub fn short(name: &str) -> &str {
    name.strip_suffix(".weight").unwrap_or(name)
}
