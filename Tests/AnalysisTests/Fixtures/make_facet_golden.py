"""Golden values of clusters and silhouettes, from scikit-learn: `facets.json`.

    python make_facet_golden.py
"""
import json
import os

import numpy
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

HERE = os.path.dirname(os.path.abspath(__file__))
draw = numpy.random.default_rng(23)


def case(groups, size, spread, dimension=12):
    """Vectors of unit length around as many directions as there are groups."""
    centres = draw.normal(size=(groups, dimension))
    vectors = numpy.repeat(centres, size, axis=0) + spread * draw.normal(size=(groups * size, dimension))
    vectors = (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)
    places = PCA(8).fit_transform(vectors.astype(numpy.float64))
    found = []
    # More clusters than there are groups have many optima that are nearly as good.
    for count in range(2, max(2, groups) + 1):
        means = KMeans(count, n_init=500, random_state=0).fit(places)
        found.append({
            "count": count, "labels": means.labels_.tolist(), "silhouette": float(silhouette_score(places, means.labels_)),
            "explained": float(1 - means.inertia_ / (places ** 2).sum()),
        })
    return {"vectors": [[float(value) for value in row] for row in vectors], "variances": places.var(axis=0, ddof=1).tolist(), "found": found}


cases = [case(1, 24, 0.8), case(2, 12, 0.5), case(3, 9, 0.5), case(4, 8, 0.5)]
with open(os.path.join(HERE, "facets.json"), "w") as file:
    json.dump(cases, file)
    file.write("\n")
