//! A row of the paper's tables for each layer: computed of the open model, and as published.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::figure::Table;
use crate::app::view::format;
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::select::select;
use crate::engine::coding::published::{self, NETWORKS};
use crate::engine::coding::{LayerRow, Pipeline};

/// The columns of tables 2 to 5.
const HEADS: [&str; 6] = ["Layer", "Weights", "Kept", "Weight bits", "Index bits", "Rate"];

/// Rows of those columns, the last one as the total.
pub fn table(ui: &mut Ui, name: &str, rows: &[[String; 6]]) {
    let tokens = tokens(ui.ctx());
    figure::table_area(ui, name, || Table::read(name, HEADS, rows.iter().cloned()));
    let width = ui.available_width() - 10.0;
    let ends = [0.0, 0.34, 0.45, 0.61, 0.77, 1.0];
    let height = (ui.available_height() / (rows.len() + 1) as f32).clamp(21.0, 28.0);
    let line = |ui: &mut Ui, cells: [&str; 6], head: bool, strong: bool| {
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let said = cells.join(", ");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        for (place, text) in cells.into_iter().enumerate() {
            let color = if head { tokens.muted } else { tokens.text };
            let font = match (place, head, strong) {
                (_, true, _) => theme::small(),
                (0, _, true) => theme::small_semibold(),
                (0, ..) => theme::small(),
                _ => egui::FontId::monospace(12.5),
            };
            if place == 0 {
                let galley = theme::truncated(ui, text, font, color, width * 0.22);
                ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, color);
            } else {
                let at = pos2(rect.left() + width * ends[place], rect.center().y);
                ui.painter().text(at, Align2::RIGHT_CENTER, text, font, color);
            }
        }
        ui.painter().hline(rect.x_range(), rect.bottom(), (theme::HAIRLINE, tokens.grid));
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    line(ui, HEADS, true, false);
    egui::ScrollArea::vertical().id_salt(("table", name)).auto_shrink(false).show(ui, |ui| {
        for (place, row) in rows.iter().enumerate() {
            line(ui, std::array::from_fn(|column| row[column].as_str()), false, place + 1 == rows.len());
        }
    });
}

fn pair(values: Option<(f64, f64)>, decimals: usize) -> String {
    values.map_or_else(
        || format::NONE.to_owned(),
        |(before, after)| {
            format!("{} → {}", format::significant(before, decimals), format::significant(after, decimals))
        },
    )
}

pub(super) fn layers_ui(pipeline: &Pipeline, rect: Rect, ui: &mut Ui) {
    Card::new("This model").subtitle("quantized → Huffman-coded, everything counted").show(ui, rect, |ui| {
        let total = pipeline.total();
        let with_total = pipeline.layers.len() > 1;
        let rows: Vec<[String; 6]> =
            pipeline.layers.iter().chain(with_total.then_some(&total)).map(layer_cells).collect();
        table(ui, "Layers of the model", &rows);
    });
}

fn layer_cells(row: &LayerRow) -> [String; 6] {
    let rate = row.rate().map_or_else(
        || format::NONE.to_owned(),
        |(before, after)| format!("{} → {} %", format::fixed(before * 100.0, 2), format::fixed(after * 100.0, 2)),
    );
    [
        row.name.clone(),
        format::count(row.weights),
        row.kept_share().map_or_else(|| format::NONE.to_owned(), format::percent),
        pair(row.weight_bits(), 2),
        pair(row.step_bits().filter(|bits| bits.0 > 0.0), 2),
        rate,
    ]
}

pub(super) fn published_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let mut chosen = ctx.setup().codebook.network.min(NETWORKS.len() - 1);
    let before = chosen;
    let options: Vec<(usize, String, &str)> =
        NETWORKS.iter().enumerate().map(|(place, network)| (place, network.name.to_owned(), "")).collect();
    let choose = |ui: &mut Ui| drop(select(ui, "Published network", &mut chosen, &options));
    let network = &NETWORKS[before];
    let subtitle = format!(
        "{}, table {}: {} → {}, {}×",
        published::MARK,
        network.table,
        network.size,
        network.compressed,
        network.ratio
    );
    Card::new("Deep Compression").subtitle(&subtitle).trailing(choose).show(ui, rect, |ui| {
        table(ui, network.name, &published_cells(network));
    });
    if chosen != before {
        ctx.edit(format!("Published: {}", NETWORKS[chosen].name), None, move |setup| {
            setup.codebook.network = chosen;
        });
    }
}

/// A table of the paper as it is printed.
pub fn published_cells(network: &published::Network) -> Vec<[String; 6]> {
    let both = |(before, after): (f64, f64)| format!("{before} → {after}");
    let row = |layer: &published::Layer| {
        [
            layer.name.to_owned(),
            layer.weights.to_owned(),
            format!("{} %", layer.kept),
            both(layer.weight_bits),
            both(layer.index_bits),
            format!("{} %", both(layer.rate)),
        ]
    };
    network.layers.iter().map(row).collect()
}
