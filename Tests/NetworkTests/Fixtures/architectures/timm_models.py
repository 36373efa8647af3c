"""Swin transformers of torchvision and timm, and timm's vision transformers, for `make_goldens.py`: whole ones for their names and
shapes, small ones for golden files."""
import json

import timm
import torchvision
from timm.models.beit import Beit
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer


def whole(name):
    return lambda **options: timm.create_model(name, num_classes=1000, **options)


MODELS = {
    "timm_swin": whole("swin_tiny_patch4_window7_224"),
    "swin": lambda: torchvision.models.get_model("swin_t"),
    "timm_vit": whole("vit_base_patch8_224"),
    "timm_vit_clip": whole("vit_base_patch16_clip_224"),
    "timm_vit_dinov2": whole("vit_small_patch14_reg4_dinov2"),
    "timm_vit_siglip": whole("vit_base_patch16_siglip_224"),
    "timm_deit3": whole("deit3_small_patch16_224"),
    "timm_beit": whole("beit_base_patch16_224"),
}


def named(model, architecture, size, channels_last=()):
    """With what timm's `config.json` says, and the layers whose outputs are N x H x W x C."""
    model.configuration = json.dumps(
        {"architecture": architecture, "global_pool": model.global_pool, "pretrained_cfg": {"input_size": [3, size, size]}})
    model.channels_last = channels_last
    return model


def timm_swin(name):
    """Grids of 14, 7 and 4 tokens with windows of 4: they have to be filled up, and the last is one window."""
    model = SwinTransformer(img_size=56, embed_dim=16, depths=(2, 2, 1), num_heads=(1, 2, 4), window_size=4, num_classes=1000)
    return named(model, "swin_small", 56, TIMM_SWIN.split())


def torchvision_swin(name):
    """Windows of 3 on grids of 12, 6 and 3 tokens."""
    model = torchvision.models.SwinTransformer([4, 4], 16, [2, 2, 1], [1, 2, 4], [3, 3], num_classes=1000)
    model.channels_last = TORCHVISION_SWIN.split()
    return model


def vit(architecture, patch=8, **options):
    """Of three blocks of two heads."""
    size = dict(img_size=32, patch_size=patch, embed_dim=64, depth=3, num_heads=2, num_classes=1000)
    return lambda name: named(VisionTransformer(**size, **options), architecture, 32)


def beit(name):
    model = Beit(
        img_size=32, patch_size=8, embed_dim=64, depth=3, num_heads=2, num_classes=1000, use_abs_pos_emb=False, use_rel_pos_bias=True,
        init_values=0.1)
    return named(model, "beit_small", 32)


TIMM_SWIN = "patch_embed.norm layers.0.blocks.0 layers.0.blocks.1 layers.1.downsample layers.1.blocks.1 layers.2.downsample layers.2.blocks.0 norm"
TORCHVISION_SWIN = "features.0.2 features.1.0 features.1.1 features.2 features.3.1 features.4 features.5.0 norm"
VIT = "patch_embed.proj blocks.0.norm1 blocks.0.attn.proj blocks.0.mlp.fc1 blocks.0 blocks.2 "
CLIP = "norm_pre " + VIT + "norm"
GOLDENS = {
    "timm_swin": (56, 1.0, TIMM_SWIN, timm_swin),
    "swin": (48, 1.0, TORCHVISION_SWIN, torchvision_swin),
    "timm_vit": (32, 1.0, VIT + "norm", vit("vit_small", class_token=False, global_pool="avg", fc_norm=False)),
    "timm_vit_clip": (32, 1.0, CLIP, vit("vit_clip_quickgelu", pre_norm=True, norm_layer="layernorm", act_layer="quick_gelu")),
    "timm_vit_dinov2": (32, 1.0, VIT + "norm", vit("vit_dinov2", init_values=0.1, reg_tokens=4, no_embed_class=True)),
    "timm_vit_siglip": (32, 1.0, VIT + "norm attn_pool", vit("vit_siglip", class_token=False, global_pool="map")),
    "timm_deit3": (32, 1.0, VIT + "norm", vit("deit3_small", init_values=0.1, no_embed_class=True)),
    "timm_beit": (32, 1.0, VIT + "fc_norm", beit),
}
