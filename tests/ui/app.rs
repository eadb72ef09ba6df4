//! The window as its users work it: by label, by key, by what a screen reader reads.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use quantscope::app::Options;

use crate::{drop_path, scheme, window};

#[test]
fn it_opens_on_the_lectures_matrix_with_exact_numbers() {
    let harness = window(Options::default());
    let session = harness.state().session();
    assert_eq!(session.documents.len(), 1);
    let analysis = session.results.analysis(session.key().unwrap()).unwrap();
    assert!(analysis.is_exact());
    assert!((analysis.report.sse - 0.0932).abs() < 1e-6);
    assert_eq!(analysis.ledger.bytes(), 20);
    harness.get_by_label("SQNR 24.59 dB");
    harness.get_by_label_contains("Histogram of");
}

#[test]
fn bits_change_by_digit_arrow_and_undo() {
    let mut harness = window(Options::default());
    harness.key_press(Key::Num4);
    harness.run();
    assert_eq!(scheme(&harness), "kmeans:bits=4");
    harness.get_by_role_and_label(Role::Slider, "Bits").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(scheme(&harness), "kmeans:bits=5");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(scheme(&harness), "kmeans:bits=4");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(scheme(&harness), "kmeans:bits=2");
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run();
    assert_eq!(scheme(&harness), "kmeans:bits=4");
    assert_eq!(harness.state().session().last_action, "Redo: Bits 2 → 4");
}

#[test]
fn families_are_one_click_and_keep_the_width() {
    let mut harness = window(Options::default());
    // "Linear" is the quantizer's segment and the histogram's axis: the quantizer's comes first.
    harness.get_all_by_role_and_label(Role::RadioButton, "Linear").next().expect("the quantizer").click();
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2");
    harness.get_by_role_and_label(Role::RadioButton, "Cast").click();
    harness.run();
    assert_eq!(scheme(&harness), "float:e4m3fn");
}

#[test]
fn the_palette_finds_examples_and_pages() {
    let mut harness = window(Options::default());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.get_by_label("Find a command").type_text("full range");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2,range=full");
    let session = harness.state().session();
    let analysis = session.results.analysis(session.key().unwrap()).unwrap();
    assert!((analysis.report.sse - 4.2228).abs() < 5e-5);
    assert!(harness.query_by_label("Find a command").is_none(), "the palette closes");
}

#[test]
fn presentation_mode_comes_and_goes_by_key() {
    let mut harness = window(Options::default());
    assert!(harness.query_by_label("Present").is_some());
    harness.key_press(Key::F9);
    harness.run();
    assert!(harness.query_by_label("Present").is_none(), "the bars are gone");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Present").is_some());
}

#[test]
fn a_bad_file_is_told_and_everything_else_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lies.safetensors");
    std::fs::write(&path, [0xFF; 64]).unwrap();
    let mut harness = window(Options::default());
    drop_path(&mut harness, &path);
    harness.get_by_label_contains("lies.safetensors not opened");
    assert_eq!(harness.state().session().documents.len(), 1);
    harness.key_press(Key::Num3);
    harness.run_steps(4);
    assert_eq!(scheme(&harness), "kmeans:bits=3");
}

#[test]
fn closing_everything_leaves_an_empty_state_that_says_what_to_do() {
    let mut harness = window(Options::default());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::W);
    harness.run();
    assert!(harness.state().session().documents.is_empty());
    harness.get_by_label("Lecture 4×4").click();
    harness.run();
    assert_eq!(harness.state().session().documents.len(), 1);
}

#[test]
fn an_export_is_written_read_back_and_says_so() {
    use quantscope::app::export::{ExportRequest, Layout, Scope};
    use quantscope::app::session::{Action, Session, Severity, Slot};
    use quantscope::app::setup::Setup;
    use quantscope::jobs::Jobs;

    let folder = tempfile::tempdir().unwrap();
    for name in ["weight.safetensors", "weight.npz"] {
        let path = folder.path().join(name);
        let jobs: Jobs<Slot, _> = Jobs::inline().unwrap();
        let mut session = Session::new(jobs, Setup::new("kmeans:bits=2".parse().unwrap()), "tensor");
        session.act(Action::OpenExample(quantscope::app::examples::first()));
        session.advance();
        session.act(Action::Export(ExportRequest {
            path: path.clone(),
            scope: Scope::Model,
            layout: Layout::Codes,
            activations: None,
            external_data: false,
        }));
        session.advance();
        let notice = session.notices.last().expect("the export says how it ended");
        assert_eq!(notice.severity, Severity::Good, "{notice:?}");
        let model = quantscope::io::open(&path).unwrap();
        let codebook = model.tensor("weight.codebook").unwrap().values().unwrap();
        let close = |(found, expected): (&f32, f32)| (found - expected).abs() < 1e-6;
        assert!(codebook.iter().zip([-1.0, 0.0, 1.5, 2.0]).all(close), "{codebook:?}: {:?}", &*codebook);
        let codes = model.tensor("weight.codes").unwrap();
        assert_eq!(codes.shape, [4, 4]);
        assert_eq!(codes.values().unwrap()[..4], [3.0, 0.0, 2.0, 1.0]);
    }
}
