"""What can be read off a network's description by arithmetic: shapes, parameters, multiply-adds."""

from dataclasses import dataclass
from math import prod

from widthwise.networks import architectures, layers
from widthwise.plumbing.errors import UserError

BUDGET_TOLERANCE = 0.10  # a budget is met when the closest count is within 10 % of it
BYTES_PER_PARAMETER = 4  # float32


@dataclass(frozen=True)
class LayerCount:
    """One row of a layer table: shapes exclude the batch axis; counts are per image."""

    layer: str
    output: tuple[int, ...]
    trainable_params: int
    non_trainable_params: int
    macs: int

    @property
    def params(self):
        """All parameters of the layer (int)."""
        return self.trainable_params + self.non_trainable_params


def _conv_name(kind, layer):
    return f"{kind} {layer.kernel}x{layer.kernel}" + (f", stride {layer.stride}" if layer.stride > 1 else "")


def _halved(shape, step):
    """The shape of a "same" convolution's output: ceil(size / stride) per side."""
    height, width, channels = shape
    return -(-height // step), -(-width // step), channels


def count(layer, shape):
    """Count one layer applied to an image of ``shape``; returns a ``LayerCount``.

    Multiply-adds count convolutions and dense layers alone, one per product, biases left out:
    the usual convention (normalisation and activation are lost in rounding).
    """
    match layer:
        case layers.Conv():
            *sides, channels = _halved(shape, layer.stride)
            products = layer.kernel**2 * channels * layer.channels
            name = _conv_name("Conv", layer)
            params = products + layer.bias * layer.channels
            return LayerCount(name, (*sides, layer.channels), params, 0, prod(sides) * products)
        case layers.DepthwiseConv():
            *sides, channels = _halved(shape, layer.stride)
            products = layer.kernel**2 * channels
            name = _conv_name("DepthwiseConv", layer)
            return LayerCount(
                name, (*sides, channels), products + layer.bias * channels, 0, prod(sides) * products
            )
        case layers.BatchNorm():
            return LayerCount("BatchNorm", shape, 2 * shape[-1], 2 * shape[-1], 0)
        case layers.Dense():
            products = shape[0] * layer.units
            return LayerCount("Dense", (layer.units,), products + layer.units, 0, products)
        case layers.MaxPool():
            height, width, channels = shape
            output = (height // layer.size, width // layer.size, channels)
            return LayerCount(f"MaxPool {layer.size}x{layer.size}", output, 0, 0, 0)
        case layers.GlobalMaxPool() | layers.GlobalAveragePool():
            return LayerCount(type(layer).__name__, shape[-1:], 0, 0, 0)
        case layers.Flatten():
            return LayerCount("Flatten", (prod(shape),), 0, 0, 0)
        case layers.ReLU() | layers.Sigmoid() | layers.Dropout():
            return LayerCount(type(layer).__name__, shape, 0, 0, 0)
    raise TypeError(f"no count for layer {layer!r}")


def layer_table(network, image_shape):
    """The ``LayerCount`` of every layer, in the order of ``layers.flat``.

    network: tuple of ``layers`` records; image_shape: (height, width, channels).
    Raises ValueError where a branch does not fit its input.
    """
    rows, shape = [], tuple(image_shape)
    for layer in network:
        match layer:
            case layers.Residual(branch):
                rows += _joined("Add", branch, shape, shape)
            case layers.Scale(branch):
                rows += _joined("Multiply", branch, shape, shape[-1:])
            case _:
                rows.append(count(layer, shape))
        shape = rows[-1].output
    return rows


def _joined(name, branch, shape, expected):
    rows = layer_table(branch, shape)
    if rows[-1].output != expected:
        raise ValueError(f"{name}: the branch gives {rows[-1].output}, expected {expected}")
    return [*rows, LayerCount(name, shape, 0, 0, 0)]


def totals(network, image_shape):
    """Sums over a network: dict of params, trainable_params, non_trainable_params, macs, bytes.

    ``bytes`` is what the parameters take as float32, not a file's size.
    """
    rows = layer_table(network, image_shape)
    trainable = sum(row.trainable_params for row in rows)
    fixed = sum(row.non_trainable_params for row in rows)
    return {
        "params": trainable + fixed,
        "trainable_params": trainable,
        "non_trainable_params": fixed,
        "macs": sum(row.macs for row in rows),
        "bytes": BYTES_PER_PARAMETER * (trainable + fixed),
    }


def width_for_budget(family, budget, classes, image_shape):
    """The width multiplier whose member of a family comes closest to ``budget`` parameters.

    Counts only grow with the width, so bisection finds the two widths (in steps of 1/10,000) on
    either side of the budget; the closer count wins, the narrower one at a tie. Of all widths
    with that count, the one with the fewest decimals is returned (float).
    Raises UserError where the closest count is more than 10 % off.
    """

    def params(step):
        return totals(architectures.network(family, step / 10_000, classes), image_shape)["params"]

    low, high = 1, 2
    while params(high) < budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if params(middle) < budget else (low, middle)
    closest = min(low, high, key=lambda step: (abs(params(step) - budget), step))
    found = params(closest)
    if abs(found - budget) > BUDGET_TOLERANCE * budget:
        raise UserError(
            f"family {family}: no width comes within 10 % of {budget:,} parameters; the closest has {found:,}"
        )
    for decimals in range(5):
        rounded = round(closest / 10_000, decimals)
        if rounded > 0 and params(round(rounded * 10_000)) == found:
            return rounded
    return closest / 10_000
