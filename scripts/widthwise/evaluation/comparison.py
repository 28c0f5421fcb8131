"""The families set against each other, as comparison.json, whose shape ``results`` holds.

In the order of what it says: families at equal sizes, the same under other recipes, how curves end, the
large network against the small one, recipes on one network, what the intervals assume, the smallest networks
that do, and what is missing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from widthwise.evaluation.aggregation import COUNTS, WITHIN
from widthwise.evaluation.contrasts import Study, run_key
from widthwise.evaluation.results import (
    Budget,
    Change,
    Comparison,
    Crossing,
    Curve,
    LargeSmall,
    Member,
    MissingRun,
    Network,
    OtherRecipe,
    Pair,
    Plateau,
    RecipeBudget,
    RecipeEffect,
    RecipePair,
    Runs,
    SpreadCheck,
)
from widthwise.evaluation.statistics import LEVEL, POWER
from widthwise.networks import architectures, counts
from widthwise.plumbing.errors import UserError
from widthwise.study.recipes import Settings, closest_recipe

CONTROLS = ("plain", "cnn")  # what other families are set against, last in every pair
NEGLIGIBLE = 0.02  # two trainings of one network may differ by as much on 3,589 images
SMALL, LARGE = "mobilenet", "cnn"  # the families of question 1
METHOD = {
    "spread": "The variance of a network over seeds is the larger of its own and the one pooled over all "
    "networks of its recipe within 10 % of its parameters, with the degrees of freedom of the pooled one. "
    "Assumed: networks of one size and recipe vary alike (spread_checks); sizes and recipes need not.",
    "interval": "A mean: Student's t over seeds, on these very images. A difference: images paired between "
    "networks and crossed with seeds, both drawn at random; t with Satterthwaite's degrees of freedom.",
    "correction": "Holm, over the sizes of a pair, the recipes of a network, or the sizes set against one; "
    "intervals are not corrected. detectable: what the strictest of the corrected tests tells in 80 % of "
    "studies.",
}


def compare(
    metrics: Iterable[str | Path],
    predictions: Iterable[str | Path],
    sweep: str | Path,
    manifest: str | Path,
    duplicates: str | Path,
    output: str | Path,
    recipes: Mapping[str, Settings],
) -> None:
    """Write comparison.json.

    metrics, predictions: the paths of all runs, in the same order; sweep, manifest, duplicates: paths of
    sweep.json, manifest.json and duplicates.csv; output: path to write; recipes: {name: its settings} in
    the order of the sweep. Raises UserError where no run has finished.
    """
    study = Study(metrics, predictions)
    if not study.finished:
        raise UserError(f"{output}: found no finished run among {len(study.runs)}, expected at least one")
    planned = json.loads(Path(sweep).read_text("utf-8"))["runs"]
    described = json.loads(Path(manifest).read_text("utf-8"))
    families = sorted({family for _, family, _ in study.networks}, key=_place)
    trained = {recipe for recipe, _, _ in study.networks}
    finished = [name for name in recipes if name in trained]
    pairs = [
        _pair(study, recipe, family, control)
        for recipe in finished
        for family, control in combinations(families, 2)
        if study.of(recipe, family) and study.of(recipe, control)
    ]
    large_small = [row for row in (_large_small(study, recipe) for recipe in finished) if row]
    members = list(study.members.values())
    comparison = Comparison(
        dataset=described["dataset"],
        stand_in=described["stand_in"],
        level=LEVEL,
        power=POWER,
        method=METHOD,
        families=families,
        recipes=finished,
        splits=study.splits,
        final=study.final,
        leak=_leak(duplicates, study.splits),
        runs=_runs(study, planned),
        pairs=pairs,
        recipe_pairs=_recipe_pairs(study, pairs),
        curves=[
            _curve(study, recipe, family)
            for recipe in finished
            for family in families
            if study.of(recipe, family)
        ],
        large_small=large_small,
        recipe_effects=_recipe_effects(study, recipes),
        spread_checks=_spread_checks(study),
        networks=_layer_tables(large_small, described),
        pareto=pareto(members),
        best=max(members, key=lambda member: (member.accuracy["validation"], -member.params)),
    )
    Path(output).write_text(json.dumps(_rounded(asdict(comparison)), indent=1), "utf-8")


def _place(family: str) -> tuple[int, bool, str]:
    """Sorts families: MobileNet first, the controls last, others by name between them."""
    return family in CONTROLS and 1 + CONTROLS.index(family), family != SMALL, family


def matched(first: Sequence[Member], second: Sequence[Member]) -> list[tuple[Member, Member]]:
    """Members of two families at equal budgets: pairs whose counts are within 10 %, mutually closest.

    first, second: members by parameters ascending. Returns the pairs, ascending.
    """

    def closest(member: Member, others: Sequence[Member]) -> Member:
        return min(others, key=lambda other: abs(np.log(other.params / member.params)))

    pairs = [(member, closest(member, second)) for member in first if second]
    return [
        (member, other)
        for member, other in pairs
        if closest(other, first) is member
        and max(member.params, other.params) <= WITHIN * min(member.params, other.params)
    ]


def _pair(study: Study, recipe: str, family: str, control: str) -> Pair:
    pairs = matched(study.of(recipe, family), study.of(recipe, control))
    budgets = [
        Budget(round((first.params + second.params) / 2), first, second, table)
        for (first, second), table in zip(pairs, study.differences(pairs), strict=True)
    ]
    curves = {split: [(budget.params, budget.splits[split]) for budget in budgets] for split in study.splits}
    crossing = {split: crossing_of(curve) for split, curve in curves.items()}
    return Pair(recipe, family, control, budgets, crossing)


def crossing_of(budgets: Sequence[tuple[int, Change]]) -> Crossing:
    """Whether and where the order of two curves turns: no more than the verdicts at each size say.

    budgets: (parameters, the difference there), ascending.
    """
    sizes = {"start": budgets[0][0], "stop": budgets[-1][0]} if budgets else {"start": None, "stop": None}
    nowhere = {"params": None, "low": None, "high": None} | sizes
    told = [(params, change.verdict) for params, change in budgets if change.verdict != "inconclusive"]
    turns = [(left[0], right[0]) for left, right in pairwise(told) if left[1] != right[1]]
    if len(turns) > 1:
        return Crossing("crosses repeatedly", None, **nowhere)
    if turns:
        ((low, high),) = turns
        between = [(params, change.difference) for params, change in budgets if low <= params <= high]
        (left, before), (right, after) = [
            steps for steps in pairwise(between) if (steps[0][1] > 0) != (steps[1][1] > 0)
        ][-1]
        params = left * (right / left) ** (before / (before - after))
        return Crossing("crosses", None, params, low, high, **sizes)
    if len(budgets) < 2:
        return Crossing("inconclusive", "one budget" if budgets else "no budget", **nowhere)
    if len(told) == len(budgets):
        return Crossing(told[0][1], None, **nowhere)
    one_seed = any(change.reason == "one seed" for _, change in budgets)
    return Crossing("inconclusive", "one seed" if one_seed else "not distinguishable", **nowhere)


def _recipe_pairs(study: Study, pairs: Sequence[Pair]) -> list[RecipePair]:
    by_families: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        by_families.setdefault((pair.family, pair.control), []).append(pair)
    return [
        _recipe_pair(study, base, other, common)
        for base, *others in by_families.values()
        for other in others
        if (common := _common(base, other))
    ]


def _common(base: Pair, other: Pair) -> list[tuple[Budget, Budget]]:
    """The budgets that have the same two networks under both recipes."""
    same = {(budget.family.width, budget.control.width): budget for budget in other.budgets}
    widths = [(budget.family.width, budget.control.width) for budget in base.budgets]
    return [(budget, same[both]) for budget, both in zip(base.budgets, widths, strict=True) if both in same]


def _recipe_pair(
    study: Study, base: Pair, other: Pair, common: Sequence[tuple[Budget, Budget]]
) -> RecipePair:
    changes = study.changes(
        [
            ((1, second.family), (-1, second.control), (-1, first.family), (1, first.control))
            for first, second in common
        ]
    )
    budgets = [
        RecipeBudget(
            first.params,
            first.splits,
            second.splits,
            change,
            {split: effect(first.splits[split], second.splits[split], change[split]) for split in change},
        )
        for (first, second), change in zip(common, changes, strict=True)
    ]
    return RecipePair(base.family, base.control, base.recipe, other.recipe, budgets)


def effect(base: Change, other: Change, change: Change) -> str:
    """What another recipe does to a verdict: "turns", "stays", "changes" or "inconclusive"."""
    if "inconclusive" in (base.verdict, other.verdict):
        return "inconclusive" if change.verdict == "inconclusive" else "changes"
    return "stays" if base.verdict == other.verdict else "turns"


def _curve(study: Study, recipe: str, family: str) -> Curve:
    members = study.of(recipe, family)
    gains = study.differences([(members[-1], member) for member in members[:-1]])
    steps = list(combinations(range(len(members)), 2))
    later = dict(zip(steps, study.differences([(members[j], members[i]) for i, j in steps]), strict=True))
    plateaus = {
        split: plateau(
            members,
            [gain[split] for gain in gains],
            {step: table[split].high for step, table in later.items()},
        )
        for split in study.splits
    }
    return Curve(recipe, family, members, plateaus)


def plateau(
    members: Sequence[Member], gains: Sequence[Change], bounds: Mapping[tuple[int, int], float]
) -> Plateau:
    """Whether a curve still rises at its largest network, levels off, or falls.

    members: by parameters; gains: from each but the largest to the largest; bounds: {(i, j): upper bound of
    the gain from member i to member j}.

    It falls where the largest is surely (Holm) below an earlier one. Otherwise members are tested from the
    smallest up until one's gain cannot be told: in that fixed order no correction is needed (Maurer, Hothorn
    and Lehmacher 1995). No gain found is no proof of none: it levels off only where no later network can have
    gained ``NEGLIGIBLE`` or more.
    """
    largest = members[-1].params
    if not gains or any(gain.reason == "one seed" for gain in gains):
        return Plateau("inconclusive", "one seed" if gains else "one budget", largest)
    rising = [gain.low > 0 for gain in gains]
    falls = [index for index, gain in enumerate(gains) if gain.verdict == "behind"]
    if falls:
        status, start = "falls", min(falls, key=lambda index: gains[index].difference)
    elif all(rising):
        status, start = "rising", len(gains) - 1
    else:
        status, start = "levels off", rising.index(False)
    most = max(bounds[start, later] for later in range(start + 1, len(members)))
    reason = None
    if status == "levels off" and most >= NEGLIGIBLE:
        status, reason = "inconclusive", "not distinguishable"
    gain = gains[start]
    return Plateau(
        status,
        reason,
        largest,
        width=members[start].width,
        params=members[start].params,
        gain=gain.difference,
        low=gain.low,
        high=gain.high,
        most=most,
        detectable=gain.detectable,
        whole={"gain": gains[0].difference, "low": gains[0].low, "high": gains[0].high}
        if rising[0]
        else None,
    )


def _large_small(study: Study, recipe: str) -> LargeSmall | None:
    small = study.of(recipe, SMALL)
    large = study.of(recipe, LARGE)
    if not (small and large):
        return None
    pair = min(small, key=lambda member: abs(np.log(member.width))), large[-1]
    # a pair that question 4 compares, too, must get the same verdict here: corrected with the other sizes
    compared = matched(small, large)
    compared = compared if pair in compared else [pair]
    splits = study.differences(compared)[compared.index(pair)]
    return LargeSmall(recipe, *pair, ratio=pair[1].params / pair[0].params, splits=splits)


def _recipe_effects(study: Study, recipes: Mapping[str, Settings]) -> list[RecipeEffect]:
    """Each network's recipes, each but the first set against one before it."""
    order = list(recipes)
    by_network: dict[tuple[str, float], dict[str, Member]] = {}
    for member in sorted(study.members.values(), key=lambda member: order.index(member.recipe)):
        by_network.setdefault((member.family, member.width), {})[member.recipe] = member
    effects = []
    for _, trained in sorted(by_network.items()):
        names = list(trained)
        bases = [closest_recipe(name, names[:place], recipes) for place, name in enumerate(names) if place]
        tables = study.differences(
            [(trained[name], trained[base]) for name, base in zip(names[1:], bases, strict=True)]
        )
        others: dict[str, list[OtherRecipe]] = {}
        for name, base, table in zip(names[1:], bases, tables, strict=True):
            others.setdefault(base, []).append(OtherRecipe(trained[name], table))
        effects += [RecipeEffect(trained[base], compared) for base, compared in others.items()]
    return effects


def _spread_checks(study: Study) -> list[SpreadCheck]:
    """One per recipe and size at which several networks have several seeds."""
    members, accuracies = list(study.members.values()), study.accuracies[study.final]
    checks = {}
    for group in study.groups:
        alike = [members[index] for index in group if len(members[index].seeds) > 1]
        if len(alike) < 2:
            continue
        names = [(member.family, member.width) for member in alike]
        values = [
            accuracies[study.networks[member.recipe, *name]]
            for member, name in zip(alike, names, strict=True)
        ]
        deviations = [float(runs.std(ddof=1)) for runs in values]
        p = float(stats.bartlett(*values).pvalue) if all(deviations) else None
        params = round(np.mean([member.params for member in alike]))
        checks[tuple(group)] = SpreadCheck(alike[0].recipe, params, names, deviations, p)
    return list(checks.values())


def pareto(members: Iterable[Member]) -> list[Member]:
    """The members that none with as few parameters beats on validation, by parameters ascending."""
    front = []
    for member in sorted(members, key=lambda member: (member.params, -member.accuracy["validation"])):
        if not front or member.accuracy["validation"] > front[-1].accuracy["validation"]:
            front.append(member)
    return front


def _layer_tables(large_small: Sequence[LargeSmall], manifest: dict[str, Any]) -> list[Network]:
    """Each network of question 1 once, with its layers."""
    shape, classes = tuple(manifest["image_shape"]), len(manifest["classes"])
    members = {
        (member.family, member.width): member for row in large_small for member in (row.small, row.large)
    }
    tables = []
    for (family, width), member in members.items():
        layers = counts.layer_table(architectures.network(family, width, classes, image_shape=shape), shape)
        sizes = {name: getattr(member, name) for name in ("family", "width", *COUNTS[:-1])}
        tables.append(Network(**sizes, layers=[asdict(row) | {"params": row.params} for row in layers]))
    return tables


def _runs(study: Study, planned: Sequence[dict[str, Any]]) -> Runs:
    known = {run_key(run): run for run in study.runs}
    missing = []
    for run in sorted(map(run_key, planned)):
        state = known.get(run, {"status": "absent", "reason": None})
        if state["status"] != "finished":
            missing.append(MissingRun(*run, state["status"], state["reason"]))
    return Runs(len(planned), len(study.finished), missing)


def _leak(duplicates: str | Path, splits: Iterable[str]) -> dict[str, dict[str, int]]:
    table = pd.read_csv(duplicates)
    return {
        split: {
            kind: int(((table.split == split) & (table.kind == kind)).sum()) for kind in ("exact", "near")
        }
        for split in splits
        if split != "pooled"
    }


def _rounded(value: Any) -> Any:
    """Floats to nine significant digits: beyond that, machines may differ."""
    match value:
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_rounded(inner) for inner in value]
        case float():
            return float(f"{value:.9g}")
    return value
