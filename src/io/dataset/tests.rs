//! Good and bad data sets, each written to disk as its makers write it.

use std::fs;
use std::path::Path;

use super::*;
use crate::engine::tensor::Tensor;

/// Labels of the set, its shape and the name of its part; or parts of the message.
type Expected<'a> = Result<(&'a [u16], [usize; 3], &'a str), &'a [&'a str]>;

fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    file.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(bytes);
    file
}

/// Records of CIFAR: the labels, then one value for all pixels.
fn cifar(records: &[(&[u8], u8)]) -> Vec<u8> {
    records.iter().flat_map(|(labels, value)| [labels.to_vec(), vec![*value; 3072]].concat()).collect()
}

fn picture(path: &Path, width: u32, height: u32, value: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::GrayImage::from_pixel(width, height, image::Luma([value])).save(path).unwrap();
}

fn npz(path: &Path, arrays: &[(&str, &[usize], &[f32])]) {
    let tensors: Vec<Tensor> =
        arrays.iter().map(|(name, shape, values)| Tensor::in_memory(*name, shape.to_vec(), values.to_vec())).collect();
    let exports: Vec<crate::io::TensorExport<'_>> =
        tensors.iter().map(|tensor| crate::io::TensorExport { tensor, content: crate::io::Content::AsItIs }).collect();
    let target = crate::io::Target::new(path, crate::io::FileFormat::Npz);
    let saved = crate::io::save(&target, &exports, &crate::engine::Silent);
    saved.unwrap().unwrap();
}

fn check(place: &str, found: Result<(Dataset, Part), Error>, expected: Expected<'_>) {
    match (found, expected) {
        (Ok((data, part)), Ok((labels, shape, word))) => {
            assert_eq!((&*data.labels, data.shape, part.word()), (labels, shape, word), "{place}");
            assert!(data.name.ends_with(word), "{place}: {}", data.name);
        }
        (Err(error), Err(words)) => {
            let text = error.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{place}: {text}, expected {words:?}");
        }
        (found, expected) => panic!("{place}: {found:?} where {expected:?} was expected"),
    }
}

#[test]
fn files_are_read_or_refused_with_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |name: &str, bytes: &[u8]| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    // Pairs: both parts, the test part alone, labels that do not fit or are missing.
    for (part, labels) in [("train", &[1, 2][..]), ("t10k", &[3])] {
        let count = labels.len() as u32;
        write(&format!("mnist/{part}-images-idx3-ubyte"), &idx(&[count, 2, 2], &vec![9; 4 * labels.len()]));
        write(&format!("mnist/{part}-labels-idx1-ubyte"), &idx(&[count], labels));
    }
    write("points/t10k-images.idx3-ubyte", &idx(&[1, 2, 2], &[0; 4]));
    write("points/t10k-labels.idx1-ubyte", &idx(&[1], &[7]));
    write("short/t10k-images-idx3-ubyte", &idx(&[2, 2, 2], &[0; 8]));
    write("short/t10k-labels-idx1-ubyte", &idx(&[1], &[0]));
    write("lonely/t10k-images-idx3-ubyte", &idx(&[1, 2, 2], &[0; 4]));
    // CIFAR.
    write("ten/data_batch_1.bin", &cifar(&[(&[3], 1), (&[9], 2)]));
    write("ten/data_batch_2.bin", &cifar(&[(&[0], 3)]));
    write("ten/test_batch.bin", &cifar(&[(&[5], 4)]));
    write("hundred/test.bin", &cifar(&[(&[19, 99], 1)]));
    write("label/test_batch.bin", &cifar(&[(&[1], 1), (&[10], 1)]));
    write("cut/test_batch.bin", &cifar(&[(&[1], 1), (&[2], 1)])[..5000]);
    write("odd.bin", &[0; 100]);
    write("some.bin", &cifar(&[(&[4], 1)]));
    write("empty/readme.txt", b"nothing");
    write("weights.bin2", b"?");
    let cases: [(&str, Split, Expected<'_>); 17] = [
        ("mnist", Split::Train, Ok((&[1, 2], [1, 2, 2], "train"))),
        ("mnist", Split::Test, Ok((&[3], [1, 2, 2], "test"))),
        ("points", Split::Train, Ok((&[7], [1, 2, 2], "test"))),
        ("mnist/t10k-images-idx3-ubyte", Split::Train, Ok((&[3], [1, 2, 2], "test"))),
        ("short", Split::Test, Err(&["t10k-labels-idx1-ubyte", "one label for each of 2 pictures"])),
        ("lonely", Split::Test, Err(&["its labels `t10k-labels-idx1-ubyte` are not beside it"])),
        ("ten", Split::Train, Ok((&[3, 9, 0], [3, 32, 32], "train"))),
        ("ten", Split::Test, Ok((&[5], [3, 32, 32], "test"))),
        ("hundred", Split::Train, Ok((&[99], [3, 32, 32], "test"))),
        ("label", Split::Test, Err(&["test_batch.bin", "record 1 (byte 3073) has label 10", "labels 0 to 9"])),
        ("cut", Split::Test, Err(&["5000 bytes", "1 records of CIFAR-10", "1927 bytes more"])),
        ("odd.bin", Split::Test, Err(&["its 100 bytes are no whole number of records", "3073", "3074"])),
        ("some.bin", Split::Test, Ok((&[4], [3, 32, 32], "all"))),
        ("empty", Split::Test, Err(&["holds no labelled pictures", "CIFAR", "npz"])),
        ("weights.bin2", Split::Test, Err(&["no set of labelled pictures"])),
        ("nowhere", Split::Test, Err(&["no such file or folder"])),
        ("ten/data_batch_2.bin", Split::Test, Ok((&[0], [3, 32, 32], "train"))),
    ];
    for (path, split, expected) in cases {
        check(path, open_part(&root.join(path), split, Fit::AsTheyAre), expected);
    }
}

#[test]
fn class_folders_take_turns_and_pictures_of_other_shapes_are_refused_or_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, value) in [("cat/1.png", 10), ("cat/2.png", 20), ("dog/1.png", 30), ("dog/3.png", 40), ("dog/4.png", 50)]
    {
        picture(&root.join("pets").join(name), 4, 4, value);
        picture(&root.join("parts/train").join(name), 4, 4, value);
        picture(&root.join("mixed").join(name), 4, 4, value);
    }
    picture(&root.join("parts/val/cat/9.png"), 4, 4, 60);
    picture(&root.join("mixed/dog/2.png"), 8, 4, 70);
    picture(&root.join("hole/cat/1.png"), 4, 4, 1);
    fs::create_dir_all(root.join("hole/mouse")).unwrap();
    picture(&root.join("torn/cat/1.png"), 4, 4, 1);
    fs::write(root.join("torn/cat/2.png"), &fs::read(root.join("torn/cat/1.png")).unwrap()[..40]).unwrap();
    fs::create_dir_all(root.join("text/cat")).unwrap();
    fs::write(root.join("text/cat/1.png"), "no picture").unwrap();
    let fitted = Fit::To([1, 2, 2]);
    let turns: Expected<'_> = Ok((&[0, 1, 0, 1, 1], [1, 4, 4], "all"));
    let cases: [(&str, Split, Fit, Expected<'_>); 9] = [
        ("pets", Split::Test, Fit::AsTheyAre, turns),
        ("pets", Split::Test, Fit::To([3, 4, 4]), Ok((&[0, 1, 0, 1, 1], [3, 4, 4], "all"))),
        ("parts", Split::Train, Fit::AsTheyAre, Ok((&[0, 1, 0, 1, 1], [1, 4, 4], "train"))),
        ("parts", Split::Test, Fit::AsTheyAre, Ok((&[0], [1, 4, 4], "test"))),
        ("mixed", Split::Test, Fit::AsTheyAre, Err(&["2.png", "1×4×8", "1×4×4", "must have one shape"])),
        ("mixed", Split::Test, fitted, Ok((&[0, 1, 0, 1, 1, 1], [1, 2, 2], "all"))),
        ("hole", Split::Test, Fit::AsTheyAre, Err(&["mouse", "a class without a picture"])),
        ("torn", Split::Test, Fit::AsTheyAre, Err(&["torn", "2.png", "PNG picture"])),
        ("text", Split::Test, Fit::AsTheyAre, Err(&["1.png", "no picture that can be read"])),
    ];
    for (path, split, fit, expected) in cases {
        check(path, open_part(&root.join(path), split, fit), expected);
    }
    let (data, _) = open_part(&root.join("pets"), Split::Test, Fit::AsTheyAre).unwrap();
    assert_eq!(data.classes, ["cat", "dog"]);
    assert_eq!((data.picture(0)[0], data.picture(1)[0], data.picture(2)[0]), (10, 30, 20));
}

#[test]
fn arrays_are_taken_by_their_names_and_held_against_their_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let ramp: Vec<f32> = (0..24).map(|value| value as f32).collect();
    let y = ("y", &[2][..], &[0.0, 1.0][..]);
    type Arrays<'a> = &'a [(&'a str, &'a [usize], &'a [f32])];
    let cases: [(Arrays<'_>, Expected<'_>); 9] = [
        (&[("x", &[2, 3, 4], &ramp), y], Ok((&[0, 1], [1, 3, 4], "all"))),
        (&[("x", &[2, 2, 2, 3], &ramp), y], Ok((&[0, 1], [3, 2, 2], "all"))),
        (&[("x_test", &[2, 3, 2, 2], &ramp), ("y_test", &[2, 1], &[4.0, 2.0])], Ok((&[4, 2], [3, 2, 2], "test"))),
        (&[("x", &[2, 12], &ramp), y], Err(&["array `x` has shape [2, 12]", "[n, height, width, channels]"])),
        (&[("x", &[2, 3, 4], &ramp), ("y", &[3], &[0.0; 3])], Err(&["array `y`", "one label for each of 2"])),
        (&[("x", &[2, 3, 4], &ramp), ("y", &[2], &[0.0, 1.5])], Err(&["array `y` holds 1.5 at place 1"])),
        (&[("x", &[2, 3, 4], &ramp), ("y", &[2], &[0.0, -1.0])], Err(&["array `y` holds -1 at place 1"])),
        (&[("x", &[1, 1, 2], &[-0.42, 1.0]), ("y", &[1], &[0.0])], Err(&["`x` holds -0.42", "normalized pixels"])),
        (&[("w", &[2], &[0.0, 1.0])], Err(&["no pictures with labels", "x_train and y_train", "it has w"])),
    ];
    for (arrays, expected) in cases {
        npz(&path, arrays);
        check(arrays[0].0, open_part(&path, Split::Test, Fit::AsTheyAre), expected);
    }
    // Channels last become planes, and sorted classes take turns.
    npz(&path, &[("x", &[2, 2, 2, 3], &ramp), y]);
    let (data, _) = open_part(&path, Split::Test, Fit::AsTheyAre).unwrap();
    assert_eq!(data.picture(0), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
    npz(&path, &[("x", &[4, 1, 1], &[0.0, 0.2, 0.4, 1.0]), ("y", &[4], &[0.0, 0.0, 1.0, 1.0])]);
    let (data, _) = open_part(&path, Split::Test, Fit::AsTheyAre).unwrap();
    assert_eq!((&*data.labels, &*data.pixels), (&[0, 1, 0, 1][..], &[0, 102, 51, 255][..]));
}

#[test]
fn fitting_cuts_the_middle_and_scales_it() {
    // Two columns of 0, four of 100, two of 0: the middle square is all 100.
    let wide: Vec<u8> = (0..4).flat_map(|_| [0, 0, 100, 100, 100, 100, 0, 0]).collect();
    assert_eq!(Fit::To([1, 2, 2]).picture(wide, [1, 4, 8]), Ok(([1, 2, 2], vec![100; 4])));
    let color = vec![255, 0, 0, 255, 0, 0];
    assert_eq!(Fit::To([1, 1, 2]).picture(color, [3, 1, 2]), Ok(([1, 1, 2], vec![54, 182])));
    assert!(Fit::To([5, 1, 2]).picture(vec![0; 6], [3, 1, 2]).unwrap_err().contains("3 channels cannot become 5"));
}
