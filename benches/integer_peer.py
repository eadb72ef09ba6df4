"""onnxruntime's float32 and int8 products on the shapes of integer.rs.

    python integer_peer.py THREADS [WORD…]

Prints a line a shape: name, milliseconds in float32, milliseconds in int8 (MatMulInteger, QLinearConv), separated by tabs. The best of
many runs counts; weights are constants of the graph, so that they are packed beforehand, and int8 weights are symmetric, inputs uint8.
"""

import sys
import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

SHAPES = [
    ("matmul 512 x 512 x 512", (512, 512, 512), None),
    ("matmul 1024 x 1024 x 64", (1024, 1024, 64), None),
    ("VGG conv 3x3, 128 channels, 112 x 112", (128, 112, 1), "conv"),
    ("ResNet conv 3x3, 64 channels, 56 x 56", (64, 56, 1), "conv"),
    ("depthwise conv 3x3, 128 channels, 56 x 56", (128, 56, 128), "conv"),
]


def session(nodes, inputs, outputs, constants, threads):
    """A session of one small graph."""
    graph = helper.make_graph(nodes, "bench", inputs, outputs, [onnx.numpy_helper.from_array(v, k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def best(run):
    """The best time of many runs in milliseconds."""
    times, start = [], time.perf_counter()
    while len(times) < 6 or time.perf_counter() - start < 0.8:
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) * 1e3)
    return min(times)


def tensor(name, dtype, shape):
    """A graph's input or output."""
    return helper.make_tensor_value_info(name, dtype, shape)


def matmul(m, k, n, threads):
    """X · W, both kinds: onnxruntime packs the constant on the right."""
    rng = np.random.default_rng(1)
    w, x = rng.integers(-127, 128, (k, m), dtype=np.int8), rng.integers(0, 256, (n, k), dtype=np.uint8)
    flt = session([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("x", TensorProto.FLOAT, x.shape)],
                  [tensor("y", TensorProto.FLOAT, (n, m))], {"w": w.astype(np.float32)}, threads)
    integer = session([helper.make_node("MatMulInteger", ["x", "w", "zx"], ["y"])], [tensor("x", TensorProto.UINT8, x.shape)],
                      [tensor("y", TensorProto.INT32, (n, m))], {"w": w, "zx": np.array(3, np.uint8)}, threads)
    wide = x.astype(np.float32)
    return best(lambda: flt.run(None, {"x": wide})), best(lambda: integer.run(None, {"x": x}))


def conv(channels, side, groups, threads):
    """A 3 × 3 convolution with a border of one."""
    rng = np.random.default_rng(1)
    shape = (1, channels, side, side)
    w = rng.integers(-127, 128, (channels, channels // groups, 3, 3), dtype=np.int8)
    x = rng.integers(0, 256, shape, dtype=np.uint8)
    settings = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": groups}
    flt = session([helper.make_node("Conv", ["x", "w"], ["y"], **settings)], [tensor("x", TensorProto.FLOAT, shape)],
                  [tensor("y", TensorProto.FLOAT, shape)], {"w": w.astype(np.float32)}, threads)
    names = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"]
    scale = lambda value: np.array(value, np.float32)
    constants = {"sx": scale(0.02), "zx": np.array(3, np.uint8), "w": w, "sw": scale(0.01), "zw": np.array(0, np.int8),
                 "sy": scale(0.5), "zy": np.array(128, np.uint8)}
    integer = session([helper.make_node("QLinearConv", names, ["y"], **settings)], [tensor("x", TensorProto.UINT8, shape)],
                      [tensor("y", TensorProto.UINT8, shape)], constants, threads)
    wide = x.astype(np.float32)
    return best(lambda: flt.run(None, {"x": wide})), best(lambda: integer.run(None, {"x": x}))


def main():
    """Measures the shapes whose name contains one of the words."""
    threads, words = int(sys.argv[1]), sys.argv[2:]
    for name, sizes, kind in SHAPES:
        if not words or any(word in name for word in words):
            flt, integer = (conv if kind else matmul)(*sizes, threads)
            print(f"{name}\t{flt}\t{integer}", flush=True)


if __name__ == "__main__":
    main()
