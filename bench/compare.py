"""Compares `vitrine benchmark` with PyTorch on this machine: interleaved rounds, medians, ratios.

    python3 bench/compare.py [--rounds 5] [--threads 2] [--only resnet50] [--images DIR] [--small-images DIR]

PyTorch runs as it is fastest here for each line: eager, channels_last, with batch norm folded (torch.fx), whichever wins; for a
sweep also with 0, 1 or 2 loading processes. Weights are random on both sides, and take no gradient unless the line says so.
Without torch and torchvision (and timm for EfficientNet-Lite) only our side is timed. Sweeps need images: `--images` for ImageNet
networks, `--small-images` for CIFAR's.
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import reference
    import torch
except ImportError as missing:
    reference = None
    print(f"PyTorch's side is left out: {missing}", file=sys.stderr)

CASES = [  # architecture, work, batch, least ratio wanted
    ("cifar_resnet20", "forward", 128, None),
    ("cifar_resnet20", "gradient", 1, 4),
    ("cifar_resnet20", "gradient", 16, 1.6),
    ("cifar_resnet20", "gradient", 128, 1.4),
    ("resnet50", "gradient", 1, 1.8),
    ("resnet50", "gradient", 8, 1.45),
    ("mobilenet_v2", "gradient", 8, 1.3),
    ("efficientnet_lite0", "gradient", 8, 1.3),
    ("densenet121", "gradient", 4, 1.2),
    ("convnext_tiny", "gradient", 4, 1.2),
    ("vit_b_16", "gradient", 4, 1.2),
    ("resnet50", "prototype", 1, 2.2),
    ("resnet50", "prototype as published", 1, 45),
    ("resnet50", "prototype memory", 8, 2),
    ("resnet50", "sweep", 200, 1.5),
    ("cifar_resnet20", "sweep", 4000, 1.5),
]
SWEPT = {"resnet50": ["layer1", "layer2", "layer3", "layer4"], "cifar_resnet20": ["conv1", "layer1", "layer2", "layer3"]}
LABELS = {
    "forward": "forward, batch {}", "gradient": "forward and gradient to the image, batch {}",
    "prototype": "step of class prototypes, references sorted once, batch {}",
    "prototype as published": "the same, 50 references sorted at every step, gradients for weights",
    "prototype memory": "prototypes, batch {}: peak memory, MB", "sweep": "sweep over {} images, all units of 4 layers",
}


def timed(step, runs):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


class Case:
    """One line of the table; `theirs` holds PyTorch's ways as (label, step), the best of which counts."""

    def __init__(self, architecture, work, batch, bar, options):
        self.architecture, self.work, self.batch, self.bar, self.options = architecture, work, batch, bar, options
        self.label = f"{architecture}, {LABELS[work].format(batch)}"
        self.listing = None
        if work == "sweep":
            folder = options.small_images if architecture.startswith("cifar") else options.images
            paths = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
            random.Random(0).shuffle(paths)
            self.paths = [str(p.resolve()) for p in paths[:batch]]
            self.listing = tempfile.NamedTemporaryFile("w", suffix=".txt")
            self.listing.write("".join(p + "\n" for p in self.paths))
            self.listing.flush()

    def prepare_theirs(self):
        name = self.architecture
        if self.work in ("forward", "gradient"):
            extent, made = reference.size(name), []
            for label, net, form in reference.variants(name):
                image = torch.randn(self.batch, 3, extent, extent).to(memory_format=form)
                made.append((label, lambda net=net, image=image: reference.gradient_step(net, image, self.work == "gradient")))
            return made
        if self.work == "sweep":
            made = []
            for label, net, form in reference.variants(name, folds=False)[:2]:
                for workers in (0, 1, 2):
                    made.append((
                        f"{label}, {workers} workers",
                        lambda net=net, form=form, workers=workers: reference.sweep(
                            net, form, SWEPT[name], self.paths, reference.size(name), workers, 128 if name.startswith("cifar") else 32)))
            return made
        if self.work == "prototype memory":
            return [("channels_last", None)]
        published = self.work.endswith("published")
        return [
            (label, reference.ClassStep(name, net, form, self.batch, published))
            for label, net, form in reference.variants(name, folds=False)[: 1 if published else 2]
        ]

    def theirs_once(self, step):
        if self.work == "prototype memory":
            command = [sys.executable, reference.__file__, "memory", self.architecture, str(self.batch)]
            return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        return timed(step, 1 if self.work in ("sweep", "prototype as published") else 5)

    def ours_once(self):
        command = [self.options.vitrine, "benchmark", "--architecture", self.architecture, "--what", self.work.split()[0], "--threads",
                   str(self.options.threads), "--json"]
        if self.work == "sweep":
            command += ["--images", self.listing.name, "--layers", ",".join(SWEPT[self.architecture]), "--runs", "3"]
        else:
            command += ["--batch", str(self.batch)]
        result = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        return result["peak_rss_mb" if self.work == "prototype memory" else "median_ms"]

    def run(self):
        """Interleaved rounds; prints the line."""
        is_long = self.work in ("sweep", "prototype as published", "prototype memory")
        rounds = min(self.options.rounds, 2) if is_long else self.options.rounds
        ours, theirs, ratios, winners = [], [], [], []
        candidates = self.prepare_theirs() if reference else []
        if len(candidates) > 1:
            # Warms up, and leaves out what is far behind.
            first = {label: self.theirs_once(step) for label, step in candidates}
            candidates = [c for c in candidates if first[c[0]] < 1.25 * min(first.values())]
        for _ in range(rounds):
            ours.append(self.ours_once())
            if candidates:
                times = {label: self.theirs_once(step) for label, step in candidates}
                winner = min(times, key=times.get)
                theirs.append(times[winner])
                ratios.append(times[winner] / ours[-1])
                winners.append(winner)
        def shown(values):
            return f"{statistics.median(values):.2f}" if values else "-"
        verdict = "" if not ratios or self.bar is None else f"{self.bar}" + ("" if statistics.median(ratios) >= self.bar else " not met")
        print(f"| {self.label} | {shown(theirs)} | {shown(ours)} | {shown(ratios)} | {verdict} | "
              f"{statistics.mode(winners) if winners else '-'} |", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--only", help="only lines whose label contains this")
    arguments.add_argument("--images", help="a folder of photographs")
    arguments.add_argument("--small-images", help="a folder of CIFAR images")
    arguments.add_argument("--vitrine", default=".build/release/vitrine")
    options = arguments.parse_args()
    if reference:
        torch.set_num_threads(options.threads)
        print(f"torch {torch.__version__}, {options.threads} threads, medians of interleaved rounds, ms\n")
    print("| work | PyTorch | Vitrine | ratio | wanted | fastest PyTorch |\n|---|---|---|---|---|---|", flush=True)
    for architecture, work, batch, bar in CASES:
        if work == "sweep" and not (options.small_images if architecture.startswith("cifar") else options.images):
            continue
        if options.only and options.only not in f"{architecture}, {LABELS[work].format(batch)}":
            continue
        Case(architecture, work, batch, bar, options).run()


if __name__ == "__main__":
    main()
