//! Files that lie: each is refused by one line that names the file, the place and what is wrong.

use image::{DynamicImage, ImageFormat};
use quantscope::io::{open, open_bytes};
use zip::CompressionMethod::{Deflated, Stored};

use crate::make::{self, Field};

/// What the file is, its name, its bytes, and what the message must say.
pub type Case = (&'static str, &'static str, Vec<u8>, &'static str);

/// Opens each, reads all of it, and holds the one line that says why not against what it must say.
pub fn refuse(cases: Vec<Case>) {
    for (what, name, bytes, expected) in cases {
        let outcome = open_bytes(name, bytes).and_then(|model| {
            // What a header cannot show comes out when the data is read.
            let read = model.tensors.iter().try_for_each(|tensor| tensor.values().map(drop));
            read.map_err(|error| panic!("{what}: opened, and then: {error}"))
        });
        let Err(error) = outcome else { panic!("{what}: was opened") };
        let message = error.to_string();
        assert!(message.starts_with(&format!("{name}: ")), "{what}: {message}");
        assert!(message.contains(expected), "{what}: {message}\n  does not say: {expected}");
        assert!(!message.contains('\n') && message.chars().count() < 500, "{what}: {message}");
    }
}

#[test]
fn safetensors() {
    let t = |entry: &str, data: &[u8]| make::safetensors(&format!(r#"{{"t":{entry}}}"#), data);
    let f32_at = |start: u64, end: u64, shape: &str| {
        format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let two = |first: &str, second: &str, data: usize| {
        make::safetensors(&format!(r#"{{"a":{first},"b":{second}}}"#), &vec![0; data])
    };
    let length = |length: u64, rest: &[u8]| [&length.to_le_bytes(), rest].concat();
    refuse(vec![
        ("an empty file", "x.safetensors", vec![], "the file is empty"),
        ("three bytes", "x.safetensors", vec![1, 2, 3], "truncated: 3 bytes"),
        (
            "a huge length",
            "x.safetensors",
            length(9_100_000_000, &[b'{'; 1200]),
            "header claims 9.1 GB, file has 1.2 kB",
        ),
        ("the hugest length", "x.safetensors", length(u64::MAX, b"{}"), "header claims 18.4 EB"),
        (
            "a header over the limit",
            "x.safetensors",
            length(100_000_001, &vec![b' '; 100_000_001]),
            "over the limit of 100.0 MB",
        ),
        ("a header that is no UTF-8", "x.safetensors", length(3, b"{\xFF}"), "not UTF-8"),
        ("no JSON", "x.safetensors", length(4, b"{abc"), "header: key must be a string at line 1"),
        ("a truncated header", "x.safetensors", length(5, b"{\"t\":"), "header: `t`: EOF"),
        ("deep nesting", "x.safetensors", make::safetensors(&format!(r#"{{"t":{}"#, "[".repeat(100_000)), &[]), "`t`"),
        ("an array", "x.safetensors", length(2, b"[]"), "expected an object of tensors"),
        (
            "a missing key",
            "x.safetensors",
            t(r#"{"dtype":"F32","shape":[1]}"#, &[0; 4]),
            "`t`: missing field `data_offsets`",
        ),
        (
            "a negative size",
            "x.safetensors",
            t(r#"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#, &[0; 4]),
            "`t`: invalid value: integer `-1`",
        ),
        (
            "an unknown dtype",
            "x.safetensors",
            make::one_tensor("F7\\n", &[1], &[0]),
            "tensor `t`: unknown dtype `F7\\u{a}`, expected one of F64, ",
        ),
        (
            "a name twice",
            "x.safetensors",
            make::safetensors(&format!(r#"{{"t":{0},"t":{0}}}"#, f32_at(0, 4, "[1]")), &[0; 4]),
            "`t` occurs twice",
        ),
        (
            "metadata that is no text",
            "x.safetensors",
            make::safetensors(r#"{"__metadata__":{"a":1}}"#, &[]),
            "`__metadata__`: `a`: invalid type: integer",
        ),
        (
            "a product that overflows",
            "x.safetensors",
            t(&f32_at(0, 4, "[4294967296,4294967296]"), &[0; 4]),
            "tensor `t`: the shape [4294967296, 4294967296] of F32 overflows",
        ),
        (
            "a zero among huge sizes",
            "x.safetensors",
            t(&f32_at(0, 0, "[9223372036854775808,0,4]"), &[]),
            "tensor `t`: the shape [9223372036854775808, 0, 4] of F32 overflows",
        ),
        (
            "a shape that lies",
            "x.safetensors",
            t(&f32_at(0, 4, "[2]"), &[0; 4]),
            "tensor `t`: offsets 0..4 hold 4 bytes, the shape [2] of F32 needs 8",
        ),
        (
            "part of a byte",
            "x.safetensors",
            make::one_tensor("F4", &[3], &[0; 2]),
            "needs 12 bits, which is no whole number of bytes",
        ),
        ("offsets that run backwards", "x.safetensors", t(&f32_at(4, 0, "[1]"), &[0; 4]), "offsets 4..0 run backwards"),
        (
            "offsets beyond the end",
            "x.safetensors",
            t(&f32_at(0, 8, "[2]"), &[0; 4]),
            "offsets 0..8 reach beyond the 4 bytes of data",
        ),
        ("offsets that overflow", "x.safetensors", t(&f32_at(u64::MAX - 3, u64::MAX, "[1]"), &[0; 4]), "reach beyond"),
        (
            "overlapping tensors",
            "x.safetensors",
            two(&f32_at(0, 8, "[2]"), &f32_at(4, 8, "[1]"), 8),
            "tensor `b`: offsets 4..8 overlap the tensor before, which ends at 8",
        ),
        ("the same bytes twice", "x.safetensors", two(&f32_at(0, 4, "[1]"), &f32_at(0, 4, "[1]"), 4), "overlap"),
        (
            "a gap",
            "x.safetensors",
            two(&f32_at(0, 4, "[1]"), &f32_at(8, 12, "[1]"), 12),
            "tensor `b`: offsets 8..12 leave a gap",
        ),
        ("bytes after the last", "x.safetensors", t(&f32_at(0, 4, "[1]"), &[0; 9]), "5 bytes after the last tensor"),
        (
            "a long name",
            "x.safetensors",
            make::safetensors(&format!(r#"{{"{}":1}}"#, "n".repeat(10_000)), &[]),
            "n…`: invalid type",
        ),
    ]);
}

#[test]
fn npy() {
    let floats = |shape: &str, bytes: usize| make::npy("'<f4'", false, shape, &vec![0; bytes]);
    let with = |descr: &str| make::npy(descr, false, "1,", &[0; 64]);
    refuse(vec![
        ("the magic alone", "x.npy", b"\x93NUMPY".to_vec(), "truncated: 6 bytes end within the npy header"),
        (
            "another version",
            "x.npy",
            b"\x93NUMPY\x09\x00\x00\x00".to_vec(),
            "npy version 9.0 is unknown, expected 1.0 to 3.0",
        ),
        ("a huge header", "x.npy", b"\x93NUMPY\x02\x00\xFF\xFF\xFF\xFFabc".to_vec(), "npy header claims 4.3 GB"),
        (
            "a truncated header",
            "x.npy",
            floats("2,", 8)[..40].to_vec(),
            "truncated: 40 bytes end within the npy header",
        ),
        ("no Python", "x.npy", make::npy_text("hello", &[]), "npy header: "),
        ("deep nesting", "x.npy", make::npy_text(&"(".repeat(60_000), &[]), "expected '{', found"),
        ("no shape", "x.npy", make::npy_text("{'descr': '<f4', 'fortran_order': False}", &[]), "npy header: "),
        ("an object array", "x.npy", with("'|O'"), "dtype object: a pickle, which could execute anything"),
        ("a structured array", "x.npy", with("[('a', '<f4'), ('b', '<i2')]"), "a structured dtype"),
        ("ml_dtypes of one byte", "x.npy", with("'|V1'"), "float8_e4m3fn"),
        ("ml_dtypes of one byte, little", "x.npy", with("'<V1'"), "a.view(numpy.uint8)"),
        ("bfloat16", "x.npy", with("'<V2'"), "bfloat16"),
        ("float8_e5m2", "x.npy", with("'<f1'"), "ml_dtypes' float8_e5m2"),
        ("long double", "x.npy", with("'<f16'"), "cannot be shown, expected floats up to 64 bits"),
        ("complex numbers", "x.npy", with("'<c8'"), "cannot be shown"),
        ("dates", "x.npy", with("'<M8[s]'"), "cannot be shown"),
        ("text", "x.npy", make::npy("'<U2'", false, "1,", &[0; 8]), "an array of text, expected numbers"),
        (
            "truncated data",
            "x.npy",
            floats("3, 4", 40),
            "truncated: 40 bytes of data (40 bytes) where the shape [3, 4] needs 48 bytes",
        ),
        ("no data at all", "x.npy", floats("1000000, 1000000", 0), "needs 4000000000000 bytes"),
        ("more data", "x.npy", floats("3, 4", 52), "52 bytes of data where the shape [3, 4] needs only 48"),
        ("a product that overflows", "x.npy", floats("4294967296, 4294967296", 0), "overflows 64 bits"),
        ("a zero among huge sizes", "x.npy", floats("9223372036854775808, 0, 8", 0), "overflows 64 bits"),
        ("a negative size", "x.npy", floats("-1,", 4), "expected the size of an axis"),
    ]);
}

#[test]
fn npz() {
    let array = make::npy("'<f4'", false, "4,", &[0; 16]);
    let archive = |method| make::zip(&[("a.npy", array.clone()), ("b.npy", array.clone())], method);
    let damaged = |at: usize| {
        let mut archive = make::zip(&[("a.npy", array.clone())], Stored);
        archive[at] ^= 0xFF;
        archive
    };
    let short = make::npy("'<f4'", false, "8,", &[0; 16]);
    let object = make::npy("'|O'", false, "1,", &[0; 16]);
    refuse(vec![
        ("a truncated archive", "x.npz", archive(Stored)[..100].to_vec(), "zip archive"),
        (
            "a member without data",
            "x.npz",
            make::zip(&[("a.npy", short)], Deflated),
            "member `a.npy`: truncated: 16 bytes of data",
        ),
        (
            "a member that is no npy",
            "x.npz",
            make::zip(&[("a.npy", b"hello".to_vec())], Stored),
            "member `a.npy`: does not start with the npy magic",
        ),
        ("an object array", "x.npz", make::zip(&[("../o.npy", object)], Stored), "member `../o.npy`: dtype object"),
        ("no npy at all", "x.npz", make::zip(&[("a.txt", vec![0])], Stored), "without any .npy member"),
        (
            "a PyTorch archive",
            "x.npz",
            make::zip(&[("archive/data.pkl", vec![0])], Stored),
            "member `archive/data.pkl`: byte 0 of the pickle",
        ),
        (
            "an impossible ratio",
            "x.npz",
            make::with_directory_field(archive(Deflated), 0, Field::Size, 4_000_000_000),
            "claims to inflate from",
        ),
        (
            "overlapping members",
            "x.npz",
            make::with_directory_field(archive(Stored), 1, Field::Offset, 0),
            "members of the archive overlap",
        ),
        (
            "a huge compressed size",
            "x.npz",
            make::with_directory_field(archive(Stored), 0, Field::CompressedSize, 4_000_000_000),
            "claims 4.0 GB compressed",
        ),
        (
            "another compression",
            "x.npz",
            make::with_directory_field(archive(Stored), 0, Field::Method, 14),
            "expected stored or deflated",
        ),
        ("a damaged header", "x.npz", damaged(45), "member `a.npy`"),
    ]);
    // A damaged byte of the data is noticed by its checksum when the data is read.
    let long = make::npy("'<f4'", false, "50000,", &[0; 200_000]);
    let mut bytes = make::zip(&[("a.npy", long)], Stored);
    let data = bytes.windows(16).rposition(|window| window == [0; 16]).unwrap();
    bytes[data] ^= 1;
    let model = open_bytes("x.npz", bytes).unwrap();
    let error = model.tensors[0].values().unwrap_err().to_string();
    assert!(error.starts_with("x.npz: member `a.npy`: ") && error.contains("hecksum"), "{error}");
}

#[test]
fn a_bomb_inflates_to_no_more_than_it_may() {
    // 17 members that claim 1 GiB each, which deflate could reach from the 2 MiB that they have.
    let member = vec![0x55; 2 << 20];
    let names: Vec<String> = (0..17).map(|index| format!("{index}.npy")).collect();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), member.clone())).collect();
    let mut archive = make::zip(&members, Stored);
    for entry in 0..17 {
        archive = make::with_directory_field(archive, entry, Field::Size, 1 << 30);
        archive = make::with_directory_field(archive, entry, Field::Method, 8);
    }
    refuse(vec![("a bomb", "x.npz", archive, "claims to inflate to 18.3 GB, the limit is 17.2 GB")]);
}

#[test]
fn pictures() {
    let grey = DynamicImage::new_luma8(16, 16);
    let png = make::picture(&grey, ImageFormat::Png);
    let mut jpeg = make::picture(&grey, ImageFormat::Jpeg);
    let truncated = png[..40].to_vec();
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    refuse(vec![
        (
            "too many pixels",
            "x.png",
            make::claiming(png.clone(), 100_000, 100_000),
            "PNG picture claims 100000 × 100000 pixels, the limit is 134217728",
        ),
        ("too many pixels in a JPEG", "x.jpg", jpeg, "JPEG picture claims 65535 × 65535 pixels"),
        ("a truncated PNG", "x.png", truncated, "PNG picture: "),
        ("pixels that are not there", "x.png", make::claiming(png, 10_000, 10_000), "PNG picture: "),
        ("a truncated JPEG", "x.jpg", b"\xFF\xD8\xFF\xE0".to_vec(), "JPEG picture: "),
    ]);
}

#[test]
fn foreign_files() {
    refuse(vec![
        (
            "a gzip file",
            "x.gz",
            b"\x1F\x8B\x08".to_vec(),
            "gzip-compressed; unpack it first; expected safetensors (or the index of a sharded one), GGUF, npy, npz, PyTorch, ONNX, qsz, CSV, TSV, a picture (PNG,",
        ),
        ("a pickle", "x.pt", b"\x80\x02}q\x00.".to_vec(), "a pickle, which could execute anything"),
        (
            "a Git LFS pointer",
            "x.safetensors",
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            "git lfs pull",
        ),
        ("text", "x.txt", b"hello world".to_vec(), "it starts with \"hello wo\""),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let missing = open(&folder.path().join("missing\n.npy")).unwrap_err().to_string();
    assert!(missing.ends_with("missing\\u{a}.npy: no such file or folder"), "{missing}");
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with(": is a folder, not a file"), "{error}");
}
