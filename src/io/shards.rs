//! Reading a model that is cut into several safetensors files, by the index beside them (`model.safetensors.index.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::beside::Beside;
use super::blob::Blob;
use super::error::{Error, clean, printable};
use super::safetensors;
use crate::engine::tensor::Model;

/// What an index says.
#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    metadata: serde_json::Map<String, serde_json::Value>,
    /// The file of each tensor.
    weight_map: BTreeMap<String, String>,
}

/// Opens the files of an index; of each nothing is read but its header. Tensors are in the order of the files' names, then of their
/// data.
pub(super) fn open(blob: &Blob, name: String, folder: Option<&Path>) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let index: Index = serde_json::from_slice(&blob.all()?).map_err(|error| {
        let error = printable(&error.to_string());
        fail(format!("{error}; expected the index of a sharded model, with a `weight_map`"))
    })?;
    let files: BTreeSet<&str> = index.weight_map.values().map(String::as_str).collect();
    let mut beside = Beside::new(folder);
    let mut model = Model { name, ..Model::default() };
    let shown = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    model.metadata.push(("format".to_owned(), format!("safetensors in {} files", files.len())));
    model.metadata.extend(index.metadata.iter().map(|(key, value)| (clean(key), clean(&shown(value)))));
    let mut missing: BTreeMap<&str, &str> =
        index.weight_map.iter().map(|(tensor, file)| (tensor.as_str(), file.as_str())).collect();
    for file in files {
        let shard = beside.file(file).and_then(|file| file).map_err(fail)?;
        let shard = safetensors::open(&shard, String::new())?;
        for tensor in shard.tensors {
            // A tensor that the index does not tell of, or tells of in another file, is none of the model's.
            if missing.get(tensor.name.as_str()) == Some(&file) {
                missing.remove(tensor.name.as_str());
                model.tensors.push(tensor);
            }
        }
        let inner = shard.metadata.into_iter().filter(|(key, _)| key == "skipped");
        model.metadata.extend(inner);
    }
    match missing.iter().next() {
        Some((tensor, file)) => Err(fail(format!(
            "tensor `{}` is not in `{}`, where the index says it is",
            printable(tensor),
            printable(file)
        ))),
        None => Ok(model),
    }
}
