"""Golden values of losses and of gradient descent, from PyTorch: python3 make_goldens.py, here."""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent


def numbers(tensor):
    return [float(x) for x in tensor.detach().flatten()]


def case(kind, scores, loss, **more):
    """`loss` is of float64 scores; its value and its gradient are kept."""
    s = scores.double().requires_grad_(True)
    value = loss(s)
    value.backward()
    return {"kind": kind, "shape": list(scores.shape), "scores": numbers(scores), "loss": value.item(), "gradient": numbers(s.grad), **more}


def pooled(s, templates):
    """Scores of classes, N x C x H x W, from those of their templates."""
    n, k, h, w = s.shape
    return s.view(n, k // templates, templates, h, w).logsumexp(2)


def positions(labels, s):
    return labels.view(-1, 1, 1).expand(-1, *s.shape[2:])


def losses():
    made = []
    for shape, templates in [((5, 10, 1, 1), 1), ((3, 20, 2, 3), 1), ((2, 12, 3, 2), 3), ((2, 40, 2, 2), 8)]:
        s, labels = 3 * torch.randn(shape), torch.randint(0, shape[1] // templates, shape[:1])
        made.append(case("cross-entropy", s, lambda s: F.cross_entropy(pooled(s, templates), positions(labels, s)), labels=labels.tolist(), templates=templates))
    for shape, temperature in [((4, 10, 1, 1), 4), ((2, 37, 3, 3), 1), ((1, 64, 2, 5), 2)]:
        s, t = 4 * torch.randn(shape), 5 * torch.randn(shape)

        def distillation(s):
            p, q = F.log_softmax(s / temperature, 1), F.log_softmax(t.double() / temperature, 1)
            # A batch of as many positions as there are.
            return F.kl_div(p, q, log_target=True, reduction="sum") / (s.numel() / s.shape[1]) * temperature**2

        made.append(case("scores", s, distillation, targets=numbers(t), temperature=temperature))
    for shape in [(2, 21, 2, 3), (3, 16, 1, 1)]:
        s = 3 * torch.randn(shape)
        q = torch.softmax(6 * torch.randn(shape), 1)
        q = torch.where(q < 1e-3, 0, q)
        q = q / q.sum(1, keepdim=True)
        made.append(case("shares", s, lambda s: F.kl_div(F.log_softmax(s, 1), q.double(), reduction="sum") / (s.numel() / s.shape[1]), targets=numbers(q)))
    s = 3 * torch.randn(2, 18, 3, 2)
    table = torch.softmax(4 * torch.randn(18, 18), 1)
    table[table < 1e-3] = 0
    table = table / table.sum(1, keepdim=True)
    choices = torch.randint(0, 18, (2, 3, 2))
    q = table[choices].permute(0, 3, 1, 2).double()
    made.append(case("rows", s, lambda s: F.kl_div(F.log_softmax(s, 1), q, reduction="sum") / 12, targets=numbers(table), choices=choices.flatten().tolist()))
    return made


def image_matches():
    """Images' vectors against templates, with random numbers of their own."""
    made, random = [], torch.Generator().manual_seed(1)
    for batch, channels, classes, templates, gain in [(5, 7, 3, 2, 4.0), (3, 20, 4, 1, 1.5), (4, 16, 2, 8, 4.0)]:
        m, w = torch.randn(batch, channels, generator=random), torch.randn(classes * templates, channels, generator=random)
        labels = torch.randint(0, classes, (batch,), generator=random)
        x, t = m.double().requires_grad_(True), w.double().requires_grad_(True)
        cosines = gain * F.normalize(x, dim=1) @ F.normalize(t, dim=1).T
        loss = F.cross_entropy(cosines.view(batch, classes, templates).logsumexp(2), labels)
        loss.backward()
        made.append({
            "images": numbers(m), "templates": numbers(w), "channels": channels, "labels": labels.tolist(), "templatesPerClass": templates,
            "gain": gain, "loss": loss.item(), "imageGradient": numbers(x.grad), "templateGradient": numbers(t.grad)})
    return made


def descents():
    made = []
    for momentum, decay, nesterov in [(0.9, 5e-4, True), (0.9, 0.1, False), (0.0, 0.01, False)]:
        value = torch.nn.Parameter(torch.randn(21))
        optimiser = torch.optim.SGD([value], lr=1, momentum=momentum, weight_decay=decay, nesterov=nesterov)
        start, gradients, values, rates = numbers(value), [], [], [0.1, 0.1, 0.01, 0.01]
        for rate in rates:
            optimiser.param_groups[0]["lr"] = rate
            value.grad = torch.randn(21)
            gradients.append(numbers(value.grad))
            optimiser.step()
            values.append(numbers(value))
        made.append({"momentum": momentum, "weightDecay": decay, "nesterov": nesterov, "start": start, "rates": rates, "gradients": gradients, "values": values})
    return made


def write(name, content):
    (HERE / f"{name}.json").write_text(json.dumps(json.loads(json.dumps(content), parse_float=lambda x: float(f"{float(x):.9g}")), separators=(",", ":")) + "\n")


write("losses", losses())
write("descent", descents())
write("image_matches", image_matches())
