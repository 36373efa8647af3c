"""Makes the files beside it: small pictures in every kind of PNG and JPEG that is read, what Pillow makes of each (`x.png.ppm` for
`x.png`), resized and cropped pictures (resized-*.ppm, cropped-*.ppm, window-*.ppm, tensor.f32), all from seeded noise.

Run with Python, Pillow 13, torchvision and TurboJPEG (libturbojpeg.so.0): python make_fixtures.py
"""

import ctypes
import io
import pathlib
import struct
import zlib

import numpy as np
import torchvision.transforms as T
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode

HERE = pathlib.Path(__file__).parent
W, H = 21, 13
random = np.random.default_rng(20)


def smooth(width, height, channels=3):
    """Noise with some large structure, so that JPEG has something to keep."""
    small = random.integers(0, 256, (5, 6, channels), dtype=np.uint8)
    planes = [Image.fromarray(small[..., c]).resize((width, height), Image.BICUBIC) for c in range(channels)]
    noise = random.integers(-20, 21, (height, width, channels))
    return np.clip(np.stack([np.asarray(p) for p in planes], -1).astype(int) + noise, 0, 255).astype(np.uint8)


def ppm(name, pixels):
    pixels = np.asarray(pixels)
    (HERE / f"{name}.ppm").write_bytes(b"P6 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())


def keep(name, data, pixels=None):
    (HERE / name).write_bytes(data)
    if pixels is None:
        pixels = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    ppm(name, pixels)


# PNG, chunk by chunk, for the kinds that Pillow does not write.

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(samples, depth):
    """The scan lines of height x width x channels samples, each with filter type 0."""
    out = b""
    for line in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            packed = line.astype(">u2").tobytes()
        elif depth == 8:
            packed = line.astype(np.uint8).tobytes()
        else:
            bits = ((line[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).ravel()
            packed = np.packbits(bits).tobytes()
        out += b"\0" + packed
    return out


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, depth, colour, extra=b"", interlaced=False):
    height, width = samples.shape[:2]
    if interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        data = b"".join(rows(p, depth) for p in parts if p.size)
    else:
        data = rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    )


def samples(channels, depth):
    return random.integers(0, 1 << depth, (H, W, channels))


def palette(count):
    return chunk(b"PLTE", random.integers(0, 256, 3 * count, dtype=np.uint8).tobytes())


for depth in (1, 2, 4, 8):
    keep(f"grey{depth}.png", png(samples(1, depth), depth, GREY))
    keep(f"palette{depth}.png", png(samples(1, depth), depth, PALETTE, palette(1 << depth)))
for interlaced in (False, True):
    mark = "-interlaced" if interlaced else ""
    # Pillow clips 16-bit grey at 255; the high byte is what is wanted.
    deep = samples(1, 16)
    keep(f"grey16{mark}.png", png(deep, 16, GREY, interlaced=interlaced), np.repeat(deep >> 8, 3, -1).astype(np.uint8))
    keep(f"rgb16{mark}.png", png(samples(3, 16), 16, RGB, interlaced=interlaced))
    keep(f"rgba16{mark}.png", png(samples(4, 16), 16, RGBA, interlaced=interlaced))
keep("greyalpha8.png", png(samples(2, 8), 8, GREY_ALPHA))
keep("greyalpha16.png", png(samples(2, 16), 16, GREY_ALPHA))
keep("rgba8.png", png(samples(4, 8), 8, RGBA))
keep("rgb8-interlaced.png", png(samples(3, 8), 8, RGB, interlaced=True))
keep("palette4-interlaced.png", png(samples(1, 4), 4, PALETTE, palette(16), interlaced=True))
keep("palette8-transparent.png", png(samples(1, 8), 8, PALETTE, palette(256) + chunk(b"tRNS", bytes(range(200)))))
keep("palette8-short.png", png(samples(1, 8), 8, PALETTE, palette(100)))
keep("grey8-transparent.png", png(samples(1, 8), 8, GREY, chunk(b"tRNS", b"\0\x40")))
keep("rgb8-transparent.png", png(samples(3, 8), 8, RGB, chunk(b"tRNS", b"\0\x40\0\x40\0\x40")))
gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", struct.pack(">8I", *[30000] * 8))
keep("rgb8-gamma.png", png(samples(3, 8), 8, RGB, gamma))
bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(20_000_000), 9)[:60_000])
keep("rgb8-profile.png", png(samples(3, 8), 8, RGB, chunk(b"iCCP", b"p\0\0" + zlib.compress(b"nonsense"))))
(HERE / "text-bomb.png.hostile").write_bytes(png(samples(1, 1), 1, GREY, bomb))


def exif(orientation, order=">"):
    mark = b"MM\0*" if order == ">" else b"II*\0"
    value = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    other = struct.pack(order + "HHII", 0x011A, 5, 1, 100)
    return mark + struct.pack(order + "I", 8) + struct.pack(order + "H", 2) + value + other + struct.pack(order + "I", 0)


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'
keep("rgb8-exif6.png", png(samples(3, 8), 8, RGB, chunk(b"eXIf", exif(6))))
keep("rgb8-xmp3.png", png(samples(3, 8), 8, RGB, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP % 3)))
buffer = io.BytesIO()
Image.fromarray(smooth(W, H)).save(buffer, "PNG")
keep("rgb8-filtered.png", buffer.getvalue())


# JPEG


def jpeg(pixels, mode="RGB", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "JPEG", **{"quality": 85, **options})
    return buffer.getvalue()


def turbo(pixels, sampling):
    """A JPEG with one of TurboJPEG's samplings (4 is 4:4:0, 5 is 4:1:1), which Pillow does not write."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitCompress())
    out, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong(0)
    source = np.ascontiguousarray(pixels)
    status = library.tjCompress2(
        handle, source.ctypes.data_as(ctypes.c_void_p), pixels.shape[1], 0, pixels.shape[0], 0,
        ctypes.byref(out), ctypes.byref(size), sampling, 85, 0,
    )
    assert status == 0
    return ctypes.string_at(out, size.value)


photo = smooth(W, H)
for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
    keep(f"baseline-{name}.jpg", jpeg(photo, subsampling=sampling))
    keep(f"progressive-{name}.jpg", jpeg(photo, subsampling=sampling, progressive=True))
keep("baseline-440.jpg", turbo(photo, 4))
keep("baseline-411.jpg", turbo(photo, 5))
keep("grey.jpg", jpeg(photo[..., 0].copy(), "L"))
keep("grey-progressive.jpg", jpeg(photo[..., 0].copy(), "L", progressive=True))
keep("rgb.jpg", jpeg(photo, keep_rgb=True))
keep("restarts.jpg", jpeg(photo, restart_marker_blocks=1))
inks = jpeg(smooth(W, H, 4), "CMYK")
keep("cmyk.jpg", inks)
adobe = inks.index(b"Adobe") + 11
assert inks[adobe] == 0
keep("ycck.jpg", inks[:adobe] + b"\2" + inks[adobe + 1:])
for orientation in range(1, 9):
    order = "<>"[orientation % 2]
    keep(f"exif{orientation}.jpg", jpeg(photo, exif=b"Exif\0\0" + exif(orientation, order)))
keep("exif9.jpg", jpeg(photo, exif=b"Exif\0\0" + exif(9)))
keep("xmp8.jpg", jpeg(photo, xmp=XMP % 8))
keep("exif5-xmp8.jpg", jpeg(photo, exif=b"Exif\0\0" + exif(5), xmp=XMP % 8))
plain = jpeg(photo)
tables = plain.index(b"\xff\xdb")
keep("stray-bytes.jpg", plain[:tables] + b"\0\1\2" + plain[tables:-2] + b"\0\1" + plain[-2:])
keep("trailing-bytes.jpg", plain + b"after the end" * 3)


# Resizing

source = smooth(61, 47)
ppm("resize-source", source)
for width, height in ((20, 15), (7, 9), (80, 70), (61, 20), (30, 47), (60, 19), (25, 60), (1, 1)):
    for name, filter in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
        ppm(f"resized-{name}-{width}x{height}", Image.fromarray(source).resize((width, height), filter))

for name, resize, mode, height, width in (
    ("a", 32, InterpolationMode.BILINEAR, 28, 28),
    ("b", 33, InterpolationMode.BICUBIC, 28, 27),
    ("c", 20, InterpolationMode.BILINEAR, 24, 31),
    ("d", 20, InterpolationMode.BILINEAR, 16, 16),
):
    for turned in (False, True):
        image = Image.fromarray(source.transpose(1, 0, 2).copy() if turned else source)
        cropped = T.Compose([T.Resize(resize, mode), T.CenterCrop((height, width))])(image)
        ppm(f"cropped-{name}{'-turned' if turned else ''}", cropped)

for box in ((0, 0, 12, 12), (20, 3, 36, 19), (51, 37, 61, 47), (5, 5, 55, 45)):
    # Left, top, right, bottom.
    ppm("window-" + "-".join(map(str, box)), Image.fromarray(source).crop(box).resize((32, 32), Image.BILINEAR))

for width, height in ((20, 15), (80, 70), (61, 19), (1, 1)):
    for name, filter in (("nearest", Image.NEAREST), ("box", Image.BOX), ("hamming", Image.HAMMING), ("lanczos", Image.LANCZOS)):
        ppm(f"resized-{name}-{width}x{height}", Image.fromarray(source).resize((width, height), filter))

ppm("grey-source", Image.fromarray(source).convert("L").convert("RGB"))

small = Image.fromarray(source).resize((9, 6), Image.BICUBIC)
ppm("tensor-source", small)
tensor = T.Compose([T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])(small)
(HERE / "tensor.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())
