"""The metrics of all runs in two tables: runs.csv (a row per run), summary.csv (a row per network)."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from widthwise.evaluation.metrics import METRICS, SPLITS
from widthwise.evaluation.statistics import seed_interval, shared_spreads, t_interval
from widthwise.networks.budgets import BUDGET_TOLERANCE

NETWORK = ["recipe", "family", "width"]  # what seeds are repeated for
RUN = [*NETWORK, "seed"]
WITHIN = 1 + BUDGET_TOLERANCE  # counts that differ by no more than this factor count as equal
COUNTS = ["params", "trainable_params", "non_trainable_params", "macs", "bytes"]
WHOLE = [*COUNTS, "epochs", "best_epoch"]
TRAINING = ["epochs", "best_epoch", "seconds", "images_per_second"]
NO_DUPLICATES = "accuracy_pooled_no_duplicates"
UNITS = {metric.column(split): metric.unit for metric in METRICS.values() for split in SPLITS}
UNITS |= {NO_DUPLICATES: METRICS["accuracy"].unit}  # of every column of a metric
COLUMNS = ["dataset", *RUN, "status", *COUNTS, *TRAINING, *UNITS]


def _whole(name: str, run: dict) -> int | None:
    """A count of a run, None where it has none; one that is no whole number is said and left out."""
    value = run.get(name)
    if value is None or value == int(value):
        return value
    print(f"{' '.join(str(run[part]) for part in RUN)}: {name} is {value}, expected a whole number: left out")
    return None


def runs_table(metrics: Iterable[dict]) -> pd.DataFrame:
    """A row per run, sorted by recipe, family, width, seed.

    metrics: the contents of metrics.json. Returns a table with ``COLUMNS``; a metric that a run has not (it
    failed, or the data set lacks the split) is empty.
    """
    rows = []
    for run in metrics:
        row = {name: run.get(name) for name in COLUMNS} | {name: _whole(name, run) for name in WHOLE}
        for split, scores in run["splits"].items():
            row |= {metric.column(split): scores.get(name) for name, metric in METRICS.items()}
        row[NO_DUPLICATES] = run["splits"].get("pooled", {}).get("accuracy_no_duplicates")
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(RUN, ignore_index=True)
    table = table.astype(dict.fromkeys(["seconds", "images_per_second", *UNITS], float))
    return table.astype(dict.fromkeys(WHOLE, "Int64"))


def groups_of_size(recipes: Sequence[str], params: Sequence[int]) -> list[list[int]]:
    """For each network the indices of those of its recipe and size, itself among them.

    recipes, params: of each network.
    """
    sizes = [float("nan") if pd.isna(size) else size for size in params]  # unknown: like no other
    return [
        [
            other
            for other in range(len(sizes))
            if other == network
            or (
                recipes[other] == recipes[network]
                and max(sizes[other], sizes[network]) <= WITHIN * min(sizes[other], sizes[network])
            )
        ]
        for network in range(len(sizes))
    ]


def summary_table(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per recipe, family and width: counts, seeds, and metrics over the finished seeds.

    runs: a table as of ``runs_table``. Returns the network, its counts, ``seeds`` (finished), ``failed``,
    then per metric its mean and the 95 % t interval over seeds (``_low``, ``_high``; empty with one seed),
    by the spread that networks of a recipe and size share (``statistics.shared_spreads``), and ``seconds``
    (mean).
    """
    rows, finished = [], []
    for network, group in runs.groupby(NETWORK, sort=True):
        finished.append(group[group.status == "finished"])
        shown = (finished[-1] if len(finished[-1]) else group).iloc[0]
        row = dict(zip(NETWORK, network, strict=True)) | shown[COUNTS].to_dict()
        row |= {"seeds": len(finished[-1]), "failed": len(group) - len(finished[-1])}
        rows.append(row | {"seconds": finished[-1].seconds.mean()})
    groups = groups_of_size([row["recipe"] for row in rows], [row["params"] for row in rows])
    for name, unit in UNITS.items():
        values = [runs_of_one[name].dropna() for runs_of_one in finished]
        interval = seed_interval if unit == "%" else t_interval
        for row, each, spread in zip(rows, values, shared_spreads(groups, values), strict=True):
            low, high = interval(each, spread=spread) or (None, None)
            row |= {name: each.mean(), f"{name}_low": low, f"{name}_high": high}
    intervals = [f"{name}{end}" for name in UNITS for end in ("", "_low", "_high")]
    columns = [*NETWORK, *COUNTS, "seeds", "failed", *intervals, "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(intervals, float)).astype(dict.fromkeys(COUNTS, "Int64"))


def aggregate(metrics: Iterable[Path | str], runs: Path | str, summary: Path | str) -> None:
    """Write runs.csv and summary.csv from the metrics.json of all runs.

    metrics: paths; runs, summary: the paths to write.
    """
    table = runs_table(json.loads(Path(path).read_text("utf-8")) for path in metrics)
    table.to_csv(runs, index=False)
    summary_table(table).to_csv(summary, index=False)
