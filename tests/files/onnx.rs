//! ONNX models, made by hand byte by byte: what they show, and which are refused.

use std::path::Path;

use quantscope::engine::Silent;
use quantscope::engine::quantize::{Scheme, quantize};
use quantscope::engine::tensor::{Dtype, Model, Tensor};
use quantscope::io::{Content, FileFormat, Layout, Saved, Target, TensorExport, open, open_bytes, save};

use crate::hostile::refuse;

/// A number on the wire.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn text(field: u64, content: &str) -> Vec<u8> {
    bytes(field, content.as_bytes())
}

/// A tensor without data.
fn head(name: &str, kind: u64, dims: &[u64]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&axis| number(1, axis)).collect();
    [dims, number(2, kind), text(8, name)].concat()
}

fn raw(name: &str, kind: u64, dims: &[u64], data: &[u8]) -> Vec<u8> {
    [head(name, kind, dims), bytes(9, data)].concat()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn external(name: &str, location: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let entries = [("location", location)].into_iter().chain(more.iter().copied());
    let entries: Vec<u8> =
        entries.flat_map(|(key, value)| bytes(13, &[text(1, key), text(2, value)].concat())).collect();
    [head(name, 1, &[2]), entries, number(14, 1)].concat()
}

fn attribute(name: &str, rest: Vec<u8>) -> Vec<u8> {
    bytes(5, &[text(1, name), rest].concat())
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: Vec<u8>) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
    bytes(1, &[inputs, text(2, output), text(4, operator), attributes].concat())
}

fn initializer(tensor: Vec<u8>) -> Vec<u8> {
    bytes(5, &tensor)
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
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

/// A model with a bit of everything.
pub fn sample() -> Vec<u8> {
    let constant = node("Constant", &[], "c", attribute("value", bytes(5, &raw("", 10, &[2], &[0, 0x3C, 0, 0xC0]))));
    let body =
        [node("Constant", &[], "inner", attribute("value_floats", bytes(7, &floats(&[1.0, 2.0])))), constant].concat();
    model(&[
        node("If", &["condition"], "out", attribute("then_branch", bytes(6, &body))),
        node("DequantizeLinear", &["q", "s", "z"], "w", attribute("axis", number(3, 0))),
        node(
            "DequantizeLinear",
            &["q4", "s4"],
            "w4",
            [attribute("axis", number(3, 1)), attribute("block_size", number(3, 2))].concat(),
        ),
        node("DequantizeLinear", &["x", "s", "z"], "no weights", vec![]),
        initializer(raw("q", 3, &[2, 3], &[1, 2, 3, 0xFF, 0xFE, 0xFD])),
        initializer([head("s", 1, &[2]), bytes(4, &floats(&[0.5, 2.0]))].concat()),
        initializer([head("z", 3, &[2]), bytes(5, &[1, 0])].concat()),
        initializer(raw("q4", 22, &[2, 3], &[0x21, 0xF3, 0xDE])),
        initializer(raw("s4", 1, &[2, 2], &floats(&[1.0, 10.0, 0.5, 3.0]))),
        initializer([head("typed", 22, &[3]), bytes(5, &[varint(0x21), varint(0x0F)].concat())].concat()),
        initializer(raw("names", 8, &[1], b"a")),
    ])
}

/// A model whose only weights are eight bytes of `w.bin`, from the fifth on.
pub fn sample_beside() -> Vec<u8> {
    model(&[initializer(external("w", "w.bin", &[("offset", "4"), ("length", "8")]))])
}

/// Operators that compute with codes.
pub fn sample_of_codes() -> Vec<u8> {
    let whole = |name: &str, value: u64| attribute(name, number(3, value));
    let blocks = [whole("N", 2), whole("K", 5), whole("bits", 4), whole("block_size", 4)].concat();
    let product = |inputs: &[&str], attributes: Vec<u8>| node("MatMulNBits", inputs, "y", attributes);
    model(&[
        node(
            "QLinearConv",
            &["x", "xs", "xz", "conv_quantized", "conv_scale", "conv_zero_point", "ys", "yz"],
            "a",
            vec![],
        ),
        node("MatMulInteger", &["x", "matrix_quantized", "xz", "matrix_zero_point"], "b", vec![]),
        // The same weights a second time.
        node("MatMulInteger", &["b", "matrix_quantized", "xz", "matrix_zero_point"], "c", vec![]),
        node("MatMulInteger", &["b", "no scale", "xz"], "d", vec![]),
        product(&["d", "nibbles", "block scales", "block zeros"], blocks.clone()),
        product(&["d", "nibbles", "block scales", "", "order"], blocks.clone()),
        product(&["d", "other nibbles", "block scales"], blocks),
        initializer(raw("conv_quantized", 3, &[2, 1, 1, 2], &[1, 2, 0xFF, 0xFE])),
        initializer(raw("conv_scale", 1, &[2], &floats(&[0.5, 2.0]))),
        initializer(raw("conv_zero_point", 3, &[2], &[0, 1])),
        initializer(raw("matrix_quantized", 2, &[2, 2], &[10, 20, 30, 40])),
        initializer(raw("matrix_scale", 1, &[1], &floats(&[0.25]))),
        initializer(raw("matrix_zero_point", 2, &[1], &[20])),
        initializer(raw("no scale", 2, &[2, 2], &[1, 2, 3, 4])),
        // Two rows of five codes: a block of four and one of one, each two bytes.
        initializer(raw("nibbles", 2, &[2, 2, 2], &[0x21, 0x43, 0x05, 0, 0x98, 0xBA, 0x0C, 0])),
        initializer(raw("block scales", 1, &[4], &floats(&[1.0, 10.0, 2.0, 0.5]))),
        initializer(raw("block zeros", 2, &[2], &[0x81, 0x08])),
        initializer(raw("other nibbles", 2, &[2, 2, 2], &[0x88, 0x88, 0x08, 0, 0x99, 0x99, 0x09, 0])),
    ])
}

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

/// Writes a model by a scheme, where a tensor is called `name`, and reads it again.
fn rewrite(model: &Model, name: &str, scheme: &str, layout: Layout) -> Result<(Model, Saved), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.onnx");
    let scheme: Scheme = scheme.parse().unwrap();
    let export = |tensor: &'_ Tensor| -> Content<'_> {
        if tensor.name != name {
            return Content::AsItIs;
        }
        let (tensor, scheme) = (tensor.clone(), scheme.clone());
        Content::Quantized(Box::new(move || {
            let values = tensor.values().unwrap();
            Ok(Ok(quantize(&values, &tensor.shape, &scheme, None, &Silent).unwrap().quantized))
        }))
    };
    let exports: Vec<TensorExport<'_>> =
        model.tensors.iter().map(|tensor| TensorExport { tensor, content: export(tensor) }).collect();
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
        let export = |tensor: &Tensor| -> Content<'_> {
            if tensor.name != "w" || tensor.packing.is_some() {
                return Content::AsItIs;
            }
            let (tensor, scheme) = (tensor.clone(), scheme.clone());
            Content::Quantized(Box::new(move || {
                Ok(Ok(quantize(&tensor.values().unwrap(), &tensor.shape, &scheme, None, &Silent).unwrap().quantized))
            }))
        };
        let exports: Vec<TensorExport<'_>> =
            source.tensors.iter().map(|tensor| TensorExport { tensor, content: export(tensor) }).collect();
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
