"""Golden values of a ResNet-8 with a template block and two knowledge distillation layers, from PyTorch: `resnet8.json`.

    python make_goldens.py

Needs what `../architectures/make_goldens.py` needs, whose formula gives every tensor its values. Numbers are those of a run in
float64, `float32_error` says how far PyTorch's float32 run is from it, relative to the largest magnitude. The file holds
  tensors    names and shapes of what stands behind `layer1.0`, `layer2.0` and `layer3.0`
  logits, layers   of a batch of two images
  gradients  of the sum of logit `target`, at those layers and at the image
  kernels    of the templates behind `layer3.0`: the gradient at the weights that are computed with, and what follows from it for the
             kernels and the gain that are learned
"""
import copy
import json
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "architectures"))
import cifar_models  # noqa: E402
from make_goldens import TARGET, digits, formula, images, sampled, state_dictionary  # noqa: E402


class Cosine(nn.Module):
    """Scaled cosines of positions with kernels."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 1, 1))
        self.gain = nn.Parameter(torch.empty(1))

    def forward(self, x):
        self.effective = self.gain * F.normalize(self.weight, dim=1)
        if self.effective.requires_grad:
            self.effective.retain_grad()
        return F.conv2d(F.normalize(x, dim=1), self.effective)


class Block(nn.Module):
    def keep(self, **maps):
        for name, value in maps.items():
            if value.requires_grad:
                value.retain_grad()
            self.maps[name] = value


class KnowledgeDistillationLayer(Block):
    def __init__(self, channels, count):
        super().__init__()
        self.templates = Cosine(channels, count)
        self.bn = nn.BatchNorm2d(count)
        self.semantics = Cosine(count, channels)
        self.register_buffer("alpha", torch.empty(1))
        self.maps = {}

    def forward(self, x):
        s = self.templates(x)
        p = F.relu(self.bn(s))
        y = x + self.alpha * self.semantics(p)
        self.keep(templates=s, matches=p, entry=x, end=y)
        return y


class TemplateBlock(Block):
    def __init__(self, channels, count, kernel):
        super().__init__()
        self.scores = nn.Conv2d(channels, count, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(count)
        self.semantics = nn.Conv2d(count, channels, 1, bias=False)
        self.register_buffer("alpha", torch.empty(1))
        self.maps = {}

    def forward(self, x):
        s = self.scores(x)
        p = F.relu(self.bn(s))
        y = x + self.alpha * self.semantics(p)
        self.keep(scores=s, matches=p, entry=x, end=y)
        return y


def network():
    model = cifar_models.ResNet(8)
    model.layer1[0].templates = TemplateBlock(16, 20, 3)
    model.layer2[0].letkd = KnowledgeDistillationLayer(32, 24)
    model.layer3[0].letkd = KnowledgeDistillationLayer(64, 10)
    for layer, name in PLACES:
        part = dict(model.named_modules())[layer]
        part.register_forward_hook(lambda module, inputs, output, name=name: getattr(module, name)(output))
    return model.eval()


PLACES = [("layer1.0", "templates"), ("layer2.0", "letkd"), ("layer3.0", "letkd")]


def run(model, x):
    x = x.clone().requires_grad_(True)
    logits = model(x)
    logits[:, TARGET].sum().backward()
    layers, gradients = {}, {"input": x.grad}
    for layer, name in PLACES:
        for part, value in getattr(dict(model.named_modules())[layer], name).maps.items():
            full = layer if part == "entry" else f"{layer}.{name}" + ("" if part == "end" else f".{part}")
            layers[full] = value.detach()
            # At positions that match nothing, PyTorch divides by the smallest length; ReLU takes what comes of that away again.
            if (name, part) != ("letkd", "matches"):
                gradients[full] = value.grad
    return logits.detach(), layers, gradients


def main():
    torch.set_num_threads(1)
    model = network()
    state = state_dictionary(model)
    with torch.no_grad():
        for key, value in state.items():
            value.copy_(torch.from_numpy(formula(key, tuple(value.shape), 0.7)))
    x = torch.from_numpy(images((2, 3, 16, 16)))
    double = copy.deepcopy(model).double()
    logits32, layers32, gradients32 = run(model, x)
    logits, layers, gradients = run(double, x.double())

    def error(a, b):
        return float(f"{((a.double() - b).abs().max() / b.abs().max()).item():.3g}")

    def described(maps, maps32):
        result = []
        for name, value in maps.items():
            at, values = sampled(value, 40)
            result.append({
                "name": name, "shape": list(value.shape), "mean": float(f"{value.mean().item():.9g}"),
                "mean_magnitude": float(f"{value.abs().mean().item():.9g}"),
                "largest_magnitude": float(f"{value.abs().max().item():.9g}"), "places": at, "values": digits(values),
                "float32_error": error(maps32[name], value),
            })
        return result

    templates = double.layer3[0].letkd.templates
    result = {
        "architecture": "cifar_resnet8", "gain": 0.7, "input": [2, 3, 16, 16], "target": TARGET,
        "tensors": [{"name": k, "shape": list(v.shape)} for k, v in state.items() if ".letkd." in k or ".templates." in k],
        "logits": {"values": [digits(row) for row in logits], "float32_error": error(logits32, logits)},
        "layers": described(layers, layers32), "gradients": described(gradients, gradients32),
        "kernels": {
            "layer": "layer3.0.letkd.templates", "effective": digits(templates.effective.grad.flatten()),
            "kernels": digits(templates.weight.grad.flatten()), "gain": float(f"{templates.gain.grad.item():.9g}"),
        },
    }
    with open(os.path.join(HERE, "resnet8.json"), "w") as out:
        json.dump(result, out, separators=(",", ":"))
        out.write("\n")
    print("logits", logits.abs().mean().item(), result["logits"]["float32_error"])
    for each in result["layers"] + result["gradients"]:
        print(each["name"], each["shape"], each["mean_magnitude"], each["float32_error"])


if __name__ == "__main__":
    main()
