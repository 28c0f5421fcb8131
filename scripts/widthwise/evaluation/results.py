"""What comparison.json holds, as records: words, figures and the report read it.

All accuracies and differences are fractions; params, macs and bytes are integers; every ``low`` and
``high`` bounds a 95 % interval. A value that cannot be had is None. ``splits`` are dicts by split.
"""

import json
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from widthwise.study.runs import Run

# Verdicts: "ahead", "behind", "inconclusive". Reasons: None, "one seed", "not distinguishable" and what a
# record names besides.


@dataclass(frozen=True)
class Member:
    """A network of the study: its size, and the mean of its finished seeds."""

    recipe: str
    family: str
    width: float
    params: int
    trainable_params: int
    non_trainable_params: int
    macs: int
    bytes: int
    seeds: list[int]
    accuracy: dict[str, float]  # mean over seeds
    interval: dict[str, tuple[float, float] | None]  # of the mean, over seeds
    images: dict[str, tuple[float, float]]  # of the mean, over images (Wilson)
    own_spread: dict[str, float | None]  # standard deviation of a run over its seeds
    spread: dict[str, float | None]  # the same as used in intervals, shared with networks of its size


@dataclass(frozen=True)
class Change:
    """A difference with its verdict, corrected over the differences that it stands among.

    detectable: the smallest true difference that would be told in 80 % of such studies. With one seed the
    interval is over images alone, p, p_holm and detectable are None and the verdict is "inconclusive":
    it would speak of two trained models, not of architectures.
    """

    difference: float
    low: float
    high: float
    p: float | None
    p_holm: float | None
    detectable: float | None
    verdict: str
    reason: str | None


@dataclass(frozen=True)
class Difference(Change):
    """The accuracy of one network (``family``) less that of another (``control``), and both of them."""

    family: float
    control: float


@dataclass(frozen=True)
class Budget:
    """Two networks whose counts are within 10 %; params: the mean of the two counts."""

    params: int
    family: Member
    control: Member
    splits: dict[str, Difference]


@dataclass(frozen=True)
class Crossing:
    """Where one curve crosses another, as far as the corrected verdicts say.

    status: "ahead" or "behind" at every size, "crosses" (once), "crosses repeatedly" or "inconclusive";
    reason: also "no budget", "one budget"; params: where straight lines over log(params) meet; low, high: the
    sizes nearest to it at which the order is certain, on either side (None unless it crosses once);
    start, stop: the least and the greatest size compared.
    """

    status: str
    reason: str | None
    params: float | None
    low: int | None
    high: int | None
    start: int | None
    stop: int | None


@dataclass(frozen=True)
class Pair:
    """A family against a control at equal sizes (ascending) under one recipe."""

    recipe: str
    family: str
    control: str
    budgets: list[Budget]
    crossing: dict[str, Crossing]


@dataclass(frozen=True)
class RecipeBudget:
    """One size that two recipes compare: the difference under each, and what the second changes in it.

    effect: "turns" (ahead under one, behind under the other), "stays", "changes" (the verdict does, and so
    does the difference, surely), "inconclusive".
    """

    params: int
    base: dict[str, Difference]
    other: dict[str, Difference]
    change: dict[str, Change]
    effect: dict[str, str]


@dataclass(frozen=True)
class RecipePair:
    """A family against a control under two recipes, at the sizes (ascending) that both have."""

    family: str
    control: str
    base: str
    other: str
    budgets: list[RecipeBudget]


@dataclass(frozen=True)
class Plateau:
    """How a curve ends.

    status: "rising", "levels off", "falls" or "inconclusive"; reason: also "one budget". width, params: from
    which network on; gain, low, high: from there to the largest; most: the highest upper bound of the gain
    from there to any later network; detectable: as of ``Change``; whole: the gain (gain, low, high) from
    the smallest to the largest, if certain. Rising: from the second largest on.
    """

    status: str
    reason: str | None
    largest_params: int
    width: float | None = None
    params: int | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    most: float | None = None
    detectable: float | None = None
    whole: dict[str, float] | None = None


@dataclass(frozen=True)
class Curve:
    """A family under one recipe, by parameters."""

    recipe: str
    family: str
    members: list[Member]
    splits: dict[str, Plateau]


@dataclass(frozen=True)
class LargeSmall:
    """Question 1 under one recipe: family = small, control = large; ratio: params of large / of small.

    Corrected over all sizes where ``pairs`` has this pair, too.
    """

    recipe: str
    small: Member
    large: Member
    ratio: float
    splits: dict[str, Difference]


@dataclass(frozen=True)
class OtherRecipe:
    """A network under another recipe; control = the base; corrected over the recipes of the network."""

    member: Member
    splits: dict[str, Difference]


@dataclass(frozen=True)
class RecipeEffect:
    """A network under a recipe, and under those that are set against this one (``closest_recipe``)."""

    base: Member
    others: list[OtherRecipe]


@dataclass(frozen=True)
class SpreadCheck:
    """Whether networks of one size and recipe vary alike over seeds, as the intervals assume.

    members: (family, width) of each; deviations: their standard deviations on the final split; p: of
    Bartlett's test, None where it cannot be had.
    """

    recipe: str
    params: int
    members: list[tuple[str, float]]
    deviations: list[float]
    p: float | None


@dataclass(frozen=True)
class MissingRun(Run):
    """A planned run that did not finish; status: "failed", "diverged" or "absent"."""

    status: str
    reason: str | None


@dataclass(frozen=True)
class Runs:
    """How many runs were planned, how many finished, and which did not."""

    planned: int
    finished: int
    missing: list[MissingRun]


@dataclass(frozen=True)
class Network:
    """The layer table of a network; layers: rows of ``counts.layer_table``."""

    family: str
    width: float
    params: int
    trainable_params: int
    non_trainable_params: int
    macs: int
    layers: list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """comparison.json.

    families: MobileNet first, controls last; splits: images in each; final: "pooled" or "validation", what
    verdicts are given on; leak: {split: {"exact", "near"}}, images with a copy in Training; networks: the
    ``large_small`` members; pareto: the members that no other with as few parameters beats on validation;
    best: by validation accuracy; method: what the intervals assume.
    """

    dataset: str
    stand_in: bool
    level: float
    power: float
    method: dict[str, str]
    families: list[str]
    recipes: list[str]
    splits: dict[str, int]
    final: str
    leak: dict[str, dict[str, int]]
    runs: Runs
    pairs: list[Pair]
    recipe_pairs: list[RecipePair]
    curves: list[Curve]
    large_small: list[LargeSmall]
    recipe_effects: list[RecipeEffect]
    spread_checks: list[SpreadCheck]
    networks: list[Network]
    pareto: list[Member]
    best: Member | None


def read(path: str | Path) -> Comparison:
    """The comparison that a comparison.json holds."""
    return _typed(Comparison, json.loads(Path(path).read_text("utf-8")))


def _typed(kind: Any, value: Any) -> Any:
    """A value of JSON as a type of this module."""
    origin, arguments = get_origin(kind), get_args(kind)
    if value is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        kinds = get_type_hints(kind)
        return kind(**{name: _typed(kinds[name], inner) for name, inner in value.items()})
    if origin is UnionType:
        return _typed(arguments[0], value)
    if origin is list:
        return [_typed(arguments[0], inner) for inner in value]
    if origin is dict:
        return {name: _typed(arguments[1], inner) for name, inner in value.items()}
    return tuple(value) if origin is tuple else value
