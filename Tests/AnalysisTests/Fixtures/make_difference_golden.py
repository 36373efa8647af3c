"""Correlations of two sets of units over the same images, and their best matching one to one: difference.json.

numpy 2.4.6, scipy 1.17.1. Units of the second set: 0 is unit 3 of the first, 1 its negative, 2 is constant, 3 a mixture, the others go
their own way; unit 4 of the first is constant, too.
"""

import json
import pathlib

import numpy
from scipy.optimize import linear_sum_assignment

IMAGES, FIRST, SECOND = 40, 6, 8


def value(image, unit, salt):
    return numpy.float32((image * 37 + unit * 101 + image * unit * 13 + salt * 7 + image * image * (unit + salt)) % 97) / numpy.float32(32)


first = numpy.array([[value(i, u, 1) for u in range(FIRST)] for i in range(IMAGES)], numpy.float32)
second = numpy.array([[value(i, u, 5) for u in range(SECOND)] for i in range(IMAGES)], numpy.float32)
first[:, 4] = 0.1
second[:, 0] = first[:, 3]
second[:, 1] = -first[:, 3]
second[:, 2] = 0
second[:, 3] = first[:, 1] + second[:, 5] / 2

with numpy.errstate(invalid="ignore", divide="ignore"):
    matrix = numpy.corrcoef(first.astype(float), second.astype(float), rowvar=False)[:FIRST, FIRST:]
matrix[4] = numpy.nan
matrix[:, 2] = numpy.nan
rows, columns = linear_sum_assignment(numpy.where(numpy.isnan(matrix), 3, 1 - matrix))
pairs = [[int(r), int(c)] for r, c in zip(rows, columns) if not numpy.isnan(matrix[r, c])]
result = {
    "first": first.tolist(),
    "second": second.tolist(),
    "matrix": [[None if numpy.isnan(x) else float(x) for x in row] for row in matrix],
    "pairs": pairs,
    "total": float(sum(matrix[r, c] for r, c in pairs)),
}
pathlib.Path(__file__).with_name("difference.json").write_text(json.dumps(result) + "\n")
