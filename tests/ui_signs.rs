//! The pages about signs, by label and key: what a lecturer does live, in at most three actions each.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::{App, Options};

fn on(page: &'static str, setting: &str) -> Harness<'static, App> {
    let setting = (!setting.is_empty()).then(|| setting.to_owned());
    let options = Options { page: Some(page), setting, inline_jobs: true, ..Options::default() };
    let mut harness = Harness::builder()
        .with_size([1280.0, 720.0])
        .with_max_steps(32)
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"));
    harness.run();
    harness
}

fn scheme(harness: &Harness<'_, App>) -> String {
    harness.state().session().scheme().to_string()
}

#[test]
fn the_lectures_matrix_stands_there_four_ways() {
    let harness = on("binary-ternary", "ternary");
    harness.get_by_label("Sign, 4 × 4: 1 −1 1 1; 1 −1 −1 1; −1 1 1 −1; 1 1 1 1");
    harness.get_by_label("Ternary, 4 × 4: 1 −1 1 0; 0 0 −1 1; −1 1 0 −1; 1 0 1 1");
    harness.get_by_label("−4 + 2 = −2");
    harness.get_by_label("2.0932");
}

#[test]
fn the_threshold_moves_by_key_and_is_the_scheme() {
    let mut harness = on("binary-ternary", "ternary");
    harness.get_by_role_and_label(Role::Slider, "Threshold").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert!(scheme(&harness).starts_with("ternary:threshold=0.7"), "{}", scheme(&harness));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(scheme(&harness), "ternary");
}
