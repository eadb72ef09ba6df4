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
    // 3.4 points with so little training; the full recipe loses 0.04 of 10,000 pictures.
    assert!(total["points_lost"].as_f64().unwrap() < 4.0, "{total}");
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
fn the_largest_ratio_is_reported_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let recipe =
        "deep-compression:keep=0.2/0.2/0.5,bits=6/6/6,index=4/4/3,rounds=1,epochs=1,last=1,tune=1,pictures=1500,seed=0";
    let command =
        "compress --model builtin:lenet-300-100 --data builtin:digits --limit 300 --largest --out large.safetensors";
    let report = document(folder.path(), &format!("{command} --json --recipe {recipe}"));
    let largest = &report["largest"];
    let attempts = largest["attempts"].as_array().unwrap();
    assert!(attempts.len() > 1);
    assert_eq!(attempts[0]["ratio"], report["total"]["ratio"]);
    let inside = attempts.iter().filter(|attempt| attempt["within_interval"] == true);
    let best = inside.map(|attempt| attempt["ratio"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(largest["ratio"].as_f64().unwrap(), best);
    assert!(best > report["total"]["ratio"].as_f64().unwrap());
    let answered =
        document(folder.path(), "evaluate --model large.safetensors --data builtin:digits --limit 300 --json");
    assert_eq!(answered["correct"], largest["correct"]);
}

/// Sweeps a few hundred pictures.
const SWEEP: &str = "sweep --model builtin:lenet-300-100 --data builtin:digits --limit 400 --scheme kmeans";

#[test]
fn a_sweep_of_a_network_has_an_accuracy_at_every_point() {
    let folder = tempfile::tempdir().unwrap();
    let report = document(folder.path(), &format!("{SWEEP} --bits 1..4 --json --target ratio=9"));
    let float = report["float"]["accuracy"].as_f64().unwrap();
    assert!(float > 0.96 && report["float"]["bytes"] == 1_066_440);
    let points = report["points"].as_array().unwrap();
    let of = |name: &str, bits: u32| {
        let found = points.iter().find(|point| point["name"] == name && point["bits"] == bits);
        found.unwrap_or_else(|| panic!("no {name} at {bits} bits"))
    };
    assert_eq!(points.len(), 12);
    for name in ["ip1.weight", "ip2.weight", "ip3.weight"] {
        assert!(of(name, 1)["added_loss"].as_f64().unwrap() > of(name, 4)["added_loss"].as_f64().unwrap());
        assert!(of(name, 1)["accuracy"].as_f64().unwrap() <= float);
    }
    // This network is fully connected: all layers and the fully connected ones are the same.
    let totals = report["totals"].as_array().unwrap();
    let answers = |kind: &str| -> Vec<&Value> {
        totals.iter().filter(|point| point["layers"] == kind).map(|point| &point["correct"]).collect()
    };
    assert_eq!(answers("all"), answers("fully-connected"));
    assert_eq!((answers("all").len(), answers("convolution").len()), (4, 0));

    let mixed = &report["mixed"];
    assert!(mixed["ratio"].as_f64().unwrap() >= 9.0);
    let widths = mixed["bits"].as_object().unwrap();
    let bits = widths.iter().map(|(name, bits)| format!("{name}={}", bits.to_string().trim_matches('"')));
    let bits: Vec<String> = bits.collect();
    let line = format!(
        "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 400 --json --scheme kmeans --bits {}",
        bits.join(",")
    );
    let again = document(folder.path(), &line);
    assert_eq!((&again["correct"], &again["bytes"]), (&mixed["correct"], &mixed["bytes"]), "{line}");
    let front = report["front"].as_array().unwrap();
    assert!(front.iter().any(|row| row["bytes"] == mixed["bytes"] && row["bits"] == mixed["bits"]));

    let report = document(folder.path(), &format!("{SWEEP} --bits 2..5 --json --target accuracy=0.96"));
    assert!(report["mixed"]["accuracy"].as_f64().unwrap() >= 0.96);
}

#[test]
fn a_pruned_network_is_swept_beside_the_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let prune = "--prune 0.8,ip3=0.5 --retrain 1 --train-limit 1000 --bits 2..3 --json";
    let report = document(folder.path(), &format!("{SWEEP} {prune}"));
    let totals = report["totals"].as_array().unwrap();
    let bytes = |pruned: bool| -> u64 {
        let of =
            totals.iter().find(|point| point["layers"] == "all" && point["pruned"] == pruned && point["bits"] == 3);
        of.unwrap()["bytes"].as_u64().unwrap()
    };
    assert!(bytes(true) < bytes(false));
    assert!(report["pruned"]["accuracy"].as_f64().unwrap() > 0.9);
    let output = run(folder.path(), &format!("{SWEEP} --bits 3"));
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in ["lenet-300-100 on drawn digits", "ip1.weight  ", "fully-connected"] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn wrong_arguments_of_a_sweep_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = "--model builtin:lenet-300-100 --data builtin:digits --limit 20";
    let cases = [
        ("sweep --scheme kmeans".to_owned(), 2, "FILE"),
        ("sweep --scheme kmeans --model builtin:lenet-5".to_owned(), 2, "--data"),
        (format!("sweep a.npy --scheme kmeans {model}"), 2, "cannot be used with"),
        (format!("sweep --scheme kmeans {model} --tensor a"), 2, "cannot be used with"),
        (format!("sweep --scheme kmeans {model} --retrain 3"), 2, "--prune"),
        (format!("sweep --scheme kmeans {model} --target size=3"), 2, "bytes=N, ratio=R above 0, or accuracy=SHARE"),
        (format!("sweep --scheme kmeans {model} --target accuracy=98"), 2, "from 0 to 1"),
        (format!("sweep --scheme kmeans {model} --prune ip9=0.5"), 1, "--prune ip9: there is no such layer"),
        (format!("sweep --scheme kmeans {model} --prune 1"), 1, "a share from 0 to below 1"),
        (format!("sweep --scheme float:e4m3fn {model}"), 1, "this quantizer has one width"),
        (
            format!("sweep --scheme kmeans --bits 4 {model} --target ratio=20"),
            1,
            "the smallest mix of these widths takes",
        ),
        (format!("sweep --scheme kmeans --bits 1 {model} --target bytes=9"), 1, "--target bytes=9: the smallest mix"),
        ("sweep --scheme kmeans --model builtin:lenet-6 --data builtin:digits".to_owned(), 1, "lenet-6"),
        ("sweep --scheme kmeans --model builtin:lenet-5 --data builtin:cats".to_owned(), 1, "builtin:cats"),
        (format!("compress {model} --out nowhere/a.qsz"), 1, "nowhere/a.qsz: cannot be written"),
        (format!("compress {model} --out a.onnx"), 1, "expected NAME.qsz"),
        ("train --model lenet-5 --data builtin:digits --out a.onnx".to_owned(), 1, "expected NAME.safetensors"),
        (
            "train --model lenet-5 --data builtin:digits --out nowhere/a.safetensors".to_owned(),
            1,
            "nowhere/a.safetensors: cannot be written",
        ),
        (format!("evaluate {model} --bits 4"), 2, "--scheme"),
        (format!("evaluate {model} --scheme kmeans --bits ip1=0"), 1, "--bits ip1=0: expected 1 to 16, or float"),
        (format!("evaluate {model} --scheme linear:range=full-clamped --bits ip2=1"), 1, "needs at least 2 bits"),
    ];
    for (arguments, status, expected) in cases {
        let output = run(folder.path(), &arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
    }
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
