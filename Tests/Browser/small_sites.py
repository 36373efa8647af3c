"""Small sites with every kind of page, made by the program from networks that it trains for an epoch on made-up images."""
import pathlib
import random
import struct
import subprocess
import zlib

# Names as they come: markup, quotation marks, another direction of writing, one that is very long.
CLASSES = ["airplane", "<b>&amp;\"'", "טלפון", "cat " + "of a very long name " * 8, "dog", "truck"]
SIDE = 32


def png(pixels):
    """An RGB picture of SIDE x SIDE as PNG."""
    rows = b"".join(b"\0" + pixels[y * SIDE * 3:(y + 1) * SIDE * 3] for y in range(SIDE))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_images(folder):
    """Twelve images of each class: stripes of its own direction and colour, with noise."""
    chance = random.Random(0)
    for number, _ in enumerate(CLASSES):
        place = folder / f"{number}"
        place.mkdir(parents=True)
        colour = [chance.randrange(60, 255) for _ in range(3)]
        for image in range(12):
            pixels = bytearray()
            for y in range(SIDE):
                for x in range(SIDE):
                    stripe = (x * (number % 3) + y * (number // 3 + 1) + image) % 8 < 4
                    pixels += bytes(min(255, c * stripe // (1 if stripe else 2) + chance.randrange(60)) for c in colour)
            (place / f"{image}.png").write_bytes(png(bytes(pixels)))


def make(vitrine, folder):
    """The folders of three sites below `folder`: a report of a network of 256 units a layer, methods compared, a student's report."""
    images = folder / "images"
    write_images(images)
    labels = folder / "classes.txt"
    labels.write_text("\n".join(CLASSES) + "\n")

    def run(*arguments):
        done = subprocess.run([vitrine, *map(str, arguments), "--quiet"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"vitrine {arguments[0]} exited {done.returncode}: {done.stderr.strip()}")

    def train(architecture, name):
        run("train", "--architecture", architecture, "--input-size", SIDE, "--images", images, "--epochs", 1, "--batch", 16,
            "--out", folder / name)
        return folder / name / "model.safetensors"

    wide, teacher = train("resnet18", "wide"), train("cifar_resnet14", "teacher")
    run("report", wide, "--images", images, "--labels", labels, "--layers", "layer2,layer3", "--units", "layer3:0-3", "--classes", "0-3",
        "--concepts", "layer2:2", "--steps", 4, "--seeds", 2, "--title", "A small <network>", "--out", folder / "report")
    run("compare", teacher, "--images", images, "--labels", labels, "--classes", "0-2", "--steps", 3, "--seeds", 2,
        "--out", folder / "comparison")
    run("distill", "--teacher", teacher, "--student", "cifar_resnet14", "--method", "letkd-2", "--words", 24, "--sub-classes", 2,
        "--images", images, "--epochs", 1, "--out", folder / "student")
    run("report", folder / "student" / "model.safetensors", "--teacher", teacher, "--images", images, "--labels", labels,
        "--layers", "layer3", "--units", "0-1", "--classes", "none", "--steps", 4, "--seeds", 1, "--out", folder / "distillation")
    return [folder / name for name in ("report", "comparison", "distillation")]


if __name__ == "__main__":
    import sys
    target = pathlib.Path(sys.argv[2])
    target.mkdir(parents=True)
    print(*make(sys.argv[1], target), sep="\n")
