//! What is written is what the ledger says, and comes back.

use proptest::prelude::*;

use super::{Header, Layout};
use crate::engine::Silent;
use crate::engine::quantize::{Codes, Quantized, Scheme, quantize};

const SCHEMES: [&str; 24] = [
    "kmeans:bits=2",
    "kmeans:bits=4|huffman",
    "kmeans:k=300|huffman",
    "kmeans:bits=3,per=channel|huffman",
    "kmeans:bits=3,zero=pinned,per=group:7|sparse:index=3|huffman",
    "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman",
    "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=1",
    "prune:share=0.97|kmeans:k=290,zero=pinned|sparse:index=9|huffman",
    "prune:threshold=0.7",
    "prune:share=0.8|sparse:index=4",
    "prune:share=0.8|sparse:index=12|huffman",
    "prune:share=1|kmeans:bits=4,zero=pinned|sparse:index=4|huffman",
    "sparse:index=2",
    "linear:bits=4|huffman",
    "linear:bits=1|huffman",
    "linear:bits=8,range=restricted,per=channel|sparse:index=3",
    "linear:bits=5,signed=false|sparse:index=3|huffman",
    "linear:bits=12,per=channel:1|huffman",
    "linear:bits=6,zero=lab|sparse:index=2",
    "linear:bits=4,scale=f16,per=group:5|huffman",
    "float:e4m3fn,scale=absmax,per=channel|sparse:index=4|huffman",
    "float:bf16|huffman",
    "float:int4,scale=absmax|sparse:index=2",
    "prune:share=0.5|float:e5m2",
];

fn fitted(values: &[f32], shape: &[usize], text: &str) -> Quantized {
    let scheme: Scheme = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    quantize(values, shape, &scheme, None, &Silent).unwrap_or_else(|error| panic!("{text}: {error}")).quantized
}

fn check(values: &[f32], shape: &[usize], text: &str) -> Vec<u8> {
    let quantized = fitted(values, shape, text);
    let layout = Layout::of(&quantized);
    let (bytes, ledger) = (layout.write(&quantized), layout.ledger());
    assert_eq!(ledger.bits(), bytes.len() as u64 * 8, "{text}: {ledger:?}");
    assert!(ledger.parts.iter().all(|part| part.bits > 0), "{text}: {ledger:?}");
    let found = Header::of(&quantized, &layout).read(&bytes).unwrap_or_else(|error| panic!("{text}: {error}"));
    let same = match (&found.codes, &quantized.codes) {
        (Codes::Floats(found), Codes::Floats(codes)) => {
            found.iter().zip(codes).all(|(a, b)| a.to_bits() == b.to_bits())
        }
        (found, codes) => found == codes,
    };
    assert!(same, "{text}: other codes");
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<u32>>();
    assert_eq!(bits(found.reconstruct()), bits(quantized.reconstruct()), "{text}");
    bytes
}

fn wave(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index as f32 * 0.37).sin() * (1.0 + (index % 13) as f32) / 13.0).collect()
}

#[test]
fn every_scheme_is_written_as_its_ledger_says_and_read_back() {
    for text in SCHEMES {
        check(&wave(60), &[4, 5, 3], text);
        check(&wave(20_000), &[40, 500], text);
        check(&[], &[0, 3], text);
        check(&[1.5], &[1], text);
        check(&[0.0; 300], &[300], text);
        check(&[2.5; 6_000], &[6_000], text);
        check(&[f32::NAN, 1.0, f32::NEG_INFINITY, -0.0, 0.25, -3.0], &[2, 3], text);
    }
}

#[test]
fn the_ledger_tells_codes_indices_and_fillers_apart() {
    // Steps of 2 bits: 1, 3, a filler of 4 and 2.
    let mut values = [0.0; 12];
    (values[0], values[3], values[9]) = (1.0, 2.0, 1.0);
    let quantized = fitted(&values, &[12], "kmeans:bits=2,zero=pinned|sparse:index=2");
    let parts = |quantized: &Quantized| {
        let ledger = Layout::of(quantized).ledger();
        ledger.parts.iter().map(|part| (part.name, part.bits)).collect::<Vec<_>>()
    };
    assert_eq!(parts(&quantized), [("codes", 6), ("indices", 6), ("fillers", 4), ("codebook", 96)]);
    let coded = fitted(&values, &[12], "kmeans:bits=2,zero=pinned|sparse:index=2|huffman");
    // Codes 1, 2, filler 0, 1: lengths 1, 2, 2; steps 1, 3, 4, 2: lengths 2 each. Tables: 3 lengths, one run of absent codes; 4 lengths.
    let expected = [
        ("codes", 4),
        ("code table", 18),
        ("indices", 6),
        ("index table", 16),
        ("fillers", 4),
        ("codebook", 96),
        ("padding", 6 + 2),
    ];
    assert_eq!(parts(&coded), expected);
    let dense = fitted(&values, &[12], "prune:threshold=0.5");
    assert_eq!(parts(&dense), [("floats", 384)]);
}

#[test]
fn the_lectures_matrix_does_not_gain_by_huffman_coding() {
    let values = [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];
    let quantized = fitted(&values, &[4, 4], "kmeans:bits=2|huffman");
    let ledger = Layout::of(&quantized).ledger();
    let parts: Vec<(&str, u64)> = ledger.parts.iter().map(|part| (part.name, part.bits)).collect();
    assert_eq!(parts, [("codes", 32), ("code table", 16), ("codebook", 128)]);
}

/// Any damage is an error or reads as something; it never panics and never takes much memory.
#[test]
fn damaged_payloads_are_refused_or_read() {
    for text in SCHEMES {
        let values = wave(90);
        let quantized = fitted(&values, &[6, 15], text);
        let layout = Layout::of(&quantized);
        let (bytes, header) = (layout.write(&quantized), Header::of(&quantized, &layout));
        for cut in 0..bytes.len() {
            assert!(header.read(&bytes[..cut]).is_err(), "{text}: {cut} of {} bytes", bytes.len());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(header.read(&longer).is_err(), "{text}: one byte more");
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            let _ = header.read(&damaged);
        }
        for entries in [None, Some(0), Some(1), Some(u64::MAX), Some(1 << 40)] {
            if entries != header.entries && header.entries != Some(entries.unwrap_or(0)) {
                assert!(Header { entries, ..header.clone() }.read(&bytes).is_err(), "{text}: {entries:?}");
            }
        }
        let other = Header { shape: vec![6, 150_000_000], ..header.clone() };
        if header.entries.is_none() {
            assert!(other.read(&bytes).is_err(), "{text}: a shape that lies");
        }
    }
}

proptest! {
    #[test]
    fn any_weights_come_back(
        values in prop::collection::vec(prop_oneof![3 => Just(0.0_f32), 2 => -2.0_f32..2.0, 1 => any::<f32>()], 0..80),
        scheme in 0..SCHEMES.len(),
    ) {
        check(&values, &[values.len()], SCHEMES[scheme]);
    }
}
