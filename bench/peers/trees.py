"""Trees of scikit-learn and LightGBM, as the speed bench asks for them."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
from race import race
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, HistGradientBoostingRegressor, IsolationForest


def fitted(make, loss):
    """A task that fits, and says how well the last one does on the items kept for judging."""

    def task(features, targets, judged, truth):
        last = {}

        def run():
            last["model"] = make().fit(features, targets)

        return run, 1, lambda: {"loss": loss(last["model"], judged, truth)}

    return task


def squared(model, judged, truth):
    return float(np.mean((model.predict(judged) - truth) ** 2))


def wrong(model, judged, truth):
    return float(np.mean(model.predict(judged) != truth))


def lightgbm():
    from lightgbm import LGBMRegressor

    return LGBMRegressor(n_estimators=100, num_leaves=31, learning_rate=0.1, n_jobs=2, verbose=-1)


def hist():
    return HistGradientBoostingRegressor(max_iter=100, max_leaf_nodes=31, learning_rate=0.1, early_stopping=False)


def isolation():
    return IsolationForest(n_estimators=100, max_samples=256, n_jobs=2, random_state=1)


def isolation_fit(features, _targets, _judged, _truth):
    return lambda: isolation().fit(features), 1, dict


def isolation_batch(features, _targets, _judged, _truth):
    model = isolation().fit(features)
    return lambda: model.score_samples(features), 1, dict


def isolation_row(features, _targets, _judged, _truth):
    model = isolation().set_params(n_jobs=1).fit(features)
    rows = [features[row : row + 1] for row in range(20)]
    return lambda: [model.score_samples(row) for row in rows], len(rows), dict


race(
    {
        "iforestFit": isolation_fit,
        "iforestBatch": isolation_batch,
        "iforestRow": isolation_row,
        "extraTrees": fitted(lambda: ExtraTreesClassifier(n_estimators=100, n_jobs=2, random_state=1), wrong),
        "extraTreesNumbers": fitted(lambda: ExtraTreesRegressor(n_estimators=50, max_features=1 / 3, min_samples_leaf=3, n_jobs=2, random_state=1), squared),
        "boostedVsLightgbm": fitted(lightgbm, squared),
        "boostedVsSklearn": fitted(hist, squared),
    }
)
