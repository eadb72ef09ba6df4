//! Bulk casts between float32 and narrow formats, against a memory copy, and against NumPy and ml_dtypes on the same values in the same
//! run. Prints a table; never fails.
//!
//! `cargo bench --bench numbers`. The Python with NumPy and ml_dtypes is `$QUANTSCOPE_PYTHON`, or `python3`; without one their columns
//! stay empty.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use quantscope::engine::number::{
    CodeWord, Format, Overflow, decode_slice, encode_slice, find, par_decode_slice, par_encode_slice,
};
use quantscope::engine::rng::Rng;

const COUNT: usize = 10_000_000;

/// Every line is measured this often; the best counts, for others share the machine.
const ROUNDS: usize = 9;

/// How many times as fast as ml_dtypes the narrow formats are to be, on one thread.
const TIMES: f64 = 15.0;

/// How many times as long as a copy of the same bytes FP16 and BF16 may take.
const COPIES: f64 = 1.5;

/// Our name, NumPy's or ml_dtypes' name, and PyTorch's million values a second where there are published figures to hold against: encode
/// and decode on one thread, then on two. Measured on the machine that the targets come from.
const FORMATS: [(&str, &str, Option<[f64; 4]>); 12] = [
    ("e4m3fn", "float8_e4m3fn", Some([824.0, 156.0, 1607.0, 301.0])),
    ("e5m2", "float8_e5m2", Some([848.0, 410.0, 1782.0, 803.0])),
    ("e4m3", "float8_e4m3", None),
    ("e3m4", "float8_e3m4", None),
    ("e4m3fnuz", "float8_e4m3fnuz", None),
    ("e5m2fnuz", "float8_e5m2fnuz", None),
    ("e4m3b11fnuz", "float8_e4m3b11fnuz", None),
    ("e2m3fn", "float6_e2m3fn", None),
    ("e3m2fn", "float6_e3m2fn", None),
    ("e2m1fn", "float4_e2m1fn", None),
    ("fp16", "float16", None),
    ("bf16", "bfloat16", None),
];

fn best(mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(once).fold(f64::INFINITY, f64::min)
}

/// Seconds of NumPy or ml_dtypes: encode, decode.
type Peers = HashMap<String, [f64; 2]>;

fn peers(folder: &Path, values: &[f32], patterns: &[f32]) -> Peers {
    let (values_path, patterns_path) = (folder.join("values"), folder.join("patterns"));
    for (path, values) in [(&values_path, values), (&patterns_path, patterns)] {
        std::fs::write(path, bytemuck::cast_slice::<f32, u8>(values)).expect("room for a temporary file");
    }
    let python = std::env::var_os("QUANTSCOPE_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/casts.py");
    let mut command = Command::new(&python);
    command.arg(script).args([&values_path, &patterns_path]).arg(folder);
    command.args(FORMATS.iter().map(|(name, dtype, _)| format!("{name}={dtype}")));
    let output = match command.output() {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            println!("no peers: {} says {}", python.display(), errors.lines().last().unwrap_or_default());
            return Peers::new();
        }
        Err(error) => {
            println!("no peers: {}: {error}", python.display());
            return Peers::new();
        }
    };
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        Some((name, [words.next()?.parse().ok()?, words.next()?.parse().ok()?]))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(line).collect()
}

/// What ml_dtypes does with values beyond the largest one.
fn overflow(format: Format) -> Overflow {
    let choices = [Overflow::Infinity, Overflow::Nan];
    choices.into_iter().find(|&overflow| format.refusal(overflow).is_none()).unwrap_or(Overflow::Saturate)
}

/// Whether the codes of a file are ours, values that are NaN left out.
fn identical<C: CodeWord + Default>(format: Format, values: &[f32], path: &Path) -> String {
    let Ok(bytes) = std::fs::read(path) else { return "–".to_owned() };
    let theirs =
        bytes.chunks(size_of::<C>()).map(|code| code.iter().rev().fold(0, |code, &byte| code << 8 | u32::from(byte)));
    let mut ours = vec![C::default(); values.len()];
    par_encode_slice(format, overflow(format), values, &mut ours);
    // A NaN is a NaN: ml_dtypes keeps the sign of what overflows, this program has one NaN.
    let same = |ours: u32, theirs: u32| {
        ours == theirs || [ours, theirs].iter().all(|&code| format.decode(u64::from(code)).is_nan())
    };
    let pairs = values.iter().zip(ours.iter().zip(theirs));
    let different = pairs.filter(|(value, (ours, theirs))| !value.is_nan() && !same(ours.widen(), *theirs)).count();
    if different == 0 { "same".to_owned() } else { format!("{different} DIFFER") }
}

struct Bench<'a> {
    values: &'a [f32],
    patterns: &'a [f32],
    folder: &'a Path,
    peers: Peers,
    pools: [rayon::ThreadPool; 2],
}

impl Bench<'_> {
    fn line<C: CodeWord + Default>(&self, name: &str, torch: Option<[f64; 4]>) {
        let format = find(name).expect("a format of the catalogue").format;
        let overflow = overflow(format);
        let mut codes = vec![C::default(); COUNT];
        let mut back = vec![0.0_f32; COUNT];
        let encode = best(|| encode_slice(format, overflow, self.values, &mut codes));
        let decode = best(|| decode_slice(format, &codes, &mut back));
        let [encode_two, decode_two] = {
            let pool = &self.pools[1];
            [
                pool.install(|| best(|| par_encode_slice(format, overflow, self.values, &mut codes))),
                pool.install(|| best(|| par_decode_slice(format, &codes, &mut back))),
            ]
        };
        black_box(&back);
        let speed = |seconds: f64| COUNT as f64 / seconds / 1e6;
        let ours = [encode, decode, encode_two, decode_two].map(speed);
        print!("{name:<12}{:6.0}{:6.0}  {:6.0}{:6.0} ", ours[0], ours[1], ours[2], ours[3]);
        match self.peers.get(name) {
            Some(&[their_encode, their_decode]) => {
                let ratios = [their_encode / encode, their_decode / decode];
                let verdict = if C::BITS > 8 || ratios.iter().all(|ratio| *ratio >= TIMES) { "" } else { " MISSED" };
                print!("  {:5.1}× {:5.1}×{verdict}", ratios[0], ratios[1]);
                for (values, file) in [(self.values, "values"), (self.patterns, "patterns")] {
                    print!(" {}", identical::<C>(format, values, &self.folder.join(format!("{name}.{file}"))));
                }
            }
            None => print!("      –      –"),
        }
        if let Some(torch) = torch {
            let faster = ours.iter().zip(torch).all(|(ours, torch)| *ours > torch);
            print!("  PyTorch {torch:?} {}", if faster { "ok" } else { "MISSED" });
        }
        if C::BITS > 8 {
            // Six bytes are read or written a value: a copy of three reads and writes as many.
            let bytes = COUNT * 3;
            let from = vec![1_u8; bytes];
            let mut to = vec![0_u8; bytes];
            let copy = best(|| black_box(&mut to).copy_from_slice(black_box(&from)));
            let ratios = [encode / copy, decode / copy];
            let verdict = if ratios.iter().all(|ratio| *ratio <= COPIES) { "ok" } else { "MISSED" };
            print!("  {:.2} and {:.2} copies (target {COPIES}) {verdict}", ratios[0], ratios[1]);
        }
        println!();
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut rng = Rng::new(10);
    let values: Vec<f32> = (0..COUNT).map(|_| rng.normal() as f32).collect();
    // Every 1009th pattern of 32 bits: all exponents, both signs, infinities and NaN.
    let patterns: Vec<f32> = (0..u32::MAX).step_by(1009).map(f32::from_bits).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let peers = peers(folder.path(), &values, &patterns);
    let pools = [1, 2].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool"));
    let bench = Bench { values: &values, patterns: &patterns, folder: folder.path(), peers, pools };
    println!(
        "million values a second: encode, decode on one thread; on two; times NumPy or ml_dtypes (target {TIMES} below 9 bits)"
    );
    for (name, _, torch) in FORMATS {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        if find(name).expect("a format of the catalogue").format.bits() <= 8 {
            bench.line::<u8>(name, torch);
        } else {
            bench.line::<u16>(name, torch);
        }
    }
}
