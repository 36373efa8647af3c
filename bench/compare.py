"""Compares `vitrine benchmark` with PyTorch on this machine: interleaved runs, medians, ratios.

    python3 bench/compare.py [--rounds 5] [--threads 2]

Needs torch and torchvision, for the comparison only. PyTorch runs as it is fastest here for each line: eager, channels_last, or
with batch norm folded (torch.fx), whichever wins. Weights are random on both sides; parameters take no gradient.
"""
import argparse
import json
import statistics
import subprocess
import time

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch.fx.experimental.optimization import fuse

VITRINE = ".build/release/vitrine"
CASES = [  # architecture, work, batch
    ("cifar_resnet20", "forward", 128),
    ("cifar_resnet20", "gradient", 1),
    ("cifar_resnet20", "gradient", 16),
    ("cifar_resnet20", "gradient", 128),
    ("resnet50", "gradient", 1),
    ("resnet50", "gradient", 8),
]


class Shortcut(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.pad = channels // 4

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if stride == 1 else Shortcut(outputs)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class CIFARResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        widths = [(16, 16, 1)] + [(16, 16, 1)] * 2 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
        self.blocks = nn.Sequential(*[Block(*w) for w in widths])
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


def network(name):
    net = CIFARResNet20() if name == "cifar_resnet20" else torchvision.models.__dict__[name](weights=None)
    return net.eval().requires_grad_(False)


def step(net, work, image):
    if work == "forward":
        with torch.no_grad():
            net(image)
    else:
        x = image.detach().requires_grad_(True)
        net(x)[:, 0].sum().backward()


def torch_ms(net, work, image, runs=5):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        step(net, work, image)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.rounds} interleaved rounds, ms")
    print(f"{'work':34} {'PyTorch':>9} {'Vitrine':>9} {'ratio':>6}  fastest PyTorch")
    for name, work, batch in CASES:
        size = 32 if name.startswith("cifar") else 224
        net, folded = network(name), fuse(network(name))
        last = torch.channels_last
        image = torch.randn(batch, 3, size, size)
        variants = {
            "eager": (net, image),
            "channels_last": (network(name).to(memory_format=last), image.to(memory_format=last)),
            "folded": (folded, image),
        }
        for candidate, data in variants.values():
            torch_ms(candidate, work, data, 2)
        theirs, ours, ratios, winners = [], [], [], []
        for _ in range(options.rounds):
            timed = {label: torch_ms(candidate, work, data) for label, (candidate, data) in variants.items()}
            winner = min(timed, key=timed.get)
            command = [VITRINE, "benchmark", "--architecture", name, "--what", work, "--batch", str(batch), "--threads",
                       str(options.threads), "--json"]
            mine = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["median_ms"]
            theirs.append(timed[winner])
            ours.append(mine)
            ratios.append(timed[winner] / mine)
            winners.append(winner)
        print(f"{f'{name}, {work}, batch {batch}':34} {statistics.median(theirs):9.2f} {statistics.median(ours):9.2f} "
              f"{statistics.median(ratios):6.2f}  {statistics.mode(winners)}", flush=True)


if __name__ == "__main__":
    main()
