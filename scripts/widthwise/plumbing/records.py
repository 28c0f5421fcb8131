"""What a training is told, how far it has come, and what it leaves in words and numbers."""

import json
import math
import os
import platform
import socket
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from widthwise.plumbing.files import write_text

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


class TrainingTask(TypedDict):
    """What a training is told; JSON can hold it."""

    run: dict[str, Any]  # recipe, family, width, seed
    dataset: str  # its name
    settings: dict[str, Any]  # the recipe
    images: str  # paths of the prepared data
    labels: str
    manifest: str
    soft_targets: NotRequired[str]  # path of its teachers' soft targets, where the recipe has any
    environment: NotRequired[dict[str, str]]  # what can change numbers and was set where it was started
    state: str  # folder of its checkpoints, under a name that no other settings, code or data share
    model: str  # paths of the outputs: .keras, .csv, .json
    history: str
    training: str
    status: str  # path of the heartbeat


@dataclass
class Progress:
    """How far a training has come: the record of a checkpoint, under the same names."""

    epoch: int = 0  # finished epochs
    step: int = 0  # finished steps of the next one
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])  # of these steps' losses and accuracies
    training_seconds: float = 0.0  # that these steps took
    seconds: float = 0.0  # of all epochs, validation included
    history: list[dict[str, Any]] = field(default_factory=list)  # a row of ``HISTORY`` per finished epoch
    best_epoch: int | None = None  # of the best validation accuracy
    resumed: int = 0  # times
    status: str = "running"  # then finished, diverged or failed


class Heartbeat:
    """The status.json of a training, for those who watch it."""

    def __init__(
        self, path: str | Path, run: dict[str, Any], epochs: int, steps_per_epoch: int, batch_size: int
    ):
        self._path, self._run, self._batch_size = path, run, batch_size
        self._epochs, self._steps_per_epoch = epochs, steps_per_epoch
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._last = -math.inf

    def beat(self, state: str, progress: Progress, every: float = 0.0) -> None:
        """Write it, unless the last time was less than ``every`` seconds ago.

        state: running, stopped, or how the training ended.
        """
        if time.monotonic() - self._last < every:
            return
        self._last = time.monotonic()
        last_epoch = progress.history[-1] if progress.history else {}
        loss, speed = last_epoch.get("loss_training"), last_epoch.get("images_per_second")
        if progress.step:
            loss = progress.sums[0] / progress.step
            speed = self._batch_size * progress.step / progress.training_seconds
        status = {
            "run": self._run,
            "state": state,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started": self._started,
            "updated": time.time(),
            "epoch": min(progress.epoch + 1, self._epochs),
            "epochs": self._epochs,
            "step": progress.step,
            "steps": self._steps_per_epoch,
            "loss": finite(loss),
            "accuracy_validation": last_epoch.get("accuracy_validation"),
            "images_per_second": speed,
        }
        write_json(self._path, status, durable=False)


def finite(value: float | None) -> float | None:
    """The number, or None where there is none or it is not finite (JSON has no NaN)."""
    return value if value is not None and math.isfinite(value) else None


def write_json(path: str | Path, content: Any, durable: bool = True) -> None:
    """Replace a JSON file; durable: see ``files.write_text``."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n", durable)


def write_history(path: str | Path, rows: list[dict[str, Any]]) -> None:
    """Replace a history.csv: the columns ``HISTORY``; an empty field is a loss that was not finite.

    rows: one per epoch.
    """
    lines = [",".join("" if row[name] is None else f"{row[name]:.10g}" for name in HISTORY) for row in rows]
    write_text(path, "\n".join([",".join(HISTORY), *lines]) + "\n")


def write_training(
    path: str | Path,
    task: TrainingTask,
    progress: Progress,
    reason: str | None,
    peak_memory_mb: float | None,
) -> None:
    """Write the training.json of a run that ended.

    reason: None where it finished; peak_memory_mb: largest resident set, None where it is not known.
    """
    speeds = [row["images_per_second"] for row in progress.history]
    content = {
        "run": task["run"],
        "dataset": task["dataset"],
        "status": progress.status,
        "reason": reason,
        "settings": task["settings"],
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "seconds": progress.seconds,
        "images_per_second": statistics.median(speeds) if speeds else None,
        "peak_memory_mb": peak_memory_mb,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "environment": task.get("environment", {}),
        "resumed": progress.resumed,
    }
    write_json(path, content)
