"""A network folded for export computes the same, without normalisation, dropout or dense layers."""

import keras
import numpy as np
import pytest

from widthwise.export import folding
from widthwise.networks import layers, model
from widthwise.networks.layers import (
    AveragePool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAveragePool,
    HardSwish,
    MaxPool,
    ReLU,
    ReLU6,
    Residual,
    Scale,
    Sigmoid,
)

NETWORKS = {
    "normalisation first": (BatchNorm(), Conv(4, 3), ReLU(), BatchNorm(), MaxPool(), Flatten(), Dense(3)),
    "normalised rows": (Flatten(), BatchNorm(), Dense(5), BatchNorm(), ReLU6(), Dropout(0.5), Dense(3)),
    "dense after dense": (Flatten(), Dense(2), Dense(6), Dropout(0.5), Dense(4), Dense(3)),
    "groups": (Conv(4, 3), ReLU(), Conv(6, 3, groups=2), BatchNorm(), HardSwish(), Flatten(), Dense(3)),
    "branches": (
        *(Conv(4, 3, stride=2), ReLU(), Residual((DepthwiseConv(3), BatchNorm(), ReLU(), Conv(4, 1)))),
        *(Concat(((), (Conv(2, 3), BatchNorm(), AveragePool(3, 1)))), BatchNorm()),
        Scale((GlobalAveragePool(), Dense(2), ReLU(), Dense(6), Sigmoid())),
        *(Conv(4, 3), ReLU(), GlobalAveragePool(), Dense(3)),
    ),
}


def built(network, shape=(9, 7, 2)):
    """A Keras model with weights unlike fresh ones."""
    keras.utils.set_random_seed(0)
    net, dice = model.build(network, shape), np.random.default_rng(0)
    for layer in model.described(net):
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            gamma[:] = dice.uniform(-2, 2, gamma.shape)
            layer.set_weights([gamma, beta + dice.normal(size=beta.shape), mean + 0.1, 3 * variance])
    return net


@pytest.mark.parametrize("name", NETWORKS)
def test_the_folded_network_computes_the_same_without_normalisation_or_dropout(name):
    network, net = NETWORKS[name], built(NETWORKS[name])
    pictures = np.random.default_rng(0).integers(0, 256, (6, 9, 7, 2), dtype=np.uint8)
    folded = folding.fold(network, net)
    left = {type(record) for record in layers.flat(folded.network)}
    assert not left & {BatchNorm, Dropout, Dense}
    expected = net.predict_on_batch(pictures)
    for each in (folded, folding.equalise(folded, pictures)):
        found = folding.build(each, (9, 7, 2)).predict_on_batch(pictures)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_dense_layers_become_one_where_that_saves_products():
    network = NETWORKS["dense after dense"]
    folded = folding.fold(network, built(network))
    assert [kernel.shape[2:] for kernel, _ in folded.weights] == [(126, 2), (2, 3)]


def test_a_map_that_no_picture_reaches_gets_a_range_and_says_the_same():
    network = (Conv(2, 1), ReLU(), Conv(2, 1), ReLU(), GlobalAveragePool(), Dense(3))
    net = built(network)
    model.described(net)[0].set_weights([np.zeros((1, 1, 2, 2)), -np.ones(2)])
    pictures = np.random.default_rng(0).integers(0, 256, (6, 9, 7, 2), dtype=np.uint8)
    equal = folding.equalise(folding.fold(network, net), pictures)
    assert equal.weights[0][1].max() > 0
    found = folding.build(equal, (9, 7, 2)).predict_on_batch(pictures)
    np.testing.assert_allclose(found, net.predict_on_batch(pictures), atol=1e-5)
