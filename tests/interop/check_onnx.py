"""Holds exported ONNX models against onnx and onnxruntime: every weight as they compute it, models that run as before, and classifiers
that answer alike.

Run by .ci/run with QUANTSCOPE_BIN set, and SILERO to the path of silero_vad.onnx where it is there.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

BINARY = os.environ.get("QUANTSCOPE_BIN")
SILERO = os.environ.get("SILERO")

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def quantize(*arguments):
    """Runs the program."""
    done = subprocess.run([BINARY, "quantize", *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == 0, f"{arguments}: {done.stderr}")
    return done.stdout


def session(path, optimized=False):
    """A session without optimizations: what is written is what is computed."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


# Scheme, and the version of the operators that it needs.
BARE = {
    "linear:bits=8": 13, "linear:bits=8,signed=false,per=channel": 13, "linear:bits=8,range=restricted,per=channel:1": 13,
    "linear:bits=6,per=group:16": 21, "linear:bits=4": 21, "linear:bits=4,per=channel,range=full": 21, "linear:bits=4,per=group:10": 21,
    "linear:bits=3,signed=false,per=group:64": 21, "linear:bits=2,range=full,per=channel": 25, "linear:bits=2,per=group:8": 25,
    "linear:bits=1,range=full,per=group:16": 25, "linear:bits=12,per=channel": 21, "linear:bits=16,signed=false": 21,
    "kmeans:bits=2": 25, "kmeans:bits=3": 21, "kmeans:bits=4": 21, "kmeans:bits=8": 13, "kmeans:k=300": 13,
    "float:fp16": 13, "float:bf16": 13, "float:e4m3fn,scale=absmax,per=channel": 19, "float:e5m2": 19, "float:e4m3fnuz,scale=absmax": 19,
    "float:e5m2fnuz,scale=absmax,per=channel": 19, "float:int8,scale=absmax": 13, "float:int4,scale=absmax,per=group:16": 21,
    "gguf:q4_0": 21, "gguf:q4_1": 21, "gguf:q5_0": 21, "gguf:q5_1": 13, "gguf:q8_0": 21,
    "kmeans:bits=4,per=channel": 21, "kmeans:bits=2,per=channel:1": 25, "kmeans:bits=3,per=group:16": 21, "kmeans:bits=2,per=group:10": 25,
    "kmeans:k=300,per=channel": 13, "kmeans:bits=4,per=group:100": 21, "binary": 25, "binary:scale=none": 25, "binary:per=channel": 25,
    "binary:per=group:24": 25, "ternary": 25, "ternary:per=channel:1": 25, "ternary:scales=two": 25, "ternary:scales=two,per=channel": 25,
    "ternary:scales=two,per=group:10": 25, "ternary:threshold=absmean,per=group:16": 25,
    "float:e4m3": 13, "float:e3m4,scale=absmax": 13, "float:e2m3fn,scale=absmax,per=channel": 13, "float:e3m2fn,scale=absmax,per=group:10": 13,
    "float:e1m2,scale=absmax,per=group:16": 21, "float:int8,scale=absmax,per=group:10": 21, "float:fp16,scale=absmax,per=channel": 13,
    "float:bf16,scale=absmax,per=group:24": 13, "float:e4m3fn,scale=absmax,per=group:16": 21, "float:e5m9b15ieee": 13,
    "prune:share=0.5": 13, "prune:share=0.5|linear:bits=8": 13, "prune:share=0.7|kmeans:bits=4,zero=pinned|sparse:index=5|huffman": 21,
    "linear:bits=4|huffman": 21,
}

# Schemes that the layout `table` writes otherwise, and the version that they need then.
TABLES = {
    "float:e2m1fn,scale=absmax": 21, "float:e2m1fn,scale=absmax,per=group:16": 21, "float:e4m3fn,scale=absmax,per=channel": 13,
    "float:e5m2": 13, "linear:bits=4": 21, "float:fp16": 13,
}


def outputs(path):
    """What onnxruntime computes, by name."""
    running = session(path)
    return dict(zip([output.name for output in running.get_outputs()], running.run(None, {})))


def check_bare(folder, random):
    weights = {
        "layer.weight": random.standard_normal((24, 64)).astype(np.float32),
        "conv.weight": random.standard_normal((4, 8, 2, 4)).astype(np.float32),
        "bias": random.standard_normal(24).astype(np.float32),
        "steps": np.arange(5, dtype=np.int64),
    }
    source = folder / "w.safetensors"
    safetensors.numpy.save_file(weights, source)
    cases = [(scheme, opset, "generic") for scheme, opset in BARE.items()] + [(*case, "table") for case in TABLES.items()]
    for scheme, opset, layout in cases:
        quantize(source, "--scheme", scheme, "--out", folder / "w.onnx", "--layout", layout)
        quantize(source, "--scheme", scheme, "--out", folder / "d.safetensors", "--layout", "dequantized")
        model = onnx.load(folder / "w.onnx")
        onnx.checker.check_model(model, full_check=True)
        check(model.opset_import[0].version == opset, f"{scheme}: opset {model.opset_import[0].version}")
        found = outputs(folder / "w.onnx")
        expected = safetensors.numpy.load_file(folder / "d.safetensors")
        check(set(found) == set(expected), f"{scheme}: {sorted(found)}")
        for name, values in expected.items():
            check(found[name].shape == values.shape and np.array_equal(found[name], values), f"{scheme}: {name}")
    said = quantize(source, "--scheme", "float:e2m1fn,scale=absmax", "--out", folder / "w.onnx")
    check("CPU provider does not load float4e2m1" in said, "a warning")
    quantize(source, "--scheme", "float:e2m1fn,scale=absmax", "--out", folder / "d.safetensors", "--layout", "dequantized")
    model = onnx.load(folder / "w.onnx")
    check(model.opset_import[0].version == 23, "float4: opset")
    names = [output.name for output in model.graph.output]
    found = dict(zip(names, onnx.reference.ReferenceEvaluator(model).run(None, {})))
    for name, values in safetensors.numpy.load_file(folder / "d.safetensors").items():
        check(np.array_equal(np.asarray(found[name]), values), f"float4: {name}")


def model_of(operator, opset, dtype=np.float32, inputs=False):
    """x · W through `If`, then an operator that has meant the same since 13, or has not."""
    random = np.random.default_rng(1)
    weight = numpy_helper.from_array(random.standard_normal((16, 32)).astype(dtype), "W")
    inner = numpy_helper.from_array(random.standard_normal((32, 32)).astype(dtype), "value")
    number = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    branches = {}
    for name, sign in (("then_branch", "Add"), ("else_branch", "Sub")):
        nodes = [helper.make_node("Constant", [], ["V"], value=inner), helper.make_node("MatMul", ["xw", "V"], ["xwv"]),
                 helper.make_node(sign, ["xwv", "xw"], [f"out_{name}"])]
        branches[name] = helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(f"out_{name}", number, [3, 32])])
    nodes = [helper.make_node("MatMul", ["x", "W"], ["xw"]), helper.make_node("If", ["c"], ["chosen"], **branches), operator]
    arguments = [helper.make_tensor_value_info("x", number, [3, 16]), helper.make_tensor_value_info("c", TensorProto.BOOL, [])]
    if inputs:
        arguments.append(helper.make_tensor_value_info("W", number, [16, 32]))
    results = [helper.make_tensor_value_info("y", number, [3, 1 if operator.op_type == "ReduceMean" else 32])]
    graph = helper.make_graph(nodes, "g", arguments, results, [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def check_graphs(folder, random):
    relu, mean = helper.make_node("Relu", ["chosen"], ["y"]), helper.make_node("ReduceMean", ["chosen"], ["y"], axes=[1])
    feed = {"x": random.standard_normal((3, 16)).astype(np.float32)}
    # Operator, version, dtype, scheme, version afterwards, type of the codes, weights among the inputs.
    cases = [
        (relu, 13, np.float32, "linear:bits=8,per=channel", 13, TensorProto.INT8, False),
        (relu, 13, np.float32, "linear:bits=8,per=channel", 13, TensorProto.INT8, True),
        (relu, 13, np.float32, "linear:bits=4,per=group:16", 21, TensorProto.INT4, False),
        (relu, 13, np.float32, "linear:bits=2,range=full", 25, TensorProto.INT2, False),
        (relu, 14, np.float32, "kmeans:bits=4", 21, TensorProto.UINT4, False),
        (mean, 13, np.float32, "linear:bits=4", 13, TensorProto.INT8, False),
        (mean, 13, np.float32, "linear:bits=2,range=full,per=channel", 13, TensorProto.INT8, False),
        (mean, 17, np.float32, "kmeans:bits=4", 17, TensorProto.UINT8, False),
        (mean, 13, np.float32, "linear:bits=4,per=group:16", 13, TensorProto.INT8, False),
        (mean, 13, np.float16, "linear:bits=4,per=group:10", 13, TensorProto.INT8, False),
        (mean, 13, np.float32, "linear:bits=12,per=group:10", 13, TensorProto.INT16, False),
        (mean, 13, np.float16, "linear:bits=12,signed=false,per=channel", 13, TensorProto.UINT16, False),
        (mean, 13, np.float32, "float:e4m3fn,scale=absmax,per=group:10", 13, TensorProto.UINT8, False),
        (mean, 13, np.float32, "ternary:per=group:10", 13, TensorProto.INT8, False),
        (mean, 13, np.float16, "kmeans:bits=2,per=group:10", 13, TensorProto.UINT8, False),
        (relu, 13, np.float16, "kmeans:bits=2,per=channel", 25, TensorProto.UINT2, False),
        (mean, 13, np.float32, "float:e2m1fn,scale=absmax", 13, TensorProto.UINT8, False),
        (relu, 13, np.float16, "linear:bits=8", 13, TensorProto.INT8, False),
        (relu, 16, np.float16, "prune:share=0.3", 16, None, False),
        (relu, 16, np.float32, "prune:share=0.3", 16, None, False),
    ]
    for operator, opset, dtype, scheme, after, kind, inputs in cases:
        what = f"{scheme} in {operator.op_type} of opset {opset}, {np.dtype(dtype).name}"
        before = model_of(operator, opset, dtype, inputs)
        onnx.save(before, folder / "before.onnx")
        said = quantize(folder / "before.onnx", "--scheme", scheme, "--out", folder / "after.onnx")
        quantize(folder / "before.onnx", "--scheme", scheme, "--out", folder / "d.onnx", "--layout", "dequantized")
        model = onnx.load(folder / "after.onnx")
        onnx.checker.check_model(model, full_check=True)
        check(model.opset_import[0].version == after, f"{what}: opset {model.opset_import[0].version}")
        check(("note: codes are stored as" in said) == (operator is mean), f"{what}: {said}")
        if kind is not None:
            types = [tensor.data_type for tensor in model.graph.initializer if tensor.name.startswith("W_quantized")]
            check(types == [kind], f"{what}: {types}")
        for condition in (True, False):
            arguments = {"x": feed["x"].astype(dtype), "c": np.array(condition)}
            found = session(folder / "after.onnx").run(None, arguments)[0]
            expected = session(folder / "d.onnx").run(None, arguments)[0]
            check(np.array_equal(found, expected), f"{what}, {condition}: {np.abs(found - expected).max()}")
            original = session(folder / "before.onnx").run(None, arguments)[0]
            error = np.linalg.norm((found - original).astype(np.float64)) / np.linalg.norm(original.astype(np.float64))
            check(error < {8: 0.02, 4: 0.3}.get(int("bits=8" in scheme) * 8 or 4 * int("bits=4" in scheme), 2.0), f"{what}: {error}")


def check_debugger(folder):
    """onnxruntime's own comparison of weights finds each of them by its name and dequantizes it alike."""
    from onnxruntime.quantization.qdq_loss_debug import compute_weight_error, create_weight_matching

    random = np.random.default_rng(3)
    arrays = {"W": random.standard_normal((16, 32)), "conv.weight": random.standard_normal((4, 3, 3, 3))}
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    nodes = [helper.make_node("MatMul", ["x", "W"], ["y"]), helper.make_node("Conv", ["i", "conv.weight"], ["z"])]
    graph = helper.make_graph(nodes, "g", [value("x", [3, 16]), value("i", [1, 3, 5, 5])], [value("y", [3, 32]), value("z", [1, 4, 3, 3])],
                              [numpy_helper.from_array(array, name) for name, array in arrays.items()])
    before, after = folder / "float.onnx", folder / "qdq.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), before)
    for scheme in ("linear:bits=8", "linear:bits=8,range=full", "linear:bits=8,range=restricted,per=channel", "linear:bits=8,per=channel",
                   "linear:bits=12,range=full,per=channel"):
        quantize(before, "--scheme", scheme, "--out", after)
        quantize(before, "--scheme", scheme, "--out", folder / "d.safetensors", "--layout", "dequantized")
        said = safetensors.numpy.load_file(folder / "d.safetensors")
        matched = create_weight_matching(str(before), str(after))
        check(set(matched) == set(arrays), f"{scheme}: the debugger finds {sorted(matched)}")
        for name, pair in matched.items():
            check(np.array_equal(pair["float"], arrays[name]), f"{scheme}: {name} is matched with other floats")
            # It subtracts zero points in the codes' own type, where the difference may not fit; without zero points it is exact.
            check("range=" not in scheme or np.array_equal(pair["dequantized"].astype(np.float32), said[name]), f"{scheme}: {name} is dequantized otherwise")
        check("range=" not in scheme or all(error > 25 for error in compute_weight_error(matched).values()), f"{scheme}: {compute_weight_error(matched)}")


def speech(random, steps=40):
    """Something like it: a buzz that comes and goes, and noise; chunks with the end of the one before, as Silero wants them."""
    time = np.arange(512 * steps) / 16000
    loud = 0.5 * (1 + np.sin(2 * np.pi * 3 * time))
    sound = loud * np.sign(np.sin(2 * np.pi * 140 * time)) * 0.2 + 0.01 * random.standard_normal(len(time))
    sound = np.concatenate([np.zeros(64), sound]).astype(np.float32)
    return [sound[None, 512 * step : 512 * step + 576] for step in range(steps)]


def probabilities(path, chunks, optimized):
    """What a model says of each chunk."""
    running, state, found = session(path, optimized), np.zeros((2, 1, 128), np.float32), []
    for chunk in chunks:
        out, state = running.run(None, {"input": chunk, "state": state, "sr": np.array(16000, np.int64)})
        found.append(out.item())
    return np.array(found)


def check_silero(folder):
    if not SILERO:
        print("silero: SKIPPED, SILERO is not set")
        return
    chunks = speech(np.random.default_rng(0))
    before = probabilities(SILERO, chunks, False)
    print("silero: probabilities from", before.min(), "to", before.max())
    for scheme, most in (("linear:bits=8,range=restricted,per=channel", 0.02), ("linear:bits=8", None), ("linear:bits=8,per=channel:1", None),
                         ("linear:bits=4,range=full,per=channel", None)):
        quantize(SILERO, "--scheme", scheme, "--out", folder / "silero.onnx")
        quantize(SILERO, "--scheme", scheme, "--out", folder / "d.onnx", "--layout", "dequantized")
        onnx.checker.check_model(onnx.load(folder / "silero.onnx"), full_check=True)
        exact, twin = (probabilities(folder / name, chunks, False) for name in ("silero.onnx", "d.onnx"))
        check(np.array_equal(exact, twin), f"silero, {scheme}: codes and floats differ by {np.abs(exact - twin).max()}")
        worst = max(np.abs(probabilities(folder / "silero.onnx", chunks, optimized) - before).max() for optimized in (False, True))
        check(most is None or worst < most, f"silero, {scheme}: off by {worst}")
        print(f"silero, {scheme}: probabilities at most {worst:.4f} off")
    size = (folder / "silero.onnx").stat().st_size / Path(SILERO).stat().st_size
    check(size < 0.5, f"silero: {size} of the size")


def classifier(random):
    """A small residual CNN as torch exports it: normalization with moments of its own, a shortcut, softmax at the end."""
    nodes, tensors = [], {}

    def layer(name, source, out, channels, rectified):
        fan = channels * 9
        tensors[f"{name}.weight"] = (random.standard_normal((out, channels, 3, 3)) * np.sqrt(2 / fan)).astype(np.float32)
        for part, values in (("scale", random.uniform(0.5, 1.5, out)), ("shift", random.uniform(-0.2, 0.2, out)),
                             ("mean", random.uniform(-0.3, 0.3, out)), ("variance", random.uniform(0.5, 2, out))):
            tensors[f"{name}.{part}"] = values.astype(np.float32)
        nodes.append(helper.make_node("Conv", [source, f"{name}.weight"], [f"{name}.sum"], name, pads=[1, 1, 1, 1]))
        parts = [f"{name}.{part}" for part in ("scale", "shift", "mean", "variance")]
        nodes.append(helper.make_node("BatchNormalization", [f"{name}.sum", *parts], [f"{name}.norm"], f"{name}.bn"))
        if rectified:
            nodes.append(helper.make_node("Relu", [f"{name}.norm"], [f"{name}.out"], f"{name}.relu"))
        return f"{name}.out" if rectified else f"{name}.norm"

    first = layer("stem", "x", 12, 3, True)
    second = layer("left", layer("inner", first, 12, 12, True), 12, 12, False)
    tensors["fc.weight"] = random.standard_normal((5, 12)).astype(np.float32)
    tensors["fc.bias"] = random.standard_normal(5).astype(np.float32)
    nodes += [
        helper.make_node("Add", [second, first], ["joined"], "join"),
        helper.make_node("Relu", ["joined"], ["rectified"], "relu"),
        helper.make_node("GlobalAveragePool", ["rectified"], ["mean"], "mean"),
        helper.make_node("Flatten", ["mean"], ["features"], "flat"),
        helper.make_node("Gemm", ["features", "fc.weight", "fc.bias"], ["scores"], "fc", transB=1),
        helper.make_node("Softmax", ["scores"], ["y"], "softmax", axis=1),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", ["N", 3, 14, 14]), ("y", ["N", 5]))]
    graph = helper.make_graph(nodes, "residual", ends[:1], ends[1:], [numpy_helper.from_array(values, name) for name, values in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def evaluate(*arguments):
    """What the program counts on the pictures."""
    done = subprocess.run([BINARY, "evaluate", *map(str, arguments), "--json"], capture_output=True, text=True)
    check(done.returncode == 0, f"{arguments}: {done.stderr}")
    return json.loads(done.stdout)


def check_classifiers(folder, random):
    """Answers of a network from a file against those of onnxruntime, in float32 and with quantized weights, and from a quantized file."""
    # Pictures of a colour and a contrast of their own, so that the mean over a picture tells classes apart.
    colours, contrasts = random.uniform(0, 255, (400, 3, 1, 1)), random.uniform(0, 120, (400, 1, 1, 1))
    pixels = np.clip(colours + contrasts * random.standard_normal((400, 3, 14, 14)), 0, 255).astype(np.uint8)
    x = (pixels.astype(np.float32) / 255 - np.float32(0.5)) / np.float32(0.25)
    path, data, written = folder / "residual.onnx", folder / "set.npz", folder / "q.onnx"
    onnx.save(classifier(random), path)
    # Labels that the network itself gives, a fifth of them wrong: then every changed answer moves the count.
    labels = session(path).run(None, {"x": x})[0].argmax(axis=1)
    check(len(np.unique(labels)) >= 3, f"the network tells {np.unique(labels)} apart")
    wrong = random.random(len(labels)) < 0.2
    labels = np.where(wrong, (labels + 1) % 5, labels).astype(np.int64)
    labels[:5] = np.arange(5)
    np.savez(data, x=pixels, y=labels)
    common = ("--data", data, "--normalize", "0.5,0.25")

    def right(model):
        return int((session(model).run(None, {"x": x})[0].argmax(axis=1) == labels).sum())

    found = evaluate("--model", path, *common)
    check(found["total"] == 400 and abs(found["correct"] - right(path)) <= 1, f"float: {found['correct']}, onnxruntime {right(path)}")
    for scheme in ("kmeans:bits=2", "linear:bits=4,per=channel", "linear:bits=8,range=restricted", "float:e4m3fn,scale=absmax"):
        found = evaluate("--model", path, *common, "--scheme", scheme)
        quantize(path, "--scheme", scheme, "--tensor", "*.weight", "--out", written)
        expected, again = right(written), evaluate("--model", written, *common)["correct"] if "kmeans" not in scheme and "float" not in scheme else None
        check(abs(found["correct"] - expected) <= 1, f"{scheme}: {found['correct']} right, onnxruntime says {expected}")
        check([layer["name"] for layer in found["layers"]] == ["stem.weight", "inner.weight", "left.weight", "fc.weight"], f"{found['layers']}")
        check(again is None or abs(again - expected) <= 1, f"{scheme}: {again} right from the written file, onnxruntime says {expected}")
        print(f"classifier, {scheme}: {found['correct']} of 400 right, onnxruntime {expected}")


def main():
    if not BINARY:
        sys.exit("set QUANTSCOPE_BIN to the program")
    with tempfile.TemporaryDirectory() as name:
        folder, random = Path(name), np.random.default_rng(0)
        check_bare(folder, random)
        check_graphs(folder, random)
        check_debugger(folder)
        check_classifiers(folder, random)
        check_silero(folder)
    print(f"onnx: {checks} checks")


main()
