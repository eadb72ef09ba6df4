//! `compress` on the built-in network, as a script runs it: a reduced but real check of what the full recipe promises.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_quantscope")).args(arguments).current_dir(folder).output().unwrap()
}

fn document(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{arguments}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Fewer pictures and walks than the default, the same shares and bits.
const SHORT: &str = "compress --model builtin:lenet-300-100 --data builtin:digits --limit 1000 --json --recipe \
     deep-compression:keep=0.07/0.09/0.26,bits=5/5/5,index=5/4/3,rounds=3,epochs=1,last=2,tune=1,pictures=3000,seed=0";

#[test]
fn forty_times_smaller_at_little_loss_and_the_file_answers_alike() {
    let folder = tempfile::tempdir().unwrap();
    let report = document(folder.path(), &format!("{SHORT} --out small.qsz"));
    let names: Vec<&str> =
        report["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["float32", "pruned", "codebook", "fine-tuned", "huffman"]);
    let total = &report["total"];
    assert!(total["ratio"].as_f64().unwrap() > 40.0, "{total}");
    assert!(total["points_lost"].as_f64().unwrap() < 3.0, "{total}");
    assert_eq!(report["stages"][0]["bytes"], 1_066_440);
    let bits: u64 = total["ledger"].as_array().unwrap().iter().map(|part| part["bits"].as_u64().unwrap()).sum();
    assert_eq!(bits, 8 * total["bytes"].as_u64().unwrap());
    // The payloads of the file are what the ledger counts.
    let inspected = document(folder.path(), "inspect small.qsz --json");
    let packed: u64 =
        inspected["tensors"].as_array().unwrap().iter().filter_map(|tensor| tensor["bytes"].as_u64()).sum();
    let layers: u64 = report["layers"].as_array().unwrap().iter().map(|layer| layer["bytes"].as_u64().unwrap()).sum();
    assert_eq!(packed, layers);
    assert_eq!(layers + 4 * 410, total["bytes"].as_u64().unwrap());

    let again = document(folder.path(), &format!("{SHORT} --out small.safetensors"));
    assert_eq!(again["total"]["correct"], total["correct"], "the same recipe gives the same network");
    let answered =
        document(folder.path(), "evaluate --model small.safetensors --data builtin:digits --limit 1000 --json");
    assert_eq!(answered["correct"], total["correct"]);
}

#[test]
fn wrong_arguments_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("--prune 1", "--prune 1: expected a share from 0 to below 1"),
        ("--prune ip9=0.5", "--prune ip9: there is no such layer; expected one of ip1, ip2, ip3"),
        ("--bits ip1=9", "--bits ip1=9: expected 1 to 8"),
        ("--recipe shallow", "--recipe shallow: expected deep-compression:"),
        ("--out small.npy", "small.npy: expected NAME.qsz"),
    ];
    for (arguments, expected) in cases {
        let model = "compress --model builtin:lenet-300-100 --data builtin:digits";
        let output = run(folder.path(), &format!("{model} {arguments}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}
