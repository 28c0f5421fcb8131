"""MobileNetV2 that begins with a residual block of full convolutions in place of two inverted residuals.

After Tan and Le 2021, https://arxiv.org/abs/2104.00298: early in a network, where there are few channels and
many places, full convolutions take less time than depthwise ones between wide expansions.
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
)

STEM = 24
BLOCKS = ((2, 32), (1, 32), (2, 48), (1, 48))  # (stride, channels) of the inverted residuals
EXPANSION = 4
HEAD = 160


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    channels = scaled(STEM, width)
    layers = [Conv(channels, 3, stride=2, bias=False), BatchNorm(), ReLU()]
    convolution = (Conv(channels, 3, bias=False), BatchNorm())
    layers += [Residual((*convolution, ReLU(), *convolution)), ReLU()]
    for stride, unscaled in BLOCKS:
        before, channels = channels, scaled(unscaled, width)
        block = _bottleneck(before * EXPANSION, channels, stride)
        layers += [Residual(block)] if stride == 1 and before == channels else block
    layers += [Conv(scaled(HEAD, width), 1, bias=False), BatchNorm(), ReLU()]
    return (*layers, GlobalAveragePool(), Dropout(dropout), Dense(classes))


def _bottleneck(expanded, channels, stride):
    layers = [Conv(expanded, 1, bias=False), BatchNorm(), ReLU()]
    layers += [DepthwiseConv(3, stride, bias=False), BatchNorm(), ReLU()]
    return (*layers, Conv(channels, 1, bias=False), BatchNorm())
