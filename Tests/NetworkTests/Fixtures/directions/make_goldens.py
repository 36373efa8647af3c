"""Sparse autoencoders as libraries save them, and what PyTorch computes with them.

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). Run in this folder: python make_goldens.py

Writes, small and seeded:

    inputs.safetensors          map (2 x 6 x 3 x 2) and tokens (2 x 5 x 6), which every autoencoder below is given
    saelens.safetensors         W_enc, b_enc, W_dec, b_dec: ReLU, the decoder's bias taken off the input
    jumprelu.safetensors        the same names and threshold: JumpReLU, nothing taken off
    topk.safetensors            encoder.weight, encoder.bias, decoder.weight, b_dec, k, as dictionary_learning's AutoEncoderTopK
    openai.safetensors          pre_bias, encoder.weight, latent_bias, decoder.weight: TopK
    rescaled.safetensors        SAELens' TopK with latents counted in lengths of their decoder's columns
    expected.safetensors        NAME.map.latents and .reconstruction, NAME.tokens.latents and .reconstruction
"""

import json

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
CHANNELS, LATENTS, K = 6, 10, 3


def topk(z):
    values, places = torch.topk(z, K, dim=-1)
    return torch.zeros_like(z).scatter(-1, places, values.relu())


def autoencoder():
    return (torch.randn(CHANNELS, LATENTS), 0.3 * torch.randn(LATENTS), torch.randn(LATENTS, CHANNELS), 0.5 * torch.randn(CHANNELS))


inputs = {"map": torch.randn(2, CHANNELS, 3, 2), "tokens": torch.randn(2, 5, CHANNELS)}
expected = {}


def write(name, tensors, encode, decode, metadata):
    save_file({key: value.contiguous() for key, value in tensors.items()}, f"{name}.safetensors", metadata=metadata)
    for kind, x in inputs.items():
        rows = x.permute(0, 2, 3, 1) if kind == "map" else x
        latents = encode(rows)
        made = decode(latents)
        if kind == "map":
            latents, made = latents.permute(0, 3, 1, 2), made.permute(0, 3, 1, 2)
        expected[f"{name}.{kind}.latents"] = latents.contiguous()
        expected[f"{name}.{kind}.reconstruction"] = made.contiguous()


w, b, d, c = autoencoder()
b[4] = -100  # never active
write(
    "saelens", {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": c}, lambda x, w=w, b=b, c=c: ((x - c) @ w + b).relu(),
    lambda z, d=d, c=c: z @ d + c, {"layer": "features", "activation": "relu", "apply_b_dec_to_input": "true"})

w, b, d, c = autoencoder()
t = torch.rand(LATENTS) - 0.2
write(
    "jumprelu", {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": c, "threshold": t},
    lambda x, w=w, b=b, t=t: (x @ w + b).relu() * ((x @ w + b) > t), lambda z, d=d, c=c: z @ d + c, {"layer": "features"})

w, b, d, c = autoencoder()
write(
    "topk", {"encoder.weight": w.T, "encoder.bias": b, "decoder.weight": d.T, "b_dec": c, "k": torch.tensor(K)},
    lambda x, w=w, b=b, c=c: topk(((x - c) @ w + b).relu()), lambda z, d=d, c=c: z @ d + c, {"layer": "features"})

w, b, d, c = autoencoder()
write(
    "openai", {"pre_bias": c, "encoder.weight": w.T, "latent_bias": b, "decoder.weight": d.T}, lambda x, w=w, b=b, c=c: topk((x - c) @ w + b),
    lambda z, d=d, c=c: z @ d + c,
    {"layer": "features", "activation": "TopK", "k": str(K), "names": json.dumps([f"latent {i}" for i in range(LATENTS)])})

w, b, d, c = autoencoder()
n = d.norm(dim=-1)
write(
    "rescaled", {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": c}, lambda x, w=w, b=b, c=c, n=n: topk(((x - c) @ w + b) * n),
    lambda z, d=d, c=c, n=n: (z / n) @ d + c,
    {"layer": "features", "architecture": "topk", "k": str(K), "rescale_acts_by_decoder_norm": "True", "apply_b_dec_to_input": "True"})

save_file(inputs, "inputs.safetensors")
save_file(expected, "expected.safetensors")
