"""What reading a data set results in, and the words that name its splits."""

import hashlib
import re
import time
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from widthwise.plumbing.errors import UserError

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # FER2013's labels 0 to 6
EMOTION_SIDE = 48
SPLITS = ("training", "validation", "public", "private", "unlabelled")  # in the order of prepared rows
UNLABELLED = -1
USAGES = {"Training": "training", "PublicTest": "public", "PrivateTest": "private"}
SPLIT_WORDS = {
    "public": {"publictest", "public"},  # before test: the name may be public_test
    "private": {"privatetest", "private"},
    "validation": {"validation", "valid", "val", "dev"},
    "training": {"train", "training"},
    "test": {"test", "testing"},
}
MODES = {"grey": "L", "rgb": "RGB"}
MAXIMUM_PIXELS = 5 * 10**7  # what a picture of a few kilobytes may claim to unpack to


@dataclass
class Pictures:
    """A data set as read, rows in the order of the source.

    images: uint8 (rows, height, width, channels); labels: int16 (rows,), -1 = unlabelled;
    splits: per row training, validation, public, private, test (labelled, of neither half) or
    unlabelled; sources: file[:line] per row; ids: the source's own id per row, or "";
    classes: names; source_sha256: checksum; picture_size: (height, width) in the source, None
    where sizes vary; notes: sentences worth telling.
    """

    images: np.ndarray
    labels: np.ndarray
    splits: list[str]
    sources: list[str]
    ids: list[str]
    classes: list[str]
    source_sha256: str
    picture_size: tuple[int, int] | None
    notes: list[str] = field(default_factory=list)


def split_named(name):
    """The split that a file's or folder's name stands for, such as "Private_Test.csv"; None if none."""
    found = set(re.split("[^a-z]+", name.lower().split(".")[0]))
    return next((split for split, words in SPLIT_WORDS.items() if found & words), None)


def opened(path, shown):
    """A picture file as an upright PIL picture of the mode it has in the file.

    shown: what messages call it. Raises UserError where it is no whole picture, or an enormous one.
    """
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAXIMUM_PIXELS:
                raise ValueError(f"{picture.width:,} x {picture.height:,} pixels")
            return ImageOps.exif_transpose(picture)
    except Exception as error:  # decoders stumble over broken files in many ways
        reason = "no picture" if isinstance(error, UnidentifiedImageError) else error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else reason
        raise UserError(f"{shown}: unreadable ({reason}); expected a whole picture file") from None


def eight_bit(picture, color):
    """A PIL picture of any mode with 8 bits a channel: mode L or RGB."""
    if picture.mode.startswith(("I", "F")):  # 16-bit grey: PIL would clip it at 255, not scale it
        picture = Image.fromarray((np.asarray(picture, np.int64) >> 8).clip(0, 255).astype(np.uint8))
    return picture.convert(MODES[color])


def fitted(picture, image_size, color):
    """A PIL picture of any size and mode as uint8 (image_size, image_size, 1 or 3)."""
    picture = eight_bit(picture, color)
    if picture.size != (image_size, image_size):
        picture = picture.resize((image_size, image_size), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.uint8).reshape(image_size, image_size, -1)


def require_classes(source, labels, splits, classes, expected):
    """Raise UserError where the classes are not as many as configured, or one has nothing to learn from."""
    if expected not in (None, len(classes)):
        listed = ", ".join(classes[:10]) + (", ..." if len(classes) > 10 else "")
        raise UserError(
            f"{source}: found {len(classes)} classes ({listed}); expected {expected}, the config's `classes`"
        )
    training = np.asarray(splits) == "training"
    if not training.any():
        raise UserError(f"{source}: no labelled training pictures found; expected some of every class")
    counts = np.bincount(labels[training], minlength=len(classes))
    for name, count in zip(classes, counts, strict=True):
        if count == 0:
            raise UserError(f"{source}: class {name} has no rows in Training; expected some of every class")


def checksum(source, members):
    """The SHA-256 of a source (hexadecimal): of a file's bytes, or of a folder's names and bytes."""
    if source.is_file():
        with open(source, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    listing = hashlib.sha256()
    for member in members:
        listing.update(f"{checksum(member.path, [])}  {member.name}\n".encode())
    return listing.hexdigest()


def progress(items, what, seconds=5):
    """Pass ``items`` through, printing a line with the count every few seconds."""
    due = time.monotonic() + seconds
    for count, item in enumerate(items):
        if time.monotonic() > due:
            print(f"read {count:,} {what}", flush=True)
            due = time.monotonic() + seconds
        yield item
