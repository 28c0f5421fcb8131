"""Where each figure stands in the report, and what is written below it."""

import re
from dataclasses import dataclass

PLACES = (  # (file name, section, key of its title and caption), in order of appearance
    (r"accuracy_(?P<family>mobilenet)", "mobilenet", "scatter"),
    (r"accuracy_(?P<family>plain|cnn)", "plain", "scatter"),
    (r"accuracy_(?P<x>params)", "equal", "tradeoff"),
    (r"difference", "equal", "difference"),
    (r"accuracy_(?P<family>[a-z]\w*)_family", "mobilenet", "scatter"),
    (r"pareto", "choice", "pareto"),
    (r"accuracy_(?P<x>macs|bytes|seconds)", "choice", "tradeoff"),
    (r"learning_curves", "training", "learning"),
    (r"training_cost", "training", "cost"),
    (r"confusion", "errors", "confusion"),
    (r"recall", "errors", "recall"),
    (r"samples", "data", "samples"),
)


@dataclass(frozen=True)
class About:
    """A figure's section and rank in it, title and caption."""

    section: str
    rank: int
    title: str
    caption: str


def about(name, say, result):
    """What the report says of a figure (``About``); an unknown one goes to section "other".

    name: the figure's file name without suffix; say: a ``words.Language``; result: comparison.json.
    """
    mark = [say("stand-in caption", dataset=result["dataset"])] if result["stand_in"] else []
    for rank, (pattern, section, key) in enumerate(PLACES):
        if found := re.fullmatch(pattern, name):
            values = {"final": say.split(result["final"])}
            for group, value in found.groupdict().items():
                values[group] = say.family(value) if group == "family" else say(f"by {value}")
            caption = say.text([say(f"caption {key}", **values), *mark])
            return About(section, rank, say.label(say(f"title {key}", **values)), caption)
    return About("other", len(PLACES), name.replace("_", " "), say.text(mark))
