"""Scores a recording with a model exported from Millrace, without Millrace.

    pip install onnxruntime numpy
    python score.py MODEL.onnx RECORDING.csv

Assumes a comma-separated file whose rows already lie on the model's grid, one row a period.
"""

import csv
import json
import sys

import numpy as np
import onnxruntime


def read(path, names):
    """Rows x signals in the model's order; an empty cell is a gap, NaN."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name] or "nan") for name in names] for row in rows], dtype=np.float64)


def baseline_of(rows):
    """Centre, spread and noise of each signal from a warm-up, as Millrace takes them: 3 x signals."""
    cuts = [i * len(rows) // 8 for i in range(9)]
    parts = [rows[a:b] for a, b in zip(cuts, cuts[1:])]
    result = []
    for signal in range(rows.shape[1]):
        known = [p[~np.isnan(p[:, signal]), signal] for p in parts]
        known = [k for k in known if len(k) >= 2]
        means = np.array([k.mean() for k in known])
        centre = np.median(means) if len(known) >= 4 else np.nan
        within = np.median([k.var() for k in known]) if known else np.nan
        wander = 1.4826 * np.median(np.abs(means - centre))
        least = max(0.02 * abs(centre), 1e-9)
        spread = np.sqrt(within + 4 * wander**2 + least**2)
        result.append((centre, spread, np.sqrt(within + 0.036 * least**2)))
    return np.array(result, dtype=np.float64).T.copy()


def main(model, recording):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    signals = json.loads(facts["millrace.signals"])
    window, warm_up = int(facts["millrace.window"]), int(facts["millrace.warm-up-rows"])

    rows = read(recording, [signal["name"] for signal in signals])
    inputs = {"window": rows}
    if any(given.name == "baseline" for given in session.get_inputs()):
        inputs["baseline"] = baseline_of(rows[:warm_up])
    score, contributions = session.run(["score", "contributions"], inputs)

    # Item i belongs to row i + window - 1; rows of the warm-up are not judged.
    first = max(warm_up - (window - 1), 0)
    score, contributions = score[first:], contributions[first:]
    known = ~np.isnan(score)
    print(f"{len(score)} rows judged, {np.sum(~known)} unknown, {np.sum(score[known] >= 1)} at or above the threshold")
    if known.any():
        peak = int(np.nanargmax(score))
        blame = np.argsort(-contributions[peak])[:3]
        shares = ", ".join(f"{signals[s]['name']} {contributions[peak][s] / score[peak]:.0%}" for s in blame)
        print(f"highest {score[peak]:.3f} at row {peak + first + window - 1}: {shares}")
    return score


if __name__ == "__main__":
    main(*sys.argv[1:])
