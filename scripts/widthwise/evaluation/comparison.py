"""The families set against each other, as comparison.json, whose shape ``results`` holds."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from widthwise.evaluation.aggregation import COUNTS, NETWORK, WITHIN, groups_of_size
from widthwise.evaluation.metrics import SPLITS, final_split
from widthwise.evaluation.results import (
    Budget,
    Change,
    Comparison,
    Crossing,
    Curve,
    Difference,
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
from widthwise.evaluation.statistics import (
    LEVEL,
    POWER,
    Estimate,
    contrast,
    holm,
    seed_interval,
    shared_spreads,
    wilson_interval,
)
from widthwise.networks import architectures, counts
from widthwise.plumbing.errors import UserError

CONTROLS = ("plain", "cnn")  # what other families are set against, last in every pair
NEGLIGIBLE = 0.02  # two trainings of one network may differ by as much on 3,589 images
SMALL, LARGE = "mobilenet", "cnn"  # the families of question 1
METHOD = {
    "spread": "The variance of a network over seeds is the larger of its own and the one pooled over all "
    "networks of its recipe within 10 % of its parameters, with the degrees of freedom of the pooled one. "
    "Assumed: networks of one size and recipe vary alike (spread_checks); sizes and recipes need not.",
    "interval": "A mean: Student's t over seeds, on these very images. A difference: images paired between "
    "networks and crossed with seeds, both drawn at random; t with Satterthwaite's degrees of freedom.",
    "correction": "Holm, over the sizes of a pair, or over the recipes or sizes set against one; intervals "
    "are not corrected. detectable: what the strictest of the corrected tests tells in 80 % of studies.",
}


class Study:
    """The finished runs of one data set, with their answers per split.

    metrics, predictions: paths, run by run in the same order.
    """

    def __init__(self, metrics: Iterable, predictions: Iterable):
        self.runs = [json.loads(Path(path).read_text("utf-8")) for path in metrics]
        pairs = sorted(zip(self.runs, predictions, strict=True), key=lambda pair: _key(pair[0]))
        finished = [(run, path) for run, path in pairs if run["status"] == "finished"]
        self.networks = {}  # (recipe, family, width) -> its runs' columns
        for column, (run, _) in enumerate(finished):
            self.networks.setdefault(_key(run)[:3], []).append(column)
        self.finished = [run for run, _ in finished]
        self.right = _answers([path for _, path in finished])
        self.splits = {split: len(right) for split, right in self.right.items()}
        self.final = final_split(self.splits)
        firsts = [self.finished[columns[0]] for columns in self.networks.values()]
        self.groups = groups_of_size([run["recipe"] for run in firsts], [run["params"] for run in firsts])
        self.accuracies = {split: right.mean(axis=0) for split, right in self.right.items()}
        self.spreads = {
            split: dict(zip(self.networks, self._shared(accuracies), strict=True))
            for split, accuracies in self.accuracies.items()
        }
        self.members = {network: self._member(network) for network in self.networks}

    def _shared(self, accuracies):
        return shared_spreads(self.groups, [accuracies[columns] for columns in self.networks.values()])

    def _member(self, network) -> Member:
        columns = self.networks[network]
        runs = [self.finished[column] for column in columns]
        accuracy, interval, images, own, shared = {}, {}, {}, {}, {}
        for split, rows in self.splits.items():
            values, spread = self.accuracies[split][columns], self.spreads[split][network]
            mean = float(self.right[split][:, columns].mean())  # one division: equal scores are equal floats
            accuracy[split], images[split] = mean, wilson_interval(mean * rows, rows)
            interval[split] = seed_interval(values, spread)
            own[split] = spread and float(values.std(ddof=1))
            shared[split] = spread and spread.variance**0.5
        return Member(
            **{name: runs[0][name] for name in (*NETWORK, *COUNTS)},
            seeds=[run["seed"] for run in runs],
            accuracy=accuracy,
            interval=interval,
            images=images,
            own_spread=own,
            spread=shared,
        )

    def of(self, recipe: str, family: str) -> list[Member]:
        """The members of a family under a recipe, by parameters ascending."""
        members = [
            member for member in self.members.values() if (member.recipe, member.family) == (recipe, family)
        ]
        return sorted(members, key=lambda member: member.params)

    def changes(self, contrasts: Sequence[Sequence[tuple[int, Member]]]) -> list[dict[str, Change]]:
        """Per contrast (members with signs), per split, the change; p values corrected over the contrasts."""
        tables = [{} for _ in contrasts]
        for split, right in self.right.items():
            estimates = []
            for members in contrasts:
                networks = [(sign, (member.recipe, member.family, member.width)) for sign, member in members]
                spreads = self.spreads[split]
                estimates.append(
                    contrast(right, [(sign, self.networks[name], spreads[name]) for sign, name in networks])
                )
            tested = [estimate.p for estimate in estimates if estimate.seeds]
            corrected = iter(holm(tested))
            for table, estimate in zip(tables, estimates, strict=True):
                table[split] = _change(estimate, next(corrected) if estimate.seeds else None, len(tested))
        return tables

    def differences(self, pairs: Sequence[tuple[Member, Member]]) -> list[dict[str, Difference]]:
        """Per pair of members, per split, their difference; p values corrected over the pairs."""
        tables = self.changes([((1, first), (-1, second)) for first, second in pairs])
        return [
            {
                split: Difference(
                    **vars(change), family=first.accuracy[split], control=second.accuracy[split]
                )
                for split, change in table.items()
            }
            for (first, second), table in zip(pairs, tables, strict=True)
        ]


def _place(family):
    """Sorts families: MobileNet first, the controls last, others by name between them."""
    return family in CONTROLS and 1 + CONTROLS.index(family), family != SMALL, family


def _key(run) -> tuple[str, str, float, int]:
    return run["recipe"], run["family"], run["width"], run["seed"]


def _answers(predictions):
    """Which image each run has right: {split: bool (images, runs)}, in the order of splits, pooled last."""
    columns = {}
    for path in predictions:
        table = pd.read_csv(path, usecols=["split", "label", "predicted"])
        for split, rows in table[table.label >= 0].groupby("split"):
            columns.setdefault(split, []).append((rows.label == rows.predicted).to_numpy())
    right = {split: np.stack(columns[split], axis=1) for split in SPLITS if split in columns}
    halves = [right[split] for split in ("public", "private") if split in right]
    return right | ({"pooled": np.concatenate(halves)} if halves else {})


def _change(estimate: Estimate, p_holm: float | None, tests: int) -> Change:
    verdict, reason = "inconclusive", None
    if not estimate.seeds:
        reason = "one seed"
    elif p_holm >= 1 - LEVEL:
        reason = "not distinguishable"
    else:
        verdict = "ahead" if estimate.difference > 0 else "behind"
    return Change(
        difference=estimate.difference,
        low=estimate.low,
        high=estimate.high,
        p=estimate.p if estimate.seeds else None,
        p_holm=p_holm,
        detectable=estimate.detectable(tests) if estimate.seeds else None,
        verdict=verdict,
        reason=reason,
    )


def matched(first: Sequence[Member], second: Sequence[Member]) -> list[tuple[Member, Member]]:
    """Members of two families at equal budgets: pairs whose counts are within 10 %, mutually closest.

    first, second: members by parameters ascending. Returns the pairs, ascending.
    """

    def closest(member, others):
        return min(others, key=lambda other: abs(np.log(other.params / member.params)))

    pairs = [(member, closest(member, second)) for member in first if second]
    return [
        (member, other)
        for member, other in pairs
        if closest(other, first) is member
        and max(member.params, other.params) <= WITHIN * min(member.params, other.params)
    ]


def _pair(study, recipe, family, control) -> Pair:
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


def _recipe_pairs(study, pairs: Sequence[Pair], recipe_order) -> list[RecipePair]:
    by_families = {}
    for pair in sorted(pairs, key=lambda pair: recipe_order.index(pair.recipe)):
        by_families.setdefault((pair.family, pair.control), []).append(pair)
    return [
        _recipe_pair(study, base, other)
        for base, *others in by_families.values()
        for other in others
        if _common(base, other)
    ]


def _common(base: Pair, other: Pair) -> list[tuple[Budget, Budget]]:
    """The budgets that have the same two networks under both recipes."""
    widths = {(budget.family.width, budget.control.width): budget for budget in other.budgets}
    common = [(budget, widths.get((budget.family.width, budget.control.width))) for budget in base.budgets]
    return [(budget, same) for budget, same in common if same]


def _recipe_pair(study, base: Pair, other: Pair) -> RecipePair:
    common = _common(base, other)
    contrasts = [
        ((1, second.family), (-1, second.control), (-1, first.family), (1, first.control))
        for first, second in common
    ]
    budgets = [
        RecipeBudget(
            first.params,
            first.splits,
            second.splits,
            change,
            {split: effect(first.splits[split], second.splits[split], change[split]) for split in change},
        )
        for (first, second), change in zip(common, study.changes(contrasts), strict=True)
    ]
    return RecipePair(base.family, base.control, base.recipe, other.recipe, budgets)


def effect(base: Change, other: Change, change: Change) -> str:
    """What another recipe does to a verdict: "turns", "stays", "changes" or "inconclusive"."""
    if "inconclusive" in (base.verdict, other.verdict):
        return "inconclusive" if change.verdict == "inconclusive" else "changes"
    return "stays" if base.verdict == other.verdict else "turns"


def _curve(study, recipe, family) -> Curve:
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


def plateau(members: Sequence[Member], gains: Sequence[Change], bounds: dict) -> Plateau:
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
    start = rising.index(False) if False in rising else len(gains) - 1
    status, reason = "rising", None
    if falls:
        start = min(falls, key=lambda index: gains[index].difference)
        status = "falls"
    most = max(bounds[start, later] for later in range(start + 1, len(members)))
    if not falls and not rising[start]:
        status, reason = (
            ("levels off", None) if most < NEGLIGIBLE else ("inconclusive", "not distinguishable")
        )
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


def _large_small(study, recipe) -> LargeSmall | None:
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


def _recipe_effects(study, recipe_order) -> list[RecipeEffect]:
    by_network = {}
    for member in study.members.values():
        by_network.setdefault((member.family, member.width), []).append(member)
    effects = []
    for _, members in sorted(by_network.items()):
        base, *others = sorted(members, key=lambda member: recipe_order.index(member.recipe))
        if others:
            tables = study.differences([(member, base) for member in others])
            effects.append(
                RecipeEffect(
                    base,
                    [OtherRecipe(member, table) for member, table in zip(others, tables, strict=True)],
                )
            )
    return effects


def _spread_checks(study) -> list[SpreadCheck]:
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


def _network(member: Member, classes, image_shape) -> Network:
    layers = counts.layer_table(
        architectures.network(member.family, member.width, classes, image_shape=image_shape), image_shape
    )
    rows = [asdict(row) | {"params": row.params} for row in layers]
    return Network(**{name: getattr(member, name) for name in ("family", "width", *COUNTS[:-1])}, layers=rows)


def pareto(members: Iterable[Member]) -> list[Member]:
    """The members that none with as few parameters beats on validation, by parameters ascending."""
    front = []
    for member in sorted(members, key=lambda member: (member.params, -member.accuracy["validation"])):
        if not front or member.accuracy["validation"] > front[-1].accuracy["validation"]:
            front.append(member)
    return front


def _best(members) -> Member | None:
    """The member that validates best, the smaller at a tie; None of none."""
    return max(members, key=lambda member: (member.accuracy["validation"], -member.params), default=None)


def _runs(study, planned) -> Runs:
    known = {_key(run): run for run in study.runs}
    missing = []
    for run in sorted(map(_key, planned)):
        state = known.get(run, {"status": "absent", "reason": None})
        if state["status"] != "finished":
            missing.append(MissingRun(*run, state["status"], state["reason"]))
    return Runs(len(planned), len(study.finished), missing)


def _leak(duplicates, splits):
    table = pd.read_csv(duplicates)
    return {
        split: {
            kind: int(((table.split == split) & (table.kind == kind)).sum()) for kind in ("exact", "near")
        }
        for split in splits
        if split != "pooled"
    }


def _rounded(value):
    """Floats to nine significant digits: beyond that, machines may differ."""
    match value:
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_rounded(inner) for inner in value]
        case float():
            return float(f"{value:.9g}")
    return value


def compare(metrics, predictions, sweep, manifest, duplicates, output, recipe_order) -> None:
    """Write comparison.json.

    metrics, predictions: the paths of all runs, in the same order; sweep, manifest, duplicates: paths of
    sweep.json, manifest.json and duplicates.csv; output: path to write; recipe_order: names of recipes,
    the one that others are set against first. Raises UserError where no run has finished.
    """
    sweep, manifest = (json.loads(Path(path).read_text("utf-8")) for path in (sweep, manifest))
    study = Study(metrics, predictions)
    if not study.finished:
        raise UserError(f"{output}: found no finished run among {len(study.runs)}, expected at least one")
    families = sorted({family for _, family, _ in study.networks}, key=_place)
    recipes = sorted({recipe for recipe, _, _ in study.networks})
    present = [(recipe, family) for recipe in recipes for family in families if study.of(recipe, family)]
    large_small = [row for row in (_large_small(study, recipe) for recipe in recipes) if row]
    shown = {
        (member.family, member.width): member for row in large_small for member in (row.small, row.large)
    }
    shape, classes = tuple(manifest["image_shape"]), len(manifest["classes"])
    members = list(study.members.values())
    pairs = [
        _pair(study, recipe, family, control)
        for recipe in recipes
        for family, control in combinations(families, 2)
        if (recipe, family) in present and (recipe, control) in present
    ]
    comparison = Comparison(
        dataset=manifest["dataset"],
        stand_in=manifest["stand_in"],
        level=LEVEL,
        power=POWER,
        method=METHOD,
        families=families,
        recipes=recipes,
        splits=study.splits,
        final=study.final,
        leak=_leak(duplicates, study.splits),
        runs=_runs(study, sweep["runs"]),
        pairs=pairs,
        recipe_pairs=_recipe_pairs(study, pairs, recipe_order),
        curves=[_curve(study, recipe, family) for recipe, family in present],
        large_small=large_small,
        recipe_effects=_recipe_effects(study, recipe_order),
        spread_checks=_spread_checks(study),
        networks=[_network(member, classes, shape) for member in shown.values()],
        pareto=pareto(members),
        best=_best(members),
    )
    Path(output).write_text(json.dumps(_rounded(asdict(comparison)), indent=1), "utf-8")
