//! What every mistake says.

use crate::{files, run, samples};

/// Arguments, exit status, and what the one line on stderr must say.
const ERRORS: &[(&str, i32, &str)] = &[
    (
        "quantize model.safetensors --scheme kmeans --out ./model.safetensors",
        1,
        "--out ./model.safetensors: is the input itself, which would be lost",
    ),
    (
        "quantise model.safetensors",
        2,
        "quantise: there is no such command and no such file; commands are formats, decode",
    ),
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
    ("quantize model.safetensors --scheme linear:bits=4,bits=3 --out out.npz", 2, "linear has bits twice"),
    ("quantize model.safetensors --scheme kmeans:bits=4,k=10 --out out.npz", 2, "kmeans takes bits or k, not both"),
    (
        "quantize model.safetensors --scheme prune:share=0.5,threshold=1 --out out.npz",
        2,
        "prune takes share or threshold",
    ),
    ("cast e4m3fn w.npy ./w.npy", 1, "w.npy: is an input of this command, which would be lost"),
    (
        "quantize zeros.npy --scheme kmeans --importance importance.npy --out importance.npy",
        1,
        "importance.npy: is an input of this command",
    ),
    ("picture builtin:picture --colors 4 --out p.png --palette p.png", 1, "--palette p.png: the picture goes there"),
    ("picture builtin:picture --colors 4 --out p.png --palette nowhere/p.gpl", 1, "nowhere/p.gpl: cannot be written"),
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
    ("screenshot --page tensor --out p.jpg", 2, "p.jpg: is named as JPEG, but a PNG is written; expected NAME.png"),
    ("screenshot --page tensor --out nowhere/p.png", 2, "nowhere/p.png: cannot be written: no such file or folder"),
    ("picture builtin:picture --colors 4 --out p.gif", 1, "p.gif: is named as GIF"),
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
