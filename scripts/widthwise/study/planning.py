"""The study that a configuration asks for: its runs, their sizes, and where the data come from.

What each job is made of stands in its rule (``rules/``, ``stages.Stage``).
"""

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from widthwise.networks import architectures, counts
from widthwise.plumbing import provenance
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import walk_once, where_writable, write_text
from widthwise.plumbing.provenance import Ingredients
from widthwise.study.config import complete, complete_recipe
from widthwise.study.cost import FORWARD, SLOW, seconds_per_picture
from widthwise.study.recipes import changes
from widthwise.study.runs import (
    ASSUMED_CLASSES,
    Run,
    SoftTargets,
    asked_epochs,
    image_shape,
    sweep_runs,
    teachers,
)
from widthwise.study.stages import Stage

# By their files, since importing the generators takes numpy, which planning does without.
GENERATORS = sorted(path.stem for path in Path(__file__).parents[1].glob("data/synthetic/[a-z]*.py"))
SOURCE_DIGEST = Path(".snakemake", "widthwise", "source.json")  # a cache: lost, the source is read again

# Settings of a recipe that teachers never see: they change neither the augmented pictures nor the answers.
STUDENT_ONLY = (
    "optimizer",
    "learning_rate",
    "weight_decay",
    "schedule",
    "warmup_epochs",
    "label_smoothing",
    "dropout",
    "batch_norm_momentum",
    "weight_averaging",
    "early_stopping",
    "precision",
    "xla",
    "keep",
)

Settings = dict[str, Any]


class Plan:
    """The study that a configuration asks for."""

    def __init__(self, config: dict[str, Any]) -> None:
        """config: as Snakemake merged it from config files and command line.

        Raises UserError where it is wrong.
        """
        self.config = complete(config)
        self.dataset = self.config["dataset"]
        self.dataset_settings = self.config["datasets"][self.dataset]
        self.folder = Path("results", self.dataset)
        self.stages: dict[str, Stage] = {}
        generator = self.dataset_settings["generator"]
        if generator not in (None, *GENERATORS):
            raise UserError(
                f"datasets.{self.dataset}.generator: found {generator!r}, "
                f"expected one of {', '.join(GENERATORS)}"
            )
        self.runs = sweep_runs(self.config)
        self._by_name = {run.name: run for run in self.runs}
        self.all_soft_targets = sorted({each for run in self.runs for each in self.soft_targets(run)})

    def run(self, wildcards: Any) -> Run:
        """The run that a job's wildcards name; raises UserError where the sweep has none."""
        name = f"{wildcards.recipe}/{wildcards.family}/w{wildcards.width}/seed{wildcards.seed}"
        if name not in self._by_name:
            raise UserError(f"{name}: no run of the sweep; {self.folder / 'sweep.json'} lists them")
        return self._by_name[name]

    def recipe(self, run: Run) -> Settings:
        """The training settings of a run."""
        return self.config["recipes"][run.recipe]

    @property
    def recipes(self) -> dict[str, Settings]:
        """The recipes, each with its settings, in the order in which the sweep first names them."""
        return {entry["recipe"]: self.config["recipes"][entry["recipe"]] for entry in self.config["sweep"]}

    @property
    def compared(self) -> list[str]:
        """What the sweep sets side by side: "families" under one recipe, "recipes" of one network."""
        families = {(run.recipe, run.family) for run in self.runs}
        networks = {(run.recipe, run.family, run.width) for run in self.runs}
        several = {
            "families": len(families) > len({recipe for recipe, _ in families}),
            "recipes": len(networks) > len({(family, width) for _, family, width in networks}),
        }
        return [name for name, found in several.items() if found]

    @property
    def languages(self) -> list[str]:
        """The languages of the report, the main one first."""
        languages = self.config["report"]["language"]
        return [languages] if isinstance(languages, str) else languages

    def teachers(self, recipe: str) -> list[Run]:
        """The runs that a recipe's runs learn from; recipe: its name."""
        return teachers(self.config["recipes"][recipe])

    def soft_targets(self, run: Run) -> list[SoftTargets]:
        """What a run learns beside the labels: one if its recipe has teachers."""
        if not self.teachers(run.recipe):
            return []
        return [SoftTargets(self._asked_teachers(run.recipe), run.seed, run.recipe)]

    @cache
    def _asked_teachers(self, recipe: str) -> str:
        """A name for a recipe's teachers and what they are asked, so that recipes that ask the same share it.

        Settings at their defaults do not count: one that is new names nothing anew.
        """
        taught = self.recipe_of_teachers(recipe)
        defaults = {
            name: value for name, value in complete_recipe({"distillation": {}}).items() if name in taught
        }
        asked = {name: value for name, (_, value) in changes(defaults, taught).items()}
        teacher = self.teachers(recipe)[0]
        return f"{teacher.recipe}-{teacher.family}-w{teacher.width:g}-{provenance.key(asked)[:8]}"

    def soft_targets_of(self, wildcards: Any) -> SoftTargets:
        """The soft targets that a job's wildcards name; raises UserError where no run learns from them."""
        name = f"{wildcards.teachers}/seed{wildcards.seed}"
        for each in self.all_soft_targets:
            if each.name == name:
                return each
        raise UserError(f"{name}: no run of the sweep learns from them")

    def totals(self, run: Run) -> dict[str, int]:
        """Parameters and multiply-adds of a run's network; see ``counts.totals``.

        A data set that leaves its number of classes to the data counts as one of ``ASSUMED_CLASSES``.
        """
        return self._counted(run.family, run.width)[0]

    @cache
    def _counted(self, family: str, width: float) -> tuple[dict[str, int], int]:
        """(``counts.totals``, numbers in all activations of one picture): Snakemake asks again and again."""
        shape, classes = image_shape(self.dataset_settings), self.dataset_settings["classes"]
        network = architectures.network(family, width, classes or ASSUMED_CLASSES, image_shape=shape)
        activations = sum(prod(row.output) for row in counts.layer_table(network, shape))
        return counts.totals(network, shape), activations

    def memory_mb(self, runs: Sequence[Run], recipe: str) -> int:
        """What to ask a scheduler for the memory, in MB, of a job that trains or asks these runs' networks.

        recipe: name of the one whose batches they see.

        An allowance: 700 MB for TensorFlow and the mapped pictures, 1.1 times the activations of a batch, and
        a network's weights six times over; a teacher's forward pass counts in full. A quarter is added. What
        jobs took stands in ``results/<dataset>/benchmarks``.
        """
        counted = [self._counted(run.family, run.width) for run in runs]
        activations = sum(values for _, values in counted) * self.config["recipes"][recipe]["batch_size"]
        weights = sum(totals["params"] for totals, _ in counted)
        return round(1.25 * (700 + (1.1 * activations + 6 * weights) * counts.BYTES_PER_PARAMETER / 1e6))

    def picture_seconds(self, runs: Sequence[Run], forward_only: bool = False) -> float:
        """Core-seconds of a job that trains or asks these runs' networks, for a picture, by the rule."""
        counted = [self._counted(run.family, run.width) for run in runs]
        return sum(seconds_per_picture(totals["macs"], values, forward_only) for totals, values in counted)

    @property
    def assumed_pictures(self) -> float:
        """What an epoch is worth in pictures before the data are prepared: validation counts for a part.

        A data set that is not drawn counts as 30,000 rows.
        """
        settings = self.dataset_settings
        rows = settings["rows"]["training"] if settings["generator"] is not None else 30_000
        validation = rows * settings["validation_fraction"]
        return (rows - validation) * settings["training_fraction"] + FORWARD * validation

    def minutes(self, runs: Sequence[Run], recipe: str, forward_only: bool = False) -> int:
        """What to ask a scheduler for the time, in minutes, of a job that trains or asks these networks.

        An allowance: what the rule says, for a slow core, and ten minutes.
        """
        settings = self.config["recipes"][recipe]
        pictures = self.assumed_pictures * (asked_epochs(settings) if forward_only else settings["epochs"])
        return round(10 + SLOW * pictures * self.picture_seconds(runs, forward_only) / 60)

    @cache
    def _smallest_first(self) -> dict[Run, int]:
        cost = {run: self.picture_seconds([run]) * self.recipe(run)["epochs"] for run in self.runs}
        return {run: -rank for rank, run in enumerate(sorted(self.runs, key=cost.get))}

    def priority(self, run: Run) -> int:
        """The rank of a training for the scheduler, 0 or less.

        Least work first: a sweep that is stopped has the most to show. What is trained is evaluated before.
        """
        return self._smallest_first()[run]

    def source(self) -> str | None:
        """Where the data come from: the configured path, the place of the download, or None (drawn).

        Raises UserError where there is neither a file nor a handle to fetch it by.
        """
        path, handle = self.dataset_settings["path"], self.dataset_settings["kaggle"]
        download, prepared = self.folder / "download", self.folder / "data" / "manifest.json"
        if path is None or os.path.exists(path):
            return path
        if handle and (download.exists() or not prepared.exists()):
            return str(download)
        if prepared.exists():
            return None  # prepared before; nothing to read again
        raise UserError(
            f"datasets.{self.dataset}.path: {path} does not exist; put the data set there "
            "(CSV, folder of pictures, or archive), or set `kaggle` to a handle to fetch it by"
        )

    def stage(self, name: str, script: str, **made_of: Any) -> Stage:
        """Declare what the jobs of a rule are made of; see ``Stage``."""
        self.stages[name] = Stage(self.folder, name, script, **made_of)
        return self.stages[name]

    def begin(self) -> None:
        """Ready the records for Snakemake."""
        provenance.settle(self.folder / ".provenance")
        if not (self.folder / "sweep.json").exists():
            self.announce()

    def announcement(self) -> dict[str, Any]:
        """The content of sweep.json: the planned runs in the order of training, and what they will take."""
        runs = [
            {
                **run.as_dict(),
                **{name: self.totals(run)[name] for name in ("params", "macs")},
                "epochs": self.recipe(run)["epochs"],
                "picture_seconds": self.picture_seconds([run]),
                "path": str(self.folder / "runs" / run.name),
            }
            for run in sorted(self.runs, key=self.priority, reverse=True)
        ]
        return {
            "dataset": self.dataset,
            "stand_in": self.dataset_settings["generator"] is not None,
            "assumed_pictures": self.assumed_pictures,
            "runs": runs,
            "soft_targets": [self._asked(each) for each in self.all_soft_targets],
        }

    def announce(self) -> None:
        """Write sweep.json, where it can be written."""
        text = provenance.canonical(self.announcement())
        path = self.folder / "sweep.json"
        if not (path.exists() and path.read_text(encoding="utf-8") == text):
            with where_writable():
                write_text(path, text)

    def _asked(self, soft_targets: SoftTargets) -> dict[str, Any]:
        """What sweep.json says of soft targets, among it what it takes to ask the teachers for them."""
        return {
            "name": soft_targets.name,
            "epochs": asked_epochs(self.config["recipes"][soft_targets.recipe]),
            "picture_seconds": self.picture_seconds(self.teachers(soft_targets.recipe), forward_only=True),
        }

    @cache
    def is_prepared(self) -> bool:
        """Whether the data are there and up to date, as this process found them first."""
        rules = ["fetch", "prepare"] if self.source() == str(self.folder / "download") else ["prepare"]
        return not any(self.stages[rule].reason(None) for rule in rules)

    def tidy(self) -> None:
        """Remove the states of finished trainings, which a kill at their very end leaves behind.

        Others stay, also of runs that are not planned now: another configuration may go on with them.
        """
        for path in (self.folder / ".provenance").rglob("*.recorded.json"):
            with contextlib.suppress(ValueError):
                if (recorded := provenance.read_record(path)) and not recorded["retry"]:
                    made_of = provenance.state_key(recorded["ingredients"], recorded["upstream"])
                    shutil.rmtree(self.folder / ".state" / made_of, ignore_errors=True)

    def recorded_jobs(self) -> list[tuple[str, str, Ingredients]]:
        """What each job that has a record is made of now: (job, path of its record, ingredients)."""
        return [
            (stage.job(unit), stage.record(unit), stage.ingredients(unit))
            for stage in self.stages.values()
            for unit in stage.units()
            if os.path.exists(stage.record(unit))
        ]

    def unfinished_trainings(self) -> list[dict[str, Any]]:
        """Trainings without a record, which may have a state.

        Without students: their states depend on their teachers, too.
        """
        train = self.stages["train"]
        return [
            {
                "job": train.job(run),
                "run": run.as_dict(),
                "settings": self.recipe(run),
                "data": self.digests("training", "validation"),
                "key": provenance.state_key(train.ingredients(run), {}),
            }
            for run in self.runs
            if not os.path.exists(train.record(run)) and not self.soft_targets(run)
        ]

    def report(self, *names: str) -> Settings:
        """These settings of the report."""
        return {name: self.config["report"][name] for name in names}

    def generator_modules(self) -> list[str]:
        """The module that draws the data, if they are drawn."""
        generator = self.dataset_settings["generator"]
        return [f"widthwise.data.synthetic.{generator}"] if generator else []

    def recipe_of_teachers(self, recipe: str) -> Settings:
        """The settings of a recipe that decide what its teachers see and answer."""
        settings = self.config["recipes"][recipe]
        taught = {name: value for name, value in settings.items() if name not in STUDENT_ONLY}
        asked = settings["distillation"] | {"hard_labels": None, "epochs": None}
        return taught | {"epochs": asked_epochs(settings), "distillation": asked}

    @cache
    def all_data(self) -> dict[str, str]:
        """The content of all that preparation wrote, but for the pictures: their digests stand for them."""
        files = ("manifest.json", "rows.csv", "duplicates.csv")
        return {name: provenance.digest(self.folder / "data" / name) for name in files}

    def gathered_data(self) -> dict[str, str]:
        """``all_data``, and in a few letters which runs there are: for a job over all."""
        return self.all_data() | {
            "runs": f"{len(self.runs)}, {provenance.key([run.name for run in self.runs])[:12]}"
        }

    def unlabelled_data(self) -> dict[str, str]:
        """``all_data`` for data that have unlabelled pictures; raises UserError for others."""
        if "unlabelled" not in self.manifest()["splits"]:
            raise UserError(f"dataset {self.dataset}: it has no unlabelled pictures to submit predictions of")
        return self.all_data()

    def digests(self, *splits: str) -> dict[str, Any]:
        """The digests of the pictures and labels of splits, and the number of classes."""
        manifest = self.manifest()
        found = {split: manifest["splits"][split]["digest"] for split in splits}
        return {**found, "classes": len(manifest["classes"])}

    @cache
    def manifest(self) -> dict[str, Any]:
        """What preparation says of the data."""
        return json.loads((self.folder / "data" / "manifest.json").read_text(encoding="utf-8"))

    @cache
    def source_digest(self) -> Any:
        """What the data are made from, by content; read again only where sizes or times differ.

        None for drawn data; what was recorded where the source is gone.
        """
        if self.dataset_settings["generator"]:
            return None
        source = self.source()
        if source is None:
            with contextlib.suppress(ValueError):
                recorded = provenance.read_record(self.stages["prepare"].record(None)) or {}
                return recorded.get("ingredients", {}).get("data", {}).get("source")
            return None
        if source == str(self.folder / "download"):
            return {"kaggle": self.dataset_settings["kaggle"]}
        try:
            before = dict(json.loads(SOURCE_DIGEST.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            before = {}
        folders = walk_once(source) if os.path.isdir(source) else ()
        walked = (Path(folder, name) for folder, _, names in folders for name in names)
        files = sorted(path for path in [Path(source), *walked] if path.is_file())
        stats = [[_written(path), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
        if before.get("files") == stats:
            return before["sha256"]
        try:
            content = [[_written(path.relative_to(source)), provenance.digest(path)] for path in files]
        except OSError as error:
            raise UserError(f"{printable(error.filename)}: cannot be read ({error.strerror})") from None
        sha256 = provenance.key(content)
        write_text(SOURCE_DIGEST, provenance.canonical({"files": stats, "sha256": sha256}))
        return sha256


def _written(path: Path) -> str:
    """A path as text that can be written, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
