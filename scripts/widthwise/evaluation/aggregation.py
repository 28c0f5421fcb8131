"""The metrics of all runs in two tables: runs.csv (a row per run), summary.csv (a row per network)."""

import json
from pathlib import Path

import pandas as pd

from widthwise.evaluation.statistics import seed_interval

NETWORK = ["recipe", "family", "width"]  # what seeds are repeated for
RUN = [*NETWORK, "seed"]
COUNTS = ["params", "trainable_params", "non_trainable_params", "macs", "bytes"]
SPLITS = ["validation", "public", "private", "pooled"]
ACCURACIES = [*(f"accuracy_{split}" for split in SPLITS), "accuracy_pooled_no_duplicates"]
COLUMNS = [
    *["dataset", *RUN, "status", *COUNTS, "epochs", "best_epoch", "seconds", "images_per_second"],
    *[*ACCURACIES, "macro_f1_pooled"],
]


def runs_table(metrics):
    """A row per run, sorted by recipe, family, width, seed.

    metrics: the dicts of metrics.json. Returns a DataFrame with ``COLUMNS``; an accuracy that a
    run has not (it failed, or the data set lacks the split) is empty.
    """
    rows = []
    for run in metrics:
        row = {name: run.get(name) for name in COLUMNS}
        for split, found in run["splits"].items():
            row[f"accuracy_{split}"] = found["accuracy"]
        pooled = run["splits"].get("pooled", {})
        row["accuracy_pooled_no_duplicates"] = pooled.get("accuracy_no_duplicates")
        row["macro_f1_pooled"] = pooled.get("macro_f1")
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(RUN, ignore_index=True)
    floats = ["seconds", "images_per_second", *ACCURACIES, "macro_f1_pooled"]
    table = table.astype(dict.fromkeys(floats, float))
    return table.astype(dict.fromkeys([*COUNTS, "epochs", "best_epoch"], "Int64"))


def summary_table(runs):
    """A row per recipe, family and width: counts, seeds, and accuracies over the finished seeds.

    runs: a table as of ``runs_table``. Returns a DataFrame: the network, its counts, ``seeds`` (finished),
    ``failed``, then per accuracy its mean and the 95 % t interval over seeds (``_low``, ``_high``;
    empty with one seed), and ``seconds`` (mean).
    """
    rows = []
    for network, group in runs.groupby(NETWORK, sort=True):
        finished = group[group.status == "finished"]
        row = dict(zip(NETWORK, network, strict=True)) | group.iloc[0][COUNTS].to_dict()
        if len(finished):
            row["bytes"] = finished.iloc[0]["bytes"]
        row |= {"seeds": len(finished), "failed": len(group) - len(finished)}
        for name in ACCURACIES:
            values = finished[name].dropna()
            low, high = seed_interval(values) or (None, None)
            row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
        rows.append(row | {"seconds": finished.seconds.mean()})
    intervals = [f"{name}{end}" for name in ACCURACIES for end in ("", "_low", "_high")]
    columns = [*NETWORK, *COUNTS, "seeds", "failed", *intervals, "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(intervals, float)).astype(dict.fromkeys(COUNTS, "Int64"))


def collect(metrics, runs, summary):
    """Write runs.csv and summary.csv from the metrics.json of all runs.

    metrics: paths; runs, summary: the paths to write.
    """
    table = runs_table([json.loads(Path(path).read_text("utf-8")) for path in metrics])
    table.to_csv(runs, index=False)
    summary_table(table).to_csv(summary, index=False)
