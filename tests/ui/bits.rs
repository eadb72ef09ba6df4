//! The page of bits, worked by label.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options, pages};

use crate::window;

fn start(page: &'static str, setting: &str) -> Harness<'static, App> {
    let options = Options { page: Some(page), setting: Some(setting.to_owned()), ..Options::default() };
    window(options)
}

fn press(harness: &mut Harness<'_, App>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run();
}

#[test]
fn published_tables_stand_there_before_anything_is_measured() {
    let mut harness = start("bits", "kmeans:bits=4");
    harness.get_by_label_contains("Accuracy by bits: AlexNet convolution, published");
    harness.get_by_label("4 / 2, 44.77, 22.33, +1.99, +2.60");
    harness.get_by_label_contains("face attributes, table 4.7, published, 25 cells");
    press(&mut harness, Role::RadioButton, "Age");
    harness.get_by_label_contains("age, table 4.8, published, 25 cells");
    harness.get_by_role_and_label(Role::Button, "Measure");
}

#[test]
fn weights_and_activations_are_measured_together() {
    // One width of weights beside float32, all widths of activations.
    let mut harness = start("bits", "binary");
    press(&mut harness, Role::Tab, "Weights × activations");
    harness.get_by_label_contains("face attributes, table 4.7, published, 25 cells");
    harness.get_by_label_contains("age, table 4.8, published, 25 cells");
    press(&mut harness, Role::Button, "Measure");
    harness.get_by_label_contains(
        "Accuracy by bits of weights and activations, 18 of 81 cells; largest: weights in 1 bit",
    );
}

#[test]
fn a_mix_is_found_measured_and_used_on_the_page_accuracy() {
    let mut harness = start("bits", "linear:bits=4");
    press(&mut harness, Role::Tab, "Layer by layer");
    harness.get_by_label("Measure first: the layers' losses decide");
    press(&mut harness, Role::Button, "Measure");
    harness.get_by_label_contains("What each layer adds to the loss, 24 cells; largest: ip");
    harness.get_by_label_contains("Accuracy by size: one width for all");
    harness.get_by_label_contains("measured on 10,000 pictures");
    // Bits of the layer that holds most of the weights.
    let bits = |harness: &Harness<'_, App>| {
        let said = harness.get_by_label_contains("ip1: ").accesskit_node().value().unwrap_or_default();
        said.split(' ').nth(1).and_then(|bits| bits.parse().ok()).unwrap_or(32)
    };
    let tight: u32 = bits(&harness);
    assert!((1..=3).contains(&tight), "{tight} bits at 12 times smaller");
    press(&mut harness, Role::RadioButton, "Accuracy");
    harness.get_by_label_contains("What each layer takes from the accuracy");

    // A looser size gives more bits.
    harness.get_by_label("Target size").focus();
    harness.run();
    for _ in 0..40 {
        harness.key_press(egui::Key::ArrowLeft);
    }
    harness.run();
    let ratio = harness.state().session().setup().network.bits.ratio;
    assert!(ratio < 12.0, "{ratio}");
    assert!(bits(&harness) > tight, "{} bits", bits(&harness));

    press(&mut harness, Role::Button, "Use on Accuracy");
    let widths = harness.state().session().setup().network.widths().unwrap().to_vec();
    assert_eq!(widths.len(), 3);
    harness.get_by_label_contains("measured on 10,000 pictures");
    harness.get_by_label("Bits of ip1");
    let text = pages::link("accuracy").get(harness.state().session().setup());
    assert!(text.starts_with("linear:bits=8@") && text.matches('/').count() == 2, "{text}");
    // All layers alike again.
    press(&mut harness, Role::RadioButton, "All layers");
    assert!(harness.state().session().setup().network.widths().is_none());
}

#[test]
fn every_layer_has_a_width_of_its_own() {
    let mut harness = start("accuracy", "linear:bits=3");
    press(&mut harness, Role::RadioButton, "Each layer");
    let widths = |harness: &Harness<'_, App>| harness.state().session().setup().network.widths().map(<[_]>::to_vec);
    assert_eq!(widths(&harness), Some(vec![Some(3); 3]));
    harness.get_by_label("Bits of ip2").click();
    harness.run();
    press(&mut harness, Role::MenuItemRadio, "float32");
    assert_eq!(widths(&harness), Some(vec![Some(3), None, Some(3)]));
    harness.get_by_label_contains("ip2: 30,000 weights, SQNR of weights float32");
    harness.key_press(egui::Key::Num2);
    harness.run();
    assert_eq!(widths(&harness), Some(vec![Some(2); 3]));
}
