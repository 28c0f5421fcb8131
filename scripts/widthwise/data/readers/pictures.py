"""What reading a data set results in, and the words that name its splits."""

import hashlib
import re
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath

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
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000")  # no other decoder runs
COLORS = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"}
DEEP = {"I;16", "I;16L", "I;16B", "I;16N"}
OTHERS = {"LAB": "Lab colours", "F": "32-bit floating-point numbers", "I": "32-bit integers"}
# What a picture of a few kilobytes may claim to unpack to; phones make pictures of up to 200 megapixels.
MAXIMUM_PIXELS = 64 * 10**6
Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit, which only warns at first
SIXTEEN_BITS = "Pictures of 16 bits a channel, divided by 256"
TRANSPARENT = "Transparent pictures, laid on white"
SEVERAL = "Files of several frames or pages, of which the first was read"
HALVED = f"Pictures of more than {MAXIMUM_PIXELS:,} pixels, halved while decoding"
ELONGATED = 1.5  # the longer side over the shorter one, from which a picture squeezed into a square is told


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
    """A picture file as an upright PIL picture of 8 bits a channel without transparency.

    Known by its content: JPEG, PNG, BMP, GIF, WEBP, TIFF, PPM, AVIF, JPEG 2000; TGA by its ending.
    shown: what messages call it. Raises UserError where it is no whole picture, or an enormous one.
    """
    return decoded(path, shown)[0]


def decoded(path, shown):
    """(``opened`` picture, set of what was done to it: ``SIXTEEN_BITS``, ``TRANSPARENT``, ...)."""
    done = set()
    tga = ("TGA",) if PurePosixPath(str(shown)).suffix.lower() == ".tga" else ()
    try:
        with Image.open(path, formats=FORMATS + tga) as picture:
            _require_size(picture, done)
            mode = "I;16" if (picture.format, picture.mode) == ("PPM", "I") else picture.mode
            if mode not in COLORS | DEEP:
                what = OTHERS.get(mode, f"{mode} values")
                raise _Refused(f"holds {what}; expected grey values or RGB of 8 or 16 bits")
            if picture.format not in ("JPEG", "MPO") and getattr(picture, "is_animated", False):
                done.add(SEVERAL)
            deep = mode in DEEP or ";16" in str(picture.tile)
            picture = ImageOps.exif_transpose(picture)
            if deep:
                done.add(SIXTEEN_BITS)
                picture = _scaled(picture)
            return _on_white(picture, done), done
    except _Refused as error:
        raise UserError(f"{shown}: {error}") from None
    except Exception as error:  # decoders stumble over broken files in many ways
        reason = "no picture" if isinstance(error, UnidentifiedImageError) else error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else reason
        reason = " ".join(str(reason).split()) or type(error).__name__
        raise UserError(
            f"{shown}: unreadable ({reason}); expected a whole picture, such as JPEG, PNG, WEBP or TIFF"
        ) from None


class _Refused(Exception):
    """A whole picture that would not be read as it is meant."""


def _require_size(picture, done):
    """Refuse an enormous picture; let a large JPEG shrink while it is decoded."""
    pixels = picture.width * picture.height
    found = f"has {picture.width:,} x {picture.height:,} pixels"
    if pixels > MAXIMUM_PIXELS and picture.format in ("JPEG", "MPO") and "progressive" not in picture.info:
        picture.draft(None, (picture.width // 2, picture.height // 2))
        done.add(HALVED)
        pixels = picture.width * picture.height
    if pixels > MAXIMUM_PIXELS:
        raise _Refused(f"{found}; expected at most {MAXIMUM_PIXELS:,} in all, or four times as many as JPEG")


def _scaled(picture):
    """A picture of 16 bits a channel with 8, divided by 256; refused where it does not use them."""
    if picture.mode in DEEP or picture.mode == "I":
        values = np.asarray(picture)
        largest = int(values.max())
        picture = Image.fromarray((values.astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    else:  # Pillow has kept the higher byte of each value
        extrema = picture.getextrema()
        bands = [extrema] if isinstance(extrema[0], int) else extrema[: 3 if len(extrema) > 2 else 1]
        largest = 256 * max(high for _, high in bands)
    if 0 < largest < 2**12:
        raise _Refused("uses at most 12 of its 16 bits and would be black; expected values up to 65,535")
    return picture


def _on_white(picture, done):
    """A picture without its transparency, if it has some."""
    if not picture.has_transparency_data:
        return picture
    ground = picture.convert("RGBA")
    if ground.getchannel("A").getextrema()[0] < 255:
        done.add(TRANSPARENT)
        ground = Image.alpha_composite(Image.new("RGBA", ground.size, "white"), ground)
    return ground.convert("RGB")


def elongated(picture):
    """Whether a picture is so far from square that resizing it to one distorts it (bool)."""
    return max(picture.size) > ELONGATED * min(picture.size)


def eight_bit(picture, color):
    """An ``opened`` picture as mode L or RGB. color: "grey" or "rgb"."""
    return picture.convert(MODES[color])


def fitted(picture, image_size, color):
    """An ``opened`` picture of any size as uint8 (image_size, image_size, 1 or 3)."""
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
    if len(classes) < 2:
        raise UserError(f"{source}: found one class ({classes[0]}); expected at least two to tell apart")
    training = np.asarray(splits) == "training"
    if not training.any():
        raise UserError(f"{source}: no labelled training pictures found; expected some of every class")
    counts = np.bincount(labels[training], minlength=len(classes))
    for name, count in zip(classes, counts, strict=True):
        if count == 0:
            alike = [each for each, rows in zip(classes, counts, strict=True) if rows and _alike(each, name)]
            hint = f" (which has {alike[0]!r}, spelt otherwise)" if alike else ""
            name = name if name == name.strip() else repr(name)
            raise UserError(
                f"{source}: class {name} has no rows in Training{hint}; expected some of every class"
            )


def _alike(one, other):
    """Whether two names differ by case, blanks or Unicode form alone."""
    one, other = ("".join(unicodedata.normalize("NFKC", each).casefold().split()) for each in (one, other))
    return one == other


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
