"""The compiled steps: their loss, the EMA of the weights, batch normalisation."""

import numpy as np
import pytest
import tensorflow as tf

import small_study
from widthwise.networks import fast
from widthwise.training import batches, schedule, step
from widthwise.training.state import init_train_state

RUN = {"family": "small", "width": 1, "seed": 3}
CLASSES = len(small_study.CLASSES)


def trained(data, steps, **settings):
    """A train state before any step, and the weights (list of arrays) before and after each of the steps."""
    settings = small_study.SETTINGS | settings
    images, labels = (np.load(data / f"{name}.npy")[:16] for name in ("images", "labels"))
    state = init_train_state(RUN, settings, images.shape[1:], CLASSES)
    sizes = fast.noise_sizes(state.network, images.shape[1:], len(images))
    train_step = step.make_train_step(state, settings, 3, CLASSES, sizes, gpu=False)
    weights = [state.model.get_weights()]
    for number in range(steps):
        scalars = 0.01, 1.0, schedule.ema_decay(settings["weight_averaging"], number)
        scalars = [tf.constant(scalar, tf.float32) for scalar in scalars]
        noise = fast.noise(sizes, 3, number)
        train_step(images, labels.astype(np.int64), None, *2 * [tf.constant(number)], *scalars, noise=noise)
        weights.append(state.model.get_weights())
    return state, weights


def test_the_ema_follows_the_weights_step_by_step(data):
    state, (expected, *after) = trained(data, 4, weight_averaging=0.5)
    for number, weights in enumerate(after):
        decay = min(0.5, (1 + number) / (10 + number))
        expected = [decay * mean + (1 - decay) * new for mean, new in zip(expected, weights, strict=True)]
    for mean, found, last in zip(expected, state.ema_model.get_weights(), after[-1], strict=True):
        np.testing.assert_allclose(found, mean, rtol=1e-4, atol=1e-6)
        assert not np.allclose(found, last, rtol=1e-4, atol=1e-6)


def test_the_momentum_of_batch_normalisation_changes_the_moving_averages_alone(data):
    """Training normalises by each batch, validation by the averages, which come sooner with less momentum."""
    (state, (*_, default)), (_, (*_, lower)) = (
        trained(data, 2, batch_norm_momentum=momentum) for momentum in (None, 0.5)
    )
    moving = [not variable.trainable for variable in state.model.weights]
    assert sum(moving) == 2
    for is_moving, one, other in zip(moving, default, lower, strict=True):
        assert np.array_equal(one, other) != is_moving


def test_the_losses_of_labels_and_of_soft_targets_are_weighed():
    logits, soft_targets = tf.constant([[2.0, 0.0, -1.0]]), tf.constant([[0.2, 0.5, 0.3]])
    targets = step.one_hot(tf.constant([1]), CLASSES, 0.3)
    np.testing.assert_allclose(targets, [[0.1, 0.8, 0.1]], rtol=1e-6)

    def cross_entropy(targets, temperature):
        return -np.sum(targets * np.log(tf.nn.softmax(logits / temperature)))

    hard, soft = cross_entropy(targets, 1), 4 * cross_entropy(soft_targets, 2)
    assert float(step.losses(logits, targets)[0]) == pytest.approx(hard)
    for alpha in (0, 0.3, 1):
        loss = step.losses(logits, targets, soft_targets, {"hard_labels": alpha, "temperature": 2})
        assert float(loss[0]) == pytest.approx(alpha * hard + (1 - alpha) * soft)


def test_augmented_images_are_mixed_with_the_batch_backwards():
    images = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4, 1)
    still = small_study.SETTINGS["augmentation"] | {"rotation": 0, "shift": 0, "zoom": 0}
    for mixup, expected in ((0, images), (0.2, 0.75 * images + 0.25 * images[::-1])):
        settings = {"augmentation": still, "mixup": mixup}
        found = batches.augmented(images, tf.constant(0.75), settings, 1, tf.constant(0))
        np.testing.assert_allclose(found, expected, atol=0.01)
