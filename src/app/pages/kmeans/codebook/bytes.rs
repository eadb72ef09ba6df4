//! What the codebook saves: this tensor's bytes, and the ratio for any number of weights.

use egui::{Align2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::super::lesson::Lesson;
use super::super::part::Part;
use crate::app::context::PageContext;
use crate::app::setup::codebook::Storage;
use crate::app::theme::{self, tokens};
use crate::app::view::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::{format, ticks};
use crate::app::widgets::card::Card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::{self, PlotLook};
use crate::app::widgets::segmented::segmented;
use crate::engine::coding::{break_even, codebook_ledger, codebook_limit, codebook_ratio};

/// A card that is higher than this has room for both views.
const HIGH: f32 = 430.0;

/// What the card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SizeView {
    /// The bytes of the tensor on the page.
    #[default]
    Here,
    /// The ratio against the number of weights.
    Any,
}

/// Most weights of the curve, as a power of ten.
const MOST: i32 = 9;

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, lesson: &Lesson, rect: Rect, ui: &mut Ui) {
    let high = rect.height() > HIGH;
    let only_here = ctx.presenting || high;
    let mut shown = ctx.state.kmeans.size;
    let view = if only_here { SizeView::Here } else { shown };
    let choose = |ui: &mut Ui| {
        if !only_here {
            segmented(ui, "Bytes of", &mut shown, &[(SizeView::Here, "Here"), (SizeView::Any, "Any size")]);
        }
    };
    let subtitle = lesson.part.as_ref().map(Part::name).unwrap_or_default();
    Card::new("Bytes").subtitle(&subtitle).trailing(choose).show(ui, rect, |ui| {
        let area = ui.max_rect();
        let upper = if high { area.with_max_y(area.top() + 180.0) } else { area };
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt("view").max_rect(upper));
        match view {
            SizeView::Here => here_ui(ctx, lesson, &mut child),
            SizeView::Any => any_ui(ctx, &mut child),
        }
        if high {
            let lower = area.with_min_y(upper.bottom() + 12.0);
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt("any").max_rect(lower));
            let color = tokens(ui.ctx()).text;
            child.label(egui::RichText::new("Any number of weights").font(theme::small_semibold()).color(color));
            any_ui(ctx, &mut child);
        }
    });
    ctx.state.kmeans.size = shown;
}

/// `3.2×`: two decimals, none of them a zero at the end.
fn ratio(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}×")
}

fn here_ui(ctx: &mut PageContext<'_>, lesson: &Lesson, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let look = PlotLook::of(ctx.presenting);
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::CLICK);
    let (number, bits) = (lesson.moment().clusters.len(), u64::from(lesson.bits()));
    let count = lesson.count as u64;
    let (codes, book) = (bits * count, 32 * number as u64);
    let (float, packed) = (4 * count, (codes + book).div_ceil(8));
    let larger = packed > float;
    let how = if packed <= float { float as f64 / packed as f64 } else { packed as f64 / float.max(1) as f64 };
    let word = if larger { "larger" } else { "smaller" };
    plot::describe(&response, || format!("Bytes: float32 {float} B, packed {packed} B, {} {word}", ratio(how)));
    let painter = ui.painter();
    let color = if larger { tokens.warn } else { tokens.accent };
    let galley = painter.layout_no_wrap(ratio(how), theme::semibold(if ctx.presenting { 34.0 } else { 28.0 }), color);
    let top = rect.top() - 2.0;
    painter.galley(pos2(rect.left(), top), galley.clone(), color);
    let at = pos2(rect.left() + galley.size().x + 10.0, top + galley.size().y * 0.62);
    painter.text(at, Align2::LEFT_CENTER, word, look.caption.clone(), tokens.muted);

    let scale = rect.width() / float.max(packed).max(1) as f32;
    let mut y = top + galley.size().y + 6.0;
    let bar = |y: f32, from: f32, bytes: f32| {
        Rect::from_min_size(pos2(rect.left() + from * scale, y), vec2((bytes * scale).max(1.0), 20.0))
    };
    let original = bar(y, 0.0, float as f32);
    painter.rect_filled(original, theme::RADIUS_BAR, tokens.real_soft);
    let words = format!("{} float32", format::bytes_exact(float));
    painter.text(pos2(rect.left() + 8.0, y + 10.0), Align2::LEFT_CENTER, words, look.strong.clone(), tokens.text);
    y += 26.0;
    let first = bar(y, 0.0, codes as f32 / 8.0);
    painter.rect_filled(first, theme::RADIUS_BAR, tokens.accent);
    let second = bar(y, codes as f32 / 8.0, book as f32 / 8.0);
    let stroke = Stroke::new(theme::HAIRLINE, tokens.accent);
    painter.rect(second, theme::RADIUS_BAR, tokens.accent_soft, stroke, StrokeKind::Inside);
    let bytes = |bits: u64| format::count(bits.div_ceil(8));
    let words = if ctx.presenting {
        format::bytes_exact(packed)
    } else {
        format!("{}: codes {}, codebook {}", format::bytes_exact(packed), bytes(codes), bytes(book))
    };
    let galley = painter.layout_no_wrap(words.clone(), look.strong.clone(), tokens.text);
    // Beside the bar where there is room, else in it or under it.
    if second.right() + 10.0 + galley.size().x <= rect.right() {
        painter.galley(pos2(second.right() + 10.0, y + 10.0 - galley.size().y / 2.0), galley, tokens.text);
    } else if galley.size().x + 16.0 <= second.width() {
        painter.galley(pos2(second.left() + 8.0, y + 10.0 - galley.size().y / 2.0), galley, tokens.text);
    } else {
        y += 24.0;
        let galley = theme::truncated(ui, &words, look.strong.clone(), tokens.text, rect.width());
        ui.painter().galley(pos2(rect.left(), y), galley, tokens.text);
    }
    ratios(ui, Rect::from_min_max(pos2(rect.left(), y + 28.0), rect.max), lesson, &look);
    figure::menu(ui, &response, recording, rect, "Bytes of a codebook", || table(count, number as u64, bits as u8));
}

/// The bytes of float32 and of codes with their codebook.
fn table(weights: u64, centroids: u64, bits: u8) -> Table {
    let mut table = Table::new("Bytes of a codebook", &["part", "values", "bits a value", "bytes"]);
    let parts = [("float32", weights, 32), ("codes", weights, u64::from(bits)), ("codebook", centroids, 32)];
    table.rows = parts
        .map(|(part, values, bits)| {
            let bytes = Cell::Number((values * bits) as f64 / 8.0);
            vec![Cell::Text(part.to_owned()), Cell::count(values), Cell::count(bits), bytes]
        })
        .to_vec();
    table
}

/// The ratio of few and of very many weights, at this width and at twice the width.
fn ratios(ui: &Ui, rect: Rect, lesson: &Lesson, look: &PlotLook) {
    let tokens = tokens(ui);
    let row = look.caption.size + 7.0;
    if rect.height() < 3.0 * row {
        return;
    }
    let painter = ui.painter();
    let few = lesson.count as u64;
    let many = 1_000_000;
    let heads = [format::count(few), format::count(many)];
    let wide = |text: &str| painter.layout_no_wrap(text.to_owned(), look.mono.clone(), tokens.muted).size().x;
    let columns = [rect.right() - wide(&heads[1]) - 14.0, rect.right()];
    let line = |y: f32, cells: [(&str, egui::FontId, egui::Color32); 3]| {
        for (index, (text, font, color)) in cells.into_iter().enumerate() {
            let (x, align) = match index {
                0 => (rect.left(), Align2::LEFT_CENTER),
                _ => (columns[index - 1], Align2::RIGHT_CENTER),
            };
            painter.text(pos2(x, y), align, text, font, color);
        }
    };
    let mut y = rect.top() + row / 2.0;
    let head = |text| (text, look.mono.clone(), tokens.muted);
    let room = columns[0] - wide(&heads[0]) - rect.left() - 8.0;
    let name = painter.layout_no_wrap("M weights".to_owned(), look.caption.clone(), tokens.muted).size().x;
    let name = if name <= room { "M weights" } else { "M" };
    line(y, [(name, look.caption.clone(), tokens.muted), head(heads[0].as_str()), head(heads[1].as_str())]);
    painter.hline(rect.x_range(), y + row / 2.0, (theme::HAIRLINE, tokens.grid));
    let mut warned = None;
    for bits in [lesson.bits(), (2 * lesson.bits()).min(8)] {
        y += row;
        if y + row / 2.0 > rect.bottom() {
            break;
        }
        let ratios = [few, many].map(|weights| codebook_ratio(weights, bits));
        let texts = [format!("{:.2}×", ratios[0]), format!("{:.3}×", ratios[1])];
        let color = |ratio: f64| if ratio < 1.0 { tokens.warn } else { tokens.text };
        let cell = |index: usize| (texts[index].as_str(), look.mono.clone(), color(ratios[index]));
        line(y, [(&format!("{bits} bit"), look.strong.clone(), tokens.text), cell(0), cell(1)]);
        if ratios[0] < 1.0 {
            warned = Some(bits);
        }
        if bits == 8 {
            break;
        }
    }
    if let Some(bits) = warned.filter(|_| y + 1.6 * row < rect.bottom() + 6.0) {
        let bytes = codebook_ledger(few, bits).bytes();
        let words = format!("{bits} bit: {}, larger than float32", format::bytes_exact(bytes));
        painter.text(pos2(rect.left(), y + row), Align2::LEFT_CENTER, words, look.caption.clone(), tokens.warn);
    }
}

fn any_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let Storage { weights, bits } = ctx.setup().codebook.storage;
    let look = PlotLook::of(ctx.presenting);
    ui.spacing_mut().item_spacing.y = 4.0;
    let (mut exponent, mut width) = ((weights as f64).log10(), bits);
    // A row for each, so that the sliders have the width for nine decades.
    let mut row = |name: &str, slider: egui::Slider<'_>, spoken: &str, value: String| {
        ui.horizontal(|ui| {
            ui.spacing_mut().slider_width = (ui.available_width() - 128.0).clamp(60.0, 240.0);
            ui.label(name);
            let response = ui.add(slider.show_value(false)).accessible_name(spoken);
            ui.label(value);
            response
        })
        .inner
    };
    let slider = egui::Slider::new(&mut exponent, 0.0..=f64::from(MOST));
    let m = row("M", slider, "Number of weights M", format::count(weights));
    let n = row("N", egui::Slider::new(&mut width, 1..=8), "Bits N", bits.to_string());
    let gesture = ctx.state.gestures.of(&m).or(ctx.state.gestures.of(&n));
    if m.changed() {
        let weights = 10_f64.powf(exponent).round() as u64;
        ctx.edit(format!("Weights M {}", format::count(weights)), gesture, move |setup| {
            setup.codebook.storage.weights = weights;
        });
    }
    if n.changed() {
        ctx.edit(format!("Bits N {bits} → {width}"), gesture, move |setup| setup.codebook.storage.bits = width);
    }
    curve_ui(ui, Storage { weights, bits }, &look);
}

fn curve_ui(ui: &mut Ui, Storage { weights, bits }: Storage, look: &PlotLook) {
    let tokens = tokens(ui.ctx());
    let (ratio, limit) = (codebook_ratio(weights, bits), codebook_limit(bits));
    let sizes = [codebook_ledger(weights, bits).bytes(), 4 * weights].map(format::bytes_exact);
    let (told, color) = if ratio < 1.0 {
        (format!("{} instead of {}: {ratio:.3}×, larger", sizes[0], sizes[1]), tokens.warn)
    } else {
        (format!("{ratio:.3}× smaller, {} instead of {}", sizes[0], sizes[1]), tokens.accent)
    };
    ui.add(egui::Label::new(egui::RichText::new(told).font(look.strong.clone()).color(color)).truncate());
    let mark = |across, value, text, tone| Mark { across, value, text, tone, handle: None };
    let limit_words = format!("limit 32/N = {}", format::significant(limit, 3));
    let mut marks = vec![mark(Across::Y, limit, limit_words, Tone::Good)];
    marks.extend(
        break_even(bits)
            .map(|least| mark(Across::X, least as f64, format!("smaller from {}", format::count(least)), Tone::Warn)),
    );
    let curve = (0..=120_i32).map(|step| {
        let weights = 10_f64.powf(f64::from(step) / 120.0 * f64::from(MOST)).round();
        (weights, codebook_ratio(weights as u64, bits))
    });
    let values = [0, 3, 6, 9].map(|power| 10_f64.powi(power)).to_vec();
    let labels = ["1", "1,000", "10⁶", "10⁹"].map(str::to_owned).to_vec();
    let picture = Chart {
        title: "Ratio by number of weights".to_owned(),
        x: AxisSpec::new("Weights M").log().between(1.0, 10_f64.powi(MOST)).with_ticks(ticks::Ticks { values, labels }),
        y: AxisSpec::new("").between(0.0, limit * 1.2),
        series: vec![
            Series::new("", Kind::Line, curve).tone(Tone::Accent).main(),
            Series::new("", Kind::Points, [(weights as f64, ratio)]).tone(Tone::Accent),
        ],
        marks,
        ..Chart::default()
    };
    chart(ui, &picture, look);
}
