"""The Keras model of a network's description.

The model takes raw pixels, 0 to 255 (uint8 or float), and gives class probabilities: scaling is its
first layer and softmax its last, so that the saved file is usable by itself, in plain Keras.
"""

import keras

from widthwise.networks import layers


def keras_layer(layer: layers.Layer, shape: tuple[int, ...]) -> keras.Layer:
    """The plain Keras layer of one record; shape: of its input, without the batch axis."""
    match layer:
        case layers.Conv(channels, kernel, stride, bias, groups):
            return keras.layers.Conv2D(channels, kernel, stride, padding="same", use_bias=bias, groups=groups)
        case layers.DepthwiseConv(kernel, stride, bias):
            return keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=bias)
        case layers.BatchNorm(epsilon, momentum):
            return keras.layers.BatchNormalization(epsilon=epsilon, momentum=momentum)
        case layers.ReLU():
            return keras.layers.ReLU()
        case layers.ReLU6():
            return keras.layers.ReLU(max_value=6)
        case layers.HardSwish():
            return keras.layers.Activation("hard_silu")
        case layers.Sigmoid():
            return keras.layers.Activation("sigmoid")
        case layers.Dropout(rate):
            return keras.layers.Dropout(rate)
        case layers.MaxPool(size):
            return keras.layers.MaxPooling2D(size)
        case layers.AveragePool(size, stride):
            return keras.layers.AveragePooling2D(size, stride, padding="same")
        case layers.GlobalMaxPool():
            return keras.layers.GlobalMaxPooling2D()
        case layers.GlobalAveragePool():
            return keras.layers.GlobalAveragePooling2D()
        case layers.Flatten():
            return keras.layers.Flatten()
        case layers.Dense(units):
            return keras.layers.Dense(units)
        case layers.ChannelShuffle(groups):
            *sides, channels = shape
            in_groups = keras.layers.Reshape((*sides, groups, channels // groups))
            return keras.Sequential(
                [in_groups, keras.layers.Permute((1, 2, 4, 3)), keras.layers.Reshape(shape)]
            )
        case layers.ChannelSlice(part, parts):
            # Plain Keras crops the last axis if told that it is an image's width.
            size = shape[-1] // parts
            cropping = ((0, 0), ((part - 1) * size, (parts - part) * size))
            return keras.layers.Cropping2D(cropping, data_format="channels_first")
        case layers.Residual():
            return keras.layers.Add()
        case layers.Scale():
            return keras.layers.Multiply()
        case layers.Concat():
            return keras.layers.Concatenate()
    raise TypeError(f"no Keras layer for {layer!r}")


def build(network: layers.Network, image_shape: tuple[int, int, int]) -> keras.Model:
    """A model with fresh weights: scaling, one Keras layer per record, softmax.

    image_shape: (height, width, channels).
    Input (rows, height, width, channels), 0 to 255; output float32 (rows, classes), probabilities.
    Weights are drawn from Keras' global generator: ``keras.utils.set_random_seed`` before.
    """
    images = keras.Input(image_shape)
    logits = _applied(network, keras.layers.Rescaling(1 / 127.5, offset=-1)(images))
    return keras.Model(images, keras.layers.Softmax(dtype="float32")(logits))


def _applied(network, values):
    for record in network:
        inputs = join_inputs(record, values, _applied)
        values = keras_layer(record, values.shape[1:])(inputs)
    return values


def join_inputs(record: layers.Layer, values, applied):
    """What the Keras layer of a record takes: the values before it, or the list of what it joins.

    applied: function of (branch, values) that gives the branch's outputs.
    """
    outputs = [applied(branch, values) for branch in layers.branches(record)]
    match record:
        case layers.Residual() | layers.Scale():
            return [values, *outputs]
        case layers.Concat():
            return outputs
    return values


def described(model: keras.Model) -> list[keras.Layer]:
    """The model's layers that stand for the network's records, in the order of ``layers.flat``.

    Without input, scaling and softmax. Keras itself lists the layers of parallel branches in turns.
    """
    order, waiting = {model.layers[1]: None}, [model.layers[-1]]  # a dict keeps its order
    while waiting:
        (node,) = waiting[-1]._inbound_nodes
        before = [tensor._keras_history.operation for tensor in node.input_tensors]
        if missing := next((layer for layer in before if layer not in order), None):
            waiting.append(missing)
        else:
            order[waiting.pop()] = None
    return list(order)[1:-1]
