"""Golden numbers of `AttentionGoldenTests`: where the heads of small transformers with values by formula look, from the attention weights that
the transformers library gives: `attention.json`. Needs torch, transformers and numpy, and the models beside NetworkTests' goldens.

    python make_attention_golden.py
"""
import json
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "NetworkTests", "Fixtures", "architectures"))
sys.argv = sys.argv[:1]
import transformers_models  # noqa: E402
from make_goldens import formula, state_dictionary, uniform  # noqa: E402

IMAGES, GAIN = 3, 2.0
VIT = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48, patch_size=8, image_size=32)
SWIN = dict(image_size=56, embed_dim=16, depths=[2, 2, 1], num_heads=[1, 2, 4], window_size=4)
CASES = {
    "transformers_vit": (VIT, ["vit.embeddings.cls_token"]),
    "transformers_deit_distilled": (VIT, ["deit.embeddings.cls_token", "deit.embeddings.distillation_token"]),
    "transformers_swin": (SWIN, []),
}


def windows(values, side, shift):
    """A grid of tokens, filled up with NaN, rolled, and in windows: windows x tokens."""
    height = -(-values.shape[0] // side) * side
    padded = np.full((height, height), np.nan)
    padded[:values.shape[0], :values.shape[1]] = values
    rolled = np.roll(padded, (-shift, -shift), (0, 1))
    n = height // side
    return rolled.reshape(n, side, n, side).transpose(0, 2, 1, 3).reshape(n * n, side * side)


def measure(weights, rows, columns, tokens):
    """`weights` are windows x queries x keys; rows and columns windows x tokens, NaN for what stands nowhere; `tokens` in front are learned."""
    placed = ~np.isnan(rows)
    distance, itself, shares, entropy = [], [], [], []
    received = {}
    for w in range(weights.shape[0]):
        keys = placed[w]
        measured = np.flatnonzero(keys)
        for q in measured:
            a = weights[w, q]
            far = np.hypot(rows[w] - rows[w, q], columns[w] - columns[w, q])
            distance.append((a[keys] * far[keys]).sum() / a[keys].sum())
            itself.append(a[q])
            shares.append(a[:tokens])
            seen = a[a > 0]  # what is masked may come to nothing
            entropy.append(-(seen * np.log(seen)).sum())
        looks = weights[w, :1] if tokens else weights[w, measured]
        for k in measured:
            received[(rows[w, k], columns[w, k])] = looks[:, k].mean()
    place = max(received, key=received.get)
    return {
        "distance": np.mean(distance), "itself": np.mean(itself), "tokens": np.mean(shares, 0).tolist(), "entropy": np.mean(entropy),
        "share": received[place], "place": list(place)}


def looks(model, x):
    """The weights of all attentions: the model's own list has those of a stage's last block only, where there are stages."""
    found = []
    modules = [m for m in model.modules() if type(m).__name__ in ("ViTAttention", "DeiTAttention", "SwinAttention")]
    hooks = [m.register_forward_hook(lambda m, i, o: found.append(o[1])) for m in modules]
    model(x, output_attentions=True)
    for hook in hooks:
        hook.remove()
    return found


def main():
    cases = []
    for name, (options, tokens) in CASES.items():
        model = transformers_models.MAKERS[name](**options)
        config = model.model.config
        state = model.state_dict()
        for key, value in state.items():
            if value.dtype.is_floating_point:
                value.copy_(torch.from_numpy(formula(key, tuple(value.shape), GAIN)))
        inner = model.model.double().eval()
        inner.set_attn_implementation("eager")
        size = options["image_size"]
        pixels = np.floor(256 * uniform("pictures", IMAGES * size * size * 3)).reshape(IMAGES, size, size, 3)
        x = torch.from_numpy(pixels / 255).permute(0, 3, 1, 2)
        layers = []
        with torch.no_grad():
            for image in range(IMAGES):
                attentions = looks(inner, x[image:image + 1])
                for number, weights in enumerate(attentions):
                    weights = weights.numpy()
                    if tokens:
                        side, patch = size // options["patch_size"], options["patch_size"]
                        row, column = (np.indices((side, side)) + 0.5) * patch
                        front = np.full((1, len(tokens)), np.nan)
                        rows, columns = (np.concatenate([front, v.reshape(1, -1)], 1) for v in (row, column))
                    else:
                        stage, block = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)][number]
                        side = [14, 7, 4][stage]
                        shift = 2 if block == 1 and side > 4 else 0
                        # A token of a later stage is made of two by two of the one before, a row beyond the edge left out.
                        centres = [4 * (np.arange(14) + 0.5)]
                        for _ in range(stage):
                            old = centres[-1]
                            centres.append(np.array([old[2 * i:2 * i + 2].mean() for i in range(-(-len(old) // 2))]))
                        row, column = np.meshgrid(centres[-1], centres[-1], indexing="ij")
                        rows, columns = windows(row, 4, shift), windows(column, 4, shift)
                    if image == 0:
                        layers.append([[] for _ in range(weights.shape[1])])
                    for head in range(weights.shape[1]):
                        layers[number][head].append(measure(weights[:, head], rows, columns, len(tokens)))
        own = {"model_type": config.model_type, **{k: v for k, v in options.items()}, "layer_norm_eps": config.layer_norm_eps}
        cases.append({
            "architecture": name, "size": size, "tokens": tokens, "configuration": json.dumps(own),
            "tensors": [{"name": k, "shape": list(v.shape)} for k, v in state_dictionary(model).items()],
            "layers": layers})
        print(name, [[len(h) for h in l] for l in layers], layers[0][0][0])
    with open(os.path.join(HERE, "attention.json"), "w") as file:
        text = json.dumps({"images": IMAGES, "gain": GAIN, "cases": cases}, default=float)
        json.dump(json.loads(text, parse_float=lambda v: float(f"{float(v):.8g}")), file)
        file.write("\n")


main()
