"""Copy what a study found to where the repository keeps it: pages, tables, figures, trained networks."""

import json
import shutil
from pathlib import Path

from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.provenance import read_record

TABLES = ("runs.csv", "summary.csv", "comparison.json", "exports.csv")
FIGURES = ("params_vs_validation.png", "params_vs_accuracy.png", "family_difference.png")
TRAINED = ("model.keras", "history.csv", "training.json")


def main() -> None:
    """Publish a study; what the destination held before is replaced."""
    parser = Parser(prog="publish.py", description="Copy what a study found into the repository.")
    parser.add_argument("results", type=Path, help="results/<dataset>, of a finished study")
    parser.add_argument("destination", type=Path, help="docs/<dataset>")
    arguments = parser.parse_args()
    results, destination = arguments.results, arguments.destination
    reports = [results / name for name in reported(results)]
    reports += [path.with_name(path.name.replace("report", "try")) for path in reports]
    shown = [*reports, *(results / name for name in TABLES)]
    shown += [results / "figures" / name for name in FIGURES]
    for path in shown:
        if not path.exists():
            raise UserError(f"{path}: missing; run the study first")
    part = destination.with_name(f".part-{destination.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in shown:
        shutil.copy(path, part)
    for planned in json.loads((results / "sweep.json").read_text("utf-8"))["runs"]:
        name = Path(planned["path"]).relative_to(results / "runs")
        record = results / f".provenance/train/{name}.recorded.json"
        copy(record, part / "trained" / record.relative_to(results))
        for file in TRAINED:
            copy(results / "runs" / name / file, part / "trained/runs" / name / file)
    if (destination / "README.md").exists():
        shutil.copy(destination / "README.md", part)
    shutil.rmtree(destination, ignore_errors=True)
    part.rename(destination)
    size = sum(path.stat().st_size for path in destination.rglob("*") if path.is_file())
    print(f"{destination}: {len(reports)} pages, {len(TABLES)} tables, {size / 1e6:.1f} MB in all")


def reported(results: Path) -> list[str]:
    """The names of a study's reports.

    Raises UserError where they show pictures of the data set that a program did not draw.
    """
    record = read_record(results / ".provenance/report/report.recorded.json") or {"ingredients": {}}
    settings = record["ingredients"].get("settings", {})
    manifest = json.loads((results / "data/manifest.json").read_text("utf-8"))
    if settings.get("samples", True) and not manifest["stand_in"]:
        raise UserError(f"{results}/report.html shows pictures of the data set; set report.samples to false")
    return ["report.html", *(f"report.{language}.html" for language in settings.get("languages", [])[1:])]


def copy(source: Path, destination: Path) -> None:
    """Copy a file, its folder made."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, destination)


if __name__ == "__main__":
    run(main, "publish.py")
