//! Integer against float products: time per product in milliseconds and the ratio, float32 over int8.
//!
//! `cargo bench --bench integer [words…]` runs the shapes whose name contains one of the words. With the environment variable
//! QUANTSCOPE_PYTHON naming a Python that has onnxruntime and NumPy, or with such a `python3`, `benches/integer_peer.py` measures the
//! same shapes there with the same number of threads, in the same run. Prints a table; never fails.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use quantscope::engine::integer::Geometry;
use quantscope::engine::integer::kernel::{ByteInput, FloatWeights, Weights};
use quantscope::engine::rng::Rng;

/// What is multiplied.
enum Shape {
    /// \[m × k\] · \[k × n\].
    Product([usize; 3]),
    /// An image \[1, channels, side, side\] and a kernel to as many channels.
    Convolution { channels: usize, side: usize, groups: usize },
}

/// Names shared with the Python script.
const SHAPES: [(&str, Shape); 5] = [
    ("matmul 512 x 512 x 512", Shape::Product([512, 512, 512])),
    ("matmul 1024 x 1024 x 64", Shape::Product([1024, 1024, 64])),
    ("VGG conv 3x3, 128 channels, 112 x 112", Shape::Convolution { channels: 128, side: 112, groups: 1 }),
    ("ResNet conv 3x3, 64 channels, 56 x 56", Shape::Convolution { channels: 64, side: 56, groups: 1 }),
    ("depthwise conv 3x3, 128 channels, 56 x 56", Shape::Convolution { channels: 128, side: 56, groups: 128 }),
];

/// The best time of many runs, in milliseconds: others share the machine.
fn best(mut run: impl FnMut()) -> f64 {
    let (mut best, start) = (f64::INFINITY, Instant::now());
    for round in 0.. {
        let begun = Instant::now();
        run();
        best = best.min(begun.elapsed().as_secs_f64() * 1e3);
        if round >= 5 && start.elapsed() > Duration::from_millis(800) {
            break;
        }
    }
    best
}

/// Float32 and int8 milliseconds of a shape; weights are packed beforehand, as in a network.
fn measure(shape: &Shape) -> [f64; 2] {
    let mut rng = Rng::new(1);
    let mut codes = |count: usize| (0..count).map(|_| rng.bits() as i8).collect::<Vec<_>>();
    let floats = |codes: &[i8]| codes.iter().map(|&code| f32::from(code) / 64.0).collect::<Vec<_>>();
    match *shape {
        Shape::Product([m, k, n]) => {
            let (w, x) = (codes(m * k), codes(k * n));
            let (float_w, float_x) = (FloatWeights::new(m, k, &floats(&w)).unwrap(), floats(&x));
            let int_w = Weights::new(m, k, &w).unwrap();
            [
                best(|| drop(black_box(float_w.multiply(&float_x, n, &[]).unwrap()))),
                best(|| drop(black_box(int_w.multiply(ByteInput::Signed(&x), n, &[]).unwrap()))),
            ]
        }
        Shape::Convolution { channels, side, groups } => {
            let geometry = Geometry { groups, ..Geometry::square(3).padded(1) };
            let (depth, shape) = (channels / groups * 9, [1, channels, side, side]);
            let (w, x) = (codes(channels * depth), codes(channels * side * side));
            let float_w = FloatWeights::for_kernel(channels, depth, &geometry, &floats(&w)).unwrap();
            let (int_w, float_x) = (Weights::for_kernel(channels, depth, &geometry, &w).unwrap(), floats(&x));
            [
                best(|| drop(black_box(float_w.convolve(&float_x, shape, &geometry, &[]).unwrap()))),
                best(|| drop(black_box(int_w.convolve(ByteInput::Signed(&x), shape, &geometry, 3, &[]).unwrap()))),
            ]
        }
    }
}

/// onnxruntime's milliseconds by shape, float32 and int8; empty where there is no Python with it.
fn onnxruntime(threads: usize, words: &[String]) -> HashMap<String, [f64; 2]> {
    let python = std::env::var("QUANTSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/integer_peer.py");
    let Ok(done) = Command::new(python).arg(script).arg(threads.to_string()).args(words).output() else {
        return HashMap::new();
    };
    let line = |line: &str| {
        let mut fields = line.split('\t');
        let (name, float, int) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((name.to_owned(), [float, int]))
    };
    String::from_utf8_lossy(&done.stdout).lines().filter_map(line).collect()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    for threads in [1, std::thread::available_parallelism().map_or(1, usize::from)] {
        let peer = onnxruntime(threads, &words);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        println!(
            "\n{threads} threads{:>36} | onnxruntime{:>21} | ours over theirs",
            "float32      int8   ratio", "int8   ratio"
        );
        for (name, shape) in SHAPES.iter().filter(|(name, _)| wanted(name)) {
            let [float, int] = pool.install(|| measure(shape));
            print!("{name:42} {float:8.3}  {int:8.3}  {:5.2}x", float / int);
            match peer.get(*name) {
                Some([their_float, their_int]) => println!(
                    " | {their_float:8.3}  {their_int:8.3}  {:5.2}x | float {:4.2}, int8 {:4.2}",
                    their_float / their_int,
                    float / their_float,
                    int / their_int
                ),
                None => println!(" | not at hand"),
            }
        }
    }
}
