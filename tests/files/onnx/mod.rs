//! ONNX models, made by hand byte by byte: what they show, which are refused, and what is written of them.

mod samples;
mod wire;
mod writing;

use std::path::Path;

use quantscope::engine::tensor::{Dtype, Model};
use quantscope::io::{open, open_bytes};
pub use samples::{sample, sample_beside, sample_of_codes};
use wire::{attribute, bytes, external, floats, head, initializer, model, node, number, raw, text};

use crate::hostile::refuse;

fn values(model: &Model, name: &str) -> Vec<f32> {
    model.tensor(name).unwrap_or_else(|| panic!("no {name} in {}", model.name)).values().unwrap().to_vec()
}

#[test]
fn initializers_constants_and_what_is_dequantized() {
    let model = open_bytes("m.onnx", sample()).unwrap();
    let names: Vec<&str> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["q", "s", "z", "q4", "s4", "typed", "inner", "c", "w", "w4"]);
    assert_eq!(values(&model, "c"), [1.0, -2.0]);
    assert_eq!(values(&model, "inner"), [1.0, 2.0]);
    assert_eq!(values(&model, "s"), [0.5, 2.0]);
    assert_eq!(values(&model, "typed"), [1.0, 2.0, -1.0]);
    assert_eq!(*model.tensor("typed").unwrap().stored().unwrap(), [0x21, 0x0F]);
    assert_eq!(values(&model, "q4"), [1.0, 2.0, 3.0, -1.0, -2.0, -3.0]);
    let dtype = |name| model.tensor(name).unwrap().dtype;
    assert_eq!((dtype("q4"), dtype("c"), dtype("w")), (Dtype::I4, Dtype::F16, Dtype::F32));
    // (q − z) · s, with s and z for each row.
    assert_eq!(values(&model, "w"), [0.0, 0.5, 1.0, -2.0, -4.0, -6.0]);
    // A scale for the first two of a row, and one for the last.
    assert_eq!(values(&model, "w4"), [1.0, 2.0, 30.0, -0.5, -1.0, -9.0]);
    let packing = model.tensor("w").unwrap().packing.as_ref().unwrap();
    assert_eq!(packing.scheme, "ONNX DequantizeLinear of int8, one scale for each index of axis 0");
    let parts = [("codes", 48), ("scales", 64), ("zero points", 16)].map(|(part, bits)| (part.to_owned(), bits));
    assert_eq!((packing.parts.as_slice(), packing.bytes), (&parts[..], 16));
    let metadata: Vec<_> = model.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("format", "ONNX, IR version 10"),
        ("opset", "ai.onnx 21"),
        ("graphs", "2 with 6 nodes"),
        ("producer", "by hand"),
        ("k", "v"),
        ("skipped", "`names`: text"),
    ];
    assert_eq!(metadata, expected);
}

#[test]
fn weights_of_operators_on_codes_are_shown_too() {
    let model = open_bytes("m.onnx", sample_of_codes()).unwrap();
    assert_eq!(values(&model, "conv"), [0.5, 1.0, -4.0, -6.0]);
    assert_eq!(values(&model, "matrix"), [-2.5, 0.0, 2.5, 5.0]);
    // Zero points 1 and 8, then 8 and 0.
    assert_eq!(values(&model, "nibbles dequantized"), [0.0, 1.0, 2.0, 3.0, -30.0, 0.0, 2.0, 4.0, 6.0, 6.0]);
    // Without zero points they are 8.
    assert_eq!(values(&model, "other nibbles dequantized"), [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0, 0.5]);
    let shown: Vec<&str> =
        model.tensors.iter().filter(|tensor| tensor.packing.is_some()).map(|t| t.name.as_str()).collect();
    assert_eq!(shown, ["conv", "matrix", "nibbles dequantized", "other nibbles dequantized"]);
    let packing = model.tensor("nibbles dequantized").unwrap().packing.as_ref().unwrap();
    assert_eq!((packing.scheme.as_str(), packing.bytes), ("ONNX MatMulNBits of 4 bits, blocks of 4", 8 + 16 + 2));
    let packing = model.tensor("conv").unwrap().packing.as_ref().unwrap();
    assert_eq!(packing.scheme, "ONNX QLinearConv of int8, one scale for each index of axis 0");
}

#[test]
fn an_order_of_groups_names_the_scale_of_each_column() {
    let product = |groups: [u8; 5]| {
        let numbers = [("N", 1), ("K", 5), ("bits", 4), ("block_size", 4)];
        let attributes: Vec<u8> = numbers.iter().flat_map(|(name, value)| attribute(name, number(3, *value))).collect();
        let node = node("MatMulNBits", &["x", "codes", "scales", "", "groups"], "y", attributes);
        let groups: Vec<u8> = groups.iter().flat_map(|&group| i32::from(group).to_le_bytes()).collect();
        open_bytes(
            "m.onnx",
            model(&[
                node,
                initializer(raw("codes", 2, &[1, 2, 2], &[0x99, 0x99, 0x09, 0])),
                initializer(raw("scales", 1, &[2], &floats(&[1.0, 10.0]))),
                initializer(raw("groups", 6, &[5], &groups)),
            ]),
        )
        .unwrap()
    };
    assert_eq!(values(&product([1, 0, 1, 0, 0]), "codes dequantized"), [10.0, 1.0, 10.0, 1.0, 1.0]);
    let outside = product([0, 0, 2, 0, 0]);
    let error = outside.tensor("codes dequantized").unwrap().values().unwrap_err().to_string();
    assert!(error.ends_with("codes dequantized: column 2 is of group 2, expected 0 to 1"), "{error}");
}

#[test]
fn names_of_graphs_beside_each_other_stay_apart() {
    let body = |value: f32| {
        bytes(6, &node("Constant", &[], "c", attribute("value_float", [vec![0x15], floats(&[value])].concat())))
    };
    let branches = [attribute("then_branch", body(1.0)), attribute("else_branch", body(2.0))].concat();
    let model = open_bytes("m.onnx", model(&[node("If", &["condition"], "out", branches)])).unwrap();
    assert_eq!((values(&model, "c"), values(&model, "c (graph 2)")), (vec![1.0], vec![2.0]));
    // Thousands of one name take no longer than as many of their own.
    let nameless = initializer(raw("", 1, &[1], &floats(&[1.0]))).repeat(50_000);
    let many = open_bytes("m.onnx", crate::onnx::model(&[nameless])).unwrap();
    assert_eq!(many.tensors.len(), 50_000);
    assert_eq!(many.tensors[49_999].name, "unnamed (graph 0, 49999)");
}

#[test]
fn dequantized_weights_are_rounded_to_the_type_that_comes_out() {
    let half = |values: [f32; 2]| {
        values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect::<Vec<u8>>()
    };
    let model = open_bytes(
        "m.onnx",
        model(&[
            node("DequantizeLinear", &["q", "half"], "by scale", attribute("axis", number(3, 0))),
            node(
                "DequantizeLinear",
                &["q", "single"],
                "as said",
                [attribute("axis", number(3, 0)), attribute("output_dtype", number(3, 16))].concat(),
            ),
            initializer(raw("q", 3, &[2, 2], &[127, 3, 0x81, 100])),
            initializer(raw("half", 10, &[2], &half([0.1, 0.3]))),
            initializer(raw("single", 1, &[2], &floats(&[0.1, 0.3]))),
        ]),
    )
    .unwrap();
    for (name, dtype, rounded) in [
        ("by scale", Dtype::F16, [12.695_312_5, 0.299_804_7, -38.093_75, 30.0]),
        ("as said", Dtype::BF16, [12.6875, 0.300_781_25, -38.0, 30.0]),
    ] {
        let tensor = model.tensor(name).unwrap();
        assert_eq!((tensor.dtype, tensor.packing.as_ref().unwrap().dtype), (dtype, dtype), "{name}");
        assert_eq!((values(&model, name), tensor.stored().unwrap().len()), (rounded.to_vec(), 8), "{name}");
    }
}

#[test]
fn external_data_is_read_from_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.onnx");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/w.bin"), [floats(&[9.0]), floats(&[1.5, -2.5])].concat()).unwrap();
    let there = external("w", "data/w.bin", &[("offset", "4"), ("length", "8"), ("checksum", "x")]);
    let graph = [initializer(there), initializer(external("gone", "no.bin", &[]))];
    std::fs::write(&path, model(&graph)).unwrap();
    let opened = open(&path).unwrap();
    assert_eq!(values(&opened, "w"), [1.5, -2.5]);
    let error = opened.tensor("gone").unwrap().values().unwrap_err().to_string();
    assert!(error.ends_with("its data is in `no.bin` beside the model, where there is no such file"), "{error}");
    let error = open_bytes("m.onnx", model(&graph)).unwrap().tensors[0].values().unwrap_err().to_string();
    assert!(error.ends_with("which came without its folder"), "{error}");

    // Longer than the file; then a link that leads out.
    std::fs::write(&path, model(&[initializer(external("w", "data/w.bin", &[("offset", "8")]))])).unwrap();
    let error = open(&path).unwrap_err().to_string();
    assert!(error.ends_with("`data/w.bin` has 12 bytes, not 8 from byte 8 on"), "{error}");
    #[cfg(unix)]
    {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), [0; 8]).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("w.bin")).unwrap();
        std::fs::write(&path, model(&[initializer(external("w", "w.bin", &[]))])).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("is a link out of the model's folder and is not opened"), "{error}");
    }
}

#[test]
fn hostile_models_are_refused() {
    let one = |tensor: Vec<u8>| model(&[initializer(tensor)]);
    let deep = (0..70).fold(Vec::new(), |body, _| node("If", &[], "", attribute("then_branch", bytes(6, &body))));
    let mut cut = sample();
    cut.truncate(cut.len() / 2);
    let paths = ["../w.bin", "/etc/passwd", "a/../../w", "C:\\w", "a\\..\\w", "a\0b"];
    let mut cases = vec![
        ("no graph", "x.onnx", [number(1, 8), text(2, "p")].concat(), "without a graph"),
        ("text", "x.onnx", b"hello world".to_vec(), "wire type"),
        ("a cut file", "x.onnx", cut, "bytes where"),
        ("deep nesting", "x.onnx", model(&[deep]), "graphs are nested more than 64 deep"),
        (
            "a huge shape",
            "x.onnx",
            one(raw("t", 1, &[1 << 32, 1 << 32], &[])),
            "tensor `t`: the shape [4294967296, 4294967296] of float32 overflows",
        ),
        ("a negative size", "x.onnx", one(raw("t", 1, &[u64::MAX], &[])), "the shape [-1] has a negative size"),
        ("a zero among huge sizes", "x.onnx", one(raw("t", 1, &[1 << 62, 0, 8], &[])), "overflows 64 bits"),
        (
            "too little data",
            "x.onnx",
            one(raw("t", 1, &[1000], &[0; 8])),
            "tensor `t`: 8 bytes of data where the shape [1000] of float32 needs 4000",
        ),
        (
            "too much data",
            "x.onnx",
            one(raw("t", 22, &[3], &[0; 8])),
            "8 bytes of data where the shape [3] of int4 needs 2",
        ),
        ("no data", "x.onnx", one(head("t", 1, &[2])), "0 bytes of data"),
        (
            "too few numbers",
            "x.onnx",
            one([head("t", 6, &[500]), bytes(5, &[1, 2])].concat()),
            "2 bytes of data where the shape [500] needs 500 numbers",
        ),
        (
            "data of another type",
            "x.onnx",
            one([head("t", 1, &[1]), bytes(5, &[1])].concat()),
            "field 5 holds data of another type than float32",
        ),
        ("an unknown type", "x.onnx", one(raw("t", 99, &[1], &[0])), "data type 99 is not known"),
        ("segments", "x.onnx", one([raw("t", 1, &[1], &[0; 4]), bytes(3, &[])].concat()), "in segments"),
        ("external data without a name", "x.onnx", one(external("t", "", &[])), "which it does not name"),
        (
            "an offset that is no number",
            "x.onnx",
            one(external("t", "w", &[("offset", "-4")])),
            "offset `-4` is no number",
        ),
        (
            "a length that lies",
            "x.onnx",
            one(external("t", "w", &[("length", "9")])),
            "9 bytes of data where the shape [2]",
        ),
    ];
    cases.extend(paths.map(|path| ("a path trick", "x.onnx", one(external("t", path, &[])), "is not opened")));
    refuse(cases);
}

#[test]
fn numbers_that_end_early_are_noticed_when_they_are_read() {
    // Two bytes that are one number, where two are needed.
    let model =
        open_bytes("x.onnx", model(&[initializer([head("t", 6, &[2]), bytes(5, &[0x80, 1])].concat())])).unwrap();
    let error = model.tensors[0].values().unwrap_err().to_string();
    assert_eq!(error, "x.onnx: tensor `t`: 4 bytes of data where its shape needs 8");
}

#[test]
fn a_real_model_opens() {
    let data = std::env::var_os("QUANTSCOPE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), Into::into);
    let path = data.join("silero/silero_vad.onnx");
    if !path.exists() {
        eprintln!("REAL DATA MISSING: {} is not there, its test did not run", path.display());
        return;
    }
    let model = open(&path).unwrap();
    // As the onnx package reads them.
    let weights = values(&model, "If_0_then_branch__Inline_0__decoder.rnn.weight_ih");
    assert_eq!(weights[..3], [-0.057_015_736, -0.201_258_91, -0.067_434_98]);
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    assert!((sum - 553.302_677_497_035_2).abs() < 1e-6, "{sum}");
    assert_eq!(model.tensors.len(), 34);
    assert!(model.tensor("If_0_else_branch__Inline_0__encoder.0.reparam_conv.weight").is_some());
    assert!(model.metadata.contains(&("opset".to_owned(), "ai.onnx 16".to_owned())));
}
