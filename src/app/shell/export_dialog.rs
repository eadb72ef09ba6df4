//! What to export, as what, for whom and where to.

use std::path::{Path, PathBuf};

use egui::{Key, RichText, Ui};

use super::dialogs::{Outcome, expand, heading};
use crate::app::context::Request;
use crate::app::export::{self, ExportRequest, FileFormat, Layout, Scope, Target, WRITABLE};
use crate::app::session::{Action, Session, file_name};
use crate::app::settings::Settings;
use crate::app::theme::{self, tokens};
use crate::app::widgets::copy_text::copy_text;
use crate::app::widgets::{button, field, segmented, select};

/// What has been chosen so far.
pub struct ExportDraft {
    /// What is written.
    pub scope: Scope,
    /// The file format; the path's ending follows it, and it follows the path's ending.
    pub format: FileFormat,
    /// What the file holds of quantized tensors.
    pub layout: Layout,
    /// Where to, as typed.
    pub path: String,
    /// Scales of the activations before and after the layer, as typed; both may be empty.
    pub activations: [String; 2],
    /// Whether an ONNX model keeps its data in a file beside it.
    pub external_data: bool,
    /// What is suggested for one tensor and for the model, whatever the ending.
    suggested: [PathBuf; 2],
}

impl ExportDraft {
    /// A draft with a suggested path beside the document's file.
    pub fn new(session: &Session, settings: &Settings, scope: Scope) -> Self {
        let path = export::suggested_path(session, settings, scope).display().to_string();
        let format = FileFormat::Safetensors;
        Self {
            scope,
            format,
            layout: format.default_layout(),
            path,
            activations: Default::default(),
            external_data: false,
            suggested: [Scope::Tensor, Scope::Model].map(|scope| export::suggested_path(session, settings, scope)),
        }
    }

    /// Another scope; a path that is still the suggested one follows.
    fn take_scope(&mut self, scope: Scope) {
        let suggestion = |scope: Scope| self.suggested[usize::from(scope == Scope::Model)].clone();
        let ending = self.format.row().ending;
        if Path::new(&self.path) == suggestion(self.scope).with_extension(ending) {
            self.path = suggestion(scope).with_extension(ending).display().to_string();
        }
        self.scope = scope;
    }

    /// Another path; its ending may name another format.
    pub fn take_path(&mut self, path: String) {
        self.path = path;
        if let Ok(format) = FileFormat::of(&expand(&self.path)) {
            self.take_format(format);
        }
    }

    fn take_format(&mut self, format: FileFormat) {
        self.format = format;
        if format.refuses(self.layout).is_some() {
            self.layout = format.default_layout();
        }
    }

    /// The scales of the activations; `None` where none are given, an error where they are no two positive numbers.
    fn scales(&self) -> Result<Option<(f32, f32)>, String> {
        let [input, output] = &self.activations;
        if self.format != FileFormat::CHeader || (input.trim().is_empty() && output.trim().is_empty()) {
            return Ok(None);
        }
        let scale = |text: &str| text.trim().parse::<f32>().ok().filter(|scale| scale.is_finite() && *scale > 0.0);
        match (scale(input), scale(output)) {
            (Some(input), Some(output)) => Ok(Some((input, output))),
            _ => Err("Both activation scales are positive numbers, or both are left out".to_owned()),
        }
    }
}

/// Draws the dialog.
pub fn export_ui(draft: &mut ExportDraft, session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) -> Outcome {
    heading(ui, "Export");
    what_ui(draft, ui);
    let typed = path_ui(draft, ui);
    let path = expand(&draft.path);
    let problem = problem_ui(draft, session, &path, requests, ui);
    let mut outcome = Outcome::Open;
    ui.horizontal(|ui| {
        let write = ui.add_enabled_ui(problem.is_none(), |ui| button::filled(ui, "Write file")).inner;
        if (write.clicked() || typed) && problem.is_none() {
            let activations = draft.scales().unwrap_or_default();
            let external_data = draft.external_data;
            let request = ExportRequest { path, scope: draft.scope, layout: draft.layout, activations, external_data };
            requests.push(Request::Act(Action::Export(request)));
            outcome = Outcome::Close;
        }
        if button::plain(ui, "Choose…").clicked() {
            outcome = Outcome::ChoosePath;
        }
        if button::plain(ui, "Cancel").clicked() {
            outcome = Outcome::Close;
        }
    });
    outcome
}

/// Which tensors, which format, which layout.
fn what_ui(draft: &mut ExportDraft, ui: &mut Ui) {
    let tokens = tokens(ui.ctx());
    let label = |ui: &mut Ui, text: &str| {
        ui.scope(|ui| {
            ui.set_width(56.0);
            ui.label(RichText::new(text).color(tokens.muted));
        });
    };
    ui.horizontal(|ui| {
        label(ui, "What");
        let scopes = [(Scope::Tensor, "This tensor"), (Scope::Model, "Whole model")];
        let mut scope = draft.scope;
        if segmented::segmented(ui, "What", &mut scope, &scopes).changed() {
            draft.take_scope(scope);
        }
    });
    ui.horizontal(|ui| {
        label(ui, "Format");
        let options: Vec<(FileFormat, String, &str)> =
            WRITABLE.iter().map(|row| (row.format, row.title.to_owned(), row.readers)).collect();
        let mut format = draft.format;
        if select::select(ui, "File format", &mut format, &options).changed() {
            draft.take_format(format);
            let path = PathBuf::from(&draft.path).with_extension(format.row().ending);
            draft.path = path.display().to_string();
        }
    });
    ui.label(RichText::new(format!("For {}", draft.format.row().readers)).font(theme::small()).color(tokens.muted));
    ui.horizontal(|ui| {
        label(ui, "As");
        let layouts: Vec<(Layout, &str)> =
            draft.format.row().layouts.iter().map(|&layout| (layout, export::layout_title(layout))).collect();
        segmented::segmented(ui, "As", &mut draft.layout, &layouts);
    });
    if draft.format == FileFormat::Onnx {
        ui.checkbox(&mut draft.external_data, "Weights in a file beside the model (always above 2 GiB)");
    }
    if draft.format == FileFormat::CHeader {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Activation scales, for CMSIS-NN").color(tokens.muted));
            let [input, output] = &mut draft.activations;
            field::text_field(ui, "Activation scale in", input, "in", 90.0);
            field::text_field(ui, "Activation scale out", output, "out", 90.0);
        });
    }
}

/// Where to; whether Enter was pressed in the field.
fn path_ui(draft: &mut ExportDraft, ui: &mut Ui) -> bool {
    ui.label(RichText::new("File").color(tokens(ui.ctx()).muted));
    let field = ui.add(egui::TextEdit::singleline(&mut draft.path).desired_width(f32::INFINITY));
    let field = field.accessible_name("File");
    if field.changed() {
        draft.take_path(draft.path.clone());
    }
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Why the format does not take the scheme, in the words of the dialog.
fn refusal(draft: &ExportDraft, session: &Session) -> Option<String> {
    let reason = draft.format.refuses_scheme(draft.layout, session.scheme())?;
    Some(reason.replace("--layout dequantized", export::layout_title(Layout::Dequantized)))
}

/// What will be written, how big and with what reservation, or why nothing can be.
fn problem_ui(
    draft: &mut ExportDraft,
    session: &Session,
    path: &Path,
    requests: &mut Vec<Request>,
    ui: &mut Ui,
) -> Option<String> {
    let tokens = tokens(ui.ctx());
    let problem = export::problem_with(path)
        .or_else(|| refusal(draft, session))
        .or_else(|| export::too_much(session, draft.scope, draft.format, draft.layout))
        .or_else(|| draft.scales().err());
    if let Some(problem) = &problem {
        ui.label(RichText::new(problem).color(tokens.error));
        let floats = draft.format.row().layouts.contains(&Layout::Dequantized);
        if floats && draft.layout != Layout::Dequantized && refusal(draft, session).is_some() {
            let name = export::layout_title(Layout::Dequantized);
            if button::plain(ui, &format!("Write as {name}")).clicked() {
                draft.layout = Layout::Dequantized;
            }
        }
        return Some(problem.clone());
    }
    ui.label(export::explain(session, draft.scope, draft.format, draft.layout));
    let python = draft.format.python(path);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(RichText::new("To look at it in Python").font(theme::small()).color(tokens.muted));
        if copy_text(ui, "Copy the line of Python", &python, theme::mono(), tokens.text).clicked() {
            requests.push(Request::Copy { what: "the line of Python".to_owned(), text: python.clone() });
        }
    });
    if let Some((warning, twin)) = draft.format.warning(draft.layout, session.scheme()) {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(warning).color(tokens.warn));
            if button::plain(ui, "Write that instead").clicked() {
                draft.layout = twin;
            }
        });
    }
    if path.exists() {
        ui.label(RichText::new("This file exists and will be replaced").color(tokens.warn));
    }
    let external_data = draft.external_data;
    let target = Target { external_data, ..Target::new(path, draft.format).with_layout(draft.layout) };
    if let Some(second) = target.second_file().filter(|second| second.exists()) {
        let name = file_name(&second);
        ui.label(RichText::new(format!("{name} beside it exists and will be replaced, too")).color(tokens.warn));
    }
    None
}
