"""The benchmarks in their shortest forms: they run and write their tables and figures."""

import csv
import json
import subprocess
import sys

import pytest

# Where PyTorch would run: trains nothing, says so at once.
STAND_IN = """#!/bin/sh
echo done
while read -r go; do echo done; done
"""


def bench(root, output, script, *arguments):
    """Run a benchmark; the rows of its table (list of dict)."""
    command = [sys.executable, root / "bench" / script, "--output", output, *arguments]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    name = script.removesuffix(".py")
    for figure in (f"{name}.svg", f"{name}.png"):
        assert (output / figure).stat().st_size > 1000
    with open(output / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_growth_is_measured_for_every_size(root, tmp_path):
    rows = bench(root, tmp_path, "scale.py", "--runs", "4", "8")
    what = ["plan, nothing made", "plan, all made", "overhead of trainings"]
    assert [(int(row["runs"]), row["what"]) for row in rows] == [(n, each) for n in (4, 8) for each in what]
    for row in rows:
        assert list(row) == ["runs", "what", "seconds", "memory_mb", "seconds_per_run"]
        assert 0 < float(row["seconds_per_run"]) < float(row["seconds"])
        assert 20 < int(row["memory_mb"]) < 1000


@pytest.mark.slow
def test_speed_is_measured_beside_the_others(root, tmp_path):
    stand_in = tmp_path / "python"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    shortest = ["--rounds", "1", "--batches", "2", "--cores", "1", "--networks", "mobilenet w0.5"]
    rows = bench(root, tmp_path, "engine.py", *shortest, "--torch-python", stand_in)
    assert [row["contender"] for row in rows] == ["keras", "widthwise", "pytorch"]
    for row in rows:
        assert row["network"] == "mobilenet w0.5"
        assert float(row["images_per_second"]) > 0
    assert float(rows[0]["ratio_to_keras"]) == float(rows[2]["ratio_to_pytorch"]) == 1


@pytest.mark.slow
def test_the_core_seconds_of_every_rule_are_counted(root):
    command = [sys.executable, root / "bench/core_seconds.py", "--configfile", "presets/tiny.yaml"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = {cells[0]: cells[1:] for line in said.splitlines() if len(cells := line.split()) == 9}
    for rule in ("prepare", "train", "evaluate", "aggregate", "compare", "export", "plot", "report"):
        _, in_all, *phases = map(float, rows[rule])
        assert in_all == pytest.approx(sum(phases), abs=0.4) and in_all > 0
    assert float(rows["train"][5]) > 0  # the process that trains is counted: it traces
    assert float(rows["evaluate"][5]) == 0


@pytest.mark.slow
def test_time_to_accuracy_counts_epochs_and_speeds(root, tmp_path):
    results = tmp_path / "results/faces"
    run = results / "runs/quick/mobilenet/w0.25/seed1"
    run.mkdir(parents=True)
    (results / "data").mkdir()
    splits = {"training": {"start": 0, "stop": 900}, "validation": {"start": 900, "stop": 1200}}
    (results / "data/manifest.json").write_text(json.dumps({"splits": splits}))
    augmentation = {"flip": True, "rotation": 10, "shift": 0.1, "zoom": 0.1, "shear": 0, "erasing": 0}
    settings = {"batch_size": 32, "dropout": 0.0, "weight_averaging": 0.99, "augmentation": augmentation}
    settings |= {"mixup": 0, "distillation": None}
    network = {"recipe": "quick", "family": "mobilenet", "width": 0.25, "seed": 1}
    (run / "training.json").write_text(json.dumps({"run": network, "settings": settings}))
    (run / "history.csv").write_text("epoch,accuracy_validation\n1,0.4\n2,0.52\n3,0.51\n")
    shortest = ["--rounds", "1", "--batches", "2", "--cores", "1"]
    reached, never = bench(root, tmp_path, "accuracy.py", results, *shortest)
    assert (reached["validation_accuracy"], reached["epochs"]) == ("0.5", "2")
    assert float(reached["core_minutes"]) > 0
    assert (never["validation_accuracy"], never["epochs"], never["ratio"]) == ("0.55", "", "")
