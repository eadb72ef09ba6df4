//! What the plots, maps and tables do when they are clicked, scrolled and read aloud.

use std::cell::RefCell;
use std::rc::Rc;

use egui::{Key, Modifiers, Rect, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::view::axis::Spacing;
use quantscope::app::view::format;
use quantscope::app::view::heat::limit;
use quantscope::app::view::inspect::Inspection;
use quantscope::app::view::rate::{Measure, Rate, RateSeries};
use quantscope::app::view::table::TableRow;
use quantscope::app::widgets::heat_map::{HeatMaps, HeatState};
use quantscope::app::widgets::histogram::{Histogram, HistogramState};
use quantscope::app::widgets::inspector::inspector;
use quantscope::app::widgets::matrix::{Fill, Matrix};
use quantscope::app::widgets::plot::PlotLook;
use quantscope::app::widgets::rate_plot::RatePlot;
use quantscope::app::widgets::tensor_table::{TableState, TensorTable};
use quantscope::app::{fonts, theme};
use quantscope::engine::Silent;
use quantscope::engine::quantize::{self, Fitted, Levels};
use quantscope::engine::tensor::{Summary, Tensor};

/// A harness with the program's fonts and colours.
fn harness<'a, State: 'a>(
    size: Vec2,
    ui: impl FnMut(&mut egui::Ui, &mut State) + 'a,
    state: State,
) -> Harness<'a, State> {
    Harness::builder()
        .with_size(size)
        .with_context_setup(|ctx| {
            fonts::install(ctx);
            theme::apply(ctx);
        })
        .with_max_steps(64)
        // Short enough for a double click.
        .with_step_dt(0.05)
        .build_ui_state(ui, state)
}

/// Bell-like, and the same on every machine.
fn bell(count: usize) -> Vec<f32> {
    let wave = |index: f64| (index * 0.7).sin() + (index * 1.3).sin() + (index * 2.1).sin();
    (0..count).map(|index| (wave(index as f64) / 3.0) as f32).collect()
}

fn fit(values: &[f32], shape: &[usize], scheme: &str) -> (Summary, Fitted, Levels) {
    let summary = Summary::of(values, &Silent).unwrap();
    let fitted = quantize::quantize(values, shape, &scheme.parse().unwrap(), Some(&summary), &Silent).unwrap();
    let levels = quantize::levels(&fitted.quantized, 0);
    (summary, fitted, levels)
}

/// Heat maps over an inspector, as the tensor page has them.
struct Weights {
    values: Vec<f32>,
    matrix: (usize, usize),
    fitted: Fitted,
    heat: HeatState,
    selected: (usize, usize),
}

impl Weights {
    fn new(values: Vec<f32>, matrix: (usize, usize)) -> Self {
        let (_, fitted, _) = fit(&values, &[matrix.0, matrix.1], "kmeans:bits=4");
        Self { values, matrix, fitted, heat: HeatState::default(), selected: (0, 0) }
    }

    fn ui(ui: &mut egui::Ui, state: &mut Self) {
        let quantized = &state.fitted.quantized;
        let reconstruction = |index: usize| quantized.value(index);
        let area = ui.available_rect_before_wrap();
        let maps = HeatMaps {
            matrix: state.matrix,
            original: &state.values,
            reconstruction: Some(&reconstruction),
            tensor: 1,
            revision: 1,
            value_limit: limit(0.4, 1.0),
            error_limit: limit(0.04, 0.2),
            selected: state.selected,
            look: PlotLook::default(),
        };
        let upper = Rect::from_min_size(area.min, vec2(area.width(), 160.0));
        let response =
            ui.scope_builder(egui::UiBuilder::new().max_rect(upper), |ui| maps.show(ui, &mut state.heat)).inner;
        if let Some(cell) = response.selected {
            state.selected = cell;
        }
        let (row, column) = state.selected;
        let weight = Inspection::new(&state.values, quantized, state.matrix.1, row, column).unwrap();
        let lower = Rect::from_min_max(pos2(area.left(), upper.bottom() + 10.0), area.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(lower), |ui| {
            inspector(ui, &weight, quantized.bits, &PlotLook::default());
        });
    }
}

#[test]
fn a_click_on_any_map_inspects_that_weight() {
    let mut harness = harness(vec2(520.0, 460.0), Weights::ui, Weights::new(bell(512 * 128), (512, 128)));
    harness.run();
    let maps = harness.get_by_label_contains("selected [0, 0]").rect();
    // Three pixels a cell, the maps a third of what the colour bar leaves, side by side.
    let side = (maps.width() - 54.0 - 3.0 * 13.0) / 3.0;
    for (map, row, column) in [(0.0, 12, 20), (1.0, 3, 5), (2.0, 30, 40)] {
        let at = maps.min + vec2(map * (side + 13.0) + column as f32 * 3.0 + 1.5, row as f32 * 3.0 + 1.5);
        click(&mut harness, at);
        assert_eq!(harness.state().selected, (row, column));
        let value = harness.state().values[row * 128 + column];
        harness.get_by_label(&format!("value {value:.6}").replace('-', "−"));
        let code = harness.state().fitted.quantized.codes.get(row * 128 + column);
        harness.get_by_label(&format!("code {code}"));
        harness.get_by_label(&format!("Bits {code:04b}"));
    }
}

#[test]
fn arrows_move_the_selection_and_bring_it_into_view() {
    let mut harness = harness(vec2(520.0, 460.0), Weights::ui, Weights::new(bell(512 * 128), (512, 128)));
    harness.run();
    let maps = harness.get_by_label_contains("selected [0, 0]").rect();
    click(&mut harness, maps.min + vec2(1.0, 1.0));
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowDown, Key::ArrowUp, Key::ArrowUp, Key::End] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(harness.state().selected, (0, 127));
    let words = harness.state().heat.words((512, 128));
    assert!(words.ends_with("–127 of 128"), "{words}");
    harness.key_press(Key::PageDown);
    harness.run();
    assert!(harness.state().selected.0 > 20);
    assert!(!harness.state().heat.words((512, 128)).starts_with("rows 0–"));
}

#[test]
fn weights_that_are_no_numbers_have_a_place_and_a_name() {
    let mut values = bell(64);
    values[9] = f32::NAN;
    let mut harness = harness(vec2(520.0, 460.0), Weights::ui, Weights::new(values, (8, 8)));
    harness.run();
    harness.state_mut().selected = (1, 1);
    harness.run();
    harness.get_by_label("value NaN");
    harness.get_by_label("error –");
}

/// A table of many tensors.
struct Table {
    rows: Vec<TableRow>,
    state: TableState,
    selected: usize,
    wide: bool,
    frames: Rc<RefCell<usize>>,
}

impl Table {
    fn new(count: usize) -> Self {
        let row = |index: usize| {
            let shape = vec![1 + index % 7, 3];
            let values = vec![index as f32; 3 + index % 7 * 3];
            let summary = Summary::of(&values, &Silent).unwrap();
            let mut row = TableRow::new(&Tensor::in_memory(format!("layer{index}.weight"), shape, values));
            row.moments = Some(summary.moments);
            row.metric = (index % 3 != 0).then_some((index * 7919 % 5003) as f64 / 100.0);
            row
        };
        Self {
            rows: (0..count).map(row).collect(),
            state: TableState::default(),
            selected: 0,
            wide: false,
            frames: Rc::default(),
        }
    }

    fn ui(ui: &mut egui::Ui, state: &mut Self) {
        *state.frames.borrow_mut() += 1;
        let metric = ("SQNR 4 bit", "dB");
        let table = TensorTable { rows: &state.rows, revision: 1, selected: state.selected, metric, wide: state.wide };
        if let Some(row) = table.show(ui, &mut state.state) {
            state.selected = row;
        }
    }
}

fn selected_row(harness: &Harness<'_, Table>) -> String {
    let is_selected = |node: &egui_kittest::Node<'_>| node.accesskit_node().is_selected() == Some(true);
    let selected: Vec<_> = harness.get_all_by_role(egui::Role::ListItem).filter(is_selected).collect();
    assert_eq!(selected.len(), 1, "exactly one row in view says that it is selected");
    selected[0].accesskit_node().label().unwrap()
}

/// The name in the topmost row.
fn first_row(harness: &Harness<'_, Table>) -> String {
    let rows = harness.get_all_by_role(egui::Role::ListItem);
    let top = rows.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    top.unwrap().accesskit_node().label().unwrap()
}

#[test]
fn five_thousand_tensors_draw_only_what_is_in_view() {
    let mut harness = harness(vec2(356.0, 600.0), Table::ui, Table::new(5_000));
    harness.run();
    let rows = harness.get_all_by_role(egui::Role::ListItem).count();
    assert!((8..=24).contains(&rows), "{rows} rows are drawn");
    harness.get_by_label("layer3.weight").click();
    harness.run();
    assert_eq!(harness.state().selected, 3);
    assert_eq!(selected_row(&harness), "layer3.weight");
}

#[test]
fn keys_move_the_selection_and_the_view_follows() {
    let mut harness = harness(vec2(356.0, 600.0), Table::ui, Table::new(5_000));
    harness.run();
    harness.get_by_label("layer0.weight").click();
    harness.run();
    for _ in 0..40 {
        harness.key_press(Key::ArrowDown);
        harness.run();
    }
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(harness.state().selected, 39);
    assert_eq!(selected_row(&harness), "layer39.weight");
    harness.key_press(Key::End);
    harness.run();
    assert_eq!(selected_row(&harness), "layer4999.weight");
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(selected_row(&harness), "layer0.weight");
}

#[test]
fn the_filter_narrows_and_says_when_nothing_matches() {
    let mut harness = harness(vec2(356.0, 600.0), Table::ui, Table::new(5_000));
    harness.run();
    harness.get_by_label("Filter tensors").focus();
    harness.run();
    harness.get_by_label("Filter tensors").type_text("LAYER49 3x3");
    harness.run();
    let expected = (0..5_000).filter(|index| index % 7 == 2 && format!("layer{index}.").contains("layer49")).count();
    assert!(expected > 3);
    harness.get_by_label(&format!("{expected} tensors"));
    harness.key_press(Key::ArrowDown);
    harness.run();
    let first = (0..5_000).find(|index| index % 7 == 2 && format!("layer{index}.").contains("layer49")).unwrap();
    assert_eq!(harness.state().selected, first, "from the field, ↓ goes to what matches");
    harness.get_by_label("Filter tensors").type_text(" conv9");
    harness.run();
    harness.get_by_label("0 tensors");
    assert!(harness.query_by_role(egui::Role::ListItem).is_none());
}

#[test]
fn heads_sort_and_unknown_values_stay_last() {
    let mut harness = harness(vec2(356.0, 600.0), Table::ui, Table::new(500));
    harness.run();
    let metric = |harness: &Harness<'_, Table>, name: &str| {
        harness.state().rows.iter().find(|row| row.name == name).unwrap().metric
    };
    let known = || (0..500).filter(|index| index % 3 != 0).map(|index| (index * 7919 % 5003) as f64 / 100.0);
    harness.get_by_label("SQNR 4 bit").click();
    harness.run();
    assert_eq!(metric(&harness, &first_row(&harness)), Some(known().fold(0.0, f64::max)));
    harness.get_by_label("SQNR 4 bit").click();
    harness.run();
    assert_eq!(metric(&harness, &first_row(&harness)), Some(known().fold(f64::MAX, f64::min)));
    harness.get_by_label("SQNR 4 bit").click();
    harness.run();
    assert_eq!(first_row(&harness), "layer0.weight");
}

#[test]
fn the_wide_table_has_every_column() {
    let mut table = Table::new(50);
    table.wide = true;
    let mut harness = harness(vec2(1100.0, 500.0), Table::ui, table);
    harness.run();
    for head in ["Name", "Shape", "Dtype", "Weights", "Min", "Max", "Mean", "Std", "Zeros", "SQNR 4 bit"] {
        harness.get_by_role_and_label(egui::Role::ColumnHeader, head);
    }
    harness.get_by_label("Mean").click();
    harness.run();
    assert_eq!(first_row(&harness), "layer49.weight");
}

#[test]
fn a_click_on_a_point_of_the_curve_returns_its_bits() {
    let values = bell(20_000);
    let summary = Summary::of(&values, &Silent).unwrap();
    let curve = |scheme: &str| quantize::curve(&summary, &[20_000], &scheme.parse().unwrap());
    let series = [
        RateSeries::new("k-means", &curve("kmeans:bits=4"), Rate::Bits, Measure::Sqnr),
        RateSeries::new("linear", &curve("linear:bits=4"), Rate::Bits, Measure::Sqnr),
    ];
    let current = (0_usize, 4_u32);
    let ui = move |ui: &mut egui::Ui, state: &mut (usize, u32)| {
        let plot = RatePlot {
            series: &series,
            measure: Measure::Sqnr,
            rate: Rate::Bits,
            current: Some(*state),
            look: PlotLook::default(),
        };
        if let Some(clicked) = plot.show(ui).clicked {
            *state = clicked;
        }
    };
    let mut harness = harness(vec2(276.0, 190.0), ui, current);
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    // Scan for the points instead of computing their places a second time: every one of the 16 must be reachable.
    let mut found = std::collections::BTreeSet::new();
    for x in 0..(plot.width() / 4.0) as usize {
        for y in 0..(plot.height() / 4.0) as usize {
            harness.state_mut().0 = 0;
            click(&mut harness, plot.min + vec2(x as f32 * 4.0, y as f32 * 4.0));
            found.insert(*harness.state());
        }
    }
    let all: Vec<(usize, u32)> = (0..2).flat_map(|place| (1..=8).map(move |bits| (place, bits))).collect();
    let missing: Vec<_> = all.iter().filter(|point| !found.contains(point)).collect();
    assert!(missing.is_empty(), "{missing:?} cannot be clicked");
}

/// A histogram with the levels of a scheme.
struct Plot {
    summary: Summary,
    levels: Levels,
    state: HistogramState,
    hovered: Option<usize>,
}

impl Plot {
    fn new(values: &[f32], scheme: &str) -> Self {
        let (summary, _, levels) = fit(values, &[values.len()], scheme);
        Self { summary, levels, state: HistogramState::default(), hovered: None }
    }

    fn ui(ui: &mut egui::Ui, state: &mut Self) {
        let histogram = Histogram {
            summary: &state.summary,
            levels: &state.levels,
            tensor: 1,
            revision: 1,
            spacing: Spacing::Log,
            code_offset: 0,
            clip: None,
            look: PlotLook::default(),
        };
        state.hovered = histogram.show(ui, &mut state.state).hovered_level;
    }
}

#[test]
fn unused_levels_are_counted_and_outliers_are_one_click_away() {
    let mut values = bell(65_536);
    values.push(30.0);
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&values, "linear:bits=6"));
    harness.run();
    let unused = harness.state().levels.counts.iter().filter(|count| **count == 0).count();
    assert!(unused > 50, "one outlier leaves most levels of a linear scheme unused, here {unused}");
    harness.get_by_label_contains(&format!("64 levels, {unused} unused"));
    let outside = harness.get_by_role(egui::Role::Button).accesskit_node().label().unwrap();
    assert!(outside.ends_with(" outside"), "{outside}");
    harness.get_by_label(&outside).click();
    harness.run();
    harness.get_by_label_contains(", 0 outside the view");
    harness.get_by_label("Reset view").click();
    harness.run();
    harness.get_by_label(&outside);
}

#[test]
fn the_pointer_reads_the_interval_that_it_is_in() {
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&bell(65_536), "kmeans:bits=2"));
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    let mut seen = Vec::new();
    for x in (56..515).step_by(6) {
        harness.hover_at(pos2(plot.left() + x as f32, plot.center().y));
        harness.run();
        seen.extend(harness.state().hovered);
    }
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3], "from left to right every level once");
    // Tooltips wait until the pointer rests.
    harness.run_steps(20);
    harness.get_by_label_contains(&format!("code 3, {} weights", format::count(harness.state().levels.counts[3])));
}

#[test]
fn the_wheel_zooms_and_a_double_click_resets() {
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&bell(65_536), "kmeans:bits=3"));
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    harness.hover_at(plot.center());
    harness.run();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Trackpad,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(8);
    let zoomed = harness.state().state.window().unwrap();
    assert!(zoomed.width() < 1.4, "{zoomed:?}");
    click(&mut harness, plot.center());
    click(&mut harness, plot.center());
    assert_eq!(harness.state().state.window(), None);
}

#[test]
fn linked_matrices_share_the_selected_cell() {
    let cells: Vec<(String, Fill)> = (0..16).map(|index| (index.to_string(), Fill::Level(index % 4, 4))).collect();
    let ui = move |ui: &mut egui::Ui, selected: &mut Option<usize>| {
        ui.horizontal(|ui| {
            for title in ["Weights W", "Index"] {
                let (kind, cost) = ("2-bit integer", "16 × 2 bit = 4 B");
                let cell = vec2(42.0, 42.0);
                let matrix = Matrix {
                    title,
                    kind,
                    cost,
                    columns: 4,
                    cells: &cells,
                    linked: *selected,
                    cell,
                    look: PlotLook::default(),
                };
                *selected = matrix.show(ui).selected.or(*selected);
            }
        });
    };
    let mut harness = harness(vec2(500.0, 300.0), ui, None);
    harness.run();
    let index = harness.get_by_label_contains("Index, 4 × 4: 0 1 2 3; 4").rect();
    click(&mut harness, index.min + vec2(42.0 * 2.5, 42.0 * 1.5));
    assert_eq!(*harness.state(), Some(6));
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(*harness.state(), Some(7), "the edge holds");
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(*harness.state(), Some(3));
}

fn click<State>(harness: &mut Harness<'_, State>, at: egui::Pos2) {
    harness.hover_at(at);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    harness.run();
}

/// The gallery: `QUANTSCOPE_GALLERY` names a folder for pictures of all of this, `QUANTSCOPE_GALLERY_MODEL` the safetensors file to
/// show (without it, synthetic weights).
mod gallery {
    use super::*;
    use quantscope::app::view::histogram::Window;
    use quantscope::app::view::ledger::LedgerView;
    use quantscope::app::widgets::card::card;
    use quantscope::app::widgets::error_histogram::error_histogram;
    use quantscope::app::widgets::ledger::ledger;
    use quantscope::engine::coding::Layout;
    use quantscope::engine::tensor::{Model, Sparkline};

    struct Scene {
        rows: Vec<TableRow>,
        selected: usize,
        table: TableState,
        histogram: HistogramState,
        heat: HeatState,
        values: Vec<f32>,
        shape: Vec<usize>,
        summary: Summary,
        fitted: Fitted,
        levels: Levels,
        series: Vec<RateSeries>,
        ledger: LedgerView,
        cell: (usize, usize),
        look: PlotLook,
    }

    fn model() -> Model {
        if let Some(path) = std::env::var_os("QUANTSCOPE_GALLERY_MODEL") {
            return quantscope::io::open(std::path::Path::new(&path)).unwrap();
        }
        let tensors = vec![Tensor::in_memory("lstm_cell.weight_hh", vec![512, 128], bell(512 * 128))];
        Model { name: "synthetic".to_owned(), tensors, metadata: Vec::new() }
    }

    impl Scene {
        fn new(scheme: &str, presenting: bool) -> Self {
            let model = model();
            let row = |tensor: &Tensor| {
                let values = tensor.values().unwrap();
                let summary = Summary::of(&values, &Silent).unwrap();
                let mut row = TableRow::new(tensor);
                row.moments = Some(summary.moments);
                row.sparkline = Some(Sparkline::of(&summary, 28));
                let preview = quantize::preview(&summary, &tensor.shape, &"kmeans:bits=4".parse().unwrap());
                row.metric = preview.and_then(|preview| preview.report.sqnr_db()).filter(|db| db.is_finite());
                row
            };
            let rows: Vec<TableRow> = model.tensors.iter().map(row).collect();
            let selected = rows.iter().position(|row| row.name.ends_with("weight_hh")).unwrap();
            let tensor = &model.tensors[selected];
            let values = tensor.values().unwrap().to_vec();
            let shape = tensor.shape.clone();
            let (summary, fitted, levels) = fit(&values, &shape, scheme);
            let curve = |scheme: &str| quantize::curve(&summary, &shape, &scheme.parse().unwrap());
            let series = [
                ("k-means", "kmeans:bits=4"),
                ("linear", "linear:bits=4"),
                ("symmetric", "linear:bits=4,range=restricted"),
            ];
            let series =
                series.map(|(name, scheme)| RateSeries::new(name, &curve(scheme), Rate::Bits, Measure::Sqnr)).to_vec();
            let quantized = &fitted.quantized;
            let parts = Layout::new(values.len(), quantized.bits, &quantized.decoder).ledger();
            let ledger = LedgerView::new(&parts, "float32", values.len() as u64 * 4);
            Self {
                rows,
                selected,
                table: TableState::default(),
                histogram: HistogramState::default(),
                heat: HeatState::default(),
                values,
                shape,
                summary,
                fitted,
                levels,
                series,
                ledger,
                cell: (12, 20),
                look: PlotLook::of(presenting),
            }
        }

        fn histogram(&mut self, ui: &mut egui::Ui, spacing: Spacing) {
            let look = self.look.clone();
            let (summary, levels) = (&self.summary, &self.levels);
            let widget =
                Histogram { summary, levels, tensor: 1, revision: 1, spacing, code_offset: 0, clip: None, look };
            widget.show(ui, &mut self.histogram);
        }

        fn ui(ui: &mut egui::Ui, scene: &mut Self) {
            let tokens = theme::tokens(ui.ctx());
            let all = ui.max_rect();
            ui.painter().rect_filled(all.expand(20.0), 0.0, tokens.canvas);
            let wide = all.width() > 1500.0;
            let (table, side) = if wide { (460.0, 420.0) } else { (356.0, 276.0) };
            let column = |left: f32, width: f32, top: f32, height: f32| {
                Rect::from_min_size(all.min + vec2(left, top), vec2(width, height))
            };
            let main = all.width() - table - side - 24.0;
            let (left, right) = (table + 12.0, table + main + 24.0);
            let rect = column(0.0, table, 0.0, all.height());
            egui::Frame::new().show(ui, |_| {});
            ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(1.0, 10.0))), |ui| {
                let metric = ("SQNR 4 bit", "dB");
                TensorTable { rows: &scene.rows, revision: 1, selected: scene.selected, metric, wide: false }
                    .show(ui, &mut scene.table);
            });
            let upper = all.height() * 0.55;
            card(ui, column(left, main, 0.0, upper), "lstm_cell.weight_hh", "", |ui| scene.histogram(ui, Spacing::Log));
            let words = scene.heat.words((512, 128));
            let rest = all.height() - upper - 12.0;
            card(ui, column(left, main, upper + 12.0, rest), "Weight by weight", &words, |ui| scene.maps(ui));
            card(ui, column(right, side, 0.0, 230.0), "Error by bits", "SQNR, dB", |ui| {
                let current = Some((0, scene.fitted.quantized.bits));
                let (series, look) = (&scene.series, scene.look.clone());
                RatePlot { series, measure: Measure::Sqnr, rate: Rate::Bits, current, look }.show(ui);
            });
            let headline = scene.ledger.headline();
            card(ui, column(right, side, 242.0, 150.0), "Size", &headline, |ui| ledger(ui, &scene.ledger, &scene.look));
            let title = format!("Weight [{}, {}]", scene.cell.0, scene.cell.1);
            card(ui, column(right, side, 404.0, all.height() - 404.0), &title, "", |ui| {
                let quantized = &scene.fitted.quantized;
                let (row, column) = scene.cell;
                let weight = Inspection::new(&scene.values, quantized, scene.shape[1], row, column).unwrap();
                inspector(ui, &weight, quantized.bits, &scene.look);
            });
        }

        fn maps(&mut self, ui: &mut egui::Ui) {
            let quantized = &self.fitted.quantized;
            let reconstruction = |index: usize| quantized.value(index);
            let report = &self.fitted.report;
            let root_mean_square = (report.signal / report.count as f64).sqrt();
            let maps = HeatMaps {
                matrix: (512, 128),
                original: &self.values,
                reconstruction: Some(&reconstruction),
                tensor: 1,
                revision: 1,
                value_limit: limit(root_mean_square, self.summary.moments.max_abs().into()),
                error_limit: limit(report.rmse().unwrap(), report.max_error),
                selected: self.cell,
                look: self.look.clone(),
            };
            if let Some(cell) = maps.show(ui, &mut self.heat).selected {
                self.cell = cell;
            }
        }

        /// What the first scene has no room for.
        fn more(ui: &mut egui::Ui, scene: &mut Self) {
            let tokens = theme::tokens(ui.ctx());
            let all = ui.max_rect();
            ui.painter().rect_filled(all.expand(20.0), 0.0, tokens.canvas);
            let cell = |left: f32, top: f32, width: f32, height: f32| {
                Rect::from_min_size(all.min + vec2(left, top), vec2(width, height))
            };
            card(ui, cell(0.0, 0.0, all.width(), 300.0), "Codebook", "", lecture);
            card(ui, cell(0.0, 312.0, 500.0, 230.0), "Errors", "exact, all 65,536 weights", |ui| {
                let fitted = &scene.fitted;
                let errors =
                    quantize::error_histogram(&scene.values, &fitted.quantized, &fitted.report, 81, &Silent).unwrap();
                error_histogram(ui, &errors, Spacing::Log, &scene.look);
            });
            card(ui, cell(512.0, 312.0, all.width() - 512.0, 230.0), "Linear counts, zoomed out", "", |ui| {
                scene.histogram(ui, Spacing::Linear);
            });
            let rect = cell(0.0, 554.0, all.width(), all.height() - 554.0);
            ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(1.0, 10.0))), |ui| {
                let metric = ("SQNR 4 bit", "dB");
                TensorTable { rows: &scene.rows, revision: 1, selected: scene.selected, metric, wide: true }
                    .show(ui, &mut scene.table);
            });
        }
    }

    fn lecture(ui: &mut egui::Ui) {
        let weights =
            [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49_f32];
        let codes = [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2];
        let centroids = [-1.0, 0.0, 1.5, 2.0_f32];
        let texts = |number: &dyn Fn(usize) -> String, fill: &dyn Fn(usize) -> Fill| -> Vec<(String, Fill)> {
            (0..16).map(|index| (number(index), fill(index))).collect()
        };
        let level = |index: usize| Fill::Level(codes[index], 4);
        let error = |index: usize| weights[index] - centroids[codes[index]];
        let sets = [
            (
                "Weights W",
                "32-bit float",
                texts(&|index| format::fixed(weights[index].into(), 2), &level),
                vec2(59.0, 42.0),
            ),
            (
                "Index",
                "2-bit integer",
                texts(&|index| codes[index].to_string(), &|index| Fill::Underline(codes[index], 4)),
                vec2(42.0, 42.0),
            ),
            (
                "Reconstruction",
                "codebook[index]",
                texts(&|index| format::fixed(centroids[codes[index]].into(), 2), &level),
                vec2(59.0, 42.0),
            ),
            (
                "Error",
                "W − reconstruction",
                texts(&|index| format::fixed(error(index).into(), 2), &|index| Fill::Signed(error(index) / 0.14)),
                vec2(59.0, 42.0),
            ),
        ];
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 36.0;
            for (title, kind, cells, cell) in &sets {
                let cost = "16 × 2 bit = 4 B";
                let (linked, look) = (Some(0), PlotLook::default());
                Matrix { title, kind, cost, columns: 4, cells, linked, cell: *cell, look }.show(ui);
            }
        });
    }

    fn picture(
        name: &str,
        size: Vec2,
        ppp: f32,
        dark: bool,
        scheme: &str,
        ui: fn(&mut egui::Ui, &mut Scene),
        set: fn(&mut Scene),
    ) {
        let Some(folder) = std::env::var_os("QUANTSCOPE_GALLERY") else { return };
        let mut scene = Scene::new(scheme, false);
        set(&mut scene);
        let mut harness = Harness::builder()
            .with_size(size)
            .with_pixels_per_point(ppp)
            .with_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light })
            .with_context_setup(|ctx| {
                fonts::install(ctx);
                theme::apply(ctx);
            })
            .with_max_steps(64)
            .with_step_dt(0.05)
            .build_ui_state(ui, scene);
        harness.run();
        harness.run();
        if name.contains("hover") {
            let at = harness.get_by_label_contains("Histogram of weights").rect().center();
            harness.hover_at(at);
            harness.run();
            harness.run_steps(30);
        }
        let picture = harness.render().unwrap();
        picture.save(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }

    #[test]
    fn pictures() {
        let nothing = |_: &mut Scene| {};
        let size = vec2(1180.0, 580.0);
        picture("weights-light", size, 1.0, false, "kmeans:bits=4", Scene::ui, nothing);
        picture("weights-dark", size, 1.0, true, "kmeans:bits=4", Scene::ui, nothing);
        picture("weights-15", size, 1.5, false, "kmeans:bits=4", Scene::ui, nothing);
        picture("weights-2bit-hover", size, 1.0, false, "kmeans:bits=2", Scene::ui, nothing);
        picture("weights-8bit", size, 1.0, true, "linear:bits=8", Scene::ui, nothing);
        picture("weights-1900", vec2(1820.0, 900.0), 1.0, false, "kmeans:bits=3", Scene::ui, nothing);
        let all = |scene: &mut Scene| {
            let _ = Window::all(&scene.summary, &scene.levels);
            scene.look = PlotLook::presenting();
        };
        picture("weights-present", vec2(1180.0, 580.0), 1.0, false, "kmeans:bits=4", Scene::ui, all);
        picture("more-light", vec2(1180.0, 860.0), 1.0, false, "linear:bits=5", Scene::more, nothing);
        picture("more-dark", vec2(1180.0, 860.0), 1.0, true, "linear:bits=5", Scene::more, nothing);
    }
}
