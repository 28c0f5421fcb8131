"""Which classes are told apart."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from widthwise.evaluation.metrics import final_split
from widthwise.report import style, units
from widthwise.report.figures import common

MAX_NUMBERED_CLASSES = 20  # beyond, the numbers in the cells would be thousands of tiny texts
_WHITE_TO_BLUE = LinearSegmentedColormap.from_list("white to blue", ["#ffffff", "#6aaed6", "#08306b"])


@style.styled
def confusion_matrices(
    metrics: Sequence[dict[str, Any]], manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """Per family the confusion of its best network (by mean validation accuracy), summed over its seeds.

    metrics: the dicts of metrics.json. Rows are true classes and sum to 100 %.
    """
    split, classes = _final_split(metrics), manifest["classes"]
    finished = [run for run in metrics if run["status"] == "finished" and split in run["splits"]]
    table = pd.DataFrame(metrics, columns=["recipe", "family", "width", "seed"])
    language = style.language_for_figures(language)
    series = common.all_series(table, language)
    names = [common.class_label(name) for name in classes]
    longest = max(map(len, names))
    columns = 2 if len(classes) <= 8 and len(series) > 1 and longest <= 12 else 1
    rows = max(1, -(-len(series) // columns))
    margin = max(0.95, 0.5 + 0.08 * longest)
    cell = max((style.WIDTH - margin) / columns / len(classes), 0.2)
    wide = max(style.WIDTH, margin + columns * cell * len(classes))
    cell = min(cell, 0.42)
    written = 0.5 + 0.08 * longest  # inches: title above and names of classes below a panel
    height = 0.7 + rows * (cell * len(classes) + written)
    figure, language = common.start(manifest, language, width=wide, height=height)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat:
        axes.set_visible(False)
    for axes, one in zip(grid.flat, series, strict=False):
        axes.set_visible(True)
        mine = [run for run in finished if (run["recipe"], run["family"]) == (one.recipe, one.family)]
        axes.set_title(one.label)
        axes.set_xticks(range(len(classes)), names, rotation=90)
        axes.set_yticks(range(len(classes)), names)
        axes.tick_params(length=0)
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(labelbottom=True)
        if mine:
            _draw_confusion(axes, one, mine, split, cell, language)
        else:
            axes.set_xlim(-0.5, len(classes) - 0.5)
            axes.set_ylim(len(classes) - 0.5, -0.5)
            common.say_empty(axes, language)
    figure.supxlabel(units.term("predicted_class", language), fontsize=10.5)
    figure.supylabel(units.term("true_class", language), fontsize=10.5)
    return figure


@style.styled
def recall_by_class(
    metrics: Sequence[dict[str, Any]], manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """The recall of each class against parameters, a panel per class, mean over seeds per network."""
    split, classes = _final_split(metrics), manifest["classes"]
    rows = [
        {key: run[key] for key in ("recipe", "family", "width", "params")}
        | {"class": item["class"], "recall": item["recall"]}
        for run in metrics
        for item in run["splits"].get(split, {}).get("per_class", [])
    ]
    table = pd.DataFrame(rows, columns=["recipe", "family", "width", "params", "class", "recall"])
    means = table.groupby(["recipe", "family", "width", "params", "class"], as_index=False).recall.mean()
    series = common.all_series(
        pd.DataFrame(metrics, columns=["recipe", "family"]),
        style.language_for_figures(language),
        paired=True,
    )
    columns = min(3, len(classes))
    panels = -(-len(classes) // columns)
    figure, language = common.start(manifest, language, height=1.4 + 1.45 * panels)
    grid = figure.subplots(panels, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(grid.flat, classes, strict=False):
        for one in series:
            mine = one.of(means[means["class"] == name]).sort_values("params")
            axes.plot(
                mine.params.to_numpy(float),
                units.scaled("recall", mine.recall.to_numpy(float)),
                linestyle=one.style.line,
                linewidth=1.2,
                markersize=4.5,
                **one.style.mark,
            )
        label = common.class_label(name, lines=2)
        axes.set_title(label, fontsize=style.SMALL if "\n" in label else None)
    for axes in grid.flat[len(classes) :]:
        axes.set_visible(False)
    for axes in grid.flat[max(0, len(classes) - columns) : len(classes)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(units.axis_label("params", language))
    style.log_axis(grid[0, 0].xaxis, means.params, narrow=True)
    grid[0, 0].set_ylim(0, 100)
    if not rows:
        common.say_empty(grid[0, 0], language)
    figure.supylabel(units.axis_label("recall", language), fontsize=10.5)
    style.legend(figure, common.series_handles(series))
    return figure


def _final_split(metrics: Sequence[dict[str, Any]]) -> str:
    return final_split({split for run in metrics for split in run["splits"]})


def _draw_confusion(
    axes: Axes, one: common.Series, mine: list[dict[str, Any]], split: str, cell: float, language: str
) -> None:
    by_width = defaultdict(list)
    for run in mine:
        by_width[run["width"]].append(run)
    width, best = max(
        by_width.items(),
        key=lambda item: (np.mean([run["splits"]["validation"]["accuracy"] for run in item[1]]), -item[0]),
    )
    confusion = np.sum([run["splits"][split]["confusion"] for run in best], axis=0)
    share = 100 * confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    params = f"{units.short(best[0]['params'])} {units.label('params', language).lower()}"
    title = one.label.replace(" (", "\n(")  # a panel is too narrow for a family with its recipe
    axes.set_title(f"{title}\nw{width:g}, {params}", fontsize=style.SMALL)
    axes.imshow(share, cmap=_WHITE_TO_BLUE, vmin=0, vmax=100, aspect="equal")
    size = min(style.SMALL, 72 * cell / 1.9)  # "100" fills a cell
    if len(share) <= MAX_NUMBERED_CLASSES:
        for (y, x), value in np.ndenumerate(share):
            color = "white" if value > 66 else style.INK  # where each has the better contrast
            axes.text(x, y, f"{value:.0f}", ha="center", va="center", color=color, fontsize=size)
