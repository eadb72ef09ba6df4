//! Files in and out as their users work them: the export dialog, pasted numbers, the metadata of a file.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::{App, Options};

use crate::window;

/// Opens the export dialog and chooses a format.
fn ask(harness: &mut Harness<'_, App>, format: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run();
    choose(harness, format);
}

fn choose(harness: &mut Harness<'_, App>, format: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "File format").click();
    harness.run();
    harness.get_by_label(format).click();
    harness.run();
}

/// Types another path and writes.
fn write(harness: &mut Harness<'_, App>, path: &std::path::Path) {
    harness.get_by_role_and_label(Role::TextInput, "File").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "File").type_text(&path.display().to_string());
    harness.run();
    harness.get_by_label("Write file").click();
    harness.run();
}

#[test]
fn the_dialog_says_why_not_and_for_whom_and_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(Options::default());
    ask(&mut harness, "GGUF (tensors)");
    harness.get_by_label_contains("GGUF holds gguf:q4_0");
    harness.get_by_label_contains("For GGUF readers");
    choose(&mut harness, "ONNX");
    harness.get_by_label_contains("Cast and Gather");
    let path = folder.path().join("matrix.onnx");
    write(&mut harness, &path);
    harness.get_by_label_contains("onnx.checker.check_model");
    harness.get_by_label("Copy Python").click();
    harness.run();
    let copied = harness.output().platform_output.commands.iter().any(
        |command| matches!(command, egui::OutputCommand::CopyText(text) if text.contains("onnx.checker.check_model")),
    );
    assert!(copied || harness.query_by_label_contains("Copied the line of Python").is_some());
    let model = quantscope::io::open(&path).unwrap();
    let codebook = model.tensor("weight_codebook").unwrap().values().unwrap();
    let close = |(found, expected): (&f32, f32)| (found - expected).abs() < 1e-6;
    assert!(codebook.iter().zip([-1.0, 0.0, 1.5, 2.0]).all(close), "{codebook:?}: {:?}", &*codebook);
}

#[test]
fn a_type_that_a_cpu_does_not_load_has_a_twin_on_offer() {
    let mut harness = window(Options { setting: Some("float:e2m1fn".to_owned()), ..Options::default() });
    ask(&mut harness, "ONNX");
    harness.get_by_label_contains("CPU provider does not load float4e2m1");
    harness.get_by_label("Write that instead").click();
    harness.run();
    assert!(harness.query_by_label_contains("CPU provider does not load").is_none());
    harness.get_by_label_contains("number formats and codebooks looked up by Cast and Gather");
}

#[test]
fn the_weights_of_a_model_go_into_a_file_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("w.safetensors");
    let header = r#"{"w":{"dtype":"F32","shape":[64,64],"data_offsets":[0,16384]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0x3F; 16384]].concat();
    std::fs::write(&source, bytes).unwrap();
    let setting = Some("linear:bits=8".to_owned());
    let mut harness = window(Options { files: vec![source], setting, ..Options::default() });
    ask(&mut harness, "ONNX");
    harness.get_by_label("Weights in a file beside the model (always above 2 GiB)").click();
    harness.run();
    let path = folder.path().join("m.onnx");
    write(&mut harness, &path);
    harness.get_by_label_contains("is in m.onnx.data beside it; keep both together");
    assert_eq!(std::fs::metadata(folder.path().join("m.onnx.data")).unwrap().len(), 4096);
    assert_eq!(quantscope::io::open(&path).unwrap().tensor("w").unwrap().count(), 4096);
}

#[test]
fn pasted_numbers_are_a_tensor() {
    let mut harness = window(Options::default());
    harness.event(Event::Paste("0,5;1\n-2;4".to_owned()));
    harness.run();
    let session = harness.state().session();
    let document = session.document().unwrap();
    assert_eq!((session.documents.len(), document.title()), (2, "Pasted numbers 1"));
    assert_eq!(*document.selected().unwrap().values().unwrap(), [0.5, 1.0, -2.0, 4.0]);
    harness.event(Event::Paste("no numbers here".to_owned()));
    harness.run();
    assert_eq!(harness.state().session().documents.len(), 2);
    harness.get_by_label_contains("line 1: `no` is no number");
    // In a field, text is text.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "File").focus();
    harness.run();
    harness.event(Event::Paste("1 2 3".to_owned()));
    harness.run();
    assert_eq!(harness.state().session().documents.len(), 2);
}

#[test]
fn the_model_page_shows_what_a_file_says_about_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.safetensors");
    let header = r#"{"__metadata__":{"author":"somebody"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
    std::fs::write(&path, bytes).unwrap();
    let harness = window(Options { files: vec![path], page: Some("model"), ..Options::default() });
    harness.get_by_label("author");
    harness.get_by_label("somebody");
}

#[test]
fn a_type_that_numpy_did_not_save_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.npy");
    let header = format!("{:<117}\n", "{'descr': '<V1', 'fortran_order': False, 'shape': (3,), }");
    let bytes =
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &[0x38, 0xB8, 0x40]];
    std::fs::write(&path, bytes.concat()).unwrap();
    let mut harness = window(Options { files: vec![path.clone()], ..Options::default() });
    harness.get_by_label("Which type is it?");
    // The first elements help to decide.
    harness.get_by_label_contains("1   \u{2212}1   2");
    harness.get_by_role_and_label(Role::ComboBox, "Type of the elements").click();
    harness.run();
    harness.get_by_label("float8_e4m3fnuz").click();
    harness.run();
    harness.get_by_label_contains("0.5   \u{2212}0.5   1");
    harness.get_by_label("Open as this").click();
    harness.run();
    let document = harness.state().session().document().unwrap();
    assert_eq!(*document.selected().unwrap().values().unwrap(), [0.5, -0.5, 1.0]);
    // Read again, it is what was answered.
    harness.key_press(Key::F5);
    harness.run();
    assert!(harness.query_by_label("Which type is it?").is_none());
    assert_eq!(harness.state().session().document().unwrap().selected().unwrap().dtype.name(), "float8_e4m3fnuz");
}
