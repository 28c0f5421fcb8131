"""ShuffleNetV2 for small pictures: half of the channels pass each unit as they are, then all are shuffled.

After Ma et al. 2018, https://arxiv.org/abs/1807.11164. The stem halves pictures of 48 pixels a side or
more, and keeps the size of smaller ones.
"""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import (
    BatchNorm,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalAveragePool,
    ReLU,
)

STEM = 24
STAGES = ((24, 2), (48, 4), (96, 2))  # (channels of a branch, units); each stage halves the map
HEAD = 256


def network(width, classes, dropout, image_shape):
    """The layers at a width multiplier; see ``architectures.network``."""
    stride = 2 if min(image_shape[:2]) >= 48 else 1
    layers = [Conv(scaled(STEM, width), 3, stride, bias=False), BatchNorm(), ReLU()]
    for unscaled, units in STAGES:
        half = scaled(unscaled, width)
        shortcut = (DepthwiseConv(3, 2, bias=False), BatchNorm(), *_pointwise(half))
        layers += [Concat((shortcut, _branch(half, 2))), ChannelShuffle(2)]
        unit = Concat(((ChannelSlice(1, 2),), (ChannelSlice(2, 2), *_branch(half, 1))))
        layers += (units - 1) * [unit, ChannelShuffle(2)]
    layers += _pointwise(scaled(HEAD, width))
    return (*layers, GlobalAveragePool(), Dropout(dropout), Dense(classes))


def _branch(channels, stride):
    depthwise = (DepthwiseConv(3, stride, bias=False), BatchNorm())
    return (*_pointwise(channels), *depthwise, *_pointwise(channels))


def _pointwise(channels):
    return Conv(channels, 1, bias=False), BatchNorm(), ReLU()
