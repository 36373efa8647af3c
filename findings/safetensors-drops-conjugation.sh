#!/bin/sh
# safetensors' save_file writes a lazily conjugated or negated tensor of PyTorch without its conjugation or sign, and says nothing.
#
# `z.conj()` and `z.imag` of it are views: PyTorch shares the memory and keeps a bit that says "conjugate" or "negate" on reading.
# torch.save keeps that bit (as a dictionary {"conj": True} or {"neg": True}, the seventh argument of _rebuild_tensor_v2, which readers in
# other languages overlook as easily). safetensors.torch writes the memory as it lies: the file holds other numbers than the tensor.
# Met by whoever saves complex-valued weights, or steerable and Fourier layers, after transposing them with `.mH` or `.adjoint()`, or converts
# a checkpoint from .pt to .safetensors. Way out: `tensor.resolve_conj().resolve_neg()` before saving.
# What we do: our reader of .pt applies both bits; a .safetensors file cannot tell.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.13.0 safetensors==0.8.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import safetensors, safetensors.torch, torch

print("torch", torch.__version__.split("+")[0], "safetensors", safetensors.__version__)
weights = torch.complex(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
differs = []
for name, tensor in {"conjugated": weights.conj(), "negated": torch._neg_view(torch.tensor([1.0, 2.0]))}.items():
    torch.save({"w": tensor}, "w.pt")
    safetensors.torch.save_file({"w": tensor}, "w.safetensors")
    from_pt, from_safetensors = torch.load("w.pt")["w"], safetensors.torch.load_file("w.safetensors")["w"]
    print(f"{name}: {tensor.tolist()}; from .pt {from_pt.tolist()}; from .safetensors {from_safetensors.tolist()}")
    assert torch.equal(from_pt, tensor)
    differs.append(not torch.equal(from_safetensors, tensor))
    safetensors.torch.save_file({"w": tensor.resolve_conj().resolve_neg()}, "w.safetensors")
    assert torch.equal(safetensors.torch.load_file("w.safetensors")["w"], tensor), "the way out leads nowhere"
if not all(differs):
    sys.exit("CHANGED: safetensors keeps the conjugation or the sign, or refuses such tensors")
PYTHON
