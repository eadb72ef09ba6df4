//! The table of tensors.

use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::view::table::TableRow;
use quantscope::app::widgets::tensor_table::{TableState, TensorTable};
use quantscope::engine::Silent;
use quantscope::engine::tensor::{Summary, Tensor};

use super::harness;

/// A table of many tensors.
struct Table {
    rows: Vec<TableRow>,
    state: TableState,
    selected: usize,
    wide: bool,
}

impl Table {
    fn new(count: usize) -> Self {
        let row = |index: usize| {
            let shape = vec![1 + index % 7, 3];
            let values = vec![index as f32; 3 + index % 7 * 3];
            let summary = Summary::of(&values, &Silent).unwrap();
            let mut row = TableRow::new(&Tensor::in_memory(format!("layer{index}.weight"), shape, values));
            row.moments = Some(summary.moments);
            row.metric = (!index.is_multiple_of(3)).then_some((index * 7919 % 5003) as f64 / 100.0);
            row
        };
        Self { rows: (0..count).map(row).collect(), state: TableState::default(), selected: 0, wide: false }
    }

    fn ui(ui: &mut egui::Ui, state: &mut Self) {
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
