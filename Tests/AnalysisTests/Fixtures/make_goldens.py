"""Golden values of sort matching, the optimiser and the image prior, from PyTorch in float64: `sort_matching.json`, `adam.json`,
`image_prior.json`.

    python make_goldens.py
"""
import json
import math
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def exact(values):
    """Values that float32 and a decimal of nine digits hold exactly."""
    return torch.round(values * 1024) / 1024


def flat(values):
    return [float(f"{v:.10g}") for v in values.flatten().tolist()]


def sort_matching():
    torch.manual_seed(1)
    channels, height, width, references = 5, 6, 7, 4
    # Behind a ReLU: many zeros, so ties matter.
    z = exact(torch.randn(channels, height, width, dtype=torch.float64))
    z[:3] = z[:3].clamp(min=0)
    r = exact(torch.randn(references, channels, height, width, dtype=torch.float64) * 1.5 + 0.3)
    r[:, :3] = r[:, :3].clamp(min=0)
    weight = 0.75

    m = r.flatten(2).sort(dim=-1)[0].mean(0)
    z.requires_grad_(True)
    rows = z.flatten(1)
    rank = rows.detach().argsort(dim=-1, stable=True).argsort(dim=-1)
    loss = ((rows - m.gather(-1, rank)) ** 2).mean()
    (weight * loss).backward()
    return {
        "shape": [channels, height, width], "weight": weight, "map": flat(z.detach()), "references": [flat(x) for x in r],
        "quantiles": flat(m), "loss": loss.item(), "gradient": flat(z.grad),
    }


def adam():
    """A few steps of torch.optim.Adam with VITAL's learning rates and clamp, on given gradients, without rolls."""
    torch.manual_seed(2)
    size, steps, warmup, rate = [4, 5], 12, 4, 0.5
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    lowest = (-mean.double() / deviation.double())[:, None, None]
    highest = ((1 - mean.double()) / deviation.double())[:, None, None]
    gradients = exact(torch.randn(steps, 3, *size, dtype=torch.float64))
    # A pixel that never moves and one that is pushed out of range.
    gradients[:, 0, 0, 0] = 0
    gradients[:, 1, 0, 0] = 2
    # The change only: where the pixels start is the other side's business.
    x = torch.zeros(3, *size, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([x], lr=rate, betas=(0.5, 0.9), eps=1e-8)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda t: (t + 1) / warmup if t < warmup else 0.5 * (1 + math.cos(math.pi * (t - warmup) / (steps - warmup))))
    rates, pixels = [], []
    for gradient in gradients:
        rates.append(optimiser.param_groups[0]["lr"])
        x.grad = gradient.clone()
        optimiser.step()
        schedule.step()
        pixels.append(flat(x.detach()))
    clamped = torch.maximum(torch.minimum(torch.tensor([[[9.0]], [[-9.0]], [[0.0]]]).double(), highest), lowest)
    return {
        "size": size, "steps": steps, "warmup": warmup, "learningRate": rate, "gradients": [flat(g) for g in gradients],
        "rates": rates, "moved": pixels, "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225],
        "clamped": flat(clamped),
    }


def image_prior():
    """Value and gradient of the priors, each by itself."""
    torch.manual_seed(3)
    x = exact(torch.randn(3, 5, 4, dtype=torch.float64)).requires_grad_(True)
    right, down = x[:, :, 1:] - x[:, :, :-1], x[:, 1:] - x[:, :-1]
    falling, rising = x[:, 1:, 1:] - x[:, :-1, :-1], x[:, 1:, :-1] - x[:, :-1, 1:]
    variation = sum(torch.linalg.vector_norm(d) for d in (right, down, falling, rising))
    norm = torch.linalg.vector_norm(x)
    slopes = [torch.autograd.grad(value, x)[0] for value in (variation, norm)]
    return {
        "size": [5, 4], "picture": flat(x.detach()), "totalVariation": variation.item(), "norm": norm.item(),
        "gradientOfTotalVariation": flat(slopes[0]), "gradientOfNorm": flat(slopes[1]),
    }


if __name__ == "__main__":
    for name, content in (("sort_matching", sort_matching()), ("adam", adam()), ("image_prior", image_prior())):
        with open(os.path.join(HERE, name + ".json"), "w") as out:
            json.dump(content, out, separators=(",", ":"))
            out.write("\n")
