"""Makes the tar files beside it, in the forms that tar files have, and `webdataset.tar`: python make_archives.py"""

import io
import pathlib
import tarfile

HERE = pathlib.Path(__file__).parent
IMAGE = (HERE / "grey2.png").read_bytes()
LONG = "a" * 60 + "/" + "b" * 60
LONGER = "c" * 80 + "/" + "d" * 200


def archive(name, form, members):
    with tarfile.open(HERE / name, "w", format=form) as tar:
        for path, data in members:
            info = tarfile.TarInfo(path)
            if data is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
            else:
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)


plain = [
    ("./set", None), ("./set/dog", None), ("./set/dog/2.png", IMAGE), ("./set/dog/1.png", IMAGE + b"more"), ("./set/dog/notes.txt", b"x" * 600),
    ("./set/cat/.hidden.png", IMAGE), ("./set/cat/link.png", "../dog/1.png"), (f"./set/cat/{LONG}/é.png", IMAGE), ("./set/cat/0.png", IMAGE),
    ("./set/dog/2.png", IMAGE + b"later"),
]
archive("ustar.tar", tarfile.USTAR_FORMAT, plain)
archive("gnu.tar", tarfile.GNU_FORMAT, plain + [(f"set/dog/{LONGER}/1.png", IMAGE)])
archive("pax.tar", tarfile.PAX_FORMAT, plain + [(f"set/dog/{LONGER}/1.png", IMAGE)])
archive("webdataset.tar", tarfile.USTAR_FORMAT, [
    ("000001.cls", b"10\n"), ("000001.png", IMAGE), ("000001.txt", b"a caption"), ("000002.json", b'{"size": [1, 2], "label": 3}'), ("000002.png", IMAGE),
    ("000003.left.png", IMAGE), ("000003.cls", b"2"), ("000004.png", IMAGE),
])
