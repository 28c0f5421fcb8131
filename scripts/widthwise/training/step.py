"""The compiled steps: one of training, one of validation."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from widthwise.networks import fast
from widthwise.training import batches
from widthwise.training.state import TrainState


def one_hot(labels: tf.Tensor, classes: int, label_smoothing: float) -> tf.Tensor:
    """Smoothed one-hot labels: float32 (rows, classes)."""
    return tf.one_hot(labels, classes) * (1 - label_smoothing) + label_smoothing / classes


def losses(
    logits: tf.Tensor,
    targets: tf.Tensor,
    soft_targets: tf.Tensor | None = None,
    distillation: dict[str, Any] | None = None,
) -> tf.Tensor:
    """The cross-entropy of each row, float32 (rows,); with soft targets the loss of distillation.

    logits, targets, soft_targets: float32 (rows, classes). Hinton et al. 2015, arXiv:1503.02531: the weight
    alpha is of the hard labels, the rest is of the soft targets, both at their temperature.
    """
    hard_loss = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
    if soft_targets is None or distillation is None:
        return hard_loss
    alpha, temperature = distillation["hard_labels"], distillation["temperature"]
    soft_loss = tf.nn.softmax_cross_entropy_with_logits(soft_targets, logits / temperature)
    return alpha * hard_loss + (1 - alpha) * temperature**2 * soft_loss


def correctness(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """1 where the most probable class is the label, else 0: float64 (rows,)."""
    return tf.cast(tf.argmax(logits, axis=1) == labels, tf.float64)


def make_train_step(
    state: TrainState,
    settings: dict[str, Any],
    seed: int,
    classes: int,
    noise_sizes: Sequence[int],
    gpu: bool,
) -> Callable[..., tf.Tensor]:
    """The function that does one training step: it updates model, optimizer and EMA of the state.

    settings: the recipe; noise_sizes: of dropout's random bytes, see ``fast.noise_sizes``. The function takes
    images: uint8 (rows, height, width, channels); labels: int64 (rows,);
    soft_targets: float32 (rows, classes) or None;
    shown_step: int32, counted through the epochs of ``batches.epochs_shown``; step: int32, through all;
    learning_rate, mixup_lambda, ema_decay: float32;
    noise: uint8, see ``fast.noise``, or None on a GPU, which draws its own;
    and returns the batch's loss and accuracy: float64 (2,).
    """
    model, ema_model, optimizer = state.model, state.ema_model, state.optimizer

    # The compiler XLA has no projective transform: augmentation stays outside of what it compiles.
    @tf.function(autograph=False, jit_compile=gpu and settings["xla"])
    def update(images, labels, targets, soft_targets, learning_rate, noise):
        with tf.GradientTape() as tape:
            logits = fast.logits(model, state.network, images, noise)
            loss = tf.reduce_mean(losses(logits, targets, soft_targets, settings["distillation"]))
            scaled_loss = optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled_loss, model.trainable_variables)
        optimizer.learning_rate = learning_rate
        optimizer.apply(gradients, model.trainable_variables)
        return tf.stack([tf.cast(loss, tf.float64), tf.reduce_mean(correctness(logits, labels))])

    @tf.function(autograph=False)
    def train_step(
        images, labels, soft_targets, shown_step, step, learning_rate, mixup_lambda, ema_decay, noise
    ):
        images = batches.augmented(images, mixup_lambda, settings, seed, shown_step)
        targets = one_hot(labels, classes, settings["label_smoothing"])
        targets = batches.mixup(targets, mixup_lambda, settings)
        if gpu:
            noise = fast.noise_on_gpu(noise_sizes, tf.stack([seed, 2 * step + 1]))
        metrics = update(images, labels, targets, soft_targets, learning_rate, noise)
        if ema_model is not model:
            for average, weight in zip(ema_model.weights, model.weights, strict=True):
                average.assign(ema_decay * average + (1 - ema_decay) * weight)
        return metrics

    return train_step


def make_validation_step(
    state: TrainState, settings: dict[str, Any], classes: int
) -> Callable[..., tf.Tensor]:
    """The function that validates one batch with the EMA of the weights, where there is one.

    It takes images: uint8 (rows, height, width, channels); labels: int64 (rows,); counted: float64 (rows,),
    1 for rows that count, 0 for those that fill up the batch; and returns the sums of losses (by the
    labels alone) and of correct rows: float64 (2,).
    """

    @tf.function(autograph=False)
    def validation_step(images, labels, counted):
        logits = fast.logits(state.ema_model, state.network, images)
        loss = tf.cast(losses(logits, one_hot(labels, classes, settings["label_smoothing"])), tf.float64)
        return tf.stack([tf.reduce_sum(counted * loss), tf.reduce_sum(counted * correctness(logits, labels))])

    return validation_step
