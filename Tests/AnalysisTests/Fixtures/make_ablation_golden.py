"""Golden numbers of `AblationGoldenTests`: a CIFAR ResNet-20 with values by formula, units switched off by forward hooks; from PyTorch in
float64: `ablation.json`. Needs torch and numpy, and the models beside NetworkTests' goldens.

    python make_ablation_golden.py
"""
import json
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "NetworkTests", "Fixtures", "architectures"))
sys.argv = sys.argv[:1]
import cifar_models  # noqa: E402
from make_goldens import formula, uniform  # noqa: E402

IMAGES, CLASSES, GAIN = 24, 10, 0.7
CASES = [
    {"layer": "layer1.0.bn1", "units": [4]},
    {"layer": "layer1", "units": [0, 3, 7]},
    {"layer": "layer2.2.bn2", "units": [11]},
    {"layer": "layer3", "units": [5]},
    {"layer": "layer3", "units": list(range(0, 64, 2))},
]


def main():
    model = cifar_models.ResNet(20).double().eval()
    state = model.state_dict()
    for name, value in state.items():
        if value.dtype.is_floating_point:
            state[name] = torch.from_numpy(formula(name, tuple(value.shape), GAIN)).double()
    model.load_state_dict(state)
    pixels = np.floor(256 * uniform("pictures", IMAGES * 32 * 32 * 3)).reshape(IMAGES, 32, 32, 3)
    x = torch.from_numpy(pixels / 255).permute(0, 3, 1, 2)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (x - mean.double()[:, None, None]) / deviation.double()[:, None, None]
    labels = torch.arange(IMAGES) * 7 % CLASSES
    modules = dict(model.named_modules())
    results = []
    with torch.no_grad():
        for replacement in ("zero", "mean"):
            for case in CASES:
                seen = []
                handle = modules[case["layer"]].register_forward_hook(lambda m, i, o: seen.append(o))
                before = model(x)
                handle.remove()
                means = seen[0].mean((0, 2, 3))

                def off(module, inputs, output):
                    output = output.clone()
                    for unit in case["units"]:
                        output[:, unit] = 0 if replacement == "zero" else means[unit]
                    return output

                handle = modules[case["layer"]].register_forward_hook(off)
                after = model(x)
                handle.remove()
                rise = torch.nn.functional.cross_entropy(after, labels, reduction="none") - torch.nn.functional.cross_entropy(
                    before, labels, reduction="none")
                results.append({
                    **case, "replacement": replacement, "before": int((before.argmax(1) == labels).sum()),
                    "after": int((after.argmax(1) == labels).sum()), "loss": float(f"{rise.mean().item():.10g}"),
                })
    for result in results:
        print(result["layer"], result["units"][:4], result["replacement"], result["before"], result["after"], result["loss"])
    with open(os.path.join(HERE, "ablation.json"), "w") as file:
        json.dump({"images": IMAGES, "classes": CLASSES, "gain": GAIN, "cases": results}, file)
        file.write("\n")


main()
