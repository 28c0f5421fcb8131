"""The train state: all that changes in the course of a training, and what a checkpoint holds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from widthwise.networks import architectures, model
from widthwise.plumbing import checkpoint
from widthwise.plumbing.records import Progress
from widthwise.training import schedule


@dataclass
class TrainState:
    """A network in training."""

    network: tuple  # ``layers`` records, of which the models are built
    model: keras.Model
    ema_model: keras.Model  # of the moving average of the weights; ``model`` itself where there is none
    optimizer: keras.optimizers.Optimizer
    best_weights: list[np.ndarray]  # the model if the training ended now: of the best epoch, or of the last
    progress: Progress


def init_train_state(
    run: dict[str, Any], settings: dict[str, Any], image_shape: tuple[int, int, int], classes: int
) -> TrainState:
    """The state before the first step; the run's seed decides the weights.

    run: family, width and seed; settings: the recipe; image_shape: (height, width, channels).
    Sets Keras' global generator. Raises UserError where there is no such family.
    """
    keras.utils.set_random_seed(run["seed"])
    network = architectures.network(run["family"], run["width"], classes, settings["dropout"], image_shape)
    net = model.build(network, image_shape)
    if settings["batch_norm_momentum"] is not None:
        for layer in net.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = settings["batch_norm_momentum"]
    optimizer = schedule.make_optimizer(settings)
    if keras.config.dtype_policy().compute_dtype == "float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(net.trainable_variables)
    ema_model = net
    if settings["weight_averaging"]:
        ema_model = model.build(network, image_shape)
        ema_model.set_weights(net.get_weights())
    return TrainState(network, net, ema_model, optimizer, net.get_weights(), Progress())


def save_checkpoint(folder: str, state: TrainState, steps_per_epoch: int) -> None:
    """Write a checkpoint. Raises OSError where the disk is full.

    The names of the groups, and of the fields of ``Progress``, are those of checkpoints of days of training.
    """
    groups = {
        "weights": state.model.get_weights(),
        "judged": state.ema_model.get_weights(),
        "slots": [variable.numpy() for variable in state.optimizer.variables],
        "kept": state.best_weights,
    }
    number = state.progress.epoch * (steps_per_epoch + 1) + state.progress.step
    checkpoint.save(folder, number, groups, asdict(state.progress))


def resume(folder: str, state: TrainState, log: Callable[[str], None]) -> bool:
    """Set a fresh state to the newest checkpoint; returns whether there was one."""
    groups, record = checkpoint.load(folder, log)
    if groups is None or record is None:
        return False
    state.model.set_weights(groups["weights"])
    state.ema_model.set_weights(groups["judged"])
    for variable, value in zip(state.optimizer.variables, groups["slots"], strict=True):
        variable.assign(value)
    state.best_weights = groups["kept"]
    state.progress = Progress(**record)
    state.progress.resumed += 1
    return True
