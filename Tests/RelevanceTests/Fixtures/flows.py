"""Relevance flows in plain PyTorch, written from their definitions: an independent implementation to compare with.

A network is run operation by operation; every operation keeps its value and a function that hands relevance from its output to
its inputs. No hooks, no derivative of the network: `Tape.back` walks the operations in reverse.

`vital` (Gorgun et al. 2025): z+ with `W+ a + 1e-5`, batch norm and ReLU pass unchanged, residual sums split by magnitude, pooling as
average pooling; at the pixels ones in place of the image; z+ by sign where inputs other than the image's are negative, and depthwise kernels
leak. `vital-conserving` averages over a maximum pool's own windows. `transformer`: z+ by sign through linear layers, attention weights as constants and values by `A |V|`, layer norm and
GELU pass unchanged, constants take nothing of a sum. `attnlrp` (Achtibat et al. 2024, with the numbers of their propositions): epsilon through
linear layers and sums, softmax `x (R - s sum R)` (3.1), products of attention half to either factor (3.3), layer norm and GELU unchanged.
"""
import torch
import torch.nn.functional as F

EPSILON = 1e-5


class Value:
    def __init__(self, data, inputs=(), back=None, constant=False):
        self.data, self.inputs, self.back, self.constant = data, inputs, back, constant
        self.relevance = None


class Tape:
    """The operations of a network with the rules of one composite. `signed` is the composite's way with inputs of either sign."""

    def __init__(self, signed=False, own_windows=False):
        self.values, self.named, self.signed, self.own_windows = [], {}, signed, own_windows

    def add(self, data, inputs, back):
        value = Value(data, inputs, back)
        self.values.append(value)
        return value

    def name(self, name, value):
        self.named[name] = value
        return value

    def back(self, start, relevance):
        for value in self.values:
            value.relevance = None
        start.relevance = relevance
        for value in reversed(self.values):
            if value.relevance is None or value.back is None:
                continue
            for source, part in zip(value.inputs, value.back(value.relevance)):
                if part is not None and not source.constant:
                    source.relevance = part if source.relevance is None else source.relevance + part

    # Sources.
    def input(self, data):
        return self.name("input", self.add(data, (), None))

    def constant(self, data):
        return Value(data, constant=True)

    # What has weights.
    def weighted(self, x, weight, bias, forward, adjoint):
        """`forward(a, W)` is linear in both; `adjoint(s, W)` its transpose in `a`."""
        a, plus = x.data, weight.clamp(min=0)
        y = forward(a, weight)
        signed = self.signed or x is not self.named["input"] and bool((a < 0).any())
        if bias is not None:
            y = y + bias

        def rule(r):
            if not self.signed and x is self.named["input"]:
                ones = torch.ones_like(a)
                return [ones * adjoint(r / (forward(ones, plus) + EPSILON), plus)]
            if not signed:
                return [a * adjoint(r / (forward(a, plus) + EPSILON), plus)]
            positive, negative, minus = a.clamp(min=0), a.clamp(max=0), weight.clamp(max=0)
            s = r / (forward(positive, plus) + forward(negative, minus) + EPSILON)
            return [positive * adjoint(s, plus) + negative * adjoint(s, minus)]
        return self.add(y, (x,), rule)

    def convolution(self, x, module):
        options = dict(stride=module.stride, padding=module.padding, dilation=module.dilation, groups=module.groups)
        shape = x.data.shape

        def forward(a, w): return F.conv2d(a, w, None, **options)
        def adjoint(s, w): return torch.nn.grad.conv2d_input(shape, w, s, **options)
        if module.groups > 1 and module.weight.shape[1] == 1:
            return self.leaking(x, module.weight.data, module.bias, forward, adjoint)
        return self.weighted(x, module.weight.data, None if module.bias is None else bias_map(module.bias.data), forward, adjoint)

    def leaking(self, x, weight, bias, forward, adjoint, leak=0.01, floor=1e-4):
        """Every product `a W` that is positive counts, one that is negative by `leak` of its size, and `floor * |W|` everywhere."""
        positive, negative = x.data.clamp(min=0), -x.data.clamp(max=0)
        up, down = weight.clamp(min=0), -weight.clamp(max=0)
        for_positive, for_negative = up + leak * down, down + leak * up
        ones, sizes = torch.full_like(positive, floor), up + down

        def rule(r):
            s = r / (forward(positive, for_positive) + forward(negative, for_negative) + forward(ones, sizes) + 1e-9)
            return [positive * adjoint(s, for_positive) + negative * adjoint(s, for_negative) + ones * adjoint(s, sizes)]
        y = forward(x.data, weight)
        return self.add(y if bias is None else y + bias_map(bias.data), (x,), rule)

    def linear(self, x, weight, bias):
        return self.weighted(x, weight, bias, lambda a, w: a @ w.T, lambda s, w: s @ w)

    # What passes unchanged.
    def unchanged(self, x, function):
        return self.add(function(x.data), (x,), lambda r: [r])

    # Means.
    def average(self, x, kernel, stride, data=None):
        """With `data`, the operation is another one (maximum pooling), and relevance flows as through this mean."""
        a = x.data.abs()
        mean = F.avg_pool2d(a, kernel, stride)

        def rule(r):
            s = r / (mean + EPSILON) / kernel ** 2
            spread = torch.zeros_like(a)
            height, width = mean.shape[-2:]
            for dy in range(kernel):
                for dx in range(kernel):
                    spread[..., dy:dy + stride * (height - 1) + 1:stride, dx:dx + stride * (width - 1) + 1:stride] += s
            return [a * spread]
        return self.add(F.avg_pool2d(x.data, kernel, stride) if data is None else data, (x,), rule)

    def mean_over_positions(self, x):
        a = x.data.abs()
        count = a.shape[-1] * a.shape[-2]
        return self.add(
            x.data.mean((-1, -2)), (x,), lambda r: [a * (r / (a.mean((-1, -2)) + EPSILON))[..., None, None] / count])

    def max_pool(self, x):
        """3 x 3 of stride 2, taken as 2 x 2 average pooling, or as the average over the same windows."""
        if self.own_windows:
            a = x.data.abs()
            with torch.enable_grad():
                source = a.clone().requires_grad_()
                mean = F.avg_pool2d(source, 3, 2, 1)
            return self.add(
                F.max_pool2d(x.data, 3, 2, 1), (x,),
                lambda r: [a * torch.autograd.grad(mean, source, r / (mean.detach() + EPSILON), retain_graph=True)[0]])
        return self.average(x, 2, 2, data=F.max_pool2d(x.data, 3, 2, 1))

    # Sums and what is moved.
    def sum(self, x, y):
        a, b = x.data.abs(), y.data.abs()
        total = a + b
        share = torch.where(total == 0, torch.full_like(total, 0.5), a / total)

        def rule(r):
            if x.constant or y.constant:
                return [r, r]  # constants are passed over
            return [share * r, (1 - share) * r]
        return self.add(x.data + y.data, (x, y), rule)

    def joined(self, values, axis=1):
        sizes = [v.data.shape[axis] for v in values]
        return self.add(torch.cat([v.data for v in values], axis), tuple(values), lambda r: torch.split(r, sizes, axis))

    def moved(self, x, function):
        shape, order = x.data.shape, torch.arange(x.data.numel()).reshape(x.data.shape)
        to = function(order)

        def rule(r):
            flat = torch.zeros(x.data.numel(), dtype=r.dtype)
            flat.index_add_(0, to.flatten(), r.flatten())
            return [flat.reshape(shape)]
        return self.add(function(x.data), (x,), rule)

    # Attention.
    def attended(self, weights, values):
        """`weights` are numbers; `values` share by magnitude."""
        size = values.data.abs()

        def rule(r):
            return [size * (weights.transpose(-1, -2) @ (r / (weights @ size + 1e-9)))]
        return self.add(weights @ values.data, (values,), rule)

    def gated(self, x, gate):
        """The signal takes all; `gate` is a number for each value."""
        return self.add(x.data * gate, (x,), lambda r: [r])


def stabilized(z, epsilon=1e-6):
    return z + torch.where(z < 0, -epsilon, epsilon)


class AttentionTape(Tape):
    """AttnLRP's rules; with gammas, for inputs of either sign (Andeol et al. 2021), of linear layers and convolutions."""

    def __init__(self, linear=None, convolution=None):
        super().__init__()
        self.gammas = {2: linear, 4: convolution}

    def weighted(self, x, weight, bias, forward, adjoint):
        y, gamma = forward(x.data, weight), self.gammas[weight.dim()]
        bias = 0 if bias is None else bias
        y = y + bias
        if gamma is None:
            return self.add(y, (x,), lambda r: [x.data * adjoint(r / stabilized(y), weight)])
        more = lambda v: v + gamma * v.clamp(min=0)
        less = lambda v: v + gamma * v.clamp(max=0)
        positive, negative = x.data.clamp(min=0), x.data.clamp(max=0)

        def rule(r):
            parts = []
            for for_positive, for_negative, where in [(more, less, y > 0), (less, more, y < 0)]:
                a, b = for_positive(weight), for_negative(weight)
                z = forward(positive, a) + forward(negative, b) + (for_positive(bias) if torch.is_tensor(bias) else 0)
                s = r / stabilized(z) * where
                parts.append(positive * adjoint(s, a) + negative * adjoint(s, b))
            return [sum(parts)]
        return self.add(y, (x,), rule)

    def sum(self, x, y):
        # Of constants, which get nothing, the denominator knows nothing.
        total = sum(v.data for v in (x, y) if not v.constant)
        return self.add(x.data + y.data, (x, y), lambda r: [v.data * (r / stabilized(total)) for v in (x, y)])

    def softmax(self, x):
        s = torch.softmax(x.data, -1)
        return self.add(s, (x,), lambda r: [x.data * (r - s * r.sum(-1, keepdim=True))])

    def product(self, a, b, scale=1):
        """`scale * a b`."""
        y = scale * (a.data @ b.data)

        def rule(r):
            s = scale * r / (2 * y + torch.where(y < 0, -1e-6, 1e-6))
            return [a.data * (s @ b.data.transpose(-1, -2)), b.data * (a.data.transpose(-1, -2) @ s)]
        return self.add(y, (a, b), rule)


def bias_map(bias):
    return bias[None, :, None, None]


# --- networks ----------------------------------------------------------------------------------------------------------

def batch_norm(tape, x, module):
    return tape.unchanged(x, module)


def relu(tape, x):
    return tape.unchanged(x, F.relu)


def resnet(model, images, signed=False, own_windows=False):
    """torchvision's, with either kind of block."""
    tape = Tape(signed, own_windows)
    x = tape.name("conv1", tape.convolution(tape.input(images), model.conv1))
    x = relu(tape, batch_norm(tape, x, model.bn1))
    x = tape.name("maxpool", tape.max_pool(x))
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        for index, block in enumerate(getattr(model, stage)):
            skip = main = x
            parts = [("conv1", "bn1"), ("conv2", "bn2")] + ([("conv3", "bn3")] if hasattr(block, "conv3") else [])
            for number, (convolution, norm) in enumerate(parts):
                main = tape.name(f"{stage}.{index}.{convolution}", tape.convolution(main, getattr(block, convolution)))
                main = batch_norm(tape, main, getattr(block, norm))
                if number < len(parts) - 1:
                    main = relu(tape, main)
            if block.downsample is not None:
                skip = batch_norm(tape, tape.convolution(skip, block.downsample[0]), block.downsample[1])
            x = tape.name(f"{stage}.{index}", relu(tape, tape.sum(main, skip)))
        tape.name(stage, x)
    x = tape.mean_over_positions(x)
    tape.name("logits", tape.linear(x, model.fc.weight.data, model.fc.bias.data))
    return tape


def densenet(model, images, signed=False):
    tape = Tape(signed)
    f = model.features
    x = tape.name("features.conv0", tape.convolution(tape.input(images), f.conv0))
    x = tape.max_pool(relu(tape, batch_norm(tape, x, f.norm0)))
    for number in (1, 2, 3, 4):
        maps = [x]
        for layer in getattr(f, f"denseblock{number}").values():
            y = maps[0] if len(maps) == 1 else tape.joined(maps)
            y = tape.convolution(relu(tape, batch_norm(tape, y, layer.norm1)), layer.conv1)
            maps.append(tape.convolution(relu(tape, batch_norm(tape, y, layer.norm2)), layer.conv2))
        x = tape.name(f"features.denseblock{number}", tape.joined(maps))
        if number < 4:
            transition = getattr(f, f"transition{number}")
            x = tape.convolution(relu(tape, batch_norm(tape, x, transition.norm)), transition.conv)
            x = tape.name(f"features.transition{number}", tape.average(x, 2, 2))
    x = tape.mean_over_positions(relu(tape, batch_norm(tape, x, f.norm5)))
    tape.name("logits", tape.linear(x, model.classifier.weight.data, model.classifier.bias.data))
    return tape


def mobilenet_v2(model, images, signed=False):
    """torchvision's. Inverted residuals end without a nonlinearity."""
    tape = Tape(signed)
    x = tape.input(images)
    for number, block in enumerate(model.features):
        source = x
        parts = [block] if not hasattr(block, "conv") else block.conv
        for part in parts:
            if isinstance(part, torch.nn.Sequential):
                x = tape.convolution(x, part[0])
                if number == 0:
                    tape.name("features.0.0", x)
                x = tape.unchanged(x, torch.nn.Sequential(*list(part)[1:]))
            elif isinstance(part, torch.nn.Conv2d):
                x = tape.convolution(x, part)
            else:
                x = batch_norm(tape, x, part)
        if getattr(block, "use_res_connect", False):
            x = tape.sum(x, source)
        tape.name(f"features.{number}", x)
    tape.name("logits", tape.linear(tape.mean_over_positions(x), model.classifier[1].weight.data, model.classifier[1].bias.data))
    return tape


def convnext(model, images, signed=False):
    """torchvision's. Positions are a batch of vectors where layers are linear; a block's scale passes relevance on as it is."""
    tape = Tape(signed)
    x = tape.name("features.0.0", tape.convolution(tape.input(images), model.features[0][0]))
    x = tape.unchanged(x, model.features[0][1])
    for stage in range(1, 8):
        part = model.features[stage]
        if stage % 2 == 0:
            x = tape.convolution(tape.unchanged(x, part[0]), part[1])
        else:
            for block in part:
                y = tape.convolution(x, block.block[0])
                y = tape.moved(y, lambda m: m.permute(0, 2, 3, 1))
                y = tape.linear(tape.unchanged(y, block.block[2]), block.block[3].weight.data, block.block[3].bias.data)
                y = tape.linear(tape.unchanged(y, block.block[4]), block.block[5].weight.data, block.block[5].bias.data)
                y = tape.unchanged(tape.moved(y, lambda m: m.permute(0, 3, 1, 2)), lambda m: m * block.layer_scale.data)
                x = tape.sum(y, x)
        tape.name(f"features.{stage}", x)
    x = tape.mean_over_positions(x)
    x = tape.unchanged(x, lambda m: model.classifier[0](m[..., None, None])[..., 0, 0])
    tape.name("logits", tape.linear(x, model.classifier[2].weight.data, model.classifier[2].bias.data))
    return tape


def attention(tape, x, qkv_weight, qkv_bias, out_weight, out_bias, heads):
    batch, tokens, width = x.data.shape
    depth = width // heads

    def by_head(v): return v.reshape(batch, tokens, heads, depth).transpose(1, 2)
    if isinstance(tape, AttentionTape):
        q, k, v = (tape.moved(tape.linear(x, qkv_weight[i * width:(i + 1) * width], qkv_bias[i * width:(i + 1) * width]), by_head) for i in range(3))
        weights = tape.softmax(tape.product(q, tape.moved(k, lambda m: m.transpose(-1, -2)), depth ** -0.5))
        y = tape.product(weights, v)
        return tape.linear(tape.moved(y, lambda m: m.transpose(1, 2).reshape(batch, tokens, width)), out_weight, out_bias)
    # Queries and keys only make the weights, which are numbers.
    q, k = (by_head(x.data @ qkv_weight[i * width:(i + 1) * width].T + qkv_bias[i * width:(i + 1) * width]) for i in (0, 1))
    weights = torch.softmax(q @ k.transpose(-1, -2) / depth ** 0.5, -1)
    v = tape.linear(x, qkv_weight[2 * width:], qkv_bias[2 * width:])
    y = tape.attended(weights, tape.moved(v, by_head))
    return tape.linear(tape.moved(y, lambda m: m.transpose(1, 2).reshape(batch, tokens, width)), out_weight, out_bias)


def vision_transformer(model, images, tape=None):
    """torchvision's. The class token is kept as a value of its own: what it takes in is a named sink."""
    tape = tape or Tape(signed=True)
    x = tape.name("conv_proj", tape.convolution(tape.input(images), model.conv_proj))
    x = tape.moved(x, lambda m: m.flatten(2).transpose(1, 2))
    token = tape.name("class_token", tape.add(model.class_token.data.expand(len(images), -1, -1), (), None))
    x = tape.joined([token, x])
    x = tape.sum(x, tape.constant(model.encoder.pos_embedding.data))
    for number, layer in enumerate(model.encoder.layers):
        own = layer.self_attention
        y = tape.unchanged(x, layer.ln_1)
        y = attention(tape, y, own.in_proj_weight.data, own.in_proj_bias.data, own.out_proj.weight.data, own.out_proj.bias.data,
                      own.num_heads)
        x = tape.sum(y, x)
        y = tape.linear(tape.unchanged(x, layer.ln_2), layer.mlp[0].weight.data, layer.mlp[0].bias.data)
        y = tape.linear(tape.unchanged(y, layer.mlp[1]), layer.mlp[3].weight.data, layer.mlp[3].bias.data)
        x = tape.name(f"encoder.layers.encoder_layer_{number}", tape.sum(x, y))
    x = tape.unchanged(x, model.encoder.ln)
    x = tape.moved(x, lambda m: m[:, 0])
    tape.name("logits", tape.linear(x, model.heads.head.weight.data, model.heads.head.bias.data))
    return tape


# --- starts, and the matching of inner neurons ---------------------------------------------------------------------------

def start_at_unit(value, unit):
    """The unit's whole map, every image for itself. For values N x C x H x W, or N x C."""
    relevance = torch.zeros_like(value.data)
    relevance[:, unit] = value.data[:, unit]
    return relevance


def start_at_best_position(value, direction):
    """`direction` (C values) at the position whose values have the largest cosine with it."""
    maps = value.data.flatten(2)
    cosine = (maps * direction[None, :, None]).sum(1) / maps.norm(dim=1) / direction.norm()
    cosine = torch.where(cosine.isnan(), torch.full_like(cosine, -float("inf")), cosine)
    relevance = torch.zeros_like(maps)
    for image, position in enumerate(cosine.argmax(-1)):
        relevance[image, :, position] = direction
    return relevance.reshape(value.data.shape)


def mask(relevance):
    flat = relevance.flatten(2)
    low, high = flat.min(-1, keepdim=True)[0], flat.max(-1, keepdim=True)[0]
    return ((flat - low) / (high - low + 1e-6)).reshape(relevance.shape)


def importance(relevance):
    """For each image, every channel's largest relevance, from 0 to 1 over channels."""
    largest = relevance.flatten(2).max(-1)[0]
    low, high = largest.min(1, keepdim=True)[0], largest.max(1, keepdim=True)[0]
    return (largest - low) / (high - low + 1e-6)


def inner_matching(flow, forward, model, image, references, target, unit, layers, weights):
    """One step for an inner neuron and one image (1 x 3 x H x W): its masks, masked features, the references' importance (mean over
    them), loss a layer, loss and gradient to the image. `flow(model, images)` gives a tape, `forward(model, image, layers)` the
    differentiable features of those layers."""
    own = flow(model, image)
    own.back(own.named[target], start_at_unit(own.named[target], unit))
    theirs = flow(model, references)
    theirs.back(theirs.named[target], start_at_unit(theirs.named[target], unit))

    pixels = image.clone().requires_grad_(True)
    features = forward(model, pixels, layers)
    result, total = {}, 0
    for layer, weight in zip(layers, weights):
        m = mask(own.named[layer].relevance)
        z = (m * features[layer]).flatten(2)[0]
        r = (mask(theirs.named[layer].relevance) * theirs.named[layer].data).flatten(2)
        w = importance(theirs.named[layer].relevance).mean(0)
        quantiles = r.sort(-1)[0].mean(0)
        rank = z.detach().sort(dim=-1, stable=True)[1].argsort(-1)
        loss = (w[:, None] * (z - quantiles.gather(-1, rank)) ** 2).mean()
        total = total + weight * loss
        result[layer] = {"relevance": own.named[layer].relevance, "mask": m, "masked": z.detach().reshape(m.shape), "importance": w,
                         "loss": loss.detach()}
    gradient, = torch.autograd.grad(total, pixels)
    return result, total.detach(), gradient


def features_of_modules(model, image, layers):
    """The outputs of modules, to be differentiated."""
    kept, modules = {}, dict(model.named_modules())

    def keep(layer):
        def hook(module, inputs, output):
            kept[layer] = output.clone()
        return hook
    hooks = [modules[layer].register_forward_hook(keep(layer)) for layer in layers]
    model(image)
    for hook in hooks:
        hook.remove()
    return kept
