"""The golden of WordTests: correlations by NumPy (2.x), levels of chance from 20,000 shuffles, areas under ROC curves by scikit-learn (1.9) and
bootstrap intervals from 20,000 draws.

    python make_words_golden.py > words.json
"""
import json
import math

import numpy
from sklearn.metrics import roc_auc_score

IMAGES, UNITS, WIDTH, WORDS = 120, 5, 6, 40
F = numpy.float32


def unit(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


# As WordTests makes them: a vector has a large part that all share, as CLIP's have; unit 2 is silent most of the time, unit 3 constant.
vectors = unit(numpy.array([[2 * (place == 0) + math.sin(1.7 * image * (place + 1) + place) for place in range(WIDTH)] for image in range(IMAGES)]).astype(F).astype(float))
words = unit(numpy.array([[1.0 * (place == 0) + math.cos(2.3 * word + 1.1 * place * word) for place in range(WIDTH)] for word in range(WORDS)]).astype(F).astype(float))
noise = lambda image, unit: math.sin(12.9 * image * image + 78.2 * unit)
activations = numpy.array([[[2 * vectors[image] @ words[3] + 0.05 * noise(image, 0), noise(image, 1), max(0, noise(image, 2) - 0.95), 2.5, max(0, vectors[image, 2]) + 0.2 * noise(image, 4)][unit]
                            for unit in range(UNITS)] for image in range(IMAGES)]).astype(F).astype(float)
likeness = vectors @ words.T
centred = likeness - likeness.mean(0)
centred /= numpy.linalg.norm(centred, axis=0)
correlations, levels = [], []
random = numpy.random.default_rng(5)
for values in activations.T:
    values = values - values.mean()
    length = numpy.linalg.norm(values)
    if length < 1e-9:
        correlations.append(None), levels.append(None)
        continue
    values = values / length
    correlations.append((values @ centred).tolist())
    maxima = [(random.permutation(values) @ centred).max() for _ in range(20000)]
    # What the 191st of 200 may be, in 999 of 1,000 draws.
    places = numpy.random.default_rng(6).beta(191, 10, size=100000)
    levels.append([float(numpy.quantile(maxima, numpy.quantile(places, q))) for q in (0.0005, 0.9995)])

comparisons = []
for count, share, shift, ties in [(200, 0.3, 0.5, False), (60, 0.1, 0.0, True), (500, 0.05, 1.0, True)]:
    values = numpy.array([noise(i, count) + (shift if i < share * count else 0) for i in range(count)]).astype(F).astype(float)
    if ties:
        values = numpy.maximum(0, numpy.round(values * 4) / 4)
    label = numpy.arange(count) < share * count
    one, other = values[label], values[~label]
    areas, differences = [], []
    for _ in range(20000):
        a, b = random.choice(one, len(one)), random.choice(other, len(other))
        sorted_b = numpy.sort(b)
        areas.append((numpy.searchsorted(sorted_b, a, "left") + numpy.searchsorted(sorted_b, a, "right")).sum() / 2 / len(a) / len(b))
        differences.append(a.mean() - b.mean())
    comparisons.append({
        "with": one.tolist(), "without": other.tolist(), "area": roc_auc_score(label, values), "difference": one.mean() - other.mean(),
        "areaInterval": numpy.percentile(areas, [2.5, 97.5]).tolist(), "differenceInterval": numpy.percentile(differences, [2.5, 97.5]).tolist(),
        "areaDeviation": float(numpy.std(areas)), "differenceDeviation": float(numpy.std(differences)),
    })
print(json.dumps({"correlations": correlations, "levels": levels, "comparisons": comparisons}))
