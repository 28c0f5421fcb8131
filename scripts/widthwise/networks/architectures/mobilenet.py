"""The small MobileNet: depthwise 3x3 + pointwise 1x1 blocks; 73,511 parameters at width 1.

After Howard et al. 2017, https://arxiv.org/abs/1704.04861, with dropout before the depthwise
normalisation and a global maximum in front of two dense layers.
"""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import BatchNorm, Conv, Dense, DepthwiseConv, Dropout, GlobalMaxPool, ReLU

STEM = 32
BLOCKS = ((1, 64), (2, 64), (1, 64), (2, 64), (1, 128), (2, 128), (1, 128))  # (stride, channels)
HEAD = 56


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    layers = [Conv(scaled(STEM, width), 3, bias=False), Dropout(dropout), BatchNorm(), ReLU()]
    for stride, channels in BLOCKS:
        layers += [DepthwiseConv(3, stride), Dropout(dropout), BatchNorm(), ReLU()]
        layers += [Conv(scaled(channels, width), 1, bias=False), BatchNorm(), ReLU()]
    return (*layers, GlobalMaxPool(), Dense(scaled(HEAD, width)), Dense(classes))
