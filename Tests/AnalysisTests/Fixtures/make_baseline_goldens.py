"""Golden values of the methods to compare with, from PyTorch in float64: `fourier_transform.json`, `baselines.json`.

Each method is written down here from its authors' code (Lucid, Xplique, NVlabs/DeepInversion), with gradients by autograd.

    python make_baseline_goldens.py
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
MEAN = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)[:, None, None]
DEVIATION = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)[:, None, None]
H, W = 14, 12
EPSILON = 1e-5


def exact(values):
    """Values that float32 and a short decimal hold exactly."""
    return torch.round(values * 256) / 256


def flat(values):
    return [float(f"{v:.9g}") for v in values.detach().flatten().tolist()]


def fourier_transform():
    random = np.random.default_rng(3)
    cases = []
    for height, width in [(6, 8), (5, 7), (1, 4), (8, 5)]:
        picture = np.round(random.standard_normal((height, width)) * 256) / 256
        half = (height, width // 2 + 1)
        spectrum = np.round(random.standard_normal((2, *half)) * 256) / 256
        forward = np.fft.rfft2(picture)
        cases.append({
            "size": [height, width], "picture": picture.flatten().tolist(),
            "forward": np.stack([forward.real, forward.imag]).flatten().tolist(), "spectrum": spectrum.flatten().tolist(),
            "inverse": np.fft.irfft2(spectrum[0] + 1j * spectrum[1], s=(height, width)).flatten().tolist(),
            "frequencies": np.sqrt(
                np.fft.fftfreq(height)[:, None] ** 2 + np.abs(np.fft.fftfreq(width)[: width // 2 + 1]) ** 2).flatten().tolist(),
        })
    return cases


def optimisers():
    torch.manual_seed(4)
    gradients = exact(torch.randn(8, 6, dtype=torch.float64))
    gradients[:, 0] = 0
    result = {"gradients": [flat(g) for g in gradients]}
    for name, make in {
        "adam": lambda x: torch.optim.Adam([x], lr=0.05, betas=(0.9, 0.999), eps=1e-8),
        "nadam": lambda x: torch.optim.NAdam([x], lr=1.0, eps=1e-7, momentum_decay=4e-3),
    }.items():
        x = torch.zeros(6, dtype=torch.float64, requires_grad=True)
        optimiser = make(x)
        moved = []
        for gradient in gradients:
            x.grad = gradient.clone()
            optimiser.step()
            moved.append(flat(x))
        result[name] = moved
    return result


class Network:
    """conv1 - bn1 - relu - conv2 - bn2 - relu - mean - logits."""

    def __init__(self):
        torch.manual_seed(5)
        r = lambda *shape: exact(torch.randn(*shape, dtype=torch.float64))
        self.conv1, self.conv2 = r(8, 3, 3, 3) / 4, r(20, 8, 3, 3) / 8
        self.bn = [
            {"weight": 1 + r(n) / 8, "bias": r(n) / 8, "mean": r(n) / 4, "variance": exact(torch.rand(n, dtype=torch.float64)) + 0.5}
            for n in (8, 20)
        ]
        self.weight, self.bias = r(5, 20), r(5)

    def tensors(self):
        result = {"conv1": flat(self.conv1), "conv2": flat(self.conv2), "weight": flat(self.weight), "bias": flat(self.bias)}
        for i, bn in enumerate(self.bn):
            for key, value in bn.items():
                result[f"bn{i + 1}.{key}"] = flat(value)
        return result

    def __call__(self, x):
        """Logits, the map of layer2 and the inputs of both batch normalisations."""
        inputs = []
        for weight, bn, stride in ((self.conv1, self.bn[0], 1), (self.conv2, self.bn[1], 2)):
            x = F.conv2d(x, weight, stride=stride, padding=1)
            inputs.append(x)
            x = F.relu(F.batch_norm(x, bn["mean"], bn["variance"], bn["weight"], bn["bias"], eps=EPSILON))
        return F.linear(x.mean((2, 3)), self.weight, self.bias), x, inputs


# Lucid


def colours(t):
    root = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], dtype=torch.float64)
    root = root / root.norm(dim=0).max()
    return torch.sigmoid(torch.einsum("ij,jhw->ihw", root, t))


def resize_tf1(x, size):
    """tf.compat.v1.image.resize_bilinear."""
    for axis, out in zip((1, 2), size):
        length = x.shape[axis]
        place = torch.arange(out, dtype=torch.float64) * (length / out)
        low = place.floor().long()
        high = (low + 1).clamp(max=length - 1)
        part = (place - low).reshape([-1 if i == axis else 1 for i in range(3)])
        x = x.index_select(axis, low) * (1 - part) + x.index_select(axis, high) * part
    return x


def sample(x, ys, xs):
    """Bilinear, zero beyond the edges."""
    height, width = x.shape[1:]
    grid = torch.stack([2 * xs / (width - 1) - 1, 2 * ys / (height - 1) - 1], dim=-1)
    return F.grid_sample(x[None], grid[None], mode="bilinear", padding_mode="zeros", align_corners=True)[0]


def rotate(x, angle):
    """tfa.image.rotate."""
    height, width = x.shape[1:]
    c, s = math.cos(angle), math.sin(angle)
    x_offset = ((width - 1) - (c * (width - 1) - s * (height - 1))) / 2
    y_offset = ((height - 1) - (s * (width - 1) + c * (height - 1))) / 2
    ys, xs = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    return sample(x, s * xs + c * ys + y_offset, c * xs - s * ys + x_offset)


def crop_or_pad(x, height, width):
    top, left = max(0, (x.shape[1] - height) // 2), max(0, (x.shape[2] - width) // 2)
    x = x[:, top : top + height, left : left + width]
    down, right = height - x.shape[1], width - x.shape[2]
    return F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))


def fourier(network):
    torch.manual_seed(6)
    parameters = exact(torch.randn(3, 2, H, W // 2 + 1, dtype=torch.float64)) / 16
    padding, first, second = 2, 2, 1
    cases = []
    for offset, scale, angle, last, unit in [((0, 2), 1.1, 0.15, (1, 0), None), ((1, 1), 0.9, -0.1, (0, 1), None), ((2, 0), 1.0, 0.0, (0, 0), 17)]:
        p = parameters.clone().requires_grad_(True)
        frequency = torch.from_numpy(np.sqrt(np.fft.fftfreq(H)[:, None] ** 2 + np.fft.fftfreq(W)[: W // 2 + 1] ** 2))
        scales = math.sqrt(W * H) / torch.clamp(frequency, min=1 / max(W, H))
        image = colours(torch.fft.irfft2(torch.complex(p[:, 0], p[:, 1]) * scales, s=(H, W)) / 4)
        x = F.pad(image, [padding] * 4, value=0.5)
        x = x[:, offset[0] : x.shape[1] - first + offset[0], offset[1] : x.shape[2] - first + offset[1]]
        x = resize_tf1(x, [int(np.float32(scale) * n) for n in x.shape[1:]])
        x = rotate(x, angle)
        x = x[:, last[0] : x.shape[1] - second + last[0], last[1] : x.shape[2] - second + last[1]]
        seen = (crop_or_pad(x, H, W) - MEAN) / DEVIATION
        logits, layer, _ = network(seen[None])
        loss = -logits[0, 3] if unit is None else -layer[0, unit].mean()
        loss.backward()
        cases.append({
            "first": offset, "scale": scale, "angle": angle, "second": last, "unit": unit, "seen": flat(seen), "loss": loss.item(),
            "gradient": flat(p.grad),
        })
    return {"parameters": flat(parameters), "padding": padding, "first": first, "second": second, "channel": 3, "cases": cases}


# Xplique


def maco(network):
    torch.manual_seed(7)
    height, width = 18, 15
    shape = (3, height, width // 2 + 1)
    magnitudes = exact(torch.rand(shape, dtype=torch.float64) * 4) + 0.25
    phases = exact(torch.randn(shape, dtype=torch.float64))
    phases.requires_grad_(True)
    boxes = [((0.5, 0.55), 0.5), ((0.2, 0.85), 0.7)]

    def standard(x):
        x = x - x.mean()
        return x / (x.std(unbiased=False) + 1e-5)

    turned = standard(phases)
    image = standard(torch.fft.irfft2(torch.complex(torch.cos(turned) * magnitudes, torch.sin(turned) * magnitudes), s=(height, width)))
    image = colours(image)
    seen = []
    for (cy, cx), side in boxes:
        # tf.image.crop_and_resize
        ys = (cy - side / 2) * (height - 1) + torch.arange(H).double() * side * (height - 1) / (H - 1)
        xs = (cx - side / 2) * (width - 1) + torch.arange(W).double() * side * (width - 1) / (W - 1)
        ys, xs = torch.meshgrid(ys, xs, indexing="ij")
        seen.append((sample(image - 0.5, ys, xs) + 0.5 - MEAN) / DEVIATION)
    seen = torch.stack(seen)
    logits, _, _ = network(seen)
    loss = -logits[:, 2].mean()
    loss.backward()
    return {
        "size": [height, width], "magnitudes": flat(magnitudes), "phases": flat(phases), "channel": 2,
        "boxes": [{"centre": centre, "side": side} for centre, side in boxes], "seen": flat(seen), "loss": loss.item(),
        "gradient": flat(phases.grad),
    }


# NVlabs/DeepInversion


def deep_inversion(network):
    torch.manual_seed(8)
    pixels = exact(torch.randn(5, 3, H, W, dtype=torch.float64))
    targets, unit = [1, 4, 0, 2], 9
    shifts = [(1, -2, False), (0, 3, True), (-4, 0, False), (2, 2, True), (0, 0, False)]
    weights = {"features": 0.05, "firstLayer": 10.0, "variation": 0.125, "norm": 0.25}
    # Every picture has its own roll here; the published code has one for all.
    x = torch.stack([
        torch.flip(torch.roll(p, (dy, dx), (1, 2)), (2,)) if mirrored else torch.roll(p, (dy, dx), (1, 2))
        for p, (dy, dx, mirrored) in zip(pixels, shifts)
    ]).requires_grad_(True)
    logits, layer, inputs = network(x)
    # Four classes and a unit.
    main = (F.cross_entropy(logits[:4], torch.tensor(targets), reduction="sum") - layer[4, unit].mean()) / 5
    features = 0
    for i, (value, bn) in enumerate(zip(inputs, network.bn)):
        mean = value.mean([0, 2, 3])
        variance = value.permute(1, 0, 2, 3).reshape(value.shape[1], -1).var(1, unbiased=False)
        distance = torch.norm(bn["variance"] - variance) + torch.norm(bn["mean"] - mean)
        features = features + distance * (weights["firstLayer"] if i == 0 else 1)
    differences = [
        x[:, :, :, :-1] - x[:, :, :, 1:], x[:, :, :-1] - x[:, :, 1:], x[:, :, 1:, :-1] - x[:, :, :-1, 1:],
        x[:, :, :-1, :-1] - x[:, :, 1:, 1:],
    ]
    variation = sum(torch.norm(d) for d in differences)
    norm = torch.norm(x.reshape(5, -1), dim=1).mean()
    loss = main + weights["features"] * features + weights["variation"] * variation + weights["norm"] * norm
    loss.backward()
    return {
        "pixels": [flat(p) for p in pixels], "classes": targets, "unit": unit, "rolls": [[dy, dx] for dy, dx, _ in shifts],
        "mirrored": [m for _, _, m in shifts], "weights": weights, "target": main.item(),
        "features": weights["features"] * features.item(), "variation": weights["variation"] * variation.item(),
        "norm": weights["norm"] * norm.item(), "gradients": [flat(g) for g in x.grad],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    network = Network()
    contents = {
        "fourier_transform": fourier_transform(),
        "baselines": {
            "size": [H, W], "network": network.tensors(), "optimisers": optimisers(), "fourier": fourier(network), "maco": maco(network),
            "deepInversion": deep_inversion(network),
        },
    }
    for name, content in contents.items():
        with open(os.path.join(HERE, name + ".json"), "w") as out:
            json.dump(content, out, separators=(",", ":"))
