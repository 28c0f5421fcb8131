"""The families of networks, one file each: a family is there because its file is.

A family's file defines ``network(width, classes, dropout)``: the tuple of ``layers`` records of
its member at that width multiplier. The last layer gives one logit per class.
"""

import importlib
import pkgutil

from widthwise.plumbing.errors import UserError


def names():
    """The families that exist, sorted (list of str)."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def network(family, width, classes, dropout=0.0):
    """The layers of one member of a family.

    family: a file's name in this folder; width: multiplier of every channel count, > 0;
    classes: number of labels, >= 2; dropout: rate in [0, 1).
    Returns a tuple of ``layers`` records. Raises UserError where there is no such family.
    """
    if family not in names():
        raise UserError(f"family {family!r}: there is none of that name; there are {', '.join(names())}")
    try:
        return importlib.import_module(f"{__name__}.{family}").network(width, classes, dropout)
    except Exception as error:
        message = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise UserError(f"scripts/widthwise/networks/architectures/{family}.py: {message}") from error


def scaled(channels, width):
    """A channel count times the width multiplier, to the nearest whole channel, at least one."""
    return max(1, int(channels * width + 0.5))
