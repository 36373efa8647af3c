"""The work of the benchmark in PyTorch, each piece as fast as it goes there. Used by compare.py; by itself it prints the peak memory
of a prototype batch:

    python3 bench/reference.py memory resnet50 8
"""
import os
import re
import sys

import torch
import torchvision
from PIL import Image
from torch import nn
from torch.fx.experimental.optimization import fuse
from torch.nn import functional as F
from torchvision import transforms

MATCHED = {
    "resnet50": ["conv1", "layer1", "layer2", "layer3", "layer4"],
    "cifar_resnet20": ["conv1", "layer1", "layer2", "layer3"],
}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


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


class CIFARResNet(nn.Module):
    def __init__(self, blocks=3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Block(16, 16, 1) for _ in range(blocks)])
        self.layer2 = nn.Sequential(Block(16, 32, 2), *[Block(32, 32, 1) for _ in range(blocks - 1)])
        self.layer3 = nn.Sequential(Block(32, 64, 2), *[Block(64, 64, 1) for _ in range(blocks - 1)])
        self.linear = nn.Linear(64, 10)

    def before_last_stage(self, x):
        return self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))

    def forward(self, x):
        return self.linear(self.layer3(self.before_last_stage(x)).mean((2, 3)))


def network(name):
    if name == "cifar_resnet20":
        net = CIFARResNet()
    elif name == "efficientnet_lite0":
        import timm

        net = timm.create_model("efficientnet_lite0", pretrained=False)
    else:
        net = torchvision.models.__dict__[name](weights=None)
    return net.eval().requires_grad_(False)


def size(name):
    return 32 if name.startswith("cifar") else 224


def variants(name, folds=True):
    """The network eager, with channels last, and each with batch norm folded where that can be traced: (label, net, memory format)."""
    plain, last = torch.contiguous_format, torch.channels_last
    made = [("eager", network(name), plain), ("channels_last", network(name).to(memory_format=last), last)]
    if folds:
        try:
            made.append(("folded", fuse(network(name)), plain))
            made.append(("folded, channels_last", fuse(network(name)).to(memory_format=last), last))
        except Exception as error:  # not every network can be traced
            print(f"# {name} is not folded: {type(error).__name__}", file=sys.stderr)
    return made


def gradient_step(net, image, gradient=True):
    """A forward pass; with `gradient` also the gradient of the first logit to the image."""
    if not gradient:
        with torch.no_grad():
            net(image)
    else:
        x = image.detach().requires_grad_(True)
        net(x)[:, 0].sum().backward()


class Features:
    """The outputs of modules, kept by hooks."""

    def __init__(self, net, layers):
        self.maps = {}
        for layer in layers:
            net.get_submodule(layer).register_forward_hook(lambda _m, _i, output, layer=layer: self.maps.__setitem__(layer, output))


class ClassStep:
    """One step of VITAL's class prototypes, batch of independent pictures: roll, forward, sort matching, backward, Adam, clamp.

    `published`: as the authors' code does it, with 50 references whose maps are sorted anew at every step and weights that
    take a gradient too. Otherwise references are sorted once."""

    def __init__(self, name, net, form, batch=1, published=False):
        self.net, self.published = net, published
        self.layers = MATCHED[name]
        self.features = Features(net, self.layers)
        extent = size(name)
        if published:
            net.requires_grad_(True)
        with torch.no_grad():
            self.references = {}
            for _ in range(50 if published else 1):
                net(torch.randn(1, 3, extent, extent).to(memory_format=form))
                for layer in self.layers:
                    self.references.setdefault(layer, []).append(self.features.maps[layer].flatten(2)[0])
            stacked = {layer: torch.stack(maps) for layer, maps in self.references.items()}
            self.references = stacked if published else {k: v.sort(-1).values.mean(0) for k, v in stacked.items()}
        self.picture = torch.randn(batch, 3, extent, extent).to(memory_format=form).requires_grad_(True)
        self.optimiser = torch.optim.Adam([self.picture], lr=1.0, betas=(0.5, 0.9))
        mean, deviation = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(DEVIATION).view(1, 3, 1, 1)
        self.low, self.high = -mean / deviation, (1 - mean) / deviation
        self.jitter = round(30 * extent / 224)

    def __call__(self):
        shift = torch.randint(-self.jitter, self.jitter + 1, (2,)).tolist()
        self.optimiser.zero_grad()
        if self.published:
            self.net.zero_grad()
        self.net(torch.roll(self.picture, shift, (2, 3)))
        loss = 0
        for layer in self.layers:
            target = self.references[layer]
            if self.published:
                target = target.clone().sort(-1).values.mean(0)
            loss = loss + ((self.features.maps[layer].flatten(2).sort(-1).values - target) ** 2).mean((1, 2)).sum()
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            self.picture.clamp_(self.low, self.high)


class Kept(torchvision.datasets.ImageFolder):
    """Decodes every image once."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.loader = {path: self.loader(path) for path, _ in self.samples}.__getitem__


def training_batches(images, workers, keeps=False):
    """Batches of 64 of CIFAR's recipe: moved by up to four pixels and mirrored."""
    steps = transforms.Compose([
        transforms.RandomCrop(32, padding=4, padding_mode="reflect"), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.Normalize(MEAN, DEVIATION)])
    data = (Kept if keeps else torchvision.datasets.ImageFolder)(images, transform=steps)
    return torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)


def descent(net):
    return torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)


class Images(torch.utils.data.Dataset):
    def __init__(self, paths, extent):
        self.paths = paths
        resize = [transforms.Resize(256), transforms.CenterCrop(224)] if extent == 224 else []
        self.transform = transforms.Compose(resize + [transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


class Statistics:
    """Of all units of a layer: extremes, moments, share of positive positions, and the strongest images with their places."""

    def __init__(self, strongest=50):
        self.strongest = strongest
        self.images = 0
        self.sum = self.squares = self.positive = 0

    def add(self, maps):
        maps = maps.flatten(2)
        batch = maps.shape[0]
        largest, places = maps.max(2)
        least = maps.amin((0, 2))
        self.sum = self.sum + maps.sum((0, 2), dtype=torch.float64)
        self.squares = self.squares + maps.square().sum((0, 2), dtype=torch.float64)
        self.positive = self.positive + (maps > 0).sum((0, 2))
        numbers = torch.arange(self.images, self.images + batch).expand(maps.shape[1], batch)
        values, images, places = largest.T, numbers, places.T
        if self.images:
            least = torch.minimum(self.minimum, least)
            values = torch.cat([self.values, values], 1)
            images = torch.cat([self.numbers, images], 1)
            places = torch.cat([self.places, places], 1)
        self.minimum = least
        self.values, order = values.topk(min(self.strongest, values.shape[1]), 1)
        self.numbers, self.places = images.gather(1, order), places.gather(1, order)
        self.images += batch


def sweep(net, form, layers, paths, extent, workers, batch):
    features = Features(net, layers)
    statistics = {layer: Statistics() for layer in layers}
    loader = torch.utils.data.DataLoader(Images(paths, extent), batch_size=batch, num_workers=workers)
    with torch.inference_mode():
        for images in loader:
            net(images.contiguous(memory_format=form))
            for layer in layers:
                statistics[layer].add(features.maps[layer])
    return statistics


if __name__ == "__main__":
    if sys.argv[1:2] != ["memory"] or len(sys.argv) != 4:
        sys.exit(__doc__)
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    _, net, form = variants(sys.argv[2], folds=False)[1]
    step = ClassStep(sys.argv[2], net, form, batch=int(sys.argv[3]))
    for _ in range(3):
        step()
    # Not from getrusage, which counts the parent that forked the process too.
    print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024)
