"""What a data scientist would pick instead, at their defaults, on a train and a test table, or a table in folds: JSON in, JSON out.

Each model runs in a process of its own, so that its peak memory is its own.
"""

import json
import os
import subprocess
import sys
import time

THREADS = 2
MODELS = ("histGradientBoosting", "extraTrees", "ridge", "lightgbm")


def table(path, columns, target):
    """Rows of a table as inputs and target: .npz with x and y, .f64 or .f32 raw and row-major, else CSV without a header."""
    import numpy as np

    if path.endswith(".npz"):
        arrays = np.load(path)
        return arrays["x"].astype(float), arrays["y"].astype(float)
    if path.endswith((".f64", ".f32")):
        rows = np.fromfile(path, dtype="<f8" if path.endswith(".f64") else "<f4").astype(float).reshape(-1, columns)
    else:
        rows = np.genfromtxt(path, delimiter=",", dtype=float, ndmin=2)
    at = rows.shape[1] - 1 if target is None else target
    return np.delete(rows, at, axis=1), rows[:, at]


def model_of(name, classify, seed):
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        ExtraTreesRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge, RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if name == "histGradientBoosting":
        return (HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor)(random_state=seed)
    if name == "extraTrees":
        trees = (ExtraTreesClassifier if classify else ExtraTreesRegressor)(random_state=seed, n_jobs=THREADS)
        return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), trees)
    if name == "ridge":
        line = (RidgeClassifier if classify else Ridge)()
        return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), line)
    if name == "lightgbm":
        import lightgbm

        return (lightgbm.LGBMClassifier if classify else lightgbm.LGBMRegressor)(random_state=seed, n_jobs=THREADS, verbose=-1)
    raise ValueError(f"no model {name!r}: there are {', '.join(MODELS)}")


def figures(truth, said, classify, positive):
    import numpy as np
    from sklearn import metrics

    if not classify:
        return {
            "rmse": float(metrics.root_mean_squared_error(truth, said)),
            "mae": float(metrics.mean_absolute_error(truth, said)),
            "r2": float(metrics.r2_score(truth, said)),
        }
    found = {
        "accuracy": float(metrics.accuracy_score(truth, said)),
        "balancedAccuracy": float(metrics.balanced_accuracy_score(truth, said)),
        "macroF1": float(metrics.f1_score(truth, said, average="macro", zero_division=0)),
    }
    if positive is not None:
        found["f1"] = float(metrics.f1_score(np.asarray(truth) == positive, np.asarray(said) == positive, zero_division=0))
    return found


def parts(given):
    """Rows that teach and rows that judge, those of known target: of two tables, or of one table once for each fold, which the others teach."""
    import numpy as np

    x, y = table(given["train"], given.get("columns"), given.get("target"))
    known = ~np.isnan(y)
    if "folds" in given:
        fold = np.fromfile(given["folds"], dtype="<i4")
        for own in np.unique(fold[known & (fold >= 0)]):
            teaches, judges = known & (fold >= 0) & (fold != own), known & (fold == own)
            yield x[teaches], y[teaches], x[judges], y[judges]
    else:
        test_x, test_y = table(given["test"], given.get("columns"), given.get("target"))
        judged = ~np.isnan(test_y)
        yield x[known], y[known], test_x[judged], test_y[judged]


def run(given):
    """One model: fitted and judged, with times and the peak memory of this process."""
    import resource

    import numpy as np

    classify, positive = given["kind"] == "classify", given.get("positive")
    sides = list(parts(given))
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = time.process_time()
    fitting, predicting, said = 0.0, 0.0, []
    for x, y, test_x, _ in sides:
        model = model_of(given["model"], classify, given.get("seed", 0))
        start = time.perf_counter()
        model.fit(x, y)
        fitted = time.perf_counter()
        said.append(model.predict(test_x))
        fitting, predicting = fitting + fitted - start, predicting + time.perf_counter() - fitted
    truth, said = np.concatenate([side[3] for side in sides]), np.concatenate(said)
    return {
        **figures(truth, said, classify, positive),
        "fitSeconds": fitting,
        "predictSeconds": predicting,
        "cpuSeconds": time.process_time() - cpu,
        "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "loadedMiB": loaded,
        "rows": max(len(side[1]) for side in sides),
        "judged": len(truth),
        "predictions": [float(value) for value in said] if given.get("predictions") else None,
    }


def in_own_process(given, model):
    environment = {**os.environ, **{name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--one"],
        input=json.dumps({**given, "model": model}),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    return json.loads(done.stdout)


def main():
    given = json.load(sys.stdin)
    if sys.argv[1:] == ["--one"]:
        answer = run(given)
    else:
        import importlib.metadata as metadata

        versions = {name: metadata.version(name) for name in ("scikit-learn", "lightgbm", "numpy")}
        answer = {"versions": versions, "threads": THREADS, "models": {model: in_own_process(given, model) for model in given.get("models", MODELS)}}
    json.dump(answer, sys.stdout)


main()
