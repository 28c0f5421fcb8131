"""The optimizer, the learning rate, the decay of the EMA."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from widthwise.training import schedule


@pytest.mark.parametrize(("optimizer", "decay"), [("adam", 0), ("adamw", 0.5), ("sgd", 0.5)])
def test_optimizers_and_decay_of_weights_alone(optimizer, decay):
    optimizer = schedule.make_optimizer({"optimizer": optimizer, "weight_decay": decay})
    kernel, bias, gamma = (
        keras.Variable(np.ones(2, np.float32), name=name) for name in ("kernel", "bias", "gamma")
    )
    optimizer.build([kernel, bias, gamma])
    optimizer.learning_rate = 0.1
    optimizer.apply([tf.zeros(2)] * 3, [kernel, bias, gamma])
    np.testing.assert_allclose(kernel, 1 - 0.1 * decay, rtol=1e-6)
    np.testing.assert_allclose(bias, 1)
    np.testing.assert_allclose(gamma, 1)


def test_sgd_has_momentum():
    optimizer = schedule.make_optimizer({"optimizer": "sgd", "weight_decay": 0})
    weight = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([weight])
    optimizer.learning_rate = 1.0
    for gradient in (1.0, 0.0):
        optimizer.apply([tf.constant([gradient])], [weight])
    np.testing.assert_allclose(weight, -1.9, rtol=1e-6)


def test_learning_rates():
    recipe = {"learning_rate": 0.4, "warmup_epochs": 2, "schedule": "constant", "epochs": 10}
    rates = [schedule.learning_rate(recipe, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[:10], [0.04 * (step + 1) for step in range(10)])
    assert set(rates[10:]) == {0.4}
    rates = [schedule.learning_rate(recipe | {"schedule": "cosine"}, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[10:], [0.2 * (1 + math.cos(math.pi * n / 40)) for n in range(40)])
    assert schedule.learning_rate(recipe | {"warmup_epochs": 0}, 0, 5) == 0.4


def test_the_ema_forgets_more_in_the_first_steps():
    assert schedule.ema_decay(0.5, 0) == 0.1 and schedule.ema_decay(0.5, 3) == 4 / 13
    assert schedule.ema_decay(0.5, 100) == 0.5
