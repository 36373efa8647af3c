#!/bin/sh
# timm's Swin rolls its map before it pads it to whole windows; torchvision's, like the authors' for detection and transformers', pads first.
#
# With equal weights the two agree to the last bit at the size they were trained at, where windows fit. At another (swin_tiny with window 7 and
# img_size=320 ends in maps of 10 x 10) zeros come to lie between other neighbours in every second block, the mask that keeps wrapped-round
# neighbours apart is laid over another place, and features differ by several per cent: no error, accuracy a little lower.
# Met by whoever carries Swin weights between the libraries (or to ONNX) and checks them at 224 only.
# What we do: each family pads as its own library does, and both are tested at a size where windows do not fit.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.12.1 torchvision==0.27.1 timm==1.0.31
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import timm, torch, torchvision
from timm.models.swin_transformer import SwinTransformerBlock
from torchvision.models.swin_transformer import SwinTransformerBlock as TorchvisionBlock

print("timm", timm.__version__, "torchvision", torchvision.__version__.split("+")[0], "torch", torch.__version__.split("+")[0])
NAMES = {"norm1": "norm1", "attn.qkv": "attn.qkv", "attn.proj": "attn.proj", "norm2": "norm2", "mlp.fc1": "mlp.0", "mlp.fc2": "mlp.3"}


def pair(side, shift):
    """The same block by both libraries, for maps of side x side, with windows of 7."""
    torch.manual_seed(0)
    ours = TorchvisionBlock(16, 2, [7, 7], [shift, shift]).eval()
    theirs = SwinTransformerBlock(16, (side, side), num_heads=2, window_size=7, shift_size=shift).eval()
    weights = {f"{a}.{kind}": getattr(ours.get_submodule(b), kind) for a, b in NAMES.items() for kind in ("weight", "bias")}
    table = torch.randn_like(ours.attn.relative_position_bias_table)
    ours.attn.relative_position_bias_table.data = table
    weights["attn.relative_position_bias_table"] = table
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert not unexpected and all("relative_position_index" in n or "attn_mask" in n for n in missing), (missing, unexpected)
    return ours, theirs


def apart(side, shift):
    ours, theirs = pair(side, shift)
    x = torch.randn(1, side, side, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        a, b = ours(x), theirs(x)
    return ((a - b).abs().max() / a.abs().max()).item()


seen = {(side, shift): apart(side, shift) for side in (14, 10) for shift in (0, 3)}
for (side, shift), difference in seen.items():
    print(f"map {side} x {side}, window 7, shift {shift}: outputs {difference:.1e} of the largest apart")
if any(seen[key] > 1e-5 for key in [(14, 0), (14, 3), (10, 0)]):
    sys.exit("CHANGED: the blocks differ where nothing is padded, or nothing is shifted")
if seen[10, 3] < 1e-3:
    sys.exit("CHANGED: the blocks agree where maps are padded and shifted")
PYTHON
