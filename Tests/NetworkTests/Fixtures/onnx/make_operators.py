"""Small models, an operator or a pattern each, and what onnxruntime makes of them.

    python make_operators.py

Needs onnx, onnxruntime and numpy. Writes `operators.json` beside this file: of every case its name, the model (base64) and the
output for the image of `images` in `make_exports.py`, 1 x 3 x 6 x 7. A model flattens what its operator gives.
"""
import base64
import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from make_exports import images

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPE = (1, 3, 6, 7)
RANDOM = np.random.RandomState(5)
CASES = []


def numbers(*shape, low=-1.0, high=1.0):
    return (low + (high - low) * RANDOM.rand(*shape)).astype(np.float32)


def node(op, inputs, outputs=None, **attributes):
    return helper.make_node(op, inputs, outputs or ["y"], name=f"{op}_{len(inputs)}_{(outputs or ['y'])[0]}", **attributes)


def case(name, nodes, version=17, constants=None, functions=(), output="y", flat=True, opsets=()):
    """`nodes` take `x` and make `output`."""
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in (constants or {}).items()]
    if flat:
        nodes = nodes + [helper.make_node("Flatten", [output], ["flat"], axis=1, name="flatten")]
        output = "flat"
    graph = helper.make_graph(
        nodes, "operator", [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(SHAPE))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version), *opsets], functions=list(functions),
                              ir_version=10 if functions or version > 20 else 8)
    data = model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    result = onnxruntime.InferenceSession(data, options).run(None, {"x": images(SHAPE)})[0]
    assert result.shape[0] == 1 and np.isfinite(result).all(), (name, result.shape)
    CASES.append({"name": name, "model": base64.b64encode(data).decode(), "output": [float(f"{v:.7g}") for v in result.reshape(-1)]})


def unary(op, version=17, **attributes):
    case(f"{op} {attributes or ''} {version}", [node(op, ["x"], **attributes)], version)


i64 = lambda *v: np.array(v, np.int64)
MICROSOFT = [helper.make_opsetid("com.microsoft", 1)]

# Convolutions.
for name, shape, attributes in [
    ("grouped", (6, 1, 3, 3), dict(group=3, pads=[1, 1, 1, 1])), ("dilated", (4, 3, 2, 3), dict(dilations=[2, 2], pads=[1, 2, 1, 2])),
    ("uneven", (4, 3, 3, 2), dict(strides=[2, 1], pads=[0, 1, 2, 0])), ("same upper", (4, 3, 3, 3), dict(auto_pad="SAME_UPPER", strides=[2, 2])),
    ("same lower", (4, 3, 2, 2), dict(auto_pad="SAME_LOWER", strides=[2, 2])), ("valid", (4, 3, 3, 3), dict(auto_pad="VALID")),
]:
    case(f"Conv {name}", [node("Conv", ["x", "w", "b"], **attributes)], constants={"w": numbers(*shape), "b": numbers(shape[0])})
for name, shape, attributes in [
    ("plain", (3, 4, 3, 3), {}), ("stride 2", (3, 4, 3, 3), dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])),
    ("grouped", (3, 2, 2, 2), dict(group=3, strides=[2, 3])), ("dilated", (3, 2, 3, 3), dict(dilations=[2, 1], pads=[2, 0, 1, 1])),
]:
    case(f"ConvTranspose {name}", [node("ConvTranspose", ["x", "w"], **attributes)], constants={"w": numbers(*shape)})
case("Conv of a sequence", [node("Reshape", ["x", "s"], ["r"]), node("Conv", ["r", "w"], pads=[1, 1])], constants={"s": i64(1, 1, -1), "w": numbers(2, 1, 3)})

# Pools.
for op in ("MaxPool", "AveragePool"):
    for attributes in [dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), dict(kernel_shape=[3, 2], strides=[1, 2], pads=[1, 0, 1, 1]),
                       dict(kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")]:
        unary(op, **attributes)
case("AveragePool counts padding", [node("AveragePool", ["x"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)])
case("AveragePool counts padding, rounds up", [node("AveragePool", ["x"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)], 19)
case("MaxPool dilated", [node("MaxPool", ["x"], kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 2, 1, 2])])
unary("GlobalAveragePool"); unary("GlobalMaxPool")

# Normalisations.
case("BatchNormalization", [node("BatchNormalization", ["x", "a", "b", "m", "v"], epsilon=1e-3)],
     constants={"a": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5, high=2)})
case("BatchNormalization of rows", [node("Reshape", ["x", "s"], ["r"]), node("BatchNormalization", ["r", "a", "b", "m", "v"])],
     constants={"s": i64(1, 42, 3), "a": numbers(42), "b": numbers(42), "m": numbers(42), "v": numbers(42, low=0.5, high=2)})
case("InstanceNormalization", [node("InstanceNormalization", ["x", "a", "b"])], constants={"a": numbers(3), "b": numbers(3)})
case("LayerNormalization", [node("LayerNormalization", ["x", "a", "b"], epsilon=1e-4)], constants={"a": numbers(7), "b": numbers(7)})
case("LayerNormalization of maps", [node("LayerNormalization", ["x", "a"], axis=2)], constants={"a": numbers(6, 7)})
case("GroupNormalization 21", [node("Concat", ["x", "x"], ["c"], axis=1), node("GroupNormalization", ["c", "a", "b"], num_groups=2)], 21,
     constants={"a": numbers(6), "b": numbers(6)})
case("LRN", [node("LRN", ["x"], size=3, alpha=0.3, beta=0.6, bias=1.5)])
case("Softmax 11", [node("Softmax", ["x"], axis=2)], 11)
case("Softmax 13", [node("Softmax", ["x"], axis=1)], 13)
case("LogSoftmax", [node("LogSoftmax", ["x"], axis=-1)], 13)
case("a layer normalisation taken apart", [
    node("ReduceMean", ["x"], ["m"], axes=[-1]), node("Sub", ["x", "m"], ["d"]), node("Pow", ["d", "two"], ["p"]), node("ReduceMean", ["p"], ["v"], axes=[-1]),
    node("Add", ["v", "e"], ["r"]), node("Sqrt", ["r"], ["s"]), node("Div", ["d", "s"], ["q"]), node("Mul", ["q", "a"], ["t"]), node("Add", ["t", "b"])],
     13, constants={"two": np.float32(2), "e": np.float32(1e-5), "a": numbers(7), "b": numbers(7)})
case("a group normalisation taken apart", [
    node("Concat", ["x", "x"], ["c"], axis=1), node("Reshape", ["c", "s"], ["r"]), node("InstanceNormalization", ["r", "one", "zero"], ["n"]), node("Shape", ["c"], ["t"]),
    node("Reshape", ["n", "t"], ["u"]), node("Mul", ["u", "a"], ["p"]), node("Add", ["p", "b"])],
     constants={"s": i64(0, 2, -1), "one": np.ones(2, np.float32), "zero": np.zeros(2, np.float32), "a": numbers(6, 1, 1), "b": numbers(6, 1, 1)})
case("RMSNormalization", [node("RMSNormalization", ["x", "a"])], 23, constants={"a": numbers(7)})

# Functions of every value.
for op, attributes in [("Relu", {}), ("LeakyRelu", dict(alpha=0.2)), ("Elu", dict(alpha=0.7)), ("Selu", {}), ("Celu", dict(alpha=0.6)), ("Sigmoid", {}), ("Tanh", {}),
                       ("HardSigmoid", dict(alpha=0.3, beta=0.4)), ("HardSwish", {}), ("Softplus", {}), ("Softsign", {}), ("Erf", {}), ("Exp", {}), ("Neg", {}), ("Abs", {}),
                       ("Identity", {}), ("Dropout", {})]:
    unary(op, **attributes)
unary("Mish", 18); unary("Gelu", 20); unary("Gelu", 20, approximate="tanh")
case("Clip 6", [node("Clip", ["x"], min=-0.5, max=0.75)], 6)
case("Clip above zero", [node("Clip", ["x", "low", "high"])], constants={"low": np.float32(0), "high": np.float32(1)})
case("Clip below", [node("Clip", ["x", "", "high"])], constants={"high": np.float32(0.3)})
case("PRelu", [node("PRelu", ["x", "a"])], constants={"a": numbers(3, 1, 1)})
case("PRelu of one", [node("PRelu", ["x", "a"])], constants={"a": numbers(1)})
case("Log Sqrt Reciprocal", [node("Mul", ["x", "x"], ["p"]), node("Add", ["p", "c"], ["q"]), node("Log", ["q"], ["l"]), node("Sqrt", ["q"], ["s"]), node("Reciprocal", ["s"], ["t"]), node("Add", ["l", "t"])],
     constants={"c": np.float32(0.5)})
case("Cast", [node("Cast", ["x"], ["h"], to=11), node("Cast", ["h"], to=1)])
case("SiLU", [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"])])
case("Mish taken apart", [node("Softplus", ["x"], ["s"]), node("Tanh", ["s"], ["t"]), node("Mul", ["x", "t"])])
case("hard swish taken apart", [node("Add", ["x", "three"], ["a"]), node("Clip", ["a", "zero", "six"], ["c"]), node("Mul", ["x", "c"], ["m"]), node("Div", ["m", "six"])],
     constants={"three": np.float32(3), "zero": np.float32(0), "six": np.float32(6)})
case("GELU taken apart", [node("Div", ["x", "r"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), node("Mul", ["x", "a"], ["m"]), node("Mul", ["m", "half"])],
     constants={"r": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)})
case("GELU by tanh taken apart", [
    node("Pow", ["x", "three"], ["p"]), node("Mul", ["p", "k"], ["q"]), node("Add", ["x", "q"], ["s"]), node("Mul", ["s", "r"], ["u"]), node("Tanh", ["u"], ["t"]),
    node("Add", ["t", "one"], ["a"]), node("Mul", ["x", "half"], ["h"]), node("Mul", ["h", "a"])],
     constants={"three": np.float32(3), "k": np.float32(0.044715), "r": np.float32((2 / np.pi)**0.5), "one": np.float32(1), "half": np.float32(0.5)})
case("nearly GELU", [node("Mul", ["x", "r"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), node("Mul", ["x", "a"], ["m"]), node("Mul", ["m", "half"])],
     constants={"r": np.float32(0.8), "one": np.float32(1), "half": np.float32(0.5)})

# Arithmetic.
for op in ("Add", "Sub", "Mul", "Div"):
    for shape in [(), (1,), (3, 1, 1), (7,), (6, 1), (1, 3, 6, 7), (6, 7), (1, 3, 1, 7)]:
        constant = numbers(*shape, low=0.5, high=2) if shape else np.float32(1.5)
        case(f"{op} {shape}", [node(op, ["x", "c"])], constants={"c": constant})
        if shape != (1,): case(f"{op} {shape}, constant first", [node("Exp", ["x"], ["e"]), node(op, ["c", "e"])], constants={"c": constant})
case("a larger constant", [node("ReduceMean", ["x"], ["m"], axes=[2, 3]), node("Mul", ["m", "c"])], constants={"c": numbers(1, 3, 4, 5)})
case("a gate", [node("GlobalAveragePool", ["x"], ["g"]), node("Sigmoid", ["g"], ["s"]), node("Mul", ["s", "x"])])
for exponent in (0.5, 1.0, 2.0, 3.0, -1.0, -0.5):
    case(f"Pow {exponent}", [node("Exp", ["x"], ["e"]), node("Pow", ["e", "c"])], constants={"c": np.float32(exponent)})
for op in ("Sum", "Mean", "Max", "Min"):
    case(op, [node("Neg", ["x"], ["n"]), node(op, ["x", "n", "c"])], constants={"c": numbers(3, 1, 1)})
case("Where", [node("Neg", ["x"], ["n"]), node("Where", ["m", "x", "n"])], constants={"m": RANDOM.rand(6, 7) > 0.5})
case("Where with infinity", [node("Where", ["m", "x", "low"], ["w"]), node("Softmax", ["w"], axis=-1)], constants={"m": np.arange(42).reshape(6, 7) % 7 < 4, "low": np.float32(-np.inf)})

# Movements.
case("Transpose", [node("Transpose", ["x"], perm=[0, 2, 3, 1])])
case("Transpose of the batch axis", [node("Transpose", ["x"], ["t"], perm=[1, 0, 3, 2]), node("Neg", ["t"], ["n"]), node("Transpose", ["n"], perm=[1, 0, 2, 3])])
case("Reshape", [node("Reshape", ["x", "s"])], constants={"s": i64(0, -1, 7, 2)})
case("Flatten 2", [node("Flatten", ["x"], ["f"], axis=2), node("Reshape", ["f", "s"])], constants={"s": i64(1, -1)})
case("Squeeze Unsqueeze 11", [node("Unsqueeze", ["x"], ["u"], axes=[0, 3]), node("Neg", ["u"], ["n"]), node("Squeeze", ["n"], axes=[0, 3])], 11)
case("Squeeze Unsqueeze 13", [node("Unsqueeze", ["x", "a"], ["u"]), node("Squeeze", ["u", "b"])], 13, constants={"a": i64(-1, 1), "b": i64(1, 5)})
case("Concat rows", [node("Neg", ["x"], ["n"]), node("Concat", ["x", "n", "c"], axis=2)], constants={"c": numbers(1, 3, 2, 7)})
case("Split", [node("Split", ["x", "s"], ["a", "b", "c"], axis=3), node("Concat", ["c", "a"], axis=-1)], constants={"s": i64(1, 4, 2)})
case("Split 11", [node("Split", ["x"], ["a", "b"], axis=2), node("Sub", ["a", "b"])], 11)
case("Split 18", [node("Split", ["x"], ["a", "b"], axis=3, num_outputs=2), node("Concat", ["b", "a"], axis=3)], 18)
case("Slice", [node("Slice", ["x", "a", "b", "c", "d"])], constants={"a": i64(-1, 1), "b": i64(-2**63, 2**31), "c": i64(3, 2), "d": i64(-2, 2)})
case("Slice 9", [node("Slice", ["x"], starts=[1, -3], ends=[3, 100], axes=[1, 3])], 9)
case("Gather", [node("Gather", ["x", "i"], axis=1)], constants={"i": i64(2, -3, 2)})
case("Gather one", [node("Gather", ["x", "i"], axis=2)], constants={"i": np.int64(-1)})
case("Gather a table", [node("Gather", ["x", "i"], axis=3)], constants={"i": i64(0, 3, 6, 2).reshape(2, 2)})
case("GatherND", [node("GatherND", ["x", "i"], ["g"]), node("Unsqueeze", ["g", "a"])], constants={"i": i64(0, 2, 1, 0, 0, 5).reshape(2, 3), "a": i64(0)})
case("Expand", [node("ReduceMax", ["x"], ["m"], axes=[2]), node("Expand", ["m", "s"])], constants={"s": i64(3, 4, 1)})
case("Tile", [node("Tile", ["x", "s"])], constants={"s": i64(1, 2, 1, 2)})
for mode in ("constant", "reflect", "edge"):
    case(f"Pad {mode}", [node("Pad", ["x", "p"] + (["v"] if mode == "constant" else []), mode=mode)], constants={"p": i64(0, 0, 1, 2, 0, 0, 3, 1), "v": np.float32(0.25)})
case("Pad wrap", [node("Pad", ["x", "p"], mode="wrap")], 19, constants={"p": i64(0, 0, 1, 2, 0, 0, 3, 1)})
case("Pad crops", [node("Pad", ["x", "p"])], constants={"p": i64(0, 1, -1, 0, 0, 0, 0, -2)})
case("Pad 2", [node("Pad", ["x"], pads=[0, 0, 1, 1, 0, 0, 0, 2], value=-1.0)], 9)
case("Pad axes", [node("Pad", ["x", "p", "", "a"])], 18, constants={"p": i64(1, 2), "a": i64(-1)})
case("SpaceToDepth", [node("Pad", ["x", "p"], ["q"]), node("SpaceToDepth", ["q"], blocksize=2)], constants={"p": i64(0, 0, 0, 0, 0, 0, 0, 1)})
for mode in ("DCR", "CRD"):
    case(f"DepthToSpace {mode}", [node("Concat", ["x", "n", "x", "n"], ["c"], axis=1), node("DepthToSpace", ["c"], blocksize=2, mode=mode)][0:0]
         + [node("Neg", ["x"], ["n"]), node("Concat", ["x", "n", "x", "n"], ["c"], axis=1), node("DepthToSpace", ["c"], blocksize=2, mode=mode)])
case("a channel shuffle", [node("Neg", ["x"], ["n"]), node("Concat", ["x", "n"], ["c"], axis=1), node("Reshape", ["c", "s"], ["r"]), node("Transpose", ["r"], ["t"], perm=[0, 2, 1, 3, 4]), node("Reshape", ["t", "u"])],
     constants={"s": i64(1, 2, 3, 6, 7), "u": i64(1, -1, 6, 7)})

# Resizing.
for mode, coordinates, extra in [("nearest", "asymmetric", dict(nearest_mode="floor")), ("nearest", "half_pixel", dict(nearest_mode="round_prefer_ceil")), ("nearest", "half_pixel", {}),
                                 ("linear", "half_pixel", {}), ("linear", "align_corners", {}), ("linear", "pytorch_half_pixel", {}), ("linear", "asymmetric", {}),
                                 ("cubic", "half_pixel", dict(cubic_coeff_a=-0.75)), ("cubic", "align_corners", {})]:
    case(f"Resize {mode} {coordinates} {extra}", [node("Resize", ["x", "", "s"], mode=mode, coordinate_transformation_mode=coordinates, **extra)], constants={"s": np.array([1, 1, 2, 1.5], np.float32)})
    case(f"Resize {mode} {coordinates} {extra} to a size", [node("Resize", ["x", "", "", "s"], mode=mode, coordinate_transformation_mode=coordinates, **extra)], constants={"s": i64(1, 3, 4, 11)})
case("Resize 10", [node("Resize", ["x", "s"], mode="linear")], 10, constants={"s": np.array([1, 1, 2, 2], np.float32)})
case("Upsample", [node("Upsample", ["x", "s"], mode="nearest")], 9, constants={"s": np.array([1, 1, 2, 3], np.float32)})

# Reductions.
for op in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"):
    for axes, keeps in [([1], 1), ([2, 3], 0), ([-1], 0), ([1, 2, 3], 1)]:
        if op == "ReduceSum": case(f"{op} {axes}", [node(op, ["x", "a"], keepdims=keeps)], 13, constants={"a": i64(*axes)})
        else: case(f"{op} {axes}", [node(op, ["x"], axes=axes, keepdims=keeps)], 13)
case("ReduceMean 18", [node("ReduceMean", ["x", "a"], keepdims=1)], 18, constants={"a": i64(2, 3)})

# Products.
case("MatMul with weights", [node("MatMul", ["x", "w"])], constants={"w": numbers(7, 5)})
case("weights MatMul", [node("MatMul", ["w", "x"])], constants={"w": numbers(5, 6)})
case("MatMul of both", [node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]), node("MatMul", ["x", "t"])])
case("MatMul repeated", [node("Slice", ["x", "a", "b", "c"], ["t"]), node("Transpose", ["x"], ["u"], perm=[0, 1, 3, 2]), node("MatMul", ["t", "u"])], constants={"a": i64(0), "b": i64(1), "c": i64(1)})
case("MatMul scaled", [node("Mul", ["x", "h"], ["s"]), node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]), node("MatMul", ["s", "t"], ["p"]), node("Div", ["p", "k"])], constants={"h": np.float32(0.5), "k": np.float32(3)})
case("MatMul with a stack", [node("MatMul", ["x", "w"])], constants={"w": numbers(3, 7, 2)})
case("Gemm", [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w", "b"], transB=1, alpha=0.5, beta=2.0)], constants={"w": numbers(4, 126), "b": numbers(4)})
case("Gemm without bias", [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"])], constants={"w": numbers(126, 4)})
case("Gemm of both", [node("Reshape", ["x", "s"], ["r"]), node("Gemm", ["r", "r", "c"], ["g"], transA=1, beta=0.5), node("Reshape", ["g", "t"])], constants={"s": i64(18, 7), "t": i64(1, -1), "c": numbers(1, 7)})
case("Einsum", [node("Einsum", ["x", "x"], equation="b c i j, b d i j -> b c d i")])
case("Einsum turned", [node("Einsum", ["x", "w"], equation="bcij,jk->bkci")], constants={"w": numbers(7, 2)})
case("Attention", [node("Neg", ["x"], ["k"]), node("Attention", ["x", "k", "x"])], 23)
case("Attention 3D, causal", [node("Squeeze", ["x", "z"], ["q"]), node("Reshape", ["x", "s"], ["r"]), node("Attention", ["r", "r", "r"], q_num_heads=3, kv_num_heads=3, is_causal=1, scale=0.3)][1:], 23,
     constants={"s": i64(1, 7, 18), "z": i64(0)})

# Constants of all kinds, branches, functions.
case("shapes computed", [
    node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"]), node("Gather", ["s", "one"], ["c"]), node("Unsqueeze", ["n", "first"], ["nn"]), node("Mul", ["c", "two"], ["d"]),
    node("Unsqueeze", ["d", "first"], ["dd"]), node("Concat", ["nn", "dd", "minus"], ["t"], axis=0), node("Reshape", ["x", "t"])],
     constants={"zero": np.int64(0), "one": np.int64(1), "two": np.int64(2), "first": i64(0), "minus": i64(-1)})
case("a position table computed", [
    node("Range", ["zero", "six", "one"], ["r"]), node("Cast", ["r"], ["f"], to=1), node("Unsqueeze", ["f", "last"], ["u"]), node("Mul", ["u", "w"], ["p"]), node("Sin", ["p"], ["s"]), node("Add", ["x", "s"])],
     constants={"zero": np.int64(0), "six": np.int64(6), "one": np.int64(1), "last": i64(-1), "w": numbers(1, 7)})
case("a mask computed", [
    node("ConstantOfShape", ["s"], ["z"], value=numpy_helper.from_array(np.zeros(1, np.float32))), node("ScatterND", ["z", "i", "u"], ["m"]), node("Equal", ["m", "zero"], ["e"]), node("Not", ["e"], ["n"]),
    node("Where", ["n", "a", "b"], ["w"]), node("Add", ["x", "w"])],
     constants={"s": i64(6, 7), "i": i64(1, 2, 5, 6).reshape(2, 2), "u": numbers(2, low=1, high=2), "zero": np.float32(0), "a": np.float32(-2), "b": np.float32(0.5)})
then = helper.make_graph([node("Neg", ["x"], ["t"])], "then", [], [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)])
other = helper.make_graph([node("Abs", ["x"], ["o"])], "else", [], [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)])
case("If", [node("Size", ["x"], ["n"]), node("Less", ["n", "k"], ["c"]), node("If", ["c"], then_branch=then, else_branch=other)], constants={"k": np.int64(1000)})
scale = helper.make_node("Elu", ["a"], ["b"])
reference = scale.attribute.add(); reference.name, reference.ref_attr_name, reference.type = "alpha", "steep", onnx.AttributeProto.FLOAT
function = helper.make_function("local", "Twice", ["a"], ["c"], [scale, helper.make_node("Add", ["a", "b"], ["c"])], [helper.make_opsetid("", 17)], ["steep"])
case("a function", [helper.make_node("Twice", ["x"], ["y"], domain="local", name="twice", steep=0.3)], functions=[function], opsets=[helper.make_opsetid("local", 1)])
halves = {"h": numbers(3, 1, 1).astype(np.float16)}
case("half precision constants", [node("Cast", ["h"], ["f"], to=1), node("Mul", ["x", "f"])], constants=halves)

# Eight bits. Rounding is left out here: what is quantised are whole levels already, or the levels are narrow.
case("QuantizeLinear cuts", [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"])], constants={"s": np.float32(1e-5), "z": np.uint16(30000)}, version=21)
case("a ReLU left to QuantizeLinear", [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"])], constants={"s": np.float32(1e-5), "z": np.int16(-32768)}, version=21)
case("weights of eight bits", [node("DequantizeLinear", ["w", "s", "z"], ["d"], axis=0), node("Conv", ["x", "d"])],
     constants={"w": RANDOM.randint(-128, 128, (4, 3, 3, 3)).astype(np.int8), "s": numbers(4, low=0.001, high=0.01), "z": np.array([0, 3, -5, 0], np.int8)})
case("weights of eight bits, one step", [node("QuantizeLinear", ["f", "s", "z"], ["w"]), node("DequantizeLinear", ["w", "s", "z"], ["d"]), node("MatMul", ["x", "d"])],
     constants={"f": numbers(7, 4), "s": np.float32(0.0078125), "z": np.uint8(128)})
case("QuantizeLinear of com.microsoft", [node("QuantizeLinear", ["x", "s", "z"], ["q"], domain="com.microsoft"), node("DequantizeLinear", ["q", "s", "z"], domain="com.microsoft")],
     constants={"s": np.float32(1e-5), "z": np.uint16(30000)}, opsets=MICROSOFT)

# Masks of attention that may leave nothing, constants computed by operations.
scores = [node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]), node("MatMul", ["x", "t"], ["p"])]
guard = [node("Softmax", ["a"], ["s"], axis=-1), node("IsNaN", ["s"], ["n"]), node("Where", ["n", "zero", "s"])]
mask = np.zeros((6, 6), np.float32)
mask[:, 4:] = -np.inf
case("masked attention", scores + [node("Add", ["p", "m"], ["a"])] + guard, constants={"m": mask, "zero": np.float32(0)})
mask = mask.copy()
mask[2] = -np.inf
case("masked attention with an empty row", scores + [node("Add", ["p", "m"], ["a"])] + guard, constants={"m": mask[None, None], "zero": np.float32(0)})
case("attention that masks nothing", scores + [node("Neg", ["p"], ["a"])] + guard, constants={"zero": np.float32(0)})
case("a softmax of constants", [node("Softmax", ["c"], ["s"], axis=1), node("Mul", ["x", "s"])], constants={"c": numbers(1, 3, 6, 7)})
case("a table enlarged", [node("Resize", ["c", "", "", "s"], ["r"], mode="cubic"), node("Add", ["x", "r"])], constants={"c": numbers(1, 3, 4, 4), "s": i64(1, 3, 6, 7)})
case("standardised weights", [node("BatchNormalization", ["w", "one", "none", "mu", "two"], ["n", "mean", "variance"], training_mode=1, epsilon=1e-6), node("Reshape", ["n", "s"], ["v"]), node("Conv", ["x", "v"])],
     constants={"w": numbers(1, 4, 27), "one": np.ones(4, np.float32), "none": np.zeros(4, np.float32), "mu": np.full(4, 0.5, np.float32), "two": np.full(4, 2, np.float32), "s": i64(4, 3, 3, 3)})
case("normalised constants", [node("BatchNormalization", ["w", "a", "b", "m", "v"], ["n"]), node("Add", ["x", "n"])],
     constants={"w": numbers(1, 3, 6, 7), "a": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5, high=2)})
case("weights of stated norm", [node("ReduceL2", ["w"], ["l"], axes=[1, 2, 3], keepdims=1), node("Div", ["w", "l"], ["d"]), node("Mul", ["d", "g"], ["v"]), node("Conv", ["x", "v"])], 13,
     constants={"w": numbers(4, 3, 3, 3), "g": numbers(4, 1, 1, 1)})
case("other norms of constants", [node("ReduceL1", ["w"], ["l"], axes=[1], keepdims=1), node("ReduceSumSquare", ["w"], ["q"], axes=[0], keepdims=1), node("Mul", ["l", "q"], ["v"]), node("Add", ["x", "v"])], 13,
     constants={"w": numbers(6, 7)})
case("weights of spectral norm", [node("MatMul", ["m", "v"], ["p"]), node("MatMul", ["u", "p"], ["s"]), node("Div", ["m", "s"], ["w"]), node("MatMul", ["x", "w"])],
     constants={"m": numbers(7, 4), "v": numbers(4), "u": numbers(7)})
case("numbers asked for", [node("IsNaN", ["c"], ["n"]), node("Where", ["n", "zero", "c"], ["w"]), node("IsInf", ["w"], ["i"]), node("Where", ["i", "zero", "w"], ["v"]), node("Add", ["x", "v"])],
     constants={"c": np.array([1, np.nan, np.inf, 2, 3, -np.inf, 4], np.float32), "zero": np.float32(0)})

# ONNX Runtime's own operators, as its optimiser leaves them.
for activation, numbers_ in [("Relu", None), ("Sigmoid", None), ("Tanh", None), ("LeakyRelu", [0.2]), ("HardSigmoid", [0.3, 0.4]), ("Clip", [-0.1, 0.2])]:
    more = {"activation_params": numbers_} if numbers_ else {}
    case(f"FusedConv {activation}", [node("FusedConv", ["x", "w", "b"], domain="com.microsoft", activation=activation, pads=[1, 1, 1, 1], **more)], constants={"w": numbers(3, 3, 3, 3), "b": numbers(3)}, opsets=MICROSOFT)
case("FusedConv and a sum", [node("FusedConv", ["x", "w", "b", "x"], domain="com.microsoft", activation="Relu", pads=[1, 1, 1, 1])], constants={"w": numbers(3, 3, 3, 3), "b": numbers(3)}, opsets=MICROSOFT)
case("FusedGemm", [node("Flatten", ["x"], ["f"]), node("FusedGemm", ["f", "w", "b"], domain="com.microsoft", activation="Relu", transB=1)], constants={"w": numbers(4, 126), "b": numbers(4)}, opsets=MICROSOFT)
case("FusedMatMul", [node("FusedMatMul", ["x", "x"], domain="com.microsoft", transB=1, alpha=0.3)], opsets=MICROSOFT)
case("FusedMatMul with weights", [node("FusedMatMul", ["x", "w"], domain="com.microsoft", transA=1, transB=1)], constants={"w": numbers(5, 6)}, opsets=MICROSOFT)
case("Gelu of com.microsoft", [node("Gelu", ["x"], domain="com.microsoft")], opsets=MICROSOFT)
case("BiasGelu", [node("BiasGelu", ["x", "b"], domain="com.microsoft")], constants={"b": numbers(7)}, opsets=MICROSOFT)
case("FastGelu", [node("FastGelu", ["x", "b"], domain="com.microsoft")], constants={"b": numbers(7)}, opsets=MICROSOFT)
case("QuickGelu", [node("QuickGelu", ["x"], domain="com.microsoft", alpha=1.702)], opsets=MICROSOFT)
rows = [node("Reshape", ["x", "r"], ["t"])]
case("SkipLayerNormalization", rows + [node("Neg", ["t"], ["n"]), node("Mul", ["n", "n"], ["q"]), node("SkipLayerNormalization", ["t", "q", "g", "b", "c"], ["o", "", "", "s"], domain="com.microsoft", epsilon=1e-5), node("Add", ["o", "s"])],
     constants={"r": i64(1, 21, 6), "g": numbers(6), "b": numbers(6), "c": numbers(6)}, opsets=MICROSOFT)
case("SkipSimplifiedLayerNormalization", rows + [node("Mul", ["t", "t"], ["q"]), node("SkipSimplifiedLayerNormalization", ["t", "q", "g"], domain="com.microsoft", epsilon=1e-5)],
     constants={"r": i64(1, 21, 6), "g": numbers(6)}, opsets=MICROSOFT)
case("SimplifiedLayerNormalization", [node("SimplifiedLayerNormalization", ["x", "g"], axis=-1, epsilon=1e-5)], constants={"g": numbers(7)})
case("Attention of com.microsoft", rows + [node("Attention", ["t", "w", "b"], domain="com.microsoft", num_heads=2)], constants={"r": i64(1, 21, 6), "w": numbers(6, 18), "b": numbers(18)}, opsets=MICROSOFT)
case("MultiHeadAttention", rows + [node("Neg", ["t"], ["n"]), node("MultiHeadAttention", ["t", "n", "t", "b"], domain="com.microsoft", num_heads=2)], constants={"r": i64(1, 21, 6), "b": numbers(18)}, opsets=MICROSOFT)

# Positions that count as images, as LeViT's projections have them.
case("BatchNormalization of positions", [node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]), node("Reshape", ["t", "p"], ["r"]), node("BatchNormalization", ["r", "a", "b", "m", "v"], ["n"]), node("Reshape", ["n", "w"])],
     constants={"p": i64(42, 3), "w": i64(1, 42, 3), "a": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5, high=2)})
case("AveragePool of a window larger than the map", [node("AveragePool", ["x"], kernel_shape=[9, 5], strides=[9, 5], ceil_mode=1, count_include_pad=1)], version=19)
case("MaxPool of a window larger than the map", [node("MaxPool", ["x"], kernel_shape=[8, 12], strides=[8, 12], ceil_mode=1)])

with open(os.path.join(HERE, "operators.json"), "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES) + "\n]\n")
print(len(CASES), "cases,", os.path.getsize(os.path.join(HERE, "operators.json")) // 1024, "KB")
