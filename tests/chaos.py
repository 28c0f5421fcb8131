"""Kill trainings and Snakemake at random moments, then compare with an undisturbed sweep.

python tests/chaos.py --kills 100

Prints and stores (results/bench/chaos.json) how many processes were killed, how many epochs had to
be begun again, and how many results differ in the end from those of a sweep that nobody disturbed.
"""

import argparse
import contextlib
import io
import json
import random
import re
import signal
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from pathlib import Path

import h5py
import pandas as pd
import psutil

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from workflow.project import Project  # noqa: E402

SWEEP = """
dataset: tiny
datasets:
  tiny: {generator: expressions, classes: 7, rows: {training: 2100, public: 70, private: 70}}
recipes:
  tiny: {epochs: 6, batch_size: 32, learning_rate: 0.003}
sweep:
  - {recipe: tiny, family: mobilenet, widths: [0.1, 0.2], seeds: [1]}
  - {recipe: tiny, family: plain, widths: [0.1], seeds: [1]}
"""
TIMED = ("seconds", "images_per_second")  # what differs between any two trainings
OF_THE_PROCESS = ("peak_memory_mb", "resumed", "bytes")


def main():
    """Run the sweeps, print and store what was found; exit 1 where results differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="processes to kill (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments and victims")
    parser.add_argument("--out", type=Path, default=ROOT / "results/bench/chaos.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = chaos(Path(folder), arguments.kills, random.Random(arguments.seed))
    print(json.dumps(found, indent=1))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(bool(found["differing"]))


def chaos(folder, kills, dice):
    """Run an undisturbed sweep, then disturbed ones until enough was killed; what was found (dict)."""
    undisturbed = new_project(folder / "undisturbed")
    undisturbed.snakemake()
    killed, repeated, differing, sweeps = Counter(), 0, [], 0
    while killed.total() < kills:
        sweeps += 1
        project = new_project(folder / f"disturbed{sweeps}")
        while killed.total() < kills and disturb(project, kills - killed.total(), dice, killed):
            pass
        project.snakemake()
        repeated += epochs_repeated(project)
        differing += differences(undisturbed, project)
        assert "Nothing to be done" in project.snakemake()
    return {
        "kills": killed.total(),
        "killed": dict(killed),
        "sweeps": sweeps,
        "epochs_repeated": repeated,
        "differing_files": len(differing),
        "differing": differing,
    }


def new_project(folder):
    """A clone of the project with the sweep to disturb."""
    project = Project(folder, ROOT)
    (project / "presets/tiny.yaml").write_text(SWEEP)
    return project


def disturb(project, most, dice, killed):
    """Run Snakemake once and kill at random moments; False where it came to a good end all the same."""
    process = project.start()
    threading.Thread(target=process.stdout.read, daemon=True).start()
    while process.poll() is None:
        deadline = time.monotonic() + dice.uniform(0.5, 12)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        kind = dice.choices(["training", "script", "snakemake"], [6, 2, 2])[0]
        victims = processes(process.pid)[kind]
        if victims and most:
            with contextlib.suppress(psutil.NoSuchProcess):
                dice.choice(victims).send_signal(dice.choice([signal.SIGKILL, signal.SIGTERM]))
                killed[kind] += 1
                most -= 1
                print(f"{killed.total()} killed, last a {kind}", file=sys.stderr, flush=True)
    return process.returncode != 0


def processes(pid):
    """The processes of a running sweep by kind: dict of lists of psutil.Process."""
    found = {"training": [], "script": [], "snakemake": []}
    with contextlib.suppress(psutil.NoSuchProcess):
        snakemake = psutil.Process(pid)
        found["snakemake"].append(snakemake)
        for process in snakemake.children(recursive=True):
            line = process.cmdline()
            if "widthwise.plumbing.supervision" in line:
                found["training"].append(process)
            elif len(line) == 2 and "/.snakemake/scripts/" in line[1]:
                found["script"].append(process)
    return found


def epochs_repeated(project):
    """How many epochs were begun more than once, by the logs of all attempts (int)."""
    repeated = 0
    for log in (project / "results/tiny/logs/train").rglob("*.log"):
        attempts = log.read_text().split("--- ")[1:]
        for attempt in attempts[1:]:
            resumed = re.search(r"resumes after \d+ epochs and (\d+) of", attempt)
            repeated += resumed is None or resumed[1] == "0"
    return repeated


def differences(one, other):
    """The results of two projects that differ in anything but time (list of paths)."""
    paths = [path.relative_to(one.folder) for path in (one / "results/tiny").rglob("*") if path.is_file()]
    left = [*(other / "results/tiny/.state").iterdir(), *(other / "results/tiny").rglob(".part-*")]
    left = [str(path.relative_to(other.folder)) for path in left]
    return left + [str(path) for path in sorted(paths) if content(one / path) != content(other / path)]


def content(path):
    """What must be equal in a result: weights, tables and metrics without times; None for the rest."""
    if not path.exists():
        return "missing"
    match path.name:
        case "model.keras":
            with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file:
                weights = []
                h5py.File(io.BytesIO(file.read())).visititems(
                    lambda name, item: (
                        weights.append((name, item[()].tobytes())) if isinstance(item, h5py.Dataset) else None
                    )
                )
                return weights
        case "history.csv" | "runs.csv" | "summary.csv" | "exports.csv":
            table = pd.read_csv(path)
            timed = (*TIMED, "latency_ms")
            return table.drop(columns=[name for name in table if name.startswith(timed)]).to_csv()
        case "metrics.json" | "training.json":
            found = json.loads(path.read_text())
            return {name: value for name, value in found.items() if name not in (*TIMED, *OF_THE_PROCESS)}
        case (
            "predictions.csv" | "duplicates.csv" | "images.npy" | "labels.npy" | "rows.csv" | "manifest.json"
        ):
            return path.read_bytes()
        case name if name.endswith(".tflite"):
            return path.read_bytes()
    return None


if __name__ == "__main__":
    main()
