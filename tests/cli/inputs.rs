//! What a command has read stays as it was, and what it has begun goes with it.

use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use crate::{document, files, run};

fn write_model(path: &Path, names: &[&str]) {
    let bytes: Vec<u8> = (0..64).flat_map(|index| (index as f32 / 7.0).to_le_bytes()).collect();
    let view = || TensorView::new(Dtype::F32, vec![8, 8], &bytes).unwrap();
    safetensors::serialize_to_file(names.iter().map(|name| (*name, view())), None, path).unwrap();
}

/// A model in two files with its index.
fn write_shards(folder: &Path) {
    write_model(&folder.join("one.safetensors"), &["a"]);
    write_model(&folder.join("two.safetensors"), &["b"]);
    let index = r#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#;
    std::fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
}

#[test]
fn no_file_of_an_input_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_shards(folder);
    let drawn = run(folder, "picture builtin:picture --colors 4 --out p.png");
    assert!(drawn.status.success());
    for (arguments, kept) in [
        ("quantize model.safetensors.index.json --scheme linear --out two.safetensors", "two.safetensors"),
        ("picture p.png --colors 2 --out q.png --palette p.png", "p.png"),
    ] {
        let before = std::fs::read(folder.join(kept)).unwrap();
        let output = run(folder, arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
        assert!(stderr.contains(&format!("{kept}: is an input of this command")), "{stderr}");
        assert_eq!(std::fs::read(folder.join(kept)).unwrap(), before);
    }
}

#[test]
fn a_config_of_another_kind_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_model(&folder.join("m.safetensors"), &["a.weight"]);
    let command =
        "quantize m.safetensors --scheme linear:bits=4,per=group:8 --layout compressed-tensors --out o.safetensors";
    let config = folder.join("o.quantization_config.json");
    std::fs::write(&config, "{\"mine\": 1}").unwrap();
    let output = run(folder, command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("o.quantization_config.json: exists already"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "{\"mine\": 1}");
    std::fs::remove_file(&config).unwrap();
    // One's own is.
    for _ in 0..2 {
        assert!(run(folder, command).status.success());
    }
}

#[cfg(unix)]
#[test]
fn a_model_in_the_cache_of_huggingface_opens_by_its_links() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("models--a--b");
    let (blobs, snapshot) = (model.join("blobs"), model.join("snapshots/0a1b"));
    std::fs::create_dir_all(&blobs).unwrap();
    std::fs::create_dir_all(&snapshot).unwrap();
    write_shards(&blobs);
    for file in files(&blobs) {
        std::os::unix::fs::symlink(format!("../../blobs/{file}"), snapshot.join(&file)).unwrap();
    }
    let found = document(&snapshot, "inspect model.safetensors.index.json --json");
    assert_eq!(found["tensors"].as_array().map(Vec::len), Some(2));
    // Links elsewhere are still not followed.
    write_model(&folder.path().join("outside.safetensors"), &["b"]);
    std::fs::remove_file(snapshot.join("two.safetensors")).unwrap();
    std::os::unix::fs::symlink("../../../outside.safetensors", snapshot.join("two.safetensors")).unwrap();
    let output = run(&snapshot, "inspect model.safetensors.index.json");
    assert!(String::from_utf8_lossy(&output.stderr).contains("is a link out of the model's folder"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_command_leaves_nothing_behind() {
    use std::os::unix::process::CommandExt as _;
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bytes: Vec<u8> = (0..6_000_000).flat_map(|index| (index as f32).sin().to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![3000, 2000], &bytes).unwrap();
    safetensors::serialize_to_file([("w", view)], None, &folder.join("m.safetensors")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_quantscope"));
    command
        .args(["quantize", "m.safetensors", "--scheme", "linear:bits=8", "--out", "m.h"])
        .current_dir(folder)
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null());
    // Whoever runs the tests in the background ignores some of these signals, and so would the command.
    // SAFETY: signal is allowed between fork and exec.
    unsafe {
        command.pre_exec(|| {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while files(folder).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was begun");
        std::thread::sleep(Duration::from_millis(2));
    }
    let part = files(folder);
    assert!(part.iter().any(|name| name.ends_with(".part")), "{part:?}");
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(files(folder).into_iter().collect::<Vec<_>>(), ["m.safetensors"]);
}
