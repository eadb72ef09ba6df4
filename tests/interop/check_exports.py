"""Holds exported files against the packages that use them: NumPy, LiteRT, a C compiler, and compressed-tensors where it is installed.

Run by .ci/run with QUANTSCOPE_BIN set. Every reconstruction must equal `--layout dequantized` to the last bit.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import safetensors.numpy

BINARY = os.environ.get("QUANTSCOPE_BIN")

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def quantize(source, scheme, out, *more):
    """Runs the program."""
    command = [BINARY, "quantize", source, "--scheme", scheme, "--out", out, *more]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    check(done.returncode == 0, f"{scheme} to {out}: {done.stderr}")


def reconstruction(source, scheme, folder):
    """What the program says that the weight becomes."""
    path = folder / "dequantized.safetensors"
    quantize(source, scheme, path, "--layout", "dequantized")
    return safetensors.numpy.load_file(path)


LINES = {
    "safetensors": [("float:e4m3fn,scale=absmax", "compressed-tensors"), ("kmeans:bits=4", "generic")], "npz": [("kmeans:bits=4", "generic")],
    "npy": [("kmeans:bits=4", "dequantized")], "onnx": [("linear:bits=8", "generic")], "gguf": [("gguf:q4_0", "generic")],
    "tflite": [("linear:bits=8", "generic")], "h": [("linear:bits=8", "generic")], "qsz": [("linear:bits=8", "generic")],
}


def check_lines(source, folder):
    """The line of Python that is offered with every file runs as it is."""
    for ending, cases in LINES.items():
        for scheme, layout in cases:
            command = [BINARY, "quantize", source, "--scheme", scheme, "--out", folder / f"line.{ending}", "--layout", layout, "--json"]
            done = subprocess.run([str(word) for word in command + ["--tensor", "layer.weight"]], capture_output=True, text=True)
            check(done.returncode == 0, f"{ending}: {done.stderr}")
            line = json.loads(done.stdout)["total"]["python"]
            path = f"{Path(BINARY).resolve().parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, env={**os.environ, "PATH": path})
            if "ModuleNotFoundError" in done.stderr:
                print(f"the line for {ending}: SKIPPED, {done.stderr.strip().splitlines()[-1]}")
                continue
            check(done.returncode == 0 and done.stdout.strip(), f"{ending}: {line}: {done.stderr}")


def check_npy(source, folder):
    quantize(source, "kmeans:bits=3", folder / "w.npy", "--tensor", "layer.weight")
    found = np.load(folder / "w.npy", allow_pickle=False)
    check(np.array_equal(found, reconstruction(source, "kmeans:bits=3", folder)["layer.weight"]), "npy")


TFLITE = [
    "linear:bits=8", "linear:bits=8,signed=false", "linear:bits=8,range=restricted,per=channel", "linear:bits=5,per=channel:1",
    "linear:bits=4,range=restricted", "linear:bits=4,range=full,per=channel", "linear:bits=2,range=full", "linear:bits=3",
    "float:fp16", "prune:share=0.5",
]


def outputs(path, resolver):
    """Every weight as LiteRT computes it, by its name."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.zeros(1, np.float32))
    interpreter.invoke()
    return {output["name"]: interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()}


def check_tflite(source, folder):
    if importlib.util.find_spec("ai_edge_litert") is None:
        print("TFLite: SKIPPED, ai-edge-litert is not installed (requirements.txt)")
        return
    from ai_edge_litert.interpreter import OpResolverType

    for scheme in TFLITE:
        path = folder / "w.tflite"
        quantize(source, scheme, path)
        exact = outputs(path, OpResolverType.BUILTIN_REF)
        # The fast kernels multiply out scale * (q - zero point): an ulp off where there are zero points.
        usual = outputs(path, OpResolverType.AUTO)
        for name, expected in reconstruction(source, scheme, folder).items():
            check(np.array_equal(exact[name], expected), f"TFLite, {scheme}: {name}")
            check(np.allclose(usual[name], expected, rtol=1e-6, atol=1e-6), f"TFLite by its fast kernels, {scheme}: {name}")


# Schemes, and a weight in C from what the header holds: g is its group.
HEADERS = {
    "linear:bits=8,range=restricted,per=channel": "layer_weight_scale[g] * (float)layer_weight_codes[i]",
    "linear:bits=4": "layer_weight_scale[g] * (float)(layer_weight_codes[i] - layer_weight_zero_point[g])",
    "linear:bits=12": "layer_weight_scale[g] * (float)(layer_weight_codes[i] - layer_weight_zero_point[g])",
    "linear:bits=3,signed=false,per=group:16": "layer_weight_scale[g] * (float)(layer_weight_codes[i] - layer_weight_zero_point[g])",
    "kmeans:bits=4": "layer_weight_codebook[layer_weight_codes[i]]",
    "ternary:per=channel": "layer_weight_scale[g] * (float)layer_weight_codes[i]",
    "gguf:q4_1": "layer_weight_scale[g] * (float)layer_weight_codes[i] + layer_weight_minimum[g]",
    "float:fp16": None,
}

MAIN = """
#include <stdio.h>
#include "w.h"
int main(void) {
  for (int i = 0; i < LAYER_WEIGHT_CODES_DIM0 * LAYER_WEIGHT_CODES_DIM1; i++) {
    int g = i / GROUP;
    (void)g;
    printf("%d %.9g\\n", (int)layer_weight_codes[i], (double)(VALUE));
  }
  printf("%.9g\\n", (double)layer_bias[0]);
  return 0;
}
"""

# Weights of a group, where it is not the whole tensor.
GROUPS = {"per=channel": 64, "per=group:16": 16, "gguf:q4_1": 32}


def check_headers(source, folder):
    compiler = shutil.which("cc")
    if compiler is None:
        print("C header: SKIPPED, there is no C compiler")
        return
    for scheme, value in HEADERS.items():
        group = next((size for text, size in GROUPS.items() if text in scheme), 24 * 64)
        (folder / "main.c").write_text(MAIN.replace("GROUP", str(group)).replace("VALUE", value or "0"))
        quantize(source, scheme, folder / "w.h", "--activation-scales", "0.02,0.05")
        quantize(source, scheme, folder / "w.npz")
        # A product and a sum are two roundings, as NumPy has them.
        command = [compiler, "-Wall", "-Wno-unused-const-variable", "-Werror", "-ffp-contract=off", "-o", str(folder / "main"), str(folder / "main.c")]
        done = subprocess.run(command, capture_output=True, text=True)
        check(done.returncode == 0, f"C, {scheme}: {done.stderr}")
        *lines, bias = subprocess.run([str(folder / "main")], capture_output=True, text=True).stdout.splitlines()
        arrays = np.load(folder / "w.npz", allow_pickle=False)
        codes = [int(line.split()[0]) for line in lines]
        check(np.array_equal(codes, arrays["layer.weight.codes"].ravel()), f"C, {scheme}: codes")
        check(np.float32(bias) == arrays["layer.bias"][0], f"C, {scheme}: bias")
        if value is not None:
            found = np.array([line.split()[1] for line in lines], np.float32).reshape(24, 64)
            check(np.array_equal(found, reconstruction(source, scheme, folder)["layer.weight"]), f"C, {scheme}: values")


# Names that mean something in C, in C++ or after their headers, and names that become one identifier or one macro.
NASTY = ["gamma", "exp", "expf", "log", "int", "double", "INFINITY", "NAN", "uint8_t", "linux", "main", "class", "new", "index", "y1", "I",
         "M_PI", "M_PIf", "M_PIl", "INT8_MAX", "INT8_WIDTH", "SIZE_WIDTH", "CHAR_BIT", "FLT_EPSILON", "DBL_DIG", "FLT_RADIX", "MAXFLOAT", "SNAN", "SNANF", "_Bool", "__x", "", "/", "a.b", "a/b", "A.B", "W", "w", "W_DIM0", "QUANTSCOPE_ALIGNED", "x.multiplier", "x",
         "größe", "*/", "a\nb", "time", "std", "template", "4x4", "memcpy", "printf", "and", "bool", "complex"]
EVERYTHING = ["assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "math", "setjmp", "signal",
              "stdalign", "stdarg", "stdbool", "stddef", "stdint", "stdio", "stdlib", "string", "time", "wchar", "wctype"]


def check_names(folder):
    """A header of any names compiles in C and in C++, before and behind all other headers."""
    rows = {name: np.arange(6, dtype=np.float32).reshape(2, 3) + i for i, name in enumerate(NASTY)}
    safetensors.numpy.save_file(rows, folder / "nasty.safetensors")
    includes = "".join(f"#include <{name}.h>\n" for name in EVERYTHING if name != "complex")
    layouts = [("--layout", "dequantized"), ("--activation-scales", "0.02,0.05"), ("--tensor", "gamma")]
    for more in layouts:
        quantize(folder / "nasty.safetensors", "linear:bits=8,range=restricted,per=channel", folder / "nasty.h", *more)
        text = (folder / "nasty.h").read_text()
        arrays = len(re.findall(r"^static const QUANTSCOPE_ALIGNED ", text, re.MULTILINE))
        check(arrays >= len(NASTY), f"C header of nasty names: {arrays} arrays")
        for ending, compiler, more_includes in [("c", "cc", "#include <complex.h>\n"), ("cpp", "c++", "")]:
            if shutil.which(compiler) is None:
                sys.exit(f"FAILED: there is no compiler {compiler}")
            for before in (True, False):
                parts = [includes + more_includes, '#include "nasty.h"\n']
                source = folder / f"nasty.{ending}"
                source.write_text("".join(parts if before else parts[::-1]) + "int main(void) { return 0; }\n")
                done = subprocess.run([compiler, "-D_GNU_SOURCE", "-fsyntax-only", str(source)], capture_output=True, text=True)
                check(done.returncode == 0, f"{compiler} with headers {'before' if before else 'behind'}, {more}: {done.stderr[:2000]}")


PACKED = [
    "linear:bits=4,range=restricted,per=group:32", "linear:bits=4,per=group:16", "linear:bits=3,range=full,per=channel",
    "linear:bits=1,range=full,per=group:64", "linear:bits=2,range=full,per=group:32", "linear:bits=2,per=channel",
    "linear:bits=7,range=restricted,per=channel", "linear:bits=7,per=group:16", "linear:bits=5,per=tensor", "linear:bits=8,per=group:32", "linear:bits=6,range=full",
    "linear:bits=8,range=restricted,per=channel", "float:e4m3fn,scale=absmax", "float:e4m3fn,scale=absmax,per=channel",
]


def check_compressed(source, folder):
    if importlib.util.find_spec("compressed_tensors") is None:
        print("compressed-tensors: SKIPPED, torch and compressed-tensors are not installed (requirements-torch.txt)")
        return
    import torch
    from compressed_tensors import BaseCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    from safetensors.torch import load_file

    for scheme in PACKED:
        path = folder / "w.safetensors"
        quantize(source, scheme, path, "--layout", "compressed-tensors")
        config = json.loads((folder / "w.quantization_config.json").read_text())["quantization_config"]
        weights = QuantizationArgs(**config["config_groups"]["group_0"]["weights"])
        compressor = BaseCompressor.get_value_from_registry(config["format"])
        state = {name.removeprefix("layer."): tensor for name, tensor in load_file(path).items() if name.startswith("layer.weight")}
        found = compressor.decompress(state, QuantizationScheme(targets=["Linear"], weights=weights))["weight"]
        expected = torch.from_numpy(reconstruction(source, scheme, folder)["layer.weight"])
        check(torch.equal(found.to(torch.float32), expected), f"compressed-tensors, {config['format']}, {scheme}")


def main():
    if not BINARY:
        sys.exit("set QUANTSCOPE_BIN to the program")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        random = np.random.default_rng(0)
        weight = random.standard_normal((24, 64)).astype(np.float32)
        bias = random.standard_normal(24).astype(np.float32)
        source = folder / "source.safetensors"
        safetensors.numpy.save_file({"layer.weight": weight, "layer.bias": bias}, source)
        check_npy(source, folder)
        check_lines(source, folder)
        check_tflite(source, folder)
        check_headers(source, folder)
        check_names(folder)
        check_compressed(source, folder)
    print(f"exports: {checks} checks")


main()
