"""Holds the engine's linear quantization against PyTorch's, per tensor and per channel.

    python check_torch.py CASES.json        (what the example `integer_cases` printed)

Codes and restored values exactly. PyTorch multiplies by 1/S where ONNX and the engine divide by S: where the two round a weight to
different codes, its own code is expected, and the number of such weights is told. Infinities are left out: they saturate in ONNX and
here, while PyTorch leaves them to the processor. Skipped, and said so, without PyTorch (requirements-torch.txt).
"""

import json
import sys
import warnings

import numpy as np

TYPES = {(-128, 8): "qint8", (0, 8): "quint8"}

checks = ties = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def floats(bits):
    """float32 values from their bits."""
    return np.array(bits, np.uint32).view(np.float32)


def agree(name, values, scale, zero, limits, ours, theirs):
    """Codes are equal wherever x · (1/S) and x / S round to the same whole number; else they are neighbours."""
    global ties
    finite = np.isfinite(values)
    values, zero, ours, theirs = values[finite], zero[finite], ours[finite], theirs[finite]
    scale = scale[finite]
    with np.errstate(over="ignore"):
        divided, multiplied = np.rint(values / scale), np.rint(values * (np.float32(1) / scale))
    theirs = np.clip(theirs, *limits)
    same = divided == multiplied
    check(np.array_equal(theirs[same], ours[same]), f"{name}: codes {ours[same]} are {theirs[same]} in PyTorch")
    expected = np.clip(multiplied[~same] + zero[~same], *limits)
    check(np.array_equal(theirs[~same], expected), f"{name}: PyTorch's codes by 1/S")
    ties += int((~same).sum())


def case_of(torch, case):
    """One scheme: per tensor, or per channel of an axis."""
    name, shape, low = case["scheme"], case["shape"], case["range"][0]
    dtype = getattr(torch, TYPES[(-128 if low < 0 else 0, case["bits"])])
    values, codes = floats(case["values"]).reshape(shape), np.array(case["codes"]).reshape(shape)
    restored = floats(case["restored"]).reshape(shape)
    scales, groups = floats(case["scale"]), np.array(case["group"]).reshape(shape)
    zeros = np.array(case["zero_point"] or [0] * len(scales))
    tensor = torch.from_numpy(values.copy())
    if len(scales) == 1:
        quantized = torch.quantize_per_tensor(tensor, float(scales[0]), int(zeros[0]), dtype)
    else:
        axis = 0 if (groups == groups[:, :1]).all() else 1
        # Parameters of a channel are kept in float64 there; ours are float32 values.
        quantized = torch.quantize_per_channel(tensor, torch.from_numpy(scales.copy()), torch.from_numpy(zeros), axis, dtype)
    theirs = quantized.int_repr().numpy().astype(int)
    agree(name, values, scales[groups], zeros[groups], case["range"], codes, theirs)
    # The way back, from equal codes.
    equal = (theirs == codes) & np.isfinite(values)
    back = quantized.dequantize().numpy()
    check(back[equal].tobytes() == restored[equal].tobytes(), f"{name}: {restored[equal]} are {back[equal]} in PyTorch")


def main():
    """Runs every case of 8 bits whose groups are tensors or channels."""
    try:
        import torch
    except ImportError:
        print("PyTorch: SKIPPED, torch is not installed (requirements-torch.txt)")
        return
    warnings.filterwarnings("ignore", message=".*quantized tensor creation functions.*")
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)["quantize"]
    chosen = [case for case in cases if case["bits"] == 8 and "group" not in case["scheme"]]
    for case in chosen:
        case_of(torch, case)
    print(f"linear quantization against PyTorch {torch.__version__}: {len(chosen)} schemes, {checks} checks, "
          f"{ties} weights where 1/S rounds otherwise")


if __name__ == "__main__":
    main()
