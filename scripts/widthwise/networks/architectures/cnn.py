"""The large plain CNN: pairs of 3x3 convolutions and three dense layers; 22,614,919 parameters
at width 1 on 48x48 grey pictures."""

from widthwise.networks.architectures import scaled
from widthwise.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten, MaxPool, ReLU

BLOCKS = (128, 256, 512, 768)
DENSE = (1024, 1024, 1024)


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    layers = []
    for channels in BLOCKS:
        layers += 2 * [Conv(scaled(channels, width), 3), ReLU()]
        layers += [BatchNorm(), MaxPool(2), Dropout(dropout)]
    layers += [Flatten()]
    for units in DENSE:
        layers += [Dense(scaled(units, width)), ReLU(), Dropout(dropout)]
    return (*layers, Dense(classes))
