//! Networks and data sets from disk, opened and chosen by label and drop.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};
use quantscope::sources::{DataSource, NetworkSource};

use crate::{drop_path, window};

fn start() -> Harness<'static, App> {
    let options = Options { page: Some("accuracy"), setting: Some("kmeans:bits=4".to_owned()), ..Options::default() };
    window(options)
}

/// Drawn digits as an IDX pair of that size.
fn write_pair(folder: &Path, size: u8, pictures: u8) {
    let file = |axes: &[u8], bytes: Vec<u8>| {
        let sizes: Vec<u8> = axes.iter().flat_map(|axis| [0, 0, 0, *axis]).collect();
        [&[0, 0, 8, axes.len() as u8][..], &sizes, &bytes].concat()
    };
    let pixels = usize::from(pictures) * usize::from(size) * usize::from(size);
    std::fs::create_dir_all(folder).unwrap();
    let pictures_file = file(&[pictures, size, size], (0..pixels).map(|place| (place % 251) as u8).collect());
    std::fs::write(folder.join("t10k-images-idx3-ubyte"), pictures_file).unwrap();
    let labels = file(&[pictures], (0..pictures).map(|place| place % 10).collect());
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), labels).unwrap();
}

fn choice(harness: &Harness<'_, App>) -> quantscope::sources::Choice {
    harness.state().session().setup().network.choice.clone()
}

#[test]
fn a_dropped_folder_is_measured_on_and_undo_brings_the_drawn_digits_back() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("scans");
    write_pair(&set, 28, 40);
    let mut harness = start();
    harness.get_by_label_contains("measured on 10,000 pictures");
    drop_path(&mut harness, &set);
    assert_eq!(choice(&harness).data, DataSource::Path(set));
    harness.get_by_label_contains("measured on 40 pictures");
    let shown = harness.get_by_role_and_label(Role::ComboBox, "Data set").accesskit_node().value();
    assert_eq!(shown.as_deref(), Some("scans"));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run();
    assert_eq!(choice(&harness).data, DataSource::Digits);
    harness.get_by_label_contains("measured on 10,000 pictures");
}

#[test]
fn pictures_of_another_size_are_refused_with_the_way_out_or_resized() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("large");
    write_pair(&set, 32, 20);
    let mut harness = start();
    drop_path(&mut harness, &set);
    harness.get_by_label_contains("takes pictures of 1×28×28; large, test has 1×32×32; pictures can be resized");
    harness.get_by_label_contains("Preprocessing: ").click();
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Cut and resize").click();
    harness.run();
    assert!(choice(&harness).resize);
    harness.get_by_label_contains("measured on 20 pictures");
}

#[test]
fn the_normalization_is_shown_and_can_be_edited() {
    let mut harness = start();
    harness.get_by_label("Preprocessing: x / 255").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Mean").click();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Mean").type_text("0.5");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    let normalization = choice(&harness).normalization.expect("it was edited");
    assert_eq!((normalization.mean, normalization.deviation), (0.5, 1.0));
    harness.get_by_label("Preprocessing: x / 255 − 0.5");
    harness.get_by_label("As the network was trained").click();
    harness.run();
    assert_eq!(choice(&harness).normalization, None);
}

#[test]
fn a_network_file_becomes_a_choice_and_a_file_without_layers_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("few");
    write_pair(&set, 28, 12);
    let path = folder.path().join("mine.safetensors");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/networks/lenet-300-100.safetensors"), &path)
        .unwrap();
    let mut harness = start();
    drop_path(&mut harness, &set);
    drop_path(&mut harness, &path);
    assert_eq!(choice(&harness).network, NetworkSource::File(path));
    harness.get_by_label_contains("measured on 12 pictures");
    harness.get_by_label_contains("ip1: 235,200 weights");
    let bare = folder.path().join("bare.safetensors");
    let header = br#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#;
    std::fs::write(&bare, [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat()).unwrap();
    let before = choice(&harness);
    drop_path(&mut harness, &bare);
    harness.get_by_label_contains("bare.safetensors not opened");
    harness.get_by_label_contains("holds tensors but no network");
    assert_eq!(choice(&harness), before, "the choice stays");
}

#[test]
fn a_data_set_is_opened_by_a_typed_path_from_any_page() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("typed");
    write_pair(&set, 28, 10);
    let mut harness = start();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::P);
    harness.run();
    harness.get_by_label("Find a command").type_text("open data set folder");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run_steps(6);
    let Some(field) = harness.query_by_label("Path") else {
        // A desktop session answers with its own dialog, which no test can work.
        return;
    };
    field.type_text(set.to_str().unwrap());
    harness.run();
    harness.get_by_label("Open folder").click();
    harness.run();
    assert_eq!(choice(&harness).data, DataSource::Path(set));
}
