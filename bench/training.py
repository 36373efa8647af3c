"""Compares epochs of `vitrine train` with PyTorch's on this machine: ResNet-20, batches of 64, data loading included.

    python3 bench/training.py --images DIR [--per-class 300] [--rounds 3] [--threads 2] [--only eager]

DIR has a folder of images a class, such as CIFAR-10's training images as JPEG; both sides learn from the first of each class.
PyTorch reads them by torchvision's `ImageFolder` with the usual transforms, in 0, 1 and 2 loading processes, in both memory
formats, and also from pictures that were decoded before and kept in memory, which is not what it does by itself. Of all ways the
fastest counts. Ours decodes in the first epoch and keeps the pictures, so that epoch and a later one are shown. Rounds are
interleaved; medians and ratios of pairs.
"""
import argparse
import csv
import pathlib
import statistics
import subprocess
import tempfile
import time

import reference
import torch
from torchvision import datasets, transforms


def listing(folder, per_class):
    """A folder with links to the first images of each class."""
    made = tempfile.TemporaryDirectory(prefix="vitrine-bench-")
    for group in sorted(p for p in pathlib.Path(folder).iterdir() if p.is_dir()):
        images = sorted(p for p in group.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))[:per_class]
        target = pathlib.Path(made.name, group.name)
        target.mkdir()
        for image in images:
            (target / image.name).symlink_to(image.resolve())
    return made


class Kept(datasets.ImageFolder):
    """Decodes every image once."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.loader = {path: self.loader(path) for path, _ in self.samples}.__getitem__


class Epoch:
    """One epoch of training, as often as called."""

    def __init__(self, images, form, workers, keeps=False, compiles=False):
        steps = transforms.Compose([
            transforms.RandomCrop(32, padding=4, padding_mode="reflect"), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
            transforms.Normalize(reference.MEAN, reference.DEVIATION)])
        data = (Kept if keeps else datasets.ImageFolder)(images, transform=steps)
        self.loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
        self.form = form
        self.net = reference.network("cifar_resnet20").train().requires_grad_(True).to(memory_format=form)
        self.forward = torch.compile(self.net) if compiles else self.net
        self.optimiser = torch.optim.SGD(self.net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)

    def __call__(self):
        begin = time.perf_counter()
        correct = 0
        for images, labels in self.loader:
            logits = self.forward(images.to(memory_format=self.form))
            loss = torch.nn.functional.cross_entropy(logits, labels)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            correct += int((logits.argmax(1) == labels).sum())
        return time.perf_counter() - begin


def ours(vitrine, images, threads):
    """Seconds of the first epoch and of a later one."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [vitrine, "train", "--architecture", "cifar_resnet20", "--images", images, "--epochs", "4", "--batch", "64", "--threads", str(threads),
             "--quiet", "--out", f"{folder}/out"], check=True)
        with open(f"{folder}/out/log.csv") as log:
            seconds = [float(row["seconds"]) for row in csv.DictReader(log)]
        return seconds[0], statistics.median(seconds[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vitrine", default=".build/release/vitrine")
    parser.add_argument("--images", required=True)
    parser.add_argument("--per-class", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="PyTorch's ways whose name holds this")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = listing(options.images, options.per_class)
    ways = {}
    for label, form in [("eager", torch.contiguous_format), ("eager channels_last", torch.channels_last)]:
        for workers in (0, 1, 2):
            ways[f"{label}, {workers} workers"] = dict(form=form, workers=workers)
        ways[f"{label}, pictures kept"] = dict(form=form, workers=0, keeps=True)
    ways["compiled channels_last, 1 workers"] = dict(form=torch.channels_last, workers=1, compiles=True)
    ways = {label: Epoch(folder.name, **way) for label, way in ways.items() if options.only in label}
    warm = {}
    for label, epoch in ways.items():
        epoch()
        warm[label] = epoch()
        print(f"  {label}: {warm[label]:.2f} s", flush=True)
    ways = {label: epoch for label, epoch in ways.items() if warm[label] < 1.2 * min(warm.values())}
    rounds = []
    for _ in range(options.rounds):
        first, later = ours(options.vitrine, folder.name, options.threads)
        times = {label: epoch() for label, epoch in ways.items()}
        winner = min(times, key=times.get)
        rounds.append((first, later, times[winner]))
        print(f"  ours {first:.2f} s, then {later:.2f} s; PyTorch {times[winner]:.2f} s ({winner})", flush=True)
    images = sum(1 for _ in pathlib.Path(folder.name).glob("*/*"))
    def median(values):
        return statistics.median(values)
    print(f"ResNet-20, batch 64, {options.threads} threads, an epoch of {images} images: "
          f"ours {median(r[0] for r in rounds):.2f} s the first, {median(r[1] for r in rounds):.2f} s the others; "
          f"PyTorch {median(r[2] for r in rounds):.2f} s; {median(r[2] / r[0] for r in rounds):.2f} and {median(r[2] / r[1] for r in rounds):.2f} times as fast")


if __name__ == "__main__":
    main()
