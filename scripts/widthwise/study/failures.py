"""What went wrong, as the last lines a user sees: the job, why, and where to read on."""

import contextlib
import csv
import re
from collections.abc import Iterable
from pathlib import Path

from widthwise.plumbing import provenance
from widthwise.study.runs import Run

# What Snakemake's log says of a job that failed, and of one that it tries again.
EVENTS = re.compile(
    r"^Error in rule .*\n(?:^ +.*\n)*?^ +jobid: (?P<failed>\d+)\n(?:^ +.*\n)*?^ +log: (?P<log>[^\s,]+)"
    r"|^Trying to restart job (?P<again>\d+)",
    re.MULTILINE,
)
SLURM_STATUS = re.compile(r"SLURM status is: '(\w+)'")


def failed_jobs(snakemake_log: str) -> list[str]:
    """A line for each job that failed, by Snakemake's own log of the invocation.

    snakemake_log: its text. A job that failed and was tried again counts by its last attempt.
    """
    failed = {}
    for event in EVENTS.finditer(snakemake_log):
        if event["again"]:
            failed.pop(event["again"], None)
        else:
            status = SLURM_STATUS.search(event[0])
            failed[event["failed"]] = event["log"], status and f"ended by Slurm: {status[1]}"
    lines = []
    for path, reason in failed.values():
        rule, *name = Path(path).with_suffix("").parts[3:]
        job = f"{rule} {'/'.join(name)}".strip()
        lines.append(f"{job} failed: {reason or _last_line(path)} (log: {path})")
    return lines


def failures_on_record(jobs: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each job that the study went on without, and that the next invocation tries again.

    jobs: (what a job is called, path of its record).
    """
    lines = []
    for job, path in jobs:
        with contextlib.suppress(ValueError):  # a damaged record, which planning tells
            if (record := provenance.read_record(path)) and record["retry"]:
                rule, name = provenance.name_of(path).split("/", 1)
                folder, _, _ = path.partition("/.provenance/")
                log = Path(folder, "logs", f"{rule}.log" if name == rule else f"{rule}/{name}.log")
                lines.append(f"{job} failed: {_last_line(log)} (log: {log})")
    return lines


def diverged_runs(runs_csv: str | Path) -> list[str]:
    """A line for each run of a study that diverged, by its table of runs."""
    if not Path(runs_csv).exists():
        return []
    lines = []
    with open(runs_csv, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["status"] == "diverged":
                name = Run(row["recipe"], row["family"], float(row["width"]), int(row["seed"])).name
                log = Path(runs_csv).parent / "logs" / "train" / f"{name}.log"
                lines.append(f"train {name} diverged: {_last_line(log)} (log: {log})")
    return lines


def _last_line(path: str | Path) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return "it left no log"
    return lines[-1] if lines and not lines[-1].startswith("--- ") else "ended without a word"
