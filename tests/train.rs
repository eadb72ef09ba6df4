//! `train` as a script runs it: from fresh weights or from others, under a regime, with pictures held back; and the check on real
//! pictures.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quantscope")).args(arguments).current_dir(folder).output().unwrap()
}

fn words(arguments: &str) -> Vec<&str> {
    arguments.split_whitespace().collect()
}

fn document(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Pictures of 28 × 28 whose class is which third is bright, as an IDX pair.
fn write_pair(folder: &Path, pictures: usize) {
    let file = |axes: &[u32], bytes: Vec<u8>| {
        let sizes: Vec<u8> = axes.iter().flat_map(|axis| axis.to_be_bytes()).collect();
        [&[0, 0, 8, axes.len() as u8][..], &sizes, &bytes].concat()
    };
    std::fs::create_dir_all(folder).unwrap();
    let class = |picture: usize| (picture * 7 + picture / 3) % 3;
    let pixel = |picture: usize, place: usize| if place % 28 / 10 == class(picture) { 200 } else { 20 };
    let pixels = (0..pictures * 784).map(|place| pixel(place / 784, place % 784)).collect();
    std::fs::write(folder.join("t10k-images-idx3-ubyte"), file(&[pictures as u32, 28, 28], pixels)).unwrap();
    let labels = (0..pictures).map(|picture| class(picture) as u8).collect();
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), file(&[pictures as u32], labels)).unwrap();
}

#[test]
fn held_back_pictures_measure_a_training_under_a_regime_and_its_file() {
    let folder = tempfile::tempdir().unwrap();
    write_pair(&folder.path().join("thirds"), 256);
    let from = "train --model lenet-300-100 --data thirds --hold 64 --epochs 3 --seed 2 --out float.safetensors --json";
    let fresh = document(folder.path(), &words(from));
    assert_eq!(fresh["data"], "thirds, test, first 192");
    assert_eq!(fresh["test"], "thirds, test, last 64");
    assert_eq!((&fresh["after"]["total"], &fresh["after"]["accuracy"]), (&64.into(), &1.0.into()));
    assert!(fresh.get("before").is_none(), "nothing is measured of fresh weights");
    for (under, most) in [("kmeans:bits=1", 2), ("bwn", 600), ("ttq", 3), ("linear:bits=2", 4)] {
        let further =
            "train --from float.safetensors --data thirds --hold 64 --epochs 1 --json --out tuned.safetensors --under";
        let tuned = document(folder.path(), &[words(further), vec![under]].concat());
        assert_eq!(tuned["under"], under);
        assert_eq!(tuned["float"], fresh["after"], "{under}");
        let evaluated =
            document(folder.path(), &words("evaluate --model tuned.safetensors --data thirds --hold 64 --json"));
        assert_eq!(evaluated["correct"], tuned["after"]["correct"], "{under}: the file answers alike");
        let (network, _) = quantscope::io::open_network(&folder.path().join("tuned.safetensors")).unwrap();
        let values: std::collections::BTreeSet<u32> =
            network.parameters[0].values.iter().map(|value| (value + 0.0).to_bits()).collect();
        assert!(values.len() <= most, "{under}: {} values", values.len());
    }
}

#[test]
fn what_cannot_be_trained_is_refused_by_name_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write_pair(&folder.path().join("thirds"), 40);
    let cases = [
        ("--model lenet --data thirds", 1, "expected one of lenet-300-100, lenet-5, vgg-small"),
        ("--data thirds", 2, "--model"),
        ("--model lenet-5 --from builtin:lenet-5 --data thirds", 2, "cannot be used with"),
        ("--model lenet-5 --data thirds --under binary9", 2, "bwn, twn and ttq"),
        ("--model lenet-5 --data thirds --under kmeans:bits=2", 1, "from trained weights, not from fresh ones"),
        ("--from builtin:lenet-300-100 --data thirds --under bwn", 1, "has only one part"),
        ("--from builtin:lenet-300-100 --data thirds --hold 40", 1, "fewer than all"),
        ("--model lenet-300-100 --data thirds --rate 0", 2, "a learning rate above 0"),
        ("--model lenet-300-100 --data thirds --rate 1e7 --epochs 30", 1, "training diverged at step"),
    ];
    for (arguments, status, expected) in cases {
        let output = run(folder.path(), &words(&format!("train --out out.safetensors {arguments}")));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
        assert!(!folder.path().join("out.safetensors").exists(), "{arguments}");
    }
}

/// Seed of the check on real pictures.
const SEED: &str = "0";

/// What bits cost on real pictures, as a table for the README. `QUANTSCOPE_MNIST` names the folder with the 10,000 MNIST test images:
/// the first 8,000 train, the last 2,000 measure.
///
/// `QUANTSCOPE_MNIST=FOLDER cargo test --release --test train -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes and needs MNIST"]
fn bits_on_mnist() {
    let data = std::env::var("QUANTSCOPE_MNIST").expect("QUANTSCOPE_MNIST names the folder with the MNIST test images");
    let folder = tempfile::tempdir().unwrap();
    let on = ["--data", data.as_str(), "--hold", "2000", "--json"];
    let train = |arguments: &str| {
        let all = [words(arguments), on.to_vec(), vec!["--seed", SEED, "--out", "out.safetensors"]].concat();
        document(folder.path(), &all)
    };
    let percent = |report: &Value| 100.0 * report["accuracy"].as_f64().unwrap();
    let trained = train("train --model lenet-5 --epochs 20 --rate 0.02");
    std::fs::rename(folder.path().join("out.safetensors"), folder.path().join("float.safetensors")).unwrap();
    let float = percent(&trained["after"]);
    println!("LeNet-5 trained on {}, measured on {}, seed {SEED}\n", trained["data"], trained["test"]);
    println!("| weights | right, % | points lost | after 5 epochs, % | points lost |\n| --- | --- | --- | --- | --- |");
    println!("| float32 | {float:.2} | | | |");
    assert!(float >= 97.5, "{float} % in float32");
    let cases = ["kmeans:bits=4", "kmeans:bits=2", "kmeans:bits=1", "linear:bits=2", "bwn", "twn", "ttq"];
    for under in cases {
        let tuned = train(&format!("train --from float.safetensors --epochs 5 --under {under}"));
        let (before, after) = (percent(&tuned["before"]), percent(&tuned["after"]));
        let (lost, left) = (float - before, float - after);
        println!("| `{under}` | {before:.2} | {lost:.2} | {after:.2} | {left:.2} |");
        match under {
            "kmeans:bits=4" => assert!(lost < 0.5, "4 bits lose {lost} points"),
            "kmeans:bits=2" => {
                assert!(lost > 0.0 && left < 0.5 * lost.max(0.5), "2 bits lose {lost}, then {left} points")
            }
            "kmeans:bits=1" => assert!(lost > 5.0 && left < 0.5 * lost, "1 bit loses {lost}, then {left} points"),
            _ => assert!(left < 2.0, "{under} loses {left} points after fine-tuning"),
        }
    }
    let eight = [words("evaluate --model float.safetensors --scheme linear:bits=8,per=channel"), on.to_vec()].concat();
    let eight = percent(&document(folder.path(), &eight));
    println!("| `linear:bits=8,per=channel` | {eight:.2} | {:.2} | | |", float - eight);
    assert!((float - eight).abs() < 0.5, "8 bits lose {} points", float - eight);
}
