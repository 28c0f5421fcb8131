"""A training step's forward pass by faster kernels than those of Keras' layers; the mathematics is the same.

What a step takes beside plain Keras layers is measured by ``make bench``; that both train to the same
accuracies, by ``bench/same_accuracy.py``. What is left is memory traffic: the 48x48 maps of a batch are
larger than the caches. Tried and no faster: XLA on the processor, a select instead of the product with a
mask, huge pages.
"""

from math import prod

import keras
import numpy as np
import tensorflow as tf

from widthwise.networks import counts, layers
from widthwise.networks.model import described, join_inputs

ALIGNMENT = 64  # bytes; TensorFlow copies a part of a buffer that starts elsewhere
LANES = 8  # channels that oneDNN's kernel for batch normalisation takes at a time
ROW = 64  # numbers that fill a row for sums along columns


def batch_norm(layer: keras.layers.BatchNormalization, inputs: tf.Tensor) -> tf.Tensor:
    """A Keras layer's batch normalisation in training; moves the layer's averages too.

    By TensorFlow's fused kernel, where that is fast: over channels that are no multiple of ``LANES``,
    oneDNN's is slower than ``batch_norm_of_rows``. The kernel estimates the variance with Bessel's
    correction, which Keras leaves out, so it is taken back.
    """
    if inputs.shape[-1] % LANES and not tf.config.list_physical_devices("GPU"):
        outputs, mean, variance = batch_norm_of_rows(inputs, layer.gamma, layer.beta, layer.epsilon)
    else:
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, layer.gamma, layer.beta, epsilon=layer.epsilon, is_training=True
        )
        count = prod(inputs.shape[:-1])
        variance *= (count - 1) / count
    for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        average.assign(layer.momentum * average + (1 - layer.momentum) * value)
    return outputs


def batch_norm_of_rows(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Batch normalisation by sums along columns, of rows that hold the channels several times over.

    inputs: float32 (..., channels), all sizes known; gamma, beta: float32 (channels,).
    Returns (outputs, mean, variance), the variance without correction. The gradient is that of Ioffe &
    Szegedy 2015, https://arxiv.org/abs/1502.03167, and none flows back from mean and variance.
    """
    channels, count = inputs.shape[-1], prod(inputs.shape[:-1])
    times = 1
    while times * channels < ROW and count % (2 * times) == 0:
        times *= 2

    def rows(values):
        return tf.reshape(values, (-1, times * channels))

    def sums(values):
        return tf.reduce_sum(tf.reshape(tf.reduce_sum(values, axis=0), (times, channels)), axis=0)

    def wide(values):
        return tf.tile(values, [times])

    @tf.custom_gradient
    def normalised(inputs, gamma, beta):
        mean = sums(rows(inputs)) / count
        centred = rows(inputs) - wide(mean)
        variance = sums(tf.square(centred)) / count
        scale = tf.math.rsqrt(variance + epsilon)
        outputs = centred * wide(gamma * scale) + wide(beta)

        def gradient(upstream, *_):
            upstream = rows(upstream)
            of_beta, of_gamma = sums(upstream), sums(upstream * centred) * scale
            slope = gamma * scale * scale * of_gamma / count
            of_inputs = upstream * wide(gamma * scale) - centred * wide(slope)
            of_inputs -= wide(gamma * scale * of_beta / count)
            return tf.reshape(of_inputs, inputs.shape), of_gamma, of_beta

        return (tf.reshape(outputs, inputs.shape), mean, variance), gradient

    return normalised(inputs, tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta))


def pointwise_conv(layer: keras.layers.Conv2D, inputs: tf.Tensor) -> tf.Tensor:
    """A 1x1 convolution with stride 1, as the matrix product that it is."""
    kernel = tf.convert_to_tensor(layer.kernel)[0, 0]
    outputs = tf.matmul(tf.reshape(inputs, (-1, inputs.shape[-1])), tf.cast(kernel, inputs.dtype))
    outputs = tf.reshape(outputs, (*inputs.shape[:-1], kernel.shape[-1]))
    return outputs + tf.cast(layer.bias, outputs.dtype) if layer.use_bias else outputs


def dropout(inputs: tf.Tensor, rate: float, noise: tf.Tensor) -> tf.Tensor:
    """Dropout: each element is zeroed with probability ``rate``; the others are scaled by 1 / (1 - rate).

    noise: uint8 (rows + 1, ...), uniform: one byte for each element and one more for each position.
    An element's random number has 16 bits: its own byte, then the byte of its position. The second one
    decides only where the first one ties with the rate (once in 256), so the rows of a batch can share
    it: every element's probability stays exact to 2**-17, and at a rate of 0.1 two elements at the same
    position of two images are correlated by 4e-5, all others not at all.
    """
    high, low = divmod(round(rate * 2**16), 2**8)
    limit = tf.cast(noise[-1:] < low, tf.uint8) + high
    return inputs * tf.cast(noise[:-1] >= limit, inputs.dtype) * (1 / (1 - rate))


def noise_sizes(network: layers.Network, image_shape: counts.Shape, rows: int) -> list[int]:
    """How many random bytes each dropout layer takes in a step, multiples of 64; rows: batch size."""
    rows_of_table = zip(layers.flat(network), counts.layer_table(network, image_shape), strict=True)
    sizes = [(rows + 1) * prod(row.output) for layer, row in rows_of_table if _drops(layer)]
    return [-(-size // ALIGNMENT) * ALIGNMENT for size in sizes]


def noise(sizes: list[int], seed: int, step: int) -> np.ndarray:
    """The random bytes of one step: uint8 (sum of sizes,), the same for the same seed and step."""
    generator = np.random.Generator(np.random.SFC64((seed, step)))
    return generator.integers(2**64, size=sum(sizes) // 8, dtype=np.uint64).view(np.uint8)


def noise_on_gpu(sizes: list[int], seed: tf.Tensor) -> tf.Tensor:
    """The same as ``noise`` (other bytes), drawn within the graph, where a GPU would wait for NumPy.

    seed: int32 (2,), another one at every step.
    """
    words = tf.random.stateless_uniform((sum(sizes) // 4,), seed, None, None, tf.uint32)
    return tf.reshape(tf.bitcast(words, tf.uint8), (-1,))


def logits(
    model: keras.Model, network: layers.Network, images: tf.Tensor, noise: tf.Tensor | None = None
) -> tf.Tensor:
    """The network's outputs before softmax: float32 (rows, classes).

    model: from ``model.build`` of ``network``; images: (rows, height, width, channels), 0 to 255, all
    four known as the graph is built; noise: uint8 (n,) for training, whose dropout it decides (see
    ``noise_sizes``), and whose batch statistics move the averages of batch normalisation; None
    for inference.
    """
    scaling, softmax = model.layers[1], model.layers[-1]
    if noise is not None:
        sizes = noise_sizes(network, images.shape[1:], images.shape[0])
        noise = iter(tf.split(noise, sizes) if sizes else ())
    values = _applied(network, iter(described(model)), scaling(images), noise)
    return tf.cast(values, softmax.compute_dtype)


def _applied(network, built, values, noise):
    """The values after a network's or a branch's layers.

    built: iterator over the Keras layers of the records; noise: iterator over the dropout layers' bytes,
    or None for inference.
    """
    training = noise is not None
    for record in network:
        values = join_inputs(record, values, lambda branch, values: _applied(branch, built, values, noise))
        layer = next(built)
        match record:
            case layers.BatchNorm() if training:
                values = batch_norm(layer, values)
            case layers.Dropout(rate) if training and _drops(record):
                shape = (values.shape[0] + 1, *values.shape[1:])
                values = dropout(values, rate, tf.reshape(next(noise)[: prod(shape)], shape))
            case layers.Conv(kernel=1, stride=1, groups=1):
                values = pointwise_conv(layer, values)
            case _:
                values = layer(values)
    return values


def _drops(layer):
    return isinstance(layer, layers.Dropout) and layer.rate > 0
