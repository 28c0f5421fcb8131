"""A compact residual network to learn from: full 3x3 convolutions, half a stage of them in residuals.

After He et al. 2016, https://arxiv.org/abs/1512.03385, without projections: a stage starts with a plain
strided convolution, and residual blocks of equal shape follow.
"""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import BatchNorm, Conv, Dense, Dropout, GlobalAveragePool, ReLU, Residual

STEM = 32
STAGES = (64, 128, 256)  # channels; each halves the picture
BLOCKS = 2  # residual blocks per stage


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    layers = [*_conv(scaled(STEM, width), 1), ReLU()]
    for unscaled in STAGES:
        channels = scaled(unscaled, width)
        layers += [*_conv(channels, 2), ReLU()]
        for _ in range(BLOCKS):
            layers += [Residual((*_conv(channels, 1), ReLU(), *_conv(channels, 1))), ReLU()]
    return (*layers, GlobalAveragePool(), Dropout(dropout), Dense(classes))


def _conv(channels, stride):
    return Conv(channels, 3, stride, bias=False), BatchNorm()
