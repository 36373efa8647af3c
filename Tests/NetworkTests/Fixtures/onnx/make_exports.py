"""Models as PyTorch's exporters write them, without their weights, and what they compute with weights that follow from names.

    python make_exports.py [name ...]

Needs torch, torchvision, timm, onnx, onnxscript, onnxruntime and numpy. Writes `<name>.onnx` and `<name>.json` beside this file.

Every float tensor of 32 values and more is moved to the external file `weights.bin`, which is not kept: its values are
`low + (high - low) * uniform(name)` (see `tensors` in the JSON), which the tests repeat bit for bit. Graphs stay as the exporter
wrote them; only documentation and traces of the source are dropped.

A golden file holds, for one batch of two images, each run alone:
  logits     the first ten of each image
  layers     some values by the name of the ONNX value and of the module, with places in the flattened ONNX value (image 0)
  gradient   of logit `target` of image 0 to the image: norm, and values at some places
  float32_error   of onnxruntime's logits against float64, relative to the largest
Numbers are those of the graph run node by node in float64 by PyTorch (`Interpreter` below), checked here against onnxruntime.
"""
import io
import json
import math
import os
import sys
import warnings

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../architectures"))
from make_goldens import images, uniform  # noqa: E402

TARGET = 3
STRIPPED = 32


# --- an interpreter in float64 -----------------------------------------------------------------------------------------

class Interpreter:
    """Runs an ONNX graph with PyTorch, so that float64 and gradients are to be had."""

    def __init__(self, model, tensors):
        self.model, self.tensors = model, tensors
        self.version = next(o.version for o in model.opset_import if o.domain == "")

    def run(self, feeds):
        values = dict(self.tensors)
        values.update(feeds)
        for node in self.model.graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            inputs = [values[i] if i else None for i in node.input]
            results = getattr(self, node.op_type)(*inputs, **{"_node": node, **attributes})
            if not isinstance(results, (tuple, list)):
                results = [results]
            values.update(zip(node.output, results))
        return values

    # Shapes and constants.
    def Constant(self, _node, value=None, **k):
        return tensor(numpy_helper.to_array(value)) if value is not None else torch.tensor(next(iter(k.values())))
    def Identity(self, x, _node): return x
    def Shape(self, x, _node, start=0, end=None): return torch.tensor(x.shape[start:end], dtype=torch.int64)
    def ConstantOfShape(self, s, _node, value=None):
        v = tensor(numpy_helper.to_array(value)) if value is not None else torch.zeros(1).double()
        return v.reshape(()).expand(s.tolist()).clone()
    def Range(self, a, b, c, _node): return torch.arange(a.item(), b.item(), c.item(), dtype=a.dtype)
    def Cast(self, x, _node, to):
        return {1: x.double, 10: x.double, 11: x.double, 6: x.int, 7: x.long, 9: x.bool}[to]() if True else x
    def Gather(self, x, i, _node, axis=0):
        return torch.index_select(x, axis, (i.reshape(-1) % x.shape[axis])).reshape(x.shape[:axis] + i.shape + x.shape[axis % x.dim() + 1:])
    def Unsqueeze(self, x, axes=None, _node=None, **k):
        for a in sorted((axes if isinstance(axes, list) else axes.tolist())): x = x.unsqueeze(a)
        return x
    def Squeeze(self, x, axes=None, _node=None, **k):
        if axes is None: return x.squeeze()
        return x.squeeze(tuple(axes if isinstance(axes, list) else axes.tolist()))
    def Concat(self, *x, _node, axis): return torch.cat(x, axis)
    def Slice(self, x, starts=None, ends=None, axes=None, steps=None, _node=None):
        lists = [v if isinstance(v, list) or v is None else v.tolist() for v in (starts, ends, axes, steps)]
        starts, ends, axes, steps = lists
        for n, (a, b) in enumerate(zip(starts, ends)):
            axis, step = axes[n] if axes else n, steps[n] if steps else 1
            indices = range(x.shape[axis])[slice(a, b, step)] if step > 0 or b > -2**31 else range(x.shape[axis])[a::step]
            x = x.index_select(axis, torch.tensor(list(indices), dtype=torch.int64))
        return x
    def Split(self, x, split=None, _node=None, axis=0, num_outputs=None):
        n = len(_node.output)
        sizes = split if isinstance(split, list) else split.tolist() if split is not None else [-(-x.shape[axis] // n)] * (n - 1)
        if len(sizes) < n: sizes = sizes + [x.shape[axis] - sum(sizes)]
        return torch.split(x, sizes, axis)
    def Reshape(self, x, s, _node, allowzero=0):
        return x.reshape([x.shape[i] if d == 0 and not allowzero else d for i, d in enumerate(s.tolist())])
    def Flatten(self, x, _node, axis=1): return x.reshape(math.prod(x.shape[:axis]), -1)
    def Transpose(self, x, _node, perm): return x.permute(perm)
    def Expand(self, x, s, _node): return x.expand(torch.broadcast_shapes(x.shape, s.tolist()))
    def Pad(self, x, pads=None, value=None, axes=None, _node=None, mode=b"constant"):
        pads = pads if isinstance(pads, list) else pads.tolist()
        n = len(pads) // 2
        order = [v for axis in reversed(range(n)) for v in (pads[axis], pads[axis + n])]
        if mode == b"constant": return F.pad(x, order, value=float(value) if value is not None else 0.0)
        return F.pad(x, order[:4], mode={b"reflect": "reflect", b"edge": "replicate"}[mode])
    def Where(self, c, a, b, _node): return torch.where(c, a, b)
    def ScatterND(self, x, i, u, _node, reduction=None):
        x = x.clone(); x[tuple(i.reshape(-1, i.shape[-1]).T)] = u.to(x.dtype).reshape((-1,) + x.shape[i.shape[-1]:]); return x
    # Arithmetic.
    def Add(self, a, b, _node): return a + b
    def Sub(self, a, b, _node): return a - b
    def Mul(self, a, b, _node): return a * b
    def Div(self, a, b, _node): return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")
    def Mod(self, a, b, _node, fmod=0): return torch.fmod(a, b) if fmod else torch.remainder(a, b)
    def Pow(self, a, b, _node): return a**b
    def Sqrt(self, x, _node): return x.sqrt()
    def Equal(self, a, b, _node): return a == b
    def Not(self, x, _node): return ~x
    def Neg(self, x, _node): return -x
    def MatMul(self, a, b, _node): return a @ b
    def Gemm(self, a, b, c=None, _node=None, alpha=1.0, beta=1.0, transA=0, transB=0):
        y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
        return y if c is None else y + beta * c
    # Networks.
    def Conv(self, x, w, b=None, _node=None, pads=(0, 0, 0, 0), strides=(1, 1), dilations=(1, 1), group=1, auto_pad=b"NOTSET", **k):
        if auto_pad == b"SAME_UPPER":
            pads = [0] * 4
            for i in (0, 1):
                size, stride, kernel = x.shape[2 + i], strides[i], (w.shape[2 + i] - 1) * dilations[i] + 1
                total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
                pads[i], pads[i + 2] = total // 2, total - total // 2
        return F.conv2d(F.pad(x, (pads[1], pads[3], pads[0], pads[2])), w, b, tuple(strides), 0, tuple(dilations), group)
    def BatchNormalization(self, x, w, b, m, v, _node, epsilon=1e-5, **k):
        shape = (1, -1) + (1,) * (x.dim() - 2)
        return (x - m.reshape(shape)) / (v.reshape(shape) + epsilon).sqrt() * w.reshape(shape) + b.reshape(shape)
    def LayerNormalization(self, x, w, b=None, _node=None, axis=-1, epsilon=1e-5, **k):
        return F.layer_norm(x, x.shape[axis:], w, b, epsilon)
    def MaxPool(self, x, _node, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), ceil_mode=0, **k):
        assert pads[:2] == pads[2:]
        return F.max_pool2d(x, kernel_shape, strides, tuple(pads[:2]), 1, bool(ceil_mode))
    def AveragePool(self, x, _node, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), ceil_mode=0, count_include_pad=0, **k):
        assert pads[:2] == pads[2:]
        return F.avg_pool2d(x, kernel_shape, strides, tuple(pads[:2]), bool(ceil_mode), bool(count_include_pad))
    def GlobalAveragePool(self, x, _node): return x.mean((2, 3), keepdim=True)
    def ReduceMean(self, x, axes=None, _node=None, keepdims=1, noop_with_empty_axes=0):
        return x.mean(tuple(axes if isinstance(axes, list) else axes.tolist()), keepdim=bool(keepdims))
    def Softmax(self, x, _node, axis=-1): return x.softmax(axis)
    def Relu(self, x, _node): return x.relu()
    def Clip(self, x, low=None, high=None, _node=None, min=None, max=None):
        low, high = low if low is not None else min, high if high is not None else max
        return x.clamp(None if low is None else float(low), None if high is None else float(high))
    def Sigmoid(self, x, _node): return x.sigmoid()
    def HardSigmoid(self, x, _node, alpha=0.2, beta=0.5): return (alpha * x + beta).clamp(0, 1)
    def HardSwish(self, x, _node): return F.hardswish(x)
    def Erf(self, x, _node): return x.erf()
    def Tanh(self, x, _node): return x.tanh()
    def Gelu(self, x, _node, approximate=b"none"): return F.gelu(x, approximate=approximate.decode())


def tensor(array):
    """As PyTorch has it, floats in double precision."""
    t = torch.from_numpy(np.array(array))
    return t.double() if t.is_floating_point() else t


# --- models ------------------------------------------------------------------------------------------------------------

def torchvision_model(name, **options):
    import torchvision

    return getattr(torchvision.models, name)(weights=None, **options).eval()


def timm_model(name, **options):
    import timm

    return timm.create_model(name, pretrained=False, **options).eval()


def small_vgg():
    """Without the fixed 7 x 7 pool and the 100 million weights behind it: for images of 32 pixels."""
    model = torchvision_model("vgg11_bn")
    model.avgpool = torch.nn.Identity()
    model.classifier = torch.nn.Sequential(torch.nn.Linear(512, 64), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(64, 10))
    return model.eval()


def short_vit():
    """ViT-B/16 with four of its twelve layers."""
    import torchvision

    return torchvision.models.VisionTransformer(image_size=64, patch_size=16, num_layers=4, num_heads=12, hidden_dim=768, mlp_dim=3072).eval()


def short_swin():
    """The first stage of Swin-T."""
    import torchvision

    return torchvision.models.SwinTransformer([4, 4], 96, [2], [3], [7, 7]).eval()


def keras_like():
    """N x H x W x C and the transposes that tf2onnx leaves; biases and batch norms are added and scaled, the end is a softmax."""
    random = np.random.RandomState(1)
    nodes, initializers = [], []

    def constant(name, shape):
        initializers.append(numpy_helper.from_array(random.randn(*shape).astype(np.float32), name))
        return name

    def convolution(name, x, inputs, outputs, stride, groups=1, pad="SAME_UPPER"):
        nodes.append(helper.make_node("Transpose", [x], [name + "/Conv2D__6:0"], name="tiny/" + name + "/Conv2D__6", perm=[0, 3, 1, 2]))
        weights = constant(f"tiny/{name}/kernel:0", (outputs, inputs // groups, 3, 3))
        nodes.append(helper.make_node("Conv", [name + "/Conv2D__6:0", weights], [name + "/Conv2D:0"], name="tiny/" + name + "/Conv2D",
                                      strides=[stride, stride], auto_pad=pad, group=groups, kernel_shape=[3, 3]))
        nodes.append(helper.make_node("Transpose", [name + "/Conv2D:0"], [name + "/out:0"], name="tiny/" + name + "/Conv2D__9", perm=[0, 2, 3, 1]))
        nodes.append(helper.make_node("Add", [name + "/out:0", constant(f"tiny/{name}/bias:0", (outputs,))], [name + "/BiasAdd:0"],
                                      name="tiny/" + name + "/BiasAdd"))
        return name + "/BiasAdd:0"

    def scaled(name, x, channels):
        nodes.append(helper.make_node("Mul", [x, constant(f"tiny/{name}/gamma:0", (channels,))], [name + "/mul:0"], name=f"tiny/{name}/batchnorm/mul_1"))
        nodes.append(helper.make_node("Add", [name + "/mul:0", constant(f"tiny/{name}/beta:0", (channels,))], [name + "/add:0"], name=f"tiny/{name}/batchnorm/add_1"))
        nodes.append(helper.make_node("Relu", [name + "/add:0"], [name + "/relu:0"], name=f"tiny/{name}/relu"))
        return name + "/relu:0"

    x = scaled("bn1", convolution("conv1", "image", 3, 16, 2), 16)
    x = scaled("bn2", convolution("depthwise", x, 16, 16, 1, groups=16), 16)
    y = scaled("bn3", convolution("conv2", x, 16, 16, 1), 16)
    nodes.append(helper.make_node("Add", [x, y], ["sum:0"], name="tiny/add/add"))
    x = scaled("bn4", convolution("conv3", "sum:0", 16, 24, 2), 24)
    axes = numpy_helper.from_array(np.array([1, 2], np.int64), "axes")
    initializers.append(axes)
    nodes.append(helper.make_node("ReduceMean", [x, "axes"], ["mean:0"], name="tiny/pool/Mean", keepdims=0))
    nodes.append(helper.make_node("MatMul", ["mean:0", constant("tiny/dense/kernel:0", (24, 12))], ["dense:0"], name="tiny/dense/MatMul"))
    nodes.append(helper.make_node("Add", ["dense:0", constant("tiny/dense/bias:0", (12,))], ["dense_bias:0"], name="tiny/dense/BiasAdd"))
    nodes.append(helper.make_node("Softmax", ["dense_bias:0"], ["probabilities"], name="tiny/dense/Softmax", axis=-1))
    graph = helper.make_graph(
        nodes, "tf2onnx", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 20, 26, 3])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 12])], initializers)
    return helper.make_model(graph, producer_name="tf2onnx", opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


# name: (model, size, exporter, operator set, modules whose values are compared)
MODELS = {
    "resnet18_torchscript_11": (lambda: torchvision_model("resnet18"), 64, "torchscript", 11, ["conv1", "layer1", "layer3.0", "layer4"]),
    "resnet18_dynamo": (lambda: torchvision_model("resnet18"), 64, "dynamo", None, ["layer1", "layer3.0", "layer4"]),
    "densenet121_torchscript_17": (lambda: torchvision_model("densenet121"), 64, "torchscript", 17, ["features.denseblock1", "features.transition2", "features"]),
    "vgg11_bn_torchscript_13": (small_vgg, 32, "torchscript", 13, ["features.2", "features.14", "features"]),
    "mobilenet_v2_dynamo": (lambda: torchvision_model("mobilenet_v2"), 64, "dynamo", None, ["features.1", "features.7", "features.18"]),
    "mobilenet_v2_torchscript_11": (lambda: torchvision_model("mobilenet_v2"), 64, "torchscript", 11, ["features.1", "features.7", "features.18"]),
    "mobilenet_v3_small_torchscript_11": (lambda: torchvision_model("mobilenet_v3_small"), 64, "torchscript", 11, ["features.0", "features.4", "features.12"]),
    "mobilenet_v3_small_torchscript_17": (lambda: torchvision_model("mobilenet_v3_small"), 64, "torchscript", 17, ["features.0", "features.4", "features.12"]),
    "efficientnet_b0_torchscript_13": (lambda: torchvision_model("efficientnet_b0"), 64, "torchscript", 13, ["features.0", "features.3", "features.8"]),
    "squeezenet1_1_torchscript_17": (lambda: torchvision_model("squeezenet1_1"), 64, "torchscript", 17, ["features.3", "features.12"]),
    "shufflenet_v2_x0_5_torchscript_17": (lambda: torchvision_model("shufflenet_v2_x0_5"), 64, "torchscript", 17, ["stage2", "stage3.2", "conv5"]),
    "shufflenet_v2_x0_5_dynamo": (lambda: torchvision_model("shufflenet_v2_x0_5"), 64, "dynamo", None, ["stage2", "stage3.2", "conv5"]),
    "convnext_tiny_torchscript_13": (lambda: torchvision_model("convnext_tiny"), 64, "torchscript", 13, ["features.0", "features.1.2", "features.3", "features.7"]),
    "convnext_tiny_dynamo": (lambda: torchvision_model("convnext_tiny"), 64, "dynamo", None, ["features.0", "features.1.2", "features.3", "features.7"]),
    "vit_tiny_torchscript_14": (lambda: timm_model("vit_tiny_patch16_224", img_size=64), 64, "torchscript", 14, ["patch_embed.proj", "blocks.0", "blocks.11", "norm"]),
    "vit_tiny_dynamo": (lambda: timm_model("vit_tiny_patch16_224", img_size=64), 64, "dynamo", None, ["patch_embed.proj", "blocks.0", "blocks.11", "norm"]),
    "vit_torchscript_17": (short_vit, 64, "torchscript", 17, ["conv_proj", "encoder.layers.encoder_layer_3"]),
    "swin_torchscript_17": (short_swin, 64, "torchscript", 17, ["features.0", "features.1.0", "features.1"]),
    "swin_t_dynamo": (lambda: torchvision_model("swin_t"), 64, "dynamo", None, ["features.1", "features.3.1", "features.7"]),
    "regnet_x_400mf_torchscript_18": (lambda: torchvision_model("regnet_x_400mf"), 64, "torchscript", 18, ["stem", "trunk_output.block2", "trunk_output"]),
    "googlenet_torchscript_17": (lambda: torchvision_model("googlenet", aux_logits=False, init_weights=False), 64, "torchscript", 17, ["inception3b", "inception4e", "inception5b"]),
    "inception_v3_dynamo": (lambda: torchvision_model("inception_v3", aux_logits=False, init_weights=False), 96, "dynamo", None, ["Mixed_5d", "Mixed_6e", "Mixed_7c"]),
    "keras_like": (keras_like, None, "made", 18, []),
}


def export(model, size, exporter, version):
    x = torch.zeros(1, 3, size, size)
    if exporter == "torchscript":
        out = io.BytesIO()
        torch.onnx.export(model, (x,), out, dynamo=False, opset_version=version, input_names=["image"], output_names=["logits"],
                          dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
        return onnx.load_from_string(out.getvalue())
    path = "/tmp/make_exports.onnx"
    torch.onnx.export(model, (x,), path, dynamo=True, external_data=False, verbose=False)
    return onnx.load(path)


def weights(model, gain):
    """The bounds of every tensor's values, by what it is used for."""
    roles, transposed = {}, {}
    for node in model.graph.node:
        names = list(node.input)
        if node.op_type == "Identity":
            continue
        for position, name in enumerate(names):
            role = {("Conv", 1): "kernel", ("Conv", 2): "bias", ("Gemm", 2): "bias", ("LayerNormalization", 1): "scale",
                    ("LayerNormalization", 2): "bias", ("BatchNormalization", 1): "scale", ("BatchNormalization", 2): "bias",
                    ("BatchNormalization", 3): "mean", ("BatchNormalization", 4): "variance", ("Gemm", 1): "matrix", ("MatMul", 1): "matrix",
                    ("Mul", 0): "scale", ("Mul", 1): "scale"}.get((node.op_type, position), "bias")
            roles.setdefault(name, role)
            if node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute):
                transposed[node.input[1]] = True
    for node in model.graph.node:  # one tensor under several names
        if node.op_type == "Identity" and node.output[0] in roles:
            roles.setdefault(node.input[0], roles[node.output[0]])
    result = []
    for item in model.graph.initializer:
        shape, count = list(item.dims), math.prod(item.dims)
        if item.data_type != TensorProto.FLOAT or count < STRIPPED:
            continue
        role = roles.get(item.name, "bias")
        fan = math.prod(shape[1:]) if role == "kernel" else shape[1] if transposed.get(item.name) else shape[0]
        spread = math.sqrt(3.0 * gain / fan)
        low, high = {"kernel": (-spread, spread), "matrix": (-spread, spread), "scale": (0.6, 1.4), "bias": (-0.2, 0.2),
                     "mean": (-0.3, 0.3), "variance": (0.3, 1.8)}[role]
        result.append({"name": item.name, "count": count, "low": low, "high": high})
    return result


GAIN = {"vgg11": 2.0, "squeezenet": 2.0, "convnext": 0.7, "vit": 1.0, "swin": 1.0, "keras": 1.5, "googlenet": 1.6, "inception": 1.6, "mobilenet": 1.5, "efficientnet": 2.0, "densenet": 1.5}


def places(count, wanted):
    return [int(i * count // wanted + i * 7 % max(1, count // wanted)) for i in range(min(wanted, count))]


def digits(values):
    return [float(f"{v:.9g}") for v in values.tolist()]


def module_ends(model, names):
    """The value that each module makes: that of the last node that stands in it."""
    from_torchscript = any(n.name.startswith("/") for n in model.graph.node)
    ends = {}
    for node in model.graph.node:
        if from_torchscript:
            whole, base, last = [], "", ""
            for part in node.name.strip("/").split("/")[:-1]:
                if last and part.startswith(last + "."):
                    whole.append(base + part)
                else:
                    base = whole[-1] + "." if whole else ""
                    whole.append(base + part)
                last = part
        else:
            scopes = next((p.value for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"), "[]")
            whole = eval(scopes)[:-1]
        for name in names:
            if name in whole and node.op_type not in ("Constant", "Shape"):
                ends[name] = node.output[0]
    return ends


def make(name):
    build, size, exporter, version, modules = MODELS[name]
    torch.manual_seed(0)
    model = build() if exporter == "made" else export(build(), size, exporter, version)
    for node in model.graph.node:
        node.doc_string = ""
        kept = [p for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    del model.graph.value_info[:]
    model.doc_string = model.graph.doc_string = ""
    del model.metadata_props[:], model.graph.metadata_props[:]
    for item in model.graph.initializer:
        del item.metadata_props[:]
    gain = next((g for key, g in GAIN.items() if name.startswith(key)), 1.0)
    tensors = weights(model, gain)
    bounds = {t["name"]: t for t in tensors}
    values, offset = {}, 0
    for item in model.graph.initializer:
        if item.name in bounds:
            b = bounds[item.name]
            array = (b["low"] + (b["high"] - b["low"]) * uniform(item.name, b["count"])).astype(np.float32).reshape(item.dims)
            item.CopyFrom(numpy_helper.from_array(array, item.name))
        values[item.name] = tensor(numpy_helper.to_array(item))

    import onnxruntime

    info = model.graph.input[0]
    extents = [d.dim_value for d in info.type.tensor_type.shape.dim]
    last = extents[3] == 3
    height, width = extents[1:3] if last else extents[2:4]
    x = images((2, 3, height, width))
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    run = lambda image: session.run(None, {info.name: image.transpose(0, 2, 3, 1) if last else image})[0]
    logits32 = np.concatenate([run(x[i:i + 1]) for i in range(2)])
    output = model.graph.output[0].name
    if exporter == "made":  # compared before the softmax
        output, logits32 = "dense_bias:0", None

    interpreter = Interpreter(model, values)
    rows, all_values, gradient = [], None, None
    for i in range(2):
        image = torch.from_numpy(x[i:i + 1]).double().requires_grad_(True)
        results = interpreter.run({info.name: image.permute(0, 2, 3, 1) if last else image})
        rows.append(results[output].detach()[0])
        if i == 0:
            results[output][0, TARGET].backward()
            all_values, gradient = results, image.grad.flatten()
    logits = torch.stack(rows)
    largest = logits.abs().max().item()
    error = 0.0 if logits32 is None else float(np.abs(logits32 - logits.numpy()).max() / largest)
    assert error < 2e-4, f"{name}: onnxruntime differs by {error}"

    at = places(gradient.numel(), 200)
    golden = {
        "model": name, "input": [3, height, width], "classes": logits.shape[1], "target": TARGET, "logits": [digits(r[:10]) for r in logits],
        "largest_logit": float(f"{largest:.9g}"), "float32_error": float(f"{error:.3g}"), "layers": [],
        "gradient": {"norm": float(f"{gradient.norm().item():.9g}"), "places": at, "values": digits(gradient[at])}, "tensors": tensors,
    }
    ends = module_ends(model, modules)
    for module in modules:
        value = all_values[ends[module]].detach()
        flat = value.flatten()
        at = places(flat.numel(), 24)
        golden["layers"].append({"module": module, "value": ends[module], "shape": list(value.shape), "places": at, "values": digits(flat[at]),
                                 "largest": float(f"{flat.abs().max().item():.9g}")})
    for item in model.graph.initializer:
        if item.name in bounds:
            length = 4 * bounds[item.name]["count"]
            item.ClearField("raw_data")
            item.data_location = TensorProto.EXTERNAL
            del item.external_data[:]
            for key, value in (("location", "weights.bin"), ("offset", str(offset)), ("length", str(length))):
                entry = item.external_data.add()
                entry.key, entry.value = key, value
            offset += length
    with open(os.path.join(HERE, name + ".onnx"), "wb") as out:
        out.write(model.SerializeToString())
    with open(os.path.join(HERE, name + ".json"), "w") as out:
        json.dump(golden, out, separators=(",", ":"))
        out.write("\n")
    differs = ((logits[0] - logits[1]).norm() / logits.norm()).item()
    print(f"{name:36s} {os.path.getsize(os.path.join(HERE, name + '.onnx')) // 1024:5d} KB, logits differ {differs:.1e} largest {largest:.2e} "
          f"gradient {gradient.norm():.2e} onnxruntime {error:.1e}", flush=True)


if __name__ == "__main__":
    import logging

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or MODELS:
        make(wanted)
