"""PyTorch models for 32 x 32 images: the CIFAR ResNets of akamaster/pytorch_resnet_cifar10, ImageNet's ResNets with the module
names of kuangliu/pytorch-cifar, and the networks that distillation is compared on, with those of HobbitLong/RepDistiller."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv(inputs, outputs, kernel=1, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


class BasicBlock(nn.Module):
    """The basic block of He et al. 2016. The shortcut is a projection, or has no parameters (section 3.3, option A)."""

    def __init__(self, inputs, outputs, stride, projects):
        super().__init__()
        self.conv1 = conv(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = conv(outputs, outputs, 3)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.projects = projects and (stride != 1 or inputs != outputs)
        if self.projects:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.projects:
            x = self.downsample(x)
        elif self.stride != 1:
            added = (y.shape[1] - x.shape[1]) // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, added, added))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, depth, stem=16, widths=(16, 32, 64), projects=False):
        super().__init__()
        self.conv1 = conv(3, stem, 3)
        self.bn1 = nn.BatchNorm2d(stem)
        channels = stem
        for stage, outputs in enumerate(widths, start=1):
            parts = []
            for index in range((depth - 2) // 6):
                parts.append(BasicBlock(channels, outputs, 2 if stage > 1 and index == 0 else 1, projects))
                channels = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        if projects:
            self.fc = nn.Linear(channels, 100)
        else:
            self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x))).mean((2, 3))
        return self.fc(x) if hasattr(self, "fc") else self.linear(x)


class FourStageBlock(nn.Module):
    def __init__(self, inputs, width, stride, is_bottleneck):
        super().__init__()
        outputs = 4 * width if is_bottleneck else width
        steps = [(width, 1, 1), (width, 3, stride), (outputs, 1, 1)] if is_bottleneck else [(width, 3, stride), (width, 3, 1)]
        self.count = len(steps)
        channels = inputs
        for index, (to, kernel, step) in enumerate(steps, start=1):
            setattr(self, f"conv{index}", conv(channels, to, kernel, step))
            setattr(self, f"bn{index}", nn.BatchNorm2d(to))
            channels = to
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Sequential(*([conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)] if changes else []))

    def forward(self, x):
        y = x
        for index in range(1, self.count + 1):
            y = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(y))
            if index < self.count:
                y = F.relu(y)
        return F.relu(y + self.shortcut(x))


class FourStageResNet(nn.Module):
    def __init__(self, counts, is_bottleneck):
        super().__init__()
        self.conv1 = conv(3, 64, 3)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for stage, count in enumerate(counts):
            blocks = []
            for index in range(count):
                blocks.append(FourStageBlock(channels, 64 << stage, 2 if stage > 0 and index == 0 else 1, is_bottleneck))
                channels = (256 if is_bottleneck else 64) << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))


class PreactivatedBlock(nn.Module):
    """Normalisation and ReLU before each convolution; where the width changes, the shortcut comes after the first of them."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv(inputs, outputs, 3, stride)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = conv(outputs, outputs, 3)
        if inputs != outputs:
            self.convShortcut = conv(inputs, outputs, 1, stride)

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        shortcut = self.convShortcut(activated) if hasattr(self, "convShortcut") else x
        return shortcut + self.conv2(F.relu(self.bn2(self.conv1(activated))))


class Stage(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.layer = nn.Sequential(*blocks)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        self.conv1 = conv(3, 16, 3)
        channels = 16
        for stage in range(3):
            outputs = 16 * width << stage
            blocks = []
            for index in range((depth - 4) // 6):
                blocks.append(PreactivatedBlock(channels, outputs, 2 if stage > 0 and index == 0 else 1))
                channels = outputs
            setattr(self, f"block{stage + 1}", Stage(blocks))
        self.bn1 = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, 100)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class VGG(nn.Module):
    def __init__(self, counts, normalized):
        super().__init__()
        channels = 3
        for block, (count, outputs) in enumerate(zip(counts, (64, 128, 256, 512, 512))):
            parts = []
            for _ in range(count):
                parts += [conv(channels, outputs, 3, bias=True)] + ([nn.BatchNorm2d(outputs)] if normalized else []) + [nn.ReLU()]
                channels = outputs
            setattr(self, f"block{block}", nn.Sequential(*parts[:-1]))
        self.classifier = nn.Linear(512, 100)

    def forward(self, x):
        for block in range(5):
            x = F.relu(getattr(self, f"block{block}")(x))
            if block < 3:
                x = F.max_pool2d(x, 2)
        return self.classifier(x.mean((2, 3)))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        self.conv = nn.Sequential(
            conv(inputs, hidden), nn.BatchNorm2d(hidden), nn.ReLU(),
            conv(hidden, hidden, 3, stride, groups=hidden), nn.BatchNorm2d(hidden), nn.ReLU(),
            conv(hidden, outputs), nn.BatchNorm2d(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileHalf(nn.Module):
    """MobileNetV2 of half the width."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(conv(3, 16, 3, 2), nn.BatchNorm2d(16), nn.ReLU())
        channels = 16
        stages = []
        for expansion, outputs, count, stride in (
                (1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2), (6, 160, 1, 1)):
            blocks = []
            for index in range(count):
                blocks.append(InvertedResidual(channels, outputs, stride if index == 0 else 1, expansion))
                channels = outputs
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.ModuleList(stages)
        self.conv2 = nn.Sequential(conv(160, 1280), nn.BatchNorm2d(1280), nn.ReLU())
        self.classifier = nn.Sequential(nn.Linear(1280, 100))

    def forward(self, x):
        x = self.conv1(x)
        for stage in self.blocks:
            x = stage(x)
        return self.classifier(self.conv2(x).mean((2, 3)))


def shuffled(x, groups):
    n, c, h, w = x.shape
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)


class ShuffleBottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.stride = stride
        self.first_groups = 1 if inputs == 24 else 3
        middle = outputs // 4
        self.conv1 = conv(inputs, middle, groups=self.first_groups)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv2 = conv(middle, middle, 3, stride, groups=middle)
        self.bn2 = nn.BatchNorm2d(middle)
        self.conv3 = conv(middle, outputs, groups=3)
        self.bn3 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = shuffled(F.relu(self.bn1(self.conv1(x))), self.first_groups)
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return F.relu(torch.cat([y, F.avg_pool2d(x, 3, 2, 1)], 1) if self.stride == 2 else y + x)


class ShuffleNetV1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = conv(3, 24)
        self.bn1 = nn.BatchNorm2d(24)
        channels = 24
        for stage, (outputs, count) in enumerate(((240, 4), (480, 8), (960, 4)), start=1):
            blocks = []
            for index in range(count):
                blocks.append(ShuffleBottleneck(channels, outputs - (channels if index == 0 else 0), 2 if index == 0 else 1))
                channels = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(960, 100)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class ShuffleUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.conv1 = conv(half, half)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = conv(half, half, 3, groups=half)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = conv(half, half)
        self.bn3 = nn.BatchNorm2d(half)

    def forward(self, x):
        kept, y = x.chunk(2, 1)
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(y)))))
        return shuffled(torch.cat([kept, F.relu(self.bn3(self.conv3(y)))], 1), 2)


class ShuffleReduction(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        half = outputs // 2
        self.conv1 = conv(inputs, inputs, 3, 2, groups=inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv2 = conv(inputs, half)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = conv(inputs, half)
        self.bn3 = nn.BatchNorm2d(half)
        self.conv4 = conv(half, half, 3, 2, groups=half)
        self.bn4 = nn.BatchNorm2d(half)
        self.conv5 = conv(half, half)
        self.bn5 = nn.BatchNorm2d(half)

    def forward(self, x):
        left = F.relu(self.bn2(self.conv2(self.bn1(self.conv1(x)))))
        right = self.bn4(self.conv4(F.relu(self.bn3(self.conv3(x)))))
        return shuffled(torch.cat([left, F.relu(self.bn5(self.conv5(right)))], 1), 2)


class ShuffleNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = conv(3, 24)
        self.bn1 = nn.BatchNorm2d(24)
        channels = 24
        for stage, (outputs, count) in enumerate(((116, 3), (232, 7), (464, 3)), start=1):
            setattr(self, f"layer{stage}", nn.Sequential(
                ShuffleReduction(channels, outputs), *[ShuffleUnit(outputs) for _ in range(count)]))
            channels = outputs
        self.conv2 = conv(464, 1024)
        self.bn2 = nn.BatchNorm2d(1024)
        self.linear = nn.Linear(1024, 100)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.relu(self.bn2(self.conv2(x))).mean((2, 3)))


VGG_COUNTS = {8: (1, 1, 1, 1, 1), 11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}

MODELS = {
    **{f"cifar_resnet{d}": lambda d=d: ResNet(d) for d in (8, 14, 20, 32, 44, 56, 110)},
    **{f"cifar_resnet{d}_projection": lambda d=d: ResNet(d, projects=True) for d in (8, 14, 20, 32, 44, 56, 110)},
    **{f"cifar_resnet{d}x4": lambda d=d: ResNet(d, 32, (64, 128, 256), True) for d in (8, 32)},
    **{f"cifar_resnet{d}": lambda c=c, b=b: FourStageResNet(c, b) for d, c, b in (
        (18, (2, 2, 2, 2), False), (34, (3, 4, 6, 3), False), (50, (3, 4, 6, 3), True), (101, (3, 4, 23, 3), True),
        (152, (3, 8, 36, 3), True))},
    **{f"cifar_wrn_{d}_{w}": lambda d=d, w=w: WideResNet(d, w) for d, w in ((16, 1), (16, 2), (40, 1), (40, 2), (28, 10))},
    **{f"cifar_vgg{d}_bn": lambda d=d: VGG(VGG_COUNTS[d], True) for d in VGG_COUNTS},
    **{f"cifar_vgg{d}": lambda d=d: VGG(VGG_COUNTS[d], False) for d in VGG_COUNTS},
    "cifar_mobile_half": MobileHalf,
    "cifar_shufflenet_v1": ShuffleNetV1,
    "cifar_shufflenet_v2": ShuffleNetV2,
}
