"""The figures of a study: tables in, one matplotlib ``Figure`` out.

Tables are those of ``collection`` (runs.csv, summary.csv) and ``comparison`` (comparison.json);
``manifest`` is the data set's, ``language`` "en" or "zh-TW". Runs that failed are marked, never drawn
as zero; a network with one seed has no interval. Selection (best network, Pareto front) is on
validation.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from widthwise import style, units
from widthwise.runs import Run
from widthwise.statistics import wilson_interval
from widthwise.words import Language

FLOAT16_BYTES = 2  # per parameter, as the experiment stores its networks (225,000 B: 112,000 parameters)
MAX_DRAWN_LINES = 300  # more curves than this become pixels in the SVG, or it would grow huge
SAMPLES = 4  # pictures shown of each class
_SPLITS = ("training", "validation", "public", "private")
_SPLIT_LOOKS = (("#0072B2", ""), ("#E69F00", "////"), ("#56B4E9", "...."), ("#cfcfcf", "xxxx"))
_VERDICT_LOOKS = {"ahead": ("^", style.INK), "behind": ("v", style.INK), "cannot tell": ("o", "white")}
_DOTTED = (0, (1, 1.2))
_LIGHT_TO_DARK = LinearSegmentedColormap.from_list(
    "light to dark", ["#bcd5ea", "#5b9bd0", "#0b3c78", "#041a38"]
)
_WHITE_TO_BLUE = LinearSegmentedColormap.from_list("white to blue", ["#ffffff", "#6aaed6", "#08306b"])


def read_by_run(paths, separator=","):
    """Tables of single runs: {run name: DataFrame}. paths: each with the run's name in it; "-" is missing."""
    name = re.compile(r"[^/]+/[^/]+/w[^/]+/seed\d+")
    return {name.search(str(path))[0]: pd.read_csv(path, sep=separator, na_values=["-"]) for path in paths}


def _run_name(row):
    return Run(row.recipe, row.family, row.width, row.seed).name


@dataclass(frozen=True)
class Series:
    """The networks of one family under one recipe, as drawn in every figure."""

    recipe: str
    family: str
    label: str
    index: int
    place: float  # among all series, from -0.5 to 0.5

    @property
    def look(self):
        """Its colour, marker and line style."""
        return style.look(self.index)

    def of(self, table):
        """The rows of a table with columns recipe and family that belong to the series."""
        return table[(table.recipe == self.recipe) & (table.family == self.family)]


def all_series(table, language="en"):
    """The ``Series`` of a table with columns recipe and family: each the same look in every figure."""
    found = sorted(set(zip(table.recipe, table.family, strict=True)))
    many = len({recipe for recipe, _ in found}) > 1
    say = Language(language)
    return [
        Series(
            recipe,
            family,
            say.family_label(family) + (f" ({recipe})" if many else ""),
            index,
            index / max(len(found) - 1, 1) - (len(found) > 1) / 2,
        )
        for index, (recipe, family) in enumerate(found)
    ]


def final_accuracy(summary):
    """The accuracy that results are given in: pooled over the test splits, or validation without them."""
    return "accuracy_pooled" if summary.accuracy_pooled.notna().any() else "accuracy_validation"


def _note(about, language):
    """What data a figure shows. about: dict with dataset and stand_in (manifest or comparison)."""
    return about["dataset"] + (f" · {units.term('stand_in', language)}" if about["stand_in"] else "")


def _start(about, language, **size):
    """An empty figure, and the language that its fonts can write."""
    language = style.language_for_figures(language)
    return style.new_figure(_note(about, language), **size), language


def _handle(label, **keywords):
    return Line2D([], [], label=label, **keywords)


def _series_handles(series):
    return [_handle(one.label, linestyle=one.look.line, **one.look.mark) for one in series]


def _failed_handle(language):
    return _handle(units.term("failed", language), linestyle="", marker="x", color=style.PALE, mew=2)


def _interval_handle(language, term="seed_interval", marker="|"):
    return _handle(units.term(term, language), linestyle="", marker=marker, ms=11, mew=1.3, color=style.PALE)


def _say_empty(axes, language, what="no_runs"):
    axes.text(0.5, 0.5, units.term(what, language), transform=axes.transAxes, ha="center", color=style.PALE)
    axes.set(xticks=[], yticks=[])
    axes.minorticks_off()


def _params(value, language):
    return f"{units.number('params', value)} {units.label('params', language).lower()}"


def _beside(axes, one, transform, spread):
    """A transform moved aside so that points of several series at one x do not hide one another.

    spread: points from the first to the last series.
    """
    return transform + ScaledTranslation(one.place * spread / 72, 0, axes.figure.dpi_scale_trans)


def _draw_series(axes, one, table, x, y, language, spread=0):
    """Means with their intervals, joined by a line; returns whether any interval was drawn.

    table: rows of summary.csv; one point with its name per row that has finished runs. spread: see
    ``_beside``.
    """
    table = table[table[y].notna() & table[x].notna()].sort_values(x)
    xs, ys = table[x].to_numpy(float), units.scaled(y, table[y].to_numpy(float))
    low, high = (units.scaled(y, table[f"{y}_{end}"].to_numpy(float)) for end in ("low", "high"))
    place = {"color": one.look.color, "transform": _beside(axes, one, axes.transData, spread)}
    axes.plot(xs, ys, linestyle=one.look.line, linewidth=1.2, alpha=0.8, **place)
    axes.vlines(xs, low, high, linewidth=1.1, **place)
    for ends in (low, high):
        axes.plot(xs, ends, linestyle="", marker="_", markersize=6, **place)
    for at, height, network in zip(xs, ys, table.itertuples(), strict=True):
        (point,) = axes.plot([at], [height], linestyle="", **place | one.look.mark)
        value = units.text(y, getattr(network, y))
        span = ""
        if not units.is_missing(getattr(network, f"{y}_low")):
            ends = [units.number(y, getattr(network, f"{y}_{end}")) for end in ("low", "high")]
            span = f" ({ends[0]} – {ends[1]})"
        style.name_point(
            point, f"{one.label} w{network.width:g}, {_params(network.params, language)}: {value}{span}"
        )
    return bool(np.isfinite(high - low).any())


def _mark_failed(axes, one, table, x, spread=14):
    """A crossed marker on the x axis for each network of which a run failed; returns whether there is one."""
    at = table.loc[(table.failed > 0) & table[x].notna(), x].to_numpy(float)
    beside = _beside(axes, one, axes.get_xaxis_transform(), spread)
    place = {"transform": beside, "scalex": False, "scaley": False}
    shape = one.look.mark | {"markerfacecolor": "white", "linestyle": "", "clip_on": False, "zorder": 5}
    for size, marker in ((8, one.look.marker), (5, "x")):
        (mark,) = axes.plot(at, np.zeros(len(at)), ms=size, **shape | {"marker": marker}, **place)
        mark.set_in_layout(False)
    return len(at) > 0


def _marks(table, x, y):
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


def _around(x, y):
    """Where a label may stand around a point, best first."""
    sides = [(1, "left"), (-1, "right")]
    shifts = [(sign * dx, dy, side) for dx, dy in ((8, 0), (5, 9), (5, -9)) for sign, side in sides]
    shifts += [(0, 11, "center"), (0, -11, "center")]
    steps = ((12, 20), (12, -20), (24, 12), (24, -12), (16, 32), (16, -32), (30, 24), (30, -24))
    shifts += [(sign * dx, dy, side) for dx, dy in steps for sign, side in sides]
    return [(x, y, (dx, dy), alignment) for dx, dy, alignment in shifts]


def _limit_y(axes, values, share=True):
    """Fit the y axis to finite values with some room; a share stays within 0-100 %."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return
    room = max(0.08 * np.ptp(values), 1)
    low, high = values.min() - 1.5 * room, values.max() + room
    axes.set_ylim((max(low, 0), min(high, 101)) if share else (low, high))


@style.styled
def class_balance(images, labels, manifest, language="en"):
    """Some training pictures of each class, and its rows per split as bars.

    images: uint8 (rows, height, width, channels) with 1 or 3 channels; labels: int (rows,), -1 = unlabelled.
    """
    classes, splits = manifest["classes"], manifest["splits"]
    row, top, bottom, right = 0.45, 0.36, 1, 0.62  # inches
    height = top + row * len(classes) + bottom
    figure, language = _start(manifest, language, height=height, layout="none")
    figure.suptitle(figure.get_suptitle(), x=0.01, y=1 - 0.06 / height, va="top", ha="left")

    names = [figure.text(0, 0, name, fontsize=10.5) for name in classes]
    left = max(name.get_window_extent().width for name in names) / figure.dpi + 0.18
    for name in names:
        name.remove()
    pictures, wide, high = row * SAMPLES, style.WIDTH, row * len(classes)
    sheet = figure.add_axes((left / wide, bottom / height, pictures / wide, high / height), label="pictures")
    start, stop = (splits["training"][end] for end in ("start", "stop"))
    sheet.imshow(_contact_sheet(images, labels, start, stop, len(classes)), aspect="auto", cmap="gray")
    sheet.set_yticks((np.arange(len(classes)) + 0.5) * sheet.get_images()[0].get_size()[0] / len(classes))
    sheet.set_yticklabels(classes, fontsize=10.5)
    sheet.set_xticks([])
    sheet.tick_params(length=0)
    sheet.grid(False)
    sheet.spines[:].set_visible(False)

    bars_left = left + pictures + 0.12
    bars = figure.add_axes(
        (bars_left / wide, bottom / height, (wide - bars_left - right) / wide, high / height)
    )
    ends = np.zeros(len(classes), int)
    for split, (color, hatch) in zip(_SPLITS, _SPLIT_LOOKS, strict=True):
        counts = np.array(splits.get(split, {}).get("per_class", [0] * len(classes)))
        if counts.any():
            bars.barh(
                range(len(classes)),
                counts,
                left=ends,
                height=0.62,
                color=color,
                hatch=hatch,
                edgecolor=style.INK,
                linewidth=0.6,
                label=units.term(split, language),
            )
            ends = ends + counts
    for index, end in enumerate(ends):
        bars.annotate(
            f"{end:,}", (end, index), (4, 0), textcoords="offset points", va="center", fontsize=style.SMALL
        )
    bars.set_ylim(len(classes) - 0.5, -0.5)
    bars.set_yticks([])
    bars.set_xlim(0, ends.max() or 1)
    bars.xaxis.set_major_locator(ticker.MaxNLocator(3, integer=True))
    bars.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: units.short(value)))
    bars.set_xlabel(units.axis_label("rows", language))
    bars.grid(axis="y", visible=False)
    figure.legend(*bars.get_legend_handles_labels(), loc="lower center", ncols=2, columnspacing=1.4)
    return figure


def _contact_sheet(images, labels, start, stop, classes):
    """The first training pictures of each class in a row, one class below the other, as one picture."""
    _, height, width, channels = images.shape
    gap = max(1, height // 16)
    sheet = np.full((classes * (height + gap), SAMPLES * (width + gap), channels), 255, np.uint8)
    labels = np.asarray(labels[start:stop])
    for kind in range(classes):
        for place, row in enumerate(np.flatnonzero(labels == kind)[:SAMPLES]):
            y, x = kind * (height + gap) + gap // 2, place * (width + gap) + gap // 2
            sheet[y : y + height, x : x + width] = images[start + row]
    return sheet.repeat(3, axis=2) if channels == 1 else sheet


@style.styled
def family_scatter(runs, summary, family, manifest, language="en", y="accuracy_validation"):
    """Parameters against an accuracy for one family: every run, the mean and interval of every width."""
    figure, language = _start(manifest, language)
    axes = figure.subplots()
    chosen = [one for one in all_series(summary, language) if one.family == family]
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
            color=one.look.color if len(chosen) > 1 else style.INK,
            alpha=0.7,
            transform=_beside(axes, one, axes.transData, spread) + beside_its_mean,
        )
        intervals |= _draw_series(axes, one, table, "params", y, language, spread)
        failed |= _mark_failed(axes, one, table, "params", spread)
    mine = summary[summary.family == family]
    style.log_axis(axes.xaxis, mine.params)
    _limit_y(axes, units.scaled(y, mine[[y, f"{y}_low", f"{y}_high"]].to_numpy(float)))
    axes.set_xlabel(units.axis_label("params", language))
    axes.set_ylabel(units.axis_label(y, language))
    axes.set_title(Language(language).family_label(family))
    if mine[y].isna().all():
        _say_empty(axes, language)
    handles = _series_handles(chosen) if len(chosen) > 1 else [_mean_handle(chosen[0], language)]
    if (mine.seeds > 1).any():
        handles.append(_handle(units.term("one_seed", language), linestyle="", marker=".", color=style.INK))
    if intervals:
        handles.append(_interval_handle(language))
    if failed:
        handles.append(_failed_handle(language))
    style.legend(figure, handles)
    points = mine[mine[y].notna()].sort_values("params")
    marks = [_marks(one.of(mine), "params", y) for one in chosen]
    labels = [
        (f"w{point.width:g}", _around(point.params, units.scaled(y, getattr(point, y))))
        for point in points.itertuples()
    ]
    style.place_labels(axes, labels, np.concatenate(marks), optional=True)
    return figure


def _mean_handle(one, language):
    return _handle(units.term("seed_mean", language), linestyle=one.look.line, **one.look.mark)


@style.styled
def tradeoff(summary, x, y, manifest, language="en", references=(), human_agreement=None, size_limits=()):
    """A cost against an accuracy: every family with its intervals, and what to judge it by.

    x: "params", "macs" or "seconds"; y: an accuracy. references: the config's published
    models (drawn against params, those whose split is of the same kind as y's); human_agreement: None or
    dict with accuracy and plus_minus; size_limits: bytes (drawn against params as what they hold at
    float16).
    """
    figure, language = _start(manifest, language, height=style.HEIGHT + 0.3)
    axes = figure.subplots()
    series = all_series(summary, language)
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
        failed |= _mark_failed(axes, one, one.of(summary), x)
    handles = _series_handles(series)
    if intervals:
        handles.append(_interval_handle(language))
    if failed:
        handles.append(_failed_handle(language))

    heights = [units.scaled(y, summary[[y, f"{y}_low", f"{y}_high"]].to_numpy(float)).ravel()]
    if human_agreement:
        middle, spread = (units.scaled(y, human_agreement[key]) for key in ("accuracy", "plus_minus"))
        axes.axhspan(middle - spread, middle + spread, color="#000000", alpha=0.07, linewidth=0)
        axes.axhline(middle, color=style.PALE, linewidth=1, linestyle=(0, (2, 2)))
        heights.append([middle - spread, middle + spread])
        label = f"{units.term('human_agreement', language)} {middle:g} ± {spread:g} %"
        handles.append(_handle(label, color=style.PALE, linewidth=1, linestyle=(0, (2, 2))))
    heights.append([units.scaled(y, reference["accuracy"]) for reference in shown])
    style.log_axis(
        axes.xaxis, [*summary[x].astype(float), *(r["params"] for r in shown), *(at for _, at in lines)]
    )
    _limit_y(axes, np.concatenate(heights))
    for _, at in lines:
        axes.axvline(at, color=style.INK, linewidth=1, linestyle=(0, (1, 2)))
    if lines:
        term = units.term("size_limit_float16", language)
        handles.append(_handle(term, color=style.INK, linewidth=1, linestyle=(0, (1, 2))))
    for letter, reference in zip(ascii_lowercase, shown, strict=False):
        handles.append(_draw_reference(axes, letter, reference, y, language))
    axes.set_xlabel(units.axis_label(x, language))
    axes.set_ylabel(units.axis_label(y, language))
    if summary[y].isna().all():
        _say_empty(axes, language)
    style.legend(figure, handles)
    _label_marks(axes, series, summary, x, y, shown, lines)
    return figure


def _draw_reference(axes, letter, reference, y, language):
    """Mark a published model by a star; returns the legend's line for its letter."""
    height, value = units.scaled(y, reference["accuracy"]), units.text(y, reference["accuracy"])
    name, split = reference["name"], units.term(reference["split"], language)
    (point,) = axes.plot([reference["params"]], [height], "*", ms=9, mfc="white", mec=style.INK, zorder=4)
    said = f"{name}, {_params(reference['params'], language)}: {value} ({split}). {reference.get('note', '')}"
    style.name_point(point, said.strip(". "))
    label = f"{letter}: {name}"
    label = label if reference["split"] == y.removeprefix("accuracy_") else f"{label} ({split})"
    return _handle(label, linestyle="", marker="*", ms=9, mfc="white", color=style.INK)


def _label_marks(axes, series, summary, x, y, references, lines):
    """Write the size limits along their lines and the letters of references beside their stars."""
    marks = [_marks(one.of(summary), x, y) for one in series]
    _label_lines(axes, marks, lines, references, y)


def _label_lines(axes, marks, lines, references=(), y="accuracy"):
    """The labels of ``_label_marks``. marks: (n, 2) arrays to keep clear of; lines: (bytes, x)."""
    stars = [(reference["params"], units.scaled(y, reference["accuracy"])) for reference in references]
    low, high = axes.get_ylim()
    marks = [*marks, stars, *([(at, height) for height in np.linspace(low, high, 60)] for _, at in lines)]
    labels = [(letter, _around(*star)) for letter, star in zip(ascii_lowercase, stars, strict=False)]
    for limit, at in lines:
        heights = [low + share * (high - low) for share in (0.96, 0.9, 0.84, 0.1, 0.16, 0.22)]
        sides = ((4, "left"), (-4, "right"))
        places = [(at, height, (dx, 0), side) for height in heights for dx, side in sides]
        labels.append((f"{units.short(limit, ' ')}B", places))
    style.place_labels(axes, labels, np.concatenate([np.reshape(some, (-1, 2)) for some in marks]))


@style.styled
def exported(exports, manifest, language="en", size_limits=()):
    """Bytes of the exported files against their accuracy, with the size limits.

    exports: a table as of ``export.COLUMNS``. A network's files are marked by format: filled float32, half
    filled float16, hollow int8. Each is one trained model, so the intervals are over pictures.
    """
    figure, language = _start(manifest, language, height=style.HEIGHT + 0.3)
    axes = figure.subplots()
    y = final_accuracy(exports)
    rows = sum(
        manifest["splits"][split]["stop"] - manifest["splits"][split]["start"]
        for split in (("public", "private") if y == "accuracy_pooled" else ("validation",))
    )
    accuracy = exports[y].to_numpy(float)
    spans = [wilson_interval(round(value * rows), rows) for value in accuracy]
    spans = units.scaled(y, np.array(spans).reshape(-1, 2))
    faces = {"float32": {}, "float16": {"fillstyle": "left", "markerfacecoloralt": "white"}}
    faces["int8"] = {"markerfacecolor": "white"}
    series = all_series(exports, language)
    for one in series:
        for index, file in one.of(exports).iterrows():
            height = units.scaled(y, file[y])
            axes.plot(2 * [file.bytes], spans[index], linewidth=0.9, alpha=0.5, color=one.look.color)
            (point,) = axes.plot(
                [file.bytes], [height], linestyle="", **one.look.mark | {"zorder": 3} | faces[file.format]
            )
            said = f"{one.label} w{file.width:g} {file.format}, {units.text('bytes', file.bytes)}"
            style.name_point(point, f"{said}: {units.text(y, file[y])}")
    for limit in size_limits:
        axes.axvline(limit, color=style.INK, linewidth=1, linestyle=(0, (1, 2)))
    style.log_axis(axes.xaxis, [*exports.bytes, *size_limits])
    _limit_y(axes, [*units.scaled(y, accuracy), *spans.ravel()])
    axes.set_xlabel(units.axis_label("bytes", language))
    axes.set_ylabel(units.axis_label(y, language))
    handles = [_handle(one.label, linestyle="", **one.look.mark) for one in series]
    for kind, face in faces.items():
        handles.append(_handle(kind, linestyle="", **{"marker": "o", "color": style.PALE} | face))
    handles.append(_interval_handle(language, "image_interval"))
    if size_limits:
        term = units.term("size_limit", language)
        handles.append(_handle(term, color=style.INK, linewidth=1, linestyle=(0, (1, 2))))
    if exports.empty:
        _say_empty(axes, language)
    style.legend(figure, handles)
    marks = [np.column_stack([np.repeat(exports.bytes.to_numpy(float), 2), spans.ravel()])]
    marks.append(np.column_stack([exports.bytes.to_numpy(float), units.scaled(y, accuracy)]))
    _label_lines(axes, marks, [(limit, limit) for limit in size_limits])
    return figure


@style.styled
def pareto_front(summary, comparison, manifest, language="en"):
    """Parameters against validation accuracy with the networks that none beats in both named."""
    y = "accuracy_validation"
    figure, language = _start(manifest, language)
    axes = figure.subplots()
    series = all_series(summary, language)
    for one in series:
        table = one.of(summary)
        table = table[table[y].notna()]
        axes.plot(
            table.params.to_numpy(float),
            units.scaled(y, table[y].to_numpy(float)),
            linestyle="",
            alpha=0.35,
            **one.look.mark,
        )
    front = pd.DataFrame(
        [
            {**{key: member[key] for key in ("recipe", "family", "width", "params")}}
            | {y: member["accuracy"]["validation"]}
            for member in comparison["pareto"]
        ],
        columns=["recipe", "family", "width", "params", y],
    ).sort_values("params")
    xs, ys = front.params.to_numpy(float), units.scaled(y, front[y].to_numpy(float))
    style.log_axis(axes.xaxis, summary.params)
    _limit_y(axes, units.scaled(y, summary[y].to_numpy(float)))
    line = {"color": style.INK, "linewidth": 1.2, "linestyle": "-"}
    if len(xs):
        axes.step([*xs, axes.get_xlim()[1]], [*ys, ys[-1]], where="post", **line)
    else:
        _say_empty(axes, language)
    for one in series:
        for network in one.of(front).itertuples():
            height = units.scaled(y, getattr(network, y))
            (point,) = axes.plot([network.params], [height], linestyle="", zorder=3, **one.look.mark)
            value = units.text(y, getattr(network, y))
            name = f"{one.label} w{network.width:g}"
            style.name_point(point, f"{name}, {_params(network.params, language)}: {value}")
    axes.set_xlabel(units.axis_label("params", language))
    axes.set_ylabel(units.axis_label(y, language))
    front_handle = _handle(units.term("pareto", language), **line)
    marks = [_handle(one.label, linestyle="", **one.look.mark) for one in series]
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
            _around(network.params, units.scaled(y, getattr(network, y))),
        )
        for network in front.itertuples()
    ]
    style.place_labels(axes, labels, np.concatenate(steps), optional=True)
    return figure


@style.styled
def family_difference(comparison, language="en"):
    """The difference in final accuracy between two families at like parameter counts, one panel per pair.

    Points are filled where the verdict is "ahead" or "behind", hollow where one cannot tell; the band
    is where the two curves cross.
    """
    split = comparison["final"]
    pairs = [pair for pair in comparison["pairs"] if pair["budgets"]]
    columns = 1 if len(pairs) <= 4 else 2
    rows = max(1, -(-len(pairs) // columns))
    figure, language = _start(comparison, language, height=1.4 + (1.5 if rows > 1 else 2.1) * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    found = [(budget["params"], budget["splits"][split]) for pair in pairs for budget in pair["budgets"]]
    ends = [
        units.scaled("difference", item[key])
        for _, item in found
        for key in ("difference", "low", "high")
        if item[key] is not None
    ]
    crossed = False
    many = len({pair["recipe"] for pair in pairs}) > 1
    for axes, pair in zip(grid.flat, pairs, strict=False):
        axes.axhline(0, color=style.INK, linewidth=1.2)
        crossing = pair["crossing"].get(split, {})
        if crossing.get("status") == "crosses":
            crossed = True
            axes.axvline(crossing["params"], color=style.PALE, linestyle="--", linewidth=1)
            if crossing["low"] is not None and crossing["high"] is not None:
                axes.axvspan(crossing["low"], crossing["high"], color="#000000", alpha=0.08, linewidth=0)
        for budget in pair["budgets"]:
            said = f"{_difference_title(pair, language)}, {_params(budget['params'], language)}"
            _draw_difference(axes, budget["params"], budget["splits"][split], said, language)
        title = _difference_title(pair, language)
        gap = " " if columns == 1 else "\n"
        axes.set_title(f"{title}{gap}({pair['recipe']})" if many else title)
        if ends:
            _limit_y(axes, [*ends, 0], share=False)
    for axes in grid.flat[max(len(pairs), 1) :]:
        axes.set_visible(False)
    if pairs:
        style.log_axis(grid[0, 0].xaxis, [params for params, _ in found], narrow=columns > 1)
    else:
        _say_empty(grid[0, 0], language, "no_pairs")
    for axes in grid[-1] if columns == 1 or len(pairs) % 2 == 0 else grid.flat[len(pairs) - 2 : len(pairs)]:
        axes.set_xlabel(units.axis_label("params", language))
        axes.tick_params(labelbottom=True)
    figure.supylabel(units.axis_label("difference", language), fontsize=10.5)
    handles = _verdict_handles([item for _, item in found], language)
    if crossed:
        handles.append(
            _handle(units.term("crossing", language), color=style.PALE, linestyle="--", linewidth=1)
        )
    style.legend(figure, handles)
    return figure


def _difference_title(pair, language):
    return " − ".join(Language(language).family_label(pair[name]) for name in ("family", "control"))


def _verdict_handles(found, language, upright=True):
    """What the marks of some DIFFERENCEs mean, for the legend (list)."""
    verdicts = {item["verdict"] for item in found}
    handles = [
        _handle(units.term(verdict, language), linestyle="", marker=marker, color=style.INK, mfc=face)
        for verdict, (marker, face) in _VERDICT_LOOKS.items()
        if verdict in verdicts
    ]
    return [*handles, _interval_handle(language, "interval", "|" if upright else "_")] if found else handles


def _draw_difference(axes, place, item, said, language, upright=True):
    """One DIFFERENCE with its interval at a place on the x axis, or on the y axis if not ``upright``."""
    marker, face = _VERDICT_LOOKS[item["verdict"]]

    def draw(differences, **look):
        places = [place] * len(differences)
        (line,) = axes.plot(*((places, differences) if upright else (differences, places)), **look)
        return line

    if item["low"] is not None:
        ends = [units.scaled("difference", item[key]) for key in ("low", "high")]
        draw(ends, color=style.INK, linewidth=1.2, marker="_" if upright else "|", ms=7)
    middle = units.scaled("difference", item["difference"])
    point = draw([middle], linestyle="", marker=marker, color=style.INK, mfc=face, ms=7.5)
    value = units.text("difference", item["difference"], language)
    style.name_point(point, f"{said}: {value}, {units.term(item['verdict'], language)}")


@style.styled
def recipe_effects(comparison, language="en"):
    """What each recipe changes in validation accuracy against the sweep's first, a panel per network."""
    effects = comparison["recipe_effects"]
    rows = [len(one["others"]) for one in effects] or [1]
    figure, language = _start(comparison, language, height=1.1 + sum(0.4 + 0.26 * count for count in rows))
    grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=[1 + n for n in rows])
    found = []
    for axes, one in zip(grid[:, 0], effects, strict=False):
        axes.axvline(0, color=style.INK, linewidth=1.2)
        base = one["base"]
        network = f"{Language(language).family_label(base['family'])} w{base['width']:g}"
        title = f"{network}, {units.term('against', language)} {base['recipe']}"
        axes.set_title(title, loc="right")  # there it may reach over the names
        names = [other["member"]["recipe"] for other in one["others"]]
        for place, (name, other) in enumerate(zip(names, one["others"], strict=True)):
            found.append(other["splits"]["validation"])
            said = f"{network}, {name} − {base['recipe']}"
            _draw_difference(axes, place, found[-1], said, language, upright=False)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
    if not effects:
        _say_empty(grid[0, 0], language)
    grid[-1, 0].set_xlabel(units.axis_label("validation_difference", language), loc="right")
    style.legend(figure, _verdict_handles(found, language, upright=False))
    return figure


@style.styled
def learning_curves(histories, runs, manifest, language="en"):
    """Loss and accuracy by epoch of every run: a row per family, validation solid, training dotted.

    histories: {run name: DataFrame of history.csv}; runs: runs.csv. Wider networks are darker; parameter
    counts stand at the ends of the accuracy curves as far as there is room. A cross ends the curves of
    a run that did not finish.
    """
    language = style.language_for_figures(language)
    series = all_series(runs, language)
    rows = max(1, len(series))
    figure, language = _start(manifest, language, height=1.4 + 1.6 * rows)
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
        _say_empty(grid[0, 0], language)
    handles = [
        _handle(units.term("validation", language), color=style.INK, linestyle="-"),
        _handle(units.term("training", language), color=style.INK, linestyle=_DOTTED),
        _handle(units.term("darker", language), color=_LIGHT_TO_DARK(0.6), linewidth=5),
    ]
    style.legend(figure, [*handles, _failed_handle(language)] if failed else handles)
    for axes, by_width in zip(grid[:, 1], ends, strict=False):
        labels = [
            (units.short(params), [(at, height, (4, dy), "left") for dy in (0, 5, -5, 10, -10)])
            for params, at, height in by_width.values()
        ]
        style.place_labels(axes, labels, [], optional=True)
    return figure


def _draw_curves(axes, history, quantity, shade, rasterized):
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


def _final_split(metrics):
    return "pooled" if any("pooled" in run["splits"] for run in metrics) else "validation"


@style.styled
def confusion_matrices(metrics, manifest, language="en"):
    """Per family the confusion of its best network (by mean validation accuracy), summed over its seeds.

    metrics: the dicts of metrics.json. Rows are true classes and sum to 100 %.
    """
    split, classes = _final_split(metrics), manifest["classes"]
    finished = [run for run in metrics if run["status"] == "finished" and split in run["splits"]]
    table = pd.DataFrame(metrics, columns=["recipe", "family", "width", "seed"])
    language = style.language_for_figures(language)
    series = all_series(table, language)
    columns = 2 if len(classes) <= 8 and len(series) > 1 else 1
    rows = max(1, -(-len(series) // columns))
    cell = max((style.WIDTH - 0.95) / columns / len(classes), 0.2)
    wide = max(style.WIDTH, 0.95 + columns * cell * len(classes))
    cell = min(cell, 0.42)
    written = 0.5 + 0.08 * max(map(len, classes))  # inches: title above and names of classes below a panel
    height = 0.7 + rows * (cell * len(classes) + written)
    figure, language = _start(manifest, language, width=wide, height=height)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat:
        axes.set_visible(False)
    for axes, one in zip(grid.flat, series, strict=False):
        axes.set_visible(True)
        mine = [run for run in finished if (run["recipe"], run["family"]) == (one.recipe, one.family)]
        axes.set_title(one.label)
        axes.set_xticks(range(len(classes)), classes, rotation=90)
        axes.set_yticks(range(len(classes)), classes)
        axes.tick_params(length=0)
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(labelbottom=True)
        if mine:
            _draw_confusion(axes, one, mine, split, cell, language)
        else:
            axes.set_xlim(-0.5, len(classes) - 0.5)
            axes.set_ylim(len(classes) - 0.5, -0.5)
            _say_empty(axes, language)
    figure.supxlabel(units.term("predicted_class", language), fontsize=10.5)
    figure.supylabel(units.term("true_class", language), fontsize=10.5)
    return figure


def _draw_confusion(axes, one, mine, split, cell, language):
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
    size = min(style.SMALL, 72 * cell / 2)
    if size >= 5:
        for (y, x), value in np.ndenumerate(share):
            color = "white" if value > 66 else style.INK  # where each has the better contrast
            axes.text(x, y, f"{value:.0f}", ha="center", va="center", color=color, fontsize=size)


@style.styled
def recall_by_class(metrics, manifest, language="en"):
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
    series = all_series(
        pd.DataFrame(metrics, columns=["recipe", "family"]), style.language_for_figures(language)
    )
    columns = min(3, len(classes))
    panels = -(-len(classes) // columns)
    figure, language = _start(manifest, language, height=1.4 + 1.45 * panels)
    grid = figure.subplots(panels, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(grid.flat, classes, strict=False):
        for one in series:
            mine = one.of(means[means["class"] == name]).sort_values("params")
            axes.plot(
                mine.params.to_numpy(float),
                units.scaled("recall", mine.recall.to_numpy(float)),
                linestyle=one.look.line,
                linewidth=1.2,
                markersize=4.5,
                **one.look.mark,
            )
        axes.set_title(name)
    for axes in grid.flat[len(classes) :]:
        axes.set_visible(False)
    for axes in grid.flat[max(0, len(classes) - columns) : len(classes)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(units.axis_label("params", language))
    style.log_axis(grid[0, 0].xaxis, means.params, narrow=True)
    grid[0, 0].set_ylim(0, 100)
    if not rows:
        _say_empty(grid[0, 0], language)
    figure.supylabel(units.axis_label("recall", language), fontsize=10.5)
    style.legend(figure, _series_handles(series))
    return figure


def training_costs(benchmarks, runs):
    """What each training took, beside its run.

    benchmarks: {run name: the table of the ``benchmark:`` file of its training job}, of whose columns s
    (seconds) and max_rss (MB) are used. Returns a DataFrame with recipe, family, params, s, max_rss (means
    over repetitions) and failed (0 or 1), a row per run that has a benchmark.
    """
    rows = []
    for run in runs.itertuples():
        took = benchmarks.get(_run_name(run))
        if took is not None:
            row = {"recipe": run.recipe, "family": run.family, "params": run.params}
            row |= {"failed": int(run.status != "finished")}
            rows.append(row | took[["s", "max_rss"]].mean().to_dict())
    return pd.DataFrame(rows, columns=["recipe", "family", "params", "failed", "s", "max_rss"])


@style.styled
def training_cost(costs, manifest, language="en"):
    """Seconds and peak memory of the training jobs against parameters, one mark per run.

    costs: as of ``training_costs``; jobs whose run failed are left out and marked.
    """
    figure, language = _start(manifest, language, height=4.8)
    upper, lower = figure.subplots(2, 1, sharex=True)
    series = all_series(costs, language)
    failed = False
    finished = costs[costs.failed == 0]
    for one in series:
        mine = one.of(finished)
        means = mine.groupby("params", as_index=False)[["s", "max_rss"]].mean()
        for axes, quantity in ((upper, "s"), (lower, "max_rss")):
            params = mine.params.to_numpy(float)
            axes.plot(params, mine[quantity].to_numpy(float), linestyle="", alpha=0.6, **one.look.mark)
            axes.plot(
                means.params.to_numpy(float),
                means[quantity].to_numpy(float),
                linestyle=one.look.line,
                linewidth=1.2,
                color=one.look.color,
            )
            failed |= _mark_failed(axes, one, one.of(costs), "params")
    for axes, quantity in ((upper, "s"), (lower, "max_rss")):
        axes.set_ylabel(units.axis_label(quantity, language))
    style.log_axis(upper.yaxis, finished.s)
    style.log_axis(upper.xaxis, costs.params)
    style.log_axis(lower.yaxis, finished.max_rss)
    lower.set_xlabel(units.axis_label("params", language))
    if finished.empty:
        _say_empty(upper, language)
    handles = _series_handles(series)
    style.legend(figure, [*handles, _failed_handle(language)] if failed else handles)
    return figure
