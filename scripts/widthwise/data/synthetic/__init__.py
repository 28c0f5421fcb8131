"""Data sets that are drawn instead of read, one file each: a generator is there because its file is.

A generator's file defines ``CLASSES`` (names), ``SHARES`` (each class's part of the rows) and
``draw(labels, streams)``: the pictures of these labels as uint8 (rows, side, side), each drawn from its
own random stream alone, so that no picture depends on how many there are.
"""

import importlib
import pkgutil

import numpy as np
from PIL import Image

from widthwise.data.readers.pictures import Pictures, fitted, progress
from widthwise.plumbing.errors import UserError

BATCH = 500
SPLITS = ("training", "public", "private")


def names():
    """The generators that exist, sorted (list of str)."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def draw(settings):
    """Draw a data set.

    settings: its entry in the config: generator, classes (or None), seed, image_size, color, and rows
    per split. Returns a ``readers.pictures.Pictures``, splits one after the other, classes mixed.
    Raises UserError where there is no such generator or its classes are not as many as configured.
    """
    name, classes = settings["generator"], settings["classes"]
    if name not in names():
        raise UserError(f"generator {name!r}: there is none of that name; there are {', '.join(names())}")
    generator = importlib.import_module(f"{__name__}.{name}")
    if classes not in (None, len(generator.CLASSES)):
        raise UserError(
            f"generator {name}: draws {len(generator.CLASSES)} classes; the config's `classes` is {classes}"
        )
    images, labels, splits = [], [], []
    for number, split in enumerate(SPLITS):
        rows = settings["rows"][split]
        stream = [settings["seed"], number]
        split_labels = _labels(generator.SHARES, rows, stream)
        for start in progress(range(0, rows, BATCH), f"batches of {BATCH} drawn pictures"):
            batch = range(start, min(start + BATCH, rows))
            drawn = generator.draw(split_labels[start : start + BATCH], [[*stream, row] for row in batch])
            images += [
                fitted(Image.fromarray(each), settings["image_size"], settings["color"]) for each in drawn
            ]
        labels.append(split_labels)
        splits += [split] * rows
    return Pictures(
        images=np.stack(images),
        labels=np.concatenate(labels),
        splits=splits,
        sources=["drawn"] * len(splits),
        ids=[""] * len(splits),
        classes=list(generator.CLASSES),
        source_sha256=None,
        picture_size=None,
        notes=[f"A stand-in: the pictures were drawn by a program ({name}), not taken from life."],
    )


def _labels(shares, rows, stream):
    """int16 (rows,): every class its share of the rows, at least one, in random order."""
    counts = np.maximum(1, np.array(shares) * rows // np.sum(shares)).astype(int)
    counts[np.argmax(counts)] += rows - counts.sum()
    labels = np.repeat(np.arange(len(shares), dtype=np.int16), counts)
    return np.random.Generator(np.random.PCG64(stream)).permutation(labels)
