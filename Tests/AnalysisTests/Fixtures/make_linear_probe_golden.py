"""The golden of LinearProbeTests: what scikit-learn's RidgeClassifier behind a StandardScaler decides (1.9).

    python make_linear_probe_golden.py > linear_probe.json
"""
import json
import math

import numpy
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler

COUNT, FEATURES, CLASSES, STRENGTH = 240, 7, 4, 1e-3


def row(image):
    label = image * 7 % CLASSES
    values = [math.sin(0.7 * image + 1.3 * feature + 0.11 * image * feature) + (0.8 if feature % CLASSES == label else 0) for feature in range(6)]
    # One feature is constant, the others have scales of their own.
    return [numpy.float32(value * (1 + 10 * feature)) for feature, value in enumerate(values)] + [numpy.float32(3)]


rows = numpy.array([row(image) for image in range(COUNT)], dtype=numpy.float64)
labels = numpy.array([image * 7 % CLASSES for image in range(COUNT)])
fitted = numpy.arange(COUNT) % 3 != 2
scaler = StandardScaler().fit(rows[fitted])
probe = RidgeClassifier(alpha=STRENGTH * fitted.sum(), solver="cholesky").fit(scaler.transform(rows[fitted]), labels[fitted])
predicted = probe.predict(scaler.transform(rows[~fitted]))
print(json.dumps({"predicted": predicted.tolist(), "correct": int((predicted == labels[~fitted]).sum())}))
