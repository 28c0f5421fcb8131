"""The finished runs of a study, and the differences between their networks with their verdicts."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from widthwise.evaluation.aggregation import COUNTS, NETWORK, groups_of_size
from widthwise.evaluation.metrics import SPLITS, final_split
from widthwise.evaluation.results import Change, Difference, Member
from widthwise.evaluation.statistics import (
    LEVEL,
    Estimate,
    Spread,
    contrast,
    holm,
    seed_interval,
    shared_spreads,
    wilson_interval,
)

Network = tuple[str, str, float]  # recipe, family, width


class Study:
    """The finished runs of one data set, with their answers per split.

    metrics, predictions: paths, run by run in the same order.
    """

    def __init__(self, metrics: Iterable[str | Path], predictions: Iterable[str | Path]) -> None:
        self.runs = [json.loads(Path(path).read_text("utf-8")) for path in metrics]
        pairs = sorted(zip(self.runs, predictions, strict=True), key=lambda pair: run_key(pair[0]))
        finished = [(run, path) for run, path in pairs if run["status"] == "finished"]
        self.networks: dict[Network, list[int]] = {}  # its runs' columns
        for column, (run, _) in enumerate(finished):
            self.networks.setdefault(run_key(run)[:3], []).append(column)
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

    def _shared(self, accuracies: NDArray) -> list[Spread | None]:
        return shared_spreads(self.groups, [accuracies[columns] for columns in self.networks.values()])

    def _member(self, network: Network) -> Member:
        columns = self.networks[network]
        runs = [self.finished[column] for column in columns]
        accuracy, interval, images, own, shared = {}, {}, {}, {}, {}
        for split, rows in self.splits.items():
            values, spread = self.accuracies[split][columns], self.spreads[split][network]
            mean = float(self.right[split][:, columns].mean())  # one division: equal scores are equal floats
            accuracy[split], images[split] = mean, wilson_interval(mean * rows, rows)
            interval[split] = seed_interval(values, spread)
            own[split] = float(values.std(ddof=1)) if spread else None
            shared[split] = spread.variance**0.5 if spread else None
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


def run_key(run: dict[str, Any]) -> tuple[str, str, float, int]:
    """What names a run: recipe, family, width and seed."""
    return run["recipe"], run["family"], run["width"], run["seed"]


def _answers(predictions: Sequence[str | Path]) -> dict[str, NDArray]:
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
