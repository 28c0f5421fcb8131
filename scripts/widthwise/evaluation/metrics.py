"""What predictions are measured by: one function for each metric.

A metric added here is in metrics.json, runs.csv, summary.csv with its interval, the report and a figure
of its own; its name in words comes from ``units``. The Snakefile reads the names: numpy is imported where
it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SPLITS = ("public", "private")
EVALUATED = ("validation", *TEST_SPLITS)
SPLITS = (*EVALUATED, "pooled")  # pooled: the test splits together


@dataclass(frozen=True)
class Metric:
    """A number that says how well predictions fit.

    function: takes labels, predicted (int, (rows,)), probabilities (float, (rows, classes)) and the number of
    classes, returns a float; unit: "%" for a fraction, "" for a plain number.
    """

    name: str
    function: Callable[[NDArray, NDArray, NDArray, int], float]
    unit: str

    def column(self, split: str) -> str:
        """Its column in runs.csv and summary.csv."""
        return f"{self.name}_{split}"


METRICS: dict[str, Metric] = {}


def metric(unit: str):
    """Register a function under its name as a metric."""

    def register(function):
        METRICS[function.__name__] = Metric(function.__name__, function, unit)
        return function

    return register


def evaluated_splits(splits) -> dict[str, list[str]]:
    """What metrics are given on: {name: splits}, each split and, as "pooled", the test splits there are."""
    tested = [split for split in TEST_SPLITS if split in splits]
    return {split: [split] for split in splits} | ({"pooled": tested} if tested else {})


def final_split(splits) -> str:
    """The split that results are given on: pooled over the test splits, or validation without them."""
    return "pooled" if "pooled" in splits else "validation"


def confusion_matrix(labels: NDArray, predicted: NDArray, classes: int) -> NDArray:
    """Counts of images by true class (rows) and predicted class (columns): int (classes, classes)."""
    import numpy as np

    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (labels, predicted), 1)
    return confusion


@metric(unit="%")
def accuracy(labels, predicted, probabilities, classes) -> float:
    """The fraction of images whose class is predicted."""
    return float((labels == predicted).mean())


@metric(unit="%")
def macro_f1(labels, predicted, probabilities, classes) -> float:
    """The mean F1 of all classes (Sokolova & Lapalme 2009); 0 for one never true nor predicted."""
    confusion = confusion_matrix(labels, predicted, classes)
    true, said = confusion.sum(axis=1), confusion.sum(axis=0)
    return float((2 * confusion.diagonal() / (true + said).clip(1)).mean())


@metric(unit="%")
def balanced_accuracy(labels, predicted, probabilities, classes) -> float:
    """The mean recall of the classes that occur (Brodersen et al. 2010, https://doi.org/10.1109/ICPR.2010.764)."""
    confusion = confusion_matrix(labels, predicted, classes)
    support = confusion.sum(axis=1)
    occurs = support > 0
    return float((confusion.diagonal()[occurs] / support[occurs]).mean())
