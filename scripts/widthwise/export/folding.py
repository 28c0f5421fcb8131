"""A trained network without what training alone needs, in a form that LiteRT runs fast and rounds well.

What is left are records of ``networks.layers`` with weights of their own, and rows are maps of 1x1, so
that dense layers are 1x1 convolutions. It computes what the Keras model computes, up to rounding.

Batch normalisation right after a convolution goes into its weights; elsewhere it is left as a depthwise
1x1 convolution. Two dense layers with nothing between them are one.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np

from widthwise.networks import layers
from widthwise.networks.model import described, join_inputs, keras_layer

WEIGHTED = (layers.Conv, layers.DepthwiseConv)
HOMOGENEOUS = (  # f(a x) = a f(x) for a > 0, channel by channel
    layers.ReLU,
    layers.MaxPool,
    layers.AveragePool,
    layers.GlobalMaxPool,
    layers.GlobalAveragePool,
    layers.Flatten,
)
FAINTEST = 1e-3  # of the strongest channel's range: fainter ones are not raised further


@dataclass(frozen=True)
class Folded:
    """A network of records and the weights of its convolutions, in the order of ``layers.flat``.

    weights: (kernel, bias) of each convolution, float32, shaped as Keras has them:
    (height, width, inputs of a group, outputs) or, depthwise, (height, width, channels, 1); (outputs,).
    """

    network: layers.Network
    weights: tuple[tuple[np.ndarray, np.ndarray], ...]


def fold(network: layers.Network, model: keras.Model) -> Folded:
    """Fold the batch normalisation of a model that ``networks.model.build`` made of ``network``."""
    steps = _folded(network, iter(described(model)))
    return Folded(_records(steps), tuple(_weights(steps)))


def build(folded: Folded, image_shape: tuple[int, int, int]) -> keras.Model:
    """The Keras model of a folded network: of raw pixels, 0 to 255; gives class probabilities."""
    images = keras.Input(image_shape)
    weights = iter(folded.weights)
    values = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    logits = keras.layers.Reshape((-1,))(_applied(folded.network, values, weights))
    return keras.Model(images, keras.layers.Softmax()(logits))


def equalise(folded: Folded, pictures: np.ndarray) -> Folded:
    """The same on these pictures, with channels of more alike ranges: one scale of integers serves a map.

    A channel's factor goes into the convolution before and its inverse into the one behind, through ReLU
    and pooling (Nagel et al. 2019, https://arxiv.org/abs/1906.04721). The factor is one over the root of the
    channel's range: one over all of it costs the weights behind as much as it saves.
    pictures: uint8 (rows, height, width, channels), which show the range of every channel.
    """
    model = build(folded, pictures.shape[1:])
    built = zip(layers.flat(folded.network), described(model)[:-1], strict=True)
    inputs = [layer.input for record, layer in built if isinstance(record, WEIGHTED)]
    ranges = [keras.ops.amax(keras.ops.abs(each), axis=(1, 2)) for each in inputs]
    ranges = keras.Model(model.inputs, ranges).predict(pictures, batch_size=32, verbose=0)
    weights = list(folded.weights)
    for before, behind in _neighbours(folded.network, itertools.count()):
        (kernel, bias), (next_kernel, next_bias) = weights[before], weights[behind]
        largest = ranges[behind].max(axis=0).reshape(-1, len(bias)).max(axis=0)
        if not largest.any():
            # 0 in every picture: it has no scale, on which XNNPACK of LiteRT 2.3 aborts. Its first channel
            # becomes a constant that the convolution behind leaves out.
            kept = (np.arange(len(bias)) > 0).astype(np.float32)
            weights[before] = kernel * _outputs_of(kernel, kept), bias * kept + (1 - kept)
            weights[behind] = next_kernel * np.resize(kept, (next_kernel.shape[2], 1)), next_bias
            continue
        factor = np.maximum(largest, FAINTEST * largest.max()) ** -0.5
        weights[before] = kernel * _outputs_of(kernel, factor), bias * factor
        weights[behind] = next_kernel / np.resize(factor, (next_kernel.shape[2], 1)), next_bias
    return Folded(folded.network, tuple(weights))


def _neighbours(network, number):
    """(before, behind): convolutions between which a channel's factor can be moved; by their number."""
    before = None
    for record in network:
        for branch in layers.branches(record):
            yield from _neighbours(branch, number)
        if isinstance(record, WEIGHTED):
            here = next(number)
            if before is not None and getattr(record, "groups", 1) == 1:
                yield before, here
            before = here
        elif not isinstance(record, HOMOGENEOUS):
            before = None


def _applied(network, values, weights):
    for record in network:
        inputs = join_inputs(record, values, lambda branch, values: _applied(branch, values, weights))
        match record:
            case layers.GlobalMaxPool():
                layer = keras.layers.GlobalMaxPooling2D(keepdims=True)
            case layers.GlobalAveragePool():
                layer = keras.layers.GlobalAveragePooling2D(keepdims=True)
            case layers.Flatten():
                layer = keras.layers.Reshape((1, 1, -1))
            case _:
                layer = keras_layer(record, values.shape[1:])
        values = layer(inputs)
        if isinstance(record, WEIGHTED):
            layer.set_weights(next(weights))
    return values


def _folded(network: layers.Network, built: Iterator[keras.Layer]) -> list:
    """[record, kernel, bias, steps of each branch] of every layer that is left; float64, None without."""
    steps = []
    for record in network:
        branches = [_folded(branch, built) for branch in layers.branches(record)]
        layer = next(built)
        match record:
            case layers.Dropout():
                pass
            case layers.BatchNorm():
                _fold_into(steps, layer)
            case layers.Dense(units):
                kernel, bias = _floats(layer)
                if steps and isinstance(steps[-1][0], layers.Conv) and units <= steps[-1][0].channels:
                    _, before, bias_before, _ = steps.pop()  # of a dense layer, for it gives a row
                    kernel, bias = before[0, 0] @ kernel, bias_before @ kernel + bias
                steps.append([layers.Conv(units, 1), kernel[None, None], bias, []])
            case layers.Conv() | layers.DepthwiseConv():
                kernel, *bias = _floats(layer)
                outputs = layer.output.shape[-1]
                steps.append([replace(record, bias=True), kernel, *(bias or [np.zeros(outputs)]), []])
            case _:
                steps.append([record, None, None, branches])
    return steps


def _fold_into(steps, layer):
    gamma, beta, mean, variance = _floats(layer)
    factor = gamma / np.sqrt(variance + layer.epsilon)
    offset = beta - mean * factor
    if steps and isinstance(steps[-1][0], WEIGHTED):
        _, kernel, bias, _ = steps[-1]
        steps[-1][1:3] = kernel * _outputs_of(kernel, factor), bias * factor + offset
    else:
        steps.append([layers.DepthwiseConv(1), factor[None, None, :, None], offset, []])


def _outputs_of(kernel, values):
    """A value per output channel, shaped to multiply a kernel."""
    return values[:, None] if kernel.shape[-1] == 1 != len(values) else values


def _floats(layer):
    return [np.asarray(weights, np.float64) for weights in layer.get_weights()]


def _records(steps):
    found = []
    for record, _, _, branches in steps:
        match record:
            case layers.Residual() | layers.Scale():
                record = replace(record, layers=_records(branches[0]))
            case layers.Concat():
                record = layers.Concat(tuple(map(_records, branches)))
        found.append(record)
    return tuple(found)


def _weights(steps):
    for record, kernel, bias, branches in steps:
        for branch in branches:
            yield from _weights(branch)
        if isinstance(record, WEIGHTED):
            yield kernel.astype(np.float32), bias.astype(np.float32)
