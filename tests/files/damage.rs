//! Good files of every kind that is read, damaged by a seeded generator: any outcome is right but a panic, a runaway, or an
//! allocation by a number that the file made up.
//!
//! The usual run is a fixed number of rounds; `QUANTSCOPE_DAMAGE_SECONDS` goes on with new seeds for so long.

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat};
use quantscope::engine::network::digits::Split;
use quantscope::engine::tensor::Model;
use quantscope::io::{self, Nameless, open_bytes};
use zip::CompressionMethod::{Deflated, Stored};

use crate::{gguf, make, network_file, onnx, qsz, sound, torch};

/// Counts the largest block that each thread asks for.
struct Watch;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn note(size: usize) {
    // A thread that is ending has no cell any more, and nothing to tell.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

// SAFETY: every call is handed on to the system's allocator as it came; a cell of a thread is all that is touched beside it, and
// that takes no memory.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Memory) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Memory) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Memory, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Memory) {
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static WATCH: Watch = Watch;

/// A good file of a kind.
struct Sample {
    kind: &'static str,
    bytes: Vec<u8>,
    read: fn(&Path, &str, Vec<u8>) -> bool,
    /// The largest block that reading it may ask for, in bytes for each byte of the file, beside [`FLOOR`].
    growth: usize,
}

/// Buffers of decoders, tables of codes, views that repeat elements: what any file may take.
const FLOOR: usize = 16 << 20;
/// Codes of a few bits become float32.
const DECODED: usize = 64;
/// What deflate reaches, decoded.
const INFLATED: usize = 1032 * 8;
/// Canvases that may be larger than what is painted on them: bounded by the most pixels that are read.
const CANVAS: usize = usize::MAX;

/// Opens and reads everything; whether it opened.
fn weights(_: &Path, name: &str, bytes: Vec<u8>) -> bool {
    let Ok(model) = open_bytes(name, bytes) else { return false };
    read(&model);
    true
}

fn read(model: &Model) {
    for tensor in &model.tensors {
        let (values, stored) = (tensor.values(), tensor.stored());
        assert!(values.is_err() || values.unwrap().len() == tensor.count(), "{tensor:?}");
        assert!(stored.is_err() || stored.unwrap().len() as u64 == tensor.bytes(), "{tensor:?}");
    }
}

/// By way of a file, for readers of paths.
fn written(folder: &Path, name: &str, bytes: Vec<u8>) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn answered(folder: &Path, name: &str, bytes: Vec<u8>) -> bool {
    let answer = Nameless::default().with(quantscope::engine::tensor::Dtype::I4);
    io::open_as(&written(folder, name, bytes), answer).inspect(read).is_ok()
}

fn beside(folder: &Path, name: &str, bytes: Vec<u8>) -> bool {
    io::open(&written(folder, name, bytes)).inspect(read).is_ok()
}

fn dataset(folder: &Path, name: &str, bytes: Vec<u8>) -> bool {
    io::open_dataset(&written(folder, name, bytes), Split::Test).is_ok()
}

/// A file in a folder of its own, whose other files are good.
fn within(folder: &Path, place: &str, bytes: Vec<u8>) {
    std::fs::write(folder.join(place), bytes).unwrap();
}

fn shard(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "shards/one.safetensors", bytes);
    io::open(&folder.join("shards/x.safetensors.index.json")).inspect(read).is_ok()
}

fn model_with_data(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "external/m.onnx", bytes);
    within(folder, "external/w.bin", vec![1; 12]);
    io::open(&folder.join("external/m.onnx")).inspect(read).is_ok()
}

fn data_of_model(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "external/m.onnx", onnx::sample_beside());
    within(folder, "external/w.bin", bytes);
    io::open(&folder.join("external/m.onnx")).inspect(read).is_ok()
}

fn labels(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "labels/t10k-labels-idx1-ubyte", bytes);
    io::open_dataset(&folder.join("labels/t10k-images-idx3-ubyte"), Split::Test).is_ok()
}

fn batch(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "cifar/test_batch.bin", bytes);
    io::open_dataset(&folder.join("cifar"), Split::Test).is_ok()
}

fn class(folder: &Path, _: &str, bytes: Vec<u8>) -> bool {
    within(folder, "classes/a/1.png", bytes);
    io::open_dataset(&folder.join("classes"), Split::Test).is_ok()
}

fn palette(folder: &Path, name: &str, bytes: Vec<u8>) -> bool {
    io::open_palette(&written(folder, name, bytes)).is_ok()
}

fn classifier(folder: &Path, name: &str, bytes: Vec<u8>) -> bool {
    io::open_network(&written(folder, name, bytes)).is_ok()
}

fn network(_: &Path, name: &str, bytes: Vec<u8>) -> bool {
    io::open_network_bytes(name, bytes).is_ok()
}

fn numbers(_: &Path, _: &str, bytes: Vec<u8>) -> bool {
    io::numbers(&String::from_utf8_lossy(&bytes)).is_ok()
}

/// A classifier with every kind of layer that has windows.
fn small() -> Vec<u8> {
    use network_file::{end, floats, integer, integers, model, node};
    let window = [integers("kernel_shape", &[2, 2]), integers("strides", &[2, 2]), integers("pads", &[1, 0, 0, 1])];
    model(
        17,
        &[
            node("Conv", "conv", &["x", "k", "b"], &["c"], &[integers("pads", &[1, 1, 1, 1])]),
            node("BatchNormalization", "norm", &["c", "b", "b", "b", "s"], &["n"], &[]),
            node("Relu", "relu", &["n"], &["r"], &[]),
            node("MaxPool", "pool", &["r"], &["p"], &window),
            node("Flatten", "flat", &["p"], &["f"], &[integer("axis", 1)]),
            node("Gemm", "fc", &["f", "w"], &["y"], &[integer("transB", 1)]),
            floats("k", &[2, 1, 3, 3], &[0.5; 18]),
            floats("b", &[2], &[0.5; 2]),
            floats("s", &[2], &[1.0; 2]),
            floats("w", &[3, 18], &[0.25; 54]),
            end(11, "x", 1, &[0, 1, 5, 5]),
            end(12, "y", 1, &[0, 3]),
        ],
    )
}

fn samples(folder: &Path) -> Vec<Sample> {
    let array = make::npy("'>f4'", true, "4, 5", &[7; 80]);
    let members = [("a.npy", array.clone()), ("b.npy", make::npy("'<f2'", false, "9,", &[1; 18]))];
    let two = r#"{"__metadata__":{"a":"b"},"x":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]},
        "y":{"dtype":"F32","shape":[1,1],"data_offsets":[3,7]}}"#;
    let picture = DynamicImage::new_rgba8(9, 7);
    let flat: DynamicImage = picture.to_rgb8().into();
    let saved = |name: &str| {
        let path = folder.join(name);
        std::fs::read(path).unwrap()
    };
    std::fs::write(folder.join("one.safetensors"), make::one_tensor("F32", &[2], &[1; 8])).unwrap();
    let index = br#"{"metadata":{"total_size":8},"weight_map":{"t":"one.safetensors"}}"#;
    let two_labels = [&[0, 0, 8, 1, 0, 0, 0, 2][..], &[3, 4]].concat();
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), &two_labels).unwrap();
    let pictures = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28][..], &[9; 2 * 28 * 28]].concat();
    for sub in ["shards", "external", "labels", "cifar", "classes/a", "classes/b"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    std::fs::write(folder.join("shards/x.safetensors.index.json"), index).unwrap();
    std::fs::write(folder.join("labels/t10k-images-idx3-ubyte"), &pictures).unwrap();
    std::fs::write(folder.join("classes/b/1.png"), make::picture(&flat, ImageFormat::Png)).unwrap();
    let set = [
        ("x.npy", make::npy("'|u1'", false, "2, 4, 4", &[7; 32])),
        ("y.npy", make::npy("'|u1'", false, "2,", &[0, 1])),
    ];
    let record = [&[3][..], &[100; 3 * 32 * 32]].concat();
    let colours = [[1, 2, 3], [200, 100, 50]];
    let trained = {
        let (network, description) = quantscope::builtin::network("lenet-300-100").unwrap();
        io::save_network(&folder.join("n.safetensors"), &network, &description).unwrap();
        saved("n.safetensors")
    };
    let sample = |kind, bytes, growth| Sample { kind, bytes, read: weights, growth };
    let by = |kind, bytes, read| Sample { kind, bytes, read, growth: DECODED };
    let drawn = |kind, format, picture: &DynamicImage, growth| sample(kind, make::picture(picture, format), growth);
    vec![
        sample("x.safetensors", make::safetensors(two, &[5; 7]), DECODED),
        sample("x.npy", array, DECODED),
        by("y.npy", make::npy("'<V1'", true, "3, 2", &[1, 2, 3, 15, 8, 7]), answered),
        sample("stored.npz", make::zip(&members, Stored), INFLATED),
        sample("deflated.npz", make::zip(&members, Deflated), INFLATED),
        sample("x.gguf", gguf::sample(), DECODED),
        sample("x.pt", torch::sample(), INFLATED),
        sample("x.pth", torch::legacy(&[6]), DECODED),
        sample("x.onnx", onnx::sample(), DECODED),
        Sample { kind: "net.onnx", bytes: small(), read: classifier, growth: CANVAS },
        sample("plain.qsz", qsz::sample("linear:bits=4,per=group:3"), INFLATED),
        sample("sparse.qsz", qsz::sample("prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman"), INFLATED),
        sample("x.csv", b"a,b\n1,2.5e-3\n-3,inf\n".to_vec(), DECODED),
        sample("x.tsv", b"1\t2.5e-3\n-3\t4\n".to_vec(), DECODED),
        sample("x.wav", sound::sample(), DECODED),
        by("pasted", b"[[1, 2.5], [3, -4e2]]".to_vec(), numbers),
        by("x.safetensors.index.json", index.to_vec(), beside),
        by("a shard", make::one_tensor("F32", &[2], &[1; 8]), shard),
        sample("codes.onnx", onnx::sample_of_codes(), DECODED),
        by("a model whose data is beside it", onnx::sample_beside(), model_with_data),
        by("the data beside a model", vec![2; 12], data_of_model),
        by("t10k-images-idx3-ubyte", pictures, dataset),
        by("labels", two_labels, labels),
        by("a batch of CIFAR-10", record, batch),
        Sample { growth: INFLATED, ..by("set.npz", make::zip(&set, Stored), dataset) },
        Sample { growth: INFLATED * 4, ..by("a picture of a class", make::picture(&flat, ImageFormat::Png), class) },
        by("p.gpl", io::gpl("p", &colours, &[1, 2]).into_bytes(), palette),
        by("p.json", io::palette_json("p", &colours, &[1, 2]).into_bytes(), palette),
        by("n.safetensors", trained, network),
        drawn("x.png", ImageFormat::Png, &picture, INFLATED * 4),
        drawn("x.jpg", ImageFormat::Jpeg, &flat, INFLATED * 4),
        drawn("x.webp", ImageFormat::WebP, &picture, CANVAS),
        drawn("x.gif", ImageFormat::Gif, &picture, CANVAS),
        drawn("x.bmp", ImageFormat::Bmp, &flat, CANVAS),
        drawn("x.tiff", ImageFormat::Tiff, &flat, CANVAS),
    ]
}

/// Knuth's MMIX generator; its high bits are good enough for damage.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// A place in the file: every second time near its start, where headers are.
    fn place(&mut self, bytes: &[u8]) -> usize {
        let end = if self.below(2) == 0 { bytes.len().min(600) } else { bytes.len() };
        self.below(end)
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.place(bytes);
            let length = self.below(8).min(bytes.len() - at);
            match self.below(7) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][self.below(5)],
                2 => bytes[at] = b"0123456789[](){},:'\"-"[self.below(21)],
                3 => bytes[at] ^= 1 << self.below(8),
                4 => bytes[at..at + length].fill(0xFF),
                // A piece twice, or gone.
                5 => drop(bytes.splice(at..at, bytes[at..at + length].to_vec())),
                _ => drop(bytes.drain(at..(at + length).min(bytes.len() - 1).max(at))),
            }
        }
    }
}

#[test]
fn damage_never_panics_runs_away_or_allocates_by_claims() {
    const ROUNDS: usize = 500;
    let folder = tempfile::tempdir().unwrap();
    let seconds = std::env::var("QUANTSCOPE_DAMAGE_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let samples = samples(folder.path());
    for Sample { kind, bytes, read, .. } in &samples {
        assert!(read(folder.path(), kind, bytes.clone()), "{kind}: the good file does not open");
    }
    let mut seed = 0;
    loop {
        for Sample { kind, bytes, read, growth } in &samples {
            let mut opened = 0;
            // A network takes its time.
            let rounds = if bytes.len() > 100_000 { ROUNDS / 20 } else { ROUNDS };
            for round in 0..rounds {
                let start = (seed + round as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let mut damaged = bytes.clone();
                Dice(start).damage(&mut damaged);
                let allowed = damaged.len().saturating_mul(*growth).saturating_add(FLOOR);
                LARGEST.set(0);
                let (begun, size) = (Instant::now(), damaged.len());
                opened += usize::from(read(folder.path(), kind, damaged));
                let (largest, taken) = (LARGEST.get(), begun.elapsed());
                let place = format!("{kind}, seed {}", seed + round as u64);
                assert!(largest <= allowed, "{place}: a block of {largest} bytes for a file of {size}");
                assert!(taken < Duration::from_secs(60), "{place}: took {taken:?}");
            }
            assert!(opened < rounds, "{kind}: all {rounds} opened, the damage is too mild");
        }
        seed += ROUNDS as u64;
        if end.is_none_or(|end| Instant::now() >= end) {
            break;
        }
    }
}
