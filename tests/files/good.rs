//! Files that open, and what they say.

use std::path::Path;

use image::{DynamicImage, ImageFormat};
use quantscope::engine::tensor::{Dtype, Model};
use quantscope::io::{Nameless, open, open_as, open_bytes};
use zip::CompressionMethod;

use crate::make;

fn values(model: &Model, name: &str) -> Vec<f32> {
    model.tensor(name).unwrap_or_else(|| panic!("no {name} in {model:?}")).values().unwrap().to_vec()
}

/// Bits, so that NaN equals NaN and −0 differs from 0.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }).collect()
}

#[test]
fn safetensors_dtypes_decode() {
    let inf = f32::INFINITY;
    let nan = f32::NAN;
    let cases: &[(&str, Dtype, &[u8], &[f32])] = &[
        ("F64", Dtype::F64, &[1.5_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat(), &[1.5, -2.0]),
        ("F32", Dtype::F32, &[1.5_f32.to_le_bytes(), f32::NAN.to_le_bytes()].concat(), &[1.5, nan]),
        ("F16", Dtype::F16, &[0x00, 0xC7, 0x01, 0x00, 0x00, 0x7C], &[-7.0, 5.960_464_5e-8, inf]),
        ("BF16", Dtype::BF16, &[0x20, 0x40, 0x80, 0xFF], &[2.5, -inf]),
        ("F8_E4M3", Dtype::F8E4M3Fn, &[0x7E, 0x01, 0x80, 0x7F], &[448.0, 0.001_953_125, -0.0, nan]),
        ("F8_E5M2", Dtype::F8E5M2, &[0x7B, 0x01, 0xFC, 0x7D], &[57344.0, 1.525_878_9e-5, -inf, nan]),
        ("F8_E4M3FNUZ", Dtype::F8E4M3Fnuz, &[0x7F, 0x01, 0x80], &[240.0, 0.000_976_562_5, nan]),
        ("F8_E5M2FNUZ", Dtype::F8E5M2Fnuz, &[0x7F, 0x01, 0x80], &[57344.0, 7.629_394_5e-6, nan]),
        ("F8_E8M0", Dtype::F8E8M0, &[0, 127, 254, 255], &[2.0_f32.powi(-127), 1.0, 2.0_f32.powi(127), nan]),
        // Codes 0x1F, 0x20, 0x01, 0x3F: four in three bytes.
        ("F6_E2M3", Dtype::F6E2M3, &[0x1F, 0x18, 0xFC], &[7.5, -0.0, 0.125, -7.5]),
        ("F6_E3M2", Dtype::F6E3M2, &[0x1F, 0x18, 0xFC], &[28.0, -0.0, 0.0625, -28.0]),
        ("F4", Dtype::F4E2M1, &[0x17, 0xF8], &[6.0, 0.5, -0.0, -6.0]),
        ("I64", Dtype::I64, &(-3_i64).to_le_bytes(), &[-3.0]),
        ("I32", Dtype::I32, &(-70_000_i32).to_le_bytes(), &[-70_000.0]),
        ("I16", Dtype::I16, &(-300_i16).to_le_bytes(), &[-300.0]),
        ("I8", Dtype::I8, &[0x80, 0x7F], &[-128.0, 127.0]),
        ("U64", Dtype::U64, &(1_u64 << 40).to_le_bytes(), &[1_099_511_627_776.0]),
        ("U32", Dtype::U32, &u32::MAX.to_le_bytes(), &[4_294_967_296.0]),
        ("U16", Dtype::U16, &[0xFF, 0xFF], &[65535.0]),
        ("U8", Dtype::U8, &[0, 255], &[0.0, 255.0]),
        ("BOOL", Dtype::Bool, &[0, 1], &[0.0, 1.0]),
    ];
    // Integers of 4 and 2 bits are the only ones that safetensors cannot name.
    assert_eq!(cases.len() + 4, Dtype::ALL.len());
    for &(name, dtype, data, expected) in cases {
        let model = open_bytes("t.safetensors", make::one_tensor(name, &[expected.len() as u64], data)).unwrap();
        let tensor = &model.tensors[0];
        assert_eq!((tensor.dtype, &tensor.shape), (dtype, &vec![expected.len()]), "{name}");
        assert_eq!(bits(&values(&model, "t")), bits(expected), "{name}");
        assert_eq!(&*tensor.stored().unwrap(), data, "{name}");
    }
}

#[test]
fn safetensors_order_metadata_and_odd_offsets() {
    let header = r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},
        "a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[5,5]},
        "z":{"dtype":"C64","shape":[1],"data_offsets":[5,13]},"extra":{"dtype":"I8","shape":[1],"data_offsets":[13,14],"note":1}}   "#;
    let data = [&[7][..], &2.5_f32.to_le_bytes(), &[0; 8], &[255]].concat();
    let model = open_bytes("folder/m.safetensors", make::safetensors(header, &data)).unwrap();
    let names: Vec<_> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!((model.name.as_str(), names), ("m.safetensors", vec!["a", "b", "none", "extra"]));
    assert_eq!(values(&model, "b"), [2.5]);
    assert!(values(&model, "none").is_empty());
    let complex = ("skipped".to_owned(), "`z`: complex numbers (C64) cannot be shown".to_owned());
    assert_eq!(model.metadata, [("format".to_owned(), "pt".to_owned()), complex]);
}

#[test]
fn a_file_that_another_program_shortens_is_an_error_and_what_was_read_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.safetensors");
    let data: Vec<u8> = (0..4096_u16).flat_map(|index| f32::from(index).to_le_bytes()).collect();
    let header = r#"{"t":{"dtype":"F32","shape":[64,64],"data_offsets":[0,16384]}}"#;
    std::fs::write(&path, make::safetensors(header, &data)).unwrap();
    let model = open(&path).unwrap();
    let tensor = &model.tensors[0];
    let values = tensor.values().unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1000).unwrap();
    let error = tensor.values().unwrap_err().to_string();
    assert!(error.contains("big.safetensors: has shrunk from 16.5 kB to 1.0 kB"), "{error}");
    assert_eq!((values[0], values[4095]), (0.0, 4095.0));
}

#[test]
fn npy_dtypes_and_orders_decode() {
    let cases: &[(&str, Dtype, &[u8], &[f32])] = &[
        ("'<f8'", Dtype::F64, &1.5_f64.to_le_bytes(), &[1.5]),
        ("'>f8'", Dtype::F64, &1.5_f64.to_be_bytes(), &[1.5]),
        ("'<f4'", Dtype::F32, &(-2.5_f32).to_le_bytes(), &[-2.5]),
        ("'>f4'", Dtype::F32, &(-2.5_f32).to_be_bytes(), &[-2.5]),
        ("'<f2'", Dtype::F16, &[0x00, 0xC7], &[-7.0]),
        ("'>f2'", Dtype::F16, &[0xC7, 0x00], &[-7.0]),
        ("'<i8'", Dtype::I64, &(-3_i64).to_le_bytes(), &[-3.0]),
        ("'>i4'", Dtype::I32, &(-3_i32).to_be_bytes(), &[-3.0]),
        ("'<i2'", Dtype::I16, &(-3_i16).to_le_bytes(), &[-3.0]),
        ("'|i1'", Dtype::I8, &[0xFD], &[-3.0]),
        ("'<u8'", Dtype::U64, &3_u64.to_le_bytes(), &[3.0]),
        ("'<u4'", Dtype::U32, &3_u32.to_le_bytes(), &[3.0]),
        ("'>u2'", Dtype::U16, &[1, 0], &[256.0]),
        ("'|u1'", Dtype::U8, &[200], &[200.0]),
        ("'|b1'", Dtype::Bool, &[1], &[1.0]),
    ];
    for &(descr, dtype, data, expected) in cases {
        let model = open_bytes("some/weights.npy", make::npy(descr, false, "1,", data)).unwrap();
        assert_eq!(model.tensors[0].dtype, dtype, "{descr}");
        assert_eq!(values(&model, "weights"), expected, "{descr}");
        let little = model.tensors[0].stored().unwrap();
        assert!(descr.contains('>') || *little == *data, "{descr}");
    }
    let scalar = open_bytes("s.npy", make::npy("'<f4'", true, "", &1.0_f32.to_le_bytes())).unwrap();
    assert_eq!((&scalar.tensors[0].shape, values(&scalar, "s")), (&vec![], vec![1.0]));
}

#[test]
fn fortran_order_is_transposed() {
    // Element [i, j, k] holds 100 i + 10 j + k; the first index varies fastest in the file.
    let index = |i: u16, j: u16, k: u16| f32::from(100 * i + 10 * j + k);
    let data: Vec<u8> = (0..24).flat_map(|n| index(n % 2, n / 2 % 3, n / 6).to_be_bytes()).collect();
    let model = open_bytes("f.npy", make::npy("'>f4'", true, "2, 3, 4", &data)).unwrap();
    let expected: Vec<f32> = (0..24).map(|n| index(n / 12, n / 4 % 3, n % 4)).collect();
    assert_eq!(values(&model, "f"), expected);
    let bytes: Vec<u8> = expected.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(*model.tensors[0].stored().unwrap(), bytes);
    let empty = open_bytes("e.npy", make::npy("'<f4'", true, "0, 3", &[])).unwrap();
    assert!(values(&empty, "e").is_empty());
}

#[test]
fn npz_members_open_whatever_their_path() {
    let one = make::npy("'<f4'", false, "1,", &1.0_f32.to_le_bytes());
    let zeros = make::npy("'<f4'", false, "100, 100", &[0; 40_000]);
    let text: Vec<u8> = "{\"a\": 1}".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let meta = make::npy("'<U8'", false, "", &text);
    let members = [
        ("layer/0.npy", one.clone()),
        ("../../etc/passwd.npy", one.clone()),
        ("/absolute.npy", one.clone()),
        ("line\nbreak.npy", one),
        ("zeros.npy", zeros),
        ("meta_json.npy", meta),
        ("readme.txt", b"hello".to_vec()),
    ];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let model = open_bytes("a.npz", make::zip(&members, method)).unwrap();
        let names: Vec<_> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["layer/0", "../../etc/passwd", "/absolute", "line\\u{a}break", "zeros"]);
        assert_eq!(values(&model, "layer/0"), [1.0]);
        assert_eq!(values(&model, "zeros"), [0.0; 10_000]);
        let meta = ("meta_json".to_owned(), "{\"a\": 1}".to_owned());
        let skipped = ("skipped".to_owned(), "`readme.txt`: not an npy member".to_owned());
        assert_eq!(model.metadata, [meta, skipped]);
    }
    assert!(open_bytes("empty.npz", make::zip(&[], CompressionMethod::Stored)).unwrap().tensors.is_empty());
}

#[test]
fn pictures_are_their_channels() {
    let rgb = image::RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 200]));
    let deep = image::ImageBuffer::from_fn(3, 2, |x, y| image::LumaA([1000 * x as u16, y as u16]));
    let cases: [(DynamicImage, ImageFormat, Dtype, &[&str]); 4] = [
        (rgb.clone().into(), ImageFormat::Png, Dtype::U8, &["red", "green", "blue"]),
        (
            DynamicImage::from(rgb.clone()).to_rgba8().into(),
            ImageFormat::Png,
            Dtype::U8,
            &["red", "green", "blue", "alpha"],
        ),
        (DynamicImage::ImageLumaA16(deep), ImageFormat::Png, Dtype::U16, &["grey", "alpha"]),
        (DynamicImage::from(rgb).to_luma8().into(), ImageFormat::Jpeg, Dtype::U8, &["grey"]),
    ];
    for (picture, format, dtype, names) in cases {
        let model = open_bytes("misleading.npy", make::picture(&picture, format)).unwrap();
        let found: Vec<_> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(found, names);
        for tensor in &model.tensors {
            assert_eq!((tensor.dtype, &tensor.shape), (dtype, &vec![2, 3]));
            assert_eq!(tensor.stored().unwrap().len() as u64, tensor.bytes());
        }
        match dtype {
            Dtype::U16 => assert_eq!(values(&model, "grey"), [0.0, 1000.0, 2000.0, 0.0, 1000.0, 2000.0]),
            _ if names.len() > 1 => {
                assert_eq!(values(&model, "red"), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
                assert_eq!(values(&model, "green"), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
            }
            _ => {}
        }
    }
}

#[test]
fn real_weights_open() {
    let data = std::env::var_os("QUANTSCOPE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), Into::into);
    let path = data.join("silero/silero_vad_16k.safetensors");
    if !path.exists() {
        eprintln!("REAL DATA MISSING: {} is not there, its test did not run", path.display());
        return;
    }
    let model = open(&path).unwrap();
    assert_eq!(model.tensors.len(), 15);
    for tensor in &model.tensors {
        assert_eq!(tensor.dtype, Dtype::F32);
        assert_eq!(tensor.values().unwrap().len(), tensor.count());
    }
    let largest = model
        .tensors
        .iter()
        .filter(|tensor| tensor.name.contains("conv4"))
        .flat_map(|tensor| tensor.values().unwrap().iter().map(|weight| weight.abs()).collect::<Vec<_>>());
    let largest = largest.fold(0.0, f32::max);
    assert!((largest - 36.70).abs() < 0.01, "conv4's largest weight is {largest}");
}

#[test]
fn what_numpy_does_not_name_is_asked_and_then_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let answer = |text: &str| text.parse::<Nameless>().unwrap();
    // Codes of 4 bits lie one a byte, and column-major here.
    let eights = make::npy("'<V1'", false, "3,", &[0x38, 0xB8, 0x40]);
    let fours = make::npy("'<V1'", true, "2, 3", &[0x01, 0x0F, 0x02, 0x08, 0x03, 0x07]);
    let wide = make::npy("'>V2'", false, "2,", &[0x3F, 0x80, 0xC0, 0]);
    let cases = [
        ("eights.npy", eights.clone(), "float8_e4m3fn", Dtype::F8E4M3Fn, vec![1.0, -1.0, 2.0]),
        ("fours.npy", fours, "int4", Dtype::I4, vec![1.0, 2.0, 3.0, -1.0, -8.0, 7.0]),
        ("wide.npy", wide.clone(), "bfloat16", Dtype::BF16, vec![1.0, -2.0]),
        ("five.npy", make::npy("'<f1'", false, "1,", &[0x3C]), "float8_e5m2", Dtype::F8E5M2, vec![1.0]),
    ];
    for (name, bytes, text, dtype, expected) in cases {
        let path = write(name, bytes);
        let error = open(&path).unwrap_err();
        let question = error.question().unwrap_or_else(|| panic!("{error}"));
        assert!(question.candidates.contains(&dtype), "{question:?}");
        let model = open_as(&path, answer(text)).unwrap();
        let tensor = &model.tensors[0];
        assert_eq!((tensor.dtype, tensor.values().unwrap().to_vec()), (dtype, expected), "{name}");
        assert_eq!(tensor.stored().unwrap().len() as u64, tensor.bytes(), "{name}");
    }
    // An archive may need both answers: the second question comes with the first answer given.
    let members = [("a.npy", eights), ("b.npy", wide)];
    let path = write("both.npz", make::zip(&members, zip::CompressionMethod::Deflated));
    let error = open_as(&path, answer("float8_e4m3fn")).unwrap_err();
    assert_eq!(error.question().unwrap().descr, ">V2");
    assert!(error.to_string().contains("member `b.npy`"), "{error}");
    let model = open_as(&path, answer("float8_e4m3fn,bfloat16")).unwrap();
    let values = |name: &str| model.tensor(name).unwrap().values().unwrap().to_vec();
    assert_eq!((values("a"), values("b")), (vec![1.0, -1.0, 2.0], vec![1.0, -2.0]));
}
