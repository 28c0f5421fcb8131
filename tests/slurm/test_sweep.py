"""The study on a real Slurm, through profiles/slurm: undisturbed, and one whose training is cut off.

Both run at once, each in a copy of the workflow, so that the one is what the other is held against.
"""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from slurm.cluster import end_with_parent, wait_for
from widthwise.study.planning import Plan
from workflow.project import Project

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-slurm" / "bin" / "python"
EPOCHS = 12  # more than pass, on a fast machine, until the third of three cuts
NAME = "tiny/plain/w0.1/seed1"
PATIENCE = 600  # seconds; a job starts Snakemake and TensorFlow, on a busy machine slowly
MEASURED = ("seconds", "images_per_second")  # the columns of history.csv that are no results


class Study:
    """A copy of the workflow with a small study of its own, at work on the cluster."""

    def __init__(self, folder, seeds, target):
        Project(folder, ROOT)
        shutil.copytree(ROOT / "profiles/slurm", folder / "profiles/slurm")
        self.folder = folder
        self.results = folder / "results" / "tiny"
        self.run = self.results / "runs" / NAME
        preset = yaml.safe_load((ROOT / "presets" / "tiny.yaml").read_text())
        preset["datasets"]["tiny"]["rows"]["training"] = 1400
        preset["recipes"]["tiny"]["epochs"] = EPOCHS
        preset["sweep"] = [{"recipe": "tiny", "family": "plain", "widths": [0.1], "seeds": seeds}]
        (folder / "study.yaml").write_text(yaml.safe_dump(preset))
        self.output = folder / "snakemake.txt"
        command = [PYTHON, "-m", "snakemake", target, "--workflow-profile", "profiles/slurm"]
        # What only this cluster needs: no accounting database, and no patience.
        command += ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2"]
        with self.output.open("w") as output:
            self._process = subprocess.Popen(
                [*command, "--configfile", "study.yaml"],
                cwd=folder,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
            )

    def end(self):
        """Wait for Snakemake to end well."""
        assert self._process.wait(timeout=600) == 0, self.output.read_text()

    def abandon(self):
        self._process.kill()
        self._process.wait()

    def epochs(self):
        """Finished epochs of the run (int), as its history tells while it trains."""
        return len(self.history())

    def history(self):
        """The results of every epoch: list of {column: text}, without what is measured in time."""
        try:
            with (self.run / "history.csv").open() as file:
                return [{k: v for k, v in row.items() if k not in MEASURED} for row in csv.DictReader(file)]
        except FileNotFoundError:
            return []

    def json(self, name):
        return json.loads((self.run / name).read_text())

    def log(self):
        path = self.results / "logs" / "train" / f"{NAME}.log"
        return path.read_text() if path.exists() else ""

    def clear_log(self):
        """Empty the training's log, so that what it says next is new."""
        os.truncate(self.results / "logs" / "train" / f"{NAME}.log", 0)


@pytest.fixture(scope="module")
def studies(slurm, tmp_path_factory, without):
    """An undisturbed ``Study`` of two runs and one of the first run alone, to disturb; both started."""
    if not PYTHON.exists():
        without("no .venv-slurm with the executor plugin; `make slurm` makes it")
    folder = tmp_path_factory.mktemp("studies")
    started = [
        Study(folder / "undisturbed", [1, 2], "results/tiny/runs.csv"),
        Study(folder / "disturbed", [1], f"results/tiny/runs/{NAME}/metrics.json"),
    ]
    yield started
    for study in started:
        study.abandon()


def job_of(slurm, study):
    """The Slurm job in which the disturbed study's run trains now: {field: text}."""
    training = [
        job for job in slurm.jobs() if job["WorkDir"] == str(study.folder) and "_train_" in job["Comment"]
    ]
    return training[-1]


def hold(study, epochs):
    """Wait until so many epochs are done, then hold the training still: it must not end before it is cut off.

    Returns how many epochs are done (int).
    """
    wait_for(lambda: study.epochs() >= epochs, PATIENCE, study.output.read_text)
    os.kill(study.json("status.json")["pid"], signal.SIGSTOP)
    study.clear_log()
    return study.epochs()


def resumed_after(study, done):
    """Wait until the training goes on; nothing but the epoch in progress may have been lost.

    Returns the number of epochs after which it does (int).
    """

    def resumed():
        return re.search(r"resumes after (\d+) epochs", study.log())

    wait_for(resumed, PATIENCE, lambda: study.log() + study.output.read_text())
    epochs = int(resumed()[1])
    assert epochs >= done
    return epochs


def test_a_training_cut_off_goes_on_and_ends_with_the_same_numbers(slurm, studies):
    undisturbed, disturbed = studies

    # Cancelled: Snakemake submits it again.
    done = hold(disturbed, 1)
    first = job_of(slurm, disturbed)
    slurm.ask("scancel", first["JobId"])
    done = resumed_after(disturbed, done)

    # At its time limit, which Slurm looks at twice a minute.
    done = hold(disturbed, done + 1)
    second = job_of(slurm, disturbed)
    slurm.ask("scontrol", "update", f"JobId={second['JobId']}", "EndTime=now")
    done = resumed_after(disturbed, done)

    # Requeued, as a preempted job is: the same Slurm job starts again, here without two minutes' wait.
    done = hold(disturbed, done + 1)
    third = job_of(slurm, disturbed)
    slurm.ask("scontrol", "requeue", third["JobId"])
    wait_for(lambda: job_of(slurm, disturbed)["JobState"] == "PENDING", PATIENCE, "not requeued")
    slurm.ask("scontrol", "update", f"JobId={third['JobId']}", "StartTime=now")
    resumed_after(disturbed, done)

    for study in studies:
        study.end()
    jobs = {job["JobId"]: job for job in slurm.jobs()}
    ends = [jobs[each["JobId"]]["JobState"] for each in (first, second, third)]
    assert ends == ["CANCELLED", "TIMEOUT", "COMPLETED"]
    assert jobs[third["JobId"]]["Restarts"] == "1"
    assert [study.json("training.json")["resumed"] for study in studies] == [0, 3]
    assert len(disturbed.history()) == EPOCHS
    assert disturbed.history() == undisturbed.history()
    assert disturbed.json("metrics.json")["splits"] == undisturbed.json("metrics.json")["splits"]
    predictions = [(study.run / "predictions.csv").read_bytes() for study in studies]
    assert predictions[0] == predictions[1]


def test_the_sweep_is_complete(studies):
    study = studies[0]
    study.end()
    with (study.results / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["family"], row["seed"], row["status"]) for row in rows] == [
        ("plain", "1", "finished"),
        ("plain", "2", "finished"),
    ]
    assert all(0 < float(row["accuracy_pooled"]) < 1 for row in rows)


def test_slurm_was_asked_for_what_the_rules_need(slurm, studies):
    for study in studies:
        study.end()
    jobs = [job for job in slurm.jobs() if job["WorkDir"] == str(studies[0].folder)]
    asked = {}
    for job in jobs:
        rule = re.match(r"rule_([a-z]+)", job["Comment"])[1]
        asked.setdefault(rule, set()).add((job["CPUs/Task"], job["MinMemoryNode"], job["TimeLimit"]))
    needs = {}
    for rule in ("prepare", "evaluate", "aggregate"):
        text = (ROOT / "rules" / f"{rule}.smk").read_text()
        memory, minutes = re.search(r"mem_mb=(\d+),\s+runtime=(\d+)", text).groups()
        needs[rule] = {asking(int(memory), int(minutes))}
    plan = Plan(yaml.safe_load((studies[0].folder / "study.yaml").read_text()))
    sized = [([run], run.recipe) for run in plan.runs]
    needs["train"] = {asking(plan.memory_mb(*each), plan.minutes(*each)) for each in sized}
    assert asked == needs


def asking(memory_mb, minutes):
    """What ``scontrol`` shows of a job that asks for one core, so much memory and time: tuple of str."""
    memory = f"{memory_mb // 1024}G" if memory_mb % 1024 == 0 else f"{memory_mb}M"
    return "1", memory, "{:02}:{:02}:00".format(*divmod(minutes, 60))


def test_each_attempt_asks_for_more(slurm, studies):
    studies[1].end()
    jobs = [job for job in slurm.jobs() if job["WorkDir"] == str(studies[1].folder)]
    memory = [int(job["MinMemoryNode"].strip("M")) for job in jobs if job["Comment"].startswith("rule_train")]
    assert memory == [memory[0] * attempt for attempt in (1, 2, 3)]
