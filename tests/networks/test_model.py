"""Building a network's Keras model."""

import keras
import numpy as np
import pytest

from widthwise.networks import architectures, counts, model
from widthwise.networks.layers import (
    AveragePool,
    BatchNorm,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalMaxPool,
    HardSwish,
    ReLU6,
)


@pytest.mark.parametrize("family", architectures.names())
@pytest.mark.parametrize("image_shape", [(48, 48, 1), (49, 64, 3)])
def test_parameters_are_those_counted(family, image_shape):
    network = architectures.network(family, 0.1, 5, 0.1, image_shape)
    net = model.build(network, image_shape)
    expected = counts.totals(network, image_shape)
    trainable = sum(weight.size for weight in map(np.asarray, net.trainable_weights))
    assert net.count_params() == expected["params"]
    assert trainable == expected["trainable_params"]


def test_every_layer_has_the_counted_output_and_parameters():
    for family in architectures.names():
        network = architectures.network(family, 0.1, 5, image_shape=(48, 48, 1))
        net = model.build(network, (48, 48, 1))
        rows = counts.layer_table(network, (48, 48, 1))
        for row, layer in zip(rows, model.described(net), strict=True):
            assert (tuple(layer.output.shape[1:]), layer.count_params()) == (row.output, row.params), row


def test_the_file_takes_raw_pixels_and_gives_probabilities_in_plain_keras(tmp_path):
    net = model.build((Conv(4, 3), BatchNorm(), GlobalMaxPool(), Dense(7)), (48, 48, 1))
    net.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    assert {type(layer).__module__.split(".")[0] for layer in loaded.layers} == {"keras"}
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), dtype=np.uint8)
    probabilities = loaded.predict_on_batch(images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert np.array_equal(probabilities, loaded.predict_on_batch(images.astype(np.float32)))
    assert np.array_equal(probabilities, net.predict_on_batch(images))
    assert np.abs(probabilities - loaded.predict_on_batch(images[::-1].copy())).max() > 1e-6


def test_pixels_are_scaled_from_0_to_255_to_plus_and_minus_one():
    net = model.build((Flatten(), Dense(1)), (1, 2, 1))
    net.layers[3].set_weights([np.array([[1.0], [10.0]], np.float32), np.zeros(1, np.float32)])
    scaled = keras.Model(net.inputs, net.layers[3].output)
    np.testing.assert_allclose(
        scaled.predict_on_batch(np.array([[[[0], [255]]]], np.uint8)), [[9.0]], atol=1e-5
    )


def test_an_unknown_layer_is_named():
    with pytest.raises(TypeError, match="no Keras layer for 'swish'"):
        model.build(("swish",), (8, 8, 1))


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-8, 8, (2, 4, 4, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (ReLU6(), lambda x: np.clip(x, 0, 6)),
        (HardSwish(), lambda x: x * np.clip(x + 3, 0, 6) / 6),
        (ChannelShuffle(2), lambda x: x[..., [0, 3, 1, 4, 2, 5]]),
        (ChannelShuffle(3), lambda x: x[..., [0, 2, 4, 1, 3, 5]]),
        (ChannelSlice(1, 2), lambda x: x[..., :3]),
        (ChannelSlice(2, 3), lambda x: x[..., 2:4]),
        (Concat(((ChannelSlice(2, 2),), ())), lambda x: np.concatenate([x[..., 3:], x], axis=-1)),
        (AveragePool(2, 2), lambda x: x.reshape(2, 2, 2, 2, 2, 6).mean(axis=(2, 4))),
    ],
    ids=lambda value: None if callable(value) else repr(value),
)
def test_a_layer_computes_what_its_record_says(images, layer, expected):
    values = keras.Input(images.shape[1:])
    net = keras.Model(values, model._applied((layer,), values))
    np.testing.assert_allclose(net.predict_on_batch(images), expected(images), rtol=1e-5, atol=1e-5)


def test_the_groups_of_a_convolution_are_convolutions_of_their_own(images):
    values = keras.Input(images.shape[1:])
    net = keras.Model(values, model._applied((Conv(4, 3, groups=2),), values))
    parts = tuple((ChannelSlice(part, 2), Conv(2, 3)) for part in (1, 2))
    apart = keras.Model(values, model._applied((Concat(parts),), values))
    kernel, bias = net.get_weights()
    apart.set_weights([kernel[..., :2], bias[:2], kernel[..., 2:], bias[2:]])
    np.testing.assert_allclose(
        net.predict_on_batch(images), apart.predict_on_batch(images), rtol=1e-4, atol=1e-4
    )


def test_a_model_with_parallel_branches_is_saved_and_loaded(tmp_path, images):
    branches = ((ChannelSlice(1, 2),), (ChannelSlice(2, 2), Conv(3, 3), BatchNorm(), Conv(5, 1)))
    net = model.build((Concat(branches), ChannelShuffle(2), GlobalMaxPool(), Dense(3)), images.shape[1:])
    net.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    assert np.array_equal(loaded.predict_on_batch(images), net.predict_on_batch(images))
