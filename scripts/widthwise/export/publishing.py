"""What a repository keeps of a finished study: pages, tables, figures and trained networks, in a folder."""

import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import replace_folder, walk_once
from widthwise.plumbing.provenance import read_record

TABLES = ("runs.csv", "summary.csv", "comparison.json", "exports.csv")
FIGURES = ("params_vs_validation.png", "params_vs_accuracy.png")
COMPARING = ("family_difference.png", "recipe_effects.png")  # of a study that compares families, recipes
TRAINED = ("model.keras", "history.csv", "training.json")
KEPT = ("README.md", "trained")  # of an older publication: networks of larger studies, too
REPORT = ".provenance/report/report.recorded.json"
ACCURACIES = ".provenance/plot_accuracies/plot_accuracies.recorded.json"


def publish(results: Path, destination: Path, tables: bool) -> tuple[int, int, int]:
    """Put what a finished study found into a folder, in place of what an older one did.

    results: results/<dataset>; destination: the folder, of which ``KEPT`` stays; tables: the tables alone.
    Returns how many files and how many trained networks were put there, and the bytes of the folder in all.
    Raises UserError where a file of the study is missing or damaged, where its reports show pictures that a
    program did not draw, where the folder holds anything else, and where it cannot be written.
    """
    destination = destination.resolve()
    runs = planned(results)
    shown = [Path(name) for name in TABLES]
    if tables:
        runs = []
    else:
        shown += [Path(name) for name in pages(results)]
        shown += [Path("figures", name) for name in figures(results)]
    trained = [path for run in runs for path in _made_by(run)]
    for path in (*shown, *trained):
        if not (results / path).exists():
            raise UserError(f"{results / path}: missing; run the study first")
    if destination.exists() and not (destination / "comparison.json").exists():
        raise UserError(f"{destination}: exists and holds no published study; name another folder")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{destination.name}.") as beside:
            part = Path(beside, "part")
            part.mkdir()
            for path in _kept(destination):
                _copy(destination / path, part / path)
            for path in shown:
                _show(results / path, part)
            for path in trained:
                _copy(results / path, part / "trained" / path)
            replace_folder(part, destination)
    except OSError as error:
        raise UserError(f"{error.filename or destination}: {error.strerror}; nothing was published") from None
    size = sum(path.stat().st_size for path in destination.rglob("*") if path.is_file())
    return len(shown), len(runs), size


def planned(results: Path) -> list[Path]:
    """The runs that a study planned: recipe, family, width and seed of each, as a path.

    Raises UserError where the list is missing or damaged.
    """
    with _reading(results / "sweep.json") as sweep:
        return [Path(*Path(run["path"]).parts[-4:]) for run in _json(sweep)["runs"]]


def pages(results: Path) -> list[str]:
    """The names of a study's pages.

    Raises UserError where its reports show pictures of the data set that a program did not draw, and where
    what says so is missing or damaged.
    """
    with _reading(results / REPORT) as path:
        settings = _record(path)["ingredients"]["settings"]
        pictured, others = settings.get("samples", True), settings.get("languages", [])[1:]
    with _reading(results / "data/manifest.json") as path:
        drawn = _json(path)["stand_in"]
    if pictured and not drawn:
        raise UserError(f"{results}/report.html shows pictures of the data set; set report.samples to false")
    ends = (".html", *(f".{each}.html" for each in others))
    return [f"{page}{end}" for page in ("report", "try") for end in ends]


def figures(results: Path) -> list[str]:
    """The names of a study's figures to show: of those that compare, the ones that it drew.

    Raises UserError where the record of these is missing or damaged.
    """
    with _reading(results / ACCURACIES) as path:
        drawn = {Path(output).name for output in _record(path)["outputs"]}
    return [*FIGURES, *(name for name in COMPARING if name in drawn)]


@contextmanager
def _reading(path: Path) -> Iterator[Path]:
    """Raise UserError where a file of a study is missing, or holds what the study never wrote."""
    try:
        yield path
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: missing; run the study first") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: is damaged; delete it and run the study again") from None


def _record(path: Path) -> dict[str, Any]:
    record = read_record(path)
    if record is None:
        raise FileNotFoundError(path)
    return record


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _made_by(run: Path) -> list[Path]:
    """The files to keep of a run, below the study's folder: its record and what it trained."""
    return [Path(f".provenance/train/{run}.recorded.json"), *(Path("runs", run, name) for name in TRAINED)]


def _kept(destination: Path) -> list[Path]:
    """The files of an older publication that stay, below its folder."""
    if not destination.exists():
        return []
    files = (Path(folder, name) for folder, _, names in walk_once(destination) for name in names)
    below = (path.relative_to(destination) for path in files)
    return [path for path in below if path.parts[0] in KEPT]


def _show(source: Path, folder: Path) -> None:
    """Copy a file into a folder; a report is packed: its figures make it large for a repository."""
    if source.name.startswith("report."):
        (folder / f"{source.name}.gz").write_bytes(gzip.compress(source.read_bytes(), mtime=0))
    else:
        shutil.copy(source, folder)


def _copy(source: Path, target: Path) -> None:
    """Copy a file, its folder made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
