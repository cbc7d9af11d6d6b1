"""MiniRocket's features written anew in numpy from its paper: JSON in, JSON out.

In: {windows: window x signal x sample, features, examples: dilation x kernel, channels: dilation x kernel
x some, fit: how many windows come first for the biases}. The draws are given, all else follows.
Out: {dilations, perDilation, features: window x feature}.
"""

import itertools
import json
import sys

import numpy as np

KERNELS = list(itertools.combinations(range(9), 3))


def time_scales(length, per_kernel):
    count = min(per_kernel, 32)
    exponents = np.linspace(0, np.log2((length - 1) / 8), count)
    dilations, shares = np.unique(np.floor(2.0**exponents + 1e-9).astype(int), return_counts=True)
    features = (shares * per_kernel) // count
    for at in range(per_kernel - features.sum()):
        features[at % len(features)] += 1
    return dilations, features


def response(series, kernel, dilation):
    """Output of a kernel on the sum of some signals: shifted -x for all taps, shifted 3x for three of them."""
    x = series.sum(axis=0)
    length, pad = len(x), 4 * dilation
    wide = np.concatenate((np.zeros(pad), x, np.zeros(pad)))
    shifted = [wide[tap * dilation : tap * dilation + length] for tap in range(9)]
    return -sum(shifted) + 3 * (shifted[kernel[0]] + shifted[kernel[1]] + shifted[kernel[2]])


def transform(windows, given, train):
    dilations, per_dilation = time_scales(windows.shape[2], given["features"] // 84)
    columns, drawn, golden = [], 0, (np.sqrt(5) + 1) / 2
    for i, (dilation, count) in enumerate(zip(dilations, per_dilation)):
        for k, kernel in enumerate(KERNELS):
            signals = given["channels"][i][k]
            quantiles = [(step * golden) % 1 for step in range(drawn + 1, drawn + count + 1)]
            drawn += count
            example = train[given["examples"][i][k]]
            biases = np.quantile(response(example[signals], kernel, dilation), quantiles)
            outputs = np.array([response(window[signals], kernel, dilation) for window in windows])
            if (i + k) % 2 == 1:
                outputs = outputs[:, 4 * dilation : windows.shape[2] - 4 * dilation]
            columns += [(outputs > bias).mean(axis=1) for bias in biases]
    return dilations, per_dilation, np.array(columns).T


def main():
    given = json.load(sys.stdin)
    windows = np.array(given["windows"], dtype=float)
    dilations, per_dilation, features = transform(windows, given, windows[: given["fit"]])
    json.dump({"dilations": dilations.tolist(), "perDilation": per_dilation.tolist(), "features": features.tolist()}, sys.stdout)


main()
