"""Golden values of every architecture, from PyTorch.

    python make_goldens.py [name ...]

Needs torch, torchvision, numpy and efficientnet-lite-pytorch. Writes `<name>.json` and `<name>.tensors.txt` beside this
file. No weights are kept: every tensor follows from its name by `formula`, which `FormulaTensors.swift` repeats bit for bit.

A golden file holds, for one batch of two images:
  logits     the first ten of each image
  layers     of each layer: shape, mean, mean magnitude, largest magnitude, values at some places of the flattened map
  gradient   of logit `target`, summed over the batch, to the input: norm, values at some places, and `float32_error`

Numbers are those of a run in float64. `float32_error` says how far PyTorch's own float32 run is from it: relative to the
largest magnitude for logits and layers, as relative Euclidean distance over the sampled places for the gradient.
"""
import copy
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = 3


# --- values from names -------------------------------------------------------------------------------------------------

def uniform(name, count):
    """`count` values in [0, 1), multiples of 2^-24."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint64) * 0x9E3779B9 & 0xFFFFFFFF
    x = x ^ h
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x = x ^ (x >> np.uint64(shift))
        x = x * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return (x >> np.uint64(8)).astype(np.float64) * 2.0**-24


def formula(name, shape, gain):
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("running_var"):
        values = 0.3 + 1.5 * u
    elif name.endswith("running_mean"):
        values = 0.6 * (u - 0.5)
    elif name.endswith("bias"):
        values = 0.4 * (u - 0.5)
    elif len(shape) == 1:
        values = 0.6 + 0.8 * u
    else:
        values = (2.0 * u - 1.0) * math.sqrt(3.0 * gain / (np.prod(shape[1:])))
    return values.astype(np.float32).reshape(shape)


def images(shape):
    return ((2.0 * uniform("input", int(np.prod(shape))) - 1.0) * math.sqrt(3.0)).astype(np.float32).reshape(shape)


# --- models ------------------------------------------------------------------------------------------------------------

class Block(nn.Module):
    """The basic block of He et al. 2016 with the parameter-free shortcut of section 3.3, option A."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1:
            added = (y.shape[1] - x.shape[1]) // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, added, added))
        return F.relu(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = 16
        for stage, outputs in enumerate((16, 32, 64), start=1):
            parts = []
            for index in range(blocks):
                parts.append(Block(channels, outputs, 2 if stage > 1 and index == 0 else 1))
                channels = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


# Height and width of the input. Half of what the Lite networks were trained on: some maps are odd there, and SAME padding
# is uneven.
LITE = {"efficientnet_lite0": 112, "efficientnet_lite1": 120, "efficientnet_lite2": 130, "efficientnet_lite3": 140,
        "efficientnet_lite4": 150}
CIFAR = {f"cifar_resnet{depth}": depth for depth in (20, 32, 44, 56, 110)}
RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
# Variance that a convolution gives per unit of its input's mean square: chosen so that neither the input's influence nor
# the numbers' size is lost on the way down.
GAIN = {**{name: 0.7 for name in CIFAR}, **{name: 1.0 for name in RESNETS}, **{name: 1.2 for name in LITE}}


def make(name):
    if name in CIFAR:
        return CIFARResNet(CIFAR[name]), 32
    if name in LITE:
        from efficientnet_lite_pytorch import EfficientNet

        return EfficientNet.from_name("efficientnet-lite" + name[-1], image_size=LITE[name]), LITE[name]
    import torchvision

    model = getattr(torchvision.models, name)(weights=None)
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # a hook would see what comes after it
    return model, 64


def layers(name):
    if name in CIFAR:
        return ["conv1", "bn1", "layer1", "layer2.0.bn2", "layer2", "layer3"]
    if name in LITE:
        return ["_conv_stem", "_bn0", "_blocks.0", "_blocks.2", "_blocks.3._depthwise_conv", "_blocks.5", "_conv_head", "_bn1"]
    return ["conv1", "maxpool", "layer1", "layer2.0.bn2", "layer2", "layer3", "layer4"]


# --- golden values -----------------------------------------------------------------------------------------------------

def run(model, x, names):
    activations = {}
    modules = dict(model.named_modules())
    # Cloned: torchvision adds the shortcut in place.
    hooks = [modules[n].register_forward_hook(lambda m, i, o, n=n: activations.__setitem__(n, o.detach().clone())) for n in names]
    x = x.clone().requires_grad_(True)
    logits = model(x)
    logits[:, TARGET].sum().backward()
    for hook in hooks:
        hook.remove()
    return logits.detach(), activations, x.grad


def places(count, wanted):
    """Spread over the whole and over all remainders."""
    return [int(i * count // wanted + i * 7 % max(1, count // wanted)) for i in range(min(wanted, count))]


def sampled(values, wanted):
    flat = values.flatten()
    at = places(flat.numel(), wanted)
    return at, flat[at]


def digits(values):
    return [float(f"{v:.9g}") for v in values.tolist()]


def golden(name):
    torch.manual_seed(0)
    model, size = make(name)
    model.eval()
    gain = GAIN[name]
    with torch.no_grad():
        state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
        for key, value in state.items():
            value.copy_(torch.from_numpy(formula(key, tuple(value.shape), gain)))
    with open(os.path.join(HERE, name + ".tensors.txt"), "w") as out:
        for key, value in state.items():
            out.write(" ".join([key, *map(str, value.shape)]) + "\n")
    x = torch.from_numpy(images((2, 3, size, size)))
    names = layers(name)
    logits32, activations32, gradient32 = run(model, x, names)
    logits, activations, gradient = run(copy.deepcopy(model).double(), x.double(), names)

    def error(a, b):
        return float(f"{((a.double() - b).abs().max() / b.abs().max()).item():.3g}")

    at, values = sampled(gradient, 400)
    other = gradient32.double().flatten()[at]
    result = {
        "architecture": name, "gain": gain, "input": [2, 3, size, size], "classes": logits.shape[1], "target": TARGET,
        "logits": {"values": [digits(row[:10]) for row in logits], "float32_error": error(logits32, logits)},
        "layers": [],
        "gradient": {
            "norm": float(f"{gradient.norm().item():.9g}"), "places": at, "values": digits(values),
            "float32_error": float(f"{((other - values).norm() / values.norm()).item():.3g}"),
        },
    }
    for layer in names:
        map64 = activations[layer]
        at, values = sampled(map64, 24)
        result["layers"].append({
            "name": layer, "shape": list(map64.shape), "mean": float(f"{map64.mean().item():.9g}"),
            "mean_magnitude": float(f"{map64.abs().mean().item():.9g}"),
            "largest_magnitude": float(f"{map64.abs().max().item():.9g}"), "places": at, "values": digits(values),
            "float32_error": error(activations32[layer], map64),
        })
    with open(os.path.join(HERE, name + ".json"), "w") as out:
        json.dump(result, out, separators=(",", ":"))
        out.write("\n")
    # To choose the gain by: do the two images still differ at the end, how large are the numbers?
    differs = ((logits[0] - logits[1]).norm() / logits.norm()).item()
    print(f"{name:20s} logits differ {differs:.2e} size {logits.abs().mean():.2e} "
          f"gradient {gradient.norm():.2e} error {result['gradient']['float32_error']:.1e} "
          f"layers {max(l['float32_error'] for l in result['layers']):.1e} "
          f"magnitudes {[float('%.2g' % l['mean_magnitude']) for l in result['layers']]}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    for wanted in sys.argv[1:] or [*CIFAR, *RESNETS, *LITE]:
        golden(wanted)
