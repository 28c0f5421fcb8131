"""Building a network's Keras model."""

import keras
import numpy as np
import pytest

from widthwise.networks import architectures, counts, model
from widthwise.networks.layers import BatchNorm, Conv, Dense, Flatten, GlobalMaxPool


@pytest.mark.parametrize("family", architectures.names())
@pytest.mark.parametrize("image_shape", [(48, 48, 1), (33, 40, 3)])
def test_parameters_are_those_counted(family, image_shape):
    network = architectures.network(family, 0.1, 5, dropout=0.1)
    net = model.build(network, image_shape)
    expected = counts.totals(network, image_shape)
    trainable = sum(weight.size for weight in map(np.asarray, net.trainable_weights))
    assert net.count_params() == expected["params"]
    assert trainable == expected["trainable_params"]


def test_every_layer_has_the_counted_output_and_parameters():
    for family in architectures.names():
        network = architectures.network(family, 0.1, 5)
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
