"""What the exported files weigh and reach."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from widthwise.evaluation.statistics import wilson_interval
from widthwise.report import style, units
from widthwise.report.figures import common


@style.styled
def exported(
    exports: pd.DataFrame,
    manifest: dict[str, Any],
    language: str = "en",
    size_limits: Sequence[int] = (),
) -> Figure:
    """Bytes of the exported files against their accuracy, with the size limits.

    exports: a table as of ``export.COLUMNS``. A network's files are marked by format: filled float32, half
    filled float16, hollow int8. Each is one trained model, so the intervals are over pictures.
    """
    figure, language = common.start(manifest, language, height=style.HEIGHT + 0.3)
    axes = figure.subplots()
    y = common.final_column(exports)
    behind = {"public", "private"} if y == "accuracy_pooled" else {"validation"}
    parts = [part for split, part in manifest["splits"].items() if split in behind]
    rows = sum(part["stop"] - part["start"] for part in parts)
    accuracy = exports[y].to_numpy(float)
    spans = [wilson_interval(round(value * rows), rows) for value in accuracy]
    spans = units.scaled(y, np.array(spans).reshape(-1, 2))
    faces: dict[str, dict[str, Any]] = {
        "float32": {},
        "float16": {"fillstyle": "left", "markerfacecoloralt": "white"},
        "int8": {"markerfacecolor": "white"},
    }
    series = common.all_series(exports, language)
    for one in series:
        for index, file in one.of(exports).iterrows():
            height = units.scaled(y, file[y])
            axes.plot(2 * [file.bytes], spans[index], linewidth=0.9, alpha=0.5, color=one.style.color)
            (point,) = axes.plot(
                [file.bytes], [height], linestyle="", **one.style.mark | {"zorder": 3} | faces[file.format]
            )
            said = f"{one.label} w{file.width:g} {file.format}, {units.text('bytes', file.bytes)}"
            style.name_point(point, f"{said}: {units.text(y, file[y])}")
    for limit in size_limits:
        axes.axvline(limit, color=style.INK, linewidth=1, linestyle=(0, (1, 2)))
    style.log_axis(axes.xaxis, [*exports.bytes, *size_limits])
    common.limit_y(axes, [*units.scaled(y, accuracy), *spans.ravel()])
    axes.set_xlabel(units.axis_label("bytes", language))
    axes.set_ylabel(units.axis_label(y, language))
    handles = [common.handle(one.label, linestyle="", **one.style.mark) for one in series]
    for kind, face in faces.items():
        handles.append(common.handle(kind, linestyle="", **{"marker": "o", "color": style.PALE} | face))
    handles.append(common.interval_handle(language, "image_interval"))
    if size_limits:
        term = units.term("size_limit", language)
        handles.append(common.handle(term, color=style.INK, linewidth=1, linestyle=(0, (1, 2))))
    if exports.empty:
        common.say_empty(axes, language)
    style.legend(figure, handles)
    marks = [np.column_stack([np.repeat(exports.bytes.to_numpy(float), 2), spans.ravel()])]
    marks.append(np.column_stack([exports.bytes.to_numpy(float), units.scaled(y, accuracy)]))
    common.label_lines(axes, marks, [(limit, limit) for limit in size_limits])
    return figure
