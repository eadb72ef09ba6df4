//! The small histogram in a table row.

use egui::{Painter, Rect, Stroke};

use super::plot;
use crate::app::theme::{self, Tokens};
use crate::engine::tensor::Sparkline;

/// Draws the bars with heights of the square root of their counts, so that thin tails show.
pub fn paint(painter: &Painter, rect: Rect, sparkline: &Sparkline, selected: bool, tokens: &Tokens) {
    let most = sparkline.counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let bars = sparkline.counts.len() as f32;
    let x = |bar: usize| rect.left() + rect.width() * bar as f32 / bars;
    let height = |count: u64| (count as f32 / most as f32).sqrt() * (rect.height() - 1.0);
    let tops: Vec<[f32; 3]> = sparkline
        .counts
        .iter()
        .enumerate()
        .map(|(bar, &count)| [x(bar), x(bar + 1), rect.bottom() - height(count)])
        .collect();
    let fill = if selected { tokens.real } else { tokens.real_soft };
    plot::steps(painter, &tops, rect.bottom(), fill, Stroke::new(theme::HAIRLINE, tokens.real));
    painter.hline(rect.x_range(), rect.bottom(), (theme::HAIRLINE, tokens.real));
}
