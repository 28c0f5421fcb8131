"""Which images a step sees, and how: by seed and step alone, never by the network.

So all students of a recipe and seed see the same batches, and the soft targets of these can be had from
their teachers beforehand.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from widthwise.plumbing.errors import UserError
from widthwise.training.augmentation import augment


def sizes(split: dict[str, int], settings: dict[str, Any]) -> tuple[int, int]:
    """(rows of a batch, steps of an epoch).

    split: start and stop of the training rows; settings: the recipe.
    """
    rows = split["stop"] - split["start"]
    batch_size = min(settings["batch_size"], rows)
    return batch_size, rows // batch_size


def epoch_order(rows: int, seed: int, epoch: int) -> np.ndarray:
    """The order in which an epoch visits its rows: int64 (rows,), a permutation of 0 .. rows - 1."""
    return np.random.default_rng((seed, epoch)).permutation(rows)


def epoch_batches(split: dict[str, int], settings: dict[str, Any], seed: int, epoch: int) -> list[np.ndarray]:
    """The rows of each step of an epoch, counted from 1: int64 (rows of a batch,) each.

    The last, smaller batch of the order is dropped: other rows in every epoch.
    """
    batch_size, steps = sizes(split, settings)
    order = split["start"] + epoch_order(split["stop"] - split["start"], seed, epoch)
    return [order[step * batch_size : (step + 1) * batch_size] for step in range(steps)]


def validation_batches(split: dict[str, int], batch_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows: int64 (batch_size,); counted: float64 (batch_size,)) of each batch of a split.

    The last row fills up the last batch, uncounted: 1 for rows that count, else 0.
    """
    for first in range(split["start"], split["stop"], batch_size):
        rows = np.arange(first, first + batch_size)
        yield np.minimum(rows, split["stop"] - 1), (rows < split["stop"]).astype(np.float64)


def mixup_lambda(alpha: float, seed: int, step: int) -> float:
    """The weight of each image of a step against its partner's: in [0, 1], drawn from Beta(alpha, alpha).

    Mixup, one weight for the whole batch: Zhang et al. 2018, https://arxiv.org/abs/1710.09412.
    """
    return np.random.default_rng((seed, step, 1)).beta(alpha, alpha) if alpha else 1.0


def mixup(values: tf.Tensor, mixup_lambda: tf.Tensor, settings: dict[str, Any]) -> tf.Tensor:
    """A batch mixed with itself backwards, where the recipe has mixup; values: float32 (rows, ...)."""
    return mixup_lambda * values + (1 - mixup_lambda) * values[::-1] if settings["mixup"] else values


def augmented(
    images: tf.Tensor, mixup_lambda: tf.Tensor, settings: dict[str, Any], seed: int, step: tf.Tensor
) -> tf.Tensor:
    """The images of a step as the network sees them: float32, same shape.

    images: uint8 (rows, height, width, channels); mixup_lambda: float32; step: int32, counted through
    the epochs of ``epochs_shown``.
    """
    images = augment(images, settings["augmentation"], tf.stack([seed, 2 * step]))
    return mixup(images, mixup_lambda, settings)


def epochs_shown(settings: dict[str, Any]) -> int:
    """How many epochs show pictures of their own: all, or those that teachers are asked of.

    Later ones show the same again, changed and mixed as before. settings: the recipe.
    """
    distillation = settings["distillation"] or {"epochs": None}
    return distillation["epochs"] or settings["epochs"]


def load_soft_targets(path: str, steps: int) -> np.ndarray:
    """The soft targets of all steps, mapped: float32 (steps, rows of a batch, classes).

    See ``distillation``. Raises UserError where a teacher failed, which leaves an empty file, and where
    they are of another number of steps.
    """
    if not os.path.getsize(path):
        raise UserError(f"{path}: it is empty, since a teacher failed; the log of `distil` names it")
    soft_targets = np.load(path, mmap_mode="r")
    if len(soft_targets) != steps:
        raise UserError(f"{path}: found soft targets of {len(soft_targets)} steps, expected {steps}")
    return soft_targets
