"""The figures of a study: what there is to draw, from what, and where it is shown.

A figure added to ``FIGURES`` is drawn, and stands in the page and in Snakemake's report with a title and a
caption from the message catalogues. Functions are named, not imported: the Snakefile reads this list, and
matplotlib takes seconds.

Runs that failed are marked, never drawn as zero; a network with one seed has no interval. Selection (best
network, Pareto front) is on validation.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from widthwise.evaluation.metrics import METRICS

SECTIONS = ("classes", "accuracies", "exports", "training", "errors")  # one job each
CRITERIA = ("human_agreement", "references", "size_limits")  # what networks are judged by


@dataclass(frozen=True)
class Figure:
    """One figure.

    name: of its files; with {family}, one is drawn for each family. function: "module.function" of this
    package, which takes inputs, settings (of the config's ``report``) and arguments by name, and language.
    inputs: names of files, see ``drawing.READERS``. page: section of the report, see ``captions``; message:
    key of its title and caption there.
    """

    section: str
    name: str
    function: str
    inputs: tuple[str, ...]
    page: str
    message: str
    settings: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    compares: Literal["families", "recipes"] | None = None  # drawn only where the plan has ``compared`` them


def _tradeoff(x: str, y: str, page: str, message: str = "tradeoff", **about: Any) -> Figure:
    about = {"name": f"{x}_vs_{y}", "settings": CRITERIA, "arguments": {"x": x, "y": y}} | about
    return Figure(
        "accuracies",
        function="scatter.tradeoff",
        inputs=("summary", "manifest"),
        page=page,
        message=message,
        **about,
    )


FIGURES = (  # in the order in which they are shown
    Figure(
        "classes",
        "class_balance",
        "balance.class_balance",
        ("images", "labels", "manifest"),
        "data",
        "samples",
        settings=("samples",),
    ),
    Figure(
        "accuracies",
        "params_vs_validation_{family}",
        "scatter.family_scatter",
        ("runs", "summary", "manifest"),
        "family",
        "scatter",
    ),
    _tradeoff("params", "accuracy_validation", "equal", "validation", name="params_vs_validation"),
    _tradeoff("params", "accuracy", "equal"),
    *(
        _tradeoff("params", name, "equal", settings=("size_limits",))
        for name in METRICS
        if name != "accuracy"
    ),
    Figure(
        "accuracies",
        "family_difference",
        "differences.family_difference",
        ("comparison",),
        "equal",
        "difference",
        compares="families",
    ),
    Figure(
        "accuracies",
        "pareto_front",
        "scatter.pareto_front",
        ("summary", "comparison", "manifest"),
        "choice",
        "pareto",
    ),
    Figure(
        "exports",
        "bytes_vs_accuracy",
        "sizes.exported",
        ("exports", "manifest"),
        "choice",
        "files",
        settings=("size_limits",),
    ),
    _tradeoff("macs", "accuracy", "choice"),
    _tradeoff("seconds", "accuracy", "choice"),
    Figure(
        "accuracies",
        "recipe_effects",
        "differences.recipe_effects",
        ("comparison",),
        "recipes",
        "recipe effects",
        compares="recipes",
    ),
    Figure(
        "training",
        "learning_curves",
        "curves.learning_curves",
        ("histories", "runs", "manifest"),
        "training",
        "learning",
    ),
    Figure(
        "training",
        "training_cost",
        "curves.training_cost",
        ("benchmarks", "runs", "manifest"),
        "training",
        "cost",
    ),
    Figure(
        "errors",
        "confusion_matrices",
        "confusions.confusion_matrices",
        ("metrics", "manifest"),
        "errors",
        "confusion",
    ),
    Figure(
        "errors",
        "recall_by_class",
        "confusions.recall_by_class",
        ("metrics", "manifest"),
        "errors",
        "recall",
    ),
)


def planned_figures(section: str, families: Iterable[str], compared: Collection[str]) -> list[Figure]:
    """The figures of a section for a sweep of these families, {family} filled in.

    compared: as ``Plan.compared``.
    """
    planned = []
    for figure in FIGURES:
        if figure.section != section or (figure.compares and figure.compares not in compared):
            continue
        planned += (
            [
                replace(figure, name=figure.name.format(family=family), arguments={"family": family})
                for family in families
            ]
            if "{family}" in figure.name
            else [figure]
        )
    return planned


def _needed(section: str, part: str) -> list[str]:
    return sorted({name for figure in FIGURES if figure.section == section for name in getattr(figure, part)})


def inputs(section: str) -> list[str]:
    """The names of the files that a section is drawn from."""
    return _needed(section, "inputs")


def settings(section: str) -> list[str]:
    """The keys of the config's ``report`` that a section's figures show."""
    return _needed(section, "settings")


def modules(section: str) -> list[str]:
    """The modules with a section's functions."""
    names = {figure.function.split(".")[0] for figure in FIGURES if figure.section == section}
    return [f"{__name__}.{name}" for name in sorted(names)]
