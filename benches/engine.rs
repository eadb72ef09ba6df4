//! The engine's speed in *reads*: one read is a plain walk over the tensor's memory with the same number of threads, measured in
//! the same run. Prints a table; never fails.
//!
//! `cargo bench --bench engine -- [words…]` runs the lines whose name contains one of the words.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use quantscope::engine::Silent;
use quantscope::engine::quantize::{Scheme, curve, preview, quantize};
use quantscope::engine::tensor::{Sparkline, Summary};
use rayon::prelude::*;

/// AlexNet fc6: 9216 × 4096.
const SHAPE: [usize; 2] = [4096, 9216];
const COUNT: usize = SHAPE[0] * SHAPE[1];
/// Every line is measured this often; the best counts, for others share the machine.
const ROUNDS: usize = 7;

/// The system's allocator with a high-water mark.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grew(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call is passed on unchanged to the system's allocator; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grew(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grew(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Gaussian weights by Box and Muller from SplitMix64.
fn gaussian(count: usize) -> Vec<f32> {
    let unit = |index: u64| {
        let mut z = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let value = |index: usize| {
        let (radius, angle) = (unit(2 * index as u64 + 1), unit(2 * index as u64 + 2));
        ((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos() * 0.02) as f32
    };
    (0..count).into_par_iter().map(value).collect()
}

/// One plain read: every cache line is loaded and its bits are used.
fn read(values: &[f32]) -> u32 {
    let words: &[u32] = bytemuck::cast_slice(values);
    let block = |block: &[u32]| {
        let mut lanes = [0_u32; 64];
        for chunk in block.as_chunks::<64>().0 {
            lanes.iter_mut().zip(chunk).for_each(|(lane, word)| *lane |= word);
        }
        lanes.iter().fold(0, |all, lane| all | lane)
    };
    words.par_chunks(1 << 18).map(block).reduce(|| 0, |a, b| a | b)
}

fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    let once = |_| {
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs_f64();
        drop(black_box(result));
        seconds
    };
    (0..ROUNDS).map(once).fold(f64::INFINITY, f64::min)
}

struct Lines {
    words: Vec<String>,
}

impl Lines {
    fn wanted(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// A line in reads; the unit is measured beside the work, for the machine's speed drifts.
    fn reads<T>(&self, name: &str, target: f64, values: &[f32], mut work: impl FnMut() -> T) {
        if !self.wanted(name) {
            return;
        }
        let (mut unit, mut seconds) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..3 {
            unit = unit.min(best(|| read(values)));
            seconds = seconds.min(best(&mut work));
        }
        let reads = seconds / unit;
        let verdict = if reads <= target { "ok" } else { "MISSED" };
        println!(
            "  {name:<28} {reads:5.2} reads (target {target}) {verdict:<7} {:7.2} ms, {:6.0} M/s",
            seconds * 1e3,
            COUNT as f64 / seconds / 1e6
        );
    }

    fn frame<T>(&self, name: &str, mut work: impl FnMut() -> T) {
        if !self.wanted(name) {
            return;
        }
        let milliseconds = best(&mut work) * 1e3;
        let verdict = if milliseconds <= 16.7 { "ok" } else { "MISSED" };
        println!("  {name:<28} {milliseconds:7.2} ms (target 16.7) {verdict}");
    }
}

fn scheme(text: &str) -> Scheme {
    text.parse().expect("a scheme of this bench")
}

fn main() {
    let words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let lines = Lines { words };
    let values = gaussian(COUNT);
    let megabytes = (COUNT * 4) as f64 / 1e6;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let unit = best(|| read(&values));
            println!("{threads} thread(s): one read of {megabytes:.0} MB takes {:.2} ms", unit * 1e3);
            lines.reads("summary", 6.0, &values, || Summary::of(&values, &Silent));
            for k in [4, 16, 256] {
                let scheme = scheme(&format!("kmeans:k={k}"));
                lines.reads(&format!("kmeans k={k} from scratch"), 12.0, &values, || {
                    quantize(&values, &SHAPE, &scheme, None, &Silent)
                });
            }
            let summary = Summary::of(&values, &Silent).expect("nobody cancels");
            for text in ["linear:bits=8", "linear:bits=8,range=restricted"] {
                let scheme = scheme(text);
                lines.reads(text, 3.0, &values, || quantize(&values, &SHAPE, &scheme, Some(&summary), &Silent));
            }
        });
    }
    let summary = Summary::of(&values, &Silent).expect("nobody cancels");
    println!("from the summary ({} bins), one thread", summary.bins.len());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| frames(&lines, &summary));
    if lines.wanted("optimum") {
        optimum(&values);
    }
    if lines.wanted("memory") {
        for text in ["kmeans:k=256", "linear:bits=8", "linear:bits=16"] {
            PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
            drop(quantize(&values, &SHAPE, &scheme(text), None, &Silent));
            let peak = PEAK.load(Ordering::Relaxed) as f64 / (COUNT * 4) as f64;
            println!("memory while fitting {text}: {peak:.2} × the tensor, itself included (target 3)");
        }
    }
}

/// Every slider position: scheme change → preview.
fn frames(lines: &Lines, summary: &Summary) {
    let families = [
        ("kmeans:bits=", 1),
        ("linear:bits=", 1),
        ("linear:range=restricted,bits=", 2),
        ("linear:range=full,bits=", 1),
    ];
    let inits = ["linear", "density", "forgy", "kmeans++"];
    for (family, least) in families {
        for bits in least..=8 {
            let scheme = scheme(&format!("{family}{bits}"));
            lines.frame(&format!("preview {scheme}"), || preview(summary, &SHAPE, &scheme));
        }
    }
    for init in inits {
        for bits in [2, 4, 8] {
            let scheme = scheme(&format!("kmeans:bits={bits},init={init}"));
            lines.frame(&format!("preview {scheme}"), || preview(summary, &SHAPE, &scheme));
        }
    }
    lines.frame("bars and sparkline", || {
        let end = |bin: Option<&quantscope::engine::tensor::Bin>| bin.map_or(0.0, |bin| f64::from(bin.high));
        (summary.rebin(end(summary.bins.first()), end(summary.bins.last()), 512), Sparkline::of(summary, 32))
    });
    lines.frame("curve kmeans", || curve(summary, &SHAPE, &scheme("kmeans:bits=4")));
    lines.frame("curve linear", || curve(summary, &SHAPE, &scheme("linear:bits=4")));
}

/// How far above the optimum the fit from bins ends: 60,000 weights have an exact optimum; three times as many, each a hair to
/// the side of its original, go through the bins.
fn optimum(values: &[f32]) {
    let few = &values[..60_000];
    let many: Vec<f32> = few.iter().flat_map(|&value| [value, value * 1.000_001, value * 0.999_999]).collect();
    for k in [4, 16, 256] {
        let kmeans = scheme(&format!("kmeans:k={k}"));
        let fit = |values: &[f32]| quantize(values, &[values.len()], &kmeans, None, &Silent).expect("fits");
        let (exact, bins) = (fit(few), fit(&many));
        let above = (bins.report.sse / 3.0 / exact.report.sse - 1.0) * 100.0;
        let verdict = if above <= 0.1 { "ok" } else { "MISSED" };
        println!("kmeans k={k}: {above:+.4} % above the optimum (target 0.1) {verdict}; {}", bins.quantized.method);
        let report = quantize(values, &SHAPE, &kmeans, None, &Silent).expect("fits").report;
        println!("  all {COUNT} weights: SSE per weight and variance {:.6e}", report.sse / report.signal);
    }
}
