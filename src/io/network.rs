//! Networks: a safetensors file with the parameters under their names, and the layers as JSON in its metadata; or a classifier in ONNX.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use super::atomic;
use super::blob::Blob;
use super::error::{Error, clean, printable};
use crate::engine::network::{Description, Network};

/// The key of the description in the metadata.
const KEY: &str = "quantscope.network";

/// Opens a network that [`save_network`] wrote, or a classifier in ONNX.
///
/// # Errors
/// A file without a description, with one that cannot be understood, or whose tensors do not fit it; a graph that takes no pictures, gives
/// no class scores, or cannot be run, by the node.
pub fn open_network(path: &Path) -> Result<(Network, Description), Error> {
    let blob = Blob::open(path)?;
    let start = blob.start(super::START)?.into_owned();
    if !super::safetensors::is_it(&start) && super::is_onnx(&blob, path, &start) {
        let name = clean(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
        let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        return super::onnx::open_classifier(&blob, name, folder);
    }
    let model = super::open(path)?;
    network_of(&model).map_err(|problem| Error::new(path, problem))
}

/// Opens a network from memory; `name` is what messages call it.
///
/// # Errors
/// As [`open_network`].
pub fn open_network_bytes(name: &str, bytes: Vec<u8>) -> Result<(Network, Description), Error> {
    let model = super::open_bytes(name, bytes)?;
    network_of(&model).map_err(|problem| Error::new(Path::new(name), problem))
}

fn network_of(model: &crate::engine::tensor::Model) -> Result<(Network, Description), String> {
    let text = model.metadata.iter().find(|(key, _)| key == KEY).map(|(_, text)| text).ok_or_else(|| {
        format!("holds tensors but no network: its metadata lacks `{KEY}`, which `quantscope train` writes")
    })?;
    let description: Description =
        serde_json::from_str(text).map_err(|error| format!("metadata `{KEY}`: {}", printable(&error.to_string())))?;
    let network = description.network(model).map_err(|error| printable(&error.to_string()))?;
    Ok((network, description))
}

/// Writes a network; the new file takes its name only after it has been read back and found equal.
///
/// # Errors
/// A path that cannot be written, or a difference on reading back.
pub fn save_network(path: &Path, network: &Network, description: &Description) -> Result<(), Error> {
    let bytes = network_bytes(network, description).map_err(|problem| Error::new(path, problem))?;
    atomic::write(
        path,
        |out| out.write_all(&bytes).map_err(|error| Error::new(path, format!("cannot be written: {error}"))),
        |temporary, ()| {
            let (read, said) = open_network(temporary)?;
            if read == *network && said == *description {
                Ok(())
            } else {
                Err(Error::new(path, "was not saved: reading it back gave another network"))
            }
        },
    )
}

/// The bytes that [`save_network`] writes.
///
/// # Errors
/// A description that cannot be written as JSON; a network from ONNX, which has none.
pub fn network_bytes(network: &Network, description: &Description) -> Result<Vec<u8>, String> {
    check_layers(network)?;
    encode(network, description).map_err(|error| error.to_string())
}

/// Why a network has no description of its layers.
fn check_layers(network: &Network) -> Result<(), String> {
    if network.is_foreign() {
        return Err(format!(
            "{} runs as the graph of its file: quantize {} --out FILE.onnx writes it with quantized weights",
            network.name, network.name
        ));
    }
    Ok(())
}

/// The bytes of the file: tensors in the network's order, so that the same network always gives the same file.
fn encode(network: &Network, description: &Description) -> Result<Vec<u8>, serde_json::Error> {
    let mut header = serde_json::Map::new();
    let metadata = BTreeMap::from([("format", "pt".to_owned()), (KEY, serde_json::to_string(description)?)]);
    header.insert(super::header::METADATA.to_owned(), json!(metadata));
    let mut start = 0;
    for parameter in &network.parameters {
        let end = start + 4 * parameter.values.len();
        let entry = json!({ "dtype": "F32", "shape": parameter.shape, "data_offsets": [start, end] });
        header.insert(parameter.name.clone(), entry);
        start = end;
    }
    let mut text = serde_json::to_vec(&header)?;
    // The data begins at a multiple of eight bytes.
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text);
    bytes.extend(
        network.parameters.iter().flat_map(|parameter| &parameter.values).flat_map(|value| value.to_le_bytes()),
    );
    Ok(bytes)
}
