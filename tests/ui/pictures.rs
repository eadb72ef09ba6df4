//! The page of pictures, worked by label and key.

use std::io::Cursor;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

use crate::{drop_path, window, window_of};

fn start(setting: &str, size: [f32; 2]) -> Harness<'static, App> {
    let options = Options { page: Some("pictures"), setting: Some(setting.to_owned()), ..Options::default() };
    window_of(options, size)
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

#[test]
fn a_dropped_palette_is_taken_and_a_damaged_one_says_which_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut harness = start("kmeans:colours=16", [1280.0, 720.0]);
    drop_path(&mut harness, &path("four.gpl", "GIMP Palette\n0 0 0\n255 255 255\n200 30 30\n30 30 200\n"));
    assert!(recipe(&harness).starts_with("fixed:") && recipe(&harness).ends_with("four.gpl"), "{}", recipe(&harness));
    harness.get_by_label_contains("Palette: 4 colours");
    drop_path(&mut harness, &path("three.json", r##"["#000000", "#ffffff", "#ff8000"]"##));
    harness.get_by_label_contains("Palette: 3 colours");
    drop_path(&mut harness, &path("bad.gpl", "GIMP Palette\n1 2\n"));
    harness.get_by_label_contains("line 2: expected red, green and blue");
    harness.get_by_label_contains("Palette: 3 colours");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(recipe(&harness), "kmeans:colours=16");
}

#[test]
fn the_curve_is_drawn_for_the_methods_chosen() {
    let mut harness = start("kmeans:colours=16", [1280.0, 720.0]);
    harness.get_by_role_and_label(Role::RadioButton, "Curve").click();
    harness.run();
    let described = |harness: &Harness<'_, App>| {
        let node = harness.get_by_label_contains("PSNR by colours: ");
        node.accesskit_node().label().unwrap_or_default()
    };
    assert!(described(&harness).contains("octree") && !described(&harness).contains("greys"));
    harness.get_by_label("4 of 5 methods").click();
    harness.run();
    harness.get_by_role_and_label(Role::CheckBox, "octree").click();
    harness.run();
    harness.get_by_role_and_label(Role::CheckBox, "greys").click();
    harness.run();
    let now = described(&harness);
    assert!(!now.contains("octree") && now.contains("greys") && now.contains("k-means"), "{now}");
}

#[test]
fn a_picture_under_a_wrong_name_is_opened_by_its_content_and_its_rules_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let pixels = image::ImageBuffer::from_fn(9, 6, |x, y| image::Rgba([x as u16 * 7000, y as u16 * 9000, 0, 40_000]));
    image::DynamicImage::ImageRgba16(pixels).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let path = folder.path().join("photo.jpg");
    std::fs::write(&path, bytes.into_inner()).unwrap();
    let mut harness = start("kmeans:colours=4", [1280.0, 720.0]);
    drop_path(&mut harness, &path);
    harness.get_by_label_contains("Picture: 9 × 6 pixels");
    harness.get_by_label_contains("photo.jpg by its content");
    harness.get_by_role_and_label(Role::RadioButton, "Size").click();
    harness.run();
    let rules = "As it is read: the name is that of a JPEG, the file holds a PNG: it is read as one; 16 bits a channel become 8";
    harness.get_by_label_contains(rules);
    harness.get_by_label_contains("transparency is laid over white");
}

fn compared(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().palettes.text()
}

#[test]
fn palettes_stand_side_by_side_among_all_others() {
    let options = Options {
        page: Some("palettes"),
        setting: Some("kmeans:colours=8 + octree:colours=8 + uniform:bits=3-3-2".to_owned()),
        ..Options::default()
    };
    let mut harness = window(options);
    harness.get_by_label_contains("kmeans:colours=8: colours 8, bit/pixel 3.000");
    harness.get_by_label_contains("uniform:bits=3-3-2: colours 256, bit/pixel 8.016");
    harness.get_by_label_contains("Picture by octree:colours=8: PSNR ");
    harness.get_by_label_contains("Errors of kmeans:colours=8: ");
    harness.get_by_label_contains("Error against size: ");
    let click = |harness: &mut Harness<'_, App>, label: &str| {
        harness.get_by_label(label).click();
        harness.run();
    };
    click(&mut harness, "Remove octree:colours=8");
    assert_eq!(compared(&harness), "kmeans:colours=8 + uniform:bits=3-3-2");
    click(&mut harness, "All");
    harness.get_by_label("Filter palettes").focus();
    harness.run();
    harness.get_by_label("Filter palettes").type_text("oklab colours=64");
    harness.run();
    harness.get_by_label_contains("kmeans:colours=64,space=oklab: colours 64").click();
    harness.run();
    assert_eq!(compared(&harness), "kmeans:colours=8 + uniform:bits=3-3-2 + kmeans:colours=64,space=oklab");
    click(&mut harness, "Sort by PSNR, dB");
    click(&mut harness, "Copy as LaTeX");
    harness.get_by_label_contains("Copied the table as LaTeX");
    click(&mut harness, "Error");
    harness.get_by_label_contains("Error of kmeans:colours=8: PSNR ");
    harness.get_by_label("Palette to add").focus();
    harness.run();
    harness.get_by_label("Palette to add").type_text("octree:colours=1");
    harness.run();
    click(&mut harness, "Add");
    harness.get_by_label_contains("expected 2 to 4096 colours");
}
