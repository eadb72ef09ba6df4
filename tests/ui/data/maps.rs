//! The heat maps with the inspector, and the small matrices.

use egui::{Key, Rect, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use quantscope::app::view::heat::limit;
use quantscope::app::view::inspect::Inspection;
use quantscope::app::widgets::heat_map::{HeatMaps, HeatState};
use quantscope::app::widgets::inspector::inspector;
use quantscope::app::widgets::matrix::{Fill, Matrix};
use quantscope::app::widgets::plot::PlotLook;
use quantscope::engine::quantize::Fitted;

use super::{bell, click, fit, harness};

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
