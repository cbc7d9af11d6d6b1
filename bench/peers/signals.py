"""What PyOD, scikit-learn, River, aeon and TSB-AD make of the same work, as the speed bench asks for it."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
from race import race


def mspc(features, _targets, _judged, _truth):
    from pyod.models.pca import PCA

    return lambda: PCA().fit(features).decision_function(features), 1, dict


def knn(features, _targets, judged, _truth):
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(n_neighbors=3, algorithm="brute", n_jobs=2).fit(features)
    return lambda: model.kneighbors(judged)[0].mean(axis=1), 1, dict


def online(features, targets, judged, truth):
    from river import linear_model, preprocessing

    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    for row, target in zip(features[:2000], targets[:2000]):
        model.learn_one(dict(enumerate(row.tolist())), float(target))
    block = [(dict(enumerate(row.tolist())), float(target)) for row, target in zip(judged, truth)]

    def run():
        for row, target in block:
            model.learn_one(row, target)

    return run, 1, dict


def minirocket(features, _targets, _judged, _truth):
    from aeon.transformations.collection.convolution_based import MiniRocket

    windows = np.ascontiguousarray(features[:, np.newaxis, :])
    model = MiniRocket(9996, random_state=1, n_jobs=2)
    model.fit(windows)
    return lambda: model.transform(windows), 1, dict


def vus_pr(features, targets, _judged, _truth):
    from TSB_AD.evaluation.basic_metrics import generate_curve

    scores, truth = features[:, 0].astype(float), targets.astype(int)
    return lambda: generate_curve(truth, scores, 100, "opt", 250), 1, dict


race({"mspc": mspc, "knn": knn, "online": online, "minirocket": minirocket, "vusPr": vus_pr})
