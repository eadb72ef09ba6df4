//! The headless commands as scripts see them: the real binary, its stdout, stderr, exit status and files.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use npyz::WriterBuilder as _;
use quantscope::engine::number::{CATALOGUE, find};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_quantscope")).args(arguments).current_dir(folder).output().unwrap()
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// What success prints: a JSON document, on success of which stderr is empty.
fn document(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{arguments}: {:?} {stderr}", output.status);
    let stdout = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments}: {error}: {stdout}"))
}

/// Numbers to five digits, everything else exactly.
fn near(found: &Value, expected: &Value) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-5 * expected.abs(),
        _ => found == expected,
    }
}

fn write_npy<T: npyz::AutoSerialize>(path: &Path, shape: &[u64], values: Vec<T>) {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Token ids, two matrices and a bias (in the order that safetensors gives them: wide dtypes first), and files that are nothing of
/// the kind.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let floats: Vec<u8> = [1.0_f32, -2.0, 0.0, 0.5, f32::NAN, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let halves: Vec<u8> = [0x3c00_u16, 0xc000, 0x3800, 0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let ids: Vec<u8> = [7_i64, 8].iter().flat_map(|x| x.to_le_bytes()).collect();
    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    let tensors = [
        ("a.weight", view(Dtype::F32, &[2, 3], &floats)),
        ("b.weight", view(Dtype::F16, &[2, 2], &halves)),
        ("b.bias", view(Dtype::F16, &[4], &halves)),
        ("ids", view(Dtype::I64, &[2], &ids)),
    ];
    safetensors::serialize_to_file(tensors, None, &path("model.safetensors")).unwrap();
    let whole = std::fs::read(path("model.safetensors")).unwrap();
    std::fs::write(path("short.safetensors"), &whole[..whole.len() - 3]).unwrap();
    std::fs::write(path("text.txt"), "no weights").unwrap();
    write_npy(&path("w.npy"), &[2, 3], vec![0.3_f32, -500.0, 1e9, -0.0, f32::NAN, 1.0625]);
    write_npy(&path("double.npy"), &[1], vec![0.1_f64]);
    write_npy(&path("vector.npy"), &[4], vec![1.0_f32, 2.0, 3.0, 4.0]);
    write_npy(&path("importance.npy"), &[4], vec![1.0_f32, 0.0, 0.0, 1.0]);
    write_npy(&path("zeros.npy"), &[2, 2], vec![0.0_f32; 4]);
    folder
}

#[test]
fn commands_answer_in_json() {
    let folder = samples();
    let lecture = "builtin:lecture-4x4";
    let cases: Vec<(String, Vec<(&str, Value)>)> = vec![
        (
            "decode e4m3fn 0x7e 0b1 128 0x7f --json".to_owned(),
            vec![
                ("/0", json!({"code": 126, "bits": "01111110", "value": 448.0, "class": "normal", "decimal": "448"})),
                ("/1/value", json!(0.001953125)),
                ("/1/class", json!("subnormal")),
                ("/2/class", json!("zero")),
                ("/3/value", json!("nan")),
            ],
        ),
        (
            "decode uint64 18446744073709551615 --json".to_owned(),
            vec![("/0/value", json!(u64::MAX)), ("/0/code", json!(u64::MAX))],
        ),
        (
            "encode fp16 --json -- 0.265625 -7.0 70000 -inf nan 1/3 0x1p-24".to_owned(),
            vec![
                (
                    "/0",
                    json!({"input": "0.265625", "code": 0x3440, "bits": "0011010001000000", "value": 0.265625, "class": "normal"}),
                ),
                ("/1/code", json!(0xc700)),
                ("/2/value", json!("inf")),
                ("/3/value", json!("-inf")),
                ("/4/class", json!("nan")),
                ("/5/code", json!(0x3555)),
                ("/6/class", json!("subnormal")),
            ],
        ),
        (
            "encode e4m3fn 464 464.0001 --overflow nan --json".to_owned(),
            vec![("/0/value", json!(448.0)), ("/1/value", json!("nan"))],
        ),
        ("encode e5m2 1e9 --overflow saturate --json".to_owned(), vec![("/0/value", json!(57344.0))]),
        ("encode bf16 1.001 --rounding up --json".to_owned(), vec![("/0/value", json!(1.0078125))]),
        (
            "encode int8 --rounding toward-zero --overflow wrap --json -- 200 -129 3.9 nan".to_owned(),
            vec![("/0/value", json!(-56)), ("/1/value", json!(127)), ("/2/value", json!(3)), ("/3/value", json!(0))],
        ),
        (
            "encode e4m3fn --preset pytorch-2.11 500 0x1.1000000001p0 --json".to_owned(),
            vec![("/0/value", json!("nan")), ("/1/value", json!(1.0))],
        ),
        ("encode e4m3fn --preset pytorch 500 --json".to_owned(), vec![("/0/value", json!(448.0))]),
        (
            // Each value draws on its own: a quarter of the way up, one of these four goes up.
            "encode int8 --rounding stochastic:2:1 --json 0.25 0.25 0.25 0.25 7".to_owned(),
            vec![("/4/value", json!(7))],
        ),
        (
            "decode fixed8.4 0b00110001 --json".to_owned(),
            vec![("/0/value", json!(3.0625)), ("/0/decimal", json!("3.0625"))],
        ),
        (
            "decode sm8 0b10110001 0b10000000 --json".to_owned(),
            vec![("/0/value", json!(-49)), ("/1/decimal", json!("-0")), ("/1/class", json!("zero"))],
        ),
        ("decode e15m48b16383ieee 1 --json".to_owned(), vec![("/0/value", json!("0x1p-16430"))]),
        (
            "formats e5m9b15ieee-nosub q15 --json".to_owned(),
            vec![
                ("/0/name", json!("e5m9b15ieee-nosub")),
                ("/0/min_subnormal", Value::Null),
                ("/1/name", json!("fixed16.15")),
                ("/1/min_finite", json!(-1.0)),
            ],
        ),
        (
            "table e2m1fn --json".to_owned(),
            vec![
                ("/7", json!({"code": 7, "bits": "0111", "value": 6.0, "class": "normal"})),
                ("/15/value", json!(-6.0)),
            ],
        ),
        (
            "formats --json".to_owned(),
            vec![
                ("/0/name", json!("fp64")),
                ("/7/aliases/0", json!("float8_e4m3fn")),
                ("/7/max_finite", json!(448.0)),
                ("/7/onnx", json!(17)),
            ],
        ),
        (
            "inspect model.safetensors --json".to_owned(),
            vec![
                ("/tensors/1/name", json!("a.weight")),
                ("/tensors/1/dtype", json!("float32")),
                ("/tensors/1/shape", json!([2, 3])),
                ("/tensors/1/count", json!(6)),
                ("/tensors/1/non_finite", json!(1)),
                ("/tensors/1/zeros", json!(1)),
                ("/tensors/1/min", json!(-2.0)),
                ("/tensors/1/max", json!(4.0)),
                ("/tensors/1/mean", json!(0.7)),
                ("/tensors/1/std", json!(1.939072)),
            ],
        ),
        ("inspect w.npy --json".to_owned(), vec![("/tensors/0/name", json!("w"))]),
        (
            format!("quantize {lecture} --scheme kmeans:bits=2 --out k.safetensors --json"),
            vec![
                ("/tensors/0/sse", json!(0.0932)),
                ("/tensors/0/scheme", json!("kmeans:bits=2")),
                ("/tensors/0/bytes", json!(20)),
                ("/tensors/0/ratio", json!(3.2)),
                ("/tensors/0/ledger", json!([{"part": "codes", "bits": 32}, {"part": "codebook", "bits": 128}])),
                ("/total/bytes", json!(20)),
                ("/total/count", json!(16)),
            ],
        ),
        (
            format!("quantize {lecture} --scheme linear:bits=2 --out l.bin --to npz --json"),
            vec![("/tensors/0/sse", json!(0.745422)), ("/tensors/0/bits_per_weight", json!(4.5))],
        ),
        (
            format!(
                "quantize {lecture} --scheme linear:bits=2,range=restricted,scale=f16,rounding=nearest-away,clip=percentile:100 --out h.npz --json"
            ),
            vec![
                ("/tensors/0/bits_per_weight", json!(3.0)),
                ("/tensors/0/ledger", json!([{"part": "codes", "bits": 32}, {"part": "scales", "bits": 16}])),
                (
                    "/tensors/0/scheme",
                    json!("linear:bits=2,range=restricted,clip=percentile:100,rounding=nearest-away,scale=f16"),
                ),
            ],
        ),
        (
            format!("sweep {lecture} --scheme linear:clip=mse,rounding=stochastic:8:3,per=group:2 --bits 4..5 --json"),
            vec![("/points/1/scheme", json!("linear:bits=5,clip=mse,rounding=stochastic:8:3,per=group:2"))],
        ),
        (
            format!("quantize {lecture} --scheme binary:scale=none --out s.npz --json"),
            vec![
                ("/tensors/0/sse", json!(9.2832)),
                ("/tensors/0/bytes", json!(2)),
                ("/tensors/0/ratio", json!(32.0)),
                ("/tensors/0/ledger", json!([{"part": "codes", "bits": 16}])),
            ],
        ),
        (
            format!("quantize {lecture} --scheme binary --out b.qsz --json"),
            vec![
                ("/tensors/0/sse", json!(9.245175)),
                ("/tensors/0/ledger", json!([{"part": "codes", "bits": 16}, {"part": "scales", "bits": 32}])),
            ],
        ),
        ("inspect b.qsz --json".to_owned(), vec![("/tensors/0/scheme", json!("binary")), ("/tensors/0/max", json!(1.04875))]),
        (
            format!("quantize {lecture} --scheme ternary --out t.qsz --json"),
            vec![
                ("/tensors/0/sse", json!(2.0932)),
                ("/tensors/0/distinct", json!(3)),
                ("/tensors/0/bits_per_weight", json!(4.0)),
                ("/tensors/0/method", json!("Δ = 0.7 mean |W|")),
            ],
        ),
        ("inspect t.qsz --json".to_owned(), vec![("/tensors/0/max", json!(1.5)), ("/tensors/0/zeros", json!(5))]),
        (
            format!("quantize {lecture} --scheme ternary:scales=two,threshold=max:0.05 --out q.qsz --json"),
            vec![
                ("/tensors/0/scheme", json!("ternary:threshold=max:0.05,scales=two")),
                ("/tensors/0/ledger", json!([{"part": "codes", "bits": 32}, {"part": "scales", "bits": 64}])),
                ("/tensors/0/sse", json!(1.0938513)),
            ],
        ),
        (
            format!("quantize {lecture} --scheme binary:stochastic=7 --out d.npz --json"),
            vec![("/tensors/0/distinct", json!(2)), ("/tensors/0/scheme", json!("binary:stochastic=7"))],
        ),
        (
            format!("sweep {lecture} --scheme ternary:per=channel --json"),
            vec![
                ("/points/0/bits", json!(2)),
                ("/points/0/bytes", json!(4 + 16)),
                ("/points/1", Value::Null),
            ],
        ),
        (
            format!("sweep {lecture} --scheme binary --bits 1..8 --json"),
            vec![("/points/0/sse", json!(9.245175)), ("/points/0/bits", json!(1)), ("/points/1", Value::Null)],
        ),
        (
            "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 200 --scheme binary --json".to_owned(),
            vec![
                ("/scheme", json!("binary")),
                ("/total", json!(200)),
                // A bit a weight, a scale, whole bytes.
                ("/layers/0/bytes", json!(784 * 300 / 8 + 4)),
                ("/layers/2/bytes", json!(100 * 10 / 8 + 4)),
            ],
        ),
        (
            "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 200 --scheme ternary:threshold=optimal,per=channel --json"
                .to_owned(),
            vec![
                ("/scheme", json!("ternary:threshold=optimal,per=channel")),
                ("/layers/1/bytes", json!(300 * 100 / 4 + 4 * 100)),
            ],
        ),
        (
            format!("quantize {lecture} --scheme float:fp16 --out exact.npz --json"),
            vec![("/tensors/0/bits_per_weight", json!(16.0)), ("/tensors/0/distinct", json!(15))],
        ),
        (
            "quantize vector.npy --scheme kmeans:k=4 --out v.npz --json".to_owned(),
            vec![
                ("/tensors/0/sqnr_db", json!("inf")),
                ("/tensors/0/mse", json!(0.0)),
                ("/tensors/0/name", json!("vector")),
            ],
        ),
        (
            // Only the ends count: they are the centroids, and 2 and 3 are 1 away.
            "quantize vector.npy --scheme kmeans:k=2 --importance importance.npy --out i.npz --json".to_owned(),
            vec![("/tensors/0/sse", json!(2.0)), ("/tensors/0/notes", Value::Null)],
        ),
        (
            "quantize zeros.npy --scheme linear:bits=4 --out z.npz --json".to_owned(),
            vec![("/tensors/0/notes/0", json!("zeros: every weight is 0: there is no range to quantize"))],
        ),
        (
            format!("quantize {lecture} --scheme linear:bits=4,per=group:3 --out g3.npz --json"),
            vec![(
                "/tensors/0/notes/0",
                json!("weight: rows of 4 weights in groups of 3: the last group of a row has 1"),
            )],
        ),
        (
            "quantize model.safetensors --scheme float:int8,scale=absmax --out q.npz --json".to_owned(),
            vec![
                ("/tensors/0/name", json!("a.weight")),
                ("/tensors/0/excluded", json!(1)),
                ("/tensors/0/notes/0", json!("a.weight: 1 of 6 weights NaN or infinite, left out of range and error")),
                ("/tensors/1/name", json!("b.weight")),
                ("/tensors/2", Value::Null),
                ("/total/bytes", json!(6 + 4 + 4 + 4)),
                ("/total/ratio", json!(32.0 / 18.0)),
            ],
        ),
        (
            "quantize model.safetensors --scheme linear:bits=4 --tensor *s --tensor a* --out g.safetensors --json"
                .to_owned(),
            vec![
                ("/tensors/0/name", json!("ids")),
                ("/tensors/1/name", json!("a.weight")),
                ("/tensors/2/name", json!("b.bias")),
                ("/tensors/3", Value::Null),
            ],
        ),
        (
            format!("sweep {lecture} --scheme linear:range=restricted --bits 1..3 --json"),
            vec![
                ("/points/0/bits", json!(2)),
                ("/points/0/sse", json!(5.2192)),
                ("/points/1/scheme", json!("linear:bits=3,range=restricted")),
                ("/points/2", Value::Null),
            ],
        ),
        (
            "sweep model.safetensors --scheme kmeans --bits 2..3 --json".to_owned(),
            vec![
                ("/points/1/bits", json!(3)),
                ("/points/2/name", json!("b.weight")),
                ("/points/4", Value::Null),
                ("/totals/1/bits", json!(3)),
                ("/totals/1/count", json!(10)),
            ],
        ),
        (
            format!("sweep {lecture} --scheme prune:share=0.5|kmeans:bits=4,zero=pinned|sparse:index=2|huffman --bits 1..2 --json"),
            vec![
                ("/points/0/scheme", json!("prune:share=0.5|kmeans:bits=1,zero=pinned|sparse:index=2|huffman")),
                ("/points/1/bits", json!(2)),
                ("/points/1/ledger/0/part", json!("codes")),
                ("/points/2", Value::Null),
            ],
        ),
        (
            "quantize model.safetensors --scheme prune:share=0.5,scope=global|kmeans:bits=2,zero=pinned|sparse:index=2|huffman \
             --out chain.qsz --json"
                .to_owned(),
            vec![
                // Of the nine finite weights of both matrices the four of a magnitude below 1 are pruned.
                ("/tensors/0/distinct", json!(4)),
                ("/tensors/0/sse", json!(0.25)),
                ("/tensors/1/sse", json!(0.25)),
                ("/total/count", json!(10)),
            ],
        ),
        // The threshold is that of all weights, whichever are selected.
        (
            "quantize model.safetensors --scheme prune:share=0.5,scope=global|kmeans:bits=2,zero=pinned|sparse:index=2|huffman \
             --tensor a.weight --out one.qsz --json"
                .to_owned(),
            vec![("/tensors/0/distinct", json!(4)), ("/tensors/0/sse", json!(0.25)), ("/tensors/1", Value::Null)],
        ),
        (
            "inspect chain.qsz --json".to_owned(),
            vec![
                ("/tensors/0/name", json!("ids")),
                ("/tensors/0/scheme", Value::Null),
                ("/tensors/1/name", json!("a.weight")),
                ("/tensors/1/dtype", json!("float32")),
                ("/tensors/1/max", json!(4.0)),
                ("/tensors/1/scheme", json!("prune:share=0.5,scope=global|kmeans:bits=2,zero=pinned|sparse:index=2|huffman")),
                ("/tensors/1/ledger/0/part", json!("codes")),
                ("/tensors/2/name", json!("b.bias")),
                ("/tensors/2/scheme", Value::Null),
                ("/tensors/3/zeros", json!(2)),
            ],
        ),
        (
            "quantize chain.qsz --scheme prune:share=0.5 --tensor a.weight --to qsz --out p.bin --json".to_owned(),
            vec![("/tensors/0/ledger/0/part", json!("floats")), ("/tensors/0/bytes", json!(24)), ("/tensors/0/bits", json!(32))],
        ),
    ];
    for (arguments, expected) in cases {
        let found = document(folder.path(), &arguments);
        for (pointer, expected) in expected {
            let at = found.pointer(pointer).unwrap_or(&Value::Null);
            assert!(near(at, &expected), "{arguments}: {pointer} is {at}, not {expected}");
        }
    }
    assert!(files(folder.path()).is_superset(&["k.safetensors", "l.bin", "q.npz"].map(str::to_owned).into()));
    assert!(!files(folder.path()).iter().any(|name| name.ends_with(".part")), "{:?}", files(folder.path()));
}

/// Arguments, exit status, and what the one line on stderr must say.
const ERRORS: &[(&str, i32, &str)] = &[
    ("decode", 2, "<FORMAT> <CODE>..."),
    ("decode e4m3 --frob 1", 2, "--frob"),
    ("decode frob 1", 1, "unknown format \"frob\""),
    ("decode e16m9 1", 1, "exponent bits is 0 to 15, not 16"),
    ("decode q4.4 1", 1, "two meanings"),
    ("decode e4m3fn 256", 1, "codes go up to 0xff"),
    ("decode e4m3fn 1.5", 1, "expected 0x"),
    ("decode e2m1fn 0b10000", 1, "has 4 bits"),
    ("decode fp64 99999999999999999999", 1, "too large"),
    ("encode e4m3fn", 2, "<VALUE>..."),
    ("encode e4m3fn 1e", 1, "\"1e\" is no number"),
    ("encode e4m3fn 0x1ff", 1, "needs its exponent"),
    ("encode e4m3fn 1/0", 1, "divides by zero"),
    ("encode e4m3fn 1 --rounding sideways", 2, "expected one of nearest-even"),
    ("encode e4m3fn 1 --overflow infinity", 1, "e4m3fn has no infinity"),
    ("encode int8 1 --overflow nan", 1, "int8 has no NaN"),
    ("encode fp16 1 --overflow wrap", 1, "only integers and fixed point do"),
    ("encode fp16 1 --overflow round", 2, "expected one of default, saturate"),
    ("encode fp16 1 --rounding stochastic:40", 2, "1 to 32 random bits"),
    ("encode fp16 1 --preset torch", 2, "expected one of ocp-sat"),
    ("encode fp16 1 --preset ocp-sat", 1, "OCP does not define the format"),
    ("encode fp16 1 --preset ptx --rounding up", 2, "cannot be used with"),
    ("encode e2m1fn nan --preset ocp-sat", 1, "has no NaN"),
    ("encode e4m61 1", 1, "mantissa bits is 0 to 60"),
    ("table posit17", 1, "expected a format of up to 16 bits"),
    ("table fp32", 1, "expected a format of up to 16 bits"),
    ("cast e4m3fn missing.npy out.npy", 1, "missing.npy"),
    ("cast e4m3fn double.npy out.npy", 1, "double.npy"),
    ("cast e4m3fn text.txt out.npy", 1, "text.txt"),
    ("cast e4m3fn w.npy nowhere/out.npy", 1, "out.npy"),
    ("cast e4m3fn w.npy", 2, "<OUTPUT>"),
    ("inspect missing.safetensors", 1, "missing.safetensors"),
    ("inspect text.txt", 1, "text.txt"),
    ("inspect short.safetensors --json", 1, "short.safetensors"),
    ("inspect .", 1, "folder"),
    ("inspect builtin:nothing", 1, "no such example"),
    ("quantize model.safetensors --out out.npz", 2, "--scheme"),
    ("quantize model.safetensors --scheme kmeans:bits=40 --out out.npz", 2, "bits is 1 to 16"),
    ("quantize model.safetensors --scheme nf4 --out out.npz", 2, "not available yet"),
    ("quantize model.safetensors --scheme linear:bits=17 --out out.npz", 2, "bits is 1 to 16"),
    ("quantize model.safetensors --scheme linear:clip=2..1 --out out.npz", 2, "the lower first"),
    ("quantize model.safetensors --scheme linear:clip=nan..1 --out out.npz", 2, "two finite ends"),
    ("quantize model.safetensors --scheme linear:clip=percentile:40 --out out.npz", 2, "above 50"),
    ("quantize model.safetensors --scheme linear:rounding=sideways --out out.npz", 2, "nearest-even"),
    ("quantize model.safetensors --scheme linear:scale=f8 --out out.npz", 2, "f32, f16, bf16, e8m0, pow2"),
    ("quantize model.safetensors --scheme linear:per=group:0 --out out.npz", 2, "group size"),
    ("quantize model.safetensors --scheme binary:scale=max --out out.npz", 2, "mean, none"),
    ("quantize model.safetensors --scheme binary:bits=2 --out out.npz", 2, "scale, stochastic, per"),
    ("quantize model.safetensors --scheme binary:scale=none,per=channel --out out.npz", 2, "needs a scale"),
    ("quantize model.safetensors --scheme ternary:threshold=-1 --out out.npz", 2, "a magnitude of 0 or more"),
    ("quantize model.safetensors --scheme ternary:threshold=max:2 --out out.npz", 2, "below 1"),
    ("quantize model.safetensors --scheme ternary:scales=three --out out.npz", 2, "one, two"),
    ("quantize model.safetensors --scheme ternary:per=channel:3 --out out.npz", 1, "axis 3"),
    ("quantize model.safetensors --scheme binary|sparse:index=4 --out out.qsz", 2, "code that means 0"),
    ("sweep model.safetensors --scheme binary --bits 2..3", 1, "binary has 1 bit, not"),
    ("sweep model.safetensors --scheme ternary --bits 4..8", 1, "ternary has 2 bits, not"),
    (
        "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 9 --scheme ternary:threshold=nan",
        2,
        "twn, optimal, absmean",
    ),
    (
        "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 9 --scheme binary:per=channel:7",
        1,
        "axis 7",
    ),
    ("sweep model.safetensors --scheme linear:range=full,signed=false", 2, "signed codes"),
    ("quantize model.safetensors --scheme kmeans --out out.docx", 1, "out.docx"),
    ("quantize model.safetensors --scheme kmeans --out out.npz --to docx", 1, "--to docx"),
    ("quantize model.safetensors --scheme kmeans --out nowhere/out.npz", 1, "nowhere/out.npz"),
    ("quantize model.safetensors --scheme kmeans --tensor c* --out out.npz", 1, "\"c*\" matches no tensor"),
    ("quantize model.safetensors --scheme linear:per=channel:3 --out out.npz", 1, "axis 3"),
    ("quantize model.safetensors --scheme float:int8,overflow=nan --out out.npz", 1, "no NaN"),
    ("quantize vector.npy --scheme linear --importance importance.npy --out out.npz", 1, "errors of a codebook"),
    ("quantize w.npy --scheme kmeans --importance vector.npy --out out.npz", 1, "4 entries where there are 6 weights"),
    ("quantize model.safetensors --scheme kmeans --importance w.npz --out out.npz", 1, "w.npz"),
    ("quantize short.safetensors --scheme kmeans --out out.npz", 1, "short.safetensors"),
    ("quantize model.safetensors --scheme huffman --out out.qsz", 2, "put a quantizer or sparse before it"),
    ("quantize model.safetensors --scheme kmeans|sparse:index=4 --out out.qsz", 2, "add zero=pinned"),
    ("sweep model.safetensors --scheme prune:share=0.5", 1, "without a quantizer"),
    ("sweep model.safetensors --scheme float:e4m3fn", 1, "width of its format"),
    ("sweep model.safetensors --scheme linear:range=full-clamped --bits 1", 1, "at least 2 bits"),
    ("sweep model.safetensors --scheme kmeans --bits 8..1", 2, "LOW..HIGH"),
    ("screenshot --page tensor", 2, "--out"),
    ("screenshot --page tensor --out p.png --size huge", 2, "WxH"),
    ("--theme blue", 2, "light, dark"),
    ("--page nonsense", 2, "nonsense"),
    ("--scheme kmeans:k=1", 2, "k is 2 to 65536"),
];

#[test]
fn errors_are_one_line_and_leave_nothing_behind() {
    let folder = samples();
    let before = files(folder.path());
    for &(arguments, status, hint) in ERRORS {
        let output = run(folder.path(), arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(stderr.lines().count(), 1, "{arguments}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(hint), "{arguments}: {stderr}");
        assert_eq!(files(folder.path()), before, "{arguments}");
    }
}

#[test]
fn a_file_that_cannot_be_replaced_stays_as_it_was() {
    let folder = samples();
    std::fs::write(folder.path().join("old.npz"), "precious").unwrap();
    let output = run(folder.path(), "quantize model.safetensors --scheme linear:per=channel:3 --out old.npz");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read(folder.path().join("old.npz")).unwrap(), b"precious");
}

#[test]
fn ledgers_add_up_to_the_bytes() {
    let folder = samples();
    let schemes = [
        "kmeans:bits=3",
        "linear:bits=3,per=channel",
        "float:e2m3fn,scale=absmax,per=group:2",
        "float:int1",
        "prune:share=0.5",
        "prune:share=0.5|kmeans:bits=2,zero=pinned,per=channel|sparse:index=1|huffman",
    ];
    for scheme in schemes {
        let found =
            document(folder.path(), &format!("quantize model.safetensors --scheme {scheme} --out s.npz --json"));
        let tensors = found["tensors"].as_array().unwrap();
        let bits = |report: &Value| {
            report["ledger"].as_array().unwrap().iter().map(|part| part["bits"].as_u64().unwrap()).sum::<u64>()
        };
        for report in tensors {
            assert_eq!(bits(report).div_ceil(8), report["bytes"].as_u64().unwrap(), "{scheme}");
            let weights = report["count"].as_f64().unwrap();
            assert_eq!(report["bits_per_weight"].as_f64().unwrap(), bits(report) as f64 / weights, "{scheme}");
        }
        let bytes: u64 = tensors.iter().map(|report| report["bytes"].as_u64().unwrap()).sum();
        assert_eq!(found["total"]["bytes"].as_u64(), Some(bytes), "{scheme}");
        assert_eq!(bits(&found["total"]), 8 * bytes, "{scheme}");
        let length = std::fs::metadata(folder.path().join("s.npz")).unwrap().len();
        assert_eq!(found["total"]["file_bytes"].as_u64(), Some(length), "{scheme}");
    }
}

#[test]
fn cast_writes_values_or_codes() {
    let folder = samples();
    let array = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for (arguments, dtype, expected) in [
        ("cast e4m3fn w.npy codes.npy --codes", "|u1", vec![0x2a, 0xfe, 0x7e, 0x80, 0x7f, 0x38]),
        ("cast fp16 w.npy codes.npy --codes", "<u2", vec![0x34cd, 0xdfd0, 0x7c00, 0x8000, 0x7e00, 0x3c40]),
        (
            "cast fp16 w.npy codes.npy --codes --overflow saturate",
            "<u2",
            vec![0x34cd, 0xdfd0, 0x7bff, 0x8000, 0x7e00, 0x3c40],
        ),
        ("cast int8 w.npy codes.npy --codes --rounding up", "|u1", vec![1, 0x80, 0x7f, 0, 0, 2]),
        ("cast e4m3fn w.npy codes.npy --codes --preset ml_dtypes", "|u1", vec![0x2a, 0x7f, 0x7f, 0x80, 0x7f, 0x38]),
        ("cast tf32 w.npy codes.npy --codes", "<u4", vec![0x1f4cd, 0x61fd0, 0x27373, 0x40000, 0x3fe00, 0x1fc40]),
    ] {
        let output = run(folder.path(), arguments);
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{arguments}");
        let bytes = array("codes.npy");
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(file.shape(), [2, 3], "{arguments}");
        assert_eq!(file.dtype().descr().trim_matches('\''), dtype, "{arguments}");
        let codes: Vec<u64> = match dtype {
            "|u1" => file.into_vec::<u8>().unwrap().into_iter().map(u64::from).collect(),
            "<u2" => file.into_vec::<u16>().unwrap().into_iter().map(u64::from).collect(),
            _ => file.into_vec::<u32>().unwrap().into_iter().map(u64::from).collect(),
        };
        assert_eq!(codes, expected, "{arguments}");
    }
    assert!(run(folder.path(), "cast e4m3fn w.npy values.npy").status.success());
    let bytes = array("values.npy");
    let values: Vec<f32> = npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap();
    assert_eq!(
        values[..4].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [0.3125, -448.0, 448.0, -0.0].map(f32::to_bits)
    );
    assert!(values[4].is_nan() && values[5] == 1.0);
}

#[test]
fn numbers_are_printed_so_that_they_read_back_exactly() {
    let folder = samples();
    for name in ["bf16", "fp16", "e5m2", "e8m0", "uint16"] {
        let output = run(folder.path(), &format!("table {name} --json"));
        let text = String::from_utf8(output.stdout).unwrap();
        // Not through serde_json, which by default reads numbers only to within one unit in the last place.
        let printed = text.split("\"value\":").skip(1).map(|rest| &rest[..rest.find('}').unwrap()]);
        let format = find(name).unwrap().format;
        let mut codes = 0;
        for (code, printed) in printed.enumerate() {
            let found: f64 = printed.trim_matches('"').parse().unwrap();
            let expected = format.decode(code as u64);
            assert!(found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()), "{name} {code}");
            codes += 1;
        }
        assert_eq!(codes, format.last_code() + 1, "{name}");
    }
    let minus_zero = run(folder.path(), "decode fp16 0x8000 --json");
    assert!(String::from_utf8_lossy(&minus_zero.stdout).contains("\"value\":-0.0"));
}

#[test]
fn every_format_is_listed_and_help_is_help() {
    let folder = samples();
    let listed = document(folder.path(), "formats --json");
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, CATALOGUE.iter().map(|entry| entry.name).collect::<Vec<_>>());
    for arguments in
        ["--help", "--version", "quantize --help", "formats", "table e3m0", "decode fp16 1", "encode int4 3"]
    {
        let output = run(folder.path(), arguments);
        assert!(output.status.success() && !output.stdout.is_empty() && output.stderr.is_empty(), "{arguments}");
    }
}

#[test]
fn networks_are_measured_with_rounded_activations_and_in_integers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let measured = |rest: &str| {
        let base = "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 300 --json";
        document(folder.path(), &format!("{base} {rest}"))
    };
    let float = measured("");
    let fake = measured("--activations 8");
    assert_eq!((&fake["arithmetic"], &fake["activations"]), (&json!("fake-quantized"), &json!("linear:bits=8")));
    assert!(fake["scheme"].is_null() && fake["calibration"] == json!(256));
    let integer = measured("--integer");
    assert_eq!(integer["arithmetic"], json!("integer"));
    assert_eq!(integer["scheme"], json!("linear:bits=8,range=restricted,per=channel"));
    let correct = |report: &Value| report["correct"].as_i64().unwrap();
    for eight in [&fake, &integer] {
        assert!((correct(&float) - correct(eight)).abs() <= 2, "{float} {eight}");
    }
    let coarse = measured("--integer --scheme linear:bits=2,range=restricted --activations 2,mse --calibration 64");
    assert_eq!((&coarse["activations"], &coarse["calibration"]), (&json!("linear:bits=2,clip=mse"), &json!(64)));
    assert!(correct(&coarse) < correct(&float) - 30, "{coarse}");
    for (rest, status, hint) in [
        ("--integer --scheme kmeans:bits=4", 1, "--integer takes --scheme linear:bits=2 to 8,range=restricted"),
        ("--integer --scheme linear:bits=8", 1, "not linear:bits=8"),
        ("--integer --scheme linear:bits=9,range=restricted", 1, "2 to 8"),
        ("--integer --activations 9", 1, "--integer takes --activations of 1 to 8 bits"),
        ("--integer --activations linear:bits=8,range=full", 1, "not linear:bits=8,range=full"),
        ("--activations linear:bits=8,per=channel", 1, "one scale a tensor"),
        ("--activations 8,best", 2, "percentile:P, mse, kl"),
        ("--activations kmeans:bits=4", 2, "does not quantize activations"),
        ("--activations 8 --calibration 0", 2, "0 is not in 1"),
    ] {
        let base = "evaluate --model builtin:lenet-300-100 --data builtin:digits --limit 20";
        let output = run(folder.path(), &format!("{base} {rest}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{rest}: {stderr}");
        assert!(stderr.contains(hint) && stderr.trim_end().lines().count() == 1, "{rest}: {stderr}");
    }
}
