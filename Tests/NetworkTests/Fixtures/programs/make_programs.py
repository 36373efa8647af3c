"""Small programs of torch.export and what PyTorch computes with them: NAME.pt2 and logits.json.

    OMP_NUM_THREADS=1 python make_programs.py        (PyTorch 2.13)

Weights are drawn from a seed; the image is `FormulaTensors.images`.
"""
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../onnx"))
from make_exports import images  # noqa: E402


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, groups=2), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x
        return self.relu(y)


class Maps(nn.Module):
    """Convolutions, in-place functions, shuffled channels, a gate, pools of several kinds."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8), Block(8))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Hardsigmoid())
        self.conv2 = nn.Conv2d(4, 12, 3, padding="same", dilation=2)
        self.norm = nn.GroupNorm(3, 12)
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(24, 5)

    def forward(self, x):
        x = F.hardswish(self.bn1(self.conv1(x)))
        x = F.max_pool2d(self.layer1(x), 3, 2, 1)
        x = x * self.gate(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        a, b = x.chunk(2, 1)
        x = torch.cat([F.silu(self.norm(self.conv2(a + 0.5 * b))), F.pad(F.gelu(self.norm(self.conv2(b))), (0, 0, 0, 0))], 1)
        x = F.avg_pool2d(x, 2).mean([2, 3])
        return self.fc(self.drop(torch.flatten(x, 1)))


class Tokens(nn.Module):
    """Patches, a class token, attention with a mask of places, a rolled map."""

    def __init__(self, width=16):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, 17, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(approximate="tanh"), nn.Linear(2 * width, width))
        self.register_buffer("mask", torch.randn(17, 17), persistent=False)
        self.head = nn.Linear(width, 4, bias=False)

    def forward(self, x):
        x = torch.roll(self.patches(x), (1, -2), (2, 3)).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        n, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask)
        x = x + self.proj(y.transpose(1, 2).reshape(n, length, width))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


def main():
    x = torch.tensor(images((1, 3, 16, 16)), dtype=torch.float32).reshape(1, 3, 16, 16)
    made = {}
    batch = torch.export.Dim("batch", max=64)
    for name, make, shapes in [("maps", Maps, None), ("maps-open", Maps, {"x": {0: batch}}), ("tokens", Tokens, None)]:
        torch.manual_seed(7)
        net = make().eval()
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_mean, -0.5, 0.5), nn.init.uniform_(module.running_var, 0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 2), nn.init.uniform_(module.bias, -0.5, 0.5)
        example = x if shapes is None else x.repeat(2, 1, 1, 1)
        program = torch.export.export(net, (example,), dynamic_shapes=shapes)
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)
        torch.export.save(program, os.path.join(HERE, f"{name}.pt2"))
        with torch.no_grad():
            made[name] = net.double()(x.double())[0].tolist()
    with open(os.path.join(HERE, "logits.json"), "w") as out:
        json.dump(made, out)


main()
