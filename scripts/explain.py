"""Say in words why jobs would run: python scripts/explain.py [part of a name] [-- Snakemake options]."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from widthwise.report import progress

USAGE = """usage: python scripts/explain.py [TEXT ...] [-- SNAKEMAKE OPTIONS]

Prints a line for each job that would run, with the reason; those alone whose name contains every TEXT.
What stands after -- goes to `snakemake --dry-run`: --configfile, --config, targets."""
JOB = re.compile(r"^(?:Job \d+|localrule|rule): ?(.*)$")
RECORD = re.compile(r"results/\S+/\.provenance/(\S+)\.recorded\.json")
BEFORE_RULES = ("snakemake: error", "usage:")


def reasons(dry_run: str, own: dict[str, str]) -> list[tuple[str, str]]:
    """The jobs of a dry run's output and why each would run, in words.

    own: what the plan says of jobs that must run for reasons of their own, by job.
    """
    found, job = [], None
    for line in dry_run.splitlines():
        if match := JOB.match(line):
            job = match[1]
        elif line.startswith("Reason: ") and job:
            found.append((job, in_words(line.removeprefix("Reason: "), own.get(job))))
            job = None
    return found


def in_words(reason: str, own: str | None) -> str:
    """Why a job would run: its own reason, and which jobs run first; Snakemake's words where neither is."""
    updated = reason.partition("Input files updated by another job")[2]
    words = [own] if own else []
    for name in RECORD.findall(updated):
        rule, *rest = name.split("/")
        words.append(f"{rule if rest == [rule] else ' '.join([rule, '/'.join(rest)])} runs first")
    words = list(dict.fromkeys(words))
    if len(words) > 3:
        words = [*words[:3], f"and {len(words) - 3} more"]
    return "; ".join(words) or reason


def mistake(result: subprocess.CompletedProcess) -> str:
    """The line that says best what was wrong with a dry run."""
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("widthwise: ")]
    if ours:
        return ours[-1].removeprefix("widthwise: ")
    told = [line for line in lines if not line.startswith(BEFORE_RULES) and "profile" not in line]
    errors = [line for line in told if re.match(r"\w*(Error|Exception)\b", line)]
    if errors and errors[-1].rstrip(":").isidentifier():  # the next line says what
        return " ".join(told[told.index(errors[-1]) :][:2])
    return (errors or told or ["snakemake ended without a word"])[-1]


def main(arguments: list[str]) -> None:
    """Print a line per job that would run; those alone whose name contains the given texts."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends this quietly
    split = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, options = arguments[:split], arguments[split + 1 :]
    if {"-h", "--help"} & set(wanted):
        print(USAGE)
        return
    if unknown := [text for text in wanted if text.startswith("-")]:
        sys.exit(f"explain.py: {unknown[0]}: unknown option; Snakemake's own stand after --")
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "reasons")
        told.touch()
        result = subprocess.run(
            [sys.executable, "-m", "snakemake", "--dry-run", "--quiet=host", *options],
            capture_output=True,
            text=True,
            env={**os.environ, "WIDTHWISE_REASONS": str(told)},
        )
        lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    if result.returncode:
        sys.exit(f"explain.py: {mistake(result)}")
    own = {line["job"]: line["reason"] for line in lines if "job" in line}
    found = reasons(result.stdout + result.stderr, own)
    shown = [(job, words) for job, words in found if all(part in job for part in wanted)]
    none = f"nothing of that name would run, but {len(found)} other jobs" if found else "nothing would run"
    print("\n".join(f"{job}: {words}" for job, words in shown) or none)
    if any(job.startswith("prepare ") for job, _ in shown):
        print("What follows the preparation runs only where the content of the data has changed.")
    studies = [line for line in lines if "plan" in line]
    if len(studies) == 1 and (line := how_long(**studies[0], jobs=[job for job, _ in shown])):
        print(line)


def how_long(folder: str, plan: dict, jobs: list[str]) -> str | None:
    """A line on what the trainings among these jobs will take; on all where the preparation decides which.

    folder: results/<dataset>; plan: as in its sweep.json.
    """
    trained, asked = (
        [job.removeprefix(rule) for job in jobs if job.startswith(rule)] for rule in ("train ", "distil ")
    )
    at_most = ""
    if not trained and any(job.startswith("prepare ") for job in jobs):
        at_most = "up to "
        trained = [progress.name_of(run) for run in plan["runs"]]
        asked = [each["name"] for each in plan["soft_targets"]]
    if not trained:
        return None
    sweep = progress.read(folder, plan=plan, anew=[*trained, *asked])
    several = "s" * (len(trained) > 1)
    return f"{at_most}{len(trained)} training{several}: {sweep.work([*trained, *asked])}"


if __name__ == "__main__":
    main(sys.argv[1:])
