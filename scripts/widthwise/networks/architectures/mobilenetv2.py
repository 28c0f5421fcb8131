"""MobileNetV2 for 48x48 pictures: inverted residuals with linear bottlenecks, an average-pooling head.

After Sandler et al. 2018, https://arxiv.org/abs/1801.04381. The stem halves the picture,
so it has fewer multiply-adds than the small MobileNet at as many parameters (``scripts/describe.py``).
"""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import (
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalAveragePool,
    ReLU,
    Residual,
    Scale,
    Sigmoid,
)

STEM = 24
BLOCKS = ((1, 24), (1, 24), (2, 32), (1, 32), (2, 48), (1, 48))  # (stride, channels)
EXPANSION = 4
HEAD = 128


def network(width, classes, dropout, squeeze=None):
    """The layers at a width multiplier; see ``architectures.network``.

    squeeze: by how much squeeze-and-excitation divides a block's channels (int), None without it.
    """
    channels = scaled(STEM, width)
    layers = [Conv(channels, 3, stride=2, bias=False), BatchNorm(), ReLU()]
    for stride, unscaled in BLOCKS:
        before, channels = channels, scaled(unscaled, width)
        block = _bottleneck(before * EXPANSION, channels, stride, squeeze)
        layers += [Residual(block)] if stride == 1 and before == channels else block
    layers += [Conv(scaled(HEAD, width), 1, bias=False), BatchNorm(), ReLU()]
    return (*layers, GlobalAveragePool(), Dropout(dropout), Dense(classes))


def _bottleneck(expanded, channels, stride, squeeze):
    layers = [Conv(expanded, 1, bias=False), BatchNorm(), ReLU()]
    layers += [DepthwiseConv(3, stride, bias=False), BatchNorm(), ReLU()]
    if squeeze:
        squeezed = max(1, expanded // squeeze)
        layers += [Scale((GlobalAveragePool(), Dense(squeezed), ReLU(), Dense(expanded), Sigmoid()))]
    return (*layers, Conv(channels, 1, bias=False), BatchNorm())
