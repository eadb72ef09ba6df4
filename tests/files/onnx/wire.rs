//! ONNX models made by hand, byte by byte.

pub use crate::network_file::{bytes, number, text, varint};

/// A tensor without data.
pub fn head(name: &str, kind: u64, dims: &[u64]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&axis| number(1, axis)).collect();
    [dims, number(2, kind), text(8, name)].concat()
}

pub fn raw(name: &str, kind: u64, dims: &[u64], data: &[u8]) -> Vec<u8> {
    [head(name, kind, dims), bytes(9, data)].concat()
}

pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn external(name: &str, location: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let entries = [("location", location)].into_iter().chain(more.iter().copied());
    let entries: Vec<u8> =
        entries.flat_map(|(key, value)| bytes(13, &[text(1, key), text(2, value)].concat())).collect();
    [head(name, 1, &[2]), entries, number(14, 1)].concat()
}

pub fn attribute(name: &str, rest: Vec<u8>) -> Vec<u8> {
    bytes(5, &[text(1, name), rest].concat())
}

pub fn node(operator: &str, inputs: &[&str], output: &str, attributes: Vec<u8>) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
    bytes(1, &[inputs, text(2, output), text(4, operator), attributes].concat())
}

pub fn initializer(tensor: Vec<u8>) -> Vec<u8> {
    bytes(5, &tensor)
}

pub fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    let opset = bytes(8, &number(2, 21));
    [
        number(1, 10),
        text(2, "by hand"),
        bytes(7, &graph.concat()),
        opset,
        bytes(14, &[text(1, "k"), text(2, "v")].concat()),
    ]
    .concat()
}
