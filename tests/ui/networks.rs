//! The pages of the group Networks, worked by label and key.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

use crate::window;

fn start() -> Harness<'static, App> {
    let options = Options { page: Some("accuracy"), setting: Some("kmeans:bits=2".to_owned()), ..Options::default() };
    window(options)
}

/// The points that the page says are lost.
fn points_lost(harness: &Harness<'_, App>) -> f64 {
    let said = harness.get_by_label_contains("points below float32").accesskit_node().value().unwrap_or_default();
    said.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {said:?}"))
}

#[test]
fn fewer_bits_cost_more_and_untouched_layers_cost_nothing() {
    let mut harness = start();
    harness.get_by_label_contains("measured on 10,000 pictures");
    let two_bits = points_lost(&harness);
    assert!((2.0..6.0).contains(&two_bits), "{two_bits}");
    harness.get_by_label_contains("Pictures that changed class: 5");
    harness.get_by_label_contains("Classes by answers; most frequent error:");
    harness.get_by_label_contains("ip1: 235,200 weights");
    harness.get_by_label_contains("Accuracy by bits: quantized, 1");
    harness.key_press(Key::Num1);
    harness.run();
    assert_eq!(harness.state().session().scheme().to_string(), "kmeans:bits=1");
    let one_bit = points_lost(&harness);
    assert!(one_bit > two_bits + 15.0, "{one_bit} points at 1 bit, {two_bits} at 2");
    // This network has no convolution: nothing is quantized then.
    harness.get_by_role_and_label(Role::RadioButton, "Convolution").click();
    harness.run();
    harness.get_by_label_contains("the same as float32 (97.");
    harness.get_by_label("Every answer is as in float32");
    assert!(harness.query_by_label_contains("Pictures that changed class: ").is_none());
}
