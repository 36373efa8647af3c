"""Compares epochs of `vitrine train` with PyTorch's on this machine: ResNet-20, batches of 64, data loading included.

    python3 bench/training.py --images DIR [--teacher resnet56.th] [--per-class 300] [--rounds 3] [--threads 2] [--only eager]

DIR has a folder of images a class, such as CIFAR-10's training images as JPEG; both sides learn from the first of each class.
PyTorch reads them by torchvision's `ImageFolder` with the usual transforms, in 0, 1 and 2 loading processes, in both memory
formats, and also from pictures that were decoded before and kept in memory, which is not what it does by itself. Of all ways the
fastest counts. Ours decodes in the first epoch and keeps the pictures, so that epoch and a later one are shown. Rounds are
interleaved; medians and ratios of pairs.

With `--teacher`, CIFAR's ResNet-56 of akamaster/pytorch_resnet_cifar10, epochs of `vitrine distill --method letkd-2` instead, the
teacher's pass included, the offline part left out: both sides use what ours found.
"""
import argparse
import csv
import pathlib
import statistics
import subprocess
import tempfile
import time

import letkd
import reference
import torch


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


class Plain(torch.nn.Module):
    """Cross-entropy of a batch, and logits."""

    def __init__(self):
        super().__init__()
        self.student = reference.network("cifar_resnet20").train().requires_grad_(True)

    def forward(self, images, labels):
        logits = self.student(images)
        return torch.nn.functional.cross_entropy(logits, labels), logits


class Epoch:
    """One epoch of training, as often as called."""

    def __init__(self, images, lesson, form, workers, keeps=False, compiles=False):
        self.loader = reference.training_batches(images, workers, keeps)
        self.form = form
        lesson = lesson().to(memory_format=form)
        self.optimiser = reference.descent(lesson.student)
        self.lesson = torch.compile(lesson) if compiles else lesson

    def __call__(self):
        begin = time.perf_counter()
        correct = 0
        for images, labels in self.loader:
            loss, logits = self.lesson(images.to(memory_format=self.form), labels)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            correct += int((logits.argmax(1) == labels).sum())
        return time.perf_counter() - begin


class Ours:
    """Epochs of `vitrine train`, or of `vitrine distill` where there is a teacher."""

    def __init__(self, options, images):
        self.offline = tempfile.TemporaryDirectory(prefix="vitrine-bench-")
        shared = ["--images", images, "--batch", "64", "--threads", str(options.threads), "--quiet"]
        if options.teacher:
            self.command = [
                options.vitrine, "distill", "--teacher", options.teacher, "--student", "cifar_resnet20", "--method", "letkd-2",
                "--words", str(options.words), "--offline", self.offline.name] + shared
            # The offline part, which both sides use.
            self(epochs=1)
        else:
            self.command = [options.vitrine, "train", "--architecture", "cifar_resnet20"] + shared

    def __call__(self, epochs=4):
        """Seconds of the first epoch and of a later one."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(self.command + ["--epochs", str(epochs), "--out", f"{folder}/out"], check=True)
            with open(f"{folder}/out/log.csv") as log:
                seconds = [float(row["seconds"]) for row in csv.DictReader(log)]
            return seconds[0], statistics.median(seconds[1:] or seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vitrine", default=".build/release/vitrine")
    parser.add_argument("--images", required=True)
    parser.add_argument("--teacher", help="distil from this file instead of training alone")
    parser.add_argument("--words", type=int, default=4096)
    parser.add_argument("--per-class", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="PyTorch's ways whose name holds this")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = listing(options.images, options.per_class)
    ours = Ours(options, folder.name)
    lesson = (lambda: letkd.Lesson(options.teacher, ours.offline.name)) if options.teacher else Plain
    ways = {}
    for label, form in [("eager", torch.contiguous_format), ("eager channels_last", torch.channels_last)]:
        for workers in (0, 1, 2):
            ways[f"{label}, {workers} workers"] = dict(form=form, workers=workers)
        ways[f"{label}, pictures kept"] = dict(form=form, workers=0, keeps=True)
    ways["compiled channels_last, 1 workers"] = dict(form=torch.channels_last, workers=1, compiles=True)
    ways = {label: Epoch(folder.name, lesson, **way) for label, way in ways.items() if options.only in label}
    warm = {}
    for label, epoch in ways.items():
        epoch()
        warm[label] = epoch()
        print(f"  {label}: {warm[label]:.2f} s", flush=True)
    ways = {label: epoch for label, epoch in ways.items() if warm[label] < 1.2 * min(warm.values())}
    rounds = []
    for _ in range(options.rounds):
        first, later = ours()
        times = {label: epoch() for label, epoch in ways.items()}
        winner = min(times, key=times.get)
        rounds.append((first, later, times[winner]))
        print(f"  ours {first:.2f} s, then {later:.2f} s; PyTorch {times[winner]:.2f} s ({winner})", flush=True)
    images = sum(1 for _ in pathlib.Path(folder.name).glob("*/*"))
    def median(values):
        return statistics.median(values)
    job = f"letKD-2 with {options.words} words to ResNet-20" if options.teacher else "ResNet-20"
    print(f"{job}, batch 64, {options.threads} threads, an epoch of {images} images: "
          f"ours {median(r[0] for r in rounds):.2f} s the first, {median(r[1] for r in rounds):.2f} s the others; "
          f"PyTorch {median(r[2] for r in rounds):.2f} s; {median(r[2] / r[0] for r in rounds):.2f} and {median(r[2] / r[1] for r in rounds):.2f} times as fast")


if __name__ == "__main__":
    main()
