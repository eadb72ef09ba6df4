//! What is written in the place of weights, and where data goes.

use std::path::Path;

use quantscope::engine::Silent;
use quantscope::engine::quantize::Scheme;
use quantscope::engine::tensor::{Dtype, Model};
use quantscope::io::{Content, FileFormat, Layout, Saved, Target, TensorExport, open, open_bytes, save};

use super::samples::sample;
use super::values;
use super::wire::{attribute, bytes, external, floats, initializer, model, node, number, raw};
use crate::round_trip::{plain, quantized};

/// Writes a model by a scheme, where a tensor is called `name`, and reads it again.
fn rewrite(model: &Model, name: &str, scheme: &str, layout: Layout) -> Result<(Model, Saved), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.onnx");
    let scheme: Scheme = scheme.parse().unwrap();
    let exports = model.tensors.iter().map(|tensor| match tensor.name == name {
        true => quantized(tensor, &scheme),
        false => plain(tensor),
    });
    let exports: Vec<TensorExport<'_>> = exports.collect();
    let target = Target::new(&path, FileFormat::Onnx).with_layout(layout);
    let saved = save(&target, &exports, &Silent).unwrap().map_err(|error| error.to_string())?;
    Ok((open(&path).unwrap(), saved))
}

#[test]
fn weights_of_a_graph_are_replaced_where_they_are() {
    let names = |model: &Model| model.tensors.iter().map(|tensor| tensor.name.clone()).collect::<Vec<_>>();
    // A constant of float16 in the body of an If, and an initializer.
    let original = open_bytes("m.onnx", sample()).unwrap();
    let (again, saved) = rewrite(&original, "c", "linear:bits=8,range=restricted", Layout::Codes).unwrap();
    assert_eq!(values(&again, "c_dequantized"), [64.0 * (2.0 / 127.0), -2.0]);
    assert!(names(&again).contains(&"c_quantized".to_owned()) && !names(&again).contains(&"c".to_owned()));
    for name in ["q", "s", "z", "q4", "s4", "typed", "inner", "w", "w4"] {
        assert_eq!(values(&original, name), values(&again, name), "{name}");
    }
    assert!(saved.notes.is_empty());
    // The names that would be taken are there already.
    let (again, _) = rewrite(&original, "s", "prune:share=0", Layout::Dequantized).unwrap();
    assert_eq!((values(&again, "s"), values(&again, "w")), (values(&original, "s"), values(&original, "w")));
    let error = rewrite(&original, "w", "linear:bits=8", Layout::Codes).unwrap_err();
    assert!(error.contains("tensor `w`") && error.contains("quantized already"), "{error}");
    let error = rewrite(&original, "q", "linear:bits=8", Layout::Codes).unwrap_err();
    assert!(error.contains("expects int8"), "{error}");
}

#[test]
fn the_version_is_raised_to_what_the_type_needs_and_not_across_a_change() {
    let of = |operator: &str| {
        let graph = [
            initializer(raw("w", 1, &[2, 4], &floats(&[0.5, -1.0, 2.0, 0.25, 1.0, -0.5, 0.75, -2.0]))),
            node(operator, &["w"], "y", vec![]),
        ];
        let opset = bytes(8, &number(2, 13));
        open_bytes("m.onnx", [number(1, 7), bytes(7, &graph.concat()), opset].concat()).unwrap()
    };
    let said = |model: &Model, key: &str| {
        model.metadata.iter().find(|(found, _)| found == key).map(|(_, text)| text.clone()).unwrap()
    };
    let (model, saved) = rewrite(&of("Relu"), "w", "linear:bits=4,per=channel", Layout::Codes).unwrap();
    assert_eq!(
        (said(&model, "opset").as_str(), said(&model, "format").as_str()),
        ("ai.onnx 21", "ONNX, IR version 10")
    );
    assert_eq!(model.tensor("w_quantized").unwrap().dtype, Dtype::I4);
    assert_eq!(saved.notes, ["the runtime has to know opset 21, of ONNX 1.16"]);
    let (model, saved) = rewrite(&of("ReduceMean"), "w", "linear:bits=4,per=channel", Layout::Codes).unwrap();
    assert_eq!((said(&model, "opset").as_str(), said(&model, "format").as_str()), ("ai.onnx 13", "ONNX, IR version 7"));
    assert_eq!(model.tensor("w_quantized").unwrap().dtype, Dtype::I8);
    assert!(saved.notes[0].contains("stored as int8: int4 needs opset 21, where ReduceMean"), "{:?}", saved.notes);
    // Groups of two as rows of a matrix, which has been possible since 13.
    let (model, saved) = rewrite(&of("ReduceMean"), "w", "linear:bits=4,per=group:2", Layout::Codes).unwrap();
    assert_eq!(said(&model, "opset"), "ai.onnx 13");
    let codes = model.tensor("w_quantized").unwrap();
    assert_eq!((codes.dtype, codes.shape.as_slice()), (Dtype::I8, &[4, 2][..]));
    assert!(saved.notes[0].contains("stored as int8, a group a row: int4 needs opset 21"), "{:?}", saved.notes);
    let (model, saved) = rewrite(&of("ReduceMean"), "w", "float:e4m3fn", Layout::Codes).unwrap();
    assert_eq!(
        (said(&model, "opset").as_str(), model.tensor("w_codebook").unwrap().shape.as_slice()),
        ("ai.onnx 13", &[256][..])
    );
    assert!(saved.notes[0].contains("stored as uint8, looked up in a table: float8e4m3fn needs"), "{:?}", saved.notes);
}

#[test]
fn tables_lie_one_behind_the_other() {
    let weights = [0.5, -1.0, 2.0, 0.25, 1.0, -0.5, 0.75, -2.0];
    let source = open_bytes("m.onnx", model(&[initializer(raw("w", 1, &[2, 4], &floats(&weights)))])).unwrap();
    let shape = |model: &Model, name: &str| model.tensor(name).unwrap().shape.clone();
    let (channels, _) = rewrite(&source, "w", "kmeans:bits=1,per=channel", Layout::Codes).unwrap();
    assert_eq!(values(&channels, "w_table_starts"), [0.0, 2.0]);
    assert_eq!((shape(&channels, "w_table_starts"), shape(&channels, "w_codebook")), (vec![2, 1], vec![4]));
    assert_eq!(values(&channels, "w_codebook")[..2], [-0.25 / 3.0, 2.0]);
    // Groups of three in rows of four: the second of a row is filled up.
    let (groups, _) = rewrite(&source, "w", "kmeans:bits=1,per=group:3", Layout::Codes).unwrap();
    assert_eq!((shape(&groups, "w_quantized"), shape(&groups, "w_codebook")), (vec![4, 3], vec![8]));
    assert_eq!(values(&groups, "w_rows"), [2.0, 6.0]);
    assert_eq!(values(&groups, "w_ends"), [4.0]);
    // What ONNX lacks a place for is left out, and said.
    let (_, saved) = rewrite(&source, "w", "kmeans:bits=1|huffman", Layout::Codes).unwrap();
    assert!(saved.notes.iter().any(|note| note.contains("no Huffman codes")), "{:?}", saved.notes);
    // Both signs at one scale are a grid, at two scales a table.
    let (signs, _) = rewrite(&source, "w", "binary", Layout::Codes).unwrap();
    assert_eq!((signs.tensor("w_quantized").unwrap().dtype, values(&signs, "w_scale")), (Dtype::I2, vec![1.0]));
    assert_eq!(values(&signs, "w"), [1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0, -1.0]);
    let (signs, _) = rewrite(&source, "w", "ternary:scales=two", Layout::Codes).unwrap();
    assert_eq!(shape(&signs, "w_codebook"), [3]);
    // A number format by its type, and by a table where that is asked for.
    let (by_type, saved) = rewrite(&source, "w", "float:e2m1fn", Layout::Codes).unwrap();
    assert_eq!(by_type.tensor("w_quantized").unwrap().dtype, Dtype::F4E2M1);
    assert!(saved.notes[0].contains("does not load float4e2m1") && saved.notes[0].contains("--layout table"));
    let (by_table, _) = rewrite(&source, "w", "float:e2m1fn", Layout::Table).unwrap();
    assert_eq!((by_table.tensor("w_quantized").unwrap().dtype, shape(&by_table, "w_codebook")), (Dtype::U4, vec![16]));
}

#[test]
fn what_is_in_the_bodies_of_loops_is_found_and_replaced() {
    let weights: Vec<f32> = (0..6).map(|index| index as f32 - 2.5).collect();
    let inner = [
        node("Constant", &[], "c", attribute("value", bytes(5, &raw("", 1, &[2, 3], &floats(&weights))))),
        initializer(raw("w", 1, &[6], &floats(&weights))),
        node("DequantizeLinear", &["q", "s"], "d", vec![]),
    ];
    // A loop in a loop; the codes lie in the graph around both.
    let outer = node("Loop", &["n", "go"], "y", attribute("body", bytes(6, &inner.concat())));
    let graph = [
        node("Loop", &["n", "go"], "y", attribute("body", bytes(6, &outer))),
        initializer(raw("q", 3, &[2], &[1, 0xFF])),
        initializer(raw("s", 1, &[], &floats(&[0.5]))),
    ];
    let original = open_bytes("m.onnx", model(&graph)).unwrap();
    assert_eq!((values(&original, "c"), values(&original, "w")), (weights.clone(), weights));
    assert_eq!(values(&original, "d"), [0.5, -0.5]);
    for name in ["c", "w"] {
        let (again, _) = rewrite(&original, name, "linear:bits=8,range=full", Layout::Codes).unwrap();
        assert_eq!(again.tensor(&format!("{name}_quantized")).unwrap().dtype, Dtype::I8);
        let packing = again.tensor(name).unwrap().packing.as_ref().unwrap();
        assert_eq!(packing.scheme, "ONNX DequantizeLinear of int8");
        let (found, expected) = (values(&again, name), values(&original, name));
        // A step at most: the largest value has no code of its own.
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 2.5 / 128.0), "{found:?}");
    }
}

#[test]
fn data_goes_into_a_file_beside_the_model_and_comes_from_one() {
    let folder = tempfile::tempdir().unwrap();
    let weights: Vec<f32> = (0..2048).map(|index| (index % 37) as f32 - 18.0).collect();
    let graph = [
        initializer(raw("large", 1, &[32, 64], &floats(&weights))),
        initializer(raw("w", 1, &[64, 32], &floats(&weights))),
        initializer(raw("small", 1, &[2], &floats(&[1.0, 2.0]))),
        node("Constant", &[], "c", attribute("value", bytes(5, &raw("", 1, &[2048], &floats(&weights))))),
    ];
    let write = |source: &Model, path: &Path, external_data: bool| {
        let scheme: Scheme = "linear:bits=8,range=full".parse().unwrap();
        let exports = source.tensors.iter().map(|tensor| match tensor.name == "w" && tensor.packing.is_none() {
            true => quantized(tensor, &scheme),
            false => plain(tensor),
        });
        let exports: Vec<TensorExport<'_>> = exports.collect();
        let target = Target { external_data, ..Target::new(path, FileFormat::Onnx) };
        save(&target, &exports, &Silent).unwrap().unwrap()
    };
    let original = open_bytes("m.onnx", model(&graph)).unwrap();
    let path = folder.path().join("out.onnx");
    let saved = write(&original, &path, true);
    let data = folder.path().join("out.onnx.data");
    assert_eq!(saved.data.as_deref(), Some(data.as_path()));
    let length = |path: &Path| std::fs::metadata(path).unwrap().len();
    // Tensors of 8, 2 and 8 KiB, each from a whole page on.
    assert_eq!((length(&data), saved.file_bytes), (8192 + 4096 + 8192, length(&path) + length(&data)));
    assert!(length(&path) < 2048 && saved.notes.iter().any(|note| note.contains("out.onnx.data beside it")));
    let again = open(&path).unwrap();
    for name in ["large", "small", "c"] {
        assert_eq!(values(&again, name), values(&original, name), "{name}");
    }
    let restored = values(&again, "w");

    // Written again somewhere else, what lay beside comes inside, and over itself it stays readable.
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let carried = write(&again, &other.join("whole.onnx"), false);
    assert_eq!((carried.data, other.read_dir().unwrap().count()), (None, 1));
    write(&again, &path, true);
    for path in [other.join("whole.onnx"), path.clone()] {
        let again = open(&path).unwrap();
        assert_eq!((values(&again, "w"), values(&again, "large")), (restored.clone(), values(&original, "large")));
        assert_eq!(values(&again, "c"), values(&original, "c"));
    }
    // Data of another model is not written over: its weights would be lost.
    let taken = folder.path().join("taken.onnx.data");
    std::fs::write(&taken, b"another model's").unwrap();
    let exports: Vec<TensorExport<'_>> =
        original.tensors.iter().map(|tensor| TensorExport { tensor, content: Content::AsItIs }).collect();
    let model_path = folder.path().join("taken.onnx");
    let target = Target { external_data: true, ..Target::new(&model_path, FileFormat::Onnx) };
    let error = save(&target, &exports, &Silent).unwrap().unwrap_err().to_string();
    assert!(error.contains("taken.onnx.data exists already"), "{error}");
    assert_eq!(std::fs::read(&taken).unwrap(), b"another model's");
    // A model of the name that keeps its data elsewhere does not make it its own, and one that is open keeps what it shares.
    std::fs::copy(&path, &model_path).unwrap();
    let error = save(&target, &exports, &Silent).unwrap().unwrap_err().to_string();
    assert!(error.contains("taken.onnx.data exists already"), "{error}");
    let sharing = open(&model_path).unwrap();
    let exports: Vec<TensorExport<'_>> =
        sharing.tensors.iter().map(|tensor| TensorExport { tensor, content: Content::AsItIs }).collect();
    let target = Target { external_data: true, ..Target::new(&path, FileFormat::Onnx) };
    let error = save(&target, &exports, &Silent).unwrap().unwrap_err().to_string();
    assert!(error.contains("out.onnx.data exists already"), "{error}");
    assert_eq!(values(&open(&path).unwrap(), "w"), restored);
    // Nothing large enough: one file.
    let little =
        open_bytes("m.onnx", model(&[initializer(raw("w", 1, &[2, 2], &floats(&[1.0, 2.0, 3.0, 4.0])))])).unwrap();
    assert_eq!(write(&little, &other.join("little.onnx"), true).data, None);
    // What is not there cannot be carried along.
    std::fs::write(
        folder.path().join("gone.onnx"),
        model(&[
            initializer(external("gone", "no.bin", &[])),
            initializer(raw("w", 1, &[2, 2], &floats(&[1.0, 2.0, 3.0, 4.0]))),
        ]),
    )
    .unwrap();
    let source = open(&folder.path().join("gone.onnx")).unwrap();
    let w = TensorExport { tensor: source.tensor("w").unwrap(), content: Content::AsItIs };
    let target_path = folder.path().join("x.onnx");
    let target = Target::new(&target_path, FileFormat::Onnx);
    let error = save(&target, &[w], &Silent).unwrap().unwrap_err().to_string();
    assert!(error.contains("`gone`: its data is in `no.bin` beside the model, where there is no such file"), "{error}");
}
