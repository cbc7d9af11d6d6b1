"""Outputs of an ONNX model by ONNX Runtime for Python: JSON in, JSON out."""

import json
import sys

import numpy as np
import onnxruntime


def decode(tensor):
    values = [float(value) if isinstance(value, str) else value for value in tensor["values"]]
    return np.array(values, dtype=np.dtype(tensor["type"])).reshape(tensor["dims"])


def encode(array):
    flat = array.ravel().tolist()
    if array.dtype.kind == "f":
        flat = [value if np.isfinite(value) else word(value) for value in flat]
    return {"dims": list(array.shape), "type": str(array.dtype), "values": flat}


def word(value):
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: score_onnx.py MODEL.onnx < inputs.json")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    inputs = {name: decode(tensor) for name, tensor in json.load(sys.stdin).items()}
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, inputs)
    json.dump({name: encode(output) for name, output in zip(names, outputs)}, sys.stdout, allow_nan=False)


main()
