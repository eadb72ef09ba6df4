//! The page that computes one network three ways, worked by label and key.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};
use quantscope::engine::quantize::Per;

use crate::window;

fn start(setting: &str) -> Harness<'static, App> {
    let options = Options { page: Some("float-integer"), setting: Some(setting.to_owned()), ..Options::default() };
    window(options)
}

/// The accuracy that a column says, in percent.
fn accuracy(harness: &Harness<'_, App>, column: &str) -> f64 {
    let name = format!("{column}: ");
    let texts = harness.get_all_by_label_contains(&name).filter_map(|node| {
        let node = node.accesskit_node();
        node.value().or_else(|| node.label())
    });
    let said = texts.into_iter().find(|text| text.starts_with(&name)).unwrap_or_default();
    let number = said.split(": ").nth(1).and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {said:?}"))
}

fn scheme(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().network.integer.to_string()
}

#[test]
fn eight_bits_without_a_float_are_as_good_and_two_are_not() {
    let mut harness = start("w8a8");
    let float = accuracy(&harness, "float32");
    let [fake, integer] = ["fake-quantized", "integers alone"].map(|column| accuracy(&harness, column));
    assert!((96.0..97.5).contains(&float), "{float}");
    assert!((fake - float).abs() < 0.3 && (integer - fake).abs() < 0.05, "{float} {fake} {integer}");
    harness.get_by_label_contains("Weights and biases: float32 1,066,440 B, fake-quantized ");
    harness.get_by_label_contains(
        "Multiply-adds: float32 266,200 float32, fake-quantized 266,200 float32, integers alone 266,200 int8",
    );
    harness.get_by_label_contains("Compute energy, estimated: float32 1.22 µJ");
    harness.get_by_label_contains("Time for a picture: float32 ");
    harness.get_by_label_contains("ip1: SQNR of weights ");
    harness.get_by_label_contains("Integers alone: ");
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(scheme(&harness), "w2a2");
    assert!(accuracy(&harness, "integers alone") < float - 5.0);
    harness.get_by_label_contains("more than chance");
}

#[test]
fn every_control_is_in_the_setting() {
    let mut harness = start("w6a6,clip=percentile:99.5");
    harness.get_by_role_and_label(Role::RadioButton, "Per tensor").click();
    harness.run();
    assert_eq!(harness.state().session().setup().network.integer.per, Per::Tensor);
    harness.get_by_label("Calibration").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItemRadio, "MSE").click();
    harness.run();
    assert_eq!(scheme(&harness), "w6a6,clip=mse,per=tensor");
    harness.get_by_role_and_label(Role::Slider, "Activation bits").focus();
    harness.run();
    for _ in 0..2 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
    }
    assert_eq!(scheme(&harness), "w6a4,clip=mse,per=tensor");
    // A weight has at least a sign and a step.
    harness.get_by_role_and_label(Role::Slider, "Weight bits").focus();
    harness.run();
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(scheme(&harness), "w2a4,clip=mse,per=tensor");
}
