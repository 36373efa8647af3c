"""Golden values of deletion and insertion curves, from PyTorch, as RISE's published code computes them: `perturbation.json`.

    python make_perturbation_golden.py
"""
import json
import math
import os

import numpy
import torch
from scipy.ndimage import gaussian_filter
from torch.nn import functional

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE, STEPS = 32, 32


def formula(count, scale, shift):
    return torch.tensor([scale * math.sin(1.7 * place + shift) for place in range(count)], dtype=torch.float32)


kernels, weights = formula(6 * 3 * 9, 0.5, 0.3).reshape(6, 3, 3, 3), formula(4 * 6, 3, 1.1).reshape(4, 6)
image = torch.tensor([
    1.5 * math.sin(0.013 * place * (1 + place % 7)) for place in range(3 * SIDE * SIDE)], dtype=torch.float32).reshape(1, 3, SIDE, SIDE)
saliency = numpy.array([math.sin(2.3 * place + 0.001 * place * place) for place in range(SIDE * SIDE)], dtype=numpy.float32)


def network(batch):
    return functional.linear(functional.relu(functional.conv2d(batch, kernels, padding=1)).mean((2, 3)), weights)


point = numpy.zeros((11, 11))
point[5, 5] = 1
blur = torch.zeros(3, 3, 11, 11)
for channel in range(3):
    blur[channel, channel] = torch.from_numpy(gaussian_filter(point, 5).astype(numpy.float32))
blurred = functional.conv2d(image, blur, padding=5)


def curve(order, first, last, index):
    picture, values = first.clone().reshape(1, 3, -1), []
    for step in range(STEPS + 1):
        chosen = order[:SIDE * SIDE * step // STEPS]
        picture[0, :, chosen] = last.reshape(1, 3, -1)[0, :, chosen]
        with torch.no_grad():
            values.append(float(torch.softmax(network(picture.reshape(1, 3, SIDE, SIDE)), 1)[0, index]))
    return values


def area(values):
    return (sum(values) - values[0] / 2 - values[-1] / 2) / (len(values) - 1)


def both(importance, index):
    # Of equal ones the first, which RISE leaves open.
    order = torch.from_numpy(numpy.argsort(-importance, kind="stable").copy())
    curves = {"deletion": curve(order, image, torch.zeros_like(image), index), "insertion": curve(order, blurred, image, index)}
    return {**curves, "deletionArea": area(curves["deletion"]), "insertionArea": area(curves["insertion"])}


index = int(network(image).argmax())
asked = image.clone().requires_grad_(True)
network(asked)[0, index].backward()
gradient = asked.grad[0].abs().amax(0).flatten().numpy()
small = formula(8 * 8, 1, 0.7).reshape(1, 1, 8, 8)
golden = {
    "index": index, "blurred": blurred.flatten()[::97].tolist(), "given": both(saliency, index), "gradient": both(gradient, index),
    "enlarged": functional.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False).flatten()[::31].tolist(),
}
with open(os.path.join(HERE, "perturbation.json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")
