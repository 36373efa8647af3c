"""Golden values of Spearman's rank correlation, from SciPy: `rank_correlation.json`.

    python make_rank_correlation.py
"""
import json
import os

import numpy
from scipy.stats import spearmanr

HERE = os.path.dirname(os.path.abspath(__file__))
draw = numpy.random.default_rng(17)
cases = []
for count, step in [(3, 0), (8, 0), (64, 0), (64, 0.5), (512, 0.25)]:
    one, other = draw.normal(size=(2, count)).astype(numpy.float32)
    other = (0.5 * one + other).astype(numpy.float32)
    if step:
        # As behind a ReLU: many zeros, and equal values besides.
        one, other = (numpy.maximum(numpy.round(values / step) * step, 0).astype(numpy.float32) for values in (one, other))
    cases.append({"one": [float(value) for value in one], "other": [float(value) for value in other],
                  "correlation": float(spearmanr(one, other).statistic)})
with open(os.path.join(HERE, "rank_correlation.json"), "w") as file:
    json.dump(cases, file)
    file.write("\n")
