"""Core-minutes until a network validates well, by this workflow and by a plain Keras script.

python bench/accuracy.py results/fer2013-accuracy

Reads from the histories of a study's runs how many epochs of which recipe they took, and measures how many
pictures a second both contenders train with that recipe, in turns on all cores (engine.py). Plain Keras is
granted the same epochs, since its whole runs would take hours: what it pays for is its speed. Validation,
a third of a training step a picture, counts for both.

Prints a row per recipe, network, seed and accuracy, and writes accuracy.csv and a figure.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

BENCH = Path(__file__).parent
sys.path[:0] = [str(BENCH.parent / "scripts")]

import engine  # noqa: E402

from widthwise.plumbing.files import write_csv  # noqa: E402
from widthwise.study.cost import FORWARD  # noqa: E402

COLUMNS = (
    *("recipe", "network", "seed", "validation_accuracy", "epochs", "core_minutes", "core_minutes_keras"),
    "ratio",
)
RECIPE = ("batch_size", "dropout", "weight_averaging", "augmentation")  # what a picture's time depends on


def epochs_until(history, accuracy):
    """The first epoch of a history.csv that validates at an accuracy (int), or None."""
    with open(history, newline="") as file:
        rows = [row for row in csv.DictReader(file) if float(row["accuracy_validation"]) >= accuracy]
    return int(rows[0]["epoch"]) if rows else None


def core_seconds(settings, family, width, arguments, log):
    """Core-seconds that a training picture takes by each contender, with a recipe: {contender: float}."""
    for name in ("mixup", "distillation"):
        if settings[name]:
            sys.exit(f"accuracy.py: found a recipe with {name}, which the plain Keras script does without")
    recipe = {name: settings[name] for name in RECIPE}
    os.environ["WIDTHWISE_BENCH"] = json.dumps(recipe)
    rows = arguments.batches * engine.study.BATCH
    batches = rows // recipe["batch_size"]
    with tempfile.TemporaryDirectory() as folder:
        engine.study.write_arrays(Path(folder), rows)
        contenders = engine.commands(folder, family, width, arguments.cores)
        beside = {name: contenders[name] for name in ("keras", "widthwise")}
        speeds, _ = engine.measure(beside, (batches, recipe["batch_size"]), arguments.rounds, log)
    return {name: arguments.cores / median(values) for name, values in speeds.items()}


def rows_of(results, arguments, log):
    """The table's rows of all runs of a study (list of dict)."""
    splits = json.loads((results / "data/manifest.json").read_text())["splits"]
    sizes = {name: split["stop"] - split["start"] for name, split in splits.items()}
    taken, table = {}, []
    for path in sorted(results.glob("runs/*/*/*/*/training.json")):
        record = json.loads(path.read_text())
        run = record["run"]
        network = (run["recipe"], run["family"], run["width"])
        if network not in taken:
            taken[network] = core_seconds(record["settings"], *network[1:], arguments, log)
        for accuracy in arguments.accuracies:
            epochs = epochs_until(path.with_name("history.csv"), accuracy)
            pictures = (epochs or 0) * (sizes["training"] + FORWARD * sizes["validation"])
            minutes = {name: pictures * seconds / 60 for name, seconds in taken[network].items()}
            row = {
                "recipe": run["recipe"],
                "network": f"{run['family']} w{run['width']:g}",
                "seed": run["seed"],
                "validation_accuracy": accuracy,
                "epochs": epochs,
                "core_minutes": round(minutes["widthwise"], 1),
                "core_minutes_keras": round(minutes["keras"], 1),
                "ratio": round(taken[network]["keras"] / taken[network]["widthwise"], 2),
            }
            table.append(row if epochs else row | dict.fromkeys(COLUMNS[4:]))
            told = ("never" if value is None else str(value) for value in table[-1].values())
            print("  ".join(f"{value:>20}" for value in told), flush=True)
    return table


def main():
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="results/<dataset> of a finished study")
    parser.add_argument("--accuracies", type=float, nargs="+", default=[0.5, 0.55])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=24, help="batches of 64 images in an epoch")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--output", type=Path, default=BENCH.parent / "results/bench")
    arguments = parser.parse_args()
    if not (arguments.results / "data/manifest.json").exists():
        sys.exit(f"accuracy.py: {arguments.results}: found no study, expected results/<dataset>")
    arguments.output.mkdir(parents=True, exist_ok=True)
    print(engine.machine())
    print("  ".join(f"{column:>20}" for column in COLUMNS), flush=True)
    with open(arguments.output / "accuracy.log", "w") as log:
        table = rows_of(arguments.results, arguments, log)
    if not any(row["epochs"] for row in table):
        sys.exit(f"{arguments.results}: no run reaches {arguments.accuracies}")
    write_csv(arguments.output / "accuracy.csv", COLUMNS, ([row[name] for name in COLUMNS] for row in table))
    reached = [row for row in table if row["epochs"]]
    points = {
        label: [
            ("{recipe}, {network}, {validation_accuracy:.0%}".format_map(row), row[column]) for row in reached
        ]
        for column, label in (("core_minutes", "Widthwise"), ("core_minutes_keras", "plain Keras script"))
    }
    label = "Core-minutes to the validation accuracy"
    engine.draw(points, label, "Time to accuracy beside plain Keras", arguments.output / "accuracy")


if __name__ == "__main__":
    main()
