//! The scale of the diverging colour map, from its top to its bottom.

use egui::{Align2, Mesh, Painter, Rect, Shape, StrokeKind, lerp, pos2};

use super::plot::PlotLook;
use crate::app::theme::{self, Tokens};

/// Slices that the bar is drawn of: finer than the eye tells apart.
const SLICES: usize = 64;

/// A vertical bar, the largest value on top, with `labels` of top, middle and bottom to its right.
pub fn vertical(painter: &Painter, rect: Rect, labels: [&str; 3], look: &PlotLook, tokens: &Tokens) {
    let mut mesh = Mesh::default();
    let y = |slice: usize| lerp(rect.bottom()..=rect.top(), slice as f32 / SLICES as f32);
    for slice in 0..SLICES {
        let share = slice as f32 / (SLICES - 1) as f32 * 2.0 - 1.0;
        let slice = Rect::from_min_max(pos2(rect.left(), y(slice + 1)), pos2(rect.right(), y(slice)));
        mesh.add_colored_rect(slice, tokens.diverging(share));
    }
    painter.add(Shape::mesh(mesh));
    painter.rect_stroke(rect, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Inside);
    let x = rect.right() + 6.0;
    for (label, y, align) in [
        (labels[0], rect.top(), Align2::LEFT_TOP),
        (labels[1], rect.center().y, Align2::LEFT_CENTER),
        (labels[2], rect.bottom(), Align2::LEFT_BOTTOM),
    ] {
        painter.text(pos2(x, y), align, label, look.caption.clone(), tokens.muted);
    }
}
