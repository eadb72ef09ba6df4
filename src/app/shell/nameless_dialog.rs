//! Which type the elements of a file are of, where NumPy did not save its name.

use egui::{RichText, Ui};

use super::dialogs::{Outcome, heading};
use crate::app::context::Request;
use crate::app::session::{Action, FileQuestion, file_name};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::widgets::{button, select};
use crate::engine::tensor::Dtype;

/// The question about one file, and the answer so far.
pub struct NamelessDraft {
    file: FileQuestion,
    dtype: Dtype,
}

impl NamelessDraft {
    /// The question with its likeliest answer.
    pub fn new(file: FileQuestion) -> Self {
        let dtype = file.question.candidates[0];
        Self { file, dtype }
    }
}

/// Draws the dialog.
pub fn nameless_ui(draft: &mut NamelessDraft, requests: &mut Vec<Request>, ui: &mut Ui) -> Outcome {
    let tokens = tokens(ui.ctx());
    let NamelessDraft { file, dtype } = draft;
    heading(ui, "Which type is it?");
    ui.label(format!(
        "{} says no more of its elements than {}: NumPy does not save the names of ml_dtypes' types.",
        file_name(&file.path),
        file.question.descr
    ));
    ui.horizontal(|ui| {
        ui.label(RichText::new("Type").color(tokens.muted));
        let options: Vec<(Dtype, String, &str)> =
            file.question.candidates.iter().map(|&dtype| (dtype, dtype.name().to_owned(), "")).collect();
        select::select(ui, "Type of the elements", dtype, &options);
    });
    let preview = file.question.preview(*dtype);
    if !preview.is_empty() {
        let values: Vec<String> = preview.iter().map(|&value| format::number(f64::from(value))).collect();
        ui.label(RichText::new("Its first elements would be").color(tokens.muted));
        ui.label(RichText::new(values.join("   ")).font(theme::mono()));
    }
    ui.label(
        RichText::new("In an npz archive the answer holds for every array of this kind.")
            .font(theme::small())
            .color(tokens.muted),
    );
    let mut outcome = Outcome::Open;
    ui.horizontal(|ui| {
        if button::filled(ui, "Open as this").clicked() {
            requests.push(Request::Act(Action::OpenFileAs(file.path.clone(), file.nameless.with(*dtype))));
            outcome = Outcome::Close;
        }
        if button::plain(ui, "Cancel").clicked() {
            outcome = Outcome::Close;
        }
    });
    outcome
}
