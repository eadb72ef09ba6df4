//! How good the codebook is: SSE by iteration, where random starts end, and the least SSE of every number of centroids.

use egui::{Align2, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::lesson::Lesson;
use crate::app::context::PageContext;
use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use crate::app::view::{cells, course as words, format, ticks};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::Init;
use crate::engine::quantize::course::Ending;

/// A card that is higher than this has room for two views.
const HIGH: f32 = 430.0;

/// What the card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorView {
    /// SSE by iteration.
    #[default]
    Steps,
    /// Where random starts end.
    Starts,
    /// The least SSE by number of centroids.
    Sizes,
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    let mut shown = ctx.state.kmeans.error;
    // A high card shows the list by number of centroids beneath.
    let high = rect.height() > HIGH;
    let mut choices = vec![(ErrorView::Steps, "Steps"), (ErrorView::Starts, "Starts")];
    if high && shown == ErrorView::Sizes {
        shown = ErrorView::Steps;
    } else if !high {
        choices.push((ErrorView::Sizes, "k"));
    }
    let view = shown;
    let choose = |ui: &mut Ui| drop(segmented(ui, "SSE by", &mut shown, &choices));
    Card::new("SSE").trailing(choose).show(ui, rect, |ui| {
        let area = ui.max_rect();
        let (upper, lower) = if high {
            let split = area.bottom() - 210.0;
            (area.with_max_y(split), area.with_min_y(split + 12.0))
        } else {
            (area, area)
        };
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt("view").max_rect(upper));
        match view {
            ErrorView::Steps => steps_ui(ctx, lesson, &mut child),
            ErrorView::Starts => starts_ui(ctx, lesson, &mut child),
            ErrorView::Sizes => sizes_ui(ctx, lesson, &mut child),
        }
        if high {
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt("sizes").max_rect(lower));
            let color = tokens(ui.ctx()).text;
            child.label(egui::RichText::new("Least SSE of k centroids").font(theme::small_semibold()).color(color));
            sizes_ui(ctx, lesson, &mut child);
        }
    });
    ctx.state.kmeans.error = shown;
}

/// A bad end that a random start can take: the one that most starts take of those with more than ten times the least SSE, else the
/// worst.
fn trap<'a>(lesson: &Lesson, endings: &'a [Ending]) -> Option<&'a Ending> {
    let stuck = endings.iter().filter(|ending| !lesson.course.is_optimal(ending.sse));
    let far = stuck.clone().filter(|ending| ending.sse > 10.0 * lesson.course.optimum);
    far.max_by_key(|ending| ending.starts).or_else(|| stuck.max_by(|left, right| left.sse.total_cmp(&right.sse)))
}

fn steps_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let endings = lesson.endings(ctx);
    let curve = words::curve(&lesson.course);
    let optimum = lesson.course.optimum;
    let trap = endings.as_deref().and_then(|endings| trap(lesson, endings)).copied();
    let all = curve.iter().map(|point| point.1).chain(trap.map(|trap| trap.sse)).chain([optimum]);
    let positive = all.filter(|sse| *sse > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(low, high), sse| (low.min(sse), high.max(sse)));
    if low > high {
        return card::nothing(ui, "No error at all");
    }
    let last = curve.last().map_or(1.0, |point| point.0).max(1.0);
    // Iterations are whole.
    let step = ticks::nice_step((last / 6.0).max(1.0));
    let values: Vec<f64> = (0..).map(|index| f64::from(index) * step).take_while(|value| *value <= last).collect();
    let whole = ticks::Ticks { labels: values.iter().map(|value| format::count(*value as u64)).collect(), values };
    let now = words::place(lesson.moment());
    let current = curve.iter().position(|(at, _)| *at == now);
    let line = Series::new("", Kind::Line, curve.iter().map(|(at, sse)| (*at, sse.max(low / 1.4)))).tone(Tone::Accent);
    let line = if curve.len() <= 40 { line.with_markers().main() } else { line.main() };
    let mark = |value: f64, text: String, tone| Mark { across: Across::Y, value, text, tone, handle: None };
    let name = if lesson.course.approximate { "best known" } else { "optimum" };
    let mut marks = vec![mark(optimum.max(low / 1.4), format!("{name} {}", cells::sse(optimum)), Tone::Good)];
    let stuck =
        |trap: &Ending| mark(trap.sse, format!("random: stuck at {}", format::significant(trap.sse, 3)), Tone::Muted);
    marks.extend(trap.as_ref().map(stuck));
    let picture = Chart {
        title: "SSE by iteration".to_owned(),
        x: AxisSpec::new("Iteration").between(0.0, last).with_ticks(whole),
        y: AxisSpec::new("SSE").log().between(low / 1.5, high * 1.8),
        series: vec![line],
        marks,
        current: current.map(|place| (0, place)),
        ..Chart::default()
    };
    let shown = chart(ui, &picture, &PlotLook::of(ctx.presenting));
    // The way into a bad optimum, one click away.
    if let (Some(trap), Some((area, _, y))) = (trap, shown.area)
        && let Some(place) = y.pixel(trap.sse)
    {
        let hit = Rect::from_min_max(pos2(area.left(), place - 20.0), pos2(area.right(), place + 6.0));
        let link = ui.interact(hit, ui.scope_id().with("stuck start"), Sense::click());
        let name = format!("Random start that is stuck at SSE {}", cells::sse(trap.sse));
        link.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        theme::focus_ring(ui, &link, hit.shrink(2.0));
        if link.clicked() {
            lesson.start(ctx, Init::Forgy, trap.seed, None);
        }
        link.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(format!("{name}: click to see it"));
    }
}

fn starts_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let Some(endings) = lesson.endings(ctx) else {
        return card::nothing(ui, "Trying random starts");
    };
    let look = PlotLook::of(ctx.presenting);
    let tried: usize = endings.iter().map(|ending| ending.starts).sum();
    let words = format!("{tried} random starts end here; click one to see it");
    ui.label(egui::RichText::new(words).font(look.caption.clone()).color(tokens(ui.ctx()).muted));
    let most = endings.iter().map(|ending| words::share(ending, &endings)).fold(0.0, f64::max);
    let mut chosen = None;
    figure::table_area(ui, "Where random starts end", || words::endings_table(&endings));
    egui::ScrollArea::vertical().id_salt("endings").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for ending in endings.iter() {
            let share = words::share(ending, &endings);
            let optimal = lesson.course.is_optimal(ending.sse);
            let current = (lesson.course.at(None).1.sse - ending.sse).abs() <= 5e-5 * ending.sse;
            let name = format!("{}{}", cells::sse(ending.sse), if optimal { ", optimum" } else { "" });
            let row = Row { name: &name, share: (share / most) as f32, value: format::percent(share), current };
            if row.show(ui, &look).clicked() {
                chosen = Some(ending.seed);
            }
        }
    });
    if let Some(seed) = chosen {
        lesson.start(ctx, Init::Forgy, seed, None);
    }
}

fn sizes_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let sizes = &lesson.course.by_k;
    let now = lesson.moment().clusters.len();
    // One stop for the keys: arrows go through the list.
    figure::table_area(ui, "Least SSE of k centroids", || words::sizes_table(sizes));
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let whole = ui.interact(rect, ui.scope_id().with("k"), Sense::focusable_noninteractive());
    whole.widget_info(|| WidgetInfo::slider(true, now as f64, "Number of centroids"));
    let least = sizes.iter().copied().filter(|sse| *sse > 0.0).fold(f64::INFINITY, f64::min) / 2.0;
    let most = sizes.first().copied().unwrap_or(1.0).max(least * 2.0);
    let mut chosen = None;
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    child.spacing_mut().item_spacing.y = 0.0;
    let height = ((rect.height()) / sizes.len().max(1) as f32).clamp(18.0, 26.0);
    for (index, &sse) in sizes.iter().enumerate() {
        let k = index + 1;
        // On a logarithmic scale: the list falls by three decades.
        let share = if sse > 0.0 { ((sse / least).ln() / (most / least).ln()) as f32 } else { 0.0 };
        let name = format!("k = {k}");
        let row = Row { name: &name, share, value: cells::sse(sse), current: k == now };
        if row.sized(&mut child, &look, height).clicked() {
            chosen = Some(k);
        }
    }
    if whole.has_focus() {
        let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(whole.id, filter));
        theme::focus_ring(ui, &whole, rect);
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::ArrowRight) || pressed(Key::ArrowDown) {
            chosen = Some((now + 1).min(sizes.len()));
        } else if pressed(Key::ArrowLeft) || pressed(Key::ArrowUp) {
            chosen = Some(now.saturating_sub(1).max(1));
        }
    }
    if let Some(k) = chosen.filter(|&k| k != now) {
        lesson.choose_k(ctx, k, None);
    }
}

/// A row with a bar that can be clicked.
struct Row<'a> {
    name: &'a str,
    share: f32,
    value: String,
    current: bool,
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui, look: &PlotLook) -> egui::Response {
        self.sized(ui, look, 23.0)
    }

    fn sized(&self, ui: &mut Ui, look: &PlotLook, height: f32) -> egui::Response {
        let tokens: &Tokens = tokens(ui.ctx());
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        let label = format!("{}: {}", self.name, self.value);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.current, &label));
        if self.current {
            ui.painter().rect_filled(rect, theme::RADIUS_BIT, tokens.select);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, theme::RADIUS_BIT, tokens.hover);
        }
        let painter = ui.painter();
        let font = if self.current { look.strong.clone() } else { look.caption.clone() };
        painter.text(rect.left_center() + vec2(6.0, 0.0), Align2::LEFT_CENTER, self.name, font, tokens.text);
        painter.text(
            rect.right_center() - vec2(6.0, 0.0),
            Align2::RIGHT_CENTER,
            &self.value,
            look.mono.clone(),
            tokens.text,
        );
        let left = rect.left() + if self.name.starts_with("k =") { 52.0 } else { 132.0 };
        let room = (rect.right() - 76.0 - left).max(4.0);
        let bar = Rect::from_min_size(pos2(left, rect.center().y - 4.0), vec2((room * self.share).max(2.0), 8.0));
        let fill = if self.current { tokens.accent } else { tokens.axis };
        painter.rect_filled(bar, theme::RADIUS_BAR, fill);
        theme::focus_ring(ui, &response, rect.shrink(3.0));
        response
    }
}
