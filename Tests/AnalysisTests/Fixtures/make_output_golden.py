"""Outputs of a teacher and a student side by side: outputs.json.

torch 2.13.0. Sixty images of five classes; some have no label, one an output that is not a number. Of each class and of all images: how many
there are, for how many both name the same class, how many each gets right, and the mean of KL(teacher || student) at two temperatures.
"""

import json
import pathlib

import torch

IMAGES, CLASSES, TEMPERATURES = 60, 5, [1.0, 4.0]

chance = torch.Generator().manual_seed(5)
labels = [None if image % 13 == 4 else image * 7 % CLASSES for image in range(IMAGES)]
teacher = torch.randn(IMAGES, CLASSES, generator=chance) * 2
for image, label in enumerate(labels):
    if label is not None and image % 4:
        teacher[image, label] += 3
student = 0.6 * teacher + torch.randn(IMAGES, CLASSES, generator=chance) * 1.5
# Where two classes are as probable as each other, the first counts.
student[7, 1] = student[7, 3] = student[7].max() + 1
student[20, 2] = float("nan")


def divergence(temperature):
    p, q = (torch.log_softmax(z.double() / temperature, 1) for z in (teacher, student))
    return torch.nn.functional.kl_div(q, p, reduction="none", log_target=True).sum(1)


kl = [divergence(temperature) for temperature in TEMPERATURES]
first, second = (z.nan_to_num().argmax(1).tolist() for z in (teacher, student))


def tally(images):
    images = [image for image in images if image != 20]
    known = [image for image in images if labels[image] is not None]
    return {
        "images": len(images), "labelled": len(known), "agreed": sum(first[i] == second[i] for i in images),
        "teacherCorrect": sum(first[i] == labels[i] for i in known), "studentCorrect": sum(second[i] == labels[i] for i in known),
        "bothCorrect": sum(first[i] == second[i] == labels[i] for i in known),
        "sameMistake": sum(first[i] == second[i] != labels[i] for i in known),
        "divergences": [float(kl[t][images].mean()) for t in range(len(TEMPERATURES))],
    }


everything = range(IMAGES)
by_size = sorted((i for i in everything if i != 20), key=lambda i: -kl[0][i])
known = [i for i in by_size if labels[i] is not None]
probabilities = [torch.softmax(z.double(), 1).max(1).values for z in (teacher, student)]
result = {
    "teacher": teacher.tolist(),
    "student": [[None if value != value else value for value in row] for row in student.tolist()],
    "labels": labels,
    "temperatures": TEMPERATURES,
    "total": tally(everything),
    "classes": [tally([i for i in everything if labels[i] == c]) for c in range(CLASSES)],
    "byTeacher": [tally([i for i in everything if first[i] == c]) for c in range(CLASSES)],
    "widest": by_size[:12],
    "onlyTeacher": [i for i in known if first[i] == labels[i] != second[i]][:12],
    "onlyStudent": [i for i in known if second[i] == labels[i] != first[i]][:12],
    "divergence": [float(kl[0][i]) for i in by_size[:12]],
    "probabilities": [[float(p[i]) for p in probabilities] for i in by_size[:12]],
}
pathlib.Path(__file__).with_name("outputs.json").write_text(json.dumps(result) + "\n")
