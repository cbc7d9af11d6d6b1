"""One side of a race: loads data, warms up, then runs once for every line that asks for it. JSON lines out."""

import json
import resource
import sys
import time

import numpy as np


def data(path, shape):
    """The features and targets that both sides load, and the share of them kept for judging."""
    raw = np.fromfile(path, dtype=np.float32)
    rows, columns, judged = shape["rows"], shape["columns"], shape["judged"]
    everything = rows + judged
    features = raw[: everything * columns].reshape(everything, columns)
    targets = raw[everything * columns :]
    return features[:rows], targets[:rows], features[rows:], targets[rows:]


def race(tasks):
    """`tasks` by name: data in, out come what is timed, how many of it a run does, and the facts afterwards."""
    name, path, shape = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    run, times, facts = tasks[name](*data(path, shape))
    run()
    say({"ready": True})
    for line in sys.stdin:
        if line.strip() == "end":
            break
        start = time.perf_counter()
        run()
        say({"seconds": (time.perf_counter() - start) / times})
    say({"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "facts": facts()})


def say(reply):
    print(json.dumps(reply), flush=True)
