//! GGUF files, made by hand byte by byte: what they show, which are refused, and what is carried over.

use quantscope::engine::Silent;
use quantscope::engine::quantize::{Scheme, quantize};
use quantscope::engine::tensor::{Dtype, Model, Tensor};
use quantscope::io::{Content, FileFormat, Layout, Target, TensorExport, open, open_bytes, save};

use crate::hostile::refuse;

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// A key with a value of a type.
fn key(name: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [text(name), kind.to_le_bytes().to_vec(), value.to_vec()].concat()
}

/// A tensor's entry; axes fastest first, as in the file.
fn entry(name: &str, axes: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let axes: Vec<u8> = axes.iter().flat_map(|axis| axis.to_le_bytes()).collect();
    let count = (axes.len() as u32 / 8).to_le_bytes();
    [&text(name), &count[..], &axes, &kind.to_le_bytes(), &offset.to_le_bytes()].concat()
}

fn file(version: u32, keys: &[Vec<u8>], entries: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend((entries.len() as u64).to_le_bytes());
    bytes.extend((keys.len() as u64).to_le_bytes());
    bytes.extend(keys.concat());
    bytes.extend(entries.concat());
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    bytes.extend(data);
    bytes
}

/// Metadata, a matrix of float32, a row of Q8_0 and one of a type whose blocks are not decoded.
pub fn sample() -> Vec<u8> {
    let mut data: Vec<u8> =
        [1.0_f32, -2.0, 0.5, 4.0, 8.0, -0.25].iter().flat_map(|value| value.to_le_bytes()).collect();
    data.resize(32, 0);
    // Scale 0.5, codes 1, −2, 3 …
    data.extend([0x00, 0x38, 1, 0xFE, 3]);
    data.resize(32 + 34, 0);
    data.resize(96, 0);
    data.extend([7; 66]);
    let numbers: Vec<u8> = (0..100_u32).flat_map(|number| number.to_le_bytes()).collect();
    let keys = [
        key("general.architecture", 8, &text("tiny")),
        key("tiny.depth", 4, &3_u32.to_le_bytes()),
        key("general.file_type", 4, &19_u32.to_le_bytes()),
        key("tiny.rate", 6, &0.25_f32.to_le_bytes()),
        key("tiny.numbers", 9, &[&4_u32.to_le_bytes()[..], &100_u64.to_le_bytes(), &numbers].concat()),
        key("tiny.words", 9, &[&8_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &text("a"), &text("b")].concat()),
    ];
    let entries = [entry("m", &[3, 2], 0, 0), entry("q", &[32], 8, 32), entry("later", &[256], 16, 96)];
    file(3, &keys, &entries, &data)
}

fn values(model: &Model, name: &str) -> Vec<f32> {
    model.tensor(name).unwrap().values().unwrap().to_vec()
}

#[test]
fn metadata_and_tensors() {
    let model = open_bytes("m.gguf", sample()).unwrap();
    let shown = |key: &str| model.metadata.iter().find(|(found, _)| found == key).map(|(_, text)| text.as_str());
    assert_eq!(shown("format"), Some("GGUF version 3"));
    assert_eq!(
        (shown("general.architecture"), shown("tiny.depth"), shown("tiny.rate")),
        (Some("tiny"), Some("3"), Some("0.25"))
    );
    assert_eq!(shown("tiny.numbers"), Some("[0, 1, 2, 3, 4, 5, 6, 7, …] (100 of uint32)"));
    assert_eq!(shown("tiny.words"), Some("[a, b]"));
    let m = model.tensor("m").unwrap();
    assert_eq!((m.shape.as_slice(), m.dtype), (&[2, 3][..], Dtype::F32));
    assert_eq!(values(&model, "m"), [1.0, -2.0, 0.5, 4.0, 8.0, -0.25]);
    assert_eq!(values(&model, "q")[..4], [0.5, -1.0, 1.5, 0.0]);
    let packing = model.tensor("q").unwrap().packing.as_ref().unwrap();
    assert_eq!((packing.scheme.as_str(), packing.bytes), ("gguf:q8_0", 34));
    let later = model.tensor("later").unwrap();
    assert!(later.packing.as_ref().unwrap().scheme.contains("IQ2_XXS, not decoded yet"));
    let error = later.values().unwrap_err().to_string();
    assert!(error.contains("m.gguf: tensor `later`: IQ2_XXS is not decoded yet"), "{error}");
}

#[test]
fn what_lies_is_refused() {
    let one = |entry: Vec<u8>, data: usize| file(3, &[], &[entry], &vec![0; data]);
    let counts = |tensors: u64, keys: u64| {
        [&b"GGUF\x03\x00\x00\x00"[..], &tensors.to_le_bytes(), &keys.to_le_bytes(), &[0; 40]].concat()
    };
    let with = |key: Vec<u8>| file(3, &[key], &[], &[]);
    let array = |kind: u32, count: u64| [kind.to_le_bytes().to_vec(), count.to_le_bytes().to_vec()].concat();
    let nested = (0..20).fold(array(0, 0), |inner, _| [array(9, 1), inner].concat());
    refuse(vec![
        ("eight bytes", "x.gguf", b"GGUF\x03\x00\x00\x00".to_vec(), "truncated: 8 bytes"),
        ("version 1", "x.gguf", file(1, &[], &[], &[]), "version 1, expected 2 or 3"),
        ("version 9", "x.gguf", file(9, &[], &[], &[]), "version 9, expected 2 or 3"),
        ("the other byte order", "x.gguf", file(3_u32.swap_bytes(), &[], &[], &[]), "big-endian"),
        ("many tensors", "x.gguf", counts(u64::MAX, 0), "18446744073709551615 tensors are claimed where"),
        ("many keys", "x.gguf", counts(0, 1 << 40), "1099511627776 keys are claimed where"),
        (
            "a key that is longer than the file",
            "x.gguf",
            with([&(1_u64 << 50).to_le_bytes()[..], &[0; 32]].concat()),
            "bytes are claimed",
        ),
        ("a value type", "x.gguf", with(key("k", 13, &[0; 32])), "key `k`: byte 37: value type 13"),
        ("a huge array", "x.gguf", with(key("k", 9, &array(10, 1 << 61))), "elements of uint64 are claimed"),
        ("a huge array of texts", "x.gguf", with(key("k", 9, &array(8, 1 << 40))), "elements of string are claimed"),
        ("deep arrays", "x.gguf", with(key("k", 9, &nested)), "nested more than 8 deep"),
        ("no UTF-8", "x.gguf", with(key("k", 8, &[1, 0, 0, 0, 0, 0, 0, 0, 0xFF])), "not UTF-8"),
        ("a key twice", "x.gguf", file(3, &[key("k", 0, &[1]), key("k", 0, &[1])], &[], &[]), "key `k`: occurs twice"),
        ("an odd alignment", "x.gguf", with(key("general.alignment", 4, &[24, 0, 0, 0])), "24 is no alignment"),
        ("five axes", "x.gguf", one(entry("t", &[1; 5], 0, 0), 32), "tensor `t`: 5 axes"),
        ("a product that overflows", "x.gguf", one(entry("t", &[1 << 40, 1 << 40], 0, 0), 32), "overflows 64 bits"),
        ("a zero among huge sizes", "x.gguf", one(entry("t", &[1 << 40, 0, 1 << 40], 0, 0), 32), "overflows 64 bits"),
        ("more than there is", "x.gguf", one(entry("t", &[9], 0, 0), 32), "36 bytes from byte 0 of the data on"),
        ("far away", "x.gguf", one(entry("t", &[1], 0, u64::MAX - 31), 32), "tensor `t`: 4 bytes from byte"),
        ("a crooked offset", "x.gguf", one(entry("t", &[1], 0, 4), 32), "expected a multiple of 32"),
        ("a broken block", "x.gguf", one(entry("t", &[33], 2, 0), 64), "rows of 33 where Q4_0 has blocks of 32"),
        (
            "a name twice",
            "x.gguf",
            file(3, &[], &[entry("t", &[1], 0, 0), entry("t", &[1], 0, 32)], &[0; 64]),
            "tensor `t`: occurs twice",
        ),
        (
            "tensors in one place",
            "x.gguf",
            file(3, &[], &[entry("a", &[16], 0, 0), entry("b", &[1], 0, 32)], &[0; 64]),
            "tensor `b`: begins at byte 32 of the data, inside of the tensor before",
        ),
    ]);
    let unknown = open_bytes("x.gguf", one(entry("t", &[4], 99, 0), 32)).unwrap();
    assert!(unknown.tensors[0].values().unwrap_err().to_string().contains("type 99 is not known"));
}

/// Writes a model with the tensor `m` quantized, where a scheme is given.
fn rewrite(model: &Model, scheme: Option<&str>, layout: Layout) -> Result<Model, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gguf");
    let export = |tensor| {
        let content = match scheme {
            Some(text) if Tensor::count(tensor) > 200 => {
                let scheme: Scheme = text.parse().unwrap();
                let fit = move || {
                    let values = tensor.values().unwrap();
                    Ok(quantize(&values, &tensor.shape, &scheme, None, &Silent)
                        .map(|fitted| fitted.quantized)
                        .map_err(|error| error.to_string()))
                };
                Content::Quantized(Box::new(fit))
            }
            _ => Content::AsItIs,
        };
        TensorExport { tensor, content }
    };
    let exports: Vec<TensorExport<'_>> = model.tensors.iter().map(export).collect();
    let target = Target::new(&path, FileFormat::Gguf).with_layout(layout);
    save(&target, &exports, &Silent).unwrap().map_err(|error| error.to_string())?;
    open(&path).map_err(|error| error.to_string())
}

#[test]
fn a_gguf_model_keeps_its_metadata_and_its_blocks() {
    let model = open_bytes("m.gguf", sample()).unwrap();
    let again = rewrite(&model, None, Layout::Codes).unwrap();
    let shown = |key: &str| again.metadata.iter().find(|(found, _)| found == key).map(|(_, text)| text.as_str());
    for (key, text) in &model.metadata {
        assert_eq!(shown(key), Some(text.as_str()), "{key}");
    }
    assert_eq!(shown("general.quantization_version"), Some("2"));
    assert_eq!(shown("general.alignment"), Some("32"));
    for name in ["m", "q"] {
        assert_eq!(values(&model, name), values(&again, name), "{name}");
    }
    assert_eq!(again.tensor("later").unwrap().packing, model.tensor("later").unwrap().packing);
}

#[test]
fn every_block_type_comes_back_as_it_was_quantized() {
    let weights: Vec<f32> = (0..8 * 64).map(|index| ((index * 37 % 101) as f32 - 40.3) / 17.0).collect();
    let tensor = Tensor::in_memory("w", vec![8, 64], weights.clone());
    let bias = Tensor::in_memory("scalar", vec![], vec![0.5]);
    let model = Model { name: String::new(), tensors: vec![tensor, bias], metadata: Vec::new() };
    for text in [
        "gguf:q4_0",
        "gguf:q4_1",
        "gguf:q5_0",
        "gguf:q5_1",
        "gguf:q8_0",
        "float:fp16",
        "float:bf16",
        "linear:bits=4,range=restricted,scale=f16,per=group:32",
        "linear:bits=8,range=full,scale=f16,per=group:32",
        "prune:share=0.5|gguf:q8_0",
        "prune:share=0.5",
    ] {
        let expected =
            quantize(&weights, &[8, 64], &text.parse().unwrap(), None, &Silent).unwrap().quantized.reconstruct();
        let again = rewrite(&model, Some(text), Layout::Codes).unwrap();
        assert_eq!(values(&again, "w"), expected, "{text}");
        assert_eq!(again.tensor("scalar").unwrap().shape, [1], "{text}");
        assert!(again.metadata.iter().any(|(key, value)| key == "general.architecture" && value == "quantscope"));
    }
    let again = rewrite(&model, Some("kmeans:bits=3"), Layout::Dequantized).unwrap();
    assert_eq!(again.tensor("w").unwrap().dtype, Dtype::F32);
    for (text, reason) in [
        ("kmeans:bits=4", "GGUF holds gguf:q4_0"),
        ("gguf:q4_0|huffman", "no Huffman codes"),
        ("linear:bits=4,range=full", "float16 scale for 32 weights"),
    ] {
        let error = rewrite(&model, Some(text), Layout::Codes).unwrap_err();
        assert!(error.contains("tensor `w`") && error.contains(reason), "{text}: {error}");
    }
    let name = "x".repeat(64);
    let long = Model { tensors: vec![Tensor::in_memory(name, vec![1], vec![0.0])], ..Model::default() };
    assert!(rewrite(&long, None, Layout::Codes).unwrap_err().contains("room for 63"));
}
