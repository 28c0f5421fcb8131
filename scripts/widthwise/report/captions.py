"""Where each figure stands in the report, and what is written below it."""

import re
from dataclasses import dataclass

from widthwise.report.language import Language

PLACES = (  # (file name, section, key of its title and caption), in order of appearance
    (r"params_vs_validation_(?P<family>plain|cnn)", "plain", "scatter"),
    (r"params_vs_validation_(?P<family>.+)", "mobilenet", "scatter"),
    (r"params_vs_validation", "equal", "validation"),
    (r"(?P<x>params)_vs_accuracy", "equal", "tradeoff"),
    (r"family_difference", "equal", "difference"),
    (r"pareto_front", "choice", "pareto"),
    (r"bytes_vs_accuracy", "choice", "files"),
    (r"(?P<x>macs|seconds)_vs_accuracy", "choice", "tradeoff"),
    (r"recipe_effects", "recipes", "recipe effects"),
    (r"learning_curves", "training", "learning"),
    (r"training_cost", "training", "cost"),
    (r"confusion_matrices", "errors", "confusion"),
    (r"recall_by_class", "errors", "recall"),
    (r"class_balance", "data", "samples"),
)


@dataclass(frozen=True)
class About:
    """A figure's section and rank in it, title and caption."""

    section: str
    rank: int
    title: str
    caption: str


def about(name: str, say: Language, result: dict, samples: bool = True) -> About:
    """What the report says of a figure (``About``); an unknown one goes to section "other".

    name: the figure's file name without suffix; result: comparison.json; samples: as in the
    configuration's ``report``.
    """
    mark = [say("stand-in caption", dataset=result["dataset"])] if result["stand_in"] else []
    for rank, (pattern, section, key) in enumerate(PLACES):
        if found := re.fullmatch(pattern, name):
            key = "balance" if key == "samples" and not samples else key
            values = {"final": say.split(result["final"])}
            for group, value in found.groupdict().items():
                values[group] = say.family(value) if group == "family" else say(f"by {value}")
            caption = say.text([say(f"caption {key}", **values), *mark])
            return About(section, rank, say.label(say(f"title {key}", **values)), caption)
    return About("other", len(PLACES), name.replace("_", " "), say.text(mark))
