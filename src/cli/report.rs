//! Errors and sizes as the commands report them.

use serde_json::{Map, Value as Json, json};

use super::print::{number, visible};
use crate::engine::coding::{Layout, Ledger, Part};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{Fitted, Per, Quantized, Quantizer, Scheme};
use crate::engine::tensor::Tensor;

/// Error and size of one quantized tensor, or of several taken together.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub count: u64,
    pub scheme: String,
    /// Width of a code.
    pub bits: Option<u32>,
    pub method: String,
    pub errors: ErrorReport,
    pub ledger: Ledger,
    /// Bytes of the weights in the source.
    pub source_bytes: u64,
    /// Which weights share parameters.
    pub per: Option<Per>,
}

/// What every bit of the packed tensor is for.
fn ledger(quantized: &Quantized) -> Ledger {
    Layout::of(quantized).ledger()
}

impl Report {
    /// Of one tensor.
    pub fn of(tensor: &Tensor, fitted: &Fitted) -> Self {
        Self {
            name: tensor.name.clone(),
            dtype: tensor.dtype.name(),
            shape: tensor.shape.clone(),
            count: tensor.count() as u64,
            scheme: fitted.quantized.scheme.to_string(),
            bits: Some(fitted.quantized.bits),
            method: fitted.quantized.method.clone(),
            errors: fitted.report,
            ledger: ledger(&fitted.quantized),
            source_bytes: tensor.bytes(),
            per: fitted.quantized.scheme.quantizer.as_ref().map(Quantizer::per),
        }
    }

    /// Of tensors that one scheme quantized, taken together as if they were one.
    pub fn total<'a>(scheme: &Scheme, reports: impl Iterator<Item = &'a Self>) -> Self {
        let mut total = Self { scheme: scheme.to_string(), bits: scheme.bits(), ..Self::default() };
        for report in reports {
            total.count += report.count;
            total.source_bytes += report.source_bytes;
            let (sum, errors) = (&mut total.errors, &report.errors);
            sum.count += errors.count;
            sum.excluded += errors.excluded;
            sum.sse += errors.sse;
            sum.max_error = sum.max_error.max(errors.max_error);
            sum.signal += errors.signal;
            sum.reconstruction += errors.reconstruction;
            sum.dot += errors.dot;
            for part in &report.ledger.parts {
                match total.ledger.parts.iter_mut().find(|sum| sum.name == part.name) {
                    Some(sum) => sum.bits += part.bits,
                    None => total.ledger.parts.push(part.clone()),
                }
            }
        }
        total
    }

    /// Bits of the payload for each weight, everything counted; `None` without weights.
    pub fn bits_per_weight(&self) -> Option<f64> {
        (self.count > 0).then(|| self.ledger.bits() as f64 / self.count as f64)
    }

    /// Bytes in the source for each byte of the payload; `None` where the payload is empty.
    pub fn ratio(&self) -> Option<f64> {
        let bytes = self.ledger.bytes();
        (bytes > 0).then(|| self.source_bytes as f64 / bytes as f64)
    }

    /// What a tensor and a total have in common.
    fn common(&self) -> Map<String, Json> {
        let errors = &self.errors;
        let metric = |value: Option<f64>| value.map_or(Json::Null, number);
        let defined = |value: f64| metric((errors.count > 0).then_some(value));
        let ledger = self.ledger.parts.iter().map(|part| json!({"part": part.name, "bits": part.bits}));
        let fields = [
            ("count", json!(self.count)),
            ("scheme", json!(self.scheme)),
            ("bits", json!(self.bits)),
            ("bits_per_weight", metric(self.bits_per_weight())),
            ("mse", metric(errors.mse())),
            ("rmse", metric(errors.rmse())),
            ("max_error", defined(errors.max_error)),
            ("sqnr_db", metric(errors.sqnr_db())),
            ("sse", defined(errors.sse)),
            ("cosine", metric(errors.cosine())),
            ("relative", metric(errors.relative())),
            ("excluded", json!(errors.excluded)),
            ("ledger", ledger.collect()),
            ("bytes", json!(self.ledger.bytes())),
            ("ratio", metric(self.ratio())),
        ];
        fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// A tensor's object.
    pub fn tensor_json(&self) -> Map<String, Json> {
        let mut object = self.common();
        object.insert("name".to_owned(), json!(self.name));
        object.insert("dtype".to_owned(), json!(self.dtype));
        object.insert("shape".to_owned(), json!(self.shape));
        object.insert("method".to_owned(), json!(self.method));
        object.insert("distinct".to_owned(), json!(self.errors.distinct));
        let notes = self.notes();
        if !notes.is_empty() {
            object.insert("notes".to_owned(), json!(notes));
        }
        object
    }

    /// The object of several tensors; the number of distinct values is no sum, and is left out.
    pub fn total_json(&self) -> Map<String, Json> {
        self.common()
    }

    /// Cells under [`HEADING`].
    pub fn cells(&self) -> [String; 9] {
        let shown = |value: Option<f64>, digits: usize| match value {
            Some(value) => format!("{value:.digits$}"),
            None => "–".to_owned(),
        };
        let scientific = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.6e}"));
        [
            visible(&self.name),
            self.bits.map_or_else(|| "–".to_owned(), |bits| bits.to_string()),
            self.count.to_string(),
            shown(self.bits_per_weight(), 4),
            self.ledger.bytes().to_string(),
            shown(self.ratio(), 3),
            scientific(self.errors.rmse()),
            scientific((self.errors.count > 0).then_some(self.errors.max_error)),
            shown(self.errors.sqnr_db(), 2),
        ]
    }

    /// What is odd about the tensor or how it was quantized, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let name = visible(&self.name);
        let mut notes = Vec::new();
        if self.errors.excluded > 0 {
            let (left_out, count) = (self.errors.excluded, self.count);
            notes.push(format!("{name}: {left_out} of {count} weights NaN or infinite, left out of range and error"));
        }
        if self.errors.count > 0 && self.errors.signal == 0.0 {
            notes.push(format!("{name}: every weight is 0: there is no range to quantize"));
        }
        if let Some(Per::Group(size)) = self.per {
            let row = if self.shape.len() > 1 { self.shape[1..].iter().product() } else { self.count as usize };
            match row.checked_rem(size) {
                Some(0) | None => {}
                Some(rest) => {
                    notes.push(format!(
                        "{name}: rows of {row} weights in groups of {size}: the last group of a row has {rest}"
                    ));
                }
            }
        }
        if self.method.contains("approximate") {
            notes.push(format!("{name}: {}", self.method));
        }
        notes
    }

    /// The ledger on one line.
    pub fn ledger_line(&self) -> String {
        let part = |part: &Part| format!("{} {} bit", part.name, part.bits);
        let parts = self.ledger.parts.iter().map(part).collect::<Vec<_>>().join(" + ");
        format!("{}: {parts}\n", visible(&self.name))
    }
}

/// The columns of [`Report::cells`].
pub(super) const HEADING: [&str; 9] =
    ["name", ">bits", ">weights", ">bits/weight", ">bytes", ">ratio", ">RMSE", ">max error", ">SQNR dB"];
