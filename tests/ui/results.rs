//! What is on screen is of the scheme on screen, or says so; scenes, comparison, files that change underneath.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::examples;
use quantscope::app::{App, Options};
use quantscope::engine::tensor::Dtype;

use crate::window;

fn press(harness: &mut Harness<'_, App>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[test]
fn tiles_compare_with_a_pinned_scheme() {
    let mut harness = window(Options::default());
    press(&mut harness, Key::C);
    press(&mut harness, Key::Num3);
    harness.get_by_label_contains("SQNR 35.48 dB, +10.89 against the pinned scheme, better");
    press(&mut harness, Key::C);
    assert!(harness.query_all_by_label_contains("against the pinned scheme").next().is_none());
}

#[test]
fn a_scheme_that_does_not_fit_is_explained_in_every_card() {
    // A matrix has axes 0 and 1.
    let setting = Some("linear:bits=2,per=channel:2".to_owned());
    let harness = window(Options { setting, ..Options::default() });
    let session = harness.state().session();
    let key = session.key().unwrap();
    let reason = session.results.refusal(key, session.scheme()).expect("it is refused").to_owned();
    let told = harness.get_all_by_label(&reason).count();
    assert!(told >= 2, "the maps and the size say why: {told}");
    harness.get_by_label("SQNR –");
}

#[test]
fn a_presentation_goes_from_scene_to_scene_and_back() {
    let mut harness = window(Options { present: true, ..Options::default() });
    let all: Vec<_> = examples::all().collect();
    let now = |harness: &Harness<'_, App>| {
        let example = harness.state().session().example.expect("an example is open");
        all.iter().position(|scene| scene.title == example.title).unwrap()
    };
    let start = now(&harness);
    press(&mut harness, Key::PageDown);
    assert_eq!(now(&harness), start + 1);
    let words = format!("{}, scene {} / {}", all[start + 1].title, start + 2, all.len());
    harness.get_by_label(&words);
    press(&mut harness, Key::PageUp);
    press(&mut harness, Key::PageUp);
    assert_eq!(now(&harness), start - 1);
    assert_eq!(harness.state().session().page, all[start - 1].page);
    press(&mut harness, Key::Escape);
    harness.get_by_label("Present");
}

#[test]
fn a_file_that_was_saved_again_is_noticed_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.npy");
    let save = |values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        quantscope::io::write_npy(&path, Dtype::F32, &[values.len()], &bytes).unwrap();
    };
    save(&[1.0, 2.0, 3.0]);
    let mut harness = window(Options { files: vec![path.clone()], ..Options::default() });
    save(&[1.0, 2.0, 3.0, 9.0]);
    for _ in 0..8 {
        harness.step();
    }
    harness.get_by_label_contains("weights.npy was saved again");
    harness.get_by_role_and_label(Role::Button, "Reload").click();
    harness.run();
    let document = harness.state().session().document().unwrap();
    assert_eq!(document.selected().unwrap().count(), 4);
    assert_eq!(harness.state().session().documents.len(), 1, "in the old one's place");
}
