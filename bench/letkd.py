"""letKD-2 (BMVC 2023) of CIFAR's ResNet-56 to ResNet-20 in PyTorch, as fast as it goes there. Used by training.py."""
import pathlib

import reference
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

PER_CLASS = 8


class Layer(nn.Module):
    """A knowledge distillation layer; its scores are kept for the loss."""

    def __init__(self, channels, count):
        super().__init__()
        self.templates = nn.Parameter(torch.randn(count, channels, 1, 1) * (2 / channels) ** 0.5)
        self.semantics = nn.Parameter(torch.randn(channels, count, 1, 1) * (2 / count) ** 0.5)
        self.gains = nn.Parameter(torch.tensor([3.0, 1.0]))
        self.bn = nn.BatchNorm2d(count)

    def forward(self, x):
        scores = self.gains[0] * F.conv2d(F.normalize(x, dim=1), F.normalize(self.templates, dim=1))
        matches = F.relu(self.bn(scores))
        return x + self.gains[1] * F.conv2d(F.normalize(matches, dim=1), F.normalize(self.semantics, dim=1)), scores


class Student(nn.Module):
    def __init__(self, words, sub_classes):
        super().__init__()
        self.net = reference.CIFARResNet()
        self.sub_classes, self.words = Layer(64, sub_classes), Layer(64, words)

    def forward(self, x):
        first, *others = self.net.layer3
        x, sub_classes = self.sub_classes(first(self.net.before_last_stage(x)))
        for block in others:
            x = block(x)
        x, words = self.words(x)
        return self.net.linear(x.mean((2, 3))), sub_classes, words


class Teacher(nn.Module):
    """With batch norms folded: its maps behind both places."""

    def __init__(self, path):
        super().__init__()
        net = reference.CIFARResNet(blocks=9)
        # A legacy file with `module.` in front of every name.
        values = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
        net.load_state_dict({name.removeprefix("module."): value for name, value in values.items()})
        self.net = net.eval().requires_grad_(False)
        for part in [module for module in net.modules() if hasattr(module, "bn1")]:
            for number in "12":
                if hasattr(part, "bn" + number):
                    folded = fuse_conv_bn_eval(getattr(part, "conv" + number), getattr(part, "bn" + number))
                    setattr(part, "conv" + number, folded)
                    setattr(part, "bn" + number, nn.Identity())

    def forward(self, x):
        first, *others = self.net.layer3
        x = sub_classes = first(self.net.before_last_stage(x))
        for block in others:
            x = block(x)
        return sub_classes, x


def positions(x):
    """N x C x H x W as a row a position; without a copy where channels come last."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


class Lesson(nn.Module):
    """The sum of the three losses of a batch, and logits; `offline` is the folder that `vitrine distill` keeps its offline part in."""

    def __init__(self, teacher, offline):
        super().__init__()
        found = {}
        for path in pathlib.Path(offline).rglob("*.safetensors"):
            found.update({f"{path.stem}.{name}": value for name, value in load_file(path).items()})
        self.teacher = Teacher(teacher)
        self.mean, self.scalings = found["discriminants.mean"], found["discriminants.scalings"]
        self.centres = found["sub-classes.centres"].view(-1, PER_CLASS, self.scalings.shape[1])
        self.rows = found["score-matrix.score_matrix"]
        self.words, self.word_norms = found["vocabulary.centres"], found["vocabulary.centres"].square().sum(1)
        self.student = Student(len(self.words), len(self.rows))

    def forward(self, images, labels):
        logits, sub_scores, word_scores = self.student(images)
        with torch.no_grad():
            sub_map, word_map = self.teacher(images)
            # |f|^2 is the same for all words.
            words = F.log_softmax(torch.addmm(-self.word_norms, positions(word_map), self.words.T, alpha=2), 1)
            places = ((positions(sub_map) - self.mean) @ self.scalings).view(len(images), -1, self.scalings.shape[1])
            chosen = torch.cdist(places, self.centres[labels]).argmin(2) + PER_CLASS * labels[:, None]
            rows = self.rows[chosen.flatten()]
        return (
            F.cross_entropy(logits, labels)
            + F.kl_div(F.log_softmax(positions(word_scores), 1), words, reduction="batchmean", log_target=True)
            + F.kl_div(F.log_softmax(positions(sub_scores), 1), rows, reduction="batchmean"), logits)
