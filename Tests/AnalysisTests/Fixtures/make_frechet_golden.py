"""Golden values of the Fréchet distance, from numpy and scipy in float64: `frechet.json`.

    python make_frechet_golden.py
"""
import json
import os

import numpy
import scipy.linalg

HERE = os.path.dirname(os.path.abspath(__file__))


def distance(first, second):
    """As the published FID code has it: the root of the product itself, not of the symmetric form."""
    means = first.mean(0) - second.mean(0)
    covariances = [numpy.cov(x, rowvar=False) for x in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    return float(means @ means + numpy.trace(covariances[0] + covariances[1]) - 2 * numpy.trace(root).real)


def case(random, features, counts, behind_relu):
    mixing = random.normal(size=(2, features, features)) / features**0.5
    sets = [random.normal(size=(count, features)) @ m + random.normal(size=features) for count, m in zip(counts, mixing)]
    # Values that float32 and few decimals hold exactly.
    sets = [numpy.round((numpy.maximum(x, 0) if behind_relu else x) * 256) / 256 for x in sets]
    return {
        "first": sets[0].tolist(), "second": sets[1].tolist(), "distance": distance(*sets), "mean": sets[0].mean(0).tolist(),
        "covariance": numpy.cov(sets[0], rowvar=False).flatten().tolist(),
    }


if __name__ == "__main__":
    random = numpy.random.default_rng(4)
    # Full rank; behind a ReLU; and fewer vectors than features, where covariances are singular.
    cases = [case(random, 6, (20, 31), False), case(random, 9, (40, 25), True), case(random, 12, (7, 9), False)]
    with open(os.path.join(HERE, "frechet.json"), "w") as out:
        json.dump(cases, out, separators=(",", ":"))
        out.write("\n")
