"""The metrics of all runs in two tables: runs.csv (a row per run), summary.csv (a row per network)."""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from widthwise.evaluation.metrics import METRICS, SPLITS
from widthwise.evaluation.statistics import seed_interval, t_interval

NETWORK = ["recipe", "family", "width"]  # what seeds are repeated for
RUN = [*NETWORK, "seed"]
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


def summary_table(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per recipe, family and width: counts, seeds, and metrics over the finished seeds.

    runs: a table as of ``runs_table``. Returns the network, its counts, ``seeds`` (finished), ``failed``,
    then per metric its mean and the 95 % t interval over seeds (``_low``, ``_high``; empty with one seed),
    and ``seconds`` (mean).
    """
    rows = []
    for network, group in runs.groupby(NETWORK, sort=True):
        finished = group[group.status == "finished"]
        its = (finished if len(finished) else group).iloc[0]
        row = dict(zip(NETWORK, network, strict=True)) | its[COUNTS].to_dict()
        row |= {"seeds": len(finished), "failed": len(group) - len(finished)}
        for name, unit in UNITS.items():
            values = finished[name].dropna()
            interval = seed_interval if unit == "%" else t_interval
            low, high = interval(values) or (None, None)
            row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
        rows.append(row | {"seconds": finished.seconds.mean()})
    intervals = [f"{name}{end}" for name in UNITS for end in ("", "_low", "_high")]
    columns = [*NETWORK, *COUNTS, "seeds", "failed", *intervals, "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(intervals, float)).astype(dict.fromkeys(COUNTS, "Int64"))


def collect(metrics: Iterable[Path | str], runs: Path | str, summary: Path | str) -> None:
    """Write runs.csv and summary.csv from the metrics.json of all runs.

    metrics: paths; runs, summary: the paths to write.
    """
    table = runs_table(json.loads(Path(path).read_text("utf-8")) for path in metrics)
    table.to_csv(runs, index=False)
    summary_table(table).to_csv(summary, index=False)
