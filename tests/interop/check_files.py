"""Holds the program's files against the packages that people read and write them with.

Run by .ci/run with QUANTSCOPE_BIN set. Two directions:
  in   what safetensors and NumPy write (ml_dtypes' floats, Fortran order, big-endian, compressed) is read to the last bit;
  out  what `quantize` writes opens there, and the documented formulas give the errors that the program reports.
"""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import safetensors
import safetensors.numpy

BINARY = os.environ.get("QUANTSCOPE_BIN")

# The names in safetensors headers and what they are here; codes of 6 and 4 bits are packed, the first in the lowest bits.
DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2, "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz, "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F6_E2M3": ml_dtypes.float6_e2m3fn, "F6_E3M2": ml_dtypes.float6_e3m2fn, "F4": ml_dtypes.float4_e2m1fn,
    "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8,
    "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8, "BOOL": np.bool_,
}
PACKED = {"F6_E2M3": 6, "F6_E3M2": 6, "F4": 4}

# The formats of casts: the program's name and ml_dtypes' or NumPy's type.
CASTS = {
    "fp16": np.float16, "bf16": ml_dtypes.bfloat16, "e4m3fn": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2,
    "e2m1fn": ml_dtypes.float4_e2m1fn, "int8": np.int8, "int4": ml_dtypes.int4,
}

SCHEMES = [
    "kmeans:bits=2", "kmeans:bits=4,per=channel", "kmeans:k=300", "kmeans:bits=3,per=group:7",
    "linear:bits=8", "linear:bits=4,per=group:16", "linear:bits=8,range=restricted,per=channel",
    "linear:bits=3,per=channel:1", "linear:bits=5,signed=false", "linear:bits=12", "linear:bits=16,signed=false",
] + [f"float:{name}" for name in CASTS] + ["float:e4m3fn,scale=absmax", "float:int8,scale=absmax,per=channel"]

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def run(*arguments):
    """Runs the program and returns its one JSON document."""
    command = [BINARY, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def same_bits(a, b):
    """Whether two arrays have the same dtype, shape and bytes."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def unpack(data, bits, count):
    """Codes of less than a byte, the first in the lowest bits."""
    stream = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: bits * count].reshape(count, bits)
    return (stream * (1 << np.arange(bits, dtype=np.uint8))).sum(axis=1).astype(np.uint8)


def pack(codes, bits):
    """The inverse of `unpack`."""
    stream = (codes.reshape(-1, 1) >> np.arange(bits)) & 1
    return np.packbits(stream.astype(np.uint8).ravel(), bitorder="little").tobytes()


def read_safetensors(path):
    """Every tensor, by the package's own parser, and the free text."""
    tensors = {}
    for name, spec in safetensors.deserialize(Path(path).read_bytes()):
        data, kind, shape = bytes(spec["data"]), spec["dtype"], spec["shape"]
        if kind in PACKED:
            array = unpack(data, PACKED[kind], math.prod(shape)).view(DTYPES[kind])
        else:
            array = np.frombuffer(data, DTYPES[kind])
        tensors[name] = array.reshape(shape)
    with safetensors.safe_open(path, "np") as file:
        return tensors, file.metadata()


def read_npz(path):
    """Every array, without pickles, and the notes."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, {"meta_json": str(arrays.pop("meta_json"))}


READERS = {"safetensors": read_safetensors, "npz": read_npz}


def expect_summary(found, name, array):
    """What `inspect` says of one tensor, against NumPy."""
    values = np.asarray(array).astype(np.float32)
    finite = values[np.isfinite(values)].astype(np.float64)
    check(found["name"] == name, f"{name} is called {found['name']}")
    check(found["dtype"] == array.dtype.newbyteorder("=").name, f"{name}: dtype {found['dtype']} for {array.dtype}")
    check(found["shape"] == list(array.shape) and found["count"] == array.size, f"{name}: shape {found['shape']}")
    check(found["zeros"] == int((values == 0).sum()), f"{name}: {found['zeros']} zeros")
    non_finite = found.get("non_finite", found.get("nan", 0) + found.get("infinite", 0))
    check(non_finite == values.size - finite.size, f"{name}: {non_finite} values that are not finite")
    if finite.size:
        check(found["min"] == finite.min() and found["max"] == finite.max(), f"{name}: range {found}")
        # Sums of float64 in another order; squares of large values cancel in the deviation.
        size = np.abs(finite).max()
        for key, expected in (("mean", finite.mean()), ("std", finite.std())):
            check(abs(found[key] - expected) <= 1e-6 * size, f"{name}: {key} {found[key]}, expected {expected}")


def sources(rng):
    """Arrays of every dtype that both packages have, in the order of their names."""
    arrays = {}
    for kind, dtype in DTYPES.items():
        if kind in PACKED:
            arrays[kind] = rng.integers(0, 1 << PACKED[kind], (6, 8), dtype=np.uint8).view(dtype)
        elif kind == "BOOL":
            arrays[kind] = rng.random((6, 8)) < 0.5
        elif np.issubdtype(dtype, np.integer):
            limits = np.iinfo(dtype)
            arrays[kind] = rng.integers(limits.min, limits.max, (6, 8), dtype=dtype, endpoint=True)
        elif np.dtype(dtype).itemsize == 1:
            arrays[kind] = rng.integers(0, 256, (6, 8), dtype=np.uint8).view(dtype)
        else:
            arrays[kind] = rng.normal(size=(6, 8)).astype(dtype)
    return arrays


def write_by_hand(path, arrays):
    """A safetensors file with the packed dtypes that the NumPy side of the package cannot write."""
    header, data = {}, b""
    for kind, array in arrays.items():
        part = pack(array.view(np.uint8), PACKED[kind])
        header[kind] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def files_come_in(folder, rng):
    """Files of the packages, inspected, and carried through `quantize` into both formats bit by bit."""
    arrays = sources(rng)
    weights = rng.normal(size=(3, 4)).astype(np.float32)
    whole = {name: array for name, array in arrays.items() if name not in PACKED}
    packed = {name: array for name, array in arrays.items() if name in PACKED}
    native = {name: array for name, array in whole.items() if array.dtype.kind != "V" and array.dtype.isbuiltin == 1}
    odd = {
        "fortran": np.asfortranarray(rng.normal(size=(5, 4, 3)).astype(np.float32)),
        "fortran_half": np.asfortranarray(rng.normal(size=(5, 4)).astype(np.float16)),
        "big": rng.normal(size=(4, 5)).astype(">f4"),
        "big_fortran": np.asfortranarray(rng.integers(-9, 9, (4, 5)).astype(">i2")),
        "scalar": np.float32(1.5).reshape(()),
        "empty": np.zeros((0, 3), np.float32),
        "a/b.c": rng.normal(size=7).astype(np.float16),
    }
    safetensors.numpy.save_file({**whole, "w": weights}, folder / "whole.safetensors", {"note": "by the package"})
    write_by_hand(folder / "packed.safetensors", packed)
    np.savez(folder / "plain.npz", **native, **odd, w=weights)
    np.savez_compressed(folder / "compressed.npz", **native, **odd, w=weights)
    files = [
        ("whole.safetensors", {**whole, "w": weights}), ("packed.safetensors", packed),
        ("plain.npz", {**native, **odd, "w": weights}), ("compressed.npz", {**native, **odd, "w": weights}),
    ]
    for file, expected in files:
        found = {tensor["name"]: tensor for tensor in run("inspect", folder / file)["tensors"]}
        check(found.keys() == expected.keys(), f"{file}: {sorted(found)} instead of {sorted(expected)}")
        for name, array in expected.items():
            expect_summary(found[name], name, array)
        selected = "w" if "w" in expected else "F4"
        for ending, reader in READERS.items():
            out = folder / f"carried.{ending}"
            run("quantize", folder / file, "--scheme", "linear:bits=8", "--tensor", selected, "--out", out)
            carried, meta = reader(out)
            notes = json.loads(meta["meta_json"]).get("plain", {})
            for name, array in expected.items():
                if name == selected:
                    check(name not in carried and f"{name}.codes" in carried, f"{file}: {name} was not quantized")
                    continue
                result = carried[name]
                plain = np.ascontiguousarray(array).reshape(array.shape).astype(array.dtype.newbyteorder("="))
                if name in notes:
                    # npy has no name for this dtype: unsigned integers and a note.
                    check(notes[name] == {"dtype": plain.dtype.name, "shape": list(plain.shape)}, f"{name}: {notes[name]}")
                    if name in PACKED:
                        result = unpack(result.tobytes(), PACKED[name], plain.size).reshape(plain.shape)
                    result = result.view(plain.dtype)
                check(same_bits(result, plain), f"{file} to {ending}: {name} has changed")

    for name in ("fortran", "fortran_half", "big", "big_fortran", "scalar"):
        np.save(folder / f"{name}.npy", odd[name])
        [found] = run("inspect", folder / f"{name}.npy")["tensors"]
        expect_summary(found, name, odd[name])


NAMELESS = ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "float6_e2m3fn",
            "float6_e3m2fn", "float4_e2m1fn", "int4", "uint4", "int2", "uint2"]


def nameless_types_are_asked_for(folder, rng):
    """What NumPy writes for ml_dtypes' types has lost its name: the message says what it may be, and the answer reads it."""
    path = folder / "nameless.npy"
    for name in NAMELESS:
        dtype = np.dtype(getattr(ml_dtypes, name))
        array = np.asfortranarray(np.abs(rng.normal(size=(5, 3)) * 2).astype(np.float32)).astype(dtype)
        np.save(path, array)
        done = subprocess.run([BINARY, "inspect", path, "--json"], capture_output=True, text=True, timeout=60)
        check(done.returncode == 1 and not done.stdout, f"{name} was read: {done.stdout}")
        check("nameless.npy" in done.stderr and name in done.stderr, f"no hint of {name}: {done.stderr}")
        [found] = run("inspect", path, "--npy-dtype", name)["tensors"]
        expect_summary(found, "nameless", array)
        np.savez_compressed(folder / "nameless.npz", a=array, b=np.ones(2, np.float32))
        found = {tensor["name"]: tensor for tensor in run("inspect", folder / "nameless.npz", "--npy-dtype", name)["tensors"]}
        expect_summary(found["a"], "a", array)
    np.save(path, np.ones((2, 2), object), allow_pickle=True)
    done = subprocess.run([BINARY, "inspect", path, "--json"], capture_output=True, text=True, timeout=60)
    check(done.returncode == 1 and "object" in done.stderr, f"an array of objects: {done.stderr}")


def groups_of(per, shape):
    """The group of every element."""
    count = math.prod(shape)
    kind, _, number = per.partition(":")
    if kind == "channel" and len(shape) > 1:
        axis = int(number)
        sizes = [1] * len(shape)
        sizes[axis] = shape[axis]
        return np.broadcast_to(np.arange(shape[axis]).reshape(sizes), shape)
    if kind == "group":
        size = int(number)
        row = math.prod(shape[1:]) if len(shape) > 1 else count
        in_row = -(-row // size)
        index = np.arange(count)
        return ((index // row) * in_row + (index % row) // size).reshape(shape)
    return np.zeros(shape, np.int64)


def rebuild(arrays, name, note):
    """Values from codes and parameters, by the documented formulas, in float32."""
    codes = arrays[f"{name}.codes"]
    part = lambda suffix: arrays.get(f"{name}.{suffix}")
    check(list(codes.shape) == note["shape"], f"{name}: codes of shape {codes.shape}")
    group = groups_of(note["per"], codes.shape)
    check(note["groups"] == group.max() + 1, f"{name}: {note['groups']} groups, expected {group.max() + 1}")
    if part("codebook") is not None:
        book = part("codebook")
        check(book.dtype == np.float32, f"{name}: codebook of {book.dtype}")
        return book[codes] if book.ndim == 1 else book[group, codes]
    scale = part("scale")
    check(scale is None or (scale.dtype == np.float32 and scale.shape == (note["groups"],)), f"{name}: scale {scale}")
    if note.get("format"):
        dtype = CASTS[note["format"]]
        check(codes.dtype == (np.uint8 if note["bits"] <= 8 else np.uint16), f"{name}: codes of {codes.dtype}")
        if note["format"] == "int4":
            values = ((codes.astype(np.int16) ^ 8) - 8).astype(np.float32)
        else:
            values = codes.view(dtype).astype(np.float32)
        return values if scale is None else values * scale[group]
    zero = part("zero_point")
    check(zero is None or (zero.dtype == np.int32 and zero.shape == scale.shape), f"{name}: zero point {zero}")
    shifted = codes.astype(np.int32) - (0 if zero is None else zero[group])
    return scale[group] * shifted.astype(np.float32)


def files_go_out(folder, rng):
    """Every scheme in both formats: the values that NumPy rebuilds have the errors that the program reports."""
    weights = {
        "conv": rng.normal(size=(6, 5, 3, 3)).astype(np.float32),
        "matrix": (rng.normal(size=(16, 40)) + 0.3).astype(np.float32),
    }
    bias = rng.normal(size=16).astype(np.float32)
    source = folder / "weights.safetensors"
    safetensors.numpy.save_file({**weights, "bias": bias}, source)
    for scheme in SCHEMES:
        for ending, reader in READERS.items():
            out = folder / f"out.{ending}"
            report = run("quantize", source, "--scheme", scheme, "--out", out)
            check([tensor["name"] for tensor in report["tensors"]] == list(weights), f"{scheme}: wrong selection")
            arrays, meta = reader(out)
            meta = json.loads(meta["meta_json"])
            check(same_bits(arrays["bias"], bias), f"{scheme}: the bias has changed")
            values = {}
            for tensor in report["tensors"]:
                name, note = tensor["name"], meta["tensors"][tensor["name"]]
                check(note["scheme"] == tensor["scheme"], f"{scheme}: noted as {note['scheme']}")
                values[name] = rebuild(arrays, name, note)
                error = weights[name].astype(np.float64) - values[name].astype(np.float64)
                largest, mse = np.abs(error).max(), np.square(error).mean()
                where = f"{scheme} in {ending}, {name}"
                check(math.isclose(tensor["max_error"], largest, rel_tol=1e-6, abs_tol=1e-12), f"{where}: max {largest} {tensor}")
                check(math.isclose(tensor["mse"], mse, rel_tol=1e-6, abs_tol=1e-15), f"{where}: mse {mse} {tensor}")
            run("quantize", source, "--scheme", scheme, "--layout", "dequantized", "--out", out)
            arrays, _ = reader(out)
            for name, expected in values.items():
                check(arrays[name].dtype == np.float32, f"{scheme}: dequantized to {arrays[name].dtype}")
                check(np.array_equal(arrays[name], expected), f"{scheme} in {ending}: {name} differs from its codes")


def main():
    if not BINARY:
        sys.exit("QUANTSCOPE_BIN must name the program to check")
    rng = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files_come_in(folder, rng)
        nameless_types_are_asked_for(folder, rng)
        files_go_out(folder, rng)
    print(f"files: {checks} checks against numpy {np.__version__}, ml_dtypes {ml_dtypes.__version__}, "
          f"safetensors {safetensors.__version__}")


if __name__ == "__main__":
    main()
