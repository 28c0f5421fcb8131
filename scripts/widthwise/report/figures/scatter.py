"""Accuracy against what a network costs."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from widthwise.evaluation.metrics import METRICS
from widthwise.evaluation.results import Comparison
from widthwise.report import style, units
from widthwise.report.figures import common

FLOAT16_BYTES = 2  # per parameter, as the experiment stores its networks (225,000 B: 112,000 parameters)


@style.styled
def family_scatter(
    runs: pd.DataFrame, summary: pd.DataFrame, family: str, manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """Parameters against validation accuracy of one family: every run, mean and interval of every width."""
    y = "accuracy_validation"
    figure, language = common.start(manifest, language)
    axes = figure.subplots()
    chosen = [one for one in common.all_series(summary, language) if one.family == family]
    intervals = failed = False
    spread = 24 if len(chosen) > 1 else 0
    for one in chosen:
        table = one.of(summary)
        single = one.of(runs)[one.of(runs).width.isin(table.width[table.seeds > 1])]
        beside_its_mean = ScaledTranslation((-3 if spread else -5) / 72, 0, figure.dpi_scale_trans)
        axes.plot(
            single.params.to_numpy(float),
            units.scaled(y, single[y].to_numpy(float)),
            linestyle="",
            marker=".",
            color=one.style.color if len(chosen) > 1 else style.INK,
            alpha=0.7,
            transform=common.beside(axes, one, axes.transData, spread) + beside_its_mean,
        )
        intervals |= _draw_series(axes, one, table, "params", y, language, spread)
        failed |= common.mark_failed(axes, one, table, "params", spread)
    mine = summary[summary.family == family]
    style.log_axis(axes.xaxis, mine.params)
    common.limit_y(axes, units.scaled(y, mine[[y, f"{y}_low", f"{y}_high"]].to_numpy(float)))
    axes.set_xlabel(units.axis_label("params", language))
    axes.set_ylabel(units.axis_label(y, language))
    axes.set_title(units.family(family, language))
    if mine[y].isna().all():
        common.say_empty(axes, language)
    handles = common.series_handles(chosen) if len(chosen) > 1 else [_mean_handle(chosen[0], language)]
    if (mine.seeds > 1).any():
        handles.append(
            common.handle(units.term("one_seed", language), linestyle="", marker=".", color=style.INK)
        )
    if intervals:
        handles.append(common.interval_handle(language))
    if failed:
        handles.append(common.failed_handle(language))
    style.legend(figure, handles)
    points = mine[mine[y].notna()].sort_values("params")
    marks = [_marks(one.of(mine), "params", y) for one in chosen]
    labels = [
        (f"w{point.width:g}", common.around(point.params, units.scaled(y, getattr(point, y))))
        for point in points.itertuples()
    ]
    style.place_labels(axes, labels, np.concatenate(marks), optional=True)
    return figure


def _mean_handle(one: common.Series, language: str) -> Line2D:
    return common.handle(units.term("seed_mean", language), linestyle=one.style.line, **one.style.mark)


@style.styled
def tradeoff(
    summary: pd.DataFrame,
    x: str,
    y: str,
    manifest: dict[str, Any],
    language: str = "en",
    references: Sequence[dict[str, Any]] = (),
    human_agreement: dict[str, float] | None = None,
    size_limits: Sequence[int] = (),
) -> Figure:
    """A cost against an accuracy: every family with its intervals, and what to judge it by.

    x: "params", "macs" or "seconds"; y: a column, or a metric on the final split. references: the config's
    published models (drawn against params, those whose split is of the same kind as y's); human_agreement:
    None or dict with accuracy and plus_minus; size_limits: bytes (drawn against params as what they hold
    at float16).
    """
    y = common.final_column(summary, y) if y in METRICS else y
    figure, language = common.start(manifest, language, height=style.HEIGHT + 0.3)
    axes = figure.subplots()
    series = common.all_series(summary, language, paired=True)
    on_validation = y == "accuracy_validation"
    shown = [
        reference
        for reference in references
        if x == "params" and (reference["split"] == "validation") == on_validation
    ]
    lines = [(limit, limit / FLOAT16_BYTES) for limit in size_limits if x == "params"]
    intervals = failed = False
    for one in series:
        intervals |= _draw_series(axes, one, one.of(summary), x, y, language, spread=5)
        failed |= common.mark_failed(axes, one, one.of(summary), x)
    handles = common.series_handles(series)
    if intervals:
        handles.append(common.interval_handle(language))
    if failed:
        handles.append(common.failed_handle(language))

    heights = [units.scaled(y, summary[[y, f"{y}_low", f"{y}_high"]].to_numpy(float)).ravel()]
    if human_agreement:
        middle, spread = (units.scaled(y, human_agreement[key]) for key in ("accuracy", "plus_minus"))
        axes.axhspan(middle - spread, middle + spread, color="#000000", alpha=0.07, linewidth=0)
        axes.axhline(middle, color=style.PALE, linewidth=1, linestyle=(0, (2, 2)))
        heights.append([middle - spread, middle + spread])
        label = f"{units.term('human_agreement', language)} {middle:g} ± {spread:g} %"
        handles.append(common.handle(label, color=style.PALE, linewidth=1, linestyle=(0, (2, 2))))
    heights.append([units.scaled(y, reference["accuracy"]) for reference in shown])
    style.log_axis(
        axes.xaxis, [*summary[x].astype(float), *(r["params"] for r in shown), *(at for _, at in lines)]
    )
    common.limit_y(axes, np.concatenate(heights))
    for _, at in lines:
        axes.axvline(at, color=style.INK, linewidth=1, linestyle=(0, (1, 2)))
    if lines:
        term = units.term("size_limit_float16", language)
        handles.append(common.handle(term, color=style.INK, linewidth=1, linestyle=(0, (1, 2))))
    for letter, reference in zip(ascii_lowercase, shown, strict=False):
        handles.append(_draw_reference(axes, letter, reference, y, language))
    axes.set_xlabel(units.axis_label(x, language))
    axes.set_ylabel(units.axis_label(y, language))
    if summary[y].isna().all():
        common.say_empty(axes, language)
    style.legend(figure, handles)
    marks = [_marks(one.of(summary), x, y) for one in series]
    common.label_lines(axes, marks, lines, shown)
    return figure


def _draw_reference(axes: Axes, letter: str, reference: dict[str, Any], y: str, language: str) -> Line2D:
    """Mark a published model by a star; returns the legend's line for its letter."""
    height, value = units.scaled(y, reference["accuracy"]), units.text(y, reference["accuracy"])
    name, split = reference["name"], units.term(reference["split"], language)
    (point,) = axes.plot([reference["params"]], [height], "*", ms=9, mfc="white", mec=style.INK, zorder=4)
    said = f"{name}, {common.params(reference['params'], language)}: {value} ({split})"
    style.name_point(point, f"{said}. {reference.get('note', '')}".strip(". "))
    label = f"{letter}: {name}"
    label = label if reference["split"] == y.removeprefix("accuracy_") else f"{label} ({split})"
    return common.handle(label, linestyle="", marker="*", ms=9, mfc="white", color=style.INK)


@style.styled
def pareto_front(
    summary: pd.DataFrame, comparison: Comparison, manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """Parameters against validation accuracy with the networks that none beats in both named."""
    y = "accuracy_validation"
    figure, language = common.start(manifest, language)
    axes = figure.subplots()
    series = common.all_series(summary, language, paired=True)
    for one in series:
        table = one.of(summary)
        table = table[table[y].notna()]
        axes.plot(
            table.params.to_numpy(float),
            units.scaled(y, table[y].to_numpy(float)),
            linestyle="",
            alpha=0.35,
            **one.style.mark,
        )
    front = pd.DataFrame(
        [
            (member.recipe, member.family, member.width, member.params, member.accuracy["validation"])
            for member in comparison.pareto
        ],
        columns=["recipe", "family", "width", "params", y],
    ).sort_values("params")
    xs, ys = front.params.to_numpy(float), units.scaled(y, front[y].to_numpy(float))
    style.log_axis(axes.xaxis, summary.params)
    common.limit_y(axes, units.scaled(y, summary[y].to_numpy(float)))
    line: dict[str, Any] = {"color": style.INK, "linewidth": 1.2, "linestyle": "-"}
    if len(xs):
        axes.step([*xs, axes.get_xlim()[1]], [*ys, ys[-1]], where="post", **line)
    else:
        common.say_empty(axes, language)
    for one in series:
        for network in one.of(front).itertuples():
            height = units.scaled(y, getattr(network, y))
            (point,) = axes.plot([network.params], [height], linestyle="", zorder=3, **one.style.mark)
            value = units.text(y, getattr(network, y))
            name = f"{one.label} w{network.width:g}"
            style.name_point(point, f"{name}, {common.params(network.params, language)}: {value}")
    axes.set_xlabel(units.axis_label("params", language))
    axes.set_ylabel(units.axis_label(y, language))
    front_handle = common.handle(units.term("pareto", language), **line)
    marks = [common.handle(one.label, linestyle="", **one.style.mark) for one in series]
    style.legend(figure, [*marks, front_handle])
    others = np.column_stack([summary.params.astype(float), units.scaled(y, summary[y])])
    steps = [others[np.isfinite(others).all(axis=1)]]
    for index, (at, height) in enumerate(zip(xs, ys, strict=True)):
        after = xs[index + 1] if index + 1 < len(xs) else axes.get_xlim()[1]
        steps.append(np.column_stack([np.geomspace(at, after, 60), np.full(60, height)]))
        if index + 1 < len(xs):
            steps.append(np.column_stack([np.full(40, after), np.linspace(height, ys[index + 1], 40)]))
    names = {(one.recipe, one.family): one.label for one in series}
    labels = [
        (
            f"{names[network.recipe, network.family]} w{network.width:g}",
            common.around(network.params, units.scaled(y, getattr(network, y))),
        )
        for network in front.itertuples()
    ]
    style.place_labels(axes, labels, np.concatenate(steps), optional=True)
    return figure


def _draw_series(
    axes: Axes, one: common.Series, table: pd.DataFrame, x: str, y: str, language: str, spread: float = 0
) -> bool:
    """Means with their intervals, joined by a line; returns whether any interval was drawn.

    table: rows of summary.csv; one point with its name per row that has finished runs. spread: see
    ``common.beside``.
    """
    table = table[table[y].notna() & table[x].notna()].sort_values(x)
    xs, ys = table[x].to_numpy(float), units.scaled(y, table[y].to_numpy(float))
    low, high = (units.scaled(y, table[f"{y}_{end}"].to_numpy(float)) for end in ("low", "high"))
    transform = common.beside(axes, one, axes.transData, spread)
    drawn: dict[str, Any] = {"color": one.style.color, "transform": transform}
    axes.plot(xs, ys, linestyle=one.style.line, linewidth=1.2, alpha=0.8, **drawn)
    axes.vlines(xs, low, high, linewidth=1.1, **drawn)
    for ends in (low, high):
        axes.plot(xs, ends, linestyle="", marker="_", markersize=6, **drawn)
    for at, height, network in zip(xs, ys, table.itertuples(), strict=True):
        (point,) = axes.plot([at], [height], linestyle="", **drawn | one.style.mark)
        value = units.text(y, getattr(network, y))
        span = ""
        if not units.is_missing(getattr(network, f"{y}_low")):
            ends = [units.number(y, getattr(network, f"{y}_{end}")) for end in ("low", "high")]
            span = f" ({ends[0]} – {ends[1]})"
        style.name_point(
            point, f"{one.label} w{network.width:g}, {common.params(network.params, language)}: {value}{span}"
        )
    return bool(np.isfinite(high - low).any())


def _marks(table: pd.DataFrame, x: str, y: str) -> np.ndarray:
    """Points, intervals and the lines between points, for labels to keep clear of: (n, 2) array."""
    table = table[table[y].notna() & table[x].notna()].sort_values(x)
    xs = table[x].to_numpy(float)
    marks = []
    for column in (y, f"{y}_low", f"{y}_high"):
        marks.append(np.column_stack([xs, units.scaled(y, table[column].to_numpy(float))]))
    heights = marks[0][:, 1]
    low, high = marks[1][:, 1], marks[2][:, 1]
    marks += [np.column_stack([xs, low + share * (high - low)]) for share in np.linspace(0, 1, 40)]
    for start in range(len(xs) - 1):
        share = np.linspace(0, 1, 25)
        between = np.exp(np.log(xs[start]) + share * np.log(xs[start + 1] / xs[start]))
        marks.append(
            np.column_stack([between, heights[start] + share * (heights[start + 1] - heights[start])])
        )
    marks = np.concatenate(marks)
    return marks[np.isfinite(marks).all(axis=1)]
