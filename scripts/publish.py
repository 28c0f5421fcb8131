"""Copy what a study found to where the repository keeps it: pages, tables, figures, trained networks."""

import gzip
import json
import shutil
from pathlib import Path

from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import replace_folder
from widthwise.plumbing.provenance import read_record

TABLES = ("runs.csv", "summary.csv", "comparison.json", "exports.csv")
FIGURES = ("params_vs_validation.png", "params_vs_accuracy.png")
COMPARING = ("family_difference.png", "recipe_effects.png")  # of a study that compares families, recipes
ACCURACIES = ".provenance/plot_accuracies/plot_accuracies.recorded.json"
TRAINED = ("model.keras", "history.csv", "training.json")


def main() -> None:
    """Publish a study in place of an older one, whose README.md and trained networks stay."""
    parser = Parser(prog="publish.py", description="Copy what a study found into the repository.")
    parser.add_argument("results", type=Path, help="results/<dataset>, of a finished study")
    parser.add_argument("destination", type=Path, help="docs/<dataset>")
    parser.add_argument("--tables", action="store_true", help="the tables alone")
    arguments = parser.parse_args()
    results, destination = arguments.results, arguments.destination
    sweep = planned(results)
    shown = [results / name for name in TABLES]
    if not arguments.tables:
        shown += [results / name for name in pages(results)]
        shown += [results / "figures" / name for name in FIGURES]
        drawn = (read_record(results / ACCURACIES) or {"outputs": {}})["outputs"]
        shown += [results / "figures" / name for name in COMPARING if any(name in path for path in drawn)]
    runs = [] if arguments.tables else sweep
    trained = []
    for name in runs:
        trained += [results / f".provenance/train/{name}.recorded.json"]
        trained += [results / "runs" / name / file for file in TRAINED]
    for path in (*shown, *trained):
        if not path.exists():
            raise UserError(f"{path}: missing; run the study first")
    if destination.exists() and not (destination / "comparison.json").exists():
        raise UserError(f"{destination}: exists and holds no published study; name another folder")
    part = destination.with_name(f".part-{destination.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for kept in ("README.md", "trained"):  # networks of larger studies, too
        if (destination / kept).is_dir():
            shutil.copytree(destination / kept, part / kept)
        elif (destination / kept).exists():
            shutil.copy(destination / kept, part)
    for path in shown:
        if path.name.startswith("report."):  # its figures make it large: packed, it fits into a repository
            (part / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        else:
            shutil.copy(path, part)
    for path in trained:
        copy(path, part / "trained" / path.relative_to(results))
    replace_folder(part, destination)
    size = sum(path.stat().st_size for path in destination.rglob("*") if path.is_file())
    print(f"{destination}: {len(shown)} files and {len(runs)} trained networks, {size / 1e6:.1f} MB in all")


def planned(results: Path) -> list[Path]:
    """The runs that a study planned: recipe, family, width and seed of each, as a path.

    Raises UserError where the list is missing or damaged.
    """
    sweep = results / "sweep.json"
    if not sweep.exists():
        raise UserError(f"{sweep}: missing; run the study first")
    try:
        runs = json.loads(sweep.read_text("utf-8"))["runs"]
        return [Path(*Path(run["path"]).parts[-4:]) for run in runs]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{sweep}: is damaged; delete it and run the study again") from None


def pages(results: Path) -> list[str]:
    """The names of a study's pages.

    Raises UserError where its reports show pictures of the data set that a program did not draw.
    """
    record = read_record(results / ".provenance/report/report.recorded.json") or {"ingredients": {}}
    settings = record["ingredients"].get("settings", {})
    manifest = json.loads((results / "data/manifest.json").read_text("utf-8"))
    if settings.get("samples", True) and not manifest["stand_in"]:
        raise UserError(f"{results}/report.html shows pictures of the data set; set report.samples to false")
    others = settings.get("languages", [])[1:]
    return [
        f"{page}{end}"
        for page in ("report", "try")
        for end in (".html", *(f".{each}.html" for each in others))
    ]


def copy(source: Path, destination: Path) -> None:
    """Copy a file, its folder made."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, destination)


if __name__ == "__main__":
    run(main, "publish.py")
