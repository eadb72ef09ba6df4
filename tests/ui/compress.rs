//! The pages that compress networks, worked by label.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::{App, Options};

use crate::window;

/// A recipe that takes a moment.
const QUICK: &str =
    "deep-compression:keep=0.07/0.09/0.26,bits=5/5/5,index=5/4/3,rounds=2,epochs=1,last=1,tune=1,pictures=1000,seed=0";

fn start(page: &'static str, setting: Option<&str>) -> Harness<'static, App> {
    let options = Options { page: Some(page), setting: setting.map(str::to_owned), ..Options::default() };
    window(options)
}

#[test]
fn the_pipeline_runs_and_stands_beside_the_paper() {
    let mut harness = start("deep-compression", Some(QUICK));
    harness.get_by_label_contains("Float32: 1.0×, 97.");
    harness.get_by_label("Prune, retrain: waits");
    harness.get_by_label_contains("ip1, 235K, 8 %, 6 → 4.4, 5 → 3.7");
    harness.get_by_role_and_label(Role::Button, "Run").click();
    harness.run();
    harness.get_by_label_contains("Huffman: 4");
    harness.get_by_label_contains("ip1, 235,200, 5");
    harness.get_by_label_contains("total, 266,200, 7.");
    assert!(harness.query_by_label("Prune, retrain: waits").is_none());
}

#[test]
fn a_layers_settings_are_the_recipes() {
    let mut harness = start("deep-compression", Some(QUICK));
    let recipe = |harness: &Harness<'_, App>| harness.state().session().setup().network.recipe.clone().unwrap().1;
    assert_eq!(recipe(&harness).layers[0].bits, 5);
    harness.get_by_label("Bits of ip1").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItemRadio, "4").click();
    harness.run();
    let changed = recipe(&harness);
    assert_eq!(changed.layers.iter().map(|layer| layer.bits).collect::<Vec<_>>(), [4, 5, 5]);
    assert!(changed.to_string().starts_with("deep-compression:keep=0.07/0.09/0.26,bits=4/5/5,"));
}

#[test]
fn the_trade_off_shows_the_published_curves_before_anything_is_measured() {
    let mut harness = start("trade-off", None);
    harness.get_by_label_contains("AlexNet, pruned + quantized, published");
    harness.get_by_label_contains("Click a point");
    harness.get_by_role_and_label(Role::Button, "Measure");
    harness.get_by_role_and_label(Role::RadioButton, "off").click();
    harness.run();
    assert!(!harness.state().session().setup().network.fine_tuning);
}
