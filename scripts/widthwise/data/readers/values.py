"""Pictures that are given as numbers: what tables and arrays of them have in common."""

import math
import os
from collections.abc import Iterable

import numpy as np
from PIL import Image

from widthwise.data.readers.pictures import EMOTION_SIDE, EMOTIONS, fitted
from widthwise.plumbing.commandline import FORMULA, printable
from widthwise.plumbing.errors import UserError

MAXIMUM_CLASSES = 1000  # where the config does not say how many there are
IN_COLOR = "Each picture is three times a square of values: red, green and blue of one pixel after the other."


def require_plain_ids(source: str | os.PathLike, ids: Iterable[str]) -> None:
    """Raise UserError for an id that a spreadsheet would take for a formula.

    A submission is opened in one; written otherwise, the id would be another one.
    """
    for each in ids:
        if FORMULA.match(each):
            shown = printable(each[:40])
            raise UserError(f"{source}: id {shown!r} is a formula to spreadsheets; expected plain ids")


def picture_shape(count):
    """(side, side) for a square number of values, (side, side, 3) for three times one; None for others."""
    for channels in ((), (3,)):
        side = math.isqrt(count // math.prod(channels))
        shape = (side, side, *channels)
        if side and math.prod(shape) == count:
            return shape
    return None


def fitted_values(picture, image_size, color):
    """Values uint8 (height, width), or with 1 or 3 channels, as uint8 (image_size, image_size, 1 or 3)."""
    if picture.shape[2:] == (1,):
        picture = picture[..., 0]
    if picture.shape == (image_size, image_size):
        return np.repeat(picture[..., None], {"grey": 1, "rgb": 3}[color], axis=2)
    return fitted(Image.fromarray(np.ascontiguousarray(picture)), image_size, color)


def require_memory(shown, rows, image_size, color):
    """Raise UserError where so many pictures, which preparing holds twice, exceed this machine's memory."""
    needed = 2 * rows * image_size**2 * {"grey": 1, "rgb": 3}[color]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise UserError(
            f"{shown}: to prepare {rows:,} pictures of {image_size} x {image_size} takes {needed:,} bytes;"
            f" expected no more than this machine's memory, {memory:,}"
        )


def class_names(numbers, shape):
    """The seven emotions for labels 0 to 6 of 48 x 48 pictures, else the numbers themselves (list of str)."""
    if (list(numbers), shape[:2]) == (list(range(len(EMOTIONS))), (EMOTION_SIDE, EMOTION_SIDE)):
        return list(EMOTIONS)
    return list(map(str, numbers))
