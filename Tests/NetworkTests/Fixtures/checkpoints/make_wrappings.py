"""Makes the checkpoints whose weights are wrapped in some way, and expected-wrappings.json, their values as PyTorch computes them.

    python make_wrappings.py

Needs torch and numpy. Values are (7 i mod 23 - 11) / 8 for element i, as in `make_fixtures.py`. Classes that a file names stand in modules
that exist nowhere, as those of other packages do for a reader.
"""

import argparse
import collections
import datetime
import enum
import functools
import json
import os
import sys
import types

import numpy
import torch
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm

HERE = os.path.dirname(os.path.abspath(__file__))
expected = {}


def values(*shape):
    count = 1
    for extent in shape:
        count *= extent
    return ((torch.arange(count) * 7 % 23 - 11) / 8).reshape(shape)


def expect(name, state, format="PyTorch (zip)", nesting=(), prefix="", computed=(), module=None):
    expected[name] = {
        "format": format, "nesting": list(nesting), "prefix": prefix, "computed": list(computed), "module": module,
        "tensors": [{"name": key, "shape": list(tensor.shape), "type": str(tensor.dtype).removeprefix("torch."),
                     "values": [float(x) for x in tensor.detach().float().reshape(-1)]} for key, tensor in state.items()],
    }


def save(name, content, state, legacy=False, **more):
    torch.save(content, os.path.join(HERE, name + ".pt"))
    expect(name + ".pt", state, **more)
    if legacy:
        torch.save(content, os.path.join(HERE, name + "-legacy.th"), _use_new_zipfile_serialization=False)
        expect(name + "-legacy.th", state, "PyTorch (legacy)", **more)


def foreign(module, name, bases=(), **members):
    """A class of another package."""
    parts = module.split(".")
    for end in range(len(parts)):
        sys.modules.setdefault(".".join(parts[: end + 1]), types.ModuleType(".".join(parts[: end + 1])))
    made = type(name, bases, {"__module__": module, **members})
    setattr(sys.modules[module], name, made)
    return made


# --- tensors ---------------------------------------------------------------------------------------------------------

real = values(6)
negated = torch.complex(torch.zeros(6), -real).conj().imag
assert negated.is_neg() and torch.equal(negated, real)
save("negated", {"w": negated, "rows": negated.reshape(2, 3)[:, 1:], "plain": values(2)},
     {"w": real, "rows": real.reshape(2, 3)[:, 1:], "plain": values(2)}, legacy=True)

Derived = foreign("fastlike.core", "TensorBase", (torch.Tensor,))
marked, parameter = values(4), torch.nn.Parameter(values(2, 2))
marked.note, parameter.sharded = "set by a script", False
subclass = {"derived": values(2, 3).as_subclass(Derived), "parameter": torch.nn.Parameter(values(3)), "marked": marked, "stated": parameter,
            "derived.parameter": torch.nn.Parameter(values(2).as_subclass(Derived))}
save("subclass", subclass, subclass, legacy=True)

# --- records -----------------------------------------------------------------------------------------------------------


class Phase(enum.Enum):
    TRAIN = "train"


Phase.__module__ = "tool.phases"
sys.modules["tool"], sys.modules["tool.phases"] = types.ModuleType("tool"), types.ModuleType("tool.phases")
sys.modules["tool.phases"].Phase = Phase
plain = lambda **attributes: {"__init__": lambda self, **given: self.__dict__.update(given), **attributes}
Config = foreign("tool.config", "DictConfig", **plain())
Slotted = foreign("tool.config", "Slotted", __slots__=("a", "b"))
Attributes = foreign("tool.config", "AttributeDict", (dict,))
List = foreign("tool.config", "ConfigList", (list,))
History = foreign("tool.history", "HistoryBuffer", **plain())
slotted = Slotted()
slotted.a = 1
attributes = Attributes(lr=0.1)
attributes.note = "x"
state = {"conv.weight": values(2, 1, 3, 3), "conv.bias": values(2)}
record = {
    "meta": {"time": datetime.datetime(2026, 1, 2), "zone": datetime.timezone.utc, "phase": Phase.TRAIN, "config": Config(lr=0.1, layers=List([3, 4])),
             "namespace": argparse.Namespace(lr=0.1), "slotted": slotted, "function": functools.partial(len, []), "class": Config,
             "attributes": attributes, "counter": collections.Counter("aab"), "queue": collections.deque([1, 2], maxlen=3),
             "missing": collections.defaultdict(list, a=[1])},
    "state_dict": Attributes(state),
    "message_hub": {"log": collections.OrderedDict(loss=History(values=numpy.array([2.3, 1.9]), count=numpy.ones(2, dtype=numpy.int64)))},
    "scalar": numpy.float32(3), "epoch": numpy.int64(4), "bytes": b"\x00\xff", "complex": 1 + 2j,
    "optimizer": {"state": {0: {"exp_avg": values(3)}}, "param_groups": [{"params": [0]}]},
}
save("opaque", record, state, legacy=True, nesting=["state_dict"])

# Two dictionaries of equals, as self-distillation keeps them: only names tell them apart.
pair = {"student": {"module.a": values(2), "module.b": values(3)}, "teacher": {"a": values(2), "b": values(3)}, "loss": {"center": values(1)}, "epoch": 3}
torch.save(pair, os.path.join(HERE, "pair.pt"))

# --- modules -----------------------------------------------------------------------------------------------------------


class Part(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.bn = torch.nn.BatchNorm2d(2)
        self.bare = torch.nn.Parameter(values(2))
        self.register_parameter("none", None)
        self.register_buffer("steps", torch.tensor([4.0]))
        self.register_buffer("grid", values(2), persistent=False)
        self.note = values(3)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = torch.nn.Sequential(Part(), torch.nn.ReLU(), Part())
        self.again = self.parts[0].conv
        self.head = torch.nn.Linear(2, 3)
        self.activation = torch.nn.functional.relu
        prune.l1_unstructured(self.head, "weight", amount=0.5)


for cls in (Part, Net):
    cls.__module__, cls.__qualname__ = "models.net", cls.__name__
    sys.modules.setdefault("models", types.ModuleType("models"))
    setattr(sys.modules.setdefault("models.net", types.ModuleType("models.net")), cls.__name__, cls)

network = Net()
with torch.no_grad():
    for p in network.parameters():
        p.copy_(values(*p.shape))
read = collections.OrderedDict()
for key, tensor in network.state_dict().items():
    if key == "head.weight_orig":
        read["head.weight"] = tensor * network.head.weight_mask
    elif key != "head.weight_mask":
        read[key] = tensor
# A pruned parameter stands where its first part stood.
save("whole", network, read, legacy=True, computed=["head.weight"], module="models.net.Net")
save("whole-inside", {"epoch": 1, "net": torch.nn.DataParallel(network), "optimizer": torch.optim.SGD(network.parameters(), lr=0.1)}, read,
     nesting=["net"], prefix="module.", computed=["head.weight"], module="torch.nn.parallel.data_parallel.DataParallel")
Learner = foreign("fastlike.learner", "Learner", **plain())
save("whole-attribute", Learner(model=network, dls=History(values=[1]), lr=0.1), read, nesting=["model"], computed=["head.weight"],
     module="models.net.Net")

# --- weights computed from weights -------------------------------------------------------------------------------------


def layers():
    made = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(3, 4, 3), fc=torch.nn.Linear(6, 5)))
    with torch.no_grad():
        for p in made.parameters():
            p.copy_(values(*p.shape) + 0.1)
    return made


def computed(name, make, parts=("weight",)):
    torch.manual_seed(3)
    made = layers()
    for layer in made:
        make(layer)
    made.train()
    made.conv(values(2, 3, 5, 5)), made.fc(values(2, 6))  # Training moves the vectors of spectral norms.
    made.eval()
    made.conv(values(2, 3, 5, 5)), made.fc(values(2, 6))  # Hooks set the weights of this mode.
    content = made.state_dict()
    wanted = [f"{layer}.{part}" for layer in ("conv", "fc") for part in parts]
    state = {key: functools.reduce(getattr, key.split("."), made) for key in wanted}
    state |= {key: tensor for key, tensor in content.items() if key in ("conv.bias", "fc.bias")}
    torch.save(content, os.path.join(HERE, name + ".pt"))
    expect(name + ".pt", state, computed=wanted)


def pruned(layer):
    prune.random_unstructured(layer, "weight", amount=0.4)
    prune.random_unstructured(layer, "bias", amount=0.4)


computed("pruned", pruned, ("weight", "bias"))
computed("weight-norm-hook", weight_norm)
computed("weight-norm-hook-second", lambda layer: weight_norm(layer, dim=1))
computed("weight-norm-hook-all", lambda layer: weight_norm(layer, dim=None))
computed("weight-norm", parametrizations.weight_norm)
computed("spectral-norm-hook", spectral_norm)
computed("spectral-norm", parametrizations.spectral_norm)

with open(os.path.join(HERE, "expected-wrappings.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
