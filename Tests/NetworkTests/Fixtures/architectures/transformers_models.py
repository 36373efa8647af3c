"""Networks of the transformers library under the names that its files have (`save_pretrained`), for `make_goldens.py`.

Version 5 calls many modules otherwise in memory than in files, where it keeps the names of version 4. `AsInFiles` gives a model the
names of files: of its tensors and of its modules.
"""
import json

import torch.nn as nn
import transformers
from transformers.core_model_loading import revert_weight_conversion

# Learned for a pretraining task, or for images and texts together: no part of a classifier.
ASIDE = ("embeddings.mask_token", "vision_model.post_layernorm.weight", "vision_model.post_layernorm.bias")


class AsInFiles(nn.Module):
    def __init__(self, model, configuration=None):
        super().__init__()
        self.model = model
        # What `config.json` would say, where a test needs it.
        self.configuration = configuration
        memory = model.state_dict(keep_vars=True)
        places = {id(value): name for name, value in memory.items()}
        # Tensors are the same objects under other names.
        self.files = dict(revert_weight_conversion(model, memory))
        self.renamed = {name: places[id(value)] for name, value in self.files.items()}

    def forward(self, x):
        return self.model(x).logits

    def state_dict(self):
        aside = ASIDE if hasattr(self.model, "vision_model") and "clip" in type(self.model).__name__.lower() else ASIDE[:1]
        return {
            name: value.data for name, value in self.files.items()
            if not name.endswith(aside) and not name.startswith("vision_model.head.")
        }

    def parameters(self):
        return iter([value for value in self.state_dict().values()])

    def named_modules(self, *arguments, **options):
        if arguments or options:
            return super().named_modules(*arguments, **options)
        modules = dict(self.model.named_modules())
        found = {**modules, **getattr(self, "aliases", {})}
        for file, memory in self.renamed.items():
            ours, theirs = file.split(".")[:-1], memory.split(".")[:-1]
            found[".".join(ours)] = modules[".".join(theirs)]
            # Outwards, as long as both end alike: blocks and stages.
            while ours and theirs and ours[-1] == theirs[-1]:
                ours, theirs = ours[:-1], theirs[:-1]
                if ours and ours[-1].isdigit():
                    found[".".join(ours)] = modules[".".join(theirs)]
        return iter(found.items())


def make(kind, configuration, **options):
    return AsInFiles(getattr(transformers, kind)(getattr(transformers, configuration)(num_labels=1000, **options)))


def tower(kind, configuration, **vision):
    text = dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, vocab_size=99, eos_token_id=2)
    whole = getattr(transformers, configuration)(vision_config=vision, text_config=text, num_labels=1000)
    return AsInFiles(getattr(transformers, kind)(whole))


MAKERS = {
    "transformers_vit": lambda **o: make("ViTForImageClassification", "ViTConfig", **o),
    "transformers_deit": lambda **o: make("DeiTForImageClassification", "DeiTConfig", **o),
    "transformers_deit_distilled": lambda **o: make("DeiTForImageClassificationWithTeacher", "DeiTConfig", **o),
    "transformers_beit": lambda **o: make("BeitForImageClassification", "BeitConfig", **{"use_relative_position_bias": True, **o}),
    "transformers_dinov2": lambda **o: make("Dinov2ForImageClassification", "Dinov2Config", **o),
    "transformers_dinov2_with_registers": lambda **o: make(
        "Dinov2WithRegistersForImageClassification", "Dinov2WithRegistersConfig", **o),
    "transformers_swin": lambda **o: make("SwinForImageClassification", "SwinConfig", **o),
    "transformers_clip": lambda **o: tower("CLIPForImageClassification", "CLIPConfig", **o),
    "transformers_siglip": lambda **o: tower("SiglipForImageClassification", "SiglipConfig", **o),
}
MODELS = {name: lambda name=name: MAKERS[name]() for name in MAKERS}


def small_swin(name):
    """Grids of 14, 7 and 4 tokens with windows of 4: they have to be filled up, and the last is one window."""
    model = MAKERS[name](image_size=56, embed_dim=16, depths=[2, 2, 1], num_heads=[1, 2, 4], window_size=4)
    config = model.model.config
    model.configuration = json.dumps({"model_type": "swin", "embed_dim": 16, "image_size": 56, "layer_norm_eps": config.layer_norm_eps})
    model.sides = {f"swin.encoder.layers.{stage}.blocks.{block}": side for stage, side in enumerate((14, 7, 4)) for block in range(2)}
    model.sides |= {"swin.embeddings.norm": 14, "swin.encoder.layers.0.downsample": 7, "swin.encoder.layers.1.downsample": 4, "swin.layernorm": 4}
    return model


# Networks whose names Vitrine translates into those of another library, and the layers by which their layers are found there.
ARCHITECTURES = {
    "transformers_resnet18": "resnet18", "transformers_resnet50": "resnet50", "transformers_convnext_tiny": "timm_convnext_tiny",
    "transformers_convnextv2_atto": "timm_convnextv2_atto", "transformers_regnety_002": "timm_regnety_002",
    "transformers_regnetx_002": "timm_regnetx_002",
}
OTHERS = {
    "transformers_resnet18": lambda: make(
        "ResNetForImageClassification", "ResNetConfig", depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic"),
    "transformers_resnet50": lambda: make("ResNetForImageClassification", "ResNetConfig"),
    "transformers_convnext_tiny": lambda: make("ConvNextForImageClassification", "ConvNextConfig"),
    "transformers_convnextv2_atto": lambda: make(
        "ConvNextV2ForImageClassification", "ConvNextV2Config", depths=[2, 2, 6, 2], hidden_sizes=[40, 80, 160, 320]),
    **{
        f"transformers_regnet{letter}_002": lambda letter=letter: make(
            "RegNetForImageClassification", "RegNetConfig", depths=[1, 1, 4, 7], hidden_sizes=[24, 56, 152, 368], groups_width=8,
            layer_type=letter) for letter in "xy"
    },
}
RESNET = "embedder.embedder.convolution=conv1 embedder.pooler=maxpool encoder.stages.0=layer1 encoder.stages.1.layers.0.shortcut=layer2.0.downsample " \
    "encoder.stages.3=layer4"
CONVNEXT = "embeddings.patch_embeddings=stem.0 encoder.stages.0.layers.0=stages.0.blocks.0 encoder.stages.1=stages.1 encoder.stages.3=stages.3 " \
    "layernorm=head.norm"

REGNET = "embedder.embedder.convolution=stem.conv encoder.stages.0=s1 encoder.stages.1.layers.0.layer.1.convolution=s2.b1.conv2.conv " \
    "encoder.stages.1=s2 encoder.stages.3=s4"


def found(prefix, names):
    """Modules by the names that they have in Vitrine."""
    def made(name):
        model = OTHERS[name]()
        modules = dict(model.model.named_modules())
        model.aliases = {alias: modules[f"{prefix}.{module}"] for module, alias in (pair.split("=") for pair in names.split())}
        return model
    return made


RENAMED = {
    name: (64, 1.0, " ".join(pair.split("=")[1] for pair in names.split()), found(prefix, names))
    for name, prefix, names in (
        ("transformers_resnet18", "resnet", RESNET), ("transformers_resnet50", "resnet", RESNET),
        ("transformers_convnext_tiny", "convnext", CONVNEXT), ("transformers_convnextv2_atto", "convnextv2", CONVNEXT),
        ("transformers_regnety_002", "regnet", REGNET), ("transformers_regnetx_002", "regnet", REGNET))
}


def small(name):
    """Of three blocks of two heads: few enough that a golden file stays small, and no number that the family's habits give."""
    size = dict(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, image_size=32, patch_size=8)
    model = MAKERS[name](**size, **({"mlp_ratio": 3} if "dinov2" in name else {"intermediate_size": 96}))
    whole = model.model.config
    own = getattr(whole, "vision_config", whole)
    stated = {key: getattr(own, key) for key in ("hidden_size", "num_attention_heads", "layer_norm_eps", "hidden_act", "image_size")}
    configuration = {"model_type": whole.model_type, **({"vision_config": stated} if own is not whole else stated)}
    model.configuration = json.dumps(configuration)
    return model


def layers(prefix, parts, norm, stem="embeddings.patch_embeddings.projection", blocks="encoder.layer"):
    """The stem, parts of the first block, the first and the last block, the normalisation behind."""
    names = [f"{prefix}.{stem}"] + [f"{prefix}.{blocks}.0.{part}" for part in parts.split()]
    return " ".join(names + [f"{prefix}.{blocks}.0", f"{prefix}.{blocks}.2"] + ([f"{prefix}.{norm}"] if norm else []))


VIT = "layernorm_before attention.attention.query attention.output.dense intermediate.dense"
DINO = "norm1 attention.attention.key attention.output.dense mlp.fc1"
CLIP = "layer_norm1 self_attn.v_proj self_attn mlp.fc1"
GOLDENS = {
    "transformers_vit": (32, 1.0, layers("vit", VIT, "layernorm"), small),
    "transformers_deit": (32, 1.0, layers("deit", VIT, "layernorm"), small),
    "transformers_deit_distilled": (32, 1.0, layers("deit", VIT, "layernorm"), small),
    "transformers_beit": (32, 1.0, layers("beit", VIT, "pooler.layernorm"), small),
    "transformers_dinov2": (32, 1.0, layers("dinov2", DINO, "layernorm"), small),
    "transformers_dinov2_with_registers": (32, 1.0, layers("dinov2_with_registers", DINO, "layernorm"), small),
    "transformers_swin": (
        56, 1.0, " ".join("swin." + part for part in (
            "embeddings.norm encoder.layers.0.blocks.0 encoder.layers.0.blocks.1 encoder.layers.0.downsample encoder.layers.1.blocks.1 "
            "encoder.layers.1.downsample encoder.layers.2.blocks.0 layernorm").split()), small_swin),
    "transformers_clip": (
        32, 1.0, layers("vision_model", CLIP, None, "embeddings.patch_embedding", "encoder.layers"), small),
    "transformers_siglip": (
        32, 1.0, layers("vision_model", CLIP, "post_layernorm", "embeddings.patch_embedding", "encoder.layers"), small),
}
