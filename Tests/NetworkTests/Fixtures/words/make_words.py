"""words.safetensors and encoder.onnx of a CLIP that is small and whose weights follow a formula, made as the script in docs/words.md makes them,
and golden.safetensors: an input and how alike PyTorch finds it to each word. torch 2.13, transformers 5, onnx, safetensors.

    python make_words.py
"""
import json
import math

import onnx
import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

vision = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, projection_dim=12)
model = CLIPModel(CLIPConfig(
    text_config=dict(vision, vocab_size=50, max_position_embeddings=8, bos_token_id=48, eos_token_id=49),
    vision_config=dict(vision, image_size=32, patch_size=8), projection_dim=12)).eval()
with torch.no_grad():
    for number, (_, value) in enumerate(sorted(model.named_parameters())):
        if value.dim() > 1:
            value.copy_(torch.sin(torch.arange(value.numel()) * 0.7 + number).reshape(value.shape) / math.sqrt(value.shape[-1]))
words = ["red", "green", "blue", "dog, puppy", "wheel", "a “sky”"]
tokens = torch.tensor([[48, 3 * word + 1, 5 * word + 2, 49] for word in range(len(words))])
vector = lambda output: output if torch.is_tensor(output) else output.pooler_output


class Images(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return vector(self.model.get_image_features(pixel_values=pixels))


with torch.no_grad():
    text = vector(model.get_text_features(input_ids=tokens))
    save_file({"words": text.contiguous()}, "words.safetensors", metadata={"words": json.dumps(words)})
    pixels = torch.sin(torch.arange(3 * 32 * 32) * 0.37).reshape(1, 3, 32, 32)
    likeness = torch.nn.functional.normalize(Images()(pixels)) @ torch.nn.functional.normalize(text).T
    save_file({"pixels": pixels, "likeness": likeness[0].contiguous()}, "golden.safetensors")
torch.onnx.export(Images(), (torch.zeros(1, 3, 32, 32),), "encoder.onnx", dynamo=False)
# As a preprocessor_config.json beside it would say.
file = onnx.load("encoder.onnx")
onnx.helper.set_model_props(file, {"preprocessing": "mean=0.48145466,0.4578275,0.40821073 std=0.26862954,0.26130258,0.27577711 resize=32 interpolation=bicubic"})
onnx.save(file, "encoder.onnx")
print(likeness)
