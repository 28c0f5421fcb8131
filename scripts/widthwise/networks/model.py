"""The Keras model of a network's description.

The model takes raw pixels, 0 to 255 (uint8 or float), and gives class probabilities: scaling is its
first layer and softmax its last, so that the saved file is usable by itself, in plain Keras.
"""

import keras

from widthwise.networks import layers


def keras_layer(layer):
    """The plain Keras layer of one ``layers`` record."""
    match layer:
        case layers.Conv(channels, kernel, stride, bias):
            return keras.layers.Conv2D(channels, kernel, stride, padding="same", use_bias=bias)
        case layers.DepthwiseConv(kernel, stride, bias):
            return keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=bias)
        case layers.BatchNorm(epsilon, momentum):
            return keras.layers.BatchNormalization(epsilon=epsilon, momentum=momentum)
        case layers.ReLU():
            return keras.layers.ReLU()
        case layers.Sigmoid():
            return keras.layers.Activation("sigmoid")
        case layers.Dropout(rate):
            return keras.layers.Dropout(rate)
        case layers.MaxPool(size):
            return keras.layers.MaxPooling2D(size)
        case layers.GlobalMaxPool():
            return keras.layers.GlobalMaxPooling2D()
        case layers.GlobalAveragePool():
            return keras.layers.GlobalAveragePooling2D()
        case layers.Flatten():
            return keras.layers.Flatten()
        case layers.Dense(units):
            return keras.layers.Dense(units)
        case layers.Residual():
            return keras.layers.Add()
        case layers.Scale():
            return keras.layers.Multiply()
    raise TypeError(f"no Keras layer for {layer!r}")


def build(network, image_shape):
    """A ``keras.Model`` with fresh weights: scaling, one layer per record, softmax.

    network: tuple of ``layers`` records; image_shape: (height, width, channels).
    Input (rows, height, width, channels), 0 to 255; output float32 (rows, classes), probabilities.
    Weights are drawn from Keras' global generator: ``keras.utils.set_random_seed`` before.
    """
    images = keras.Input(image_shape)
    logits = _applied(network, keras.layers.Rescaling(1 / 127.5, offset=-1)(images))
    return keras.Model(images, keras.layers.Softmax(dtype="float32")(logits))


def _applied(network, values):
    for record in network:
        if isinstance(record, layers.Residual | layers.Scale):
            values = keras_layer(record)([values, _applied(record.layers, values)])
        else:
            values = keras_layer(record)(values)
    return values


def described(model):
    """The model's layers that stand for the network's records, in the order of ``layers.flat``.

    Without input, scaling and softmax.
    """
    return model.layers[2:-1]
