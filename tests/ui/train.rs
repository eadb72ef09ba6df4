//! The page Train, worked by label.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};
use quantscope::sources::NetworkSource;

use crate::window;

/// A training that takes a moment.
const SHORT: &str = "kmeans:bits=1; epochs=2; rate=0.0005; optimizer=adam; pictures=640; seed=0";

fn start(setting: Option<&str>) -> Harness<'static, App> {
    let options = Options { page: Some("train"), setting: setting.map(str::to_owned), ..Options::default() };
    window(options)
}

fn setting(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().network.training.to_string()
}

fn choose(harness: &mut Harness<'_, App>, selector: &str, option: &str) {
    harness.get_by_role_and_label(Role::ComboBox, selector).click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItemRadio, option).click();
    harness.run();
}

/// The accuracies that the card says: before, after.
fn accuracies(harness: &Harness<'_, App>) -> Vec<f64> {
    let chart = harness.get_by_label_contains("Accuracy: ").accesskit_node().label().unwrap_or_default();
    chart.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn shared_centroids_learn_and_the_result_is_a_network_for_every_page() {
    let mut harness = start(Some(SHORT));
    assert_eq!(harness.get_all_by_label_contains("Nothing trained yet").count(), 2, "of loss and of accuracy");
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.run();
    harness.get_by_label_contains("training, step 20: cross-entropy");
    harness.get_by_label_contains("test, step 20: right answers");
    assert!(accuracies(&harness).len() > 2);
    // Two centroids a layer, and where the gradients lie.
    harness.get_by_label_contains("Weights: before, weight");
    harness.get_by_label_contains("E4M3FN: ");
    choose(&mut harness, "Layer", "ip3");
    choose(&mut harness, "Loss scale", "× 4,096");
    choose(&mut harness, "Grid", "FP4 E2M1");
    harness.get_by_label_contains("FP4 E2M1: ");
    harness.get_by_role_and_label(Role::Button, "Use").click();
    harness.run();
    let network = harness.state().session().setup().network.choice.network.clone();
    assert!(matches!(&network, NetworkSource::Trained(_)), "{network:?}");
    assert_eq!(network.title(), "LeNet-300-100, kmeans:bits=1");
    // Measured on the page Accuracy, and its two values are what one bit needs.
    harness.get_by_role_and_label(Role::Tab, "Accuracy").click();
    harness.run();
    harness.get_by_label_contains("measured on 10,000 pictures");
    let shown = harness.get_by_role_and_label(Role::ComboBox, "Network").accesskit_node().value();
    assert_eq!(shown.as_deref(), Some("LeNet-300-100, kmeans:bits=1"));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run();
    let network = harness.state().session().setup().network.choice.network.clone();
    assert_eq!(network, NetworkSource::built_in("lenet-300-100"), "one step back");
}

#[test]
fn the_result_is_saved_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tuned.safetensors");
    let mut harness = start(Some("bwn; epochs=1; pictures=64"));
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Save…").click();
    harness.run_steps(6);
    let Some(field) = harness.query_by_label("Path") else {
        // A desktop session answers with its own dialog, which no test can work.
        return;
    };
    field.click();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.get_by_label("Path").type_text(path.to_str().unwrap());
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Save").click();
    harness.run();
    let (network, _) = quantscope::io::open_network(Path::new(&path)).unwrap();
    assert_eq!(network.name, "lenet-300-100");
    let values: std::collections::BTreeSet<u32> = network.parameters[0].values.iter().map(|v| v.to_bits()).collect();
    assert_eq!(values.len(), 600, "±α for each of 300 filters");
}

#[test]
fn what_is_trained_is_set_by_selectors_and_undone() {
    let mut harness = start(None);
    let first = setting(&harness);
    assert!(first.starts_with("kmeans:bits=1; epochs=3; "), "{first}");
    choose(&mut harness, "Weights are", "Binary, BWN");
    choose(&mut harness, "Epochs", "5 epochs");
    choose(&mut harness, "Pictures", "2,000 pictures");
    choose(&mut harness, "Starts", "from fresh ones");
    assert_eq!(setting(&harness), "bwn; epochs=5; rate=0.001; optimizer=adam; pictures=2000; seed=0; fresh");
    // Indices of centroids mean nothing for fresh weights.
    choose(&mut harness, "Weights are", "K-means, centroids move");
    choose(&mut harness, "Bits", "3 bit");
    assert_eq!(setting(&harness), "kmeans:bits=3; epochs=5; rate=0.002; optimizer=adam; pictures=2000; seed=0");
    choose(&mut harness, "Course", "layer by layer");
    assert_eq!(
        setting(&harness),
        "kmeans:bits=3; epochs=1; rate=0.0005; optimizer=adam; pictures=2000; seed=0; incremental"
    );
    choose(&mut harness, "Weights are", "Pruned, stays 0");
    choose(&mut harness, "Course", "in 3 rounds");
    assert!(setting(&harness).ends_with("; rounds=3"), "{}", setting(&harness));
    for _ in 0..9 {
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
        harness.run();
    }
    assert_eq!(setting(&harness), first);
}

#[test]
fn a_rate_that_is_too_high_stops_with_its_reason_and_a_way_on() {
    let mut harness = start(Some("float32; epochs=1; rate=1000000; pictures=640"));
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.run();
    harness.get_by_label_contains("stopped: training diverged at step");
    harness.get_by_role_and_label(Role::Button, "Train");
}

#[test]
fn rounds_of_pruning_show_how_much_is_zero_and_where_each_begins() {
    let mut harness = start(Some("prune:share=0.75; epochs=1; rate=0.01; pictures=256; rounds=2"));
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.run();
    let loss = harness.get_by_label_contains("Loss: ").accesskit_node().label().unwrap_or_default();
    assert!(loss.contains("50.0 %") && loss.contains("75.0 %"), "{loss}");
    harness.get_by_label_contains("Weights: before, weight");
}
