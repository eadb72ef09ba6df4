//! The formats that can be written: one row each, and what the command line, the dialog and the messages say about them.

use std::path::Path;

use super::{compressed, gguf, onnx, tflite};
use crate::engine::quantize::Scheme;
use crate::io::error::Error;

/// How quantized tensors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Codes and parameters, as the format has them: arrays of their own in safetensors and npz, blocks in GGUF, packed in `.qsz`.
    #[default]
    Codes,
    /// What compressed-tensors reads (`pack-quantized`, `int-quantized`, `float-quantized`).
    CompressedTensors,
    /// The reconstruction in float32 under the original name.
    Dequantized,
    /// Codes of a number format as indices into a table of its values, where a runtime lacks the type itself; else as [`Layout::Codes`].
    Table,
}

impl Layout {
    /// Every layout with its name on the command line, the default first.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Codes, "generic"),
        (Self::CompressedTensors, "compressed-tensors"),
        (Self::Dequantized, "dequantized"),
        (Self::Table, "table"),
    ];

    /// The layout of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(layout, _)| layout)
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(layout, _)| *layout == self).map_or("", |(_, name)| name)
    }
}

/// The file formats that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// `.safetensors`
    Safetensors,
    /// `.npz`
    Npz,
    /// `.npy`, one array.
    Npy,
    /// `.onnx`, a graph.
    Onnx,
    /// `.gguf`, a container of blocks and metadata.
    Gguf,
    /// `.tflite`, constants with an explicit DEQUANTIZE.
    Tflite,
    /// `.h`, arrays for microcontrollers.
    CHeader,
    /// `.qsz`, this program's own container of packed tensors.
    Qsz,
}

/// One row of the table of writers.
#[derive(Debug)]
pub struct Writable {
    /// The format.
    pub format: FileFormat,
    /// The ending and the name of `--to`.
    pub ending: &'static str,
    /// The name on screen.
    pub title: &'static str,
    /// Who opens such a file, in a few words.
    pub readers: &'static str,
    /// What it holds of a quantized tensor; the first is the default.
    pub layouts: &'static [Layout],
}

/// Every format that can be written.
pub static WRITABLE: &[Writable] = &[
    Writable {
        format: FileFormat::Safetensors,
        ending: "safetensors",
        title: "safetensors",
        readers: "PyTorch, Transformers, vLLM (compressed-tensors), every safetensors library",
        layouts: &[Layout::Codes, Layout::CompressedTensors, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Npz,
        ending: "npz",
        title: "npz",
        readers: "NumPy: an array for codes, scale, zero point and codebook each",
        layouts: &[Layout::Codes, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Npy,
        ending: "npy",
        title: "npy",
        readers: "NumPy: one array, so one tensor",
        layouts: &[Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Onnx,
        ending: "onnx",
        title: "ONNX",
        readers: "onnxruntime and other ONNX runtimes: the original graph where there is one",
        layouts: &[Layout::Codes, Layout::Table, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Gguf,
        ending: "gguf",
        title: "GGUF (tensors)",
        readers: "GGUF readers; llama.cpp runs it where it came from a GGUF model whose tensors are all there",
        layouts: &[Layout::Codes, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Tflite,
        ending: "tflite",
        title: "TFLite",
        readers: "LiteRT: constants with explicit DEQUANTIZE",
        layouts: &[Layout::Codes, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::CHeader,
        ending: "h",
        title: "C header",
        readers: "C compilers: aligned arrays with dimensions, scales and zero points",
        layouts: &[Layout::Codes, Layout::Dequantized],
    },
    Writable {
        format: FileFormat::Qsz,
        ending: "qsz",
        title: "qsz",
        readers: "Quantscope: packed to the bit, as the ledger counts",
        layouts: &[Layout::Codes, Layout::Dequantized],
    },
];

impl FileFormat {
    /// The row of the table.
    pub fn row(self) -> &'static Writable {
        WRITABLE.iter().find(|row| row.format == self).unwrap_or(&WRITABLE[0])
    }

    /// The format of an ending or name.
    pub fn named(name: &str) -> Option<Self> {
        WRITABLE.iter().find(|row| row.ending.eq_ignore_ascii_case(name)).map(|row| row.format)
    }

    /// The format that a path's ending names.
    ///
    /// # Errors
    /// An ending that names none.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
        Self::named(&ending).ok_or_else(|| {
            let endings = endings("or .");
            Error::new(path, format!("the ending names no format that can be written, expected .{endings}"))
        })
    }

    /// The layout that is written when none is asked for.
    pub fn default_layout(self) -> Layout {
        self.row().layouts[0]
    }

    /// Why this format has no such layout; `None` where it has.
    pub fn refuses(self, layout: Layout) -> Option<String> {
        let row = self.row();
        if row.layouts.contains(&layout) {
            return None;
        }
        let names: Vec<&str> = row.layouts.iter().map(|layout| layout.name()).collect();
        Some(format!("{} has no layout {}; it has {}", row.title, layout.name(), names.join(", ")))
    }

    /// Why a scheme's codes cannot be written so, as far as one sees without the weights; `None` where they can.
    pub fn refuses_scheme(self, layout: Layout, scheme: &Scheme) -> Option<String> {
        self.refuses(layout).or_else(|| match (self, layout) {
            (_, Layout::Dequantized) => None,
            (_, Layout::CompressedTensors) => compressed::refuses(scheme),
            (Self::Onnx, _) => onnx::refuses(scheme),
            (Self::Gguf, _) => gguf::refuses(scheme),
            (Self::Tflite, _) => tflite::refuses(scheme),
            _ => None,
        })
    }

    /// What to know before a scheme is written so, though it can be, and the layout that has no such reservation; `None` where there
    /// is nothing.
    pub fn warning(self, layout: Layout, scheme: &Scheme) -> Option<(String, Layout)> {
        (self == Self::Onnx && layout == Layout::Codes).then(|| onnx::warning(scheme)).flatten()
    }

    /// The line of Python with which anybody can look at the file.
    pub fn python(self, path: &Path) -> String {
        let path = path.display().to_string().replace('\\', "/").replace('"', "\\\"");
        match self {
            Self::Safetensors => {
                // Slices, because NumPy has no arrays of 8 bits and fewer that are floats.
                format!(
                    "from safetensors import safe_open; f = safe_open(\"{path}\", \"np\"); s = {{k: f.get_slice(k) for k in f.keys()}}; \
                     print({{k: (v.get_dtype(), v.get_shape()) for k, v in s.items()}})"
                )
            }
            Self::Npz => format!("import numpy; f = numpy.load(\"{path}\"); print({{k: f[k].shape for k in f}})"),
            Self::Npy => format!("import numpy; print(numpy.load(\"{path}\").shape)"),
            Self::Onnx => format!(
                // By its path the checker also takes a model whose data is in a file beside it.
                "import onnx; onnx.checker.check_model(\"{path}\"); m = onnx.load(\"{path}\"); print([(t.name, list(t.dims)) for t in m.graph.initializer])"
            ),
            Self::Gguf => format!(
                "from gguf import GGUFReader; print({{t.name: (t.tensor_type.name, t.shape) for t in GGUFReader(\"{path}\").tensors}})"
            ),
            Self::Tflite => format!(
                "import numpy as n; from ai_edge_litert.interpreter import Interpreter as I; i = I(\"{path}\"); i.allocate_tensors(); i.set_tensor(i.get_input_details()[0][\"index\"], n.zeros(1, n.float32)); i.invoke(); \
                 print({{o[\"name\"]: i.get_tensor(o[\"index\"]) for o in i.get_output_details()}})"
            ),
            Self::CHeader => format!(
                "import subprocess; print(subprocess.run([\"cc\", \"-fsyntax-only\", \"-Wall\", \"-x\", \"c\", \"{path}\"]))"
            ),
            Self::Qsz => format!("import subprocess; print(subprocess.run([\"quantscope\", \"inspect\", \"{path}\"]))"),
        }
    }
}

/// The endings as a list for people: `safetensors, .npz or .qsz` with `last` = `or .`.
pub fn endings(last: &str) -> String {
    let mut text = String::new();
    for (index, row) in WRITABLE.iter().enumerate() {
        match index {
            0 => {}
            _ if index + 1 == WRITABLE.len() => text.push_str(&format!(" {last}")),
            _ if last.ends_with('.') => text.push_str(", ."),
            _ => text.push_str(", "),
        }
        text.push_str(row.ending);
    }
    text
}
