"""Holds GGUF in and out against the package `gguf`: every block type is read as it decodes it and written as it quantizes.

Run by .ci/run with QUANTSCOPE_BIN set.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import safetensors.numpy
from gguf import GGMLQuantizationType as Type

BINARY = os.environ.get("QUANTSCOPE_BIN")

WRITTEN = {"q4_0": Type.Q4_0, "q4_1": Type.Q4_1, "q5_0": Type.Q5_0, "q5_1": Type.Q5_1, "q8_0": Type.Q8_0}
READ = [
    *WRITTEN.values(), Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_NL, Type.IQ4_XS, Type.TQ1_0, Type.TQ2_0,
    Type.MXFP4,
]

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def run(*arguments):
    """Runs the program."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == 0, f"{arguments}: {done.stderr}")
    return done.stdout


def blocks(kind, rows, count, random):
    """Random bytes whose float16 parameters are finite."""
    weights, size = gguf.GGML_QUANT_SIZES[kind]
    while True:
        data = random.integers(0, 256, (rows, count * size), dtype=np.uint8)
        # Scales lie at the ends of a block; small exponents keep every product finite.
        view = data.reshape(-1, size)
        for place in (1, 3, size - 3, size - 1):
            view[:, place] &= 0xBF
        if kind == Type.MXFP4:
            view[:, 0] = random.integers(0, 200, len(view))
        if np.isfinite(gguf.quants.dequantize(data, kind)).all():
            return data


def check_reading(folder, random):
    path = folder / "in.gguf"
    writer = gguf.GGUFWriter(path, "tiny")
    writer.add_uint32("tiny.depth", 7)
    writer.add_array("tiny.words", [f"word {index}" for index in range(1000)])
    expected = {}
    for kind in READ:
        data = blocks(kind, 3, 4, random)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = gguf.quants.dequantize(data, kind)
    for dtype in (np.float32, np.float16, np.float64, np.int8, np.int16, np.int32, np.int64):
        values = random.integers(-100, 100, (2, 3, 5)).astype(dtype)
        writer.add_tensor(np.dtype(dtype).name, values)
        expected[np.dtype(dtype).name] = values
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    # A scheme that leaves float32 as it is writes what was read.
    run("quantize", path, "--scheme", "prune:share=0", "--tensor", "*", "--out", folder / "read.safetensors")
    found = safetensors.numpy.load_file(folder / "read.safetensors")
    check(set(found) == set(expected), f"names: {sorted(found)}")
    for name, values in expected.items():
        check(found[name].shape == values.shape, f"{name}: shape {found[name].shape}")
        check(np.array_equal(found[name].astype(np.float64), values.astype(np.float64)), f"{name}: values")
    said = json.loads(run("inspect", path, "--json"))
    metadata = {entry["key"]: entry["value"] for entry in said["metadata"]}
    check(metadata["general.architecture"] == "tiny" and metadata["tiny.depth"] == "7", "metadata")
    check(metadata["tiny.words"].endswith("(1000 of string)"), "long arrays are cut")


def check_carrying(folder, random):
    """A GGUF model with one tensor quantized keeps the rest, keys included."""
    path = folder / "model.gguf"
    writer = gguf.GGUFWriter(path, "tiny")
    writer.add_name("a model")
    writer.add_array("tiny.words", ["a", "b", "c"])
    weight = random.standard_normal((4, 64)).astype(np.float32)
    writer.add_tensor("weight", weight)
    kept = blocks(Type.Q6_K, 2, 1, random)
    writer.add_tensor("kept", kept, raw_dtype=Type.Q6_K)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    run("quantize", path, "--scheme", "gguf:q8_0", "--tensor", "weight", "--out", folder / "out.gguf")
    reader = gguf.GGUFReader(folder / "out.gguf")
    check(reader.fields["general.name"].contents() == "a model", "general.name")
    check(reader.fields["general.architecture"].contents() == "tiny", "general.architecture")
    check(reader.fields["tiny.words"].contents() == ["a", "b", "c"], "an array of words")
    check(reader.fields["general.quantization_version"].contents() == 2, "general.quantization_version")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    check(tensors["kept"].tensor_type == Type.Q6_K and np.array_equal(tensors["kept"].data, kept), "blocks that were kept")
    check(np.array_equal(tensors["weight"].data, gguf.quants.quantize(weight, Type.Q8_0)), "blocks that were made")


def check_writing(folder, random):
    hard = np.zeros((2, 64), np.float32)
    # Ties of magnitude in both orders, a block of zeros, one of one value.
    hard[0, :4] = [-1.5, 1.5, 0.1, -0.1]
    hard[0, 32:36] = [1.5, -1.5, 0.1, -0.1]
    hard[1, 32:] = 0.3
    weight = np.concatenate([
        random.standard_normal((200, 64)).astype(np.float32), hard, (1e-6 * random.standard_normal((8, 64))).astype(np.float32),
        (1e4 * random.standard_normal((8, 64))).astype(np.float32), np.round(random.uniform(-8, 8, (40, 64)) * 4).astype(np.float32) / 4,
    ])
    source = folder / "w.safetensors"
    safetensors.numpy.save_file({"w": weight, "bias": weight[0]}, source)
    for name, kind in WRITTEN.items():
        run("quantize", source, "--scheme", f"gguf:{name}", "--out", folder / "w.gguf")
        reader = gguf.GGUFReader(folder / "w.gguf")
        tensors = {tensor.name: tensor for tensor in reader.tensors}
        found = tensors["w"]
        check(found.tensor_type == kind, f"{name}: type {found.tensor_type}")
        check(list(found.shape) == [64, len(weight)], f"{name}: shape {found.shape}")
        expected = gguf.quants.quantize(weight, kind)
        check(np.array_equal(found.data, expected), f"{name}: {np.argwhere(found.data != expected)[:5]}")
        check(np.array_equal(tensors["bias"].data, weight[0]), f"{name}: bias")
        run("quantize", source, "--scheme", f"gguf:{name}", "--out", folder / "w2.safetensors", "--layout", "dequantized")
        said = safetensors.numpy.load_file(folder / "w2.safetensors")["w"]
        check(np.array_equal(said, gguf.quants.dequantize(found.data, kind)), f"{name}: reconstruction")
        run("quantize", source, "--scheme", f"gguf:{name}", "--out", folder / "w.qsz")
        run("quantize", folder / "w.qsz", "--scheme", "prune:share=0", "--out", folder / "w3.safetensors")
        check(np.array_equal(safetensors.numpy.load_file(folder / "w3.safetensors")["w"], said), f"{name}: by way of qsz")
    for scheme, kind, dtype in (("float:fp16", Type.F16, np.float16), ("float:bf16", Type.BF16, None)):
        run("quantize", source, "--scheme", scheme, "--out", folder / "w.gguf")
        found = next(tensor for tensor in gguf.GGUFReader(folder / "w.gguf").tensors if tensor.name == "w")
        check(found.tensor_type == kind, f"{scheme}: {found.tensor_type}")
        values = gguf.quants.dequantize(found.data, kind)
        expected = weight.astype(dtype).astype(np.float32) if dtype else gguf.quants.dequantize(gguf.quants.quantize(weight, kind), kind)
        check(np.array_equal(values, expected), scheme)


def main():
    if not BINARY:
        sys.exit("set QUANTSCOPE_BIN to the program")
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_reading(folder, random)
        check_carrying(folder, random)
        check_writing(folder, random)
    print(f"gguf: {checks} checks")


main()
