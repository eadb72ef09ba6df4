//! The pages about signs, by label and key: what a lecturer does live, in at most three actions each.

use std::path::Path;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};
use quantscope::engine::network::digits::{Split, draw};

use crate::{drop_path, scheme, window};

fn on(page: &'static str, setting: &str) -> Harness<'static, App> {
    let setting = (!setting.is_empty()).then(|| setting.to_owned());
    let options = Options { page: Some(page), setting, ..Options::default() };
    window(options)
}

fn click(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

#[test]
fn the_lectures_matrix_stands_there_four_ways() {
    let mut harness = on("binary-ternary", "ternary");
    let ternary = "4 × 4: 1 −1 1 0; 0 0 −1 1; −1 1 0 −1; 1 0 1 1";
    harness.get_by_label("Sign, 4 × 4: 1 −1 1 1; 1 −1 −1 1; −1 1 1 −1; 1 1 1 1");
    harness.get_by_label("α · sign, 4 × 4: 1 −1 1 1; 1 −1 −1 1; −1 1 1 −1; 1 1 1 1");
    harness.get_by_label(&format!("Ternary, TWN, {ternary}"));
    harness.get_by_label(&format!("Ternary, optimal, {ternary}"));
    click(&mut harness, "Mask");
    harness.get_by_label("Ternary, TWN, 4 × 4: 1 1 1 0; 0 0 1 1; 1 1 0 1; 1 0 1 1");
    click(&mut harness, "Errors");
    harness.get_by_label(
        "Ternary, TWN, 4 × 4: 0.59 0.52 −0.02 0.09; 0.05 −0.14 0.42 0.62; 0.59 0.42 0 0.47; 0.37 0 0.03 −0.01",
    );
    click(&mut harness, "Values");
    harness.get_by_label(
        "Sign, 4 × 4: 1.00 −1.00 1.00 1.00; 1.00 −1.00 −1.00 1.00; −1.00 1.00 1.00 −1.00; 1.00 1.00 1.00 1.00",
    );
}

#[test]
fn the_ladder_leads_from_sign_to_four_centroids() {
    let mut harness = on("binary-ternary", "ternary");
    for rung in [
        "sign, 1 bit: SSE 9.2832",
        "α · sign, 1 bit: SSE 9.2452",
        "symmetric, 2 bit: SSE 5.2192",
        "symmetric, per channel, 2 bit: SSE 4.3245",
        "ternary, TWN, 2 bit: SSE 2.0932",
        "asymmetric, 2 bit: SSE 0.7454",
        "k-means, k = 3, 2 bit: SSE 0.5218",
    ] {
        harness.get_by_label(rung);
    }
    click(&mut harness, "k-means, k = 4, 2 bit: SSE 0.0932");
    assert_eq!(scheme(&harness), "kmeans:bits=2");
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
    click(&mut harness, "Two");
    assert_eq!(scheme(&harness), "ternary:scales=two");
}

#[test]
fn a_product_of_signs_ends_at_minus_two_and_follows_a_click() {
    let mut harness = on("sign-networks", "");
    harness.get_by_label("−4 + 2 = −2");
    harness.get_by_label("XNOR, 1 × 4: 1 0 0 0");
    // The middle of a row of four lies on its third sign.
    click(&mut harness, "Inputs, 1 × 4: 1 1 −1 1");
    harness.get_by_label("XNOR, 1 × 4: 1 0 1 0");
    harness.get_by_label("−4 + 4 = 0");
    assert_eq!(harness.state().session().setup().signs.text(), "weights=1010,inputs=1111");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    harness.get_by_label("−4 + 2 = −2");
    click(&mut harness, "16");
    harness.get_by_label_contains("XNOR, 1 × 16: 1 0 0 0 1");
}

#[test]
fn costs_losses_and_published_tables_say_their_numbers() {
    let mut harness = on("sign-networks", "");
    harness.get_by_label_contains("float · float; [8 −3 5 −1] · [5 2 0 1] = 33: 589,824");
    harness.get_by_label_contains("sign · float; [1 −1 1 −1] · [5 2 0 1] = 2");
    harness.get_by_label_contains("sign · sign; [1 −1 1 −1] · [1 1 −1 1] = −2: 256, 9,216, 9,216");
    harness.get_by_label("BinaryConnect, 1, 32 bits, published: top-1 35.4 (−21.2), top-5 61.0 (−19.2)");
    harness.get_by_label("BWN, 1, 32 bits, published: top-1 56.8 (+0.2), top-5 79.4 (−0.8)");
    harness.get_by_label_contains("float32: 9");
    let label = "ternary, TWN: 8";
    harness.get_by_label_contains(label).click();
    harness.run();
    assert_eq!(scheme(&harness), "ternary");
}

/// Drawn digits as the four files of MNIST, so many for training and for measuring.
fn write_digits(folder: &Path, pictures: usize) {
    for (split, prefix) in [(Split::Train, "train"), (Split::Test, "t10k")] {
        let data = draw(split, 0, pictures);
        let file = |axes: &[usize], bytes: Vec<u8>| {
            let sizes: Vec<u8> = axes.iter().flat_map(|axis| (*axis as u32).to_be_bytes()).collect();
            [&[0, 0, 8, axes.len() as u8][..], &sizes, &bytes].concat()
        };
        let labels = data.labels.iter().map(|label| *label as u8).collect();
        std::fs::write(folder.join(format!("{prefix}-labels-idx1-ubyte")), file(&[pictures], labels)).unwrap();
        let pixels = file(&[pictures, 28, 28], data.pixels.to_vec());
        std::fs::write(folder.join(format!("{prefix}-images-idx3-ubyte")), pixels).unwrap();
    }
}

#[test]
fn training_wins_back_what_signs_lose_and_its_results_stay() {
    let folder = tempfile::tempdir().unwrap();
    write_digits(folder.path(), 96);
    let mut harness = on("accuracy", "");
    drop_path(&mut harness, folder.path());
    click(&mut harness, "1–2 bits");
    click(&mut harness, "Networks of signs");
    assert!(harness.query_by_label_contains("; trained ").is_none());
    click(&mut harness, "Train");
    harness.run();
    let trained = |harness: &Harness<'_, App>| {
        let rows = harness.query_all_by_label_contains("of 96 right; trained ");
        rows.map(|row| row.accesskit_node().label().unwrap_or_default()).collect::<Vec<_>>()
    };
    let rows = trained(&harness);
    assert_eq!(rows.len(), 8, "{rows:?}");
    // Right answers in all rows together, as they are and trained.
    let right = |row: &String| -> Vec<u32> {
        let words = row.match_indices(" of 96 right").map(|(end, _)| row[..end].rsplit(' ').next().unwrap().parse());
        words.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{row}: {error}"))
    };
    let [before, after] = [0, 1].map(|place| rows.iter().map(|row| right(row)[place]).sum::<u32>());
    assert!(after > before, "{before} right before, {after} after: {rows:?}");
    click(&mut harness, "Curves on the page Train");
    assert_eq!(harness.state().session().setup().network.training.regime.to_string(), "bwn");
    click(&mut harness, "1–2 bits");
    click(&mut harness, "Networks of signs");
    assert_eq!(trained(&harness), rows, "results stay while the program runs");
}

fn compared(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().schemes.text()
}

#[test]
fn schemes_stand_side_by_side_among_all_others() {
    let mut harness = on("compare", "ternary + kmeans:bits=2");
    harness.get_by_label_contains("ternary: bits/weight 4.000, SSE 2.093, SQNR, dB 11.08");
    harness.get_by_label_contains("kmeans:bits=2: bits/weight 10.000, SSE 0.0932");
    harness.get_by_label_contains("Error against size: ");
    harness.get_by_label_contains("Errors of ternary: ");
    harness.get_by_label_contains("Weights and levels of kmeans:bits=2: ");
    click(&mut harness, "Remove ternary");
    assert_eq!(compared(&harness), "kmeans:bits=2");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(compared(&harness), "ternary + kmeans:bits=2");
    click(&mut harness, "Few bits");
    assert_eq!(compared(&harness).split(" + ").count(), 5);
}

#[test]
fn a_typed_scheme_joins_and_a_wrong_one_says_why() {
    let mut harness = on("compare", "ternary");
    let type_in = |harness: &mut Harness<'_, App>, text: &str| {
        harness.get_by_label("Scheme to add").focus();
        harness.run();
        harness.get_by_label("Scheme to add").type_text(text);
        harness.run();
        click(harness, "Add");
    };
    type_in(&mut harness, "linear:bits=3");
    assert_eq!(compared(&harness), "ternary + linear:bits=3");
    click(&mut harness, "Add current");
    assert_eq!(compared(&harness), "ternary + linear:bits=3 + kmeans:bits=2");
    type_in(&mut harness, "linear:bits=77");
    harness.get_by_label_contains("bits is 1 to 16");
    assert_eq!(compared(&harness), "ternary + linear:bits=3 + kmeans:bits=2");
}

#[test]
fn all_rows_are_filtered_sorted_and_chosen() {
    let mut harness = on("compare", "ternary");
    click(&mut harness, "All");
    harness.get_by_label("Filter schemes").focus();
    harness.run();
    harness.get_by_label("Filter schemes").type_text("float fp16");
    harness.run();
    assert!(harness.query_by_label_contains("ternary: bits/weight").is_none());
    harness.get_by_label_contains("float:fp16: bits/weight 16.000").click();
    harness.run();
    assert_eq!(compared(&harness), "ternary + float:fp16");
    click(&mut harness, "Sort by SSE");
    click(&mut harness, "Copy as Markdown");
    harness.get_by_label_contains("Copied the table as Markdown");
}
