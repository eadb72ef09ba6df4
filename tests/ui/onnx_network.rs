//! An ONNX classifier on the pages of the group Networks, dropped and read by label.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};
use quantscope::builtin;
use quantscope::sources::{DataSource, NetworkSource};

use crate::{drop_path, window};

#[expect(dead_code, reason = "shared with the tests of files, which need all of it")]
#[path = "../files/network_file.rs"]
mod network_file;

fn start(page: &'static str) -> Harness<'static, App> {
    // Other pages have settings of their own.
    let setting = (page == "accuracy").then(|| "kmeans:bits=4".to_owned());
    window(Options { page: Some(page), setting, ..Options::default() })
}

/// Sixty pictures with their labels, as an IDX pair: rows of a pattern that no network knows.
fn write_pair(folder: &Path) {
    let file = |axes: &[u8], bytes: Vec<u8>| {
        let sizes: Vec<u8> = axes.iter().flat_map(|axis| [0, 0, 0, *axis]).collect();
        [&[0, 0, 8, axes.len() as u8][..], &sizes, &bytes].concat()
    };
    std::fs::create_dir_all(folder).unwrap();
    let pixels = (0..60 * 784_usize).map(|place| (place * place % 251) as u8).collect();
    std::fs::write(folder.join("t10k-images-idx3-ubyte"), file(&[60, 28, 28], pixels)).unwrap();
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), file(&[60], (0..60).map(|place| place % 10).collect()))
        .unwrap();
}

/// What the page says of the accuracy: the number itself and what it loses.
fn said(harness: &Harness<'_, App>) -> Vec<String> {
    let value = |label: &str| harness.get_by_label_contains(label).accesskit_node().value().unwrap_or_default();
    vec![value("measured on 60 pictures"), value("float32 ("), value("× smaller")]
}

#[test]
fn an_onnx_classifier_is_measured_as_its_twin_and_follows_the_bits() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("few");
    write_pair(&set);
    let path = folder.path().join("twin.onnx");
    let (own, _) = builtin::network("lenet-300-100").unwrap();
    std::fs::write(&path, network_file::export(&own)).unwrap();
    let mut harness = start("accuracy");
    drop_path(&mut harness, &set);
    let built_in = said(&harness);
    drop_path(&mut harness, &path);
    let choice = harness.state().session().setup().network.choice.clone();
    assert_eq!((choice.network, choice.data), (NetworkSource::File(path), DataSource::Path(set)));
    harness.get_by_label_contains("ip1: 235,200 weights");
    assert_eq!(said(&harness), built_in, "the same network, the same answers");
    harness.get_by_label_contains("Accuracy by bits: quantized, 1");
    harness.get_by_label_contains("Classes by answers; most frequent error:");
    // It has no convolution: nothing is quantized then.
    harness.get_by_role_and_label(Role::RadioButton, "Convolution").click();
    harness.run();
    harness.get_by_label_contains("the same as float32 (");
    harness.get_by_role_and_label(Role::RadioButton, "Each layer").click();
    harness.run();
    harness.get_by_label("Bits of ip3");
    // The normalization is stated and can be edited.
    harness.get_by_label("Preprocessing: x / 255");
}

#[test]
fn pages_that_need_layers_say_why_they_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("few");
    write_pair(&set);
    std::fs::copy(set.join("t10k-images-idx3-ubyte"), set.join("train-images-idx3-ubyte")).unwrap();
    std::fs::copy(set.join("t10k-labels-idx1-ubyte"), set.join("train-labels-idx1-ubyte")).unwrap();
    let path = folder.path().join("twin.onnx");
    let (own, _) = builtin::network("lenet-300-100").unwrap();
    std::fs::write(&path, network_file::export(&own)).unwrap();
    let mut harness = start("float-integer");
    drop_path(&mut harness, &set);
    drop_path(&mut harness, &path);
    let said = "to round activations or compute in integers, take a network of this program";
    assert!(harness.query_all_by_label_contains(said).next().is_some(), "the page says why it has no integers");
}

#[test]
fn a_model_that_is_no_classifier_is_refused_by_its_node_and_changes_nothing() {
    use network_file::{end, model, node};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.onnx");
    let graph = [
        node("Frobnicate", "second", &["x"], &["y"], &[]),
        end(11, "x", 1, &[0, 1, 28, 28]),
        end(12, "y", 1, &[0, 10]),
    ];
    std::fs::write(&path, model(17, &graph)).unwrap();
    let mut harness = start("accuracy");
    let before = harness.state().session().setup().network.choice.clone();
    drop_path(&mut harness, &path);
    harness.get_by_label_contains("odd.onnx not opened");
    harness.get_by_label_contains("node `second` (Frobnicate)");
    assert_eq!(harness.state().session().setup().network.choice, before);
}
