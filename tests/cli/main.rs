//! The headless commands as scripts see them: the real binary, its stdout, stderr, exit status and files.

mod errors;
mod inputs;
mod json;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use npyz::WriterBuilder as _;
use quantscope::engine::number::{CATALOGUE, find};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_quantscope")).args(arguments).current_dir(folder).output().unwrap()
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// What success prints: a JSON document, on success of which stderr is empty.
fn document(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{arguments}: {:?} {stderr}", output.status);
    let stdout = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments}: {error}: {stdout}"))
}

/// Numbers to five digits, everything else exactly.
fn near(found: &Value, expected: &Value) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-5 * expected.abs(),
        _ => found == expected,
    }
}

fn write_npy<T: npyz::AutoSerialize>(path: &Path, shape: &[u64], values: Vec<T>) {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Token ids, two matrices and a bias (in the order that safetensors gives them: wide dtypes first), and files that are nothing of
/// the kind.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let floats: Vec<u8> = [1.0_f32, -2.0, 0.0, 0.5, f32::NAN, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let halves: Vec<u8> = [0x3c00_u16, 0xc000, 0x3800, 0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let ids: Vec<u8> = [7_i64, 8].iter().flat_map(|x| x.to_le_bytes()).collect();
    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    let tensors = [
        ("a.weight", view(Dtype::F32, &[2, 3], &floats)),
        ("b.weight", view(Dtype::F16, &[2, 2], &halves)),
        ("b.bias", view(Dtype::F16, &[4], &halves)),
        ("ids", view(Dtype::I64, &[2], &ids)),
    ];
    safetensors::serialize_to_file(tensors, None, &path("model.safetensors")).unwrap();
    let whole = std::fs::read(path("model.safetensors")).unwrap();
    std::fs::write(path("short.safetensors"), &whole[..whole.len() - 3]).unwrap();
    std::fs::write(path("text.txt"), "no weights").unwrap();
    write_npy(&path("w.npy"), &[2, 3], vec![0.3_f32, -500.0, 1e9, -0.0, f32::NAN, 1.0625]);
    write_npy(&path("double.npy"), &[1], vec![0.1_f64]);
    write_npy(&path("vector.npy"), &[4], vec![1.0_f32, 2.0, 3.0, 4.0]);
    write_npy(&path("importance.npy"), &[4], vec![1.0_f32, 0.0, 0.0, 1.0]);
    write_npy(&path("zeros.npy"), &[2, 2], vec![0.0_f32; 4]);
    folder
}

#[test]
fn a_file_that_cannot_be_replaced_stays_as_it_was() {
    let folder = samples();
    std::fs::write(folder.path().join("old.npz"), "precious").unwrap();
    let output = run(folder.path(), "quantize model.safetensors --scheme linear:per=channel:3 --out old.npz");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read(folder.path().join("old.npz")).unwrap(), b"precious");
}

#[test]
fn ledgers_add_up_to_the_bytes() {
    let folder = samples();
    let schemes = [
        "kmeans:bits=3",
        "linear:bits=3,per=channel",
        "float:e2m3fn,scale=absmax,per=group:2",
        "float:int1",
        "prune:share=0.5",
        "prune:share=0.5|kmeans:bits=2,zero=pinned,per=channel|sparse:index=1|huffman",
    ];
    for scheme in schemes {
        let found =
            document(folder.path(), &format!("quantize model.safetensors --scheme {scheme} --out s.npz --json"));
        let tensors = found["tensors"].as_array().unwrap();
        let bits = |report: &Value| {
            report["ledger"].as_array().unwrap().iter().map(|part| part["bits"].as_u64().unwrap()).sum::<u64>()
        };
        for report in tensors {
            assert_eq!(bits(report).div_ceil(8), report["bytes"].as_u64().unwrap(), "{scheme}");
            let weights = report["count"].as_f64().unwrap();
            assert_eq!(report["bits_per_weight"].as_f64().unwrap(), bits(report) as f64 / weights, "{scheme}");
        }
        let bytes: u64 = tensors.iter().map(|report| report["bytes"].as_u64().unwrap()).sum();
        assert_eq!(found["total"]["bytes"].as_u64(), Some(bytes), "{scheme}");
        assert_eq!(bits(&found["total"]), 8 * bytes, "{scheme}");
        let length = std::fs::metadata(folder.path().join("s.npz")).unwrap().len();
        assert_eq!(found["total"]["file_bytes"].as_u64(), Some(length), "{scheme}");
    }
}

#[test]
fn cast_writes_values_or_codes() {
    let folder = samples();
    let array = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for (arguments, dtype, expected) in [
        ("cast e4m3fn w.npy codes.npy --codes", "|u1", vec![0x2a, 0xfe, 0x7e, 0x80, 0x7f, 0x38]),
        ("cast fp16 w.npy codes.npy --codes", "<u2", vec![0x34cd, 0xdfd0, 0x7c00, 0x8000, 0x7e00, 0x3c40]),
        (
            "cast fp16 w.npy codes.npy --codes --overflow saturate",
            "<u2",
            vec![0x34cd, 0xdfd0, 0x7bff, 0x8000, 0x7e00, 0x3c40],
        ),
        ("cast int8 w.npy codes.npy --codes --rounding up", "|u1", vec![1, 0x80, 0x7f, 0, 0, 2]),
        ("cast e4m3fn w.npy codes.npy --codes --preset ml_dtypes", "|u1", vec![0x2a, 0x7f, 0x7f, 0x80, 0x7f, 0x38]),
        ("cast tf32 w.npy codes.npy --codes", "<u4", vec![0x1f4cd, 0x61fd0, 0x27373, 0x40000, 0x3fe00, 0x1fc40]),
    ] {
        let output = run(folder.path(), arguments);
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{arguments}");
        let bytes = array("codes.npy");
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(file.shape(), [2, 3], "{arguments}");
        assert_eq!(file.dtype().descr().trim_matches('\''), dtype, "{arguments}");
        let codes: Vec<u64> = match dtype {
            "|u1" => file.into_vec::<u8>().unwrap().into_iter().map(u64::from).collect(),
            "<u2" => file.into_vec::<u16>().unwrap().into_iter().map(u64::from).collect(),
            _ => file.into_vec::<u32>().unwrap().into_iter().map(u64::from).collect(),
        };
        assert_eq!(codes, expected, "{arguments}");
    }
    assert!(run(folder.path(), "cast e4m3fn w.npy values.npy").status.success());
    let bytes = array("values.npy");
    let values: Vec<f32> = npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap();
    assert_eq!(
        values[..4].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [0.3125, -448.0, 448.0, -0.0].map(f32::to_bits)
    );
    assert!(values[4].is_nan() && values[5] == 1.0);
}

#[test]
fn numbers_are_printed_so_that_they_read_back_exactly() {
    let folder = samples();
    for name in ["bf16", "fp16", "e5m2", "e8m0", "uint16"] {
        let output = run(folder.path(), &format!("table {name} --json"));
        let text = String::from_utf8(output.stdout).unwrap();
        // Not through serde_json, which by default reads numbers only to within one unit in the last place.
        let printed = text.split("\"value\":").skip(1).map(|rest| &rest[..rest.find('}').unwrap()]);
        let format = find(name).unwrap().format;
        let mut codes = 0;
        for (code, printed) in printed.enumerate() {
            let found: f64 = printed.trim_matches('"').parse().unwrap();
            let expected = format.decode(code as u64);
            assert!(found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()), "{name} {code}");
            codes += 1;
        }
        assert_eq!(codes, format.last_code() + 1, "{name}");
    }
    let minus_zero = run(folder.path(), "decode fp16 0x8000 --json");
    assert!(String::from_utf8_lossy(&minus_zero.stdout).contains("\"value\":-0.0"));
}

#[test]
fn every_format_is_listed_and_help_is_help() {
    let folder = samples();
    let listed = document(folder.path(), "formats --json");
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, CATALOGUE.iter().map(|entry| entry.name).collect::<Vec<_>>());
    for arguments in
        ["--help", "--version", "quantize --help", "formats", "table e3m0", "decode fp16 1", "encode int4 3"]
    {
        let output = run(folder.path(), arguments);
        assert!(output.status.success() && !output.stdout.is_empty() && output.stderr.is_empty(), "{arguments}");
    }
}

#[test]
fn networks_are_measured_with_rounded_activations_and_in_integers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let measured = |rest: &str| {
        let base = "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 300 --json";
        document(folder.path(), &format!("{base} {rest}"))
    };
    let float = measured("");
    let fake = measured("--activations 8");
    assert_eq!((&fake["arithmetic"], &fake["activations"]), (&json!("fake-quantized"), &json!("linear:bits=8")));
    assert!(fake["scheme"].is_null() && fake["calibration"] == json!(256));
    let integer = measured("--integer");
    assert_eq!(integer["arithmetic"], json!("integer"));
    assert_eq!(integer["scheme"], json!("linear:bits=8,range=restricted,per=channel"));
    let correct = |report: &Value| report["correct"].as_i64().unwrap();
    for eight in [&fake, &integer] {
        assert!((correct(&float) - correct(eight)).abs() <= 2, "{float} {eight}");
    }
    let coarse = measured("--integer --scheme linear:bits=2,range=restricted --activations 2,mse --calibration 64");
    assert_eq!((&coarse["activations"], &coarse["calibration"]), (&json!("linear:bits=2,clip=mse"), &json!(64)));
    assert!(correct(&coarse) < correct(&float) - 30, "{coarse}");
    for (rest, status, hint) in [
        ("--integer --scheme kmeans:bits=4", 1, "--integer takes --scheme linear:bits=2 to 8,range=restricted"),
        ("--integer --scheme linear:bits=8", 1, "not linear:bits=8"),
        ("--integer --scheme linear:bits=9,range=restricted", 1, "2 to 8"),
        ("--integer --activations 9", 1, "--integer takes --activations of 1 to 8 bits"),
        ("--integer --activations linear:bits=8,range=full", 1, "not linear:bits=8,range=full"),
        ("--activations linear:bits=8,per=channel", 1, "one scale a tensor"),
        ("--activations 8,best", 2, "percentile:P, mse, kl"),
        ("--activations kmeans:bits=4", 2, "does not quantize activations"),
        ("--activations 8 --calibration 0", 2, "0 is not in 1"),
    ] {
        let base = "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 20";
        let output = run(folder.path(), &format!("{base} {rest}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{rest}: {stderr}");
        assert!(stderr.contains(hint) && stderr.trim_end().lines().count() == 1, "{rest}: {stderr}");
    }
}
