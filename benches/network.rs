//! LeNet-5 on 2,000 pictures in float32, against onnxruntime on the same network and pictures in the same run.
//!
//! `cargo bench --bench network` prints milliseconds for all pictures on all cores, our share of the processor's float32 peak (measured
//! by multiplications in registers), how many times an evaluation a sweep over eight widths takes, and, with the environment variable
//! QUANTSCOPE_PYTHON naming a Python that has onnxruntime and NumPy or with such a `python3`, onnxruntime's time at the batch that suits it
//! best. Never fails.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use quantscope::builtin;
use quantscope::engine::Silent;
use quantscope::engine::network::digits::{Split, draw};
use quantscope::engine::network::{Dataset, Layers, Network, Normalization, Subject, evaluate};
use quantscope::engine::quantize::Scheme;

/// Pictures.
const COUNT: usize = 2000;

/// The best time of many runs, in milliseconds: others share the machine.
fn best(time: Duration, mut run: impl FnMut()) -> f64 {
    let (mut best, start) = (f64::INFINITY, Instant::now());
    for round in 0.. {
        let begun = Instant::now();
        run();
        best = best.min(begun.elapsed().as_secs_f64() * 1e3);
        if round >= 5 && start.elapsed() > time {
            break;
        }
    }
    best
}

/// Multiplications and additions that one thread makes in a second when nothing leaves its registers.
fn peak() -> f64 {
    const ROUNDS: usize = 200_000;
    let count = |lanes: usize, chains: usize| (ROUNDS * lanes * chains) as f64;
    #[cfg(target_arch = "x86_64")]
    #[allow(clippy::needless_range_loop, reason = "an index lets the compiler keep each sum in a register of its own")]
    {
        use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};
        #[target_feature(enable = "avx512f")]
        fn wide() {
            let mut sums = [_mm512_set1_ps(1.0); 16];
            let factor = _mm512_set1_ps(0.999);
            for _ in 0..ROUNDS {
                for chain in 0..16 {
                    sums[chain] = _mm512_fmadd_ps(sums[chain], factor, factor);
                }
            }
            black_box(sums);
        }
        #[target_feature(enable = "avx2,fma")]
        fn narrow() {
            let mut sums = [_mm256_set1_ps(1.0); 12];
            let factor = _mm256_set1_ps(0.999);
            for _ in 0..ROUNDS {
                for chain in 0..12 {
                    sums[chain] = _mm256_fmadd_ps(sums[chain], factor, factor);
                }
            }
            black_box(sums);
        }
        let time = Duration::from_millis(200);
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has the feature.
            return count(16, 16) / best(time, || unsafe { wide() }) * 1e3;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has both features.
            return count(8, 12) / best(time, || unsafe { narrow() }) * 1e3;
        }
    }
    let mut sums = [1.0_f32; 32];
    let time = best(Duration::from_millis(200), || {
        for _ in 0..ROUNDS {
            sums.iter_mut().for_each(|sum| *sum = *sum * 0.999 + 0.999);
        }
        black_box(&sums);
    });
    count(1, 32) / time * 1e3
}

/// What onnxruntime prints: its best batch, its milliseconds, and how many answers are ours.
fn onnxruntime(network: &Network, data: &Dataset, answers: &[u16], threads: usize) -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    let weights = network.parameters.iter().flat_map(|parameter| &parameter.values);
    let weights: Vec<u8> = weights.flat_map(|value| value.to_le_bytes()).collect();
    let files = [
        ("weights", weights),
        ("pixels", data.pixels.to_vec()),
        ("answers", answers.iter().flat_map(|answer| answer.to_le_bytes()).collect()),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).ok()?;
    }
    let python = std::env::var("QUANTSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/network_peer.py");
    let done = Command::new(python).arg(script).arg(threads.to_string()).arg(folder.path()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (network, _) = builtin::network("lenet-5").unwrap();
    let data = draw(Split::Test, 0, COUNT);
    let run = |network: &Network| evaluate(network, &data, Normalization::default(), &Silent).unwrap().unwrap();
    let answers = run(&network).answers;
    let peak = peak() * threads as f64;
    let ours = best(Duration::from_secs(3), || drop(black_box(run(&network))));
    let macs = network.macs() as f64 * COUNT as f64;
    println!(
        "LeNet-5, {COUNT} pictures, {threads} threads: {ours:.1} ms, {:.1} us a picture",
        ours * 1e3 / COUNT as f64
    );
    let (rate, share) = (macs / ours / 1e6, 100.0 * macs / ours * 1e3 / peak);
    println!(
        "{rate:.1} billion multiplications and additions a second, {share:.0} % of {:.1} in registers",
        peak / 1e9
    );
    let theirs = match onnxruntime(&network, &data, &answers, threads) {
        Some(line) => {
            let mut fields = line.split('\t');
            let mut next = || fields.next().and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
            let (batch, theirs, same) = (next(), next(), next());
            println!("onnxruntime: {theirs:.1} ms at its best batch, {batch}; {same} of {COUNT} answers are ours");
            println!("ours over theirs: {:.2} (target 1)", ours / theirs);
            Some(theirs)
        }
        None => {
            println!("onnxruntime: not at hand");
            None
        }
    };
    let subject = Subject::new(network, Normalization::default(), data, &Silent).unwrap().unwrap();
    for family in ["linear", "kmeans"] {
        let scheme: Scheme = format!("{family}:bits=4").parse().unwrap();
        let sweep = best(Duration::from_secs(3), || {
            drop(black_box(subject.sweep(&scheme, Layers::All, 1..=8, COUNT, &Silent).unwrap()));
        });
        println!("sweep over 8 widths by {family}: {sweep:.1} ms, {:.1} evaluations (target 8)", sweep / ours);
        if let Some(theirs) = theirs {
            println!("the same in evaluations by onnxruntime: {:.1}", sweep / theirs);
        }
    }
}
