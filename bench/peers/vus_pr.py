"""VUS-PR by TSB-AD, and written anew in numpy from its definition: JSON in, JSON out."""

import json
import sys
import time

import numpy as np


def ranges(truth):
    """First and last row of each run of ones."""
    edges = np.diff(np.concatenate(([0], truth, [0])))
    return list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1))


def soft_labels(truth, faults, width):
    label = truth.astype(float)
    for first, last in faults:
        for distance in range(1, width // 2 + 1):
            for row in (first - distance, last + distance):
                if 0 <= row < len(label):
                    label[row] += np.sqrt(1 - distance / width)
    return np.minimum(label, 1)


def extended_segments(faults, reach, rows):
    merged = []
    for first, last in faults:
        first, last = max(0, first - reach), min(rows - 1, last + reach)
        if merged and merged[-1][1] >= first:
            merged[-1][1] = last
        else:
            merged.append([first, last])
    return merged


def vus_pr(scores, truth, buffer, thresholds):
    rows, positives, faults = len(scores), truth.sum(), ranges(truth)
    falling = -np.sort(-scores)
    levels = falling[np.linspace(0, rows - 1, thresholds).astype(int)]
    areas = []
    for width in range(buffer + 1):
        label = soft_labels(truth, faults, width)
        segments = extended_segments(faults, width // 2, rows)
        area = before = 0.0
        for level in levels:
            flagged = scores >= level
            hit = (label * flagged).sum()
            existence = np.mean([flagged[a : b + 1].any() for a, b in segments])
            labelled = positives + (label * flagged)[truth == 0].sum()
            recall = min(hit / ((positives + labelled) / 2), 1) * existence
            area += (recall - before) * hit / flagged.sum()
            before = recall
        areas.append(area)
    return float(np.mean(areas))


def timed(run, repeat):
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        value = run()
        seconds.append(time.perf_counter() - start)
    return float(value), min(seconds)


def main():
    given = json.load(sys.stdin)
    scores = np.array([float(score) for score in given["scores"]])
    truth = np.array(given["truth"], dtype=int)
    buffer, thresholds = given.get("buffer", 100), given.get("thresholds", 250)
    repeat = given.get("repeat", 1)

    definition, seconds = timed(lambda: vus_pr(scores, truth, buffer, thresholds), 1)
    value, source = definition, "definition in numpy"
    try:
        from TSB_AD.evaluation.basic_metrics import generate_curve
    except ImportError as error:
        source += f" (no TSB-AD: {error})"
    else:
        value, seconds = timed(lambda: generate_curve(truth, scores, buffer, "opt", thresholds)[-1], repeat)
        source = "TSB-AD"
    json.dump({"vusPr": value, "seconds": seconds, "definition": definition, "source": source}, sys.stdout)


main()
