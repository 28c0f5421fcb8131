"""What can be read off a network's description by arithmetic: shapes, parameters, multiply-adds."""

from dataclasses import dataclass
from math import prod

from widthwise.networks import layers

Shape = tuple[int, ...]  # without the batch axis: (height, width, channels), or (values,)

BYTES_PER_PARAMETER = 4  # float32


@dataclass(frozen=True)
class LayerCount:
    """One row of a layer table: shapes exclude the batch axis; counts are per image."""

    layer: str
    output: Shape
    trainable_params: int
    non_trainable_params: int
    macs: int

    @property
    def params(self) -> int:
        """All parameters of the layer."""
        return self.trainable_params + self.non_trainable_params


def _window(kind, size, stride, groups=1):
    name = f"{kind} {size}x{size}" + (f", stride {stride}" if stride > 1 else "")
    return name + (f", groups {groups}" if groups > 1 else "")


def _strided(shape, stride):
    """The shape of a "same" window's output: ceil(size / stride) per side."""
    height, width, channels = shape
    return -(-height // stride), -(-width // stride), channels


def count(layer: layers.Layer, shape: Shape, branches: tuple[Shape, ...] = ()) -> LayerCount:
    """Count one layer.

    shape: of its input; branches: the shapes that its branches give, where it joins some.
    Multiply-adds count convolutions and dense layers alone, one per product, biases left out:
    the usual convention (normalisation and activation are lost in rounding).
    Raises ValueError where a branch does not fit its input.
    """
    match layer:
        case layers.Conv(channels, kernel, stride, bias, groups):
            *sides, inputs = _strided(shape, stride)
            products = kernel**2 * (inputs // groups) * channels
            params, macs = products + bias * channels, prod(sides) * products
            return LayerCount(_window("Conv", kernel, stride, groups), (*sides, channels), params, 0, macs)
        case layers.DepthwiseConv(kernel, stride, bias):
            *sides, channels = _strided(shape, stride)
            products = kernel**2 * channels
            params, macs = products + bias * channels, prod(sides) * products
            return LayerCount(_window("DepthwiseConv", kernel, stride), (*sides, channels), params, 0, macs)
        case layers.BatchNorm():
            return LayerCount("BatchNorm", shape, 2 * shape[-1], 2 * shape[-1], 0)
        case layers.Dense():
            products = shape[0] * layer.units
            return LayerCount("Dense", (layer.units,), products + layer.units, 0, products)
        case layers.MaxPool(size):
            height, width, channels = shape
            return LayerCount(f"MaxPool {size}x{size}", (height // size, width // size, channels), 0, 0, 0)
        case layers.AveragePool(size, stride):
            return LayerCount(_window("AveragePool", size, stride), _strided(shape, stride), 0, 0, 0)
        case layers.GlobalMaxPool() | layers.GlobalAveragePool():
            return LayerCount(type(layer).__name__, shape[-1:], 0, 0, 0)
        case layers.Flatten():
            return LayerCount("Flatten", (prod(shape),), 0, 0, 0)
        case layers.ChannelSlice(part, parts):
            name = f"ChannelSlice {part} of {parts}"
            return LayerCount(name, (*shape[:-1], shape[-1] // parts), 0, 0, 0)
        case layers.Residual():
            return LayerCount("Add", _joined(shape, branches, shape), 0, 0, 0)
        case layers.Scale():
            return LayerCount("Multiply", _joined(shape, branches, shape[-1:]), 0, 0, 0)
        case layers.Concat():
            sides = branches[0][:-1]
            if any(branch[:-1] != sides for branch in branches):
                raise ValueError(f"the branches give {', '.join(map(str, branches))}; expected equal sides")
            return LayerCount("Concat", (*sides, sum(branch[-1] for branch in branches)), 0, 0, 0)
        case (
            layers.ReLU()
            | layers.ReLU6()
            | layers.HardSwish()
            | layers.Sigmoid()
            | layers.Dropout()
            | layers.ChannelShuffle()
        ):
            return LayerCount(type(layer).__name__, shape, 0, 0, 0)
    raise TypeError(f"no count for layer {layer!r}")


def _joined(shape, branches, expected):
    if branches != (expected,):
        raise ValueError(f"the branch gives {branches[0]}, expected {expected}")
    return shape


def layer_table(network: layers.Network, image_shape: Shape) -> list[LayerCount]:
    """The ``LayerCount`` of every layer, in the order of ``layers.flat``.

    image_shape: (height, width, channels). Raises ValueError where a branch does not fit its input.
    """
    rows, shape = [], tuple(image_shape)
    for layer in network:
        tables = [layer_table(branch, shape) for branch in layers.branches(layer)]
        outputs = tuple(table[-1].output if table else shape for table in tables)
        rows += [row for table in tables for row in table]
        rows.append(count(layer, shape, outputs))
        shape = rows[-1].output
    return rows


def totals(network: layers.Network, image_shape: Shape) -> dict[str, int]:
    """Sums over a network: params, trainable_params, non_trainable_params, and macs per image."""
    rows = layer_table(network, image_shape)
    trainable = sum(row.trainable_params for row in rows)
    fixed = sum(row.non_trainable_params for row in rows)
    return {
        "params": trainable + fixed,
        "trainable_params": trainable,
        "non_trainable_params": fixed,
        "macs": sum(row.macs for row in rows),
    }
