"""Which pictures a training step sees, and how: by seed and step alone, never by the network.

So all students of a recipe and seed see the same batches, and their teachers can be asked about them
beforehand.
"""

import numpy as np
import tensorflow as tf

from widthwise.training.augmentation import augment


def epoch_order(rows, seed, epoch):
    """The order in which an epoch visits its rows: int64 (rows,), a permutation of 0 .. rows - 1."""
    return np.random.default_rng((seed, epoch)).permutation(rows)


def sizes(split, settings):
    """(rows of a batch, steps of an epoch).

    split: dict of start and stop, the training rows; settings: the recipe.
    """
    rows = split["stop"] - split["start"]
    batch = min(settings["batch_size"], rows)
    return batch, rows // batch


def mixing(alpha, seed, step):
    """The weight of each picture of a step against its partner's: float in [0, 1], Beta(alpha, alpha).

    Mixup, one weight for the whole batch: Zhang et al. 2018, https://arxiv.org/abs/1710.09412.
    """
    return np.random.default_rng((seed, step, 1)).beta(alpha, alpha) if alpha else 1.0


def mixed(values, share, settings):
    """A batch mixed with itself backwards, where the recipe has mixup; values: float (rows, ...)."""
    return share * values + (1 - share) * values[::-1] if settings["mixup"] else values


def seen(pictures, share, settings, seed, step):
    """The pictures of a step as the network sees them: float32, same shape.

    pictures: uint8 (rows, height, width, channels); share: of ``mixing``, a tensor; seed: int;
    step: int32 tensor, counted through all epochs.
    """
    return mixed(augment(pictures, settings["augmentation"], tf.stack([seed, 2 * step])), share, settings)
