"""Holds the reader of PyTorch's files against files that torch itself wrote: every tensor as torch loads it.

Run by .ci/run with QUANTSCOPE_BIN set. SKIPPED, and said so, without torch (requirements-torch.txt).
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import safetensors.numpy

BINARY = os.environ.get("QUANTSCOPE_BIN")
JIT = os.environ.get("SILERO_JIT")

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def run(*arguments):
    """Runs the program."""
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def inspected(path):
    """Tensors and metadata as the program tells them."""
    done = run("inspect", path, "--json")
    check(done.returncode == 0, f"{path}: {done.stderr}")
    said = json.loads(done.stdout)
    return {tensor["name"]: tensor for tensor in said["tensors"]}, [entry["value"] for entry in said["metadata"]]


def compare(path, tensors, torch):
    """Every tensor's values, by way of safetensors: what is float32 or float16 is carried over as it is."""
    found, _ = inspected(path)
    check(set(found) == set(tensors), f"{path}: {sorted(set(found) ^ set(tensors))}")
    done = run("quantize", path, "--scheme", "prune:share=0", "--tensor", "*", "--out", path.with_suffix(".safetensors"))
    check(done.returncode == 0, f"{path}: {done.stderr}")
    values = safetensors.numpy.load_file(path.with_suffix(".safetensors"))
    for name, tensor in tensors.items():
        check(found[name]["dtype"] == str(tensor.dtype).removeprefix("torch."), f"{path}: {name} is {found[name]['dtype']}")
        check(found[name]["shape"] == list(tensor.shape), f"{path}: {name} has shape {found[name]['shape']}")
        expected = tensor.detach().to(torch.float32).numpy()
        check(np.array_equal(values[name].astype(np.float32), expected, equal_nan=True), f"{path}: values of {name}")


def types(torch):
    """Tensors of every dtype, and views of all kinds."""
    weight = torch.randn(6, 8)
    names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "float8_e4m3fn",
             "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "uint16", "uint32", "uint64"]
    tensors = {name: (weight.abs() * 3).to(getattr(torch, name)) for name in names}
    tensors |= {"turned": weight.t(), "slice": weight[1:, ::2], "spread": torch.ones(1, 3).expand(4, 3), "empty": torch.zeros(0, 3),
                "scalar": torch.tensor(1.5), "parameter": torch.nn.Parameter(weight)}
    odd = {"sparse": weight.to_sparse(), "complex": torch.zeros(2, dtype=torch.complex64), "negated": torch._neg_view(weight)}
    return tensors, odd


def check_archives(folder, torch):
    tensors, odd = types(torch)
    torch.save(tensors | odd | {"epoch": 3, "nothing": None}, folder / "types.pt")
    compare(folder / "types.pt", tensors, torch)
    _, said = inspected(folder / "types.pt")
    for name in odd:
        check(any(f"`{name}`: " in line for line in said), f"{name} is not told of: {said}")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.rnn, self.norm = torch.nn.Conv2d(3, 4, 3), torch.nn.LSTM(5, 6), torch.nn.BatchNorm1d(4)

    net = Net()
    state = dict(net.state_dict())
    for name, legacy in (("state.pt", False), ("old.pth", True)):
        torch.save(net.state_dict(), folder / name, _use_new_zipfile_serialization=not legacy)
        compare(folder / name, state, torch)
    torch.save({"model": net.state_dict(), "epoch": 3}, folder / "checkpoint.pt")
    compare(folder / "checkpoint.pt", {f"model.{name}": tensor for name, tensor in state.items()}, torch)
    linear = torch.nn.Linear(3, 2)
    torch.jit.script(linear).save(str(folder / "script.pt"))
    compare(folder / "script.pt", dict(linear.state_dict()), torch)


def check_script(folder, torch):
    if not JIT:
        print("TorchScript of Silero: SKIPPED, SILERO_JIT is not set")
        return
    found, _ = inspected(Path(JIT))
    state = torch.jit.load(JIT, map_location="cpu").state_dict()
    for name, tensor in state.items():
        check(found[name]["shape"] == list(tensor.shape), f"{name}: {found[name]['shape']}")
        check(abs(found[name]["mean"] - tensor.double().mean().item()) < 1e-6, f"{name}: mean")
    print(f"TorchScript of Silero: {len(state)} tensors")


def main():
    if not BINARY:
        sys.exit("set QUANTSCOPE_BIN to the program")
    try:
        import torch
    except ImportError:
        print("PyTorch's files: SKIPPED, torch is not installed (requirements-torch.txt)")
        return
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        check_archives(Path(name), torch)
        check_script(Path(name), torch)
    print(f"PyTorch's files, by torch {torch.__version__}: {checks} checks")


if __name__ == "__main__":
    main()
