"""What the data set holds."""

from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure

from widthwise.report import style, units
from widthwise.report.figures import common

SAMPLES = 4  # pictures shown of each class
_SPLITS = ("training", "validation", "public", "private")
_SPLIT_LOOKS = (("#0072B2", ""), ("#E69F00", "////"), ("#56B4E9", "...."), ("#cfcfcf", "xxxx"))


@style.styled
def class_balance(
    images: np.ndarray,
    labels: np.ndarray,
    manifest: dict[str, Any],
    language: str = "en",
    samples: bool = True,
) -> Figure:
    """Some training pictures of each class if ``samples``, and its rows per split as bars.

    images: uint8 (rows, height, width, channels) with 1 or 3 channels; labels: int (rows,), -1 = unlabelled.
    """
    classes, splits = manifest["classes"], manifest["splits"]
    row, top, bottom, right = 0.45, 0.36, 1, 0.62  # inches
    height = top + row * len(classes) + bottom
    figure, language = common.start(manifest, language, height=height, layout="none")
    figure.suptitle(figure.get_suptitle(), x=0.01, y=1 - 0.06 / height, va="top", ha="left")

    labels_of_classes = [common.class_label(name, lines=2) for name in classes]
    size = 10.5 if labels_of_classes == classes else style.SMALL
    names = [figure.text(0, 0, name, fontsize=size) for name in labels_of_classes]
    left = max(name.get_window_extent().width for name in names) / figure.dpi + 0.18
    for name in names:
        name.remove()
    pictures, high = row * SAMPLES if samples else 0, row * len(classes)
    wide = max(style.WIDTH, left + pictures + right + 1)
    figure.set_figwidth(wide)
    if samples:
        sheet = figure.add_axes(
            (left / wide, bottom / height, pictures / wide, high / height), label="pictures"
        )
        start, stop = (splits["training"][end] for end in ("start", "stop"))
        sheet.imshow(_contact_sheet(images, labels, start, stop, len(classes)), aspect="auto", cmap="gray")
        sheet.set_yticks((np.arange(len(classes)) + 0.5) * sheet.get_images()[0].get_size()[0] / len(classes))
        sheet.set_yticklabels(labels_of_classes, fontsize=size)
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
                label=units.split(split, splits, language),
            )
            ends = ends + counts
    for index, end in enumerate(ends):
        bars.annotate(
            f"{end:,}", (end, index), (4, 0), textcoords="offset points", va="center", fontsize=style.SMALL
        )
    bars.set_ylim(len(classes) - 0.5, -0.5)
    bars.set_yticks(
        [] if samples else range(len(classes)), labels=[] if samples else labels_of_classes, fontsize=size
    )
    bars.tick_params(axis="y", length=0)
    bars.set_xlim(0, ends.max() or 1)
    bars.xaxis.set_major_locator(ticker.MaxNLocator(3, integer=True))
    bars.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: units.short(value)))
    bars.set_xlabel(units.axis_label("rows", language))
    bars.grid(axis="y", visible=False)
    figure.legend(*bars.get_legend_handles_labels(), loc="lower center", ncols=2, columnspacing=1.4)
    return figure


def _contact_sheet(images: np.ndarray, labels: np.ndarray, start: int, stop: int, classes: int) -> np.ndarray:
    """The first training pictures of each class in a row, one class below the other, as one picture."""
    _, height, width, channels = images.shape
    gap = max(1, height // 16)
    sheet = np.full((classes * (height + gap), SAMPLES * (width + gap), channels), 255, np.uint8)
    labels = np.asarray(labels[start:stop])
    for kind in range(classes):
        for column, row in enumerate(np.flatnonzero(labels == kind)[:SAMPLES]):
            y, x = kind * (height + gap) + gap // 2, column * (width + gap) + gap // 2
            sheet[y : y + height, x : x + width] = images[start + row]
    return sheet.repeat(3, axis=2) if channels == 1 else sheet
