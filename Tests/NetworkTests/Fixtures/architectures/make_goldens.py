"""Golden values of architectures, from PyTorch.

    python make_goldens.py [name ...]      golden files: `<name>.json`
    python make_goldens.py --shapes        `state_dictionaries.txt`, all architectures
    python make_goldens.py --renamed       golden files of networks under another library's names: `renamed/<name>.json`
    python make_goldens.py --shapes name   what stands in that architecture's state dictionary, printed

Needs torch, torchvision, timm, transformers, numpy and efficientnet-lite-pytorch. Two checks of different depth:

`state_dictionaries.txt` has a line for every architecture: how many values it learns, and a hash (FNV-1a, 64 bits) over the
names and shapes of its state dictionary, a line a tensor, sorted.

Members of each family have golden files, too: what PyTorch computes with given weights, at a small resolution. No weights are
kept: every tensor follows from its name by `formula`, which `FormulaTensors.swift` repeats bit for bit. A golden file holds,
for one batch of two images:
  changes    tensors that have another shape than in the architecture's state dictionary, to keep the file's network small; null for
             those that it lacks
  tensors    in `renamed/` only: all tensors, whose names are others than the architecture's; layers bear the architecture's
  configuration   what stands in `config.json` beside the weights, where a network needs it
  logits     the first ten of each image
  layers     of each layer: shape, mean, mean magnitude, largest magnitude, values at some places of the flattened map
  gradient   of logit `target`, summed over the batch, to the input: norm, values at some places, and `float32_error`
Layers are N x C x H x W: tokens (N x L x C) are written as N x C x L x 1.

Numbers are those of a run in float64. `float32_error` says how far PyTorch's own float32 run is from it: relative to the
largest magnitude for logits and layers, as relative Euclidean distance over the sampled places for the gradient.

The next architecture: a line in `MODELS`, and one in `GOLDENS` if it is the first of its family.
"""
import copy
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torchvision

import cifar_models
import ported_models
import timm_models
import transformers_models

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = 3


# --- values from names -------------------------------------------------------------------------------------------------

def uniform(name, count):
    """`count` values in [0, 1), multiples of 2^-24."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint64) * 0x9E3779B9 & 0xFFFFFFFF
    x = x ^ h
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x = x ^ (x >> np.uint64(shift))
        x = x * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return (x >> np.uint64(8)).astype(np.float64) * 2.0**-24


def formula(name, shape, gain):
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("running_var"):
        values = 0.3 + 1.5 * u
    elif name.endswith("running_mean"):
        values = 0.6 * (u - 0.5)
    elif name.endswith("token") or "pos_embed" in name:
        values = 2.0 * u - 1.0
    elif name.endswith("bias"):
        values = 0.4 * (u - 0.5)
    elif len(shape) == 1:
        values = 0.6 + 0.8 * u
    else:
        values = (2.0 * u - 1.0) * math.sqrt(3.0 * gain / (np.prod(shape[1:])))
    return values.astype(np.float32).reshape(shape)


def images(shape):
    return ((2.0 * uniform("input", int(np.prod(shape))) - 1.0) * math.sqrt(3.0)).astype(np.float32).reshape(shape)


# --- models ------------------------------------------------------------------------------------------------------------

def tv(name, **options):
    return torchvision.models.get_model(name, **options)


def timm_model(name, **options):
    import timm

    return timm.create_model(name, num_classes=1000, **options)


def lite(variant, size=None):
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_name(f"efficientnet-lite{variant}", image_size=size)


class NarrowResNet(torchvision.models.ResNet):
    """Of half the usual width, one block a stage."""

    def __init__(self):
        basic = torchvision.models.resnet.BasicBlock
        super().__init__(basic, [1, 1, 1, 1])
        self.inplanes = 32
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32)
        for stage, width in enumerate((32, 64, 128, 256)):
            setattr(self, f"layer{stage + 1}", self._make_layer(basic, width, 1, 1 if stage == 0 else 2))
        self.fc = nn.Linear(256, 1000)


def shrunken_alexnet(name):
    """With 64 units in place of 4096."""
    model = tv(name)
    model.classifier[1], model.classifier[4], model.classifier[6] = nn.Linear(9216, 64), nn.Linear(64, 64), nn.Linear(64, 1000)
    return model


def shrunken_vgg(name):
    """With 64 units in place of 4096."""
    model = tv(name)
    model.classifier[0], model.classifier[3], model.classifier[6] = nn.Linear(25088, 64), nn.Linear(64, 64), nn.Linear(64, 1000)
    return model


TORCHVISION = """
    resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2
    resnext50_32x4d resnext101_32x8d resnext101_64x4d alexnet
    vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn densenet121 densenet161 densenet169 densenet201
    mobilenet_v2 mobilenet_v3_large mobilenet_v3_small squeezenet1_0 squeezenet1_1
    shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6
    efficientnet_b7 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l
    mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
    regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf regnet_x_8gf regnet_x_16gf regnet_x_32gf
    regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf regnet_y_16gf regnet_y_32gf regnet_y_128gf
    convnext_tiny convnext_small convnext_base convnext_large vit_b_16 vit_b_32 vit_l_16 vit_l_32 vit_h_14
""".split()
TIMM = """
    tf_efficientnet_lite0 tf_efficientnet_lite1 tf_efficientnet_lite2 tf_efficientnet_lite3 tf_efficientnet_lite4
    resnet18d resnet26d resnet34d resnet50d resnet101d resnet152d
    efficientnet_lite0 convnext_tiny convnext_small convnext_base convnext_large
    convnextv2_atto convnextv2_femto convnextv2_pico convnextv2_nano convnextv2_tiny convnextv2_small convnextv2_base convnextv2_large convnextv2_huge
    vit_tiny_patch16_224 vit_small_patch16_224 vit_small_patch32_224 vit_base_patch16_224 vit_base_patch32_224
    vit_large_patch16_224 vit_large_patch32_224 deit_tiny_patch16_224 deit_small_patch16_224 deit_base_patch16_224
    deit_tiny_distilled_patch16_224 deit_small_distilled_patch16_224 deit_base_distilled_patch16_224
    resnet10t resnet14t resnet26 resnet26t resnet50c resnet50s resnet50t resnet101c resnet101s resnet152c resnet152s resnet200 resnet200d
    resnext50d_32x4d resnext101_32x4d resnext101_32x16d resnext101_32x32d seresnet18 seresnet34 seresnet50 seresnet50t seresnet101
    seresnet152 seresnet152d seresnet200d seresnet269d seresnext26d_32x4d seresnext26t_32x4d seresnext50_32x4d seresnext101_32x4d
    seresnext101_32x8d seresnext101d_32x8d seresnext101_64x4d ecaresnet26t ecaresnet50d ecaresnet50t ecaresnet101d ecaresnet200d
    ecaresnet269d ecaresnext26t_32x4d ecaresnext50t_32x4d seresnetaa50d resnetaa34d resnetaa50 resnetaa50d resnetaa101d
    seresnextaa101d_32x8d resnetblur18 resnetblur50 resnetblur50d resnetblur101d efficientnet_b0 efficientnet_b1 efficientnet_b2
    efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_b8 tf_efficientnet_b0 tf_efficientnet_b1
    tf_efficientnet_b2 tf_efficientnet_b3 tf_efficientnet_b4 tf_efficientnet_b5 tf_efficientnet_b6 tf_efficientnet_b7 tf_efficientnet_b8
    efficientnet_es efficientnet_em efficientnet_el tf_efficientnet_es tf_efficientnet_em tf_efficientnet_el efficientnetv2_s
    efficientnetv2_m efficientnetv2_l tf_efficientnetv2_s tf_efficientnetv2_m tf_efficientnetv2_l efficientnetv2_rw_s efficientnetv2_rw_t
    tf_efficientnetv2_b0 tf_efficientnetv2_b1 tf_efficientnetv2_b2 tf_efficientnetv2_b3 mnasnet_050 mnasnet_075 mnasnet_100 mnasnet_140
    semnasnet_050 semnasnet_075 semnasnet_100 semnasnet_140 mobilenetv2_035 mobilenetv2_050 mobilenetv2_075 mobilenetv2_100 mobilenetv2_140
    mobilenetv2_110d mobilenetv2_120d tinynet_a tinynet_b tinynet_c tinynet_d tinynet_e spnasnet_100 fbnetc_100 hardcorenas_a hardcorenas_b hardcorenas_c
    hardcorenas_d hardcorenas_e hardcorenas_f lcnet_035 lcnet_050 lcnet_075 lcnet_100 lcnet_150 mobilenetv3_large_075
    mobilenetv3_large_100 mobilenetv3_small_050 mobilenetv3_small_075 mobilenetv3_small_100 tf_mobilenetv3_large_075
    tf_mobilenetv3_large_100 tf_mobilenetv3_small_075 tf_mobilenetv3_small_100 convnext_atto convnext_femto convnext_pico convnext_nano
    convnext_xlarge regnetx_002 regnetx_004 regnetx_006 regnetx_008 regnetx_016 regnetx_032 regnetx_040 regnetx_064
    regnetx_080 regnetx_120 regnetx_160 regnetx_320 regnety_002 regnety_004 regnety_006 regnety_008 regnety_016 regnety_032 regnety_040
    regnety_064 regnety_080 regnety_120 regnety_160 regnety_320 regnety_640 regnety_1280 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19
    vgg19_bn
""".split()

# Every architecture, as Vitrine names it.
MODELS = {
    **cifar_models.MODELS,
    **ported_models.MODELS,
    "resnet_unlisted": NarrowResNet,
    **{name: lambda name=name, **options: tv(name, **options) for name in TORCHVISION},
    **{"timm_" + name.removesuffix("_224"): lambda name=name, **options: timm_model(name, **options) for name in TIMM},
    # Without the auxiliary classifiers.
    **{name: lambda name=name: tv(name, aux_logits=False, init_weights=False) for name in ("googlenet", "inception_v3")},
    **{f"efficientnet_lite{v}": lambda v=v, size=None: lite(v, size) for v in range(5)},
    **transformers_models.MODELS,
    **timm_models.MODELS,
}

# Height and width of the input; the variance that a convolution gives per unit of its input's mean square, chosen so that
# neither the input's influence nor the numbers' size is lost on the way down; the layers, separated by spaces; and what makes
# the model smaller.
GOLDENS = {
    "cifar_resnet20": (32, 0.7, "conv1 bn1 layer1 layer2.0.bn2 layer2 layer3"),
    "cifar_resnet56": (32, 0.7, "conv1 bn1 layer1 layer2.0.bn2 layer2 layer3"),
    "cifar_resnet8x4": (32, 0.7, "conv1 layer1 layer2.0.downsample layer2 layer3"),
    "cifar_resnet20_projection": (32, 0.7, "conv1 layer1 layer2.0.downsample layer2 layer3"),
    "cifar_wrn_16_2": (32, 0.7, "conv1 block1 block2.layer.0.convShortcut block2 block3 bn1"),
    "cifar_wrn_40_1": (32, 0.7, "conv1 block1 block2 block3 bn1"),
    "cifar_vgg8_bn": (32, 1.0, "block0.0 block0 block1 block2 block3 block4"),
    "cifar_vgg11": (32, 2.0, "block0.0 block0 block1 block2.1 block3 block4"),
    "cifar_mobile_half": (32, 1.0, "conv1.0 conv1 blocks.0 blocks.1 blocks.2 blocks.4 blocks.6 conv2"),
    "cifar_shufflenet_v1": (32, 1.0, "conv1 layer1 layer2.1.conv1 layer2 layer3"),
    "cifar_shufflenet_v2": (32, 1.0, "conv1 layer1 layer2.0 layer2 layer3 bn2"),
    "resnet18": (64, 1.0, "conv1 maxpool layer1 layer2.0.bn2 layer2 layer3 layer4"),
    "resnet_unlisted": (64, 1.0, "conv1 maxpool layer1 layer2.0.bn2 layer2 layer3 layer4"),
    "resnet50": (64, 1.0, "conv1 maxpool layer1 layer2.0.bn2 layer2 layer3 layer4"),
    "resnext50_32x4d": (64, 1.0, "conv1 layer1 layer2.0.conv2 layer2 layer3 layer4"),
    "timm_resnet26d": (70, 1.0, "conv1.0 conv1 maxpool layer1 layer2.0.downsample layer2 layer3 layer4"),
    "cifar_resnet18": (32, 1.0, "conv1 layer1 layer2.0.shortcut layer2 layer3 layer4"),
    "vgg11": (64, 2.0, "features.0 features.2 features.5 features.20 avgpool classifier.0 classifier.4", shrunken_vgg),
    "vgg11_bn": (64, 1.0, "features.0 features.1 features.28 avgpool classifier.3", shrunken_vgg),
    "alexnet": (127, 2.0, "features.0 features.2 features.5 features.12 avgpool classifier.1 classifier.5", shrunken_alexnet),
    "timm_ecaresnet26t": (70, 1.0, "conv1.0 conv1 maxpool layer1 layer2.0.se layer2.0.downsample layer2 layer3 layer4"),
    "timm_seresnet18": (64, 1.0, "conv1 maxpool layer1 layer2.0.se layer2 layer3 layer4"),
    "timm_resnetblur18": (70, 1.0, "conv1 maxpool layer1 layer2.0.aa layer2 layer3 layer4"),
    "timm_resnetaa50": (64, 1.0, "conv1 maxpool layer1 layer2.0.aa layer2 layer3 layer4"),
    "cifar_resnet18_torchvision": (32, 1.0, "conv1 layer1 layer2.0.downsample layer2 layer3 layer4"),
    "cifar_resnet18_torchvision_maxpool": (32, 1.0, "conv1 maxpool layer1 layer2.0.downsample layer2 layer3 layer4"),
    "fastai_resnet18": (64, 1.0, "0.0 0.3 0.4 0.5 0.6 0.7 1.2 1.4 1.6"),
    "sequential_resnet18": (64, 1.0, "0 3 4 5 6 7"),
    "efficientnet_pytorch_b0": (75, 1.8, "_conv_stem _blocks.0 _blocks.2 _blocks.3._depthwise_conv _blocks.5 _conv_head"),
    "timm_efficientnet_b0": (75, 1.8, "conv_stem blocks.0 blocks.1.0.conv_dw blocks.1 blocks.3 blocks.6 conv_head"),
    "timm_tf_efficientnetv2_b0": (75, 1.2, "conv_stem blocks.0 blocks.1.0.conv_exp blocks.1 blocks.3 blocks.5 conv_head"),
    "timm_mobilenetv3_small_100": (64, 1.6, "conv_stem blocks.0 blocks.1 blocks.2.0.conv_dw blocks.2 blocks.5 conv_head"),
    "timm_lcnet_035": (64, 2.4, "conv_stem blocks.0 blocks.1.1.conv_dw blocks.1 blocks.3 blocks.5.0.se blocks.5 conv_head"),
    "timm_mnasnet_050": (64, 1.0, "conv_stem blocks.0 blocks.1 blocks.3 blocks.6 conv_head"),
    "timm_mobilenetv2_035": (64, 1.0, "conv_stem blocks.0 blocks.1 blocks.3 blocks.6 conv_head"),
    "timm_regnety_002": (64, 1.0, "stem.conv s1 s2.b1.conv2.conv s2 s3 s4"),
    "timm_convnext_atto": (64, 1.0, "stem.0 stem stages.0.blocks.0 stages.0 stages.1.downsample stages.1 stages.3 head.norm"),
    "densenet121": (64, 1.0, "features.conv0 features.denseblock1.denselayer2 features.transition1 features.norm5"),
    "googlenet": (75, 1.0, "conv1.conv maxpool1 conv3 maxpool2 inception3a inception4a inception5b"),
    "inception_v3": (107, 1.5, "Conv2d_1a_3x3.conv Conv2d_2b_3x3 Mixed_5b Mixed_6a Mixed_6b.branch7x7_3 Mixed_6e Mixed_7a Mixed_7c"),
    "regnet_x_400mf": (64, 1.0, "stem.0 trunk_output.block1 trunk_output.block2 trunk_output.block3 trunk_output.block4"),
    "regnet_y_400mf": (64, 1.0, "stem.0 trunk_output.block1 trunk_output.block2 trunk_output.block3 trunk_output.block4"),
    "mnasnet0_5": (64, 1.0, "layers.0 layers.7 layers.8.0 layers.8 layers.10 layers.13 layers.15"),
    "mobilenet_v2": (64, 1.0, "features.0.0 features.0 features.1 features.3 features.7 features.14 features.18"),
    "mobilenet_v3_small": (64, 1.6, "features.0.0 features.0 features.1 features.1.block.1.fc1 features.4 features.8 features.12 "
                           "classifier.1"),
    "mobilenet_v3_large": (64, 1.4, "features.0.0 features.1 features.4 features.7 features.16"),
    "squeezenet1_0": (96, 2.0, "features.0 features.2 features.3.squeeze features.3 features.6 features.12 classifier.1"),
    "shufflenet_v2_x0_5": (64, 1.0, "conv1.0 maxpool stage2.0 stage2 stage3 stage4 conv5"),
    "efficientnet_b0": (64, 1.8, "features.0.0 features.1 features.2 features.2.0.block.2 features.4 features.6 features.8"),
    "efficientnet_v2_s": (64, 1.0, "features.0.0 features.1 features.2 features.4 features.6 features.7"),
    "convnext_tiny": (64, 1.0, "features.0.0 features.0 features.1.0 features.1 features.2 features.3 features.7 classifier.0"),
    "vit_b_16": (64, 1.0, "conv_proj encoder.layers.encoder_layer_0.ln_1 encoder.layers.encoder_layer_0.mlp.0 "
                 "encoder.layers.encoder_layer_0 encoder.layers.encoder_layer_5 encoder.ln", lambda name: tv(name, image_size=64)),
    "timm_convnext_tiny": (64, 1.0, "stem.0 stem stages.0.blocks.0 stages.0 stages.1.downsample stages.1 stages.3 head.norm"),
    "timm_convnextv2_atto": (64, 1.0, "stem.0 stages.0.blocks.0.mlp.grn stages.0.blocks.0 stages.0 stages.1 stages.3 head.norm"),
    "timm_vit_tiny_patch16": (64, 1.0, "patch_embed.proj blocks.0.norm1 blocks.0.attn.qkv blocks.0 blocks.6 blocks.11 norm",
                              lambda name: timm_model("vit_tiny_patch16_224", img_size=64)),
    "timm_deit_tiny_distilled_patch16": (64, 1.0, "patch_embed.proj blocks.0 blocks.11 norm",
                                         lambda name: timm_model("deit_tiny_distilled_patch16_224", img_size=64)),
    # Half of what the Lite networks were trained on: some maps are odd there, and SAME padding is uneven.
    "efficientnet_lite0": (112, 1.2, "_conv_stem _bn0 _blocks.0 _blocks.2 _blocks.3._depthwise_conv _blocks.5 _conv_head _bn1"),
    "efficientnet_lite3": (140, 1.2, "_conv_stem _bn0 _blocks.0 _blocks.2 _blocks.3._depthwise_conv _blocks.5 _conv_head _bn1",
                           lambda name: lite(3, 140)),
    "timm_tf_efficientnet_lite0": (75, 1.2, "conv_stem blocks.0 blocks.1.0.conv_dw blocks.1 blocks.3 blocks.6 conv_head"),
    "timm_efficientnet_lite0": (75, 1.2, "conv_stem blocks.0 blocks.1.0.conv_dw blocks.1 blocks.3 blocks.6 conv_head"),
    **transformers_models.GOLDENS,
    **timm_models.GOLDENS,
}


# --- golden values -----------------------------------------------------------------------------------------------------

def channels_last(module):
    return getattr(module, "channel_dim", 1) == -1


def run(model, x, names):
    activations = {}
    modules = dict(model.named_modules())

    def keep(name):
        def hook(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            output = output.detach().clone()  # torchvision adds the shortcut in place
            if output.dim() == 4 and name.endswith(".grn") and "stages" in name and channels_last(module):
                output = output.permute(0, 3, 1, 2)
            if name in getattr(model, "channels_last", ()):
                output = output.permute(0, 3, 1, 2)
            if name in getattr(model, "sides", {}):
                output = output.transpose(1, 2).unflatten(2, 2 * [model.sides[name]])  # tokens of a grid
            if output.dim() == 3:
                output = output.transpose(1, 2)
            activations[name] = output.reshape(*output.shape, *[1] * (4 - output.dim()))
        return hook

    hooks = [modules[name].register_forward_hook(keep(name)) for name in names]
    x = x.clone().requires_grad_(True)
    logits = model(x)
    logits[:, TARGET].sum().backward()
    for hook in hooks:
        hook.remove()
    return logits.detach(), activations, x.grad


def places(count, wanted):
    """Spread over the whole and over all remainders."""
    return [int(i * count // wanted + i * 7 % max(1, count // wanted)) for i in range(min(wanted, count))]


def sampled(values, wanted):
    flat = values.flatten()
    at = places(flat.numel(), wanted)
    return at, flat[at]


def digits(values):
    return [float(f"{v:.9g}") for v in values.tolist()]


def state_dictionary(model):
    return {k: v for k, v in model.state_dict().items() if not k.endswith(("num_batches_tracked", "relative_position_index"))}


def whole_model(name):
    """The model as its library makes it, without values."""
    if name.startswith("regnet"):
        return MODELS[name]()  # computes its widths with tensors
    with torch.device("meta"):
        return MODELS[name]()


def lines(name):
    return sorted(" ".join([key, *map(str, value.shape)]) for key, value in state_dictionary(whole_model(name)).items())


def fingerprint(name):
    h = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines(name)).encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    count = sum(p.numel() for p in whole_model(name).parameters())
    return f"{name} {count} {h:016x}"


def golden(name, recipe=None, folder=HERE):
    torch.manual_seed(0)
    size, gain, names, *smaller = recipe or GOLDENS[name]
    names = names.split()
    model = smaller[0](name) if smaller else MODELS[name]()
    model.eval()
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False  # a hook would see what comes after it
    state = state_dictionary(model)
    # Under another library's names, all names are told instead.
    whole = state if recipe else state_dictionary(whole_model(name))
    changes = {k: list(v.shape) for k, v in state.items() if v.shape != whole[k].shape}
    changes |= {k: None for k in whole if k not in state}
    with torch.no_grad():
        for key, value in state.items():
            value.copy_(torch.from_numpy(formula(key, tuple(value.shape), gain)))
    x = torch.from_numpy(images((2, 3, size, size)))
    logits32, activations32, gradient32 = run(model, x, names)
    logits, activations, gradient = run(copy.deepcopy(model).double(), x.double(), names)

    def error(a, b):
        return float(f"{((a.double() - b).abs().max() / b.abs().max()).item():.3g}")

    at, values = sampled(gradient, 400)
    other = gradient32.double().flatten()[at]
    result = {
        "architecture": name, "gain": gain, "input": [2, 3, size, size], "changes": changes, "classes": logits.shape[1], "target": TARGET,
        "logits": {"values": [digits(row[:10]) for row in logits], "float32_error": error(logits32, logits)},
        "layers": [],
        "gradient": {
            "norm": float(f"{gradient.norm().item():.9g}"), "places": at, "values": digits(values),
            "float32_error": float(f"{((other - values).norm() / values.norm()).item():.3g}"),
        },
    }
    if recipe:
        result["architecture"] = transformers_models.ARCHITECTURES[name]
        result["tensors"] = {k: list(v.shape) for k, v in state.items()}
    if getattr(model, "configuration", None):
        result["configuration"] = model.configuration
    for layer in names:
        map64 = activations[layer]
        at, values = sampled(map64, 24)
        result["layers"].append({
            "name": layer, "shape": list(map64.shape), "mean": float(f"{map64.mean().item():.9g}"),
            "mean_magnitude": float(f"{map64.abs().mean().item():.9g}"),
            "largest_magnitude": float(f"{map64.abs().max().item():.9g}"), "places": at, "values": digits(values),
            "float32_error": error(activations32[layer], map64),
        })
    with open(os.path.join(folder, name + ".json"), "w") as out:
        json.dump(result, out, separators=(",", ":"))
        out.write("\n")
    # To choose the gain by: do the two images still differ at the end, how large are the numbers?
    differs = ((logits[0] - logits[1]).norm() / logits.norm()).item()
    print(f"{name:20s} logits differ {differs:.2e} size {logits.abs().mean():.2e} "
          f"gradient {gradient.norm():.2e} error {result['gradient']['float32_error']:.1e} "
          f"layers {max(l['float32_error'] for l in result['layers']):.1e} "
          f"magnitudes {[float('%.2g' % l['mean_magnitude']) for l in result['layers']]}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    arguments = sys.argv[1:]
    if arguments[:1] == ["--shapes"]:
        if arguments[1:]:
            print("\n".join(lines(arguments[1])))
        else:
            with open(os.path.join(HERE, "state_dictionaries.txt"), "w") as out:
                for each in MODELS:
                    out.write(fingerprint(each) + "\n")
    elif arguments[:1] == ["--renamed"]:
        for each in arguments[1:] or transformers_models.RENAMED:
            golden(each, transformers_models.RENAMED[each], os.path.join(HERE, "renamed"))
    else:
        for each in arguments or GOLDENS:
            golden(each)
