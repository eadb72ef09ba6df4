use proptest::prelude::*;

use super::super::pack::{BitReader, BitWriter};
use super::*;
use crate::engine::rng::Rng;

/// Bar heights of the lecture's figure of AlexNet's last layer, and 300 where the bars are too small to read.
fn fc8() -> Vec<u64> {
    let measured = [
        1900, 6500, 16800, 36100, 63900, 90300, 91600, 59400, 23900, 5200, 8400, 32300, 64500, 91000, 98700, 85800,
        63200, 39400, 21300, 9700, 3900, 1300,
    ];
    [300; 4].into_iter().chain(measured).chain([300; 6]).collect()
}

#[test]
fn the_last_layer_of_alexnet_takes_four_bits() {
    let counts = fc8();
    assert!((entropy(&counts) - 3.9593).abs() < 5e-5, "{}", entropy(&counts));
    let code = Code::of_counts(&counts, 5);
    assert!((code.average(&counts) - 3.9972).abs() < 5e-5, "{}", code.average(&counts));
}

#[test]
fn the_lectures_matrix_gains_nothing() {
    let counts = [4, 5, 3, 4];
    assert!((entropy(&counts) - 1.977).abs() < 5e-4);
    let code = Code::of_counts(&counts, 2);
    assert_eq!((code.lengths.as_slice(), code.bits(&counts)), (&[2, 2, 2, 2][..], 32));
    let words: Vec<String> = code.words().iter().map(CodeWord::text).collect();
    assert_eq!(words, ["00", "01", "10", "11"]);
}

#[test]
fn the_tree_grows_from_the_two_rarest() {
    // The textbook example of six symbols.
    let tree = Tree::of(&[45, 13, 12, 16, 9, 5]);
    let merges = tree.merges();
    let pairs: Vec<(u64, u64, u64)> = merges
        .iter()
        .map(|merge| [merge.left, merge.right, merge.parent].map(|node| tree.nodes[node].count).into())
        .collect();
    assert_eq!(pairs, [(5, 9, 14), (12, 13, 25), (14, 16, 30), (25, 30, 55), (45, 55, 100)]);
    assert_eq!(tree.lengths(6), [1, 3, 3, 3, 4, 4]);
    let waiting: Vec<u64> = merges[1].waiting.iter().map(|&node| tree.nodes[node].count).collect();
    assert_eq!(waiting, [14, 16, 25, 45]);
    assert_eq!(merges[4].waiting, [10]);
    assert_eq!((Tree::of(&[]).lengths(0), Tree::of(&[0, 7]).lengths(2)), (vec![], vec![0, 1]));
    assert_eq!(Tree::of(&[0, 0]).merges(), []);
}

#[test]
fn a_flipped_bit_loses_step() {
    let code = Code::of_counts(&[45, 13, 12, 16, 9, 5], 3);
    let symbols = [0, 5, 1, 0, 3, 2, 4];
    let mut bits = code.encode_bits(&symbols);
    let found: Vec<u16> = code.decode_bits(&bits).iter().map(|found| found.symbol).collect();
    assert_eq!(found, symbols);
    let places = code.decode_bits(&bits);
    assert!(places.windows(2).all(|pair| pair[0].end == pair[1].start) && places[6].end == bits.len());
    bits[0] ^= true;
    assert_ne!(code.decode_bits(&bits)[0].symbol, 0);
}

/// Counts like Fibonacci's numbers make the deepest trees.
fn fibonacci(length: usize) -> Vec<u64> {
    let mut counts = vec![1, 1];
    while counts.len() < length {
        counts.push(counts[counts.len() - 1] + counts[counts.len() - 2]);
    }
    counts
}

#[test]
fn deep_trees_are_cut_at_the_limit_at_the_least_cost() {
    let counts = fibonacci(40);
    assert_eq!(Tree::of(&counts).lengths(40).iter().max(), Some(&39));
    let code = Code::of_counts(&counts, 8);
    assert_eq!(code.longest(), 15);
    let space: f64 = code.lengths.iter().map(|length| 0.5_f64.powi(i32::from(*length))).sum();
    assert_eq!(space, 1.0);
    // Where the limit does not bind, the lengths cost what the tree's cost.
    for limit in [39, 45] {
        let code = Code { lengths: limit::lengths(&counts, limit) };
        assert_eq!(code.bits(&counts), Code { lengths: Tree::of(&counts).lengths(40) }.bits(&counts), "{limit}");
    }
    // By hand: three symbols in two bits.
    assert_eq!(limit::lengths(&[1, 1, 100], 2), [2, 2, 1]);
    assert_eq!(limit::lengths(&[1, 2, 4, 8], 2), [2, 2, 2, 2]);
    assert_eq!(limit::lengths(&[1, 2, 4, 8], 3), [3, 3, 2, 1]);
}

fn round_trip<S: Symbol + PartialEq + std::fmt::Debug>(symbols: &[S], width: u32) {
    let counts = counts(symbols, width);
    let code = Code::of_counts(&counts, width);
    let mut writer = BitWriter::default();
    code.write(width, &mut writer);
    let table = writer.finish();
    let read = Code::read(width, &mut BitReader::new(&table));
    let encoded = encode(symbols, &code);
    let bits = code.bits(&counts) + encoded.length_bits + encoded.padding_bits;
    assert_eq!(bits, encoded.bytes.len() as u64 * 8, "every bit is counted");
    if symbols.is_empty() {
        assert!(encoded.bytes.is_empty());
        return;
    }
    assert_eq!(read.as_ref(), Ok(&code));
    let mut longer = encoded.bytes.clone();
    longer.extend([0xA5; 3]);
    let (found, used) = decode::<S>(&encoded.bytes, symbols.len(), &code).unwrap();
    assert_eq!(used, encoded.bytes.len());
    assert!(found == symbols);
    if (1..INTERLEAVED).contains(&(symbols.len() % BLOCK)) {
        // What follows the last stream is somebody else's.
        assert_eq!(decode::<S>(&longer, symbols.len(), &code).unwrap().1, used);
    }
    let cut = &encoded.bytes[..encoded.bytes.len() - 1];
    assert!(decode::<S>(cut, symbols.len(), &code).is_err());
}

#[test]
fn streams_of_every_kind_come_back() {
    let mut rng = Rng::new(7);
    for count in [
        0,
        1,
        2,
        5,
        100,
        INTERLEAVED - 1,
        INTERLEAVED,
        INTERLEAVED + 3,
        BLOCK - 1,
        BLOCK,
        BLOCK + 1,
        BLOCK + INTERLEAVED + 7,
    ] {
        let gaussian: Vec<u8> = (0..count).map(|_| (8.0 + 2.5 * rng.normal()).clamp(0.0, 15.0) as u8).collect();
        round_trip(&gaussian, 4);
        round_trip(&vec![3_u8; count], 4);
        round_trip(&vec![40_000_u16; count], 16);
    }
    let wide: Vec<u16> = (0..100_000).map(|_| (30_000.0 + 300.0 * rng.normal()) as u16).collect();
    round_trip(&wide, 16);
    let bytes: Vec<u8> = (0..100_000).map(|_| (128.0 + 30.0 * rng.normal()) as u8).collect();
    round_trip(&bytes, 8);
    // Deep codes: longer than a lookup.
    let skewed: Vec<u8> = (0..200_000).map(|_| rng.bits().trailing_zeros().min(30) as u8).collect();
    round_trip(&skewed, 5);
    let skewed: Vec<u16> = (0..200_000).map(|_| rng.bits().trailing_zeros() as u16 * 999).collect();
    round_trip(&skewed, 16);
    let every: Vec<u16> = (0..=u16::MAX).chain(0..300).collect();
    round_trip(&every, 16);
}

proptest! {
    #[test]
    fn any_symbols_come_back(symbols in prop::collection::vec(any::<u8>(), 0..400), width in 1_u32..=8) {
        let symbols: Vec<u8> = symbols.into_iter().map(|symbol| (u32::from(symbol) & ((1 << width) - 1)) as u8).collect();
        round_trip(&symbols, width);
        let wide: Vec<u16> = symbols.iter().map(|&symbol| u16::from(symbol)).collect();
        round_trip(&wide, width + 1);
    }

    #[test]
    fn no_bytes_bring_the_decoder_down(
        bytes in prop::collection::vec(any::<u8>(), 0..3000),
        lengths in prop::collection::vec(any::<u8>(), 1..40),
        count in 0_usize..9000,
        width in 1_u32..=16,
    ) {
        if let Ok(code) = Code::read(width, &mut BitReader::new(&lengths)) {
            let _ = decode::<u16>(&bytes, count, &code);
        }
        let code = Code::of_counts(&[1, 1, 2, 4, 8, 16], 3);
        let _ = decode::<u8>(&bytes, count, &code);
        let framed: Vec<u8> = [100_u32, 100, 100, 100].iter().flat_map(|length| length.to_le_bytes()).chain(bytes).collect();
        let _ = decode::<u8>(&framed, 8192, &code);
    }

    #[test]
    fn the_average_lies_within_a_bit_of_the_entropy(counts in prop::collection::vec(0_u64..10_000, 2..64)) {
        prop_assume!(counts.iter().filter(|count| **count > 0).count() > 1);
        let average = Code::of_counts(&counts, 6).average(&counts);
        prop_assert!(average >= entropy(&counts) - 1e-9 && average < entropy(&counts) + 1.0);
    }
}
