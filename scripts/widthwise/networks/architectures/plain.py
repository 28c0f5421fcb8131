"""The control: the MobileNet's skeleton with full convolutions.

Depth, strides, head and recipe are the MobileNet's; each depthwise + pointwise pair is one full
3x3 convolution. What differs between the two is depthwise separability alone.
"""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import BatchNorm, Conv, Dense, Dropout, GlobalMaxPool, ReLU

# The MobileNet's numbers, repeated: a family depends on its own file alone, so that a change to
# one family retrains only that one. A test keeps the two skeletons equal.
BLOCKS = ((1, 32), (1, 64), (2, 64), (1, 64), (2, 64), (1, 128), (2, 128), (1, 128))  # stem first
HEAD = 56


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    layers = []
    for stride, channels in BLOCKS:
        layers += [Conv(scaled(channels, width), 3, stride, bias=False)]
        layers += [Dropout(dropout), BatchNorm(), ReLU()]
    return (*layers, GlobalMaxPool(), Dense(scaled(HEAD, width)), Dense(classes))
