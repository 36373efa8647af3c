"""Golden numbers of `LikenessTableTests`: clarity and polysemanticity of random vectors as SemanticLens defines them (Dreyer et al. 2025,
`semanticlens/scores.py`), with scikit-learn's K-means: `clarity.json`. Needs numpy and scikit-learn.

    python make_clarity_golden.py
"""
import json
import os

import numpy as np
from sklearn.cluster import KMeans

HERE = os.path.dirname(os.path.abspath(__file__))


def clarity(v):
    v = v / np.linalg.norm(v, axis=1, keepdims=True)
    n = len(v)
    return ((v.mean(0) ** 2).sum() - 1 / n) * n / (n - 1)


def polysemanticity(v):
    v = v / np.linalg.norm(v, axis=1, keepdims=True)
    found = KMeans(2, n_init=300, random_state=0).fit(v)
    if np.bincount(found.labels_, minlength=2).min() < 2:
        return 1 - np.mean([clarity(np.stack([v.mean(0), one])) for one in v[:10]])
    return 1 - clarity(found.cluster_centers_)


def main():
    random = np.random.default_rng(5)
    cases = []
    for count, channels, centres, spread in [(2, 3, 1, 1.0), (7, 4, 1, 1.0), (12, 16, 2, 0.4), (20, 8, 3, 0.6), (30, 24, 2, 1.2), (9, 5, 1, 0.1)]:
        middle = random.normal(size=(centres, channels))
        v = np.round(middle[np.arange(count) % centres] + spread * random.normal(size=(count, channels)), 3)
        cases.append({"vectors": v.tolist(), "clarity": clarity(v), "polysemanticity": polysemanticity(v)})
        print(count, channels, cases[-1]["clarity"], cases[-1]["polysemanticity"])
    with open(os.path.join(HERE, "clarity.json"), "w") as file:
        json.dump(cases, file)
        file.write("\n")


main()
