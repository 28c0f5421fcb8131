"""The one place for labels and units of quantities, in every language of the report.

A quantity is named as the column that holds it (``runs.csv``, ``history.csv``, ``benchmark:`` files); a
metric on a split, such as ``accuracy_validation``, follows from the metric. Tables and figures ask here what
to call it and how to write its values. What it is called stands in ``languages/<language>/labels.yaml``, with
the other words that figures need.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from widthwise.evaluation.metrics import METRICS, TEST_SPLITS
from widthwise.report.catalogues import fill, messages

MISSING = "–"
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Quantity:
    """How values of a measured or counted thing are written.

    unit: as written after a value in English, "" for a plain number; factor: stored value x factor =
    value in that unit; decimals: digits after the point, None for as needed.
    """

    unit: str = ""
    factor: float = 1
    decimals: int | None = 0


COUNT = Quantity()
SHARE = Quantity("%", 100, 1)  # a fraction, 0-1 in the files and per cent wherever people read it

QUANTITIES = {
    "params": COUNT,
    "trainable_params": COUNT,
    "non_trainable_params": COUNT,
    "macs": COUNT,
    "bytes": Quantity("B"),
    "width": Quantity(decimals=None),
    "seed": COUNT,
    "seeds": COUNT,
    "failed": COUNT,
    "rows": COUNT,
    "epoch": COUNT,
    "epochs": COUNT,
    "best_epoch": COUNT,
    "learning_rate": Quantity(decimals=None),
    "seconds": Quantity("s"),
    "max_rss": Quantity("MB"),
    "peak_memory_mb": Quantity("MB"),
    "images_per_second": Quantity("images/s"),
    "loss_training": Quantity("nats", decimals=3),
    "loss_validation": Quantity("nats", decimals=3),
    "loss": Quantity("nats", decimals=3),
    "accuracy_pooled_no_duplicates": SHARE,
    "agreement": SHARE,
    "latency_ms": Quantity("ms", decimals=2),
    "precision": SHARE,
    "recall": SHARE,
    "f1": SHARE,
    "difference": Quantity("points", 100, 1),
    "validation_difference": Quantity("points", 100, 1),
    **{
        metric.name: SHARE if metric.unit == "%" else Quantity(metric.unit, decimals=3)
        for metric in METRICS.values()
    },
}


def _quantity(name: str) -> Quantity:
    return QUANTITIES.get(name) or QUANTITIES[name.rpartition("_")[0]]


def unit(name: str, language: str = "en") -> str:
    """The unit's symbol, "" for a plain number."""
    symbol = _quantity(name).unit
    return messages(language, "labels")["units"].get(symbol, symbol)


def label(name: str, language: str = "en") -> str:
    """What the quantity is called, as a column's or an axis' heading starts with.

    A metric that has no name in words is called by its own.
    """
    labels = messages(language, "labels")["quantities"]
    measured, _, split = name.rpartition("_")
    if name in labels or name in METRICS:
        return labels.get(name) or name.replace("_", " ").capitalize()
    return fill(language, "labels", f"on {split}", metric=metric(measured, language))


def metric(name: str, language: str = "en") -> str:
    """What a metric is called within a sentence: "accuracy", "F1"."""
    text = label(name, language)
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def term(name: str, language: str = "en") -> str:
    """A word of the figures that is no quantity."""
    return messages(language, "labels")["terms"][name]


def family(name: str, language: str = "en") -> str:
    """What a family is called by itself; its own name where it has no other."""
    return messages(language, "labels")["families"].get(name, name)


def shown_splits(splits: Iterable[str]) -> list[str]:
    """Of splits with "pooled", those to show: where there is one test split, it is the pooled one."""
    splits = list(splits)
    return [split for split in splits if not _is_only_test(split, splits)]


def split(name: str, splits: Iterable[str], language: str = "en") -> str:
    """What a split of the data is called; splits: all that there are."""
    return term("test" if _is_only_test(name, list(splits)) else name, language)


def _is_only_test(name: str, splits: list[str]) -> bool:
    return name in TEST_SPLITS and sum(each in splits for each in TEST_SPLITS) == 1


def axis_label(name: str, language: str = "en") -> str:
    """The name and, in brackets, the unit: "Training time (s)"."""
    symbol = unit(name, language)
    return f"{label(name, language)} ({symbol})" if symbol else label(name, language)


def scaled(name: str, value: Any) -> Any:
    """Stored value(s), number or array, in the unit of ``axis_label``."""
    return value * _quantity(name).factor


def is_missing(value: object) -> bool:
    """None, NaN and the NA of pandas are missing values; zero is not."""
    return bool(pd.isna(value))


def number(name: str, value: float | None) -> str:
    """A stored value as people read it, without its unit: "73,511", "64.4"; "–" where missing."""
    if is_missing(value):
        return MISSING
    decimals = _quantity(name).decimals
    value = scaled(name, value)
    return f"{value:g}" if decimals is None else f"{value:,.{decimals}f}"


def text(name: str, value: float | None, language: str = "en") -> str:
    """A stored value with its unit: "73,511", "64.4 %", "94 s"; "–" where missing."""
    symbol = unit(name, language)
    written = number(name, value)
    return f"{written} {symbol}" if symbol and written != MISSING else written


def short(value: float, gap: str = "") -> str:
    """A large count in three digits with an SI prefix, for ticks and marks: "950", "73.5k", "22.6M".

    gap: what stands between number and prefix.
    """
    for size, prefix in _PREFIXES:
        if abs(value) >= size * 0.9995:  # 999,500 and more would round to 1000k
            return f"{float(f'{value / size:.3g}'):g}{gap}{prefix}"
    return f"{float(f'{value:.3g}'):g}{gap}"
