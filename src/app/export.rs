//! Taking the result away: what is written, where to, and the work that writes it and reads it back.

use std::path::{Path, PathBuf};

use super::document::Document;
use super::session::{Session, file_name};
use super::settings::Settings;
use super::view::format;
use crate::engine::quantize::{self, Amount, Options, Prune, QuantizeError, Scheme, prune};
use crate::engine::tensor::{Model, Tensor, examples};
use crate::engine::{Cancelled, Progress, Quiet};
use crate::io::{self, Content, TensorExport};

pub use crate::io::{FileFormat, Layout, Target, WRITABLE};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The selected tensor.
    Tensor,
    /// Every tensor of the model: those that a quantizer takes by default as codes, the others as they are.
    Model,
}

/// A decided export.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Where to; the ending names the format.
    pub path: PathBuf,
    /// What is written.
    pub scope: Scope,
    /// Codes and parameters, or the reconstruction.
    pub layout: Layout,
    /// Scales of the activations before and after the layer, for a C header.
    pub activations: Option<(f32, f32)>,
    /// Whether an ONNX model keeps its data in a file beside it.
    pub external_data: bool,
}

/// A file that was written, read back and found equal.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// Tensors that were quantized.
    pub quantized: usize,
    /// Its size.
    pub file_bytes: u64,
    /// A second file that belongs to it.
    pub beside: Option<PathBuf>,
    /// What the user should know about it.
    pub notes: Vec<String>,
    /// The line of Python that looks at it.
    pub python: String,
}

impl Exported {
    /// For the toast.
    pub fn sentence(&self) -> String {
        let tensors = match self.quantized {
            1 => "1 tensor quantized".to_owned(),
            number => format!("{number} tensors quantized"),
        };
        let beside = self.beside.as_deref().map(file_name);
        let beside = beside.map_or_else(String::new, |name| format!("; with {name} beside it"));
        format!("{tensors}, {} in {}{beside}", format::bytes_exact(self.file_bytes), file_name(&self.path))
            + &self.notes.iter().map(|note| format!("; {note}")).collect::<String>()
    }
}

/// Tensors of a scope that are quantized.
fn selection(document: &Document, scope: Scope) -> Vec<usize> {
    match scope {
        Scope::Tensor => vec![document.tensor],
        Scope::Model => document.model.default_selection(),
    }
}

/// The work of an export, in a job.
///
/// # Errors
/// What kept the file from being written, as one line; or cancelled.
pub fn write(
    model: &Model,
    tensor: usize,
    scheme: &Scheme,
    request: &ExportRequest,
    progress: &dyn Progress,
) -> Result<Result<Exported, String>, Cancelled> {
    let format = match FileFormat::of(&request.path) {
        Ok(format) => format,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let selected = match request.scope {
        Scope::Tensor => vec![tensor],
        Scope::Model => model.default_selection(),
    };
    let threshold = match scheme.prune {
        Some(Prune { amount: Amount::Share(share), scope: quantize::Scope::Global }) => {
            match prune::global_threshold(share, &model.default_selection(), |&index| model.tensors[index].values()) {
                Ok(threshold) => Some(threshold),
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
        _ => None,
    };
    let content = |index: usize, tensor| {
        if selected.contains(&index) {
            Content::Quantized(quantizer(tensor, scheme, threshold, progress))
        } else {
            Content::AsItIs
        }
    };
    let whole = request.scope == Scope::Model;
    let exports: Vec<TensorExport<'_>> = model
        .tensors
        .iter()
        .enumerate()
        .filter(|(index, _)| whole || selected.contains(index))
        .map(|(index, tensor)| TensorExport { tensor, content: content(index, tensor) })
        .collect();
    let target = Target {
        path: &request.path,
        format,
        layout: request.layout,
        activations: request.activations,
        external_data: request.external_data,
    };
    let saved = io::save(&target, &exports, progress)?;
    Ok(saved.map_err(|error| error.to_string()).map(|saved| Exported {
        path: request.path.clone(),
        quantized: selected.len(),
        file_bytes: saved.file_bytes,
        beside: saved.beside,
        notes: saved.notes,
        python: format.python(&request.path),
    }))
}

/// Quantizes a tensor when its turn comes.
fn quantizer<'a>(
    tensor: &'a Tensor,
    scheme: &'a Scheme,
    threshold: Option<f32>,
    progress: &'a dyn Progress,
) -> Box<dyn Fn() -> Result<Result<quantize::Quantized, String>, Cancelled> + 'a> {
    Box::new(move || {
        let values = match tensor.values() {
            Ok(values) => values,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let options = Options { threshold, ..Options::default() };
        match quantize::quantize_with(&values, &tensor.shape, scheme, &options, &Quiet(progress)) {
            Ok(fitted) => Ok(Ok(fitted.quantized)),
            Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
            Err(QuantizeError::Unfit(reason)) => Ok(Err(reason)),
        }
    })
}

/// A path beside the document's file, named after what is in it.
pub fn suggested_path(session: &Session, settings: &Settings, scope: Scope) -> PathBuf {
    let Some(document) = session.document() else { return PathBuf::from("quantized.safetensors") };
    let stem = match document.path() {
        Some(path) => path.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned()),
        None => plain_name(document.title()),
    };
    let scheme: String = plain_name(&session.scheme().to_string());
    let name = match (scope, document.selected()) {
        (Scope::Tensor, Some(tensor)) if document.model.tensors.len() > 1 => {
            format!("{stem}-{}-{scheme}.safetensors", plain_name(&tensor.name))
        }
        _ => format!("{stem}-{scheme}.safetensors"),
    };
    let beside = document.path().and_then(Path::parent).map(Path::to_owned);
    let directory = beside.or_else(|| settings.directory.clone()).or_else(|| std::env::current_dir().ok());
    directory.unwrap_or_default().join(name)
}

/// Letters, digits, dots and dashes only: good in a file name everywhere.
pub(super) fn plain_name(text: &str) -> String {
    let plain =
        |character: char| if character.is_alphanumeric() || ".-_".contains(character) { character } else { '-' };
    let name: String = text.chars().map(plain).collect();
    name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Why nothing can be written to a path; `None` where it can, as far as one sees beforehand.
pub fn problem_with(path: &Path) -> Option<String> {
    if path.as_os_str().is_empty() {
        return Some("Type where the file shall go".to_owned());
    }
    if let Err(error) = FileFormat::of(path) {
        return Some(error.to_string());
    }
    problem_with_folder(path)
}

/// Why no folder can be made at a path.
pub fn problem_with_new_folder(path: &Path) -> Option<String> {
    if path.as_os_str().is_empty() {
        return Some("Type where the folder shall be".to_owned());
    }
    if path.exists() {
        return Some(format!("{} exists: type the name of a new folder", path.display()));
    }
    problem_with_folder(path)
}

/// Why no file can be put at a path, whatever its format.
pub fn problem_with_folder(path: &Path) -> Option<String> {
    if path.as_os_str().is_empty() {
        return Some("Type where the file shall go".to_owned());
    }
    if path.is_dir() {
        return Some(format!("{} is a folder: add the name of a file", path.display()));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (!directory.is_dir()).then(|| format!("There is no folder {}", directory.display()))
}

/// What a layout is called in the dialog.
pub fn layout_title(layout: Layout) -> &'static str {
    match layout {
        Layout::Codes => "Codes and parameters",
        Layout::CompressedTensors => "compressed-tensors",
        Layout::Dequantized => "Reconstruction, float32",
        Layout::Table => "Codes, looked up",
    }
}

/// Why a format has no room for what is to be written; `None` where it has.
pub fn too_much(session: &Session, scope: Scope, format: FileFormat, layout: Layout) -> Option<String> {
    let document = session.document()?;
    let tensors = document.model.tensors.len();
    if format == FileFormat::Npy && scope == Scope::Model && tensors > 1 {
        return Some(format!("npy holds one array, the model has {tensors}; choose This tensor, or npz"));
    }
    let selected = selection(document, scope);
    let tensors = document.model.tensors.iter().enumerate().map(|(index, tensor)| (tensor, selected.contains(&index)));
    let written = tensors.filter(|(_, quantized)| scope == Scope::Model || *quantized);
    io::too_large(format, layout, session.scheme(), written)
}

/// What an export will hold and about how big it will be, in a few words.
pub fn explain(session: &Session, scope: Scope, format: FileFormat, layout: Layout) -> String {
    let Some(document) = session.document() else { return String::new() };
    let selected = selection(document, scope);
    let tensor = |index: &usize| document.model.tensors.get(*index);
    // The graph is written whole, whatever of it is quantized.
    let in_graph = format == FileFormat::Onnx && selected.iter().filter_map(tensor).any(io::has_graph);
    let plain = |index: &usize| (scope == Scope::Model || in_graph) && !selected.contains(index);
    let others: Vec<&Tensor> =
        (0..document.model.tensors.len()).filter(plain).map(|index| &document.model.tensors[index]).collect();
    let tensors = |number: usize| if number == 1 { "1 tensor".to_owned() } else { format!("{number} tensors") };
    let what = match (format, layout) {
        (_, Layout::Dequantized) => "as float32 under its own name",
        (_, Layout::CompressedTensors) => "packed for compressed-tensors, with a config beside the file",
        (FileFormat::Qsz, _) => "packed to the bit",
        (FileFormat::Onnx, Layout::Table) => {
            "as codes, number formats and codebooks looked up by Cast and Gather, in GRAPH"
        }
        (FileFormat::Onnx, _) => "as codes with DequantizeLinear (a codebook: Cast and Gather), in GRAPH",
        (FileFormat::Gguf, _) => "in blocks, with the metadata of the file if that was GGUF",
        (FileFormat::Tflite, _) => "as constants with scales, each followed by DEQUANTIZE",
        (FileFormat::CHeader, _) => "as arrays NAME_codes, NAME_scale, NAME_zero_point",
        _ => "as NAME.codes with scale, zero point or codebook, one element a code",
    };
    let rest = match others.len() {
        0 => String::new(),
        1 => "; 1 tensor as it was".to_owned(),
        number => format!("; {number} tensors as they were"),
    };
    let what = what.replace("GRAPH", if in_graph { "the original graph" } else { "a graph of weights alone" });
    let untouched = others.iter().map(|tensor| tensor.bytes()).sum::<u64>();
    let bytes = |of: fn(FileFormat, Layout, &Scheme, &[usize]) -> u64| {
        let shapes = selected.iter().filter_map(tensor).map(|tensor| &tensor.shape);
        format::bytes_short(shapes.map(|shape| of(format, layout, session.scheme(), shape)).sum::<u64>() + untouched)
    };
    let (least, most) = (bytes(io::estimate), bytes(if in_graph { io::widest_estimate } else { io::estimate }));
    let size = if least == most { least } else { format!("{least} to {most}") };
    let scheme = match format {
        FileFormat::Safetensors | FileFormat::Npz | FileFormat::Qsz => " The scheme is recorded in the file.",
        _ => "",
    };
    format!("{} {what}{rest}: about {size}.{scheme}", tensors(selected.len()))
}

/// The command line that does the same as the page: quantizes the selected tensor.
pub fn command_line(session: &Session) -> Option<String> {
    let document = session.document()?;
    let tensor = document.selected()?;
    let input = match &document.origin {
        super::document::Origin::File(path) => quoted(&path.display().to_string()),
        // The command line knows the built-in seed only.
        super::document::Origin::Example(_) if document.seed().is_some_and(|seed| seed != examples::DEFAULT_SEED) => {
            return None;
        }
        // What was pasted lies nowhere that a command could read.
        super::document::Origin::Pasted => return None,
        super::document::Origin::Example(id) => format!("builtin:{id}"),
    };
    let scheme = quoted(&session.scheme().to_string());
    let selected = if document.model.tensors.len() > 1 {
        // A star by itself would stand for any text.
        format!(" --tensor {}", quoted(&tensor.name.replace('*', "\\*")))
    } else {
        String::new()
    };
    let said = document.nameless.to_string();
    let nameless = if said.is_empty() { said } else { format!(" --npy-dtype {said}") };
    Some(format!(
        "quantscope quantize {input}{nameless} --scheme {scheme}{selected} --out {}.safetensors",
        quoted(&plain_name(&tensor.name))
    ))
}

/// A shell word: quoted where a shell would read more into it.
fn quoted(text: &str) -> String {
    let safe = |character: char| character.is_ascii_alphanumeric() || "-_./:=,@".contains(character);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words_survive_the_shell() {
        assert_eq!(quoted("a/b-c.safetensors"), "a/b-c.safetensors");
        assert_eq!(quoted("my weights"), "'my weights'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }

    #[test]
    fn endings_and_folders_are_checked_before_writing() {
        assert!(problem_with(Path::new("")).is_some());
        assert!(problem_with(Path::new("weights.onyx")).is_some_and(|problem| problem.contains(".npz")));
        assert!(
            problem_with(Path::new("no such folder/weights.npz")).is_some_and(|problem| problem.contains("no folder"))
        );
        assert_eq!(problem_with(Path::new("weights.npz")), None);
    }
}
