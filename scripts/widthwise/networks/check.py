"""Whether a network can be built and trained: a mistake in an architecture's file is one line.

Planning checks every network of the sweep, so that none is tried that must fail. No training imports
this module: a message that reads differently retrains nothing.
"""

import math
import reprlib
import traceback
from dataclasses import fields
from pathlib import Path
from typing import get_args

from widthwise.networks import architectures, counts, layers
from widthwise.plumbing.errors import UserError

BOUNDED = reprlib.Repr()
BOUNDED.maxother = 120  # characters of a layer
NEED_A_MAP = (
    layers.Conv,
    layers.DepthwiseConv,
    layers.MaxPool,
    layers.AveragePool,
    layers.GlobalMaxPool,
    layers.GlobalAveragePool,
    layers.ChannelShuffle,
    layers.ChannelSlice,
)


def network(
    family: str, width: float, classes: int, image_shape: tuple[int, int, int], dropout: float = 0.0
) -> layers.Network:
    """The layers of one member of a family, each of which fits what comes before it.

    The arguments are those of ``architectures.network``. Raises UserError where there is no such family
    and where its file is wrong: one line that names the file, the width, the layer and what was expected.
    """
    if family not in architectures.names():
        raise UserError(f"family {family!r}: expected one of {', '.join(architectures.names())}")
    file = f"scripts/widthwise/networks/architectures/{family}.py"
    try:
        found = architectures.network(family, width, classes, dropout, image_shape)
    except (Exception, SystemExit) as error:
        raise UserError(_of_code(file, error)) from error
    try:
        output = _output(found, "network", tuple(image_shape))
        if output != (classes,):
            raise ValueError(
                f"network[-1] = {_text(found[-1])}: gives {output}, expected ({classes},), a logit per class"
            )
    except (ValueError, TypeError) as error:
        raise UserError(f"{file}, width {width:g}: {error}") from None
    return found


def _of_code(file, error):
    """One line for what the file's code raised, with the line of the code where it is known."""
    frames = traceback.extract_tb(error.__traceback__)
    paths = [str(Path(folder, Path(file).name)) for folder in architectures.__path__]
    numbers = [frame.lineno for frame in frames if frame.filename in paths]
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if numbers:
        return f"{file}:{numbers[-1]}: {said}"
    if isinstance(error, SyntaxError):
        return f"{file}:{error.lineno}: {type(error).__name__}: {error.msg}"
    expected = "network(width, classes, dropout) or network(width, classes, dropout, image_shape)"
    return f"{file}: {said}; expected a function {expected}"


def _output(network, name, shape):
    """The shape that layers give; ValueError or TypeError, with the layer's index, where one does not fit."""
    if not isinstance(network, tuple):
        raise ValueError(f"{name}: found {_text(network)}, expected a tuple of layers")
    if not network:
        raise ValueError(f"{name}: is empty, expected layers")
    for index, layer in enumerate(network):
        where = f"{name}[{index}]"
        if type(layer) not in get_args(layers.Layer):
            raise ValueError(f"{where}: found {_text(layer)}, expected a layer of networks/layers.py")
        outputs = tuple(
            _output(branch, branch_name, shape) if branch != () else shape
            for branch_name, branch in _branches(layer, where)
        )
        try:
            _check_fields(layer)
            _check_input(layer, shape)
            output = counts.count(layer, shape, outputs).output
            if min(output) < 1:
                raise ValueError(f"gives {output} from {shape}, expected a map of at least 1x1")
        except (ValueError, TypeError) as error:
            raise type(error)(f"{where} = {_text(layer)}: {error}") from None
        shape = output
    return shape


def _branches(layer, where):
    """(name, layers) of each branch."""
    match layer:
        case layers.Residual(branch) | layers.Scale(branch):
            if branch == ():
                raise ValueError(f"{where}.layers: is empty, expected layers")
            return [(f"{where}.layers", branch)]
        case layers.Concat(branches):
            if not isinstance(branches, tuple) or not branches:
                raise ValueError(f"{where}.branches: found {_text(branches)}, expected a tuple of branches")
            return [(f"{where}.branches[{index}]", branch) for index, branch in enumerate(branches)]
    return []


def _check_fields(layer):
    for field in fields(layer):
        value = getattr(layer, field.name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if field.type is bool and not isinstance(value, bool):
            expected = "True or False"
        elif field.type is int and not (number and isinstance(value, int) and value >= 1):
            expected = "a whole number (int), at least 1"
        elif field.type is float and not (number and math.isfinite(value) and 0 <= value < 1):
            expected = "a number from 0 to below 1"
        else:
            continue
        raise ValueError(f"{field.name}: found {_text(value)}, expected {expected}")


def _check_input(layer, shape):
    if isinstance(layer, NEED_A_MAP) and len(shape) != 3:
        raise ValueError(f"its input is {shape}, expected a map (height, width, channels)")
    match layer:
        case layers.Dense() if len(shape) != 1:
            raise ValueError(f"its input is {shape}, expected a row of values (pool or flatten the map)")
        case layers.Conv(channels=channels, groups=groups) if channels % groups or shape[-1] % groups:
            raise ValueError(f"groups: {groups} does not divide {shape[-1]} channels into {channels}")
        case layers.ChannelShuffle(groups) if shape[-1] % groups:
            raise ValueError(f"groups: {groups} does not divide {shape[-1]} channels")
        case layers.ChannelSlice(part, parts) if shape[-1] % parts or part > parts:
            raise ValueError(f"there is no part {part} of {parts} equal parts of {shape[-1]} channels")


def _text(value):
    """A value as one line of bounded length."""
    return " ".join(BOUNDED.repr(value).split())
