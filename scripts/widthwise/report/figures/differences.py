"""How far families, and recipes, are apart."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from widthwise.evaluation.results import Change, Comparison
from widthwise.report import style, units
from widthwise.report.figures import common

_VERDICT_STYLES = {"ahead": ("^", style.INK), "behind": ("v", style.INK), "inconclusive": ("o", "white")}


@style.styled
def family_difference(comparison: Comparison, language: str = "en") -> Figure:
    """The difference in final accuracy between two families at like parameter counts, one panel per pair.

    What several recipes say of one pair stands side by side.
    Points are filled where the verdict is "ahead" or "behind", hollow where one cannot tell; the band
    is where the two curves cross.
    """
    split = comparison.final
    pairs = [pair for pair in comparison.pairs if pair.budgets]
    families = list(dict.fromkeys((pair.family, pair.control) for pair in pairs))
    pairs.sort(key=lambda pair: families.index((pair.family, pair.control)))
    columns = 1 if len(pairs) <= 4 else 2
    rows = max(1, -(-len(pairs) // columns))
    figure, language = common.start(
        vars(comparison), language, height=1.4 + (1.5 if rows > 1 else 2.1) * rows
    )
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    differences = [budget.splits[split] for pair in pairs for budget in pair.budgets]
    ends = [
        units.scaled("difference", end)
        for difference in differences
        for end in (difference.difference, difference.low, difference.high)
    ]
    crossed = False
    many = len({pair.recipe for pair in pairs}) > 1
    for axes, pair in zip(grid.flat, pairs, strict=False):
        axes.axhline(0, color=style.INK, linewidth=1.2)
        crossing = pair.crossing[split]
        if crossing.status == "crosses":
            crossed = True
            axes.axvline(crossing.params, color=style.PALE, linestyle="--", linewidth=1)
            axes.axvspan(crossing.low, crossing.high, color="#000000", alpha=0.08, linewidth=0)
        title = f"{units.family(pair.family, language)} − {units.family(pair.control, language)}"
        for budget in pair.budgets:
            said = f"{title}, {common.params(budget.params, language)}"
            _draw_difference(axes, budget.params, budget.splits[split], said, language)
        gap = " " if columns == 1 else "\n"
        axes.set_title(f"{title}{gap}({pair.recipe})" if many else title)
        common.limit_y(axes, [*ends, 0], share=False)
    for axes in grid.flat[max(len(pairs), 1) :]:
        axes.set_visible(False)
    if pairs:
        sizes = [budget.params for pair in pairs for budget in pair.budgets]
        style.log_axis(grid[0, 0].xaxis, sizes, narrow=columns > 1)
    else:
        common.say_empty(grid[0, 0], language, "no_pairs")
    for axes in grid[-1] if columns == 1 or len(pairs) % 2 == 0 else grid.flat[len(pairs) - 2 : len(pairs)]:
        axes.set_xlabel(units.axis_label("params", language))
        axes.tick_params(labelbottom=True)
    figure.supylabel(units.axis_label("difference", language), fontsize=10.5)
    handles = _verdict_handles(differences, language)
    if crossed:
        handles.append(
            common.handle(units.term("crossing", language), color=style.PALE, linestyle="--", linewidth=1)
        )
    style.legend(figure, handles)
    return figure


@style.styled
def recipe_effects(comparison: Comparison, language: str = "en") -> Figure:
    """What each recipe changes in validation accuracy, a panel per network and recipe that is set against."""
    effects = comparison.recipe_effects
    rows = [len(effect.others) for effect in effects] or [1]
    figure, language = common.start(
        vars(comparison), language, height=1.1 + sum(0.4 + 0.26 * count for count in rows)
    )
    grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=[1 + n for n in rows])
    for axes, effect in zip(grid[:, 0], effects, strict=False):
        axes.axvline(0, color=style.INK, linewidth=1.2)
        base = effect.base
        network = f"{units.family(base.family, language)} w{base.width:g}"
        title = f"{network}, {units.term('against', language)} {base.recipe}"
        axes.set_title(title, loc="right")  # there it may reach over the names
        names = [other.member.recipe for other in effect.others]
        for row, (name, other) in enumerate(zip(names, effect.others, strict=True)):
            said = f"{network}, {name} − {base.recipe}"
            _draw_difference(axes, row, other.splits["validation"], said, language, upright=False)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
    if not effects:
        common.say_empty(grid[0, 0], language)
    grid[-1, 0].set_xlabel(units.axis_label("validation_difference", language), loc="right")
    drawn = [other.splits["validation"] for effect in effects for other in effect.others]
    style.legend(figure, _verdict_handles(drawn, language, upright=False))
    return figure


def _verdict_handles(drawn: Sequence[Change], language: str, upright: bool = True) -> list[Line2D]:
    """What the marks of these differences mean, for the legend."""
    verdicts = {change.verdict for change in drawn}
    handles = [
        common.handle(units.term(verdict, language), linestyle="", marker=marker, color=style.INK, mfc=face)
        for verdict, (marker, face) in _VERDICT_STYLES.items()
        if verdict in verdicts
    ]
    if drawn:
        handles.append(common.interval_handle(language, "interval", "|" if upright else "_"))
    return handles


def _draw_difference(
    axes: Axes, position: float, change: Change, said: str, language: str, upright: bool = True
) -> None:
    """A difference with its interval at a position on the x axis, or on the y axis if not ``upright``."""
    marker, face = _VERDICT_STYLES[change.verdict]

    def draw(differences: Sequence[float], **keywords: Any) -> Line2D:
        positions = [position] * len(differences)
        (line,) = axes.plot(*((positions, differences) if upright else (differences, positions)), **keywords)
        return line

    ends = [units.scaled("difference", end) for end in (change.low, change.high)]
    draw(ends, color=style.INK, linewidth=1.2, marker="_" if upright else "|", ms=7)
    middle = units.scaled("difference", change.difference)
    point = draw([middle], linestyle="", marker=marker, color=style.INK, mfc=face, ms=7.5)
    value = units.text("difference", change.difference, language)
    style.name_point(point, f"{said}: {value}, {units.term(change.verdict, language)}")
