"""Networks under other names than their libraries give them, for `make_goldens.py`: the same modules, called otherwise.

EfficientNet as its first port to PyTorch calls its modules (`_conv_stem`, `_blocks.0._depthwise_conv`): timm's, padded as in TensorFlow. ResNets as
fastai cuts them, as children of a `Sequential`, and for small images.
"""
import torch
import torch.nn as nn
import torchvision


class PortedBlock(nn.Module):
    def __init__(self, block):
        super().__init__()
        if hasattr(block, "conv_pwl"):
            self._expand_conv, self._bn0 = block.conv_pw, block.bn1
            self._depthwise_conv, self._bn1 = block.conv_dw, block.bn2
            self._project_conv, self._bn2 = block.conv_pwl, block.bn3
        else:
            self._expand_conv = None
            self._depthwise_conv, self._bn1 = block.conv_dw, block.bn1
            self._project_conv, self._bn2 = block.conv_pw, block.bn2
        self._se_reduce, self._se_expand = block.se.conv_reduce, block.se.conv_expand

    def forward(self, x):
        y = x if self._expand_conv is None else self._bn0(self._expand_conv(x))
        y = self._bn1(self._depthwise_conv(y))
        gate = self._se_expand(nn.functional.silu(self._se_reduce(y.mean((2, 3), keepdim=True))))
        y = self._bn2(self._project_conv(y * torch.sigmoid(gate)))
        return x + y if y.shape == x.shape else y


class PortedEfficientNet(nn.Module):
    """Normalisations of timm hold their nonlinearity."""

    def __init__(self, net):
        super().__init__()
        self._conv_stem, self._bn0 = net.conv_stem, net.bn1
        self._blocks = nn.ModuleList(PortedBlock(block) for stage in net.blocks for block in stage)
        self._conv_head, self._bn1, self._fc = net.conv_head, net.bn2, net.classifier

    def forward(self, x):
        x = self._bn0(self._conv_stem(x))
        for block in self._blocks:
            x = block(x)
        return self._fc(self._bn1(self._conv_head(x)).mean((2, 3)))


def efficientnet(variant):
    import timm

    return PortedEfficientNet(timm.create_model(f"tf_efficientnet_b{variant}"))


class ConcatenatedPools(nn.Module):
    def forward(self, x):
        return torch.cat([x.amax((2, 3), keepdim=True), x.mean((2, 3), keepdim=True)], 1)


def fastai(name):
    net = torchvision.models.get_model(name)
    channels = net.fc.in_features
    head = nn.Sequential(
        ConcatenatedPools(), nn.Flatten(), nn.BatchNorm1d(2 * channels), nn.Dropout(0.25), nn.Linear(2 * channels, 512, bias=False), nn.ReLU(),
        nn.BatchNorm1d(512), nn.Dropout(0.5), nn.Linear(512, 1000, bias=False))
    return nn.Sequential(nn.Sequential(*list(net.children())[:-2]), head)


def sequential(name):
    net = torchvision.models.get_model(name)
    return nn.Sequential(*list(net.children())[:-1], nn.Flatten(), net.fc)


def small(name, pools):
    net = torchvision.models.get_model(name, num_classes=10)
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    if not pools:
        net.maxpool = nn.Identity()
    return net


RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
MODELS = {
    **{f"efficientnet_pytorch_b{v}": lambda v=v: efficientnet(v) for v in range(9)},
    **{f"fastai_{name}": lambda name=name: fastai(name) for name in RESNETS},
    **{f"sequential_{name}": lambda name=name: sequential(name) for name in RESNETS},
    **{f"cifar_{name}_torchvision": lambda name=name: small(name, False) for name in RESNETS},
    **{f"cifar_{name}_torchvision_maxpool": lambda name=name: small(name, True) for name in RESNETS},
}
