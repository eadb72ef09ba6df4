//! The lower card of the page about S and Z: cell by cell, the outlier, who shares a scale.

use egui::{Rect, Ui, vec2};

use super::affine::{STUDIES, View, beside};
use super::parts::{column_in, columns, figure, label, note, remark};
use crate::app::context::PageContext;
use crate::app::pages::tensor::tensor_choice;
use crate::app::session::Action;
use crate::app::setup::linear::Study;
use crate::app::theme::{self, tokens};
use crate::app::view::affine::{binary, real, whole};
use crate::app::view::format;
use crate::app::view::granularity::{Cells, sharings, with_outlier};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::quantize::Per;

/// Puts the outlier elsewhere, or takes it away.
pub fn set_outlier(ctx: &mut PageContext<'_>, to: Option<f32>, gesture: Option<u64>) {
    let what = to.map_or("No outlier".to_owned(), |to| format!("Outlier {}", real(to)));
    ctx.edit(what, gesture, move |setup| setup.linear.affine.outlier = to);
}

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, view: &View, rect: Rect, ui: &mut Ui) {
    let study = ctx.setup().linear.affine.study;
    let mut chosen = study;
    let (rows, columns) = view.matrix;
    let part =
        if rows > 8 || columns > 8 { format!("upper left 8 × 8 of {rows} × {columns}") } else { String::new() };
    let title = STUDIES.iter().find(|(value, _)| *value == study).map_or("", |(_, title)| *title);
    let body = |ctx: &mut PageContext<'_>, ui: &mut Ui| match study {
        Study::Cells => cells_ui(ctx, view, ui),
        Study::Clip => super::clip::ui(ctx, view, ui),
        Study::Granularity => granularity_ui(ctx, view, ui),
    };
    if ctx.presenting {
        return card::plain(ui, rect, "study", |ui| body(ctx, ui));
    }
    let group = ctx.setup().linear.affine.group;
    let mut group_chosen = group;
    let mut tensor = None;
    let shared = std::cell::RefCell::new(&mut *ctx);
    Card::new(title)
        .subtitle(&part)
        .trailing(|ui| {
            segmented(ui, "Study", &mut chosen, &STUDIES);
            if study == Study::Granularity {
                let sizes: Vec<(usize, String, &str)> =
                    [2, 4, 8, 16, 32, 64, 128].map(|size| (size, size.to_string(), "")).to_vec();
                select(ui, "Group size", &mut group_chosen, &sizes);
                label(ui, "Group size");
            }
            ui.scope(|ui| {
                ui.set_max_width(200.0_f32.min(ui.available_width()));
                tensor = tensor_choice(&shared.borrow(), ui);
            });
        })
        .show(ui, rect, |ui| body(&mut shared.borrow_mut(), ui));
    if let Some(tensor) = tensor {
        ctx.act(Action::SelectTensor(tensor));
    }
    if chosen != study {
        let name = STUDIES.iter().find(|(value, _)| *value == chosen).map_or("", |(_, title)| *title);
        ctx.edit(format!("Study: {}", name.to_lowercase()), None, move |setup| setup.linear.affine.study = chosen);
    }
    if group_chosen != group {
        let what = format!("Group size {group} → {group_chosen}");
        ctx.edit(what, None, move |setup| setup.linear.affine.group = group_chosen);
    }
}

/// Decimals that three digits of the largest weight need: all matrices of a row share them.
fn decimals(values: &[f32]) -> usize {
    let wide: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    format::common_decimals(&wide, 3).clamp(2, 3)
}

/// Numbers of a matrix; what rounds to 0 is `0`. Narrow cells, for three decimals, lose the 0 before the point.
fn numbers(values: &[f32], decimals: usize) -> Vec<String> {
    let text = |value: &f32| {
        let text = format::fixed(f64::from(*value), decimals);
        if text.trim_matches(['0', '.']).is_empty() {
            "0".to_owned()
        } else if decimals > 2 && value.abs() < 0.9 {
            text.replacen("0.", ".", 1)
        } else {
            text
        }
    };
    values.iter().map(text).collect()
}

/// Texts for cells so wide, and what they are to be multiplied by: small numbers stand without their zeros where cells are narrow.
fn scaled(values: &[f32], decimals: usize, width: f32) -> (Vec<String>, String) {
    // As many characters as the smallest font of a cell has room for.
    let room = ((width - 6.0) / 7.4) as usize;
    let plain = numbers(values, decimals);
    let longest = plain.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if longest <= room || largest >= 0.1 || largest == 0.0 {
        return (plain, String::new());
    }
    let exponent = largest.log10().floor() as i32;
    let factor = 10_f64.powi(-exponent);
    let text = |value: &f32| {
        let text = format::fixed(f64::from(*value) * factor, 1);
        if text.trim_start_matches('\u{2212}') == "0.0" { "0".to_owned() } else { text }
    };
    (values.iter().map(text).collect(), format!("× 10{}", format::raised(exponent)))
}

fn filled(texts: Vec<String>, fill: impl Fn(usize) -> Fill) -> Vec<(String, Fill)> {
    texts.into_iter().enumerate().map(|(index, text)| (text, fill(index))).collect()
}

/// Weights, codes, reconstruction, error; beside them k-means' error and the codes' bits.
fn cells_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let Some(both) = beside(ctx, view) else { return card::nothing(ui, "Quantizing all weights") };
    let tokens = tokens(ui.ctx());
    let cells = match &both.value.linear {
        Ok(cells) => cells,
        Err(reason) => return card::nothing(ui, reason),
    };
    let (places, columns) = view.corner();
    // While another tensor's cells are computed, those of the one before stand here, and both quantizers need not have come as far.
    let held = both.value.kmeans.as_ref().map_or(usize::MAX, |kmeans| kmeans.restored.len());
    let shown = places.len().min(cells.codes.len()).min(cells.restored.len()).min(held);
    let values: Vec<f32> = places.iter().take(shown).map(|&place| view.values()[place]).collect();
    let digits = decimals(&values);
    let levels = 1_usize << view.linear.bits;
    let grouped = cells.scales.len() > 1;
    let largest = values.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let colored = |index: usize| {
        if grouped { Fill::Signed(values[index] / largest) } else { Fill::Level(cells.ranks[index], levels) }
    };
    let errors =
        |cells: &Cells| -> Vec<f32> { (0..shown).map(|index| values[index] - cells.restored[index]).collect() };
    let own = errors(cells);
    let kmeans = both.value.kmeans.as_ref().ok().map(|kmeans| (errors(kmeans), kmeans));
    let worst = own.iter().fold(f32::MIN_POSITIVE, |worst, error| worst.max(error.abs()));
    let fine = format::common_decimals(&[f64::from(worst)], 2).clamp(digits, 4);
    let bits = u32::from(view.linear.bits);
    let look = PlotLook::of(ctx.presenting);
    // The outline of a linked cell reaches a little over the last matrix.
    let (room, height) = (ui.available_width() - 6.0, ui.available_height());
    let gap = 20.0;
    // Widths of cells: weights, codes, reconstruction, error; bits and k-means where there is room.
    let binary_width = 0.5 + 0.11 * bits as f32;
    let (mut with_binary, mut with_kmeans) = (bits <= 8 && columns <= 5, kmeans.is_some());
    let unit_of = |binary: bool, kmeans: bool| {
        let shares = 3.72 + if binary { binary_width } else { 0.0 } + if kmeans { 1.0 } else { 0.0 };
        let gaps = 3.0 + f32::from(binary) + f32::from(kmeans);
        (room - gap * gaps) / (shares * columns as f32)
    };
    // What does not fit at a readable width goes: bits first, then k-means.
    let least = if ctx.presenting { 44.0 } else { 33.0 };
    with_binary &= unit_of(with_binary, with_kmeans) >= least;
    with_kmeans &= unit_of(with_binary, with_kmeans) >= least;
    let unit = unit_of(with_binary, with_kmeans).clamp(26.0, 64.0);
    let signed = |errors: &[f32]| {
        let fills: Vec<Fill> = errors.iter().map(|error| Fill::Signed(error / worst)).collect();
        let (texts, power) = scaled(errors, fine, unit);
        (filled(texts, |index| fills[index]), power)
    };
    // An underline needs room under the number.
    let low = ui.available_height() < 140.0 || shown > 5 * columns;
    let underline =
        |index: usize| if grouped || low { Fill::Plain } else { Fill::Underline(cells.ranks[index], levels) };
    let codes = filled(cells.codes.iter().map(|&code| whole(code)).collect(), underline);
    let bit_texts = filled(cells.codes.iter().map(|&code| binary(code, bits)).collect(), |_| Fill::Plain);
    let sse = format!("SSE {}", format::number(cells.report.sse));
    let count = view.values().len();
    let codes_cost = format!("{} × {bits} bit", format::count(count as u64));
    let code_kind = format!("int{bits}");
    struct Shown<'a> {
        title: &'a str,
        kind: String,
        cost: String,
        cells: Vec<(String, Fill)>,
        width: f32,
    }
    let (weights, power) = scaled(&values, digits, unit);
    let weights_kind = if power.is_empty() { "r".to_owned() } else { power };
    let (restored, restored_power) = scaled(&cells.restored[..shown], digits, unit);
    let (own_cells, own_power) = signed(&own);
    let mut all = vec![
        Shown {
            title: "Weights W",
            kind: weights_kind,
            cost: String::new(),
            cells: filled(weights, colored),
            width: 1.0,
        },
        Shown { title: "Codes", kind: code_kind, cost: codes_cost, cells: codes, width: 0.72 },
        Shown {
            title: "Reconstruction",
            kind: restored_power,
            cost: "S (q − Z)".to_owned(),
            cells: filled(restored, colored),
            width: 1.0,
        },
        Shown { title: "Error W − R", kind: own_power, cost: sse, cells: own_cells, width: 1.0 },
    ];
    if with_binary {
        let width = binary_width;
        all.insert(2, Shown { title: "Binary", kind: String::new(), cost: String::new(), cells: bit_texts, width });
    }
    if let Some((errors, kmeans)) = kmeans.as_ref().filter(|_| with_kmeans) {
        let cost = format!("SSE {}", format::number(kmeans.report.sse));
        let (cells, kind) = signed(errors);
        all.push(Shown { title: "K-means error", kind, cost, cells, width: 1.0 });
    }
    let rows = shown.div_ceil(columns.max(1)).max(1);
    let captions = Matrix::compact_height(&look, true);
    let tall = ((height - captions) / rows as f32).clamp(15.0, 38.0);
    let selected = places.iter().take(shown).position(|&place| place == view.selected);
    let linked = ctx.state.linear.affine.linked.or(selected);
    let (mut hovered, mut picked) = (None, None);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        if both.stale {
            ui.set_opacity(theme::STALE);
        }
        for shown in &all {
            let cell = vec2((unit * shown.width).floor(), tall);
            let matrix = Matrix {
                title: shown.title,
                kind: &shown.kind,
                cost: &shown.cost,
                columns,
                cells: &shown.cells,
                linked,
                cell,
                look: look.clone(),
            };
            let response = matrix.show_compact(ui);
            hovered = hovered.or(response.hovered);
            picked = picked.or(response.selected);
        }
    });
    ctx.state.linear.affine.linked = hovered;
    if let Some(cell) = picked {
        ctx.act(Action::SelectWeight(places[cell]));
    }
    if both.stale {
        let at = ui.max_rect().right_bottom();
        ui.painter().text(at, egui::Align2::RIGHT_BOTTOM, "updating", theme::small(), tokens.muted);
    }
}

/// One scale for all, one a row, one a group, side by side.
fn granularity_ui(ctx: &mut PageContext<'_>, view: &View, ui: &mut Ui) {
    let Some(loaded) = ctx.loaded().cloned() else { return };
    let (places, width) = view.corner();
    let group = ctx.setup().linear.affine.group;
    let key = (view.key, view.linear.clone(), view.outlier.map(f32::to_bits), group, places.clone());
    let result = ctx.derive(
        "linear/granularity",
        "Per tensor, channel and group",
        key,
        move |(_, linear, outlier, group, places), handle| {
            let (values, _) = with_outlier(&loaded.values, outlier.map(f32::from_bits));
            sharings(&values, &loaded.shape, linear, *group, places, handle)
        },
    );
    let Some(result) = result else { return card::nothing(ui, "Quantizing all weights") };
    let tokens = tokens(ui.ctx());
    // While another tensor's cells are computed, those of the one before stand here.
    let held =
        result.value.iter().filter_map(|sharing| sharing.cells.as_ref().ok()).map(|cells| cells.restored.len()).min();
    let values: Vec<f32> = places.iter().take(held.unwrap_or(0)).map(|&place| view.values()[place]).collect();
    let digits = decimals(&values);
    let error = |cells: &Cells, index: usize| values[index] - cells.restored[index];
    let fitting: Vec<&Cells> = result.value.iter().filter_map(|sharing| sharing.cells.as_ref().ok()).collect();
    let worst = fitting
        .iter()
        .flat_map(|cells| (0..values.len()).map(|index| error(cells, index).abs()))
        .fold(f32::MIN_POSITIVE, f32::max);
    let fine = format::common_decimals(&[f64::from(worst)], 2).clamp(digits, 4);
    let best = fitting.iter().map(|cells| cells.report.sse).fold(f64::INFINITY, f64::min);
    let area = ui.max_rect();
    let look = PlotLook::of(ctx.presenting);
    for (rect, sharing) in columns(area, &[1.0, 1.0, 1.0], 24.0).into_iter().zip(result.value.iter()) {
        let title = match sharing.per {
            Per::Tensor => "Per tensor".to_owned(),
            Per::Channel(_) => "Per channel".to_owned(),
            Per::Group(size) => format!("Per group of {size}"),
        };
        let mut column = column_in(ui, &title, rect);
        column.spacing_mut().item_spacing.y = 4.0;
        let cells = match &sharing.cells {
            Ok(cells) => cells,
            Err(reason) => {
                remark(&mut column, &format!("{title}: {reason}"), tokens.error);
                continue;
            }
        };
        column.horizontal(|ui| {
            let sse = format::number(cells.report.sse);
            figure(ui, "SSE", &sse, 18.0);
            if cells.report.sse == best && fitting.len() > 1 {
                remark(ui, "lowest", tokens.good);
            }
        });
        let scales = cells.scales.len() as u64;
        let word = if scales == 1 { "scale" } else { "scales" };
        let share = f64::from(32_u32) * scales as f64 / view.values().len().max(1) as f64;
        let rule = match sharing.per {
            Per::Group(size) if !view.matrix.1.is_multiple_of(size) => "; the last group of a row is shorter",
            _ => "",
        };
        note(
            &mut column,
            &format!("{} {word}, {} bit a weight as float32{rule}", format::count(scales), format::number(share)),
        );
        let errors: Vec<f32> = (0..values.len()).map(|index| error(cells, index)).collect();
        let rows = values.len().div_ceil(width.max(1)).max(1);
        let room = column.available_height() - Matrix::compact_height(&look, false);
        let tall = (room / rows as f32).clamp(13.0, 30.0);
        // Beside each row its scale.
        let beside = 86.0;
        let cell = vec2(((rect.width() - beside) / width.max(1) as f32).clamp(24.0, 56.0).round(), tall);
        let (texts, power) = scaled(&errors, fine, cell.x);
        let shown = filled(texts, |index| Fill::Signed(errors[index] / worst));
        let name = format!("{title}: error");
        let matrix = Matrix {
            title: &name,
            kind: &power,
            cost: "",
            columns: width,
            cells: &shown,
            linked: None,
            cell,
            look: look.clone(),
        };
        let response = matrix.show_compact(&mut column).response;
        for row in 0..rows {
            let groups: Vec<usize> = {
                let mut groups = cells.groups[row * width..((row + 1) * width).min(cells.groups.len())].to_vec();
                groups.dedup();
                groups
            };
            let text = match groups.as_slice() {
                [only] if sharing.per == Per::Tensor && row > 0 => {
                    let _ = only;
                    continue;
                }
                [only] => format!("S {}", format::significant(f64::from(cells.scales[*only]), 3)),
                many => many
                    .iter()
                    .take(2)
                    .map(|group| format::significant(f64::from(cells.scales[*group]), 3))
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            let at = egui::pos2(response.rect.right() + 8.0, response.rect.top() + (row as f32 + 0.5) * tall);
            column.painter().text(at, egui::Align2::LEFT_CENTER, text, look.caption.clone(), tokens.muted);
        }
    }
}
