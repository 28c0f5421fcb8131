"""What went wrong, as the last lines a user sees: the job, why, and where to read on."""

import csv
import re
from pathlib import Path

# What Snakemake's log says of a job that failed, and of one that it tries again.
EVENTS = re.compile(
    r"^Error in rule .*\n(?:^ +.*\n)*?^ +jobid: (?P<failed>\d+)\n(?:^ +.*\n)*?^ +log: (?P<log>[^\s,]+)"
    r"|^Trying to restart job (?P<again>\d+)",
    re.MULTILINE,
)
SLURM_STATUS = re.compile(r"SLURM status is: '(\w+)'")


def failed_jobs(snakemake_log):
    """A line for each job that failed, by Snakemake's own log of the invocation (list of str).

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


def unfinished_runs(runs_csv):
    """A line for each run of a study that has no result, by its table of runs (list of str)."""
    if not Path(runs_csv).exists():
        return []
    folder = Path(runs_csv).parent
    with open(runs_csv, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] != "finished"]
    names = [f"{row['recipe']}/{row['family']}/w{float(row['width']):g}/seed{row['seed']}" for row in rows]
    logs = [folder / "logs" / "train" / f"{name}.log" for name in names]
    return [
        f"train {name} {row['status']}: {_last_line(log)} (log: {log})"
        for name, row, log in zip(names, rows, logs, strict=True)
    ]


def _last_line(path):
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return "it left no log"
    return lines[-1] if lines and not lines[-1].startswith("--- ") else "ended without a word"
