"""The optimizer, and what changes from step to step: its learning rate, and the decay of the EMA."""

import math
from typing import Any

import keras


def make_optimizer(settings: dict[str, Any]) -> keras.optimizers.Optimizer:
    """The Keras optimizer of a recipe: adam, adamw, or sgd with momentum 0.9.

    Weight decay is decoupled from the gradient with all three (Loshchilov & Hutter 2019,
    https://arxiv.org/abs/1711.05101), and spares biases and normalisations.
    """
    optimizers = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": lambda **options: keras.optimizers.SGD(momentum=0.9, **options),
    }
    optimizer = optimizers[settings["optimizer"]](weight_decay=settings["weight_decay"] or None)
    if settings["weight_decay"]:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def learning_rate(settings: dict[str, Any], step: int, steps_per_epoch: int) -> float:
    """The rate of one step, counted from 0: linear warm-up, then constant, or a cosine to 0."""
    warmup = settings["warmup_epochs"] * steps_per_epoch
    if step < warmup:
        return settings["learning_rate"] * (step + 1) / warmup
    if settings["schedule"] == "constant":
        return settings["learning_rate"]
    done = (step - warmup) / (settings["epochs"] * steps_per_epoch - warmup)
    return settings["learning_rate"] * (1 + math.cos(math.pi * done)) / 2


def ema_decay(decay: float, step: int) -> float:
    """What a step, counted from 0, leaves of the EMA of the weights: less at first, when all still moves.

    As in ``tf.train.ExponentialMovingAverage`` with ``num_updates``.
    """
    return min(decay, (1 + step) / (10 + step))
