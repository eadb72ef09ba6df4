//! Where to clip: the error of clipping and of rounding against how much of the range the codes cover.

use egui::{Rect, Ui, pos2};

use super::affine::{View, set};
use super::parts::{column_in, figure, note, remark};
use crate::app::context::PageContext;
use crate::app::theme::tokens;
use crate::app::view::affine::real;
use crate::app::view::clip::{clip_chart, nearest_share};
use crate::app::view::format;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;
use crate::engine::quantize::linear::{ClipCurve, clip_curve};
use crate::engine::quantize::{Clip, Linear, Per};

/// Points of the curve.
const POINTS: usize = 200;

/// Draws the study: the curve with a handle on the clip, the numbers beside it.
pub fn ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let linear = Linear { clip: Clip::MinMax, per: Per::Tensor, ..view.linear.clone() };
    let summary = view.weights.summary.clone();
    let key = (view.key, linear, view.outlier.map(f32::to_bits));
    let curve = ctx.derive("linear/clip", "Error by clip", key, move |(_, linear, _), _| {
        Ok(clip_curve(linear, &summary.bins, POINTS))
    });
    let Some(curve) = curve else { return card::nothing(ui, "Trying every clip") };
    let Some(found) = curve.value.as_ref() else { return card::nothing(ui, "There are no finite weights") };
    // The study is one of the whole tensor.
    let derivation = &view.whole;
    let share = nearest_share(found, derivation.r_min, derivation.r_max);
    let area = ui.max_rect();
    let side = if ctx.presenting { 250.0 } else { 300.0_f32.min(area.width() * 0.36) };
    let plot = Rect::from_min_max(area.min, pos2(area.right() - side - 20.0, area.bottom()));
    let mut left = ui.new_child(egui::UiBuilder::new().id_salt("clip curve").max_rect(plot));
    let shown = chart(&mut left, &clip_chart(found, share), &PlotLook::of(ctx.presenting));
    if let Some(moved) = shown.moved {
        let gesture = ctx.state.gestures.of(&moved.response);
        clip_to(ctx, view, found, moved.x, gesture);
    }
    let mut right = column_in(ui, "clip numbers", Rect::from_min_max(pos2(plot.right() + 20.0, area.top()), area.max));
    numbers_ui(ctx, view, found, share, &mut right);
}

/// Clips at the point of the curve that is nearest to a share of the range.
fn clip_to(ctx: &mut PageContext<'_>, view: &View, curve: &ClipCurve, share: f64, gesture: Option<u64>) {
    let near = |left: f64, right: f64| (left - share).abs().total_cmp(&(right - share).abs());
    let Some(point) = curve.points.iter().min_by(|left, right| near(left.share, right.share)) else { return };
    let clip = Clip::Fixed { low: point.low as f32, high: point.high as f32 };
    let what = format!("Clip at {} … {}", real(point.low as f32), real(point.high as f32));
    set(ctx, what, gesture, Linear { clip, ..view.linear.clone() });
}

fn numbers_ui(ctx: &mut PageContext<'_>, view: &View, curve: &ClipCurve, share: f64, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    ui.spacing_mut().item_spacing.y = 4.0;
    let near = |left: f64, right: f64| (left - share).abs().total_cmp(&(right - share).abs());
    let Some(now) = curve.points.iter().min_by(|left, right| near(left.share, right.share)) else { return };
    let sse = |value: f64| format::significant(value, 4);
    ui.horizontal(|ui| figure(ui, "SSE", &sse(now.loss.total()), 20.0));
    note(ui, &format!("clipping {} + rounding {}", sse(now.loss.clipping), sse(now.loss.rounding)));
    let best = &curve.best;
    let gain = now.loss.total() / best.loss.total().max(f64::MIN_POSITIVE);
    let ends = format!("{} … {}", real(best.low as f32), real(best.high as f32));
    remark(ui, &format!("best {ends}: {}", sse(best.loss.total())), tokens.good);
    if gain > 1.005 {
        note(ui, &format!("{}× lower than here", format::significant(gain, 3)));
    }
    let clip = Clip::Fixed { low: best.low as f32, high: best.high as f32 };
    if !ctx.presenting && view.linear.clip != clip && button::plain(ui, "Clip at the best").clicked() {
        set(ctx, format!("Clip at the best: {ends}"), None, Linear { clip, ..view.linear.clone() });
    }
    let analytic = &curve.analytic;
    let width = view.linear.bits;
    note(
        ui,
        &format!(
            "by formula at {width} bits, estimated: Laplace ±{}, Gauss ±{}",
            format::significant(analytic.laplace, 3),
            format::significant(analytic.gaussian, 3)
        ),
    );
}
