"""The layers a network is described with: small records, no arithmetic, no TensorFlow.

A network is a tuple of these records, applied in order to an image of shape
(height, width, channels). ``counts`` reads shapes and parameters off it; ``model`` builds it.
``Residual``, ``Scale`` and ``Concat`` hold branches: layers of their own, which are applied to its input.
Convolutions and ``AveragePool`` pad "same": a stride gives ceil(size / stride) positions per side.
A record's whole numbers are at least 1, its fractions in [0, 1).
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Conv:
    """A convolution of ``kernel`` x ``kernel`` to ``channels`` output channels.

    groups: the channels are cut into so many equal parts, each convolved by itself (AlexNet, ResNeXt);
    divides the channels before and after.
    """

    channels: int
    kernel: int
    stride: int = 1
    bias: bool = True
    groups: int = 1


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
class ReLU6:
    """min(max(x, 0), 6)."""


@dataclass(frozen=True)
class HardSwish:
    """x * ReLU6(x + 3) / 6."""


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Dropout:
    """Each element is zeroed with probability ``rate`` in training; the rest scale by 1/(1-rate)."""

    rate: float


@dataclass(frozen=True)
class MaxPool:
    """The maximum over windows of ``size`` x ``size`` side by side; an odd last row or column is dropped."""

    size: int = 2


@dataclass(frozen=True)
class AveragePool:
    """The mean over windows of ``size`` x ``size``, ``stride`` apart; what is padded does not count."""

    size: int = 2
    stride: int = 2


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
class ChannelShuffle:
    """Channels in ``groups`` equal parts take turns: first of each part, second of each, and so on."""

    groups: int = 2


@dataclass(frozen=True)
class ChannelSlice:
    """Of the channels in ``parts`` equal parts, the ``part``-th alone, counted from 1."""

    part: int
    parts: int = 2


@dataclass(frozen=True)
class Residual:
    """The input plus what ``layers`` make of it, in its own shape."""

    layers: "Network"


@dataclass(frozen=True)
class Scale:
    """The input times what ``layers`` make of it: one factor per channel."""

    layers: "Network"


@dataclass(frozen=True)
class Concat:
    """The channels of all branches' outputs, one after the other; a branch without layers is the input."""

    branches: "tuple[Network, ...]"


Layer = (
    Conv
    | DepthwiseConv
    | BatchNorm
    | ReLU
    | ReLU6
    | HardSwish
    | Sigmoid
    | Dropout
    | MaxPool
    | AveragePool
    | GlobalMaxPool
    | GlobalAveragePool
    | Flatten
    | Dense
    | ChannelShuffle
    | ChannelSlice
    | Residual
    | Scale
    | Concat
)
Network = tuple[Layer, ...]


def branches(layer: Layer) -> tuple[Network, ...]:
    """The branches that a layer joins; none for all other layers."""
    match layer:
        case Residual(branch) | Scale(branch):
            return (branch,)
        case Concat(several):
            return several
    return ()


def flat(network: Network) -> Iterator[Layer]:
    """All layers in order of computation, those of branches before their join."""
    for layer in network:
        for branch in branches(layer):
            yield from flat(branch)
        yield layer
