"""What went wrong, as the last lines a user sees: the job, why, and where to read on."""

import csv
import re
from pathlib import Path

JOB_LOG = re.compile(r"^ +log: (\S+/logs/\S+\.log) ", re.MULTILINE)


def failed_jobs(snakemake_log):
    """A line for each job that failed, by Snakemake's own log of the invocation (list of str).

    snakemake_log: its text. A job that failed and then succeeded when tried again is not listed.
    """
    lines = []
    for path in dict.fromkeys(JOB_LOG.findall(snakemake_log)):
        rule, *name = Path(path).with_suffix("").parts[3:] or (Path(path).stem,)
        last = _last_line(path)
        lines.append(f"{' '.join([rule, '/'.join(name)]).strip()} failed: {last} (log: {path})")
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
