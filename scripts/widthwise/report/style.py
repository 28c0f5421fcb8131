"""The one style of all figures: size, fonts, colours, markers, and how a figure becomes a file.

A figure is 4.5 inches wide: at the width of a phone (390 pixels) its smallest text, of 9 pt, is 10
pixels high. The colours are those of Okabe and Ito ("Color Universal Design", 2008), told apart by the
colour-blind; in print without colour, markers, filled or hollow, and line styles do it. Every function
that draws is ``styled``.
"""

import contextlib
import functools
import io
import logging
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeVar, cast

os.environ["MPLBACKEND"] = "agg"  # a notebook's is no use here, and a wrong one ends the import

import matplotlib
import numpy as np
from matplotlib import font_manager, ticker
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from widthwise.report import units
from widthwise.report.catalogues import messages

Drawing = TypeVar("Drawing", bound=Callable)
Candidate = tuple[float, float, tuple[float, float], str]  # x, y, shift in points, alignment
Label = tuple[str, Sequence[Candidate]]
WIDTH, HEIGHT = 4.5, 3.6  # inches
DPI = 200
INK, PALE = "#1a1a1a", "#8a8a8a"
SMALL = 9  # pt; the least that any text has
CJK_FONTS = (
    *("Noto Sans CJK TC", "Noto Sans TC", "Source Han Sans TC", "PingFang TC", "Microsoft JhengHei"),
    *("Heiti TC", "WenQuanYi Zen Hei", "AR PL UMing TW", "Arial Unicode MS"),
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR"),  # a file of all is known by its first name
)


@dataclass(frozen=True)
class SeriesStyle:
    """How one series is drawn; ``hollow`` markers tell a second round of the colours from the first."""

    color: str
    marker: str
    line: str | tuple
    hollow: bool = False

    @property
    def mark(self) -> dict[str, Any]:
        """The keywords of ``Axes.plot`` for its markers."""
        face = "white" if self.hollow else self.color
        return {"color": self.color, "marker": self.marker, "markerfacecolor": face}


_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_LINES: tuple[str | tuple, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (9, 2)))
_STYLES = tuple(SeriesStyle(*parts) for parts in zip(_COLORS, _MARKERS, _LINES, strict=True))
ROUND = len(_STYLES)  # series number ROUND looks like number 0, but hollow


def series_style(index: int) -> SeriesStyle:
    """The style of the series number ``index`` (from 0); from the twelfth on they come again."""
    first = _STYLES[index % ROUND]
    return SeriesStyle(first.color, first.marker, first.line, hollow=index // ROUND % 2 == 1)


@functools.cache
def cjk_font() -> str | None:
    """The name of an installed font with Chinese characters, or None."""
    font = _first_cjk_font()
    if font is None:  # matplotlib keeps its list of fonts for years: one installed since is not in it
        known = {Path(font.fname) for font in font_manager.fontManager.ttflist}
        for path in sorted(set(map(Path, font_manager.findSystemFonts())) - known):
            with contextlib.suppress(Exception):  # not every file of the system is a font that can be read
                font_manager.fontManager.addfont(path)
        font = _first_cjk_font()
    return font


def _first_cjk_font() -> str | None:
    installed = set(font_manager.get_font_names())
    return next((name for name in CJK_FONTS if name in installed), None)


def language_for_figures(language: str) -> str:
    """``language``, or "en" with a line in the log where no installed font can write it."""
    if cjk_font() or not re.search("[\u4e00-\u9fff]", str(messages(language, "labels"))):
        return language
    logging.getLogger(__name__).warning(
        "no font with Chinese characters is installed (for instance fonts-noto-cjk): figures are in English"
    )
    return "en"


@functools.cache
def _settings() -> dict[Any, Any]:
    fonts = ["DejaVu Sans"]  # comes with matplotlib
    return {
        "font.family": [*fonts, cjk_font()] if cjk_font() else fonts,
        "font.size": 10.5,
        "axes.titlesize": 10.5,
        "axes.labelsize": 10.5,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "figure.titlesize": SMALL,
        "text.color": INK,
        "text.parse_math": False,  # names of classes are names
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.titlelocation": "left",
        "axes.unicode_minus": True,
        "grid.color": "#e2e2e2",
        "grid.linewidth": 0.7,
        "lines.linewidth": 1.6,
        "lines.markersize": 6,
        "legend.frameon": False,
        "legend.handlelength": 2.6,
        "hatch.linewidth": 0.6,
        "figure.facecolor": "white",
        "svg.fonttype": "path",  # looks the same wherever it is opened
        "svg.hashsalt": "widthwise",  # the same figure is the same file
    }


def styled(draw: Drawing) -> Drawing:
    """Decorate a function so that it draws in the one style, whatever matplotlib's settings are."""

    @functools.wraps(draw)
    def in_style(*arguments: Any, **keywords: Any) -> Any:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
            matplotlib.rcParams.update(_settings())
            return draw(*arguments, **keywords)

    return cast(Drawing, in_style)


@styled
def new_figure(
    note: str = "", width: float = WIDTH, height: float = HEIGHT, layout: Any = "constrained"
) -> Figure:
    """An empty Figure in inches; ``note`` (the data it shows) is written at its top left."""
    figure = Figure(figsize=(width, height), layout=layout)
    if note:
        figure.suptitle(note, x=0.01, ha="left", color="#555555", style="italic")
    return figure


@styled
def legend(figure: Figure, handles: Iterable[Line2D]) -> None:
    """A legend below the axes, in as many columns as fit; the figure grows by the legend's height."""
    handles = list(handles)
    for columns in range(min(len(handles), 4), 0, -1):
        drawn = figure.legend(
            handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.4, borderaxespad=0.2
        )
        if columns == 1 or drawn.get_window_extent().width < 0.98 * figure.bbox.width:
            figure.set_figheight(figure.get_figheight() + drawn.get_window_extent().height / figure.dpi)
            return
        drawn.remove()


def log_axis(axis: XAxis | YAxis, values: ArrayLike, narrow: bool = False) -> None:
    """Make an axis logarithmic over positive values, with some room and few, plain ticks.

    axis: an Axes' ``xaxis`` or ``yaxis``; values: array, NaN and non-positive values are ignored;
    narrow: for a small panel, with few ticks.
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values) & (values > 0)]
    low, high = (values.min(), values.max()) if len(values) else (1, 10)
    room = max((high / low) ** 0.07, 1.3)
    low, high = low / room, high * room
    decades = np.log10(high / low)
    if decades < 0.8:
        ticks = ticker.MaxNLocator(3 if narrow else 5, steps=[1, 2, 5, 10])
    else:
        few = 1.3 if narrow else 3.2
        subs = (1,) if decades >= few else (1, 3) if narrow or decades >= 2.2 else (1, 2, 5)
        ticks = ticker.LogLocator(subs=subs, numticks=6 if narrow else 20)
    scale, limits = (
        (axis.axes.set_xscale, axis.axes.set_xlim)
        if axis.axis_name == "x"
        else (axis.axes.set_yscale, axis.axes.set_ylim)
    )
    scale("log")
    limits(low, high)
    axis.set_major_locator(ticks)
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: units.short(value)))
    axis.set_minor_formatter(ticker.NullFormatter())
    if narrow:
        axis.set_minor_locator(ticker.NullLocator())


@styled
def place_labels(
    axes: Axes, labels: Iterable[Label], marks: ArrayLike, optional: bool = False
) -> Sequence[Text]:
    """Write labels where they cover neither one another nor a mark; call it when all else is drawn.

    labels: (text, candidates), candidates being [(x, y, (dx, dy), horizontal alignment)] in
    order of preference, x and y in data coordinates and the shift in points. marks: (n, 2) array of
    data coordinates to keep clear of. A label that fits nowhere is left out if ``optional``,
    else it takes the place that covers the fewest marks. Returns the text artists.
    """
    figure = axes.get_figure(root=True)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout is settled; it must not move under the labels
    marks = axes.transData.transform(np.asarray(marks, float).reshape(-1, 2))
    frame, taken, placed = axes.get_window_extent(), [], []
    for text, candidates in labels:
        tried = []
        for x, y, shift, alignment in candidates:
            far = max(map(abs, shift)) > 15  # too far to be read without a line to its mark
            artist = axes.annotate(
                text,
                (x, y),
                shift,
                textcoords="offset points",
                ha=alignment,
                va="center",
                fontsize=SMALL,
                arrowprops={"arrowstyle": "-", "color": PALE, "lw": 0.8, "shrinkB": 4} if far else None,
            )
            artist.set_in_layout(False)
            artist.get_window_extent()  # moves it to its place
            box = Text.get_window_extent(artist)  # without the line
            roomy = Bbox.from_extents(box.x0 - 4, box.y0 - 4, box.x1 + 4, box.y1 + 4)
            inside = ((marks > roomy.min) & (marks < roomy.max)).all(axis=1).sum()
            outside = not (frame.x0 <= box.x0 and box.x1 <= frame.x1)
            outside |= not (frame.y0 <= box.y0 and box.y1 <= frame.y1)
            covered = inside + 1000 * sum(roomy.overlaps(other) for other in taken) + 1000 * outside
            tried.append((covered, len(tried), artist, roomy))
            if not covered:
                break
        best = min(tried, key=lambda attempt: attempt[:2])
        for attempt in tried:
            if attempt is not best or (optional and best[0]):
                attempt[2].remove()
        if not (optional and best[0]):
            taken.append(best[3])
            placed.append(best[2])
    return placed


def name_point(artist: Artist, text: str) -> None:
    """Let a drawn artist say ``text``: in the SVG it can be hovered over and focused by keyboard."""
    artist.set_gid(f"point-{id(artist)}")
    artist.set_label(text)


@styled
def save(figure: Figure, name: str, svg: str | Path, png: str | Path) -> None:
    """Write a figure as SVG and PNG; the same figure gives the same bytes.

    name: the figure's, unique in a page. It leads every id of the SVG, so that several of them can
    stand in one HTML page. svg, png: the paths to write.
    """
    figure.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    points = figure.findobj(lambda artist: str(artist.get_gid() or "").startswith("point-"))
    for number, artist in enumerate(points):
        said = escape(str(artist.get_label()))
        text = text.replace(
            f'<g id="{artist.get_gid()}">',
            f'<g id="point{number}" class="point" tabindex="0" role="img" aria-label="{said}">'
            f"<title>{said}</title>",
        )
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", text)
    text = text.replace("<svg ", f'<svg id="{name}" ', 1).replace("*{stroke", f"#{name} *{{stroke", 1)
    Path(svg).write_text(text, "utf-8")
