"""What several figures share: the looks of families, legends, labels, limits of an axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform
from numpy.typing import ArrayLike

from widthwise.evaluation.metrics import SPLITS, final_split
from widthwise.report import style, units


@dataclass(frozen=True)
class Series:
    """The networks of one family under one recipe, as drawn in every figure."""

    recipe: str
    family: str
    label: str
    index: int  # of its style
    position: float  # among all series, from -0.5 to 0.5

    @property
    def style(self) -> style.SeriesStyle:
        """Its colour, marker and line style."""
        return style.series_style(self.index)

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table with columns recipe and family that belong to the series."""
        return table[(table.recipe == self.recipe) & (table.family == self.family)]


def all_series(table: pd.DataFrame, language: str = "en", paired: bool = False) -> list[Series]:
    """The ``Series`` of a table with columns recipe and family: their looks follow from their order.

    paired: under two recipes a family keeps its colour and marker, which are hollow under the second.
    """
    names = sorted(set(zip(table.recipe, table.family, strict=True)))
    recipes, families = (sorted(set(each)) for each in zip(*names, strict=True)) if names else ([], [])
    paired = paired and len(recipes) == 2 and 1 < len(families) <= style.ROUND
    return [
        Series(
            recipe,
            family,
            units.family(family, language) + (f" ({recipe})" if len(recipes) > 1 else ""),
            families.index(family) + style.ROUND * recipes.index(recipe) if paired else place,
            place / max(len(names) - 1, 1) - (len(names) > 1) / 2,
        )
        for place, (recipe, family) in enumerate(names)
    ]


def final_column(table: pd.DataFrame, metric: str = "accuracy") -> str:
    """The column of a metric on the final split. table: runs.csv, summary.csv or exports.csv."""
    there = [split for split in SPLITS if table[f"{metric}_{split}"].notna().any()]
    return f"{metric}_{final_split(there)}"


def _note(about: dict[str, Any], language: str) -> str:
    """What data a figure shows. about: with dataset and stand_in."""
    return about["dataset"] + (f" · {units.term('stand_in', language)}" if about["stand_in"] else "")


def start(about: dict[str, Any], language: str, **size: Any) -> tuple[Figure, str]:
    """An empty figure, and the language that its fonts can write."""
    language = style.language_for_figures(language)
    return style.new_figure(_note(about, language), **size), language


def handle(label: str, **keywords: Any) -> Line2D:
    """A line of the legend that nothing in the axes stands for."""
    return Line2D([], [], label=label, **keywords)


def series_handles(series: Iterable[Series]) -> list[Line2D]:
    """The legend's lines for these series."""
    return [handle(one.label, linestyle=one.style.line, **one.style.mark) for one in series]


def failed_handle(language: str) -> Line2D:
    """The legend's line for runs that failed."""
    return handle(units.term("failed", language), linestyle="", marker="x", color=style.PALE, mew=2)


def interval_handle(language: str, term: str = "seed_interval", marker: str = "|") -> Line2D:
    """The legend's line for intervals, by a term of ``units``."""
    return handle(units.term(term, language), linestyle="", marker=marker, ms=11, mew=1.3, color=style.PALE)


def say_empty(axes: Axes, language: str, what: str = "no_runs") -> None:
    """Write into axes without data why there is none, by a term of ``units``."""
    axes.text(0.5, 0.5, units.term(what, language), transform=axes.transAxes, ha="center", color=style.PALE)
    axes.set(xticks=[], yticks=[])
    axes.minorticks_off()


def class_label(name: str, lines: int = 1) -> str:
    """A class's name, shortened in its middle where it is long, broken into at most ``lines`` (1 or 2)."""
    if len(name) > 30:
        name = f"{name[:14]}…{name[-15:]}"
    if lines == 1 or len(name) <= 12:
        return name
    breaks = [at + 1 for at, sign in enumerate(name[:-1]) if sign in "_- ./"]
    middle = len(name) // 2
    at = min(breaks, key=lambda at: abs(at - middle), default=middle)
    at = at if abs(at - middle) <= 3 else middle
    return f"{name[:at]}\n{name[at:]}"


def params(value: int, language: str) -> str:
    """A parameter count in words, such as "73,511 parameters"."""
    return f"{units.number('params', value)} {units.label('params', language).lower()}"


def beside(axes: Axes, one: Series, transform: Transform, spread: float) -> Transform:
    """A transform moved aside so that points of several series at one x do not hide one another.

    spread: points from the first to the last series.
    """
    return transform + ScaledTranslation(one.position * spread / 72, 0, axes.figure.dpi_scale_trans)


def mark_failed(axes: Axes, one: Series, table: pd.DataFrame, x: str, spread: float = 14) -> bool:
    """A crossed marker on the x axis for each network of which a run failed; returns whether there is one."""
    at = table.loc[(table.failed > 0) & table[x].notna(), x].to_numpy(float)
    transform = beside(axes, one, axes.get_xaxis_transform(), spread)
    shape: dict[str, Any] = {"transform": transform, "scalex": False, "scaley": False, **one.style.mark}
    shape |= {"markerfacecolor": "white", "linestyle": "", "clip_on": False, "zorder": 5}
    for size, marker in ((8, one.style.marker), (5, "x")):
        (mark,) = axes.plot(at, np.zeros(len(at)), ms=size, **shape | {"marker": marker})
        mark.set_in_layout(False)
    return len(at) > 0


def limit_y(axes: Axes, values: ArrayLike, share: bool = True) -> None:
    """Fit the y axis to finite values with some room; a share stays within 0-100 %."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return
    room = max(0.08 * np.ptp(values), 1)
    low, high = values.min() - 1.5 * room, values.max() + room
    axes.set_ylim((max(low, 0), min(high, 101)) if share else (low, high))


def around(x: float, y: float) -> list[style.Candidate]:
    """Where a label may stand around a point, best first."""
    sides = [(1, "left"), (-1, "right")]
    shifts = [(sign * dx, dy, side) for dx, dy in ((8, 0), (5, 9), (5, -9)) for sign, side in sides]
    shifts += [(0, 11, "center"), (0, -11, "center")]
    steps = ((12, 20), (12, -20), (24, 12), (24, -12), (16, 32), (16, -32), (30, 24), (30, -24))
    shifts += [(sign * dx, dy, side) for dx, dy in steps for sign, side in sides]
    return [(x, y, (dx, dy), alignment) for dx, dy, alignment in shifts]


def label_lines(
    axes: Axes,
    marks: Iterable[ArrayLike],
    lines: Iterable[tuple[int, float]],
    references: Sequence[dict[str, Any]] = (),
) -> None:
    """Write the size limits along their lines and the letters of references beside their stars.

    marks: (n, 2) arrays to keep clear of; lines: (bytes, x) of each limit; references: the config's.
    """
    stars = [
        (reference["params"], units.scaled("accuracy", reference["accuracy"])) for reference in references
    ]
    low, high = axes.get_ylim()
    ruled = [[(at, height) for height in np.linspace(low, high, 60)] for _, at in lines]
    occupied: list[Any] = [*marks, stars, *ruled]
    labels: list[style.Label] = [
        (letter, around(*star)) for letter, star in zip(ascii_lowercase, stars, strict=False)
    ]
    for limit, at in lines:
        heights = [low + share * (high - low) for share in (0.96, 0.9, 0.84, 0.1, 0.16, 0.22)]
        sides = ((4, "left"), (-4, "right"))
        places = [(at, height, (dx, 0), side) for height in heights for dx, side in sides]
        labels.append((f"{units.short(limit, ' ')}B", places))
    style.place_labels(axes, labels, np.concatenate([np.reshape(some, (-1, 2)) for some in occupied]))
