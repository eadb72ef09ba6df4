//! The page of pictures, worked by label and key.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

fn start(setting: &str, size: [f32; 2]) -> Harness<'static, App> {
    let options =
        Options { inline_jobs: true, page: Some("pictures"), setting: Some(setting.to_owned()), ..Options::default() };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(64)
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"));
    harness.run();
    harness
}

fn recipe(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().pictures.recipe.to_string()
}

/// The number that a tile shows.
fn metric(harness: &Harness<'_, App>, name: &str) -> f64 {
    let start = format!("{name} ");
    let node = harness.get_by_label_contains(&start);
    let said = node.accesskit_node().value().or_else(|| node.accesskit_node().label()).unwrap_or_default();
    let number = said[name.len()..].trim().split(' ').next().and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no number in {said:?}"))
}

#[test]
fn fewer_colours_cost_more_and_every_change_can_be_undone() {
    let mut harness = start("kmeans:colours=16", [1280.0, 720.0]);
    harness.get_by_label_contains("Palette: 16 colours, 0 unused");
    harness.get_by_label_contains("Picture: 768 × 512 pixels");
    harness.get_by_label_contains("Colour space R G B");
    let sixteen = metric(&harness, "PSNR");
    assert!((25.0..25.5).contains(&sixteen), "{sixteen}");
    harness.get_by_role_and_label(Role::Slider, "Number of colours").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert_eq!(recipe(&harness), "kmeans:colours=15");
    assert!(metric(&harness, "PSNR") < sixteen);
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(recipe(&harness), "kmeans:colours=4");
    harness.get_by_label_contains("Palette: 4 colours");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(recipe(&harness), "kmeans:colours=16");
    harness.get_by_role_and_label(Role::RadioButton, "Oklab").click();
    harness.run();
    assert_eq!(recipe(&harness), "kmeans:colours=16,space=oklab");
    harness.get_by_label_contains("Colour space L a b");
    assert!(metric(&harness, "PSNR") < sixteen, "least squares in Oklab are others than in sRGB");
}

#[test]
fn tabs_show_curve_channels_and_size() {
    let mut harness = start("median-cut:colours=8,dither=bayer:4", [1280.0, 720.0]);
    harness.get_by_role_and_label(Role::RadioButton, "Size").click();
    harness.run();
    harness.get_by_label_contains("Size: raw, 3 B a pixel 1,179,648 B, packed 147,480 B");
    harness.get_by_label_contains("PNG written: ");
    harness.get_by_role_and_label(Role::RadioButton, "Channels").click();
    harness.run();
    harness.get_by_label_contains("Red before and after: original");
    harness.get_by_role_and_label(Role::RadioButton, "Curve").click();
    harness.run();
    harness.get_by_label_contains("PSNR by colours: k-means");
    harness.get_by_role_and_label(Role::RadioButton, "Error").click();
    harness.get_by_role_and_label(Role::Button, "Zoom in").click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Fit").click();
    harness.run();
    harness.get_by_role_and_label(Role::Slider, "Amount of dithering");
}

#[test]
fn a_wide_window_has_a_card_for_everything_and_a_narrow_one_scrolls() {
    let harness = start("octree:colours=32", [1920.0, 1080.0]);
    for part in ["PSNR by colours: k-means", "Size: raw", "Red before and after", "Colour space R G B", "Palette: 32"] {
        harness.get_by_label_contains(part);
    }
    drop(harness);
    let harness = start("fixed:web-safe", [853.0, 480.0]);
    harness.get_by_label_contains("Palette: 216 colours");
    harness.get_by_label_contains("Picture: 768 × 512");
}
