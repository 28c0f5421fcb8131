"""A run: one recipe, family, width and seed. Its name is its path, everywhere."""

from dataclasses import asdict, dataclass, field
from typing import Any

from widthwise.networks import architectures, budgets, check
from widthwise.plumbing.errors import UserError

CHANNELS = {"grey": 1, "rgb": 3}
ASSUMED_CLASSES = 7  # where a data set leaves their number to the data: of FER2013


@dataclass(frozen=True, order=True)
class Run:
    """One training: ``width`` is the multiplier of the family's channel counts."""

    recipe: str
    family: str
    width: float
    seed: int

    @property
    def name(self) -> str:
        """recipe/family/w<width>/seed<seed>: the run's path below results/<dataset>/runs."""
        return f"{self.recipe}/{self.family}/w{self.width:g}/seed{self.seed}"

    def as_dict(self) -> dict[str, str | float | int]:
        """The four fields by name."""
        return asdict(self)


def export_name(run: Any) -> str:
    """What the exported files of a network are called, but for format and suffix.

    run: with recipe, family and width, such as a row of runs.csv or exports.csv.
    """
    return f"{run.recipe}-{run.family}-w{run.width:g}"


@dataclass(frozen=True, order=True)
class SoftTargets:
    """What the teachers of recipes that ask them the same say about the pictures of one seed."""

    teachers: str  # who they are and, as a digest, what they are asked, see planning.py
    seed: int
    recipe: str = field(compare=False)  # one of those that ask

    @property
    def name(self) -> str:
        """teachers/seed<seed>: their path below results/<dataset>/answers."""
        return f"{self.teachers}/seed{self.seed}"


def image_shape(dataset: dict) -> tuple[int, int, int]:
    """(height, width, channels) of a data set's pictures, from its section of the config."""
    return (dataset["image_size"], dataset["image_size"], CHANNELS[dataset["color"]])


def sweep_runs(config: dict) -> list[Run]:
    """Every run of the sweep, in order of recipe, family, width and seed.

    config: the completed configuration.
    Raises UserError for an unknown family, a network that cannot be built (see ``check``), a budget that
    cannot be met or cannot be solved for, for two widths of one family that would share a name, and for
    teachers that are not in the sweep or learn from their own students.
    """
    dataset_name = config["dataset"]
    dataset = config["datasets"][dataset_name]
    runs = set()
    for index, entry in enumerate(config["sweep"]):
        where = f"sweep[{index}]"
        if entry["family"] not in architectures.names():
            raise UserError(
                f"{where}.family: found {entry['family']!r}, "
                f"expected one of {', '.join(architectures.names())}"
            )
        widths = entry.get("widths") or _widths_for(entry, dataset_name, dataset, where)
        for width in widths:
            runs |= {Run(entry["recipe"], entry["family"], float(width), seed) for seed in entry["seeds"]}
    by_name = {}
    for run in sorted(runs):
        other = by_name.setdefault(run.name, run)
        if other != run:
            raise UserError(
                f"sweep: widths {other.width} and {run.width} of {run.family} share the name w{run.width:g}"
            )
    _check_teachers(config["recipes"], runs)
    classes, shape = dataset["classes"] or ASSUMED_CLASSES, image_shape(dataset)
    for family, width, dropout in sorted(
        {(run.family, run.width, config["recipes"][run.recipe]["dropout"]) for run in runs}
    ):
        check.network(family, width, classes, shape, dropout)
    return list(by_name.values())


def teachers(recipe: dict) -> list[Run]:
    """The runs that a recipe's runs learn from (none without distillation).

    recipe: its settings (dict).
    """
    if recipe["distillation"] is None:
        return []
    named = recipe["distillation"]["teachers"]
    return [Run(named["recipe"], named["family"], named["width"], seed) for seed in named["seeds"]]


def asked_epochs(recipe: dict) -> int:
    """Of how many epochs a recipe's teachers are asked, if it has any; recipe: its settings."""
    distillation = recipe["distillation"] or {"epochs": None}
    return distillation["epochs"] or recipe["epochs"]


def _check_teachers(recipes: dict[str, dict], runs: set[Run]) -> None:
    for name in sorted({run.recipe for run in runs}):
        where, seen, at = f"recipes.{name}.distillation.teachers", [name], name
        for teacher in teachers(recipes[name]):
            if teacher not in runs:
                raise UserError(f"{where}: found {teacher.name}, expected a run of the sweep")
        if (asked := asked_epochs(recipes[name])) > (epochs := recipes[name]["epochs"]):
            raise UserError(
                f"recipes.{name}.distillation.epochs: found {asked}, expected at most the recipe's {epochs}"
            )
        while at in recipes and (found := teachers(recipes[at])):
            at = found[0].recipe
            if at in seen:
                raise UserError(f"{where}: {' learns from '.join([*seen, at])}, in a circle")
            seen.append(at)


def _widths_for(entry: dict, dataset_name: str, dataset: dict, where: str) -> list[float]:
    classes = dataset["classes"]
    if classes is None:
        raise UserError(
            f"datasets.{dataset_name}.classes: missing; {where}.budgets needs the number of classes "
            "to solve for widths"
        )
    try:
        return [
            budgets.width_for_budget(entry["family"], budget, classes, image_shape(dataset))
            for budget in entry["budgets"]
        ]
    except UserError as error:
        raise UserError(f"{where}.budgets: {error}") from None
