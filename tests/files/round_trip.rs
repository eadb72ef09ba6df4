//! What is written is what was meant: read back here, and by the format's own crates.

use std::io::Cursor;
use std::path::Path;
use std::sync::Mutex;

use quantscope::engine::quantize::{Partition, Quantized, Scheme, quantize};
use quantscope::engine::tensor::{Dtype, Model, Tensor};
use quantscope::engine::{Cancelled, Progress, Silent};
use quantscope::io::{Content, FileFormat, Layout, Saved, Target, TensorExport, open, open_bytes, save};
use serde_json::Value;

use crate::make;

const SCHEMES: [&str; 12] = [
    "kmeans:bits=2",
    "kmeans:bits=4,per=channel",
    "kmeans:k=300",
    "linear:bits=8",
    "linear:bits=4,per=group:3",
    "linear:bits=3,range=restricted,per=channel:1",
    "linear:bits=5,signed=false",
    "linear:bits=12",
    "linear:bits=16,signed=false",
    "float:e4m3fn",
    "float:fp16",
    "float:e2m1fn,scale=absmax,per=channel",
];

fn fit(tensor: &Tensor, scheme: &Scheme) -> Quantized {
    let values = tensor.values().unwrap();
    quantize(&values, &tensor.shape, scheme, None, &Silent).unwrap().quantized
}

/// A tensor by a scheme.
pub fn quantized<'a>(tensor: &'a Tensor, scheme: &'a Scheme) -> TensorExport<'a> {
    TensorExport { tensor, content: Content::Quantized(Box::new(move || Ok(Ok(fit(tensor, scheme))))) }
}

/// A tensor as it is.
pub fn plain(tensor: &Tensor) -> TensorExport<'_> {
    TensorExport { tensor, content: Content::AsItIs }
}

fn write(path: &Path, layout: Layout, tensors: &[TensorExport<'_>]) -> Result<Saved, String> {
    let format = FileFormat::of(path).unwrap();
    save(&Target::new(path, format).with_layout(layout), tensors, &Silent).unwrap().map_err(|error| error.to_string())
}

/// Ragged, so that groups have remainders, with NaN-free weights of both signs.
fn weights() -> Tensor {
    let values = (0..7 * 50).map(|index| ((index * 37 % 101) as f32 - 40.0) / 17.0).collect();
    Tensor::in_memory("layer/0.weight", vec![7, 10, 5], values)
}

/// The values that the documented formulas give, from what lies in the file alone.
fn rebuilt(model: &Model, name: &str, scheme: &Scheme, format_values: Option<&[f32]>) -> Vec<f32> {
    let part = |suffix: &str| model.tensor(&format!("{name}.{suffix}"));
    let floats = |suffix: &str| part(suffix).map(|tensor| tensor.values().unwrap());
    let codes = part("codes").unwrap();
    let partition = Partition::new(scheme.per(), &codes.shape).unwrap();
    let (scale, zero, book) = (floats("scale"), floats("zero_point"), floats("codebook"));
    let width = part("codebook").map_or(0, |book| *book.shape.last().unwrap());
    let value = |(index, &code): (usize, &f32)| {
        let group = partition.group_of(index);
        if let Some(book) = &book {
            return book[group * width + code as usize];
        }
        let scale = scale.as_ref().map_or(1.0, |scale| scale[group]);
        match format_values {
            Some(values) => values[code as usize] * scale,
            None => scale * (code - zero.as_ref().map_or(0.0, |zero| zero[group])),
        }
    };
    codes.values().unwrap().iter().enumerate().map(value).collect()
}

fn notes(model: &Model) -> Value {
    let (_, text) = model.metadata.iter().find(|(key, _)| key == "meta_json").expect("no notes");
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_scheme_comes_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = weights();
    for text in SCHEMES {
        let scheme: Scheme = text.parse().unwrap();
        let expected = fit(&tensor, &scheme);
        let format_values = match &expected.decoder {
            quantscope::engine::quantize::Decoder::Table { values, .. } => Some(values.to_vec()),
            _ => None,
        };
        for ending in ["safetensors", "npz"] {
            let path = folder.path().join("out").with_extension(ending);
            let saved = write(&path, Layout::Codes, &[quantized(&tensor, &scheme)]).unwrap();
            assert_eq!(saved.file_bytes, std::fs::metadata(&path).unwrap().len());
            let model = open(&path).unwrap();
            assert_eq!(saved.arrays, model.tensors.len());
            let codes = model.tensor("layer/0.weight.codes").unwrap();
            let signed = text.starts_with("linear") && !text.contains("signed=false");
            let wide = expected.bits > 8;
            let dtype = [[Dtype::U8, Dtype::U16], [Dtype::I8, Dtype::I16]][usize::from(signed)][usize::from(wide)];
            assert_eq!((codes.dtype, &codes.shape), (dtype, &tensor.shape), "{text}");
            let symmetric = !text.starts_with("linear") || text.contains("range=");
            assert_eq!(model.tensor("layer/0.weight.zero_point").is_none(), symmetric, "{text}");
            let found = rebuilt(&model, "layer/0.weight", &scheme, format_values.as_deref());
            assert_eq!(found, expected.reconstruct(), "{text} in {ending}");
            let note = &notes(&model)["tensors"]["layer/0.weight"];
            assert_eq!(note["scheme"], scheme.to_string());
            assert_eq!((&note["bits"], &note["dtype"]), (&expected.bits.into(), &"float32".into()));

            write(&path, Layout::Dequantized, &[quantized(&tensor, &scheme)]).unwrap();
            let model = open(&path).unwrap();
            let values = model.tensor("layer/0.weight").unwrap().values().unwrap();
            assert_eq!(values.to_vec(), expected.reconstruct(), "{text} dequantized");
        }
    }
}

#[test]
fn plain_tensors_keep_dtype_and_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = Vec::new();
    let mut data = Vec::new();
    for (name, bits) in [
        ("F64", 64),
        ("F32", 32),
        ("F16", 16),
        ("BF16", 16),
        ("F8_E4M3", 8),
        ("F8_E5M2", 8),
        ("F8_E4M3FNUZ", 8),
        ("F8_E5M2FNUZ", 8),
        ("F8_E8M0", 8),
        ("F6_E2M3", 6),
        ("F6_E3M2", 6),
        ("F4", 4),
        ("I64", 64),
        ("I32", 32),
        ("I16", 16),
        ("I8", 8),
        ("U64", 64),
        ("U32", 32),
        ("U16", 16),
        ("U8", 8),
        ("BOOL", 8),
    ] {
        let start = data.len();
        data.extend((0..8 * bits / 8).map(|index| (index * 29 + bits) as u8));
        let end = data.len();
        header.push(format!(r#""{name}":{{"dtype":"{name}","shape":[2,4],"data_offsets":[{start},{end}]}}"#));
    }
    let source = make::safetensors(&format!("{{{}}}", header.join(",")), &data);
    let source = open_bytes("source.safetensors", source).unwrap();
    let exports: Vec<_> = source.tensors.iter().map(plain).collect();
    for ending in ["safetensors", "npz"] {
        let path = folder.path().join("plain").with_extension(ending);
        write(&path, Layout::Codes, &exports).unwrap();
        let model = open(&path).unwrap();
        for (found, expected) in model.tensors.iter().zip(&source.tensors) {
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            assert_eq!(*found.stored().unwrap(), *expected.stored().unwrap(), "{expected:?}");
        }
    }
}

#[test]
fn the_formats_own_crates_agree() {
    let folder = tempfile::tempdir().unwrap();
    let (tensor, odd) = (weights(), Tensor::in_memory("a \"quoted\" näme", vec![], vec![1.5]));
    let scheme: Scheme = "linear:bits=4".parse().unwrap();
    let exports = [quantized(&tensor, &scheme), plain(&odd)];

    let path = folder.path().join("a.safetensors");
    write(&path, Layout::Codes, &exports).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.len(), 4);
    let view = file.tensor("layer/0.weight.codes").unwrap();
    assert_eq!((view.dtype(), view.shape()), (safetensors::Dtype::I8, &[7, 10, 5][..]));
    assert_eq!(file.tensor("a \"quoted\" näme").unwrap().data(), 1.5_f32.to_le_bytes());

    let path = folder.path().join("a.npz");
    write(&path, Layout::Codes, &exports).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(std::fs::read(&path).unwrap())).unwrap();
    let codes = npyz::NpyFile::new(archive.by_name("layer/0.weight.codes.npy").unwrap()).unwrap();
    assert_eq!(codes.shape(), [7, 10, 5]);
    let codes: Vec<i8> = codes.into_vec().unwrap();
    let expected = fit(&tensor, &scheme);
    assert!((0..codes.len()).all(|index| codes[index] as u8 & 0xF == expected.stored_code(index) as u8));
}

#[test]
fn single_arrays_come_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.npy");
    let bytes: Vec<u8> = [1.0_f32, 2.0, 3.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    quantscope::io::write_npy(&path, Dtype::F32, &[3, 1], &bytes).unwrap();
    let (shape, values) = quantscope::io::read_npy(&path).unwrap();
    assert_eq!((shape, values.to_vec()), (vec![3, 1], vec![1.0, 2.0, 3.0]));
    let error = quantscope::io::write_npy(&path, Dtype::BF16, &[1], &[0; 2]).unwrap_err().to_string();
    assert!(error.ends_with("one.npy: cannot be written: npy has no bfloat16"), "{error}");
    let error = quantscope::io::write_npy(&path, Dtype::F32, &[2], &[0; 4]).unwrap_err().to_string();
    assert!(error.contains("4 bytes where float32 [2] needs 8"), "{error}");
}

/// Cancels at the n-th question.
struct After(Mutex<u32>);

impl Progress for After {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        assert!(done <= total);
        let mut left = self.0.lock().unwrap();
        *left = left.checked_sub(1).ok_or(Cancelled)?;
        Ok(())
    }
}

#[test]
fn a_cancel_or_an_error_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let tensors: Vec<_> =
        (0..5).map(|index| Tensor::in_memory(format!("t{index}"), vec![2, 2], vec![0.5; 4])).collect();
    let scheme: Scheme = "linear:bits=4".parse().unwrap();
    let untouched = |path: &Path, what: &str| {
        assert_eq!(std::fs::read(path).unwrap(), b"precious", "{what}");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "{what}: something is left");
    };
    for ending in ["safetensors", "npz"] {
        let path = folder.path().join("file").with_extension(ending);
        std::fs::write(&path, "precious").unwrap();
        let format = FileFormat::of(&path).unwrap();
        let exports: Vec<_> = tensors.iter().map(|tensor| quantized(tensor, &scheme)).collect();
        let mut cancels = 0;
        while let Err(Cancelled) = save(&Target::new(&path, format), &exports, &After(Mutex::new(cancels))) {
            untouched(&path, "a cancel");
            cancels += 1;
        }
        assert_eq!(open(&path).unwrap().tensors.len(), 15);
        assert!(cancels > 15, "only {cancels} chances to cancel");

        std::fs::write(&path, "precious").unwrap();
        let tensor = &tensors[0];
        let unfit = TensorExport { tensor, content: Content::Quantized(Box::new(|| Ok(Err("too odd".to_owned())))) };
        let error = write(&path, Layout::Codes, &[plain(&tensors[1]), unfit]).unwrap_err();
        assert!(error.ends_with("tensor `t0`: too odd"), "{error}");
        untouched(&path, "an unfit tensor");
        let error = write(&path, Layout::Codes, &[plain(tensor), plain(tensor)]).unwrap_err();
        assert!(error.ends_with("two arrays would be called `t0`"), "{error}");
        untouched(&path, "one name twice");
        std::fs::remove_file(&path).unwrap();
    }
    let missing = folder.path().join("no/such/folder/file.npz");
    let error = write(&missing, Layout::Codes, &[]).unwrap_err();
    assert!(error.ends_with("file.npz: cannot be written: no such file or folder"), "{error}");
    let error = FileFormat::of(Path::new("file.txt")).unwrap_err().to_string();
    assert_eq!(
        error,
        "file.txt: the ending names no format that can be written, expected .safetensors, .npz, .npy, .onnx, .gguf, .tflite, .h or .qsz"
    );
}

#[test]
fn a_file_may_be_written_over_its_own_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("self.safetensors");
    write(&path, Layout::Codes, &[plain(&weights())]).unwrap();
    let model = open(&path).unwrap();
    let before = model.tensors[0].values().unwrap().to_vec();
    write(&path, Layout::Codes, &[plain(&model.tensors[0]), plain(&Tensor::in_memory("b", vec![1], vec![1.0]))])
        .unwrap();
    assert_eq!(model.tensors[0].values().unwrap().to_vec(), before, "the old file is read as long as it is open");
    assert_eq!(open(&path).unwrap().tensors.len(), 2);
}
