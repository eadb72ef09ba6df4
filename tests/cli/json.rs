//! What every command prints with `--json`.

use serde_json::{Value, json};

use crate::{document, files, near, samples};

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
