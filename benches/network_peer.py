"""onnxruntime on the LeNet-5 of network.rs.

    python network_peer.py THREADS FOLDER

FOLDER holds the network's parameters (`weights`, float32 behind each other), the pictures (`pixels`, bytes) and our answers (`answers`,
16 bits each). Prints the batch that is fastest, milliseconds for all pictures at that batch, and how many answers are ours, separated by
tabs. As ours, the time goes from bytes to classes.
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

SHAPES = [
    ("w1", (20, 1, 5, 5)), ("b1", (20,)), ("w2", (50, 20, 5, 5)), ("b2", (50,)),
    ("w3", (500, 800)), ("b3", (500,)), ("w4", (10, 500)), ("b4", (10,)),
]


def session(weights, threads):
    """The network as a graph."""
    parameters, start = {}, 0
    for name, shape in SHAPES:
        size = int(np.prod(shape))
        parameters[name] = weights[start:start + size].reshape(shape)
        start += size
    assert start == weights.size, "another network"
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"]), helper.make_node("MaxPool", ["c1"], ["p1"], **pool),
        helper.make_node("Conv", ["p1", "w2", "b2"], ["c2"]), helper.make_node("MaxPool", ["c2"], ["p2"], **pool),
        helper.make_node("Flatten", ["p2"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["h"], transB=1), helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w4", "b4"], ["y"], transB=1),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "lenet-5", [value("x", TensorProto.FLOAT, ["n", 1, 28, 28])], [value("y", TensorProto.FLOAT, ["n", 10])],
        [onnx.numpy_helper.from_array(array, name) for name, array in parameters.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main():
    threads, folder = int(sys.argv[1]), Path(sys.argv[2])
    network = session(np.fromfile(folder / "weights", np.float32), threads)
    pixels = np.fromfile(folder / "pixels", np.uint8).reshape(-1, 1, 28, 28)
    answers = np.fromfile(folder / "answers", np.uint16)

    def run(batch):
        parts = []
        for start in range(0, len(pixels), batch):
            x = pixels[start:start + batch].astype(np.float32) / np.float32(255)
            parts.append(network.run(None, {"x": x})[0].argmax(1))
        return np.concatenate(parts)

    found = (float("inf"), 0)
    for batch in (8, 16, 32, 64, 128, 250, 500, 1000, 2000):
        times, start = [], time.perf_counter()
        while len(times) < 3 or time.perf_counter() - start < 0.6:
            begun = time.perf_counter()
            run(batch)
            times.append((time.perf_counter() - begun) * 1e3)
        found = min(found, (min(times), batch))
    milliseconds, batch = found
    print(batch, milliseconds, int((run(batch) == answers).sum()), sep="\t")


main()
