"""Ten steps of training a CIFAR ResNet-8 in PyTorch, from the weights and on the images that Vitrine's random source gives:
python3 make_training_golden.py, here."""
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parents[1] / "NetworkTests/Fixtures/architectures"), str(HERE.parents[1] / "TensorsTests")]
from cifar_models import ResNet
from random_source import Source

torch.set_num_threads(1)


def initial(name, shape):
    """As `InitialValues`."""
    source, count = Source(3, f"initial/{name}"), math.prod(shape)
    if len(shape) == 4:
        deviation = np.float32(math.sqrt(2 / (shape[0] * shape[2] * shape[3])))
        values = np.float32([x for _ in range((count + 1) // 2) for x in source.normal_pair()][:count]) * deviation
    elif name.startswith("linear"):
        values = np.float32([2 * source.uniform() - 1 for _ in range(count)]) / np.float32(8)
    else:
        values = np.full(count, 0.0 if name.endswith(("bias", "running_mean")) else 1.0, np.float32)
    return torch.tensor(values).view(shape)


def images(step):
    source = Source(3, f"images/{step}")
    return torch.tensor(np.float32([2 * source.uniform() - 1 for _ in range(32 * 3072)])).view(32, 3, 32, 32)


BATCHES = [images(step) for step in range(10)]


def train(dtype):
    net = ResNet(8)
    state = {k: initial(k, v.shape) for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    net.load_state_dict(state)
    net = net.to(dtype).train()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)
    losses = []
    for step in range(10):
        labels = torch.tensor([(step + 3 * i) % 10 for i in range(32)])
        loss = F.cross_entropy(net(BATCHES[step].to(dtype)), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    after = {k: v.flatten()[:16].tolist() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    return losses, after


losses, after = train(torch.float64)
single, single_after = train(torch.float32)
print("float32 differs in losses by", max(abs(a - b) for a, b in zip(losses, single)))
print("and in values by", max(abs(a - b) for k in after for a, b in zip(after[k], single_after[k])))
text = json.dumps({"losses": losses, "after": after})
(HERE / "training.json").write_text(json.dumps(json.loads(text, parse_float=lambda x: float(f"{float(x):.8g}")), separators=(",", ":")) + "\n")
