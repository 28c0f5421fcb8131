"""What a training run leaves in words and numbers: history.csv and training.json."""

import json
import platform
import statistics
from importlib.metadata import version
from math import isfinite

from widthwise.plumbing.files import write_text
from widthwise.training.environment import from_outside

HISTORY = (
    "epoch",
    "seconds",
    "images_per_second",
    "learning_rate",
    "loss_training",
    "accuracy_training",
    "loss_validation",
    "accuracy_validation",
)


def finite(value):
    """The number, or None where there is none or it is not finite (JSON has no NaN)."""
    return value if value is not None and isfinite(value) else None


def write_json(path, content, durable=True):
    """Replace a JSON file; durable: see ``files.write_text``."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n", durable)


def write_history(path, rows):
    """Replace a history.csv: the columns ``HISTORY``; an empty field is a loss that was not finite.

    rows: list of dict, one per epoch.
    """
    lines = [",".join("" if row[name] is None else f"{row[name]:.10g}" for name in HISTORY) for row in rows]
    write_text(path, "\n".join([",".join(HISTORY), *lines]) + "\n")


def write_training(path, task, standing, reason, peak_memory_mb):
    """Write the training.json of a run that ended.

    task: see ``training.train``; standing: where the run stands, as ``training`` keeps it: dict of status,
    epoch (finished epochs), best_epoch, seconds, history, resumed; reason: str or None where it finished;
    peak_memory_mb: largest resident set (float) or None where it is not known.
    """
    speeds = [row["images_per_second"] for row in standing["history"]]
    content = {
        "run": task["run"],
        "dataset": task["dataset"],
        "status": standing["status"],
        "reason": reason,
        "settings": task["settings"],
        "epochs": standing["epoch"],
        "best_epoch": standing["best_epoch"],
        "seconds": standing["seconds"],
        "images_per_second": statistics.median(speeds) if speeds else None,
        "peak_memory_mb": peak_memory_mb,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "environment": from_outside(),
        "resumed": standing["resumed"],
    }
    write_json(path, content)
