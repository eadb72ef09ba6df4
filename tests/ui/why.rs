//! The page on energy and storage, worked by label and key.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::{App, Options};

use crate::window_of;

fn start(size: [f32; 2]) -> Harness<'static, App> {
    let options = Options { page: Some("why"), ..Options::default() };
    window_of(options, size)
}

#[test]
fn the_table_its_estimates_and_the_networks_follow_the_width() {
    let mut harness = start([1280.0, 720.0]);
    harness.get_by_label("int8 add: 0.03 pJ, published");
    harness.get_by_label("32 bits from DRAM: 640 pJ, published");
    harness.get_by_label_contains("an addition costs 3.33× less, a multiplication 15.5×");
    harness.get_by_label("AlexNet: 61 M weights, float32 244 MB, 8 bits 61 MB");
    harness.key_press(Key::Num4);
    harness.run();
    harness.get_by_label("int4 add: 0.015 pJ, estimated");
    harness.get_by_label("VGG-16: 138 M weights, float32 552 MB, 4 bits 69 MB");
    harness.get_by_role_and_label(Role::Slider, "Bits").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().session().setup().why.bits, 5);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(harness.state().session().setup().why.bits, 4);
}

#[test]
fn a_presentation_has_the_width_on_the_plot() {
    let options = Options { page: Some("why"), present: true, ..Options::default() };
    let mut harness = window_of(options, [1280.0, 720.0]);
    harness.get_by_label_contains("An addition of int8 costs 30× less");
    harness.get_by_role_and_label(Role::Slider, "Width on the plot").focus();
    harness.run();
    for (key, bits) in [(Key::ArrowRight, 9), (Key::ArrowLeft, 8), (Key::ArrowLeft, 7)] {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().session().setup().why.bits, bits);
    }
}

#[test]
fn each_cell_of_the_methods_leads_to_its_page() {
    for (cell, page) in [
        ("Baseline, stored: floats", "data-types"),
        ("Baseline, computed with: floats", "diagram"),
        ("K-means, stored: indices, float codebook", "codebook"),
        ("K-means, computed with: floats", "decode"),
        ("Linear, stored: integers", "affine"),
        ("Linear, computed with: integers", "matmul"),
        ("Binary, ternary, stored: 1 or 2 bits", "binary-ternary"),
        ("Binary, ternary, computed with: bit operations", "sign-networks"),
    ] {
        let mut harness = start([1280.0, 720.0]);
        harness.get_by_role_and_label(Role::Button, cell).click();
        harness.run();
        assert_eq!(harness.state().session().page, page, "{cell}");
    }
}

#[test]
fn small_and_large_windows_hold_every_card() {
    for size in [[1920.0, 1080.0], [853.0, 480.0], [800.0, 480.0]] {
        let harness = start(size);
        harness.get_by_label_contains("Energy by width: add");
        harness.get_by_label_contains("7 B language model: 7 B weights");
        harness.get_by_role_and_label(Role::Button, "Linear, stored: integers");
    }
}
