"""What each job of the study is made of: the bridge between the configuration and Snakemake.

A job's ingredients are the digests of the code it runs, its slice of the settings, and what it
takes from other jobs: the content of the data for a training, the ingredients of the jobs upstream
for the rest. ``Plan.expected`` hands them to ``provenance``, which decides whether the job runs.
"""

import json
import os
import shutil
from functools import cache
from math import prod
from pathlib import Path

from widthwise.networks import architectures, counts
from widthwise.plumbing import provenance
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import printable, walk_once, write_text
from widthwise.plumbing.fingerprint import fingerprint
from widthwise.study.config import complete
from widthwise.study.runs import Lesson, image_shape, sweep_runs, teachers

# The jobs that gather all runs: script, the jobs upstream, the report settings they use, and the files
# beside the code that they read as code.
GATHERING = {
    "collect": ("collect.py", ["evaluate"], [], []),
    "compare": ("compare.py", ["collect"], [], []),
    "export": ("export.py", ["collect"], [], ["widthwise/export/model_card.md.j2"]),
    "plot_accuracy": (
        "plot_accuracy.py",
        ["compare"],
        ["language", "human_agreement", "references", "size_limits"],
        [],
    ),
    "plot_exports": ("plot_exports.py", ["export"], ["language", "size_limits"], []),
    "plot_training": ("plot_training.py", ["collect"], ["language"], []),
    "plot_errors": ("plot_errors.py", ["evaluate"], ["language"], []),
    "report": (
        "report.py",
        [
            "compare",
            "export",
            "plot_classes",
            "plot_accuracy",
            "plot_exports",
            "plot_training",
            "plot_errors",
        ],
        ["language", "human_agreement", "references", "size_limits"],
        ["widthwise/report/report.html.j2", "widthwise/report/report.css", "widthwise/report/report.js"],
    ),
}
# By their files, since importing the generators takes numpy, which planning does without.
GENERATORS = sorted(path.stem for path in Path(__file__).parents[1].glob("data/synthetic/[a-z]*.py"))
PER_RUN = ("train", "evaluate", "submit")


class Plan:
    """The study that a configuration asks for."""

    def __init__(self, config, scratch=None):
        """config: dict, as Snakemake merged it from config files and command line.

        scratch: a folder to plan in instead of beside the results, where another process is at work
        on these: its jobs read what it has planned. Raises UserError where the config is wrong.
        """
        self.config = complete(config)
        self.dataset = self.config["dataset"]
        self.dataset_settings = self.config["datasets"][self.dataset]
        self.folder = Path("results", self.dataset)
        self.scratch = scratch
        generator = self.dataset_settings["generator"]
        if generator not in (None, *GENERATORS):
            raise UserError(
                f"datasets.{self.dataset}.generator: found {generator!r}, "
                f"expected one of {', '.join(GENERATORS)}"
            )
        self.runs = sweep_runs(self.config)
        self._by_name = {run.name: run for run in self.runs}
        self._lessons = {lesson for run in self.runs for lesson in self.lessons(run)}

    def run(self, wildcards):
        """The run that a job's wildcards name (``Run``); raises UserError where the sweep has none."""
        name = f"{wildcards.recipe}/{wildcards.family}/w{wildcards.width}/seed{wildcards.seed}"
        if name not in self._by_name:
            raise UserError(f"{name}: no run of the sweep; {self.folder / 'sweep.json'} lists them")
        return self._by_name[name]

    def recipe(self, run):
        """The training settings of a run (dict)."""
        return self.config["recipes"][run.recipe]

    @property
    def recipes(self):
        """The names of the recipes in the order in which the sweep first names them (list)."""
        return list(dict.fromkeys(entry["recipe"] for entry in self.config["sweep"]))

    def teachers(self, recipe):
        """The runs that a recipe's runs learn from (list of ``Run``); recipe: its name."""
        return teachers(self.config["recipes"][recipe])

    def lessons(self, run):
        """What a run learns beside the labels (list of ``Lesson``): one where its recipe has teachers."""
        return [Lesson(run.recipe, run.seed)] if self.teachers(run.recipe) else []

    def lesson(self, wildcards):
        """The lesson that a job's wildcards name; raises UserError where no run of the sweep takes it."""
        lesson = Lesson(wildcards.recipe, int(wildcards.seed))
        if lesson not in self._lessons:
            raise UserError(f"{lesson.name}: no run of the sweep is taught so")
        return lesson

    def totals(self, run):
        """Parameters, multiply-adds and bytes of a run's network; see ``counts.totals``.

        A data set that leaves its number of classes to the data counts as one of seven.
        """
        return self._counted(run.family, run.width)[0]

    @cache
    def _counted(self, family, width):
        """(``counts.totals``, numbers in all activations of one picture): Snakemake asks again and again."""
        network = architectures.network(family, width, self.dataset_settings["classes"] or 7)
        shape = image_shape(self.dataset_settings)
        activations = sum(prod(row.output) for row in counts.layer_table(network, shape))
        return counts.totals(network, shape), activations

    def memory_mb(self, runs, recipe):
        """What to ask a scheduler for the memory, in MB, of a job that trains or asks these runs' networks.

        runs: list of ``Run``; recipe: name of the one whose batches they see.

        Measured: 700 MB for TensorFlow and the mapped pictures, and 1.1 times the activations of a
        batch (60 MB for the MobileNet of width 0.25 at batch 32, 230 MB at width 1); a large network
        holds its weights about six times over. A teacher's forward pass counts in full. A quarter is added.
        """
        counted = [self._counted(run.family, run.width) for run in runs]
        activations = sum(values for _, values in counted) * self.config["recipes"][recipe]["batch_size"]
        weights = sum(totals["params"] for totals, _ in counted)
        return round(1.25 * (700 + (1.1 * activations + 6 * weights) * counts.BYTES_PER_PARAMETER / 1e6))

    def minutes(self, runs, recipe, share=1):
        """What to ask a scheduler for the time of that job on one core, in minutes.

        Measured on a fast core: 0.3 ms a picture and 9 thousand million multiply-adds a second. Four
        times that for slower ones, and ten minutes. A data set that is not drawn counts as 30,000 rows.
        share: of a training step that the job does with a picture; a forward pass is a third.
        """
        drawn = self.dataset_settings["generator"] is not None
        rows = self.dataset_settings["rows"]["training"] if drawn else 30_000
        seconds = 0.0003 + share * sum(self.totals(run)["macs"] for run in runs) / 9e9
        return round(10 + 4 * rows * self.config["recipes"][recipe]["epochs"] * seconds / 60)

    def source(self):
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

    def begin(self):
        """Ready the records for Snakemake."""
        if self.scratch:
            return
        provenance.settle(self.folder / ".provenance")
        if not (self.folder / "sweep.json").exists():
            self.announce()  # Snakemake asks for every input when it plans, too

    def announce(self):
        """Write sweep.json, the planned runs for whoever watches."""
        runs = [
            {
                **run.as_dict(),
                **{name: self.totals(run)[name] for name in ("params", "macs")},
                "epochs": self.recipe(run)["epochs"],
                "path": str(self.folder / "runs" / run.name),
            }
            for run in self.runs
        ]
        stand_in = self.dataset_settings["generator"] is not None
        text = provenance.canonical({"dataset": self.dataset, "stand_in": stand_in, "runs": runs})
        path = self.folder / "sweep.json"
        if not (path.exists() and path.read_text(encoding="utf-8") == text):
            write_text(path, text)

    @cache
    def is_prepared(self):
        """Whether the data are there and up to date, as this process found them first (bool)."""
        rules = ["fetch", "prepare"] if self.source() == str(self.folder / "download") else ["prepare"]
        return not any(
            provenance.reason(self._record(rule, None), self._ingredients(rule, None)) for rule in rules
        )

    def expected(self, rule, unit=None):
        """The expected-provenance file of a job, written anew (str); see ``provenance.plan``.

        rule: a rule's name; unit: the run (or lesson) it works on, for the rules that work on one.
        All rules but ``fetch`` and ``prepare`` need the data to be prepared.
        """
        name = Path(rule, f"{unit.name if unit else rule}.json")
        path = Path(self.scratch or self.folder / ".provenance", name)
        provenance.plan(path, self._ingredients(rule, unit), self._record(rule, unit))
        return str(path)

    def tidy(self):
        """Remove the states of finished trainings, which a kill at their very end leaves behind.

        Others stay, also of runs that are not planned now: another configuration may go on with them.
        """
        if not (self.folder / "data" / "manifest.json").exists():
            return
        jobs = [("train", run) for run in self.runs] + [("teach", lesson) for lesson in self._lessons]
        for rule, unit in jobs:
            made_of = self._ingredients(rule, unit)
            if not provenance.reason(self._record(rule, unit), made_of):
                shutil.rmtree(self.folder / ".state" / provenance.key(made_of), ignore_errors=True)

    def _record(self, rule, unit):
        return self.folder / ".provenance" / rule / f"{unit.name if unit else rule}.recorded.json"

    def _upstream(self, rule, run):
        """The jobs whose results a job takes, data preparation left out: it has its own cut-off."""
        if rule in ("evaluate", "submit"):
            return [("train", run)]
        _, names, *_ = GATHERING.get(rule, (None, []))
        return [(name, each) for name in names for each in (self.runs if name in PER_RUN else [None])]

    @cache
    def _key(self, rule, unit):
        return provenance.key(self._ingredients(rule, unit))

    @cache
    def _code(self, script, family):
        return fingerprint(script, [f"widthwise.networks.architectures.{family}"])

    @cache
    def _ingredients(self, rule, unit):
        if rule in GATHERING:
            script, _, names, files = GATHERING[rule]
            settings = {name: self.config["report"][name] for name in names}
            return {
                "code": fingerprint(script, files=files),
                "settings": settings | ({"recipes": self.recipes} if rule == "compare" else {}),
                "data": self._all_data(),
                "upstream": {
                    each.name if each else name: self._key(name, each)
                    for name, each in self._upstream(rule, unit)
                },
            }
        return getattr(self, f"_{rule}_ingredients")(unit)

    def _fetch_ingredients(self, _):
        return {"code": fingerprint("fetch.py"), "settings": {"kaggle": self.dataset_settings["kaggle"]}}

    def _prepare_ingredients(self, _):
        settings = {
            name: value for name, value in self.dataset_settings.items() if name not in ("path", "kaggle")
        }
        generator = settings["generator"]
        modules = [f"widthwise.data.synthetic.{generator}"] if generator else []
        return {
            "code": fingerprint("prepare.py", modules),
            "settings": settings,
            "source": None if generator else self._source_digest(),
        }

    def _teach_ingredients(self, lesson):
        manifest, recipe = self._manifest(), self.config["recipes"][lesson.recipe]
        used = ("augmentation", "mixup", "batch_size", "epochs")
        return {
            "code": fingerprint("teach.py"),
            "settings": {
                **{name: recipe[name] for name in used},
                "temperature": recipe["distillation"]["temperature"],
                "seed": lesson.seed,
            },
            "lesson": lesson.name,  # else two of the same content would share a state
            "data": {"training": manifest["splits"]["training"]["digest"]},
            "upstream": {
                teacher.name: self._key("train", teacher) for teacher in self.teachers(lesson.recipe)
            },
        }

    def _train_ingredients(self, run):
        manifest = self._manifest()
        splits = manifest["splits"]
        return {
            "code": self._code("train.py", run.family),
            "settings": {"recipe": self.recipe(run), "width": run.width, "seed": run.seed},
            "data": {
                **{split: splits[split]["digest"] for split in ("training", "validation")},
                "classes": len(manifest["classes"]),
            },
            "upstream": {f"teach {lesson.name}": self._key("teach", lesson) for lesson in self.lessons(run)},
        }

    def _plot_classes_ingredients(self, _):
        return {
            "code": fingerprint("plot_classes.py"),
            "settings": {"language": self.config["report"]["language"]},
            "data": self._all_data(),
        }

    def _evaluate_ingredients(self, run):
        return {
            "code": self._code("evaluate.py", run.family),
            "data": self._all_data(),
            "upstream": {"train": self._key("train", run)},
        }

    def _submit_ingredients(self, run):
        if "unlabelled" not in self._manifest()["splits"]:
            raise UserError(f"dataset {self.dataset}: it has no unlabelled pictures to submit predictions of")
        return {
            "code": fingerprint("submit.py"),
            "data": self._all_data(),
            "upstream": {"train": self._key("train", run)},
        }

    @cache
    def _all_data(self):
        """The content of all that preparation wrote, but for the pictures: their digests stand for them."""
        files = ("manifest.json", "rows.csv", "duplicates.csv")
        return {name: provenance.digest(self.folder / "data" / name) for name in files}

    @cache
    def _manifest(self):
        return json.loads((self.folder / "data" / "manifest.json").read_text(encoding="utf-8"))

    def _source_digest(self):
        """What the data are made from, by content; read again only where sizes or times differ."""
        source = self.source()
        known = self.folder / ".provenance" / "source.json"
        try:
            before = dict(json.loads(known.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            before = {}
        if source is None:
            return before.get("sha256")
        if source == str(self.folder / "download"):
            return {"kaggle": self.dataset_settings["kaggle"]}
        walked = (Path(folder, name) for folder, _, names in walk_once(source) for name in names)
        files = sorted(path for path in [Path(source), *walked] if path.is_file())
        stats = [[_written(path), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
        if before.get("files") == stats:
            return before["sha256"]
        try:
            content = [[_written(path.relative_to(source)), provenance.digest(path)] for path in files]
        except OSError as error:
            raise UserError(f"{printable(error.filename)}: cannot be read ({error.strerror})") from None
        sha256 = provenance.key(content)
        write_text(known, provenance.canonical({"files": stats, "sha256": sha256}))
        return sha256


def _written(path):
    """A path as text that can be written, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
