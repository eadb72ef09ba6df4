"""Holds the engine's linear quantization and integer arithmetic against onnxruntime.

    python check_linear.py CASES.json        (what the example `integer_cases` printed)

Exactly: QuantizeLinear, DequantizeLinear, MatMulInteger, ConvInteger, and QLinearMatMul and QLinearConv by float requantization.
Within one step: QLinearMatMul and QLinearConv by single and double rounding. All graph optimizations are off.
"""

import json
import sys

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

TYPES = {np.dtype(k): v for k, v in {
    np.float32: TensorProto.FLOAT, np.int8: TensorProto.INT8, np.uint8: TensorProto.UINT8, np.int16: TensorProto.INT16,
    np.uint16: TensorProto.UINT16, np.int32: TensorProto.INT32}.items()}

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def floats(bits):
    """float32 values from their bits."""
    return np.array(bits, np.uint32).view(np.float32)


def run(operator, inputs, result, **settings):
    """The output of one operator on constants, by a session without optimizations."""
    names = [f"i{index}" for index in range(len(inputs))]
    constants = [numpy_helper.from_array(value, name) for name, value in zip(names[1:], inputs[1:])]
    first = helper.make_tensor_value_info(names[0], TYPES[inputs[0].dtype], inputs[0].shape)
    output = helper.make_tensor_value_info("y", TYPES[np.dtype(result)], None)
    graph = helper.make_graph([helper.make_node(operator, names, ["y"], **settings)], "case", [first], [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {names[0]: inputs[0]})[0]


def quantizing(case):
    """QuantizeLinear and DequantizeLinear, group by group with the group's scale and zero point."""
    name, low = case["scheme"], case["range"][0]
    dtype = np.dtype(f"{'int' if low < 0 else 'uint'}{8 if case['bits'] <= 8 else 16}")
    values, codes = floats(case["values"]), np.array(case["codes"])
    scales, groups, restored = floats(case["scale"]), np.array(case["group"]), floats(case["restored"])
    zeros = case["zero_point"] or [0] * len(scales)
    for group, (scale, zero) in enumerate(zip(scales, zeros)):
        chosen = groups == group
        parameters = [np.array(scale, np.float32), np.array(zero, dtype)]
        theirs = run("QuantizeLinear", [values[chosen], *parameters], dtype)
        # A restricted range has one code less than the type that ONNX saturates to.
        theirs = np.clip(theirs.astype(int), *case["range"])
        check(np.array_equal(theirs, codes[chosen]), f"{name}: codes {codes[chosen]} are {theirs} in onnxruntime")
        back = run("DequantizeLinear", [codes[chosen].astype(dtype), *parameters], np.float32)
        check(back.tobytes() == restored[chosen].tobytes(), f"{name}: values {restored[chosen]} are {back} in onnxruntime")
    return len(scales)


def codes_agree(case, theirs, what):
    """Requantized codes: exactly by the float recipe, within one step by the others."""
    for recipe, ours in case["y"].items():
        ours = np.array(ours).reshape(theirs.shape)
        most = int(np.abs(ours - theirs.astype(int)).max())
        check(most <= (0 if recipe == "float" else 1), f"{what} by {recipe}: {most} steps apart")


def product(case):
    """MatMulInteger and QLinearMatMul as Xᵀ · Wᵀ, since there only the right operand has a zero point or scale a column."""
    rows, depth, cols = case["rows"], case["depth"], case["cols"]
    kind = np.int8 if case["signed"] else np.uint8
    w = np.array(case["w"], np.int8).reshape(rows, depth).T.copy()
    x = np.array(case["x"], kind).reshape(depth, cols).T.copy()
    x_zero, w_zero = np.array(case["x_zero"], kind), np.array(case["w_zero"], np.int8)
    sums = run("MatMulInteger", [x, w, x_zero, w_zero], np.int32)
    ours = np.array(case["accumulator"]).reshape(rows, cols).T
    check(np.array_equal(sums, ours), "MatMulInteger")
    check(case["kernel"] is None or np.array_equal(np.array(case["kernel"]).reshape(rows, cols).T, ours), "int8 kernel")
    w_scale = floats(case["w_scale"])
    w_scale, w_zero = (w_scale[0], w_zero) if len(w_scale) == 1 else (w_scale, np.full(rows, w_zero, np.int8))
    inputs = [x, floats(case["x_scale"]).reshape(()), x_zero, w, np.array(w_scale, np.float32), w_zero,
              floats(case["y_scale"]).reshape(()), np.array(case["y_zero"], kind)]
    theirs = run("QLinearMatMul", inputs, kind)
    codes_agree(case, theirs.T, "QLinearMatMul")


def convolution(case):
    """ConvInteger and QLinearConv with bias; a fused ReLU is a clamp that the output's own range already is."""
    kind = np.int8 if case["signed"] else np.uint8
    x = np.array(case["x"], kind).reshape(case["shape"])
    w = np.array(case["w"], np.int8).reshape(case["w_shape"])
    settings = {key: case[key] for key in ("strides", "pads", "dilations", "group")} | {"kernel_shape": case["w_shape"][2:]}
    x_zero, w_zero = np.array(case["x_zero"], kind), np.array(0, np.int8)
    sums = run("ConvInteger", [x, w, x_zero, w_zero], np.int32, **settings)
    ours = np.array(case["accumulator"]).reshape(case["out_shape"])
    check(np.array_equal(sums, ours), f"ConvInteger, {settings}")
    check(np.array_equal(np.array(case["kernel"]).reshape(case["out_shape"]), ours), f"int8 kernel, {settings}")
    inputs = [x, floats(case["x_scale"]).reshape(()), x_zero, w, floats(case["w_scale"]), np.zeros(len(w), np.int8),
              floats(case["y_scale"]).reshape(()), np.array(case["y_zero"], kind), np.array(case["bias"], np.int32)]
    theirs = run("QLinearConv", inputs, kind, **settings)
    codes_agree(case, theirs, f"QLinearConv, {settings}")


def main():
    """Runs every case."""
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    groups = sum(quantizing(case) for case in cases["quantize"])
    for case in cases["products"]:
        product(case)
    for case in cases["convolutions"]:
        convolution(case)
    counts = f"{len(cases['quantize'])} schemes with {groups} groups, {len(cases['products'])} products, {len(cases['convolutions'])} convolutions"
    print(f"linear quantization against onnxruntime {ort.__version__}: {counts}, {checks} checks")


if __name__ == "__main__":
    main()
