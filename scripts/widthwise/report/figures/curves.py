"""How training went, and what it cost."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from widthwise.report import style, units
from widthwise.report.figures import common
from widthwise.study.runs import Run

MAX_DRAWN_LINES = 300  # more curves than this become pixels in the SVG, or it would grow huge
_DOTTED = (0, (1, 1.2))
_LIGHT_TO_DARK = LinearSegmentedColormap.from_list(
    "light to dark", ["#bcd5ea", "#5b9bd0", "#0b3c78", "#041a38"]
)


def _run_name(row: Any) -> str:
    return Run(row.recipe, row.family, row.width, row.seed).name


@style.styled
def learning_curves(
    histories: dict[str, pd.DataFrame], runs: pd.DataFrame, manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """Loss and accuracy by epoch of every run: a row per family, validation solid, training dotted.

    histories: {run name: DataFrame of history.csv}; runs: runs.csv. Wider networks are darker; parameter
    counts stand at the ends of the accuracy curves as far as there is room. A cross ends the curves of
    a run that did not finish.
    """
    language = style.language_for_figures(language)
    series = common.all_series(runs, language)
    rows = max(1, len(series))
    figure, language = common.start(manifest, language, height=1.4 + 1.6 * rows)
    grid = figure.subplots(rows, 2, sharex="col", sharey="col", squeeze=False)
    many = 4 * len(histories) > MAX_DRAWN_LINES
    failed, ends = False, []
    for row, one in zip(grid, series, strict=False):
        mine = one.of(runs)
        widths = sorted(mine.width.unique())
        ends.append({})
        for run in mine.sort_values("width", ascending=False).itertuples():
            history = histories.get(_run_name(run))
            if history is None or history.empty:
                continue
            shade = _LIGHT_TO_DARK((widths.index(run.width) + 1) / len(widths))
            for axes, quantity in zip(row, ("loss", "accuracy"), strict=True):
                epochs, heights = _draw_curves(axes, history, quantity, shade, many)
                if run.status != "finished":
                    failed |= len(epochs) > 0
                    axes.plot(epochs[-1:], heights[-1:], "x", color=shade, mew=2)
                elif len(epochs):
                    ends[-1][run.width] = (run.params, epochs[-1], heights[-1])
        row[0].set_title(one.label)
    last = max((history.epoch.max() for history in histories.values() if len(history)), default=1)
    steps = ticker.MaxNLocator(4, integer=True).tick_values(1, max(last, 2))
    for column, quantity in enumerate(("loss", "accuracy")):
        grid[-1, column].set_xlabel(units.axis_label("epoch", language))
        grid[-1, column].set_xticks([at for at in steps if 1 <= at <= last])
        grid[-1, column].set_xlim(1 - 0.03 * last, last * (1.03 if column == 0 else 1.3))
        for axes in grid[:, column]:
            axes.set_ylabel(units.axis_label(quantity, language))
            # ticks that stay the same while the layout finds the panels' size
            axes.yaxis.set_major_locator(ticker.MaxNLocator(4, steps=[1, 2, 5, 10]))
    if not histories:
        common.say_empty(grid[0, 0], language)
    handles = [
        common.handle(units.term("validation", language), color=style.INK, linestyle="-"),
        common.handle(units.term("training", language), color=style.INK, linestyle=_DOTTED),
    ]
    if runs.groupby(["recipe", "family"]).width.nunique().max() > 1:
        handles.append(common.handle(units.term("darker", language), color=_LIGHT_TO_DARK(0.6), linewidth=5))
    style.legend(figure, [*handles, common.failed_handle(language)] if failed else handles)
    for axes, by_width in zip(grid[:, 1], ends, strict=False):
        labels = [
            (units.short(params), [(at, height, (4, dy), "left") for dy in (0, 5, -5, 10, -10)])
            for params, at, height in by_width.values()
        ]
        style.place_labels(axes, labels, [], optional=True)
    return figure


def _draw_curves(
    axes: Axes, history: pd.DataFrame, quantity: str, shade: Any, rasterized: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Both curves of one run; returns the epochs and heights of validation where they are finite."""
    for part, line, strength in (("training", _DOTTED, 0.7), ("validation", "-", 1)):
        name = f"{quantity}_{part}"
        epochs, heights = history.epoch.to_numpy(), units.scaled(name, history[name].to_numpy(float))
        axes.plot(
            epochs,
            heights,
            linestyle=line,
            color=shade,
            linewidth=1.1,
            alpha=strength,
            rasterized=rasterized,
        )
    finite = np.isfinite(heights)
    return epochs[finite], heights[finite]


def training_costs(benchmarks: dict[str, pd.DataFrame], runs: pd.DataFrame) -> pd.DataFrame:
    """What each training took, beside its run.

    benchmarks: {run name: the table of the ``benchmark:`` file of its training job}, of whose columns
    max_rss (MB) is used; runs: runs.csv, whose seconds count what was resumed, too. Returns a DataFrame with
    recipe, family, params, seconds, max_rss (NaN where the run has no benchmark) and failed (0 or 1), a row
    per run.
    """
    costs = runs[["recipe", "family", "params", "seconds"]].copy()
    took = [benchmarks.get(_run_name(run)) for run in runs.itertuples()]
    costs["max_rss"] = [np.nan if table is None else table.max_rss.mean() for table in took]
    costs["failed"] = (runs.status != "finished").astype(int)
    return costs


@style.styled
def training_cost(
    benchmarks: dict[str, pd.DataFrame], runs: pd.DataFrame, manifest: dict[str, Any], language: str = "en"
) -> Figure:
    """Seconds of the trainings and peak memory of their jobs against parameters, one mark per run.

    benchmarks, runs: as of ``training_costs``; jobs whose run failed are left out and marked.
    """
    costs = training_costs(benchmarks, runs)
    figure, language = common.start(manifest, language, height=4.8)
    upper, lower = figure.subplots(2, 1, sharex=True)
    series = common.all_series(costs, language, paired=True)
    failed = False
    finished = costs[costs.failed == 0]
    for one in series:
        mine = one.of(finished)
        means = mine.groupby("params", as_index=False)[["seconds", "max_rss"]].mean()
        for axes, quantity in ((upper, "seconds"), (lower, "max_rss")):
            params = mine.params.to_numpy(float)
            axes.plot(params, mine[quantity].to_numpy(float), linestyle="", alpha=0.6, **one.style.mark)
            axes.plot(
                means.params.to_numpy(float),
                means[quantity].to_numpy(float),
                linestyle=one.style.line,
                linewidth=1.2,
                color=one.style.color,
            )
            failed |= common.mark_failed(axes, one, one.of(costs), "params")
    for axes, quantity in ((upper, "seconds"), (lower, "max_rss")):
        axes.set_ylabel(units.axis_label(quantity, language))
    style.log_axis(upper.yaxis, finished.seconds)
    style.log_axis(upper.xaxis, costs.params)
    style.log_axis(lower.yaxis, finished.max_rss)
    lower.set_xlabel(units.axis_label("params", language))
    if finished.empty:
        common.say_empty(upper, language)
    elif finished.max_rss.isna().all():
        said = units.term("not_measured", language)
        lower.text(0.5, 0.5, said, transform=lower.transAxes, ha="center", color=style.PALE)
        lower.set_yticks([])
        lower.minorticks_off()
    handles = common.series_handles(series)
    style.legend(figure, [*handles, common.failed_handle(language)] if failed else handles)
    return figure
