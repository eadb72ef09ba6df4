//! Models cut into several files, and tables of numbers as text.

use std::fs;
use std::path::Path;

use quantscope::io::{open, open_bytes};

use crate::make;

fn shard(tensors: &[(&str, f32)]) -> Vec<u8> {
    let entry = |(index, (name, _)): (usize, &(&str, f32))| {
        format!(r#""{name}":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}}"#, 4 * index, 4 * index + 4)
    };
    let header = format!("{{{}}}", tensors.iter().enumerate().map(entry).collect::<Vec<_>>().join(","));
    let data: Vec<u8> = tensors.iter().flat_map(|(_, value)| value.to_le_bytes()).collect();
    make::safetensors(&header, &data)
}

fn index(folder: &Path, map: &str) -> std::path::PathBuf {
    let path = folder.join("model.safetensors.index.json");
    fs::write(&path, format!(r#"{{"metadata":{{"total_size":12}},"weight_map":{{{map}}}}}"#)).unwrap();
    path
}

#[test]
fn a_model_in_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    file("model-1.safetensors", shard(&[("a", 1.0), ("b", 2.0)]));
    file("model-2.safetensors", shard(&[("c", 3.0), ("extra", 9.0)]));
    let path = index(folder.path(), r#""a":"model-1.safetensors","c":"model-2.safetensors","b":"model-1.safetensors""#);
    let model = open(&path).unwrap();
    let found: Vec<(&str, f32)> =
        model.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.values().unwrap()[0])).collect();
    assert_eq!(found, [("a", 1.0), ("b", 2.0), ("c", 3.0)]);
    assert!(model.metadata.contains(&("total_size".to_owned(), "12".to_owned())));
    let cases = [
        (r#""d":"model-1.safetensors""#, "tensor `d` is not in `model-1.safetensors`"),
        (r#""a":"model-3.safetensors""#, "`model-3.safetensors` beside the model, where there is no such file"),
        (r#""a":"../model-1.safetensors""#, "`../model-1.safetensors` leads out of the model's folder"),
        (r#""a":"/etc/passwd""#, "leads out of the model's folder"),
        (r#""a":"model.safetensors.index.json""#, "header"),
    ];
    for (map, expected) in cases {
        let error = open(&index(folder.path(), map)).unwrap_err().to_string();
        assert!(error.contains(expected), "{map}: {error}");
    }
    for (text, expected) in [("{}", "weight_map"), ("{\"weight_map\":[]}", "weight_map"), ("{", "EOF")] {
        let error = open_bytes("x.index.json", text.into()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error =
        open_bytes("x.index.json", br#"{"weight_map":{"a":"b.safetensors"}}"#.to_vec()).unwrap_err().to_string();
    assert!(error.contains("came without its folder"), "{error}");
}

/// Files with holes: ten gigabytes that take no room, of which only headers and one small tensor are read.
#[test]
#[cfg(target_os = "linux")]
fn ten_gigabytes_are_listed_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let (shards, tensors, each) = (4_u64, 50_u64, 50_000_000_u64);
    let mut map = Vec::new();
    for shard in 0..shards {
        let entry = |number: u64| {
            let (start, end) = (number * each, (number + 1) * each);
            format!(r#""layer.{shard}.{number}":{{"dtype":"BF16","shape":[5000,5000],"data_offsets":[{start},{end}]}}"#)
        };
        let header = format!("{{{}}}", (0..tensors).map(entry).collect::<Vec<_>>().join(","));
        let name = format!("model-{shard}.safetensors");
        let path = folder.path().join(&name);
        fs::write(&path, make::safetensors(&header, &[])).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(8 + header.len() as u64 + tensors * each).unwrap();
        map.extend((0..tensors).map(|number| format!(r#""layer.{shard}.{number}":"{name}""#)));
    }
    let model = open(&index(folder.path(), &map.join(","))).unwrap();
    assert_eq!((model.tensors.len() as u64, model.bytes()), (shards * tensors, shards * tensors * each));
}

#[test]
fn tables_of_numbers() {
    let model = open_bytes("weights.csv", b"a,b\n1,2\n3,4\n".to_vec()).unwrap();
    assert_eq!((model.tensors[0].name.as_str(), model.tensors[0].shape.as_slice()), ("weights", &[2, 2][..]));
    assert_eq!(*model.tensors[0].values().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(model.metadata, [("columns".to_owned(), "a, b".to_owned())]);
    assert_eq!(open_bytes("w.TSV", b"1\t2".to_vec()).unwrap().tensors[0].shape, [2]);
    let error = open_bytes("w.csv", b"1,2\n3".to_vec()).unwrap_err().to_string();
    assert_eq!(error, "w.csv: line 2 has 1 numbers where the rows before have 2");
    assert!(open_bytes("w.csv", b"\xFF\xFE1".to_vec()).unwrap_err().to_string().contains("not UTF-8"));
}
