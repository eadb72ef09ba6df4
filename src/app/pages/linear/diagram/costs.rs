//! Operations, bytes and energy in three precisions; results that others published.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{note, small};
use crate::app::setup::linear::convolution::SIDE;
use crate::app::setup::linear::diagram::Workload;
use crate::app::theme::{self, tokens};
use crate::app::view::convolution::ConvolutionView;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::view::published::{self, JACOB, mobilenets};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::measure::{Cost, Precision, Work};

/// The layers on offer, with their names on screen.
const WORKLOADS: [(Workload, &str); 4] = [
    (Workload::Residual, "Conv 3×3, 256 → 256, 14×14"),
    (Workload::Depthwise, "Depthwise 3×3, 512, 14×14"),
    (Workload::Connected, "Fully connected 4096 → 4096"),
    (Workload::Shown, "The layer of the diagram"),
];

fn work(workload: Workload, view: &ConvolutionView) -> Work {
    match workload {
        Workload::Residual => Work::convolution(256, 256, 1, 3, 14),
        Workload::Depthwise => Work::convolution(512, 512, 512, 3, 14),
        Workload::Connected => Work::connected(4096, 4096, 1),
        Workload::Shown => {
            let outputs = view.outputs() as u64;
            Work { macs: 9 * outputs, weights: 9, activations: (SIDE * SIDE) as u64 + outputs }
        }
    }
}

/// A quantity that is compared.
type Row = (&'static str, fn(&Cost) -> f64, fn(f64) -> String);

/// Draws the card with the bars.
pub fn cost_ui(ctx: &mut PageContext<'_>, view: &ConvolutionView, rect: Rect, ui: &mut Ui) {
    let workload = ctx.setup().linear.diagram.workload;
    let work = work(workload, view);
    let mut chosen = workload;
    let options: Vec<(Workload, String, &str)> =
        WORKLOADS.map(|(workload, name)| (workload, name.to_owned(), "")).to_vec();
    let presenting = ctx.presenting;
    let draw = |ui: &mut Ui| figure::picture(ui, "Cost", || cost_table(&work), |ui| bars_ui(&work, presenting, ui));
    if presenting {
        card::plain(ui, rect, "cost", draw);
    } else {
        Card::new("Cost")
            .trailing(|ui| {
                badge(ui, Badge::Estimated);
                select(ui, "Layer", &mut chosen, &options);
            })
            .show(ui, rect, draw);
    }
    if chosen != workload {
        let name = WORKLOADS.iter().find(|(value, _)| *value == chosen).map_or("", |(_, name)| *name);
        ctx.edit(format!("Cost of {name}"), None, move |setup| setup.linear.diagram.workload = chosen);
    }
}

/// Energy in pJ and bytes of every precision.
fn cost_table(work: &Work) -> Table {
    let heads = ["precision", "arithmetic, pJ", "weights and activations, B", "moved once from DRAM, pJ"];
    let mut table = Table::new("Cost", &heads);
    table.rows = Precision::ALL
        .map(|precision| {
            let cost = work.cost(precision);
            let name = Cell::Text(precision.name().to_owned());
            vec![name, Cell::Number(cost.arithmetic()), Cell::count(cost.bytes), Cell::Number(cost.dram)]
        })
        .to_vec();
    table
}

fn bars_ui(work: &Work, presenting: bool, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let caption = small(ui);
    let costs = Precision::ALL.map(|precision| work.cost(precision));
    let rows: [Row; 3] = [
        ("Arithmetic", Cost::arithmetic, format::energy),
        ("Weights and activations", |cost| cost.bytes as f64, |bytes| format::bytes_short(bytes as u64)),
        ("Moved once from DRAM", |cost| cost.dram, format::energy),
    ];
    let count = format!(
        "{} multiply-adds, {} weights, {} activations",
        format::count(work.macs),
        format::count(work.weights),
        format::count(work.activations)
    );
    note(ui, &count);
    let foot = if presenting { 0.0 } else { caption.size + 8.0 };
    let area = ui.available_rect_before_wrap();
    let area = Rect::from_min_max(area.min + vec2(0.0, 4.0), area.max - vec2(0.0, foot));
    let block = area.height() / rows.len() as f32;
    let painter = ui.painter().clone();
    let label = if presenting { 74.0 } else { 62.0 };
    let number = if presenting { 150.0 } else { 126.0 };
    for (index, (name, quantity, text)) in rows.into_iter().enumerate() {
        let top = area.top() + index as f32 * block;
        painter.text(pos2(area.left(), top), Align2::LEFT_TOP, name, theme::semibold(caption.size), tokens.text);
        let values = costs.map(|cost| quantity(&cost));
        let most = values[0].max(f64::MIN_POSITIVE);
        let line = ((block - caption.size - 8.0) / 3.0).clamp(12.0, 26.0);
        for (place, (value, precision)) in values.into_iter().zip(Precision::ALL).enumerate() {
            let y = top + caption.size + 5.0 + (place as f32 + 0.5) * line;
            let left = area.left() + label;
            let width = (area.width() - label - number) * (value / most) as f32;
            let bar = Rect::from_min_max(pos2(left, y - line * 0.36), pos2(left + width.max(1.5), y + line * 0.36));
            // Blue is real, raspberry is quantized.
            let color = if precision == Precision::Int8 { tokens.accent } else { tokens.real };
            let fill = if precision == Precision::Float16 { tokens.real_soft } else { color };
            painter.rect_filled(bar, theme::RADIUS_BAR, fill);
            painter.text(pos2(area.left(), y), Align2::LEFT_CENTER, precision.name(), caption.clone(), tokens.muted);
            let less = most / value;
            let times = if place == 0 { String::new() } else { format!("  {}× less", format::significant(less, 3)) };
            let said = format!("{}{times}", text(value));
            painter.text(pos2(bar.right() + 6.0, y), Align2::LEFT_CENTER, &said, caption.clone(), tokens.text);
            let hit = Rect::from_min_max(pos2(area.left(), y - line / 2.0), pos2(area.right(), y + line / 2.0));
            let response = ui.interact(hit, ui.scope_id().with(("cost", index, place)), Sense::hover());
            response.widget_info(|| {
                WidgetInfo::labeled(Role::Label, true, format!("{name}, {}: {said}", precision.name()))
            });
        }
    }
    if !presenting {
        let text = "45 nm, Horowitz 2014, published: int8 0.3 pJ, float32 4.6 pJ, DRAM 640 pJ a word";
        let galley = theme::truncated(ui, text, caption, tokens.muted, area.width());
        painter.galley(pos2(area.left(), area.bottom() + 5.0), galley, tokens.muted);
    }
}

/// Draws the card with the results of others.
pub fn published_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    Card::new("Float against 8 bits")
        .subtitle("MobileNets; Jacob et al. 2018")
        .trailing(|ui| drop(badge(ui, Badge::Published)))
        .show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            let area = ui.max_rect();
            let line = 17.0;
            // The two networks of the slide, and the others where there is room.
            let shown: Vec<_> = JACOB.iter().filter(|row| area.height() > 270.0 || row.on_slide).collect();
            let table = (shown.len() as f32 + 1.0) * line + 4.0;
            let plot = Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - table - 8.0));
            chart(&mut ui.new_child(egui::UiBuilder::new().id_salt("mobilenets").max_rect(plot)), &mobilenets(), &look);
            let rows = Rect::from_min_max(pos2(area.left(), plot.bottom() + 8.0), area.max);
            let below = ui.new_child(egui::UiBuilder::new().id_salt("networks").max_rect(rows));
            figure::table_area(&below, "ImageNet top-1, float against int8", published::table);
            let columns = [0.0, area.width() * 0.52, area.width() * 0.74, area.width()];
            let painter = ui.painter();
            for (row, network) in shown.into_iter().enumerate() {
                let y = plot.bottom() + 8.0 + (row as f32 + 1.5) * line;
                let loss = format::fixed(network.int8 - network.float, 1);
                painter.text(
                    pos2(area.left() + columns[0], y),
                    Align2::LEFT_CENTER,
                    network.network,
                    theme::small(),
                    tokens.text,
                );
                for (column, value, color) in [
                    (1, format!("{} %", format::fixed(network.float, 1)), tokens.real),
                    (2, format!("{} %", format::fixed(network.int8, 1)), tokens.accent),
                    (3, format!("{loss} points"), tokens.muted),
                ] {
                    painter.text(
                        pos2(area.left() + columns[column], y),
                        Align2::RIGHT_CENTER,
                        value,
                        theme::mono(),
                        color,
                    );
                }
                let hit = Rect::from_center_size(pos2(area.center().x, y), vec2(area.width(), line));
                let response = ui.interact(hit, ui.scope_id().with(("network", row)), Sense::hover());
                let said =
                    format!("{}: float {} %, int8 {} %, published", network.network, network.float, network.int8);
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
            }
            let head = plot.bottom() + 8.0 + line * 0.5;
            for (column, text, align) in [
                (0, "ImageNet top-1", Align2::LEFT_CENTER),
                (1, "float", Align2::RIGHT_CENTER),
                (2, "int8", Align2::RIGHT_CENTER),
                (3, "difference", Align2::RIGHT_CENTER),
            ] {
                painter.text(pos2(area.left() + columns[column], head), align, text, theme::small(), tokens.muted);
            }
        });
}
