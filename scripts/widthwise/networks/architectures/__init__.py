"""The families of networks, one file each: a family is there because its file is.

A family's file defines ``network(width, classes, dropout)``, or ``network(width, classes, dropout,
image_shape)``: the tuple of ``layers`` records of its member at that width multiplier, for every width
above 0. The last layer gives one logit per class. ``check`` says in one line what is wrong with one.
"""

import importlib
import inspect
import pkgutil

from widthwise.networks.layers import Network


def names() -> list[str]:
    """The families that exist, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def network(
    family: str,
    width: float,
    classes: int,
    dropout: float = 0.0,
    image_shape: tuple[int, int, int] | None = None,
) -> Network:
    """The layers of one member of a family, as its file gives them: ``check.network`` checks them.

    family: a file's name in this folder; width: multiplier of every channel count, > 0;
    classes: number of labels, >= 2; dropout: rate in [0, 1); image_shape: (height, width, channels),
    for the families that ask for it.
    """
    function = importlib.import_module(f"{__name__}.{family}").network
    asks = "image_shape" in inspect.signature(function).parameters
    return function(width, classes, dropout, **({"image_shape": tuple(image_shape)} if asks else {}))


def scaled(channels: int, width: float) -> int:
    """A channel count times the width multiplier, to the nearest whole channel, at least one."""
    return max(1, int(channels * width + 0.5))
