"""The published counts of FER2013: many copies that circulate were altered, and this tells."""

import numpy as np

from widthwise.data.readers.pictures import EMOTION_SIDE, EMOTIONS

# Rows per emotion, in the order of EMOTIONS (Goodfellow et al. 2013, https://arxiv.org/abs/1307.0414).
PUBLISHED: dict[str, tuple[int, ...]] = {
    "training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "public": (467, 56, 496, 895, 653, 415, 607),
    "private": (491, 55, 528, 879, 594, 416, 626),
}
PUBLISHED["test"] = tuple(map(sum, zip(PUBLISHED["public"], PUBLISHED["private"], strict=True)))
RESEMBLANCE = 0.2  # a data set within 20 % of the published number of training rows means to be FER2013


def comparison(pictures):
    """A sentence that compares a data set with FER2013; None where it does not look like it.

    pictures: a ``Pictures``. It looks like FER2013 with its seven classes and nearly
    its number of training rows.
    """
    if pictures.classes != list(EMOTIONS):
        return None
    splits = np.asarray(pictures.splits)
    splits = np.where(splits == "validation", "training", splits)  # a part of Training, whoever made it
    training = np.count_nonzero(splits == "training")
    published = sum(PUBLISHED["training"])
    if abs(training - published) > RESEMBLANCE * published:
        return None
    differences = []
    if pictures.picture_size != (EMOTION_SIDE, EMOTION_SIDE):
        size = (
            "of varying size" if pictures.picture_size is None else "{1} x {0}".format(*pictures.picture_size)
        )
        differences.append(f"pictures are {size}, published 48 x 48")
    for split, expected in PUBLISHED.items():
        counts = np.bincount(pictures.labels[splits == split], minlength=len(EMOTIONS))
        if counts.any():
            differences += [
                f"{split} {name} {count:,} rows, published {wanted:,}"
                for name, count, wanted in zip(EMOTIONS, counts, expected, strict=True)
                if count != wanted
            ]
    if differences:
        return f"This copy differs from the published FER2013: {'; '.join(differences)}."
    return "The source's rows per split and class are those of the published FER2013."
