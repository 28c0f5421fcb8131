"""The fast paths against plain Keras: the same loss, gradients and moving averages."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from widthwise.networks import architectures, fast, model
from widthwise.networks.layers import (
    AveragePool,
    BatchNorm,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalAveragePool,
    GlobalMaxPool,
    HardSwish,
    MaxPool,
    ReLU,
    ReLU6,
    Residual,
)

SHAPE, FACE, ROWS = (16, 16, 1), (48, 48, 1), 8

# Weights start from other values than zero and one, so that a mix-up of two of them shows.
BIASED_POINTWISE = (
    Conv(6, 3),
    ReLU(),
    Conv(5, 1),
    BatchNorm(),
    DepthwiseConv(3, 2),
    GlobalMaxPool(),
    Dense(3),
)
PARALLEL = (
    Conv(8, 3),
    BatchNorm(),
    HardSwish(),
    AveragePool(3, 2),
    Conv(12, 3, groups=4),
    ChannelShuffle(3),
    Concat(
        (
            (ChannelSlice(1, 3),),
            (ChannelSlice(2, 3), Conv(4, 1, groups=2), BatchNorm(), ReLU6()),
            (ChannelSlice(3, 3), DepthwiseConv(3), Conv(5, 1), BatchNorm(), Conv(4, 1)),
        )
    ),
    Residual((Conv(12, 1), BatchNorm())),
    GlobalAveragePool(),
    Dense(3),
)
NETWORKS = {
    family: architectures.network(family, 0.25 if family == "mobilenet" else 1 / 16, 3, image_shape=FACE)
    for family in architectures.names()
}
# Of eight values a channel, Bessel's correction of the variance is an eighth.
for channels in (8, 5):  # which take different ways
    few_values = (Conv(channels, 16, 16), BatchNorm(momentum=0.5), ReLU(), GlobalMaxPool(), Dense(3))
    NETWORKS[f"few values of {channels} channels"] = few_values
NETWORKS |= {"biased pointwise": BIASED_POINTWISE, "parallel branches": PARALLEL}


@pytest.fixture
def smooth(monkeypatch):
    """Networks without kinks: where rounding decides on which side of one a value lies, gradients differ.

    The fast paths leave these layers to Keras.
    """
    keras_layer = model.keras_layer

    def without_kinks(layer, shape):
        match layer:
            case ReLU() | ReLU6() | HardSwish():
                return keras.layers.Activation("softplus")
            case MaxPool(size):
                return keras.layers.AveragePooling2D(size)
            case GlobalMaxPool():
                return keras.layers.GlobalAveragePooling2D()
        return keras_layer(layer, shape)

    monkeypatch.setattr(model, "keras_layer", without_kinks)


def shape_of(name):
    return FACE if name in architectures.names() else SHAPE


def built(network, shape=SHAPE, seed=1):
    keras.utils.set_random_seed(seed)
    net = model.build(network, shape)
    draws = np.random.default_rng(seed)
    net.set_weights([weight + draws.uniform(0.05, 0.3, weight.shape) for weight in net.get_weights()])
    return net


def batch(shape=SHAPE):
    draws = np.random.default_rng(0)
    return draws.integers(0, 256, (ROWS, *shape), dtype=np.uint8), draws.integers(0, 3, ROWS)


@pytest.mark.parametrize("name", NETWORKS)
def test_loss_gradients_and_averages_are_those_of_plain_keras(smooth, name):
    images, labels = batch(shape_of(name))
    results = []
    for use_fast in (False, True):
        net = built(NETWORKS[name], shape_of(name))
        plain = keras.Model(net.inputs, net.layers[-1].input)
        with tf.GradientTape() as tape:
            if use_fast:
                outputs = fast.logits(net, NETWORKS[name], tf.constant(images), np.zeros(0, np.uint8))
            else:
                outputs = plain([tf.constant(images)], training=True)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)
            )
        gradients = tape.gradient(loss, net.trainable_variables)
        results.append(([loss], gradients, net.non_trainable_variables))
    for plain, quick in zip(*results, strict=True):
        # Rounding is below 1e-4, a mistake above 1e-2.
        # To the largest of its kind: a bias before a normalisation has a gradient of zero but for rounding.
        scale = max(np.abs(value).max() for value in plain)
        for expected, found in zip(plain, quick, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * scale)


@pytest.mark.parametrize("name", NETWORKS)
def test_inference_is_that_of_the_saved_model(name):
    images, _ = batch(shape_of(name))
    net = built(NETWORKS[name], shape_of(name))
    found = tf.nn.softmax(fast.logits(net, NETWORKS[name], tf.constant(images)))
    np.testing.assert_allclose(found, net.predict_on_batch(images), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.003])
def test_dropout_zeroes_each_element_with_its_rate(rate):
    shape = (64, 50, 50)
    sizes = [-(-65 * 50 * 50 // 64) * 64]
    kept = []
    for step in range(8):
        bytes_ = fast.noise(sizes, seed=5, step=step)[: 65 * 50 * 50].reshape(65, 50, 50)
        outputs = fast.dropout(tf.ones(shape), rate, tf.constant(bytes_)).numpy()
        assert set(np.unique(outputs)) == {np.float32(0), np.float32(1 / (1 - rate))}
        kept.append(outputs > 0)
    kept = np.array(kept)
    spread = np.sqrt(rate * (1 - rate) / kept.size)
    assert abs((1 - kept.mean()) - rate) < 5 * spread + 2**-17
    # Neighbours in any direction, and the same position of two images or two steps, go their own ways.
    for axis in range(4):
        other = np.roll(kept, 1, axis)
        assert abs(np.corrcoef(kept.ravel(), other.ravel())[0, 1]) < 5 / np.sqrt(kept.size) + 4e-3 * (
            axis == 1
        )


def test_gradients_pass_dropout_where_values_do():
    inputs = tf.Variable(tf.random.stateless_normal((4, 30), (1, 2)) + 10)
    noise = tf.constant(fast.noise([192], 0, 0)[:150].reshape(5, 30))
    with tf.GradientTape() as tape:
        outputs = fast.dropout(inputs, 0.5, noise)
    np.testing.assert_allclose(tape.gradient(outputs, inputs), np.where(outputs.numpy() > 0, 2, 0))


def test_noise_covers_every_dropout_layer_and_repeats():
    network = (Conv(3, 3), Dropout(0.1), GlobalMaxPool(), Dropout(0.2), Dense(2), Dropout(0.0))
    sizes = fast.noise_sizes(network, SHAPE, ROWS)
    assert sizes == [(ROWS + 1) * 16 * 16 * 3, 64]
    assert np.array_equal(fast.noise(sizes, 1, 2), fast.noise(sizes, 1, 2))
    assert not np.array_equal(fast.noise(sizes, 1, 2), fast.noise(sizes, 1, 3))
    assert not np.array_equal(fast.noise(sizes, 1, 2), fast.noise(sizes, 2, 2))
    images, _ = batch()
    net = built(network)
    first, again, other = (
        fast.logits(net, network, tf.constant(images), fast.noise(sizes, 1, step)).numpy()
        for step in (2, 2, 3)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_on_gpu_is_uniform_and_follows_its_seed():
    draws = [fast.noise_on_gpu([64 * 1000], tf.constant([1, step])).numpy() for step in (0, 0, 1)]
    assert draws[0].dtype == np.uint8 and draws[0].shape == (64_000,)
    assert np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[0], draws[2])
    assert abs(draws[0].mean() - 127.5) < 5 * 74 / np.sqrt(64_000)
