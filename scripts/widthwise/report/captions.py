"""Where each figure stands in the report, and what is written below it."""

import re
from dataclasses import dataclass

from widthwise.evaluation.comparison import CONTROLS
from widthwise.evaluation.metrics import METRICS
from widthwise.report import units
from widthwise.report.figures import FIGURES
from widthwise.report.language import Language


@dataclass(frozen=True)
class About:
    """A figure's section and rank in it, title and caption."""

    section: str
    rank: int
    title: str
    caption: str


def about(name: str, say: Language, result: dict, samples: bool = True) -> About:
    """What the report says of a figure; an unknown one goes to section "other".

    name: the figure's file name without suffix; result: comparison.json; samples: as in the
    configuration's ``report``.
    """
    mark = [say("stand-in caption", dataset=result["dataset"])] if result["stand_in"] else []
    for rank, figure in enumerate(FIGURES):
        match = re.fullmatch(figure.name.replace("{family}", "(?P<family>.+)"), name)
        if not match:
            continue
        values, section = {"final": say.split(result["final"])}, figure.page
        if family := match.groupdict().get("family"):
            values["family"] = say.family(family)
            section = "plain" if family in CONTROLS else "mobilenet"
        if "x" in figure.arguments:
            values["x"] = say(f"by {figure.arguments['x']}")
        if figure.arguments.get("y") in METRICS:
            values["metric"] = units.metric(figure.arguments["y"], say.name)
        key = "balance" if figure.message == "samples" and not samples else figure.message
        caption = say.text([say(f"caption {key}", **values), *mark])
        return About(section, rank, say.label(say(f"title {key}", **values)), caption)
    return About("other", len(FIGURES), name.replace("_", " "), say.text(mark))
