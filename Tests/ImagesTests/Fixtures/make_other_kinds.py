"""Makes small pictures in the kinds of files besides PNG and JPEG, and what Pillow makes of each (`x.tif.ppm` for `x.tif`), from
seeded noise. Names that begin with `deep-` hold grey of more than 8 bits, cut off at 255 as Pillow does.

Run with Python and Pillow 13: python make_other_kinds.py
"""

import io
import pathlib
import struct

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
W, H = 11, 7
random = np.random.default_rng(21)


def keep(name, data):
    (HERE / name).write_bytes(data)
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    (HERE / f"{name}.ppm").write_bytes(b"P6 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())


def noise(channels=1, largest=255, kind=np.uint8):
    shape = (H, W) if channels == 1 else (H, W, channels)
    return random.integers(0, largest + 1, shape).astype(kind)


def picture(mode):
    if mode == "1":
        return Image.fromarray(noise(1, 1) * 255).convert("1", dither=Image.Dither.NONE)
    if mode == "P":
        image = Image.fromarray(noise(1, 199), "P")
        image.putpalette(random.integers(0, 256, 600, dtype=np.uint8).tobytes())
        return image
    if mode == "I;16":
        return Image.fromarray(noise(1, 600, np.uint16))
    if mode == "I":
        return Image.fromarray(noise(1, 900, np.int32) - 300)
    if mode == "F":
        return Image.fromarray(noise(1, 900, np.float32) / 2 - 100.3)
    return Image.fromarray(noise(len(Image.new(mode, (1, 1)).getbands())), mode)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# WebP

EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
keep("lossy.webp", saved(picture("RGB"), "WEBP", quality=70))
keep("lossy-alpha.webp", saved(picture("RGBA"), "WEBP", quality=70))
keep("lossless.webp", saved(picture("RGB"), "WEBP", lossless=True))
keep("lossless-alpha.webp", saved(picture("RGBA"), "WEBP", lossless=True, exact=True))
keep("exif6.webp", saved(picture("RGB"), "WEBP", lossless=True, exif=EXIF))
frames = [picture("RGB") for _ in range(2)]
keep("animated.webp", saved(frames[0], "WEBP", lossless=True, save_all=True, append_images=frames[1:]))


def framed_webp(x, y):
    """An animation whose only frame is a part of the canvas."""
    still = saved(picture("RGB"), "WEBP", lossless=True)[12:]
    frame = b"".join(struct.pack("<I", n)[:3] for n in (x // 2, y // 2, W - 1, H - 1, 100)) + b"\0" + still
    chunks = [(b"VP8X", struct.pack("<I", 2) + struct.pack("<I", W + x + 1)[:3] + struct.pack("<I", H + y)[:3])]
    chunks += [(b"ANIM", bytes([9, 8, 7, 255, 0, 0])), (b"ANMF", frame)]
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(d)) + d + bytes(len(d) % 2) for k, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


keep("framed.webp", framed_webp(4, 2))

# GIF


def gif(indices, local=None, shared=None, at=(0, 0), screen=(W, H), transparent=None, interlaced=False):
    """A GIF, its codes of 9 bits with a clear code before each, so that nothing is compressed."""

    def table(colours):
        return np.asarray(colours, np.uint8).tobytes()

    def depth(colours):
        return 0 if colours is None else 0x80 | (len(colours) // 2).bit_length() - 1

    out = b"GIF89a" + struct.pack("<HHBBB", *screen, depth(shared), 0, 0) + (b"" if shared is None else table(shared))
    if transparent is not None:
        out += b"!\xf9\x04" + bytes([1, 0, 0, transparent, 0])
    height, width = indices.shape
    out += b"," + struct.pack("<HHHHB", *at, width, height, depth(local) | (0x40 if interlaced else 0)) + (b"" if local is None else table(local))
    order = [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, height, step)] if interlaced else range(height)
    bits = position = 0
    for value in (v for y in order for index in indices[y] for v in (256, int(index))):
        bits |= value << position
        position += 9
    bits |= 257 << position
    data = bits.to_bytes((position + 9 + 7) // 8, "little")
    out += b"\x08" + b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b"\0"
    return out + b";"


def colours(count):
    return random.integers(0, 256, (count, 3))


keep("grey.gif", saved(picture("L"), "GIF"))
keep("palette.gif", saved(picture("P"), "GIF"))
keep("interlaced.gif", gif(noise(), shared=colours(256), interlaced=True))
keep("local.gif", gif(noise(1, 31), local=colours(32), shared=colours(4)))
keep("without-palette.gif", gif(noise()))
keep("short-palette.gif", gif(noise(), shared=colours(64)))
keep("offset.gif", gif(noise(1, 63), shared=colours(64), at=(3, 2), screen=(20, 16)))
keep("offset-transparent.gif", gif(noise(1, 63), shared=colours(64), at=(3, 2), screen=(20, 16), transparent=5))
keep("beyond-its-screen.gif", gif(noise(1, 63), local=colours(64), at=(5, 4), screen=(8, 8)))
moving = [picture("P") for _ in range(3)]
keep("animated.gif", saved(moving[0], "GIF", save_all=True, append_images=moving[1:]))

# TIFF

for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"):
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4", "zstd"):
        if compression == "jpeg" and mode not in ("L", "RGB", "CMYK") or compression == "group4" and mode != "1":
            continue
        if compression in ("packbits", "zstd") and mode not in ("1", "RGB", "I;16"):
            continue
        deep = "deep-" if mode in ("I;16", "I", "F") else ""
        name = mode.replace(";", "").lower()
        keep(f"{deep}{name}-{compression.removeprefix('tiff_')}.tif", saved(picture(mode), "TIFF", compression=compression))


def tiff(planes, bits, photometric, order="<", extra=(), planar=1, tile=None, orientation=1, form=1, colour_map=None, fill=None):
    """An uncompressed TIFF; `planes` is what its strips or tiles hold, as bytes each, for a W x H picture."""
    samples = len(bits)
    entries = {256: (4, [W]), 257: (4, [H]), 258: (3, bits), 259: (3, [1]), 262: (3, [photometric]), 277: (3, [samples]), 284: (3, [planar])}
    entries[274] = (3, [orientation])
    if extra: entries[338] = (3, list(extra))
    if form != 1: entries[339] = (3, [form] * samples)
    if colour_map is not None: entries[320] = (3, colour_map)
    if fill: entries[266] = (3, [fill])
    mark = b"II*\0" if order == "<" else b"MM\0*"
    offsets, data = [], b""
    for plane in planes:
        offsets.append(8 + len(data))
        data += plane + bytes(len(plane) % 2)
    if tile:
        entries[322], entries[323] = (3, [tile[0]]), (3, [tile[1]])
    else:
        entries[278] = (3, [H])
    entries[324 if tile else 273] = (4, offsets)
    entries[325 if tile else 279] = (4, [len(plane) for plane in planes])
    start = 8 + len(data)
    directory, more = struct.pack(order + "H", len(entries)), b""
    behind = start + 2 + 12 * len(entries) + 4
    for tag, (kind, values) in sorted(entries.items()):
        packed = b"".join(struct.pack(order + ("H" if kind == 3 else "I"), v) for v in values)
        if len(packed) > 4:
            directory += struct.pack(order + "HHII", tag, kind, len(values), behind + len(more))
            more += packed
        else:
            directory += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return mark + struct.pack(order + "I", start) + data + directory + struct.pack(order + "I", 0) + more


def packed(values, bits):
    rows = values.reshape(values.shape[0], -1)
    out = b""
    for row in rows:
        number = 0
        for value in row: number = number << bits | int(value)
        size = (len(row) * bits + 7) // 8
        out += (number << (8 * size - len(row) * bits)).to_bytes(size, "big")
    return out


def tiles(values, width, height):
    """The tiles of height x width x channels values, filled up with zeros."""
    padded = np.zeros((-(-H // height) * height, -(-W // width) * width) + values.shape[2:], values.dtype)
    padded[:H, :W] = values
    return [padded[y:y + height, x:x + width].tobytes() for y in range(0, H, height) for x in range(0, W, width)]


for bits in (2, 4):
    keep(f"grey{bits}.tif", tiff([packed(noise(1, (1 << bits) - 1), bits)], [bits], 1))
    keep(f"grey{bits}-black-high.tif", tiff([packed(noise(1, (1 << bits) - 1), bits)], [bits], 0))
keep("grey8-black-high.tif", tiff([noise().tobytes()], [8], 0))
keep("grey1-reversed-bits.tif", tiff([packed(noise(1, 1), 1)], [1], 1, fill=2))
keep("palette4.tif", tiff([packed(noise(1, 15), 4)], [4], 3, colour_map=[int(v) for v in random.integers(0, 65536, 48)]))
keep("rgb-planes.tif", tiff([noise().tobytes() for _ in range(3)], [8] * 3, 2, planar=2))
keep("rgb16-little.tif", tiff([noise(3, 65535, "<u2").tobytes()], [16] * 3, 2))
keep("rgb16-big.tif", tiff([noise(3, 65535, ">u2").tobytes()], [16] * 3, 2, order=">"))
keep("rgb-and-more.tif", tiff([noise(4).tobytes()], [8] * 4, 2, extra=[0]))
keep("rgba-multiplied.tif", tiff([noise(4).tobytes()], [8] * 4, 2, extra=[1]))
keep("rgba16-multiplied.tif", tiff([noise(4, 65535, "<u2").tobytes()], [16] * 4, 2, extra=[1]))
keep("rgba16.tif", tiff([noise(4, 65535, "<u2").tobytes()], [16] * 4, 2, extra=[2]))
keep("grey-alpha.tif", tiff([noise(2).tobytes()], [8] * 2, 1, extra=[2]))
keep("inks16.tif", tiff([noise(4, 65535, "<u2").tobytes()], [16] * 4, 5))
keep("grey-tiles.tif", tiff(tiles(noise(), 16, 16), [8], 1, tile=(16, 16)))
keep("rgb-tiles.tif", tiff(tiles(noise(3), 16, 16), [8] * 3, 2, tile=(16, 16)))
for orientation in range(2, 9):
    keep(f"turned{orientation}.tif", tiff([noise(3).tobytes()], [8] * 3, 2, orientation=orientation))
keep("deep-grey12.tif", tiff([packed(noise(1, 4095), 12)], [12], 1))
keep("deep-grey16-big.tif", tiff([noise(1, 600, ">u2").tobytes()], [16], 1, order=">"))
keep("deep-grey16-black-high.tif", tiff([noise(1, 600, "<u2").tobytes()], [16], 0))
keep("deep-grey16-signed.tif", tiff([(noise(1, 900, "<i2") - 300).tobytes()], [16], 1, form=2))
pages = [picture("RGB") for _ in range(2)]
keep("pages.tif", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))

# BMP

for mode in ("1", "L", "P", "RGB", "RGBA"):
    keep(f"{mode.lower()}.bmp", saved(picture(mode), "BMP"))


def bmp(data, bits, compression=0, palette=b"", masks=b"", height=H, width=W, header=40):
    start = 14 + header + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    if header == 108:
        info += masks + bytes(108 - 40 - len(masks))
        start, masks = 14 + header + len(palette), b""
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + masks + palette + data


def padded(rows):
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def quads(count):
    return random.integers(0, 256, 4 * count, dtype=np.uint8).tobytes()


nibbles = [packed(row[None], 4) for row in noise(1, 15)]
keep("palette1.bmp", bmp(padded([packed(row[None], 1) for row in noise(1, 1)]), 1, palette=quads(2)))
keep("palette4.bmp", bmp(padded(nibbles), 4, palette=quads(16)))
keep("palette8-short.bmp", bmp(padded([row.tobytes() for row in noise()]), 8, palette=quads(90)))
keep("from-the-top.bmp", bmp(padded([row.tobytes() for row in noise(3)]), 24, height=-H))
keep("old-header.bmp", bmp(padded([row.tobytes() for row in noise(3)]), 24, header=12))
keep("rgb555.bmp", bmp(padded([row.astype("<u2").tobytes() for row in noise(1, 65535, np.uint16)]), 16))
keep("rgb565.bmp", bmp(padded([row.astype("<u2").tobytes() for row in noise(1, 65535, np.uint16)]), 16, 3, masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F)))
keep("rgbx.bmp", bmp(noise(4).tobytes(), 32))
keep("masks32.bmp", bmp(noise(4).tobytes(), 32, 3, masks=struct.pack("<4I", 0xFF, 0xFF00, 0xFF0000, 0xFF000000), header=108))


def runs(nibbles):
    """Run lengths with all that they can say: runs, values as they are, ends of lines, a jump."""
    out, index = b"", noise(1, 15 if nibbles else 255)
    for y in range(H):
        if y == 3:
            out += bytes([0, 2, 4, 0])
            out += bytes([W - 4, int(index[y, 0])])
        elif y % 2:
            values = [int(v) for v in index[y, :5]]
            body = packed(np.array([values]), 4) if nibbles else bytes(values)
            out += bytes([0, 5]) + body + bytes(len(body) % 2) + bytes([W - 5, int(index[y, 6])])
        else:
            for x in range(0, 9, 3): out += bytes([3, int(index[y, x])])
        out += b"\0\0"
    return out + b"\0\1"


keep("runs8.bmp", bmp(runs(False), 8, 1, palette=quads(256)))
keep("runs4.bmp", bmp(runs(True), 4, 2, palette=quads(16)))

# PNM


def text(values):
    return b"\n".join(b" ".join(b"%d" % v for v in row) for row in values.reshape(H, -1))


size = b"%d %d" % (W, H)
keep("plain.pbm", b"P1\n# made by hand\n" + size + b"\n" + text(noise(1, 1)).replace(b" ", b"") + b"\n")
keep("plain.pgm", b"P2 " + size + b" 255 # of eight bits\n" + text(noise()))
keep("plain.ppm.pnm", b"P3\n%d # across\n%d\n200\n" % (W, H) + text(noise(3, 200)))
keep("raw.pbm", b"P4 " + size + b"\n" + packed(noise(1, 1), 1))
keep("raw.pgm", b"P5\n#\n" + size + b"\n255\n" + noise().tobytes())
keep("raw-of-100.pgm", b"P5 " + size + b" 100\n" + noise(1, 100).tobytes())
keep("raw.pnm", b"P6 " + size + b"\n255\n" + noise(3).tobytes())
keep("raw16.pnm", b"P6 " + size + b"\n1000\n" + noise(3, 1000, ">u2").tobytes())
keep("deep-raw.pgm", b"P5 " + size + b"\n65535\n" + noise(1, 600, ">u2").tobytes())
keep("deep-of-4095.pgm", b"P5 " + size + b"\n4095\n" + noise(1, 30, ">u2").tobytes())
keep("deep-plain.pgm", b"P2 " + size + b"\n65535\n" + text(noise(1, 600, np.uint16)))
