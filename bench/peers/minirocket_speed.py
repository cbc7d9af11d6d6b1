"""aeon's MiniRocket on the windows of a raw float32 file: JSON in, JSON lines out, one transform for each line read.

First line in: {path: raw float32, windows x signals x samples, shape: [windows, signals, samples], features, threads}.
Then each line runs the transform once more; out: {seconds, peakMiB} each.
"""

import json
import resource
import sys
import time

import numpy as np


def main():
    given = json.loads(sys.stdin.readline())
    from aeon.transformations.collection.convolution_based import MiniRocket

    windows = np.fromfile(given["path"], dtype=np.float32).reshape(given["shape"])
    peer = MiniRocket(given["features"], random_state=1, n_jobs=given["threads"])
    peer.fit(windows[: min(len(windows), 50)])
    peer.transform(windows[:8])  # compiles
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        peer.transform(windows)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


main()
