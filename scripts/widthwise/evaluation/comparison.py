"""The families set against each other, as comparison.json: what words, figures and the report read.

All accuracies and differences are fractions; params, macs and bytes are integers; every ``low`` and
``high`` bounds a 95 % interval and is null where it cannot be had. Its shape::

    {"dataset", "stand_in", "level", "replicates",
     "families": [...], "recipes": [...],          # MobileNet first, controls last; by name
     "splits": {split: images},                    # in order, only those there are
     "final": "pooled" | "validation",             # what the verdicts are given on
     "leak": {split: {"exact": n, "near": n}},     # pictures with a copy in Training
     "runs": {"planned", "finished", "missing": [{recipe, family, width, seed, "status", "reason"}]},
                                                   # status: failed | diverged | absent
     "pairs": [                                    # one per recipe and pair of families
       {"recipe", "family", "control",
        "budgets": [                               # ascending, counts within 10 % of each other
          {"params",                               # the mean of the two counts
           "family": MEMBER, "control": MEMBER,
           "splits": {split: DIFFERENCE},
           "mcnemar": [{"family_seed", "control_seed", "only_family", "only_control", "p"}]}],
                                                   # on the final split, per seed that both have
        "crossing": {split: CROSSING}}],
     "curves": [                                   # one per recipe and family
       {"recipe", "family", "members": [MEMBER],   # by parameters
        "splits": {split: PLATEAU}}],
     "large_small": [                              # question 1, one per recipe that has both
       {"recipe", "small": MEMBER, "large": MEMBER, "ratio",       # params of large / of small
        "splits": {split: DIFFERENCE}}],           # family = small, control = large; corrected over
                                                   # all sizes where "pairs" has this pair, too
     "recipe_effects": [                           # one per network that several recipes trained
       {"base": MEMBER,                            # under the sweep's first recipe that finished
        "others": [{"member": MEMBER, "splits": {split: DIFFERENCE}}]}],
                                                   # control = base; corrected over the others
     "networks": [{"family", "width", "params", "trainable_params", "non_trainable_params", "macs",
        "layers": [{"layer", "output": [...], "params", "trainable_params", "non_trainable_params",
                    "macs"}]}],                    # layer tables of the large_small members
     "pareto": [MEMBER],                           # no other has fewer params and validates better
     "best": MEMBER | null}                        # by validation accuracy

    MEMBER: {"recipe", "family", "width", "params", "trainable_params", "non_trainable_params", "macs",
             "bytes", "seeds": [...], "accuracy": {split: mean over seeds}, "interval": {split: [low, high]
             | null}  (over seeds),  "images": {split: [low, high]}  (Wilson, of the mean over images)}
    DIFFERENCE: {"family", "control" (accuracies), "difference" (family - control), "low", "high", "p",
             "p_holm", "verdict": "ahead" | "behind" | "cannot tell",
             "reason": null | "one seed" | "not distinguishable"}
             With one seed the interval is over images alone, p and p_holm are null, and the
             verdict is "cannot tell": it would speak of two trained models, not of families.
    CROSSING: {"status": "crosses" | "ahead" | "behind" | "cannot tell", "reason": null | "one seed" |
             "no overlap" | "not distinguishable", "params", "low", "high" (of the crossing or null),
             "from", "to" (parameter counts that both families span, or null),
             "left": "ahead" | "behind" | null}    # the family's side of the control below a crossing
    PLATEAU: {"status": "levels off" | "rising" | "cannot tell", "reason": null | "one seed" |
             "one budget" | "not distinguishable", "width", "params" (from where on), "largest_params",
             "gain", "low", "high" (from there to the largest),
             "whole": null | {"gain", "low", "high"}}       # from the smallest to the largest, if certain
             Rising up to the largest: the gain is then the one from the second largest.
"""

import json
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from widthwise.evaluation.aggregation import COUNTS, NETWORK, SPLITS
from widthwise.evaluation.statistics import (
    LEVEL,
    Bootstrap,
    holm,
    mcnemar_test,
    seed_interval,
    wilson_interval,
)
from widthwise.networks import architectures, counts
from widthwise.networks.budgets import BUDGET_TOLERANCE
from widthwise.plumbing.errors import UserError

CONTROLS = ("plain", "cnn")  # what other families are set against, last in every pair
FINAL = ("pooled", "validation")  # the split for verdicts: the first of these that there is
WITHIN = 1 + BUDGET_TOLERANCE  # counts that differ by no more than this factor count as equal
NEGLIGIBLE = 0.02  # two trainings of one network may differ by as much on 3,589 images
SMALL, LARGE = "mobilenet", "cnn"  # the families of question 1


class Study:
    """The finished runs of one data set, with their answers per split.

    metrics, predictions: paths, run by run in the same order; replicates: of the bootstrap.
    """

    def __init__(self, metrics, predictions, replicates):
        self.runs = [json.loads(Path(path).read_text("utf-8")) for path in metrics]
        pairs = sorted(zip(self.runs, predictions, strict=True), key=lambda pair: _key(pair[0]))
        finished = [(run, path) for run, path in pairs if run["status"] == "finished"]
        self.networks = {}  # (recipe, family, width) -> its runs' columns
        for column, (run, _) in enumerate(finished):
            self.networks.setdefault(_key(run)[:3], []).append(column)
        self.finished = [run for run, _ in finished]
        self.right = _answers([path for _, path in finished])
        self.bootstraps = {split: Bootstrap(right, replicates) for split, right in self.right.items()}
        self.splits = {split: len(right) for split, right in self.right.items()}
        self.final = next((split for split in FINAL if split in self.splits), "validation")
        self.members = {network: self._member(network) for network in self.networks}

    def _member(self, network):
        runs = [self.finished[column] for column in self.networks[network]]
        member = {name: runs[0][name] for name in (*NETWORK, *COUNTS)}
        member |= {"seeds": [run["seed"] for run in runs], "accuracy": {}, "interval": {}, "images": {}}
        for split, bootstrap in self.bootstraps.items():
            columns = self.networks[network]
            values, rows = bootstrap.observed[columns], self.splits[split]
            mean = float(self.right[split][:, columns].mean())  # one division: equal scores are equal floats
            member["accuracy"][split] = mean
            member["interval"][split] = seed_interval(values)
            member["images"][split] = wilson_interval(mean * rows, rows)
        return member

    def of(self, recipe, family):
        """The members of a family under a recipe, by parameters ascending (list)."""
        found = [member for (its, name, _), member in self.members.items() if (its, name) == (recipe, family)]
        return sorted(found, key=lambda member: member["params"])

    def columns(self, member):
        """The columns of a member's runs in ``right`` (list of int)."""
        return self.networks[tuple(member[name] for name in NETWORK)]

    def differences(self, pairs):
        """Per pair of members, per split, a DIFFERENCE; p values corrected over the pairs."""
        tables = [{} for _ in pairs]
        for split, bootstrap in self.bootstraps.items():
            found = [
                bootstrap.difference(self.columns(first), self.columns(second)) for first, second in pairs
            ]
            corrected = iter(holm([difference.p for difference in found if difference.seeds]))
            for table, (first, second), difference in zip(tables, pairs, found, strict=True):
                p_holm = next(corrected) if difference.seeds else None
                accuracies = {"family": first["accuracy"][split], "control": second["accuracy"][split]}
                table[split] = accuracies | _verdict(difference, p_holm)
        return tables


def _place(family):
    """Sorts families: MobileNet first, the controls last, others by name between them."""
    return family in CONTROLS and 1 + CONTROLS.index(family), family != SMALL, family


def _key(run):
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


def _verdict(difference, p_holm):
    verdict, reason = "cannot tell", None
    if not difference.seeds:
        reason = "one seed"
    elif p_holm >= 1 - LEVEL:
        reason = "not distinguishable"
    else:
        verdict = "ahead" if difference.difference > 0 else "behind"
    return {
        "difference": difference.difference,
        "low": difference.low,
        "high": difference.high,
        "p": difference.p if difference.seeds else None,
        "p_holm": p_holm,
        "verdict": verdict,
        "reason": reason,
    }


def matched(first, second):
    """Members of two families at equal budgets: pairs whose counts are within 10 %, mutually closest.

    first, second: members by parameters ascending. Returns a list of (member, member), ascending.
    """

    def closest(member, others):
        return min(others, key=lambda other: abs(np.log(other["params"] / member["params"])))

    pairs = [(member, closest(member, second)) for member in first if second]
    return [
        (one, other)
        for one, other in pairs
        if closest(other, first) is one
        and max(one["params"], other["params"]) <= WITHIN * min(one["params"], other["params"])
    ]


def _pair(study, recipe, family, control):
    first, second = study.of(recipe, family), study.of(recipe, control)
    pairs = matched(first, second)
    budgets = [
        {
            "params": round((one["params"] + other["params"]) / 2),
            "family": one,
            "control": other,
            "splits": table,
            "mcnemar": _mcnemar(study, one, other),
        }
        for (one, other), table in zip(pairs, study.differences(pairs), strict=True)
    ]
    crossing = {split: _crossing(study, split, first, second) for split in study.splits}
    return {"recipe": recipe, "family": family, "control": control, "budgets": budgets, "crossing": crossing}


def _mcnemar(study, one, other):
    right = study.right[study.final]
    tests = []
    for seed in sorted({*one["seeds"], *other["seeds"]}):
        if seed in one["seeds"] and seed in other["seeds"]:
            columns = [study.columns(member)[member["seeds"].index(seed)] for member in (one, other)]
            only_family, only_control, p = mcnemar_test(right[:, columns[0]], right[:, columns[1]])
            counts_of = {"only_family": only_family, "only_control": only_control, "p": p}
            tests.append({"family_seed": seed, "control_seed": seed} | counts_of)
    return tests


def _crossing(study, split, first, second):
    curves = [{member["params"]: study.columns(member) for member in members} for members in (first, second)]
    found = study.bootstraps[split].crossing(*curves)
    if found is None:
        empty = dict.fromkeys(["params", "low", "high", "from", "to", "left"])
        return {"status": "cannot tell", "reason": "no overlap"} | empty
    status, reason = found.status, "not distinguishable" if found.status == "cannot tell" else None
    bounds = {"params": found.params, "low": found.low, "high": found.high, "left": found.left}
    if min(len(member["seeds"]) for member in (*first, *second)) < 2:
        status, reason = "cannot tell", "one seed"
        bounds = dict.fromkeys(bounds)
    return {"status": status, "reason": reason, **bounds, "from": found.start, "to": found.stop}


def _curve(study, recipe, family):
    members = study.of(recipe, family)
    pairs = [(members[-1], member) for member in members[:-1]]
    tables = study.differences(pairs)
    return {
        "recipe": recipe,
        "family": family,
        "members": members,
        "splits": {split: _plateau(members, [table[split] for table in tables]) for split in study.splits},
    }


def _plateau(members, gains):
    """From which member on there is no gain to the largest, or next to none.

    Members are tested from the smallest up until one's gain cannot be told: in that fixed order no
    correction is needed (Maurer, Hothorn and Lehmacher 1995). No gain found is no proof of none: it
    levels off only where the interval leaves less than ``NEGLIGIBLE`` to gain.
    """
    empty = dict.fromkeys(["width", "params", "gain", "low", "high", "whole"])
    largest = {"largest_params": members[-1]["params"]}
    if not gains or any(gain["reason"] == "one seed" for gain in gains):
        reason = "one seed" if gains else "one budget"
        return {"status": "cannot tell", "reason": reason} | empty | largest
    rising = [gain["low"] > 0 for gain in gains]
    at = rising.index(False) if False in rising else len(gains) - 1
    gain, status, reason = gains[at], "rising", None
    if not rising[at]:
        off = gain["high"] < NEGLIGIBLE
        status, reason = ("levels off", None) if off else ("cannot tell", "not distinguishable")
    place = {"width": members[at]["width"], "params": members[at]["params"]} | largest
    whole = _gain(gains[0]) if rising[0] else None
    return {"status": status, "reason": reason} | place | _gain(gain) | {"whole": whole}


def _gain(difference):
    return {"gain": difference["difference"], "low": difference["low"], "high": difference["high"]}


def _large_small(study, recipe):
    small = study.of(recipe, SMALL)
    large = study.of(recipe, LARGE)
    if not (small and large):
        return None
    pair = min(small, key=lambda member: abs(np.log(member["width"]))), large[-1]
    ratio = pair[1]["params"] / pair[0]["params"]
    # a pair that question 4 compares, too, must get the same verdict here: corrected with the other sizes
    compared = matched(small, large)
    compared = compared if pair in compared else [pair]
    splits = study.differences(compared)[compared.index(pair)]
    return {"recipe": recipe, "small": pair[0], "large": pair[1], "ratio": ratio, "splits": splits}


def _recipe_effects(study, recipe_order):
    by_network = {}
    for recipe, *network in sorted(study.members, key=lambda its: (*its[1:], recipe_order.index(its[0]))):
        by_network.setdefault(tuple(network), []).append(study.members[(recipe, *network)])
    return [
        {
            "base": base,
            "others": [
                {"member": member, "splits": table}
                for member, table in zip(
                    others, study.differences([(member, base) for member in others]), strict=True
                )
            ],
        }
        for base, *others in by_network.values()
        if others
    ]


def _network(member, classes, image_shape):
    network = architectures.network(member["family"], member["width"], classes, image_shape=image_shape)
    rows = [asdict(row) | {"params": row.params} for row in counts.layer_table(network, image_shape)]
    return {name: member[name] for name in ("family", "width", *COUNTS[:-1])} | {"layers": rows}


def pareto(members):
    """The members that none with as few parameters beats on validation, by parameters ascending (list)."""
    front = []
    for member in sorted(members, key=lambda one: (one["params"], -one["accuracy"]["validation"])):
        if not front or member["accuracy"]["validation"] > front[-1]["accuracy"]["validation"]:
            front.append(member)
    return front


def _best(members):
    """The member that validates best, the smaller at a tie; None of none."""
    return max(members, key=lambda one: (one["accuracy"]["validation"], -one["params"]), default=None)


def _missing(study, planned):
    found = {_key(run): run for run in study.runs}
    missing = []
    for run in sorted(planned, key=_key):
        its = found.get(_key(run), {"status": "absent", "reason": None})
        if its["status"] != "finished":
            name = dict(zip(("recipe", "family", "width", "seed"), _key(run), strict=True))
            missing.append(name | {"status": its["status"], "reason": its["reason"]})
    return {"planned": len(planned), "finished": len(study.finished), "missing": missing}


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


def compare(metrics, predictions, sweep, manifest, duplicates, output, recipe_order, replicates=2000):
    """Write comparison.json.

    metrics, predictions: the paths of all runs, in the same order; sweep, manifest, duplicates: paths of
    sweep.json, manifest.json and duplicates.csv; output: path to write; recipe_order: names of recipes,
    the one that others are set against first; replicates: of the bootstrap. Raises UserError where no
    run has finished.
    """
    sweep, manifest = (json.loads(Path(path).read_text("utf-8")) for path in (sweep, manifest))
    study = Study(metrics, predictions, replicates)
    if not study.finished:
        raise UserError(f"{output}: found no finished run among {len(study.runs)}, expected at least one")
    names = sorted({family for _, family, _ in study.networks}, key=_place)
    recipes = sorted({recipe for recipe, _, _ in study.networks})
    there = [(recipe, family) for recipe in recipes for family in names if study.of(recipe, family)]
    large_small = [found for found in (_large_small(study, recipe) for recipe in recipes) if found]
    shown = {
        (one["family"], one["width"]): one for row in large_small for one in (row["small"], row["large"])
    }
    shape, classes = tuple(manifest["image_shape"]), len(manifest["classes"])
    members = list(study.members.values())
    result = {
        "dataset": manifest["dataset"],
        "stand_in": manifest["stand_in"],
        "level": LEVEL,
        "replicates": replicates,
        "families": names,
        "recipes": recipes,
        "splits": study.splits,
        "final": study.final,
        "leak": _leak(duplicates, study.splits),
        "runs": _missing(study, sweep["runs"]),
        "pairs": [
            _pair(study, recipe, family, control)
            for recipe in recipes
            for family, control in combinations(names, 2)
            if (recipe, family) in there and (recipe, control) in there
        ],
        "curves": [_curve(study, recipe, family) for recipe, family in there],
        "large_small": large_small,
        "recipe_effects": _recipe_effects(study, recipe_order),
        "networks": [_network(member, classes, shape) for member in shown.values()],
        "pareto": pareto(members),
        "best": _best(members),
    }
    Path(output).write_text(json.dumps(_rounded(result), indent=1), "utf-8")
