"""Golden values of relevance: `<case>.json`.

    python make_goldens.py [case ...]

Needs torch, torchvision, numpy, zennit 0.5.1 and captum 0.9. Weights and images follow from names (`formula` of
`NetworkTests/Fixtures/architectures/make_goldens.py`): nothing but samples of results is kept. Where the numbers come from:
  vital, vital-conserving, transformer, attnlrp, attnlrp-gamma      `flows.py` beside this file
  epsilon, gamma, alpha-beta, epsilon-plus, epsilon-plus-flat, epsilon-gamma-box    zennit's rules with its canonizers (but
      see `merged_exactly`)
  guided-backprop, gradient-x-input    captum
  inner                   one step of method 1.3, `flows.inner_matching`

Each map is kept as N x C x H x W: shape, sum and largest magnitude, and values at places of the flattened map: some spread out, some
that are the largest. Numbers are those of a run in float64; `float32_error` is how far PyTorch's own run in float32 is from them,
relative to the map's maximum.

The next case: a line in `CASES`.
"""
import copy
import importlib.util
import json
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

import flows

HERE = os.path.dirname(os.path.abspath(__file__))
OTHERS = os.path.join(HERE, "../../NetworkTests/Fixtures/architectures")
sys.path.insert(0, OTHERS)
specification = importlib.util.spec_from_file_location("networks", os.path.join(OTHERS, "make_goldens.py"))
networks = importlib.util.module_from_spec(specification)
specification.loader.exec_module(networks)

MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

RESNET = "conv1 layer1 layer2 layer3"
DENSENET = "features.conv0 features.denseblock1 features.transition2 features.denseblock4"
VGG = "features.0 features.2 features.11 classifier.0"
VIT = "conv_proj encoder.layers.encoder_layer_0 encoder.layers.encoder_layer_6"
UNIT = {"layer": "layer4", "unit": 7}
CLASS = {"class": 3}

# name: architecture, composite, gain of the weights, target, layers
CASES = {
    "resnet18_vital": ("resnet18", "vital", 1.0, UNIT, RESNET),
    "resnet18_vital_best": ("resnet18", "vital", 1.0, {"layer": "layer3", "unit": 5, "restricted": True}, "conv1 layer1 layer2"),
    "resnet50_vital": ("resnet50", "vital", 1.0, UNIT, RESNET),
    "resnet18_vital-conserving": ("resnet18", "vital-conserving", 1.0, UNIT, RESNET),
    "resnet50_vital_class": ("resnet50", "vital", 1.0, CLASS, RESNET + " layer4"),
    "densenet121_vital": ("densenet121", "vital", 1.0, CLASS, DENSENET),
    "mobilenet_v2_vital": ("mobilenet_v2", "vital", 1.0, CLASS, "features.0.0 features.3 features.7 features.14"),
    "convnext_tiny_vital": ("convnext_tiny", "vital", 1.0, CLASS, "features.0.0 features.1 features.3 features.5"),
    "convnext_tiny_transformer": ("convnext_tiny", "transformer", 1.0, CLASS, "features.0.0 features.1 features.3 features.5"),
    "vit_b_16_transformer": ("vit_b_16", "transformer", 1.0, CLASS, VIT + " encoder.layers.encoder_layer_11"),
    "vit_b_16_transformer_unit": ("vit_b_16", "transformer", 1.0, {"layer": "encoder.layers.encoder_layer_8", "unit": 11}, VIT),
    "vit_b_16_attnlrp": ("vit_b_16", "attnlrp", 1.0, {"layer": "encoder.layers.encoder_layer_0", "unit": 11}, "conv_proj"),
    "vit_b_16_attnlrp-gamma": ("vit_b_16", "attnlrp-gamma", 1.0, {"layer": "encoder.layers.encoder_layer_1", "unit": 11}, "conv_proj encoder.layers.encoder_layer_0"),
    "resnet18_inner": ("resnet18", "inner", 1.0, {"layer": "layer3", "unit": 5}, "conv1 layer1 layer2", [0.1, 1, 1]),
    "resnet50_inner": ("resnet50", "inner", 1.0, {"layer": "layer4", "unit": 7}, RESNET, [0.1, 1, 1, 1]),
}
for composite in ("epsilon", "gamma", "alpha-beta", "epsilon-plus", "epsilon-plus-flat", "epsilon-gamma-box", "guided-backprop",
                  "gradient-x-input"):
    CASES[f"vgg11_bn_{composite}"] = ("vgg11_bn", composite, 1.0, CLASS, VGG)
    CASES[f"resnet18_{composite}"] = ("resnet18", composite, 1.0, UNIT, RESNET)
for composite in ("epsilon", "epsilon-plus-flat"):
    CASES[f"resnet50_{composite}"] = ("resnet50", composite, 1.0, CLASS, RESNET)


def network(name, gain):
    special = networks.GOLDENS[name][3:]
    model = special[0](name) if special else networks.MODELS[name]()
    model.eval()
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    whole = networks.state_dictionary(networks.whole_model(name))
    state = networks.state_dictionary(model)
    with torch.no_grad():
        for key, value in state.items():
            value.copy_(torch.from_numpy(networks.formula(key, tuple(value.shape), gain)))
    return model, {k: list(v.shape) for k, v in state.items() if v.shape != whole[k].shape}


def images(name, count, size):
    u = networks.uniform(name, count * 3 * size * size)
    return torch.from_numpy(((2.0 * u - 1.0) * 3.0 ** 0.5).astype("float32").reshape(count, 3, size, size))


# --- where the numbers come from ---------------------------------------------------------------------------------------

def flow(model, x, composite):
    if isinstance(model, torchvision.models.VisionTransformer):
        return flows.vision_transformer(model, x, {"attnlrp": flows.AttentionTape, "attnlrp-gamma": lambda: flows.AttentionTape(0.05, 0.25)}.get(composite, lambda: None)())
    known = {torchvision.models.MobileNetV2: flows.mobilenet_v2, torchvision.models.ConvNeXt: flows.convnext,
             torchvision.models.DenseNet: flows.densenet, torchvision.models.ResNet: flows.resnet}
    options = {"own_windows": True} if composite == "vital-conserving" else {}
    return known[type(model)](model, x, signed=composite == "transformer", **options)


def by_flow(model, x, composite, target, layers):
    tape = flow(model, x, composite)
    if "class" in target:
        start = tape.named["logits"]
        tape.back(start, flows.start_at_unit(start, target["class"]))
    elif isinstance(model, torchvision.models.VisionTransformer):
        start = tape.named[target["layer"]]
        relevance = torch.zeros_like(start.data)
        relevance[..., target["unit"]] = start.data[..., target["unit"]]
        tape.back(start, relevance)
    else:
        start = tape.named[target["layer"]]
        if target.get("restricted"):
            direction = torch.zeros(start.data.shape[1], dtype=x.dtype)
            direction[target["unit"]] = 1
            tape.back(start, flows.start_at_best_position(start, direction))
        else:
            tape.back(start, flows.start_at_unit(start, target["unit"]))
    result = {layer: tape.named[layer].relevance for layer in layers + ["input"]}
    if "class_token" in tape.named:
        result["class_token"] = tape.named["class_token"].relevance
    return result, start.relevance.sum()


def merged_exactly(modules, batch_norm):
    """zennit leaves a batch norm behind that divides by sqrt(1 + eps): a relative change of 5e-6 a layer, which moves units near their
    kink to the other side. It changes `epsilon` of a random ResNet-50 by 2e-2 of the map's maximum."""
    MERGE(modules, batch_norm)
    batch_norm.eps = 0.0


def zennit_composite(name, dtype):
    from zennit import canonizers, composites, rules, types
    from zennit.torchvision import ResNetCanonizer
    global MERGE
    if canonizers.MergeBatchNorm.merge_batch_norm is not merged_exactly:
        MERGE = canonizers.MergeBatchNorm.merge_batch_norm
        canonizers.MergeBatchNorm.merge_batch_norm = staticmethod(merged_exactly)
    own = [ResNetCanonizer()]  # for VGG it is the merging of batch norms alone
    low, high = ((edge - MEAN) / DEVIATION for edge in (0, 1))
    low, high = low.to(dtype)[None, :, None, None], high.to(dtype)[None, :, None, None]
    base = composites.layer_map_base()
    return {
        "epsilon": lambda: composites.LayerMapComposite(base + [(types.Linear, rules.Epsilon())], own),
        "gamma": lambda: composites.LayerMapComposite(base + [(types.Linear, rules.Gamma())], own),
        "alpha-beta": lambda: composites.LayerMapComposite(base + [(types.Linear, rules.AlphaBeta())], own),
        "epsilon-plus": lambda: composites.EpsilonPlus(canonizers=own),
        "epsilon-plus-flat": lambda: composites.EpsilonPlusFlat(canonizers=own),
        "epsilon-gamma-box": lambda: composites.EpsilonGammaBox(low=low, high=high, canonizers=own),
    }[name]()


def keeping(model, layers):
    """Hooks that keep the outputs of `layers`."""
    kept, modules = {}, dict(model.named_modules())

    def keep(layer):
        def hook(module, inputs, output):
            kept[layer] = output
            return output
        return hook
    return kept, [modules[layer].register_forward_hook(keep(layer)) for layer in layers]


def by_zennit(model, x, composite, target, layers):
    x = x.clone().requires_grad_(True)
    asked = layers + ([target["layer"]] if "layer" in target else [])
    if "layer" not in target or "." in target["layer"]:
        asked = layers
    with zennit_composite(composite, x.dtype).context(model) as changed:
        kept, hooks = keeping(changed, asked)
        logits = changed(x)
        value = logits if "class" in target else kept[target["layer"]]
        unit = target.get("class", target.get("unit"))
        start = torch.zeros_like(value)
        start[:, unit] = value.detach()[:, unit]
        found = torch.autograd.grad(value, [kept[layer] for layer in layers] + [x], start)
        for hook in hooks:
            hook.remove()
    return dict(zip(layers + ["input"], found)), start.sum()


def with_own_rectifiers(model):
    """Every call of a ReLU by a module of its own, which captum wants."""
    from torchvision.models.resnet import BasicBlock

    for module in model.modules():
        if isinstance(module, BasicBlock):
            module.relu2 = nn.ReLU()
            module.forward = basic_block.__get__(module)
    return model


def basic_block(self, x):
    skip = x if self.downsample is None else self.downsample(x)
    return self.relu2(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + skip)


class Spatially(nn.Module):
    """The sum of each channel of a layer as the network's output."""

    def __init__(self, model, layer):
        super().__init__()
        self.model = model
        self.layer = layer

    def forward(self, x):
        kept, hooks = keeping(self.model, [self.layer])
        self.model(x)
        for hook in hooks:
            hook.remove()
        return kept[self.layer].sum((-1, -2))


def by_captum(model, x, composite, target, layers):
    from captum.attr import GuidedBackprop, InputXGradient, LayerGradientXActivation

    model = with_own_rectifiers(copy.deepcopy(model))
    whole = model if "class" in target else Spatially(model, target["layer"])
    unit = target.get("class", target.get("unit"))
    x = x.clone().requires_grad_(True)
    modules = dict(model.named_modules())
    if composite == "guided-backprop":
        return {"input": GuidedBackprop(whole).attribute(x, target=unit)}, None
    result = {layer: LayerGradientXActivation(whole, modules[layer]).attribute(x, target=unit) for layer in layers}
    result["input"] = InputXGradient(whole).attribute(x, target=unit)
    return result, None


# --- golden files ------------------------------------------------------------------------------------------------------

def digits(values):
    return [float(f"{v:.9g}") for v in values.flatten().tolist()]


def as_maps(values):
    """N x C x H x W: tokens (N x L x C) are N x C x L x 1."""
    if values.dim() == 3:
        values = values.transpose(1, 2)
    return values.reshape(*values.shape, *[1] * (4 - values.dim()))


def sampled(exact, single):
    exact, single = as_maps(exact.detach()), as_maps(single.detach())
    flat = exact.flatten()
    spread = networks.places(flat.numel(), 24)
    largest = flat.abs().topk(min(24, flat.numel()))[1].tolist()
    at = sorted(set(spread + largest))
    scale = flat.abs().max()
    return {
        "shape": list(exact.shape), "sum": float(f"{flat.sum().item():.9g}"), "largest": float(f"{scale.item():.9g}"),
        "places": at, "values": digits(flat[at]),
        "float32_error": float(f"{((single.double() - exact).abs().max() / scale).item():.3g}"),
    }


def golden(case):
    architecture, composite, gain, target, names, *weights = CASES[case]
    layers = names.split()
    model, changes = network(architecture, gain)
    size = 64
    x = images("input", 2, size)
    twice = copy.deepcopy(model).double()
    result = {"architecture": architecture, "composite": composite, "gain": gain, "input": [2, 3, size, size], "changes": changes,
              "target": target}
    if composite == "inner":
        references = images("references", 3, size)
        result["references"] = list(references.shape)
        result["weights"] = weights[0]
        result["images"] = []
        for image in range(len(x)):
            def step(m, dtype):
                return flows.inner_matching(
                    lambda model, images: flow(model, images, "vital"), flows.features_of_modules, m, x[image:image + 1].to(dtype),
                    references.to(dtype), target["layer"], target["unit"], layers, weights[0])
            (parts, loss, gradient), (parts32, loss32, gradient32) = step(twice, torch.float64), step(model, torch.float32)
            result["images"].append({
                "loss": loss.item(), "loss_float32_error": float(f"{abs(loss32.item() / loss.item() - 1):.3g}"),
                "gradient": sampled(gradient, gradient32),
                "layers": [{"name": layer, "loss": parts[layer]["loss"].item(),
                            **{key: sampled(parts[layer][key].reshape(1, parts[layer]["mask"].shape[1], *(
                                parts[layer]["mask"].shape[2:] if key != "importance" else (1, 1))),
                                parts32[layer][key].reshape(1, parts[layer]["mask"].shape[1], *(
                                    parts[layer]["mask"].shape[2:] if key != "importance" else (1, 1))))
                               for key in ("relevance", "mask", "masked", "importance")}} for layer in layers]})
            errors = {"gradient": result["images"][-1]["gradient"]["float32_error"], "loss": result["images"][-1]["loss_float32_error"],
                      **{l["name"] + "." + key: l[key]["float32_error"] for l in result["images"][-1]["layers"]
                         for key in ("relevance", "mask", "masked", "importance")}}
            print(case, "loss", loss.item(), errors, flush=True)
    else:
        methods = dict.fromkeys(["vital", "vital-conserving", "transformer", "attnlrp", "attnlrp-gamma"], by_flow)
        methods |= dict.fromkeys(["guided-backprop", "gradient-x-input"], by_captum)
        method = methods.get(composite, by_zennit)
        exact, start = method(twice, x.double(), composite, target, layers)
        single, _ = method(model, x, composite, target, layers)
        result["started"] = None if start is None else float(f"{start.item():.9g}")
        result["layers"] = [{"name": name, **sampled(exact[name], single[name])} for name in exact]
        residuals = "" if start is None else " ".join(f"{exact[name].sum().item() / start.item():.5f}" for name in exact)
        print(f"{case:32s} errors {[l['float32_error'] for l in result['layers']]} arrived {residuals} "
              f"largest {[float('%.2g' % l['largest']) for l in result['layers']]}", flush=True)
    with open(os.path.join(HERE, case + ".json"), "w") as out:
        json.dump(result, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or CASES:
        golden(each)
