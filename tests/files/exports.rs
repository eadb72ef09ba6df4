//! Every format that can be written: what it takes, what it refuses and why; a failed export leaves nothing behind.

use std::path::Path;

use quantscope::engine::Silent;
use quantscope::engine::quantize::{Scheme, quantize};
use quantscope::engine::tensor::Tensor;
use quantscope::io::{Content, FileFormat, Layout, Target, TensorExport, WRITABLE, open, save};

/// A weight `[6, 64]` with both signs and no ties.
fn weight(name: &str) -> Tensor {
    let values = (0..6 * 64).map(|index| ((index * 37 % 101) as f32 - 40.3) / 17.0).collect();
    Tensor::in_memory(name, vec![6, 64], values)
}

/// Writes the weight by a scheme, and a bias as it is.
fn export(folder: &Path, file: &str, layout: Layout, scheme: &str) -> Result<std::path::PathBuf, String> {
    let path = folder.join(file);
    let scheme: Scheme = scheme.parse().unwrap();
    let weight = weight("layer.0.weight");
    let bias = Tensor::in_memory("layer.0.bias", vec![3], vec![0.5, -0.25, 1e-3]);
    let fit = || {
        let values = weight.values().unwrap();
        Ok(Ok(quantize(&values, &weight.shape, &scheme, None, &Silent).unwrap().quantized))
    };
    let mut exports = vec![TensorExport { tensor: &weight, content: Content::Quantized(Box::new(fit)) }];
    let format = FileFormat::of(&path).map_err(|error| error.to_string())?;
    if format != FileFormat::Npy {
        exports.push(TensorExport { tensor: &bias, content: Content::AsItIs });
    }
    let target = Target { path: &path, format, layout, activations: Some((0.02, 0.05)), external_data: false };
    save(&target, &exports, &Silent).unwrap().map_err(|error| error.to_string())?;
    Ok(path)
}

#[test]
fn formats_take_what_they_can_hold_and_say_why_not() {
    let (codes, packed, floats) = (Layout::Codes, Layout::CompressedTensors, Layout::Dequantized);
    // File, layout, scheme, and what the refusal says; empty where it is written.
    let cases = [
        ("a.safetensors", packed, "linear:bits=4,range=restricted,per=group:32", ""),
        ("a.safetensors", packed, "linear:bits=3,per=group:16", ""),
        ("a.safetensors", packed, "linear:bits=8,range=full,per=channel", ""),
        ("a.safetensors", packed, "linear:bits=5,per=tensor", ""),
        ("a.safetensors", packed, "float:e4m3fn,scale=absmax,per=channel", ""),
        ("a.safetensors", packed, "linear:bits=4,per=group:48", "divides a row of 64"),
        ("a.safetensors", packed, "linear:bits=12", "1 to 8 bits, not of 12"),
        ("a.safetensors", packed, "linear:bits=8,signed=false", "signed codes"),
        ("a.safetensors", packed, "linear:bits=8,per=channel:1", "scale for each row"),
        ("a.safetensors", packed, "kmeans:bits=4", "linear codes"),
        ("a.safetensors", packed, "prune:share=0.5|linear:bits=4", "without pruning"),
        ("a.npz", packed, "linear:bits=4", "no layout compressed-tensors"),
        ("a.npy", floats, "kmeans:bits=3", ""),
        ("a.npy", codes, "kmeans:bits=3", "no layout generic"),
        ("a.tflite", codes, "linear:bits=8", ""),
        ("a.tflite", codes, "linear:bits=8,signed=false", ""),
        ("a.tflite", codes, "linear:bits=4,range=restricted,per=channel", ""),
        ("a.tflite", codes, "linear:bits=2,range=full", ""),
        ("a.tflite", codes, "linear:bits=5,per=channel:1", ""),
        ("a.tflite", codes, "float:fp16", ""),
        ("a.tflite", codes, "prune:share=0.5", ""),
        ("a.tflite", floats, "kmeans:bits=4", ""),
        ("a.tflite", codes, "kmeans:bits=4", "--layout dequantized"),
        ("a.tflite", codes, "linear:bits=4,per=group:32", "not for groups"),
        ("a.tflite", codes, "linear:bits=12", "not 12"),
        ("a.h", codes, "linear:bits=8,range=restricted,per=channel", ""),
        ("a.h", codes, "kmeans:bits=4", ""),
        ("a.h", codes, "linear:bits=12", ""),
        ("a.h", floats, "linear:bits=4", ""),
        ("a.h", codes, "float:e4m3fn", ""),
        ("a.qsz", codes, "kmeans:bits=4|huffman", ""),
        ("a.txt", codes, "kmeans:bits=4", "names no format"),
    ];
    for (file, layout, scheme, refusal) in cases {
        let folder = tempfile::tempdir().unwrap();
        let case = format!("{scheme} as {} to {file}", layout.name());
        match (export(folder.path(), file, layout, scheme), refusal) {
            (Ok(path), "") => assert!(path.metadata().unwrap().len() > 100, "{case}"),
            (Ok(_), _) => panic!("{case} was not refused"),
            (Err(error), "") => panic!("{case}: {error}"),
            (Err(error), said) => {
                assert!(error.contains(said), "{case}: {error}");
                assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{case} left something behind");
            }
        }
    }
}

#[test]
fn every_format_has_a_row_that_finds_it() {
    for row in WRITABLE {
        assert_eq!(FileFormat::named(row.ending), Some(row.format));
        assert_eq!(FileFormat::of(Path::new(&format!("x.{}", row.ending.to_uppercase()))).unwrap(), row.format);
        assert!(row.format.python(Path::new("x")).contains("import"), "{}", row.ending);
        for layout in row.layouts {
            assert_eq!(row.format.refuses(*layout), None);
        }
    }
}

#[test]
fn compressed_tensors_have_the_documented_shapes_and_a_config_beside() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::CompressedTensors;
    let path = export(folder.path(), "a.safetensors", layout, "linear:bits=4,per=group:32").unwrap();
    let model = open(&path).unwrap();
    let shape = |name: &str| model.tensor(name).unwrap_or_else(|| panic!("no {name}")).shape.clone();
    assert_eq!(shape("layer.0.weight_packed"), [6, 8]);
    assert_eq!(shape("layer.0.weight_scale"), [6, 2]);
    assert_eq!(shape("layer.0.weight_zero_point"), [1, 2]);
    assert_eq!(model.tensor("layer.0.weight_shape").unwrap().values().unwrap().to_vec(), [6.0, 64.0]);
    let config = std::fs::read_to_string(folder.path().join("a.quantization_config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let config = &config["quantization_config"];
    assert_eq!(config["format"], "pack-quantized");
    assert_eq!(config["config_groups"]["group_0"]["weights"]["group_size"], 32);
    assert_eq!(config["config_groups"]["group_0"]["weights"]["symmetric"], false);
    // Both files or none: here a folder is in the way of the second.
    std::fs::create_dir(folder.path().join("b.quantization_config.json")).unwrap();
    let error = export(folder.path(), "b.safetensors", layout, "linear:bits=4,per=group:32").unwrap_err().to_string();
    assert!(error.contains("b.quantization_config.json: is a folder, not a file"), "{error}");
    assert!(!folder.path().join("b.safetensors").exists());
}

#[test]
fn a_c_header_has_multipliers_where_activation_scales_are_given() {
    let folder = tempfile::tempdir().unwrap();
    // The guard is called after the file and is none of the sizes.
    let path = export(folder.path(), "a_dim.h", Layout::Codes, "linear:bits=8,range=restricted,per=channel").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    for part in [
        "static const QUANTSCOPE_ALIGNED int8_t layer_0_weight_codes[384] = {",
        "#define LAYER_0_WEIGHT_CODES_DIM1 64",
        "static const int32_t layer_0_weight_multiplier[6] = {",
        "static const int32_t layer_0_weight_shift[6] = {",
        "/* value = scale[group] * codes */",
        "static const QUANTSCOPE_ALIGNED float layer_0_bias[3] = {",
    ] {
        assert!(text.contains(part), "no {part}");
    }
}
