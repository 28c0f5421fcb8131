"""A training step's forward pass by faster kernels than Keras' own layers, with the same mathematics."""

import tensorflow as tf

from widthwise import layers
from widthwise.model import described


def batch_norm(layer, inputs, training):
    """Batch normalisation of a Keras layer's weights by TensorFlow's fused kernel.

    In training it also moves the layer's averages, as Keras does: the fused kernel estimates the
    variance with Bessel's correction, Keras without, so the correction is taken back.
    """
    if not training:
        return layer(inputs)
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        inputs, layer.gamma, layer.beta, epsilon=layer.epsilon, is_training=True
    )
    count = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
    variance *= (count - 1) / count
    for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        average.assign(layer.momentum * average + (1 - layer.momentum) * value)
    return outputs


def dropout(inputs, rate, seed):
    """Dropout."""
    if not rate:
        return inputs
    return tf.nn.experimental.stateless_dropout(inputs, rate, seed)


def logits(model, network, images, training, seed):
    """The network's outputs before softmax: float32 (rows, classes).

    model: from ``model.build`` of ``network``; images: (rows, height, width, channels), 0 to 255;
    seed: int32 (2,), from which every dropout layer draws its own numbers.
    In training the moving averages of the model's batch normalisations are updated.
    """
    scaling, softmax = model.layers[0], model.layers[-1]
    values = scaling(images)
    for index, (record, layer) in enumerate(zip(network, described(model), strict=True)):
        match record:
            case layers.BatchNorm():
                values = batch_norm(layer, values, training)
            case layers.Dropout(rate):
                if training:
                    values = dropout(values, rate, tf.random.experimental.stateless_fold_in(seed, index))
            case _:
                values = layer(values)
    return tf.cast(values, softmax.compute_dtype)
