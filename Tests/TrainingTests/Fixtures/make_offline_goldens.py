"""Makes the golden files of the offline part with scikit-learn: k_means.json, discriminants.json and sub_classes.json.

    python3 make_offline_goldens.py
"""
import json
import pathlib

import numpy as np
from sklearn.cluster import KMeans
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import pairwise_distances_argmin

HERE = pathlib.Path(__file__).parent


def numbers(values):
    """Nested lists, enough digits for float32."""
    return json.loads(json.dumps(np.asarray(values).tolist()), parse_float=lambda text: float(f"{float(text):.9g}"))


def write(name, content):
    (HERE / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def blobs(random, rows, dimension, centres, spread=1.0):
    middles = random.normal(size=(centres, dimension)) * 3
    label = random.integers(0, centres, rows)
    return np.round(middles[label] + random.normal(size=(rows, dimension)) * spread, 3), label


def lloyd(rows, first, iterations):
    return KMeans(len(first), init=first, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(rows)


def signed(scalings):
    """The sign of each column such that its largest entry is positive."""
    largest = np.abs(scalings).argmax(axis=0)
    return scalings * np.sign(scalings[largest, range(scalings.shape[1])])


def k_means():
    random = np.random.default_rng(1)
    rows, _ = blobs(random, 400, 5, 6)
    # Far from the origin in one channel, where squared distances cancel.
    rows[:, 1] += 50
    first = rows[:7]
    found = lloyd(rows, first, 4)
    free = [KMeans(24, n_init=1, max_iter=20, random_state=seed).fit(rows).inertia_ for seed in range(40)]
    write("k_means", {
        "dimension": 5, "rows": numbers(rows.ravel()), "first": numbers(first.ravel()), "iterations": 4,
        "centres": numbers(found.cluster_centers_.ravel()), "inertia": found.inertia_,
        "counts": np.bincount(found.labels_, minlength=7).tolist(), "words": 24, "mean_inertia": float(np.mean(free)),
    })


def discriminants():
    random = np.random.default_rng(2)
    rows, label = blobs(random, 240, 6, 4)
    rows[:, 2] = np.round(rows[:, 2] * 40 + rows[:, 0] * 30, 3)
    eigen = LinearDiscriminantAnalysis(solver="eigen").fit(rows, label)
    # One channel twice, one that is constant: the covariance within classes has no inverse.
    singular = np.column_stack([rows, rows[:, 3] - 2 * rows[:, 1], np.full(len(rows), 7.0)])
    svd = LinearDiscriminantAnalysis(solver="svd").fit(singular, label)
    write("discriminants", {
        "dimension": 6, "rows": numbers(rows.ravel()), "labels": label.tolist(), "classes": 4, "mean": numbers(rows.mean(axis=0)),
        "scalings": numbers(signed(eigen.scalings_[:, :3]).ravel()), "shares": numbers(eigen.explained_variance_ratio_[:3]),
        "singular": numbers(singular.ravel()), "singular_dimension": 8,
        "singular_projected": numbers(svd.transform(singular)[:20].ravel()),
    })


def sub_classes():
    random = np.random.default_rng(3)
    rows, label = blobs(random, 360, 6, 3, spread=2.5)
    order = np.argsort(label, kind="stable")
    rows, label = rows[order], label[order]
    analysis = LinearDiscriminantAnalysis(solver="eigen").fit(rows, label)
    projected = (rows - rows.mean(axis=0)) @ signed(analysis.scalings_[:, :2])
    size = 4
    first, centres, counts, assigned = [], [], [], np.zeros(len(rows), int)
    for number in range(3):
        own = projected[label == number]
        first.append(own[:size])
        found = lloyd(own, own[:size], 100)
        centres.append(found.cluster_centers_)
        counts += np.bincount(found.labels_, minlength=size).tolist()
        assigned[label == number] = number * size + found.labels_
    centres = np.concatenate(centres)
    nearest = pairwise_distances_argmin(projected, centres)
    scores = np.zeros((3 * size, 3 * size))
    np.add.at(scores, (assigned, nearest), 1)
    write("sub_classes", {
        "dimension": 6, "rows": numbers(rows.ravel()), "labels": label.tolist(), "classes": 3, "per_class": size,
        "first": numbers(np.concatenate(first).ravel()), "centres": numbers(centres.ravel()), "counts": counts,
        "scores": numbers((scores / scores.sum(axis=1, keepdims=True)).ravel()),
    })


k_means()
discriminants()
sub_classes()
