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
        ("--from builtin:lenet-300-100 --data thirds --under bwn --rounds 3", 1, "bwn prunes none"),
        ("--model lenet-5 --data thirds --under prune:share=0.9 --rounds 3", 1, "not from fresh ones"),
        ("--from builtin:lenet-5 --data thirds --incremental", 1, "nothing to do layer by layer"),
        ("--from builtin:lenet-5 --data thirds --under prune:share=0.9 --rounds 1", 2, "2..=50"),
        (
            "--from builtin:lenet-5 --data thirds --under prune:share=0.9 --rounds 3 --incremental",
            2,
            "cannot be used with",
        ),
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

#[test]
fn rounds_and_layers_are_told_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    write_pair(&folder.path().join("thirds"), 256);
    let from = "train --model lenet-300-100 --data thirds --hold 64 --epochs 2 --out float.safetensors --json";
    document(folder.path(), &words(from));
    let further = "train --from float.safetensors --data thirds --hold 64 --out out.safetensors";
    let report = document(folder.path(), &words(&format!("{further} --json --under prune:share=0.9 --rounds 2")));
    let sparsity = |round: usize| report["stages"][round]["sparsity"].as_f64().unwrap();
    assert!((sparsity(0) - 0.684).abs() < 1e-3 && (sparsity(1) - 0.9).abs() < 1e-3, "{report}");
    assert_eq!((&report["stages"][1]["epochs_before"], report["epochs"].as_array().unwrap().len()), (&1.into(), 2));
    let (network, _) = quantscope::io::open_network(&folder.path().join("out.safetensors")).unwrap();
    for layer in network.parameters.iter().filter(|parameter| parameter.is_weight()) {
        let zeros = layer.values.iter().filter(|value| **value == 0.0).count();
        assert!(zeros * 10 >= layer.values.len() * 9 - 10, "{}: {zeros} zeros", layer.name);
    }
    let output = run(folder.path(), &words(&format!("{further} --under kmeans:bits=1 --incremental")));
    let text = String::from_utf8_lossy(&output.stdout);
    let stages: Vec<&str> = text.lines().filter(|line| line.starts_with("layer ")).collect();
    assert_eq!(stages, ["layer ip3", "layer ip2", "layer ip1"], "{text}");
}

#[test]
fn training_again_gives_the_same_file_whatever_the_threads() {
    use quantscope::engine::Silent;
    use quantscope::engine::network::tuning::{Recipe, Tuning};
    use quantscope::engine::network::{Description, Normalization, digits, zoo};
    let data = digits::draw(digits::Split::Train, 0, 96);
    let recipe: Recipe = "float32; epochs=1; rate=0.02; seed=3; fresh".parse().unwrap();
    for row in zoo::ARCHITECTURES {
        let file = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (network, normalization) = (row.network().unwrap(), Normalization::default());
                let tuning = Tuning::new(network, data.clone(), normalization, &recipe, |_| true, &Silent);
                let mut tuning = tuning.unwrap();
                while !tuning.is_over() {
                    tuning.step().unwrap();
                }
                let trained = tuning.seen();
                quantscope::io::network_bytes(&trained, &Description::new(&trained, normalization)).unwrap()
            })
        };
        let once = file(1);
        assert!(once == file(1), "{}: another file the second time", row.name);
        assert!(once == file(2), "{}: another file on two threads", row.name);
    }
}

/// Seed of the check on real pictures.
const SEED: &str = "0";

/// What bits cost on real pictures, as a table for the README. `QUANTSCOPE_MNIST` names the folder with the 10,000 MNIST test images:
/// the first 8,000 train, the last 2,000 measure. Rates and numbers of epochs were chosen by training on the first 7,000 and measuring on
/// the 1,000 after them.
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
    println!("| weights | right, % | points lost | trained | right, % | points lost |");
    println!("| --- | --- | --- | --- | --- | --- |");
    println!("| float32 | {float:.2} | | | | |");
    assert!(float >= 97.5, "{float} % in float32");
    let (whole, layers) = ("--epochs 5", "--incremental --epochs 1");
    let cases = [
        ("kmeans:bits=4", whole),
        ("kmeans:bits=2", whole),
        ("kmeans:bits=2", layers),
        ("kmeans:bits=1", whole),
        ("kmeans:bits=1", layers),
        ("linear:bits=2", whole),
        ("bwn", whole),
        ("twn", whole),
        ("ttq", whole),
    ];
    let mut wrong = Vec::new();
    for (under, course) in cases {
        let tuned = train(&format!("train --from float.safetensors --under {under} {course}"));
        let (before, after) = (percent(&tuned["before"]), percent(&tuned["after"]));
        let (lost, left) = (float - before, float - after);
        let epochs = tuned["epochs"].as_array().unwrap();
        let how = if course == layers { "layer by layer" } else { "all at once" };
        let how =
            format!("{how}, {} epochs, loss {:.4}", epochs.len(), epochs.last().unwrap()["loss"].as_f64().unwrap());
        println!("| `{under}` | {before:.2} | {lost:.2} | {how} | {after:.2} | {left:.2} |");
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{under}, {how}: loses {lost:.2}, then {left:.2} points; {what}"));
            }
        };
        match under {
            "kmeans:bits=4" => expect(lost < 0.5, "expected less than 0.5"),
            "kmeans:bits=2" => expect(lost > 0.0, "expected some"),
            "kmeans:bits=1" => expect(lost > 5.0, "expected more than 5"),
            _ => expect(left < 2.0, "expected less than 2 in the end"),
        }
        match under.starts_with("kmeans") {
            true if course == layers => expect(left < 0.5 * lost, "expected most of it back"),
            true if lost > 0.5 => expect(left < lost, "expected some of it back"),
            _ => {}
        }
    }
    let eight = "evaluate --model float.safetensors --scheme linear:bits=8,range=restricted,per=channel";
    for (arithmetic, words_of) in
        [("computed in float32", eight.to_owned()), ("in integers alone", format!("{eight} --integer"))]
    {
        let report = document(folder.path(), &[words(&words_of), on.to_vec()].concat());
        let right = percent(&report);
        println!("| `linear:bits=8,per=channel` {arithmetic} | {right:.2} | {:.2} | | | |", float - right);
        if (float - right).abs() >= 0.5 {
            wrong.push(format!("8 bits {arithmetic} lose {:.2} points, expected less than 0.5", float - right));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
