//! Coding speed on one core: packing, Huffman and sparse storage of 4-bit indices of Gaussian weights, and of 8-bit linear codes.
//!
//! `cargo bench --bench coding [MILLIONS]`. Each figure is the median of runs; the checks at the end of each run keep the work honest. Peers
//! on the same kind of machine and data: huff0 encodes 882 and decodes 1,289 M symbols a second, zlib 108 and 185.

use std::hint::black_box;
use std::time::Instant;

use quantscope::engine::Silent;
use quantscope::engine::coding::{Layout, huffman, pack};
use quantscope::engine::quantize::{Codes, Scheme, quantize};
use quantscope::engine::rng::Rng;

/// huff0's figures on 4-bit indices: encode and decode, M symbols a second.
const HUFF0: (f64, f64) = (882.0, 1_289.0);

/// zlib's (Huffman only).
const ZLIB: (f64, f64) = (108.0, 185.0);

fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    let millions = std::env::args().skip(1).find_map(|argument| argument.parse::<usize>().ok()).unwrap_or(16);
    let count = millions << 20;
    let mut rng = Rng::new(1);
    let weights: Vec<f32> = (0..count).map(|_| rng.normal() as f32).collect();
    println!("{count} Gaussian weights, one thread, medians of 7 runs");
    for (text, peers) in [("kmeans:bits=4", true), ("linear:bits=8", false)] {
        let scheme: Scheme = text.parse().expect("a scheme");
        let fitted = quantize(&weights, &[count], &scheme, None, &Silent).expect("fits").quantized;
        let Codes::Narrow(codes) = &fitted.codes else { unreachable!("8 bits at most") };
        let width = fitted.bits;
        let counts = huffman::counts(codes, width);
        let code = huffman::Code::of_counts(&counts, width);
        let encoded = huffman::encode(codes, &code);
        let bits = encoded.bytes.len() as f64 * 8.0 / count as f64;
        println!(
            "\n{text}: entropy {:.4}, Huffman {bits:.4} bits a symbol, streams counted",
            huffman::entropy(&counts)
        );
        let rate = |seconds: f64| count as f64 / seconds / 1e6;
        let encode = rate(median(7, || drop(black_box(huffman::encode(black_box(codes), &code)))));
        let mut found = Vec::new();
        let decode = rate(median(7, || {
            found = huffman::decode::<u8>(black_box(&encoded.bytes), count, &code).expect("decodes").0
        }));
        assert!(found == *codes, "what was encoded is decoded");
        let ratio =
            |found: f64, peer: f64| if peers { format!(", {:.2} × huff0", found / peer) } else { String::new() };
        let zlib = |found: f64, peer: f64| if peers { format!(", {:.1} × zlib", found / peer) } else { String::new() };
        println!("  Huffman encode  {encode:8.0} M symbols/s{}{}", ratio(encode, HUFF0.0), zlib(encode, ZLIB.0));
        println!("  Huffman decode  {decode:8.0} M symbols/s{}{}", ratio(decode, HUFF0.1), zlib(decode, ZLIB.1));
        println!(
            "  count symbols   {:8.0} M symbols/s",
            rate(median(7, || drop(black_box(huffman::counts(codes, width)))))
        );
        let pack = median(7, || drop(black_box(pack::pack(codes.iter().map(|&code| u16::from(code)), width))));
        println!("  pack            {:8.0} M symbols/s", rate(pack));
    }
    let scheme: Scheme = "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman".parse().expect("a scheme");
    let fitted = quantize(&weights, &[count], &scheme, None, &Silent).expect("fits").quantized;
    let seconds = median(5, || drop(black_box(Layout::of(&fitted).write(&fitted))));
    let bits = Layout::of(&fitted).ledger().bits() as f64 / count as f64;
    println!(
        "\n{scheme}: {bits:.4} bits a weight\n  pick, code and write {:.0} M weights/s",
        count as f64 / seconds / 1e6
    );
}
