"""The layers a network is described with: small records, no arithmetic, no TensorFlow.

A network is a tuple of these records, applied in order to an image of shape
(height, width, channels). ``counts`` reads shapes and parameters off it; ``model`` builds it.
``Residual`` and ``Scale`` hold layers of their own, a branch that is joined with its input.
Convolutions pad "same"; pooling windows do not overlap and drop an odd last row and column.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Conv:
    """A full convolution of ``kernel`` x ``kernel`` to ``channels`` output channels."""

    channels: int
    kernel: int
    stride: int = 1
    bias: bool = True


@dataclass(frozen=True)
class DepthwiseConv:
    """One ``kernel`` x ``kernel`` filter per input channel (depth multiplier 1)."""

    kernel: int
    stride: int = 1
    bias: bool = True


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation over all but the channel axis."""

    epsilon: float = 1e-3
    momentum: float = 0.99


@dataclass(frozen=True)
class ReLU:
    """max(x, 0)."""


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Dropout:
    """Each element is zeroed with probability ``rate`` in training; the rest scale by 1/(1-rate)."""

    rate: float


@dataclass(frozen=True)
class MaxPool:
    """The maximum over windows of ``size`` x ``size``."""

    size: int = 2


@dataclass(frozen=True)
class GlobalMaxPool:
    """The maximum over all positions, per channel."""


@dataclass(frozen=True)
class GlobalAveragePool:
    """The mean over all positions, per channel."""


@dataclass(frozen=True)
class Flatten:
    """All values of an image in one row."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer with bias to ``units`` outputs."""

    units: int


@dataclass(frozen=True)
class Residual:
    """The input plus what ``layers`` make of it, in its own shape."""

    layers: tuple


@dataclass(frozen=True)
class Scale:
    """The input times what ``layers`` make of it: one factor per channel."""

    layers: tuple


def flat(network):
    """All layers in order of computation, those of a branch before its join (iterator)."""
    for layer in network:
        if isinstance(layer, Residual | Scale):
            yield from flat(layer.layers)
        yield layer
