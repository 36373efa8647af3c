"""Makes the checkpoints in this folder and expected.json, their values as PyTorch and NumPy read them.

    python make_fixtures.py [folder with resnet20-12fca82f.th and resnet56-4bfd9763.th]

Needs torch, numpy and safetensors. Values are (7 i mod 23 - 11) / 8 for element i: exact in every float format.
"""

import argparse
import collections
import ctypes
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy
import safetensors.torch
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
expected = {}


def path(name):
    return os.path.join(HERE, name)


def values(*shape, dtype=torch.float32):
    count = 1
    for extent in shape:
        count *= extent
    return ((torch.arange(count) * 7 % 23 - 11) / 8).reshape(shape).to(dtype)


def type_name(tensor):
    return str(tensor.dtype).removeprefix("torch.")


def expect(name, format, state, nesting=(), prefix=""):
    expected[name] = {
        "format": format, "nesting": list(nesting), "prefix": prefix,
        "tensors": [
            {"name": key.removeprefix(prefix), "shape": list(tensor.shape), "type": type_name(tensor),
             "values": [float(x) for x in tensor.detach().to(torch.float32).reshape(-1)]}
            for key, tensor in state.items() if isinstance(tensor, torch.Tensor)
        ],
    }


def save(name, content, state=None, nesting=(), prefix="", legacy=None, **options):
    """Saves as an archive and, under `legacy`, in the old format."""
    state = content if state is None else state
    torch.save(content, path(name), **options)
    expect(name, "PyTorch (zip)", state, nesting, prefix)
    if legacy:
        torch.save(content, path(legacy), _use_new_zipfile_serialization=False)
        expect(legacy, "PyTorch (legacy)", state, nesting, prefix)


# --- state dictionaries ---------------------------------------------------------------------------------------------

plain = collections.OrderedDict(
    [("conv.weight", values(4, 3, 3, 3)), ("conv.bias", values(4)), ("bn.running_var", values(4).abs() + 0.5),
     ("bn.num_batches_tracked", torch.tensor(1234)), ("empty", values(0, 3))]
)
save("plain.pt", plain, legacy="plain-legacy.th")
save("protocol4.pt", plain, pickle_protocol=4)
save("protocol5.pt", plain, pickle_protocol=5)

torch.serialization.set_crc32_options(False)
save("unchecked.pt", plain)
torch.serialization.set_crc32_options(True)

types = {
    str(dtype).removeprefix("torch."): values(2, 3, dtype=dtype)
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64)
}
types.update({
    str(dtype).removeprefix("torch."): torch.tensor([[0, 1, -2], [100, -100, 127]]).to(dtype)
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64)
})
types["uint8"] = torch.tensor([0, 1, 200, 255], dtype=torch.uint8)
types["bool"] = torch.tensor([True, False, True])
types["float16.special"] = torch.tensor([0.0, -0.0, 65504, 2.0**-14, 2.0**-24, 1023 * 2.0**-24, -1 / 3]).half()
types["bfloat16.special"] = torch.tensor([3.0e38, -1.0e-38, 1 / 3]).bfloat16()
save("types.pt", types, legacy="types-legacy.th")

# Types without a storage class of their own: version 3 of the tensor's constructor.
save("unsigned.pt", {key: torch.tensor([0, 1, 60000]).to(getattr(torch, key)) for key in ("uint16", "uint32", "uint64")})
torch.save({"w": values(3), "f8": values(4).to(torch.float8_e4m3fn), "c": torch.tensor([1 + 2j])}, path("unreadable-types.pt"))

base = values(6, 8)
views = {
    "base": base, "same": base, "transposed": base.t(), "sliced": base[1::2, 2:7:3], "row": base[3], "column": base[:, 5],
    "expanded": values(1, 4).expand(3, 4), "scalar": base[2, 3], "parameter": torch.nn.Parameter(values(2, 5)),
    "channels_last": values(2, 3, 4, 5).to(memory_format=torch.channels_last), "permuted": values(2, 3, 4).permute(2, 0, 1),
    "windows": values(10).as_strided((4, 3), (2, 1)),
}
save("views.pt", views, legacy="views-legacy.th")

not_finite = {"fine": values(3), "nan": torch.tensor([1.0, float("nan")]), "infinite": torch.tensor([float("-inf")]).half(),
              "count": torch.tensor(7), "wide": torch.tensor(float("nan")).expand(5, 5)}
torch.save(not_finite, path("not-finite.pt"))

# --- where training code puts them ----------------------------------------------------------------------------------


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.bn = torch.nn.BatchNorm2d(2)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(values(*parameter.shape))

    def forward(self, x):
        return self.bn(self.conv(x))


network = Net()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
network(values(2, 1, 5, 5)).square().sum().backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
wrapped = collections.OrderedDict(("module." + key, value) for key, value in network.state_dict().items())
training = {
    "epoch": 3, "arch": "net", "state_dict": wrapped, "best_acc1": torch.tensor(91.5), "loss": float("nan"),
    "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "args": argparse.Namespace(lr=0.1, names=["a", "b"]),
    "accuracy": numpy.float64(0.915), "history": [1.0, 0.5], "seen": {1, 2}, "big": 1 << 100, "shape": torch.Size([1, 2]),
    "device": torch.device("cpu"), "dtype": torch.float32, "rng": torch.zeros(4, dtype=torch.uint8),
}
torch.serialization.set_crc32_options(False)
save("training-unchecked.pt", training, wrapped, ["state_dict"], "module.")
torch.serialization.set_crc32_options(True)
save("training.pt", training, wrapped, ["state_dict"], "module.", legacy="training-legacy.th")
save("ema.pt", {"state_dict_ema": {"w": values(2)}, "model": {"w": values(3)}}, {"w": values(3)}, ["model"])
save("deep.pt", {"step": 1, "model": {"state_dict": {"w": values(3)}, "name": "x"}}, {"w": values(3)}, ["model", "state_dict"])
save("only.pt", {"generator": {"w": values(3)}, "epoch": 1}, {"w": values(3)}, ["generator"])
torch.save({"generator": {"w": values(3)}, "discriminator": {"w": values(3)}}, path("ambiguous.pt"))
compiled = {"_orig_mod.module." + key: values(2) for key in ("a", "b")}
save("compiled.pt", compiled, prefix="_orig_mod.module.")
save("averaged.pt", {"n_averaged": torch.tensor(3), "module.w": values(2)}, prefix="module.")
save("partial-prefix.pt", {"module.a": values(2), "b": values(2)})
torch.save([values(2)], path("list.pt"))
torch.save(values(2), path("tensor.pt"))
torch.save({"epoch": 3}, path("no-tensors.pt"))
torch.save(network, path("module.pt"))
torch.save(network, path("module-legacy.th"), _use_new_zipfile_serialization=False)
torch.save({"epoch": 1, "model": network}, path("module-inside.pt"))
torch.jit.script(torch.nn.Linear(2, 2)).save(path("torchscript.pt"))

# --- old files, written by hand -------------------------------------------------------------------------------------


def legacy_file(name, pickled, storages, little_endian=True):
    with open(path(name), "wb") as file:
        pickle.dump(0x1950A86A20F9469CFC6C, file, protocol=2)
        pickle.dump(1001, file, protocol=2)
        pickle.dump({"protocol_version": 1001, "little_endian": little_endian, "type_sizes": {"short": 2, "int": 4, "long": 4}}, file, protocol=2)
        file.write(pickled)
        pickle.dump([key for key, _ in storages], file, protocol=2)
        for _, numbers in storages:
            file.write(struct.pack("<q", len(numbers)) + struct.pack(f"<{len(numbers)}f", *numbers))


def short(text):  # SHORT_BINSTRING, as Python 2 wrote text
    return b"U" + bytes([len(text)]) + text.encode()


def rebuilt(key, count, view, offset, size, stride):
    """A tensor with the six-part persistent id of old files."""
    pack = lambda numbers: b"(" + b"".join(b"K" + bytes([n]) for n in numbers) + b"t"
    view = b"N" if view is None else b"(" + short(view[0]) + b"K" + bytes([view[1]]) + b"K" + bytes([view[2]]) + b"t"
    identifier = b"(" + short("storage") + b"ctorch\nFloatStorage\n" + short(key) + short("cpu") + b"K" + bytes([count]) + view + b"tQ"
    return b"ctorch._utils\n_rebuild_tensor\n(" + identifier + b"K" + bytes([offset]) + pack(size) + pack(stride) + b"tR"


ten = [float(x) for x in values(10)]
# As Python 2 wrote it: text as byte strings, the ordered dictionary by a list of pairs, then its attributes.
pairs = b"".join(
    b"]" + b"(" + short(name) + tensor + b"e"
    for name, tensor in [
        ("whole", rebuilt("7", 10, None, 0, [2, 5], [5, 1])),
        ("view", rebuilt("7", 10, ("8", 4, 6), 1, [2, 2], [2, 1])),
    ]
)
python2 = b"\x80\x02ccollections\nOrderedDict\n](" + pairs + b"e\x85R}(" + short("_metadata") + b"}ub."
legacy_file("python2-views-legacy.th", python2, [("7", ten)])
expect("python2-views-legacy.th", "PyTorch (legacy)", torch.load(path("python2-views-legacy.th"), weights_only=False))
legacy_file("big-endian-legacy.th", python2, [("7", ten)], little_endian=False)
legacy_file("view-outside-legacy.th", b"\x80\x02}(" + short("w") + rebuilt("7", 10, ("8", 6, 6), 0, [2], [1]) + b"u.", [("7", ten)])

# --- pickles that ask for more than data ----------------------------------------------------------------------------


class Call:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Fresh:
    """Pickles as an object of a class of any name."""


torch.save({"w": values(2), "x": Call(os.system, "touch /tmp/vitrine-was-here")}, path("malicious-system.pt"))
torch.save({"w": values(2), "x": Call(os.system, "touch /tmp/vitrine-was-here")}, path("malicious-system4.pt"), pickle_protocol=4)
torch.save(Call(eval, "1"), path("malicious-eval-legacy.th"), _use_new_zipfile_serialization=False)
torch.save({"state_dict": {"w": values(2), "deep": [({"x": [Call(exec, "1")]},)]}}, path("malicious-nested.pt"))
Fresh.__module__, Fresh.__qualname__, Fresh.__name__ = "ctypes", "CDLL", "CDLL"
original, ctypes.CDLL = ctypes.CDLL, Fresh
torch.save({"w": values(2), "x": Fresh()}, path("malicious-object.pt"))
ctypes.CDLL = original

# --- safetensors ----------------------------------------------------------------------------------------------------

portable = {key: tensor.contiguous() for key, tensor in types.items()}
safetensors.torch.save_file(portable, path("types.safetensors"), metadata={"format": "pt", "note": "a \"quote\" and an ümlaut"})
expect("types.safetensors", "safetensors", safetensors.torch.load_file(path("types.safetensors")))
safetensors.torch.save_file({"model." + key: tensor for key, tensor in plain.items()}, path("plain.safetensors"))
expect("plain.safetensors", "safetensors", safetensors.torch.load_file(path("plain.safetensors")), prefix="model.")
safetensors.torch.save_file({"f8": values(4).to(torch.float8_e4m3fn)}, path("float8.safetensors"))

# --- NumPy ----------------------------------------------------------------------------------------------------------


def array(name, content, version=None, **options):
    with open(path(name), "wb") as file:
        numpy.lib.format.write_array(file, content, version=version, **options)
    expected[name] = {"shape": list(content.shape), "values": [float(x) for x in content.astype("<f4").reshape(-1)]}


for kind in ("<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "<u2", "|u1"):
    array(f"array-{kind[1:]}.npy", (numpy.arange(12).reshape(3, 4) * 7 % 23).astype(kind))
array("array-b1.npy", numpy.array([True, False, True]))
array("array-columns.npy", numpy.asfortranarray(values(2, 3, 4).numpy()))
array("array-scalar.npy", numpy.array(2.5, dtype="<f4"))
array("array-empty.npy", numpy.zeros((3, 0, 2), dtype="<f4"))
array("array-version2.npy", values(2, 3).numpy(), version=(2, 0))
array("array-version3.npy", values(2, 3).numpy(), version=(3, 0))
numpy.save(path("refused-big-endian.npy"), numpy.arange(3, dtype=">f4"))
numpy.save(path("refused-structured.npy"), numpy.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
numpy.save(path("refused-object.npy"), numpy.array([{}, None], dtype=object))
numpy.savez(path("refused-archive.npz"), a=numpy.zeros(2))

# --- archives that PyTorch would not write --------------------------------------------------------------------------

with zipfile.ZipFile(path("plain.pt")) as source:
    for name, method, change in [("refused-compressed.pt", zipfile.ZIP_DEFLATED, {}), ("refused-big-endian.pt", zipfile.ZIP_STORED, {"byteorder": b"big"}),
                                 ("refused-climbing.pt", zipfile.ZIP_STORED, {"../x": b""})]:
        with zipfile.ZipFile(path(name), "w", method) as target:
            for entry in source.infolist():
                part = entry.filename.split("/")[-1]
                target.writestr(zipfile.ZipInfo(entry.filename), change.get(part, source.read(entry)), compress_type=method)
            if "../x" in change:
                target.writestr(zipfile.ZipInfo("archive/../../x"), b"x")

with open(path("expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))

# --- real checkpoints, by a hash of each tensor ---------------------------------------------------------------------


def fingerprint(tensor):
    """FNV-1a, 64 bits, over the float32 bit patterns as little-endian words."""
    state = 0xCBF29CE484222325
    for word in tensor.to(torch.float32).contiguous().view(torch.int32).reshape(-1).tolist():
        state = ((state ^ (word & 0xFFFFFFFF)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{state:016x}"


if len(sys.argv) > 1:
    real = {}
    for name in ("resnet20-12fca82f.th", "resnet56-4bfd9763.th"):
        state = torch.load(os.path.join(sys.argv[1], name), map_location="cpu", weights_only=True)["state_dict"]
        real[name] = [[key.removeprefix("module."), list(tensor.shape), fingerprint(tensor)] for key, tensor in state.items()]
    with open(path("real.json"), "w") as file:
        json.dump(real, file, separators=(",", ":"))
