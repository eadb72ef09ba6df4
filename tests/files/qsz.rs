//! Our own container: what is packed comes back, every byte is covered, and what lies is refused.

use quantscope::engine::Silent;
use quantscope::engine::coding::Layout as Payload;
use quantscope::engine::quantize::{Quantized, Scheme, quantize};
use quantscope::engine::tensor::{Dtype, Model, Tensor};
use quantscope::io::{Content, FileFormat, Layout, Target, TensorExport, open, open_bytes, save};

const CHAINS: [&str; 14] = [
    "kmeans:bits=2",
    "kmeans:k=300",
    "kmeans:bits=3,per=group:3|huffman",
    "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman",
    "prune:share=0.6|kmeans:bits=4,zero=pinned,per=channel|sparse:index=2",
    "prune:share=0.5",
    "prune:share=0.7|sparse:index=3|huffman",
    "linear:bits=4,per=group:3",
    "linear:bits=12,range=restricted|sparse:index=3|huffman",
    "linear:bits=5,signed=false|huffman",
    "linear:bits=8,rounding=nearest-away,scale=f16",
    "float:e4m3fn,scale=absmax,per=channel|huffman",
    "float:fp16",
    "prune:share=0.3|float:e2m1fn|sparse:index=4",
];

fn fit(tensor: &Tensor, text: &str) -> Quantized {
    let scheme: Scheme = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    quantize(&tensor.values().unwrap(), &tensor.shape, &scheme, None, &Silent).unwrap().quantized
}

fn weights() -> Tensor {
    let values = (0..7 * 50).map(|index| ((index * 37 % 101) as f32 - 40.0) / 17.0).collect();
    Tensor::in_memory("layer/0.weight", vec![7, 10, 5], values)
}

fn bias() -> Tensor {
    Tensor::in_memory("layer/0.bias", vec![3], vec![0.5, f32::NAN, -0.0])
}

/// A file of one packed tensor and one that stays as it is; its bytes.
fn written(text: &str, layout: Layout) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.qsz");
    let (tensor, bias) = (weights(), bias());
    let quantized = Content::Quantized(Box::new(|| Ok(Ok(fit(&tensor, text)))));
    let exports = [
        TensorExport { tensor: &tensor, content: quantized },
        TensorExport { tensor: &bias, content: Content::AsItIs },
    ];
    let saved = save(&Target::new(&path, FileFormat::Qsz).with_layout(layout), &exports, &Silent)
        .unwrap()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!((saved.file_bytes, saved.arrays), (std::fs::metadata(&path).unwrap().len(), 2));
    assert_eq!(open(&path).unwrap().tensors.len(), 2);
    std::fs::read(path).unwrap()
}

/// A file of a packed tensor and a plain one.
pub fn sample(text: &str) -> Vec<u8> {
    written(text, Layout::Codes)
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    tensor.values().unwrap().iter().map(|value| value.to_bits()).collect()
}

fn tensors(bytes: Vec<u8>) -> Model {
    open_bytes("x.qsz", bytes).unwrap()
}

#[test]
fn every_chain_comes_back() {
    for text in CHAINS {
        let bytes = written(text, Layout::Codes);
        let model = tensors(bytes.clone());
        let (found, expected) = (&model.tensors[0], fit(&weights(), text));
        assert_eq!((found.name.as_str(), found.dtype, &found.shape), ("layer/0.weight", Dtype::F32, &weights().shape));
        let restored: Vec<u32> = expected.reconstruct().into_iter().map(f32::to_bits).collect();
        assert_eq!(bits(found), restored, "{text}");
        assert_eq!(bits(&model.tensors[1]), bits(&bias()), "{text}");
        let packing = found.packing.as_ref().unwrap();
        let ledger = Payload::of(&expected).ledger();
        assert_eq!((packing.scheme.as_str(), packing.bytes), (text, ledger.bytes()), "{text}");
        let parts: Vec<(String, u64)> = ledger.parts.iter().map(|part| (part.name.to_owned(), part.bits)).collect();
        assert_eq!((&packing.parts, packing.dtype), (&parts, Dtype::F32), "{text}");
        assert!(model.tensors[1].packing.is_none());
        // The payload lies in the file as the ledger's code writes it.
        let payload = Payload::of(&expected).write(&expected);
        assert_eq!(&bytes[8..8 + payload.len()], payload, "{text}");
    }
    let plain = tensors(written("kmeans:bits=2", Layout::Dequantized));
    assert!(plain.tensors[0].packing.is_none());
    assert_eq!(plain.tensors[0].values().unwrap().to_vec(), fit(&weights(), "kmeans:bits=2").reconstruct());
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let good = written("prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman", Layout::Codes);
    let fault = |bytes: Vec<u8>| match open_bytes("x.qsz", bytes) {
        Ok(_) => panic!("was opened"),
        Err(error) => error.to_string(),
    };
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (place % 8);
        let message = fault(bytes);
        assert!(message.starts_with("x.qsz: ") && !message.contains('\n'), "{message}");
        // The message names bytes that hold the damage, or what the damaged number says.
        let places = message.replace("..", " ").replace([',', ':'], " ");
        let numbers: Vec<usize> = places.split(' ').filter_map(|word| word.parse().ok()).collect();
        let inside = numbers.windows(2).any(|pair| (pair[0]..pair[1]).contains(&place));
        assert!(inside, "byte {place}: {message}");
    }
    for length in 1..good.len() {
        let message = fault(good[..length].to_vec());
        assert!(message.contains("truncated") || message.contains("damaged"), "{length}: {message}");
    }
    assert!(fault([good.as_slice(), &[0]].concat()).contains("closing mark"));
    assert!(fault([&good[..8], &good[..]].concat()).contains("should end at byte"));
}

/// A container of this index over these payloads, with checksums that are right.
fn container(index: &str, payloads: &[u8]) -> Vec<u8> {
    let mut bytes = [b"QSZ\x1A", &1_u32.to_le_bytes()[..], payloads, index.as_bytes()].concat();
    let start = 8 + payloads.len() as u64;
    let mut footer =
        [&start.to_le_bytes()[..], &(index.len() as u64).to_le_bytes(), &crc(index.as_bytes()).to_le_bytes()].concat();
    footer.extend(crc(&[&bytes[..8], &footer].concat()).to_le_bytes());
    bytes.extend(footer);
    bytes.extend(b"\x1AEND.QSZ");
    bytes
}

/// CRC-32 as the format's description names it, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0_u32, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

#[test]
fn an_index_that_lies_is_refused() {
    let tensor = |shape: &str, packed: &str, payload: &[u8]| {
        let (bytes, crc) = (payload.len(), crc(payload));
        let entry = format!(r#"{{"name":"t","shape":{shape},"dtype":"F32","bytes":{bytes},"crc32":{crc}{packed}}}"#);
        container(&format!(r#"{{"program":"p","tensors":[{entry}]}}"#), payload)
    };
    let packed = |scheme: &str, more: &str, bits: u64| {
        format!(r#","packed":{{"scheme":"{scheme}","ledger":[["codes",{bits}]]{more}}}"#)
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no JSON", container("{", &[]), "index at byte 8: EOF"),
        ("no tensors", container(r#"{"program":"p"}"#, &[]), "missing field `tensors`"),
        ("bytes of nobody", container(r#"{"program":"p","tensors":[]}"#, &[1, 2]), "bytes 8..10 belong to no tensor"),
        (
            "a payload beyond the end",
            {
                let entry = r#"{"name":"t","shape":[1],"dtype":"F32","bytes":18446744073709551615,"crc32":0}"#;
                container(&format!(r#"{{"program":"p","tensors":[{entry}]}}"#), &[0; 4])
            },
            "claims 18.4 EB from byte 8 on",
        ),
        (
            "a name twice",
            {
                let entry = r#"{"name":"t","shape":[0],"dtype":"F32","bytes":0,"crc32":0}"#;
                container(&format!(r#"{{"program":"p","tensors":[{entry},{entry}]}}"#), &[])
            },
            "`t`: occurs twice",
        ),
        (
            "an unknown dtype",
            {
                container(
                    r#"{"program":"p","tensors":[{"name":"t","shape":[0],"dtype":"X","bytes":0,"crc32":0}]}"#,
                    &[],
                )
            },
            "unknown dtype `X`",
        ),
        ("too few bytes", tensor("[2]", "", &[0; 4]), "4 bytes where the shape [2] of float32 needs 64 bits"),
        ("an overflow", tensor("[4294967296,4294967296,16]", "", &[0; 4]), "overflows 64 bits"),
        ("a scheme of another program", tensor("[1]", &packed("magic", "", 32), &[0; 4]), "unknown scheme magic"),
        (
            "a ledger that does not add up",
            tensor("[1]", &packed("prune:share=1", "", 31), &[0; 4]),
            "does not add up to the 32 bits",
        ),
        (
            "more centroids than bits",
            tensor("[1]", &packed("kmeans:bits=1", r#","books":[[1000000000000,2]]"#, 32), &[0; 4]),
            "more centroids than",
        ),
        (
            "a shape far beyond the file",
            tensor("[1000000,1000000]", &packed("sparse:index=1", r#","entries":0"#, 0), &[]),
            "decodes to 4.0 TB, over the limit of 1.1 GB",
        ),
    ];
    for (what, bytes, expected) in cases {
        let Err(error) = open_bytes("x.qsz", bytes) else { panic!("{what}: was opened") };
        assert!(error.to_string().contains(expected), "{what}: {error}");
    }
    // What only decoding shows, with checksums that are right.
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no books", tensor("[1]", &packed("kmeans:bits=1", "", 32), &[0; 4]), "0 codebooks for 1 groups at byte 8"),
        (
            "too many codes",
            tensor("[99]", &packed("linear:bits=8", "", 32), &[0; 4]),
            "99 codes of 8 bit where 32 bits are left at byte 8",
        ),
        ("no entries", tensor("[9]", &packed("sparse:index=4", "", 32), &[0; 4]), "no entries for sparse:index=4"),
        (
            "steps beyond the end",
            tensor("[2]", &packed("sparse:index=8", r#","entries":1"#, 40), &[0, 0, 0x80, 0x3F, 2]),
            "steps lead to weight 2 of 2",
        ),
        ("a table that is none", tensor("[3]", &packed("float:int4|huffman", "", 8), &[0x77]), "at byte 8"),
        (
            "a code too many",
            tensor("[1]", &packed("kmeans:k=3", r#","books":[[1,1]]"#, 40), &[3, 0, 0, 0, 0]),
            "weight 0 has code 3 of 1",
        ),
        (
            "a missing axis",
            tensor("[1,1]", &packed("linear:bits=8,per=channel:4", "", 8), &[3]),
            "axis 4 does not exist",
        ),
    ];
    for (what, bytes, expected) in cases {
        let model = open_bytes("x.qsz", bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        let error = model.tensors[0].values().map(drop).unwrap_err().to_string();
        assert!(error.contains(expected) && error.starts_with("x.qsz: tensor `t`: "), "{what}: {error}");
    }
    let version = {
        let mut bytes = container(r#"{"program":"p","tensors":[]}"#, &[]);
        bytes[4] = 2;
        let footer = bytes.len() - 32;
        let sum = crc(&[&bytes[..8], &bytes[footer..footer + 20]].concat());
        bytes[footer + 20..footer + 24].copy_from_slice(&sum.to_le_bytes());
        bytes
    };
    let error = open_bytes("x.qsz", version).unwrap_err().to_string();
    assert!(error.contains("is of version 2, this program reads version 1"), "{error}");
    assert!(
        open_bytes("x.qsz", b"something else, much longer than forty bytes".to_vec())
            .unwrap_err()
            .to_string()
            .contains("begins with `QSZ`")
    );
}
