"""Which validation and test pictures training has too: the same bytes, or nearly the same picture."""

import hashlib
from typing import NamedTuple

import numpy as np

GRID = 16  # pictures are compared as 16 x 16 means, which noise, recompression and resizing leave alike
BLOCK = 512  # rows of the comparison at a time: bounds memory at 8 * BLOCK * training rows bytes
DIGITS = 9  # of a similarity: the digits after them depend on the order in which a processor adds

# Chosen by eye on pairs of FER2013's test and training pictures: from here on nearly all are the same
# photograph (another crop, contrast or watermark), and at 0.9 few are.
NEAR = 0.95
# Where different pictures are as alike as that, as scikit-learn's digits are (see the manifest of
# presets/digits.yaml), a copy has to stand out: by three robust standard deviations of log(1 - similarity)
# from the median of the closest matches.
STANDING_OUT = 3


class Copy(NamedTuple):
    """A row, its closest row in training, exact or near, and how alike the two are (correlation)."""

    row: int
    duplicate_of: int
    kind: str
    similarity: float


def keys(images):
    """A short digest of each picture's bytes (list of bytes): equal for equal pictures alone."""
    return [hashlib.blake2b(np.ascontiguousarray(image), digest_size=16).digest() for image in images]


def constant(images):
    """Which pictures have no content, one single value everywhere (bool, (rows,))."""
    flat = images.reshape(len(images), -1)
    return flat.max(axis=1) == flat.min(axis=1)


def copies(images, training, others):
    """The exact or near copy in training of each other row that has one.

    images: uint8 (rows, height, width, channels); training, others: arrays of row numbers.
    Returns (list of ``Copy``, in the order of ``others``; dict of threshold: the similarity from which a
    pair is a near copy, and typical: the median similarity of the other rows to their closest in training,
    exact copies left out, None where there are no others).
    """
    exact = {}
    for row, key in zip(training, keys(images[training]), strict=True):
        exact.setdefault(key, row)
    exact_of = [exact.get(key) for key in keys(images[others])]
    closest, similarity = near(images, training, others)
    inexact = similarity[[of is None for of in exact_of]]
    least = threshold(inexact)
    found = []
    for place, (row, of) in enumerate(zip(others, exact_of, strict=True)):
        if of is not None:
            found.append(Copy(int(row), int(of), "exact", 1.0))
        elif similarity[place] >= least:
            found.append(Copy(int(row), int(closest[place]), "near", round(float(similarity[place]), 4)))
    typical = round(float(np.median(inexact)), 4) if inexact.size else None
    return found, {"threshold": round(float(least), 4), "typical": typical}


def threshold(similarities):
    """The similarity from which pictures of these data are near copies: ``NEAR``, or more (float).

    similarities: float (rows,), of each picture to its closest in training, exact copies left out.
    """
    if not len(similarities):
        return NEAR
    distance = np.log(1 - np.clip(similarities, -1, 1 - 1e-6))
    median = np.median(distance)
    deviation = 1.4826 * np.median(np.abs(distance - median))
    return max(NEAR, float(1 - np.exp(median - STANDING_OUT * deviation)))


def repeated(keys, labels):
    """(rows whose picture an earlier row has, those of them under another label), two counts.

    keys: of the pictures, see ``keys``; labels: of the same rows.
    """
    first, copies, contradicting = {}, 0, 0
    for key, label in zip(keys, labels, strict=True):
        if key in first:
            copies += 1
            contradicting += first[key] != label
        else:
            first[key] = label
    return copies, int(contradicting)


def near(images, training, others):
    """The most similar training row of each other row.

    Similarity is the correlation of two pictures' grey values averaged to 16 x 16: brightness and
    contrast make no difference to it, and a picture without any has similarity 0 with all.
    Returns (training row, the first of equally similar ones; similarity in [-1, 1], float64, rounded to
    ``DIGITS``), both (len(others),).
    """
    training_features = _features(images, training)
    closest = np.zeros(len(others), np.int64)
    similarity = np.zeros(len(others))
    for start in range(0, len(others), BLOCK):
        block = slice(start, start + BLOCK)
        products = _features(images, others[block]) @ training_features.T
        np.round(products, DIGITS, out=products)
        best = products.argmax(axis=1)
        closest[block] = training[best]
        similarity[block] = np.take_along_axis(products, best[:, None], axis=1)[:, 0]
    return closest, similarity


def _features(images, rows):
    """float64 (rows, 256): grey values averaged to 16 x 16, mean zero, length one (zero if constant)."""
    features = np.empty((len(rows), GRID * GRID))
    vertical, horizontal = (_averaging(side) for side in images.shape[1:3])
    for start in range(0, len(rows), BLOCK):
        grey = images[rows[start : start + BLOCK]].mean(axis=3)
        features[start : start + BLOCK] = (vertical @ grey @ horizontal.T).reshape(len(grey), -1)
    features -= features.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.maximum(lengths, 1e-3)


def _averaging(side):
    """float64 (16, side): each row averages its sixteenth of ``side`` values, parts of values by share."""
    edges = np.linspace(0, side, GRID + 1)
    starts, values = edges[:-1, None], np.arange(side)
    overlap = np.minimum(edges[1:, None], values + 1) - np.maximum(starts, values)
    return overlap.clip(0) * GRID / side
