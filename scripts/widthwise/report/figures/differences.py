"""How far families, and recipes, are apart."""

from widthwise.report import style, units
from widthwise.report.figures import common

_VERDICT_LOOKS = {"ahead": ("^", style.INK), "behind": ("v", style.INK), "inconclusive": ("o", "white")}


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
    figure, language = common.start(comparison, language, height=1.4 + (1.5 if rows > 1 else 2.1) * rows)
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
            said = f"{_difference_title(pair, language)}, {common.params(budget['params'], language)}"
            _draw_difference(axes, budget["params"], budget["splits"][split], said, language)
        title = _difference_title(pair, language)
        gap = " " if columns == 1 else "\n"
        axes.set_title(f"{title}{gap}({pair['recipe']})" if many else title)
        if ends:
            common.limit_y(axes, [*ends, 0], share=False)
    for axes in grid.flat[max(len(pairs), 1) :]:
        axes.set_visible(False)
    if pairs:
        style.log_axis(grid[0, 0].xaxis, [params for params, _ in found], narrow=columns > 1)
    else:
        common.say_empty(grid[0, 0], language, "no_pairs")
    for axes in grid[-1] if columns == 1 or len(pairs) % 2 == 0 else grid.flat[len(pairs) - 2 : len(pairs)]:
        axes.set_xlabel(units.axis_label("params", language))
        axes.tick_params(labelbottom=True)
    figure.supylabel(units.axis_label("difference", language), fontsize=10.5)
    handles = _verdict_handles([item for _, item in found], language)
    if crossed:
        handles.append(
            common.handle(units.term("crossing", language), color=style.PALE, linestyle="--", linewidth=1)
        )
    style.legend(figure, handles)
    return figure


@style.styled
def recipe_effects(comparison, language="en"):
    """What each recipe changes in validation accuracy against the sweep's first, a panel per network."""
    effects = comparison["recipe_effects"]
    rows = [len(one["others"]) for one in effects] or [1]
    figure, language = common.start(
        comparison, language, height=1.1 + sum(0.4 + 0.26 * count for count in rows)
    )
    grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=[1 + n for n in rows])
    found = []
    for axes, one in zip(grid[:, 0], effects, strict=False):
        axes.axvline(0, color=style.INK, linewidth=1.2)
        base = one["base"]
        network = f"{units.family(base['family'], language)} w{base['width']:g}"
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
        common.say_empty(grid[0, 0], language)
    grid[-1, 0].set_xlabel(units.axis_label("validation_difference", language), loc="right")
    style.legend(figure, _verdict_handles(found, language, upright=False))
    return figure


def _difference_title(pair, language):
    return " − ".join(units.family(pair[name], language) for name in ("family", "control"))


def _verdict_handles(found, language, upright=True):
    """What the marks of some DIFFERENCEs mean, for the legend (list)."""
    verdicts = {item["verdict"] for item in found}
    handles = [
        common.handle(units.term(verdict, language), linestyle="", marker=marker, color=style.INK, mfc=face)
        for verdict, (marker, face) in _VERDICT_LOOKS.items()
        if verdict in verdicts
    ]
    return (
        [*handles, common.interval_handle(language, "interval", "|" if upright else "_")]
        if found
        else handles
    )


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
