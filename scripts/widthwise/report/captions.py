"""Where each figure stands in the page and in Snakemake's report, and what is written below it."""

import re
from dataclasses import dataclass
from pathlib import Path

from widthwise.evaluation import results
from widthwise.evaluation.comparison import CONTROLS, SMALL
from widthwise.evaluation.metrics import METRICS
from widthwise.evaluation.results import Comparison
from widthwise.report import units
from widthwise.report.figures import FIGURES
from widthwise.report.findings import recipes
from widthwise.report.language import Language

QUESTIONS = ("large", "mobilenet", "plain", "equal")  # the sections that are numbered
PAGE = (*QUESTIONS, "choice", "recipes", "training", "errors", "data", "other")  # all, in order


@dataclass(frozen=True)
class About:
    """A figure's section and rank in it, title and caption."""

    section: str
    rank: int
    title: str
    caption: str


def about(name: str, say: Language, result: Comparison, samples: bool = True) -> About:
    """What the report says of a figure; an unknown one goes to section "other".

    name: the figure's file name without suffix; samples: as in the configuration's ``report``.
    """
    mark = [say("stand-in caption", dataset=result.dataset)] if result.stand_in else []
    for rank, figure in enumerate(FIGURES):
        match = re.fullmatch(figure.name.replace("{family}", "(?P<family>.+)"), name)
        if not match:
            continue
        values, section = {"final": say.split(result.final)}, figure.page
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


def title(say: Language, result: Comparison) -> str:
    """The title of the page, by what the study compares."""
    return say("title recipes" if recipes.alone(result) else "title", dataset=result.dataset)


def order(result: Comparison) -> tuple[str, ...]:
    """The sections of the page, in order: recipes come first where the study compares nothing else."""
    first = ("recipes",) if recipes.alone(result) else ()
    return first + tuple(section for section in PAGE if section not in first)


def heading(section: str, say: Language, result: Comparison) -> str:
    """The title of a section of the page."""
    names = [units.family(name, say.name) for name in result.families if name not in CONTROLS]
    key = f"question {section}" if section in QUESTIONS else f"section {section}"
    if section == "equal" and not any(pair.budgets for pair in result.pairs):
        key = "question all"
    return say(key, families=say.joined(names or [units.family(SMALL, say.name)]))


def for_snakemake(name: str, comparison: str | Path, language: str, samples: bool) -> dict[str, str]:
    """What Snakemake's report says of a figure, or of the page ("report"): category, label, title, caption.

    comparison: path of comparison.json; language, samples: as in the configuration's ``report``. The caption
    is reStructuredText.
    """
    say, result = Language(language), results.read(comparison)
    label = say("name column")
    if name == "report":
        category = f"0. {say('answer')}"
        return {"category": category, "label": label, "title": title(say, result), "caption": ""}
    figure = about(name, say, result, samples)
    return {
        "category": f"{1 + order(result).index(figure.section)}. {heading(figure.section, say, result)}",
        "label": label,
        "title": figure.title,
        "caption": re.sub(r"([\\*`_|])", r"\\\1", figure.caption),
    }
