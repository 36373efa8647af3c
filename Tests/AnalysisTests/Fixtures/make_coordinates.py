"""Golden steps of pictures that are optimised in other coordinates than their pixels, from PyTorch in float64: `coordinates.json`.

    python make_coordinates.py
"""
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def exact(values):
    """Values that float32 and a decimal of nine digits hold exactly."""
    return torch.round(values * 1024) / 1024


def flat(values):
    return [float(f"{v:.10g}") for v in values.flatten().tolist()]


def case(size, channels, exponent, band, mixture, seed):
    """Adam on the coefficients of `mixture (irfft2(amplitude * coefficients))`, towards a picture that is given."""
    torch.manual_seed(seed)
    height, width = size
    across = torch.fft.rfftfreq(width, dtype=torch.float64)
    frequencies = (torch.fft.fftfreq(height, dtype=torch.float64)[:, None] ** 2 + across[None] ** 2).sqrt()
    amplitude = frequencies.clamp(min=1 / max(size)) ** -exponent
    # Of white coefficients a picture of variance 1: as many of them are drawn and the mean of the variance is taken.
    draws = torch.complex(*torch.randn(2, 4000, *amplitude.shape, dtype=torch.float64))
    sampled = torch.fft.irfft2(draws * amplitude, s=size).var().sqrt()
    coefficients = exact(torch.randn(channels, 2, *amplitude.shape, dtype=torch.float64)).requires_grad_(True)
    target = exact(torch.randn(channels, height, width, dtype=torch.float64))
    mixture = torch.tensor(mixture, dtype=torch.float64)
    # The scale is told exactly by Parseval's identity; the drawn one checks it.
    multiplicity = torch.full_like(amplitude, 2)
    multiplicity[:, 0] = 1
    if width % 2 == 0:
        multiplicity[:, -1] = 1
    scale = height * width / ((multiplicity * amplitude) ** 2).sum().sqrt()
    assert abs(scale * sampled - 1) < 0.02, (scale * sampled)
    shown = amplitude * scale * (frequencies <= band)
    optimiser = torch.optim.Adam([coefficients], lr=0.25, betas=(0.5, 0.9), eps=1e-8)
    start, pictures = flat(coefficients), []

    def picture():
        plain = torch.fft.irfft2(torch.complex(coefficients[:, 0], coefficients[:, 1]) * shown, s=size)
        return torch.einsum("ij,jhw->ihw", mixture, plain)

    for _ in range(4):
        seen = picture()
        pictures.append(flat(seen.detach()))
        optimiser.zero_grad()
        (0.5 * (seen - target) ** 2).sum().backward()
        optimiser.step()
    return {
        "size": list(size), "channels": channels, "exponent": exponent, "band": band, "mixture": mixture.tolist(), "rate": 0.25,
        "coordinates": start, "target": flat(target), "pictures": pictures, "moved": flat(coefficients.detach()),
    }


if __name__ == "__main__":
    plain = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    mixed = [[0.75, 0.5, -0.125], [0.5, -0.25, 0.25], [0.625, -0.5, 0.25]]
    cases = [
        case((6, 9), 3, 1.0, 1.0, plain, 1), case((7, 8), 3, 0.5, 1.0, mixed, 2), case((5, 6), 1, 1.0, 1.0, [[1.0]], 3),
        case((8, 8), 3, 1.0, 0.25, mixed, 4),
    ]
    with open(os.path.join(HERE, "coordinates.json"), "w") as out:
        json.dump(cases, out, separators=(",", ":"))
        out.write("\n")
