"""Tiny data sets in the forms their users hold them, for tests."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from widthwise.data import readers
from widthwise.plumbing.errors import UserError

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")


def faces(rows, classes=7, side=48, seed=0):
    """(uint8 (rows, side, side) of noise, int labels (rows,), every class in turn)."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (rows, side, side), np.uint8), np.arange(rows) % classes


def challenge_rows(per_split=7):
    """[(label, picture, Usage)]: Training has twice as many rows as each test split."""
    images, labels = faces(4 * per_split)
    usages = np.repeat(["Training", "Training", "PublicTest", "PrivateTest"], per_split)
    return list(zip(labels.tolist(), images, usages.tolist(), strict=True))


def pixels(picture):
    """Grey values as a CSV holds them."""
    return " ".join(map(str, np.ravel(picture)))


def challenge_csv(rows=None, header="emotion,pixels,Usage"):
    """The text of a challenge CSV; columns in the order of ``header``."""
    lines = [header]
    order = [name.strip().lower() for name in header.split(",")]
    for label, picture, usage in rows or challenge_rows():
        fields = {"emotion": str(label), "pixels": pixels(picture), "usage": usage}
        lines.append(",".join(fields[name] for name in order))
    return "\n".join(lines) + "\n"


def png(picture):
    """The bytes of a picture as PNG."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "png")
    return stream.getvalue()


def folder_files(names=EMOTIONS, splits=("train", "test"), per_class=3, side=48, color=False):
    """{path: PNG bytes} of split and class folders; ``splits`` of ("",) makes bare class folders."""
    files = {}
    generator = np.random.default_rng(1)
    shape = (side, side, 3) if color else (side, side)
    for split in splits:
        for name in names:
            for number in range(per_class):
                path = "/".join(filter(None, (split, name, f"{number}.png")))
                files[path] = png(generator.integers(0, 256, shape, np.uint8))
    return files


def write(folder, files):
    """Write {path: bytes or text} below a folder, which is returned."""
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(folder)


def tar(files):
    """The bytes of a tar of {path: bytes or text}."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def zipped(files):
    """The bytes of a zip of {path: bytes or text}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def read(source, classes=3, image_size=20, color="grey"):
    """A source as ``readers.read`` reads it."""
    return readers.read(source, classes, image_size, color)


def refused(source, *told, **settings):
    """Reading ends with one line that tells what is expected to be told; returns it."""
    with pytest.raises(UserError) as caught:
        read(source, **settings)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 600, message
    for each in told:
        assert each in message, message
    return message


# How {path: bytes or text} is packed into one file's bytes; the first three take one file alone.
PACKINGS = {
    "gz": lambda files: gzip.compress(*_bytes(files)),
    "xz": lambda files: lzma.compress(*_bytes(files)),
    "bz2": lambda files: bz2.compress(*_bytes(files)),
    "zip": zipped,
    "tar": tar,
    "tar.gz": lambda files: gzip.compress(tar(files)),
    "tar.xz": lambda files: lzma.compress(tar(files)),
}
ARCHIVES = ("zip", "tar", "tar.gz", "tar.xz")


def _bytes(files):
    return [content.encode() if isinstance(content, str) else content for content in files.values()]
