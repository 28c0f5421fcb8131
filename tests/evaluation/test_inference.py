"""Stored models computed by LiteRT give what Keras gives."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from widthwise.evaluation import inference
from widthwise.networks import architectures, model
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
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    HardSwish,
    MaxPool,
    ReLU,
    ReLU6,
    Residual,
    Scale,
    Sigmoid,
)
from widthwise.plumbing.errors import UserError

SHAPE = (9, 7, 2)
NETWORKS = {
    "normalisation first": (BatchNorm(), Conv(4, 3), BatchNorm(), ReLU(), BatchNorm(), MaxPool(), Flatten()),
    "normalised rows": (Flatten(), BatchNorm(), Dense(5), BatchNorm(), ReLU6(), Dropout(0.5)),
    "strides": (
        *(Conv(4, 3, stride=2, bias=False), BatchNorm(epsilon=0.1), DepthwiseConv(3, stride=2), Flatten()),
    ),
    "pools": (
        Conv(4, 3),
        Concat(((AveragePool(3, 1),), (AveragePool(2, 1), ReLU()))),
        *(MaxPool(3), GlobalMaxPool()),
    ),
    "groups": (Conv(4, 3), ReLU(), Conv(6, 3, groups=2), Dropout(0.1), BatchNorm(), HardSwish(), Flatten()),
    "shuffled": (
        *(Conv(6, 1), ChannelShuffle(3)),
        *(Concat(((ChannelSlice(1, 2),), (ChannelSlice(2, 3), Conv(3, 1)))), Flatten()),
    ),
    "taken twice": (
        *(Conv(4, 3), Residual((BatchNorm(), ReLU())), DepthwiseConv(3, bias=False), BatchNorm(), Flatten()),
    ),
    "scaled": (
        Conv(4, 3),
        Scale((GlobalAveragePool(), Dense(2), ReLU(), Dense(4), Sigmoid())),
        GlobalAveragePool(),
    ),
}


def built(network, shape, seed=0):
    """A Keras model with weights unlike fresh ones, whose answers differ from picture to picture."""
    keras.utils.set_random_seed(seed)
    net, dice = model.build(network, shape), np.random.default_rng(seed)
    for layer in model.described(net):
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            gamma[:] = dice.uniform(0.8, 1.6, gamma.shape) * dice.choice((-1, 1), gamma.shape)
            layer.set_weights([gamma, beta + dice.normal(size=beta.shape), mean + 0.1, variance / 2])
    return net


def compared(network, shape, path):
    """(probabilities by LiteRT, probabilities by Keras) of the same pictures."""
    net = built(network, shape)
    net.save(path)
    pictures = np.random.default_rng(0).integers(0, 256, (8, 3, 3, shape[2]), dtype=np.uint8)
    pictures = np.kron(pictures, np.ones((1, shape[0] // 3, -(-shape[1] // 3), 1), np.uint8))[
        :, :, : shape[1]
    ]
    return inference.predict(path, pictures), net.predict_on_batch(pictures)


def no_keras(*_):
    raise AssertionError("Keras was asked")


@pytest.mark.parametrize("name", NETWORKS)
def test_each_layer_computes_what_keras_computes(name, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "_predict_by_keras", no_keras)
    found, expected = compared((*NETWORKS[name], Dense(3)), SHAPE, tmp_path / "model.keras")
    assert expected.std(axis=0).max() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("family", architectures.names())
def test_every_family_is_computed_without_keras(family, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "_predict_by_keras", no_keras)
    network = architectures.network(family, 0.1, 5, 0.1, (48, 48, 1))
    found, expected = compared(network, (48, 48, 1), tmp_path / "model.keras")
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_layer_that_is_not_known_is_computed_by_keras_and_told(tmp_path, capsys):
    values = keras.Input(SHAPE)
    hidden = keras.layers.Dense(3, name="tall")(keras.layers.Flatten()(keras.layers.LeakyReLU(0.3)(values)))
    net = keras.Model(values, keras.layers.Softmax()(hidden))
    net.save(tmp_path / "model.keras")
    pictures = np.random.default_rng(0).integers(0, 256, (300, *SHAPE), dtype=np.uint8)
    found = inference.predict(tmp_path / "model.keras", pictures)
    np.testing.assert_allclose(found, net.predict_on_batch(pictures), atol=1e-6)
    assert "LeakyReLU (leaky_re_lu" in capsys.readouterr().out


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv2D(2, 3, dilation_rate=2),
        keras.layers.Conv2D(2, 3, activation="relu"),
        keras.layers.ReLU(max_value=5),
        keras.layers.Dense(2, use_bias=False),
        keras.layers.Cropping2D(1),
    ],
    ids=lambda layer: layer.__class__.__name__,
)
def test_a_setting_that_is_not_known_is_not_passed_over(layer, tmp_path):
    values = keras.Input(SHAPE)
    keras.Model(values, layer(values)).save(tmp_path / "model.keras")
    with pytest.raises(inference.UnknownLayer, match=type(layer).__name__):
        inference.as_tflite(tmp_path / "model.keras")


@pytest.mark.parametrize("content", [b"", b"PK no model"])
def test_what_is_no_model_is_told_in_a_line(content, tmp_path):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(UserError, match=r"model\.keras: found no Keras model"):
        inference.predict(tmp_path / "model.keras", np.zeros((1, *SHAPE), np.uint8))


def test_an_evaluation_imports_neither_tensorflow_nor_pandas(root):
    code = "import sys; from widthwise.evaluation import evaluation; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "scripts", capture_output=True, text=True, check=True
    )
    assert not {"tensorflow", "keras", "pandas", "scipy"} & set(result.stdout.split())
