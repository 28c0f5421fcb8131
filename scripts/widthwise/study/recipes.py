"""How recipes differ, and which of them a recipe is set against."""

from collections.abc import Mapping, Sequence
from typing import Any

Settings = Mapping[str, Any]


def changes(before: Settings, after: Settings) -> dict[str, tuple[Any, Any]]:
    """The settings in which recipes differ, with the value of each: {"augmentation.zoom": (0.1, 0.2)}.

    One that only one of them has is None in the other; a group of settings, say a distillation, that only
    one of them has is one change.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found |= {f"{name}.{inner}": pair for inner, pair in changes(one, other).items()}
        elif one != other:
            found[name] = (one, other)
    return found


def closest_recipe(recipe: str, earlier: Sequence[str], settings: Mapping[str, Settings]) -> str:
    """The one of ``earlier`` from which a recipe differs in the fewest settings, the first of equals.

    So each of several that change one setting of a first is set against that, and each of several that build
    on one another against the one before it. A group that one of them lacks counts as all its settings.
    settings: of each recipe, completed; earlier: not empty.
    """

    def distance(other: str) -> int:
        return sum(max(map(_size, pair)) for pair in changes(settings[other], settings[recipe]).values())

    return min(earlier, key=distance)


def _size(value: Any) -> int:
    """How many settings a value holds."""
    return sum(map(_size, value.values())) if isinstance(value, Mapping) else 1
