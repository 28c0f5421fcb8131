"""What all stages share: the plan of the study, and how a job finds out whether it must run.

A rule takes its own expected provenance and the records of the jobs upstream; only their times
count, so every other input is ancient. A rule's last output is its record. See
scripts/widthwise/provenance.py.
"""

import atexit
import fcntl
import json
import sys
import tempfile
from pathlib import Path

from widthwise.plumbing.errors import UserError
from widthwise.study.failures import failed_jobs, unfinished_runs
from widthwise.study.planning import Plan


def or_one_line(function, *arguments):
    """Call a function; a user's mistake ends Snakemake with one line instead of a traceback."""
    try:
        return function(*arguments)
    except UserError as error:
        print(f"widthwise: {error}", file=sys.stderr)
        sys.exit(1)


LOCK = Path("results", str(config.get("dataset")), ".lock")


def is_locked():
    """Whether another invocation is at work on these results."""
    if not LOCK.exists():
        return False
    with LOCK.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


# The jobs of another invocation read what that has planned: plan elsewhere then.
scratch = (
    tempfile.TemporaryDirectory() if workflow.is_main_process and is_locked() else None
)
plan = or_one_line(Plan, config, scratch and scratch.name)
if workflow.is_main_process:  # not the process of a cluster's job
    plan.begin()


wildcard_constraints:
    dataset=plan.dataset,
    recipe="|".join(sorted({run.recipe for run in plan.runs})),
    family="|".join(sorted({run.family for run in plan.runs})),
    # As they are written; thousands of alternatives would be slow. The plan knows which there are.
    width=r"[-+.\de]+",
    seed=r"\d+",


RUN = "results/{dataset}/runs/{recipe}/{family}/w{width}/seed{seed}"
JOB = "{recipe}/{family}/w{width}/seed{seed}"
RECORDS = "results/{dataset}/.provenance"
FIGURES = "results/{dataset}/figures"
CAPTIONS = "../report/captions"


def expected(rule):
    """Input function: the expected-provenance file of a job that works on the whole data set."""
    return lambda wildcards: plan_job(rule, None)


def expected_for_run(rule):
    """Input function: the expected-provenance file of a job that works on one run."""
    return lambda wildcards: plan_job(rule, or_one_line(plan.run, wildcards))


def expected_for_lesson(rule):
    """Input function: the expected-provenance file of a job that works on one lesson."""
    return lambda wildcards: plan_job(rule, or_one_line(plan.lesson, wildcards))


def is_prepared():
    """Whether planning finds the data prepared and up to date; a cluster's job surely does."""
    return not workflow.is_main_process or or_one_line(plan.is_prepared)


def plan_job(stage, unit):
    # Whatever depends on the data is planned when the data are there: prepared data of the same
    # content train nothing anew.
    if stage not in ("fetch", "prepare") and not is_prepared():
        checkpoints.prepare.get(dataset=plan.dataset)
    return or_one_line(plan.expected, stage, unit)


def last_attempt(wildcards, attempt):
    """Resource: 1 where nobody will try again; the profiles' `retries` are 2."""
    return int(attempt > 2)


def records_of_all_runs(rule):
    """The records of one rule's jobs for every run."""
    return [
        f"results/{plan.dataset}/.provenance/{rule}/{run.name}.recorded.json"
        for run in plan.runs
    ]


def of_all_runs(file):
    """The paths of one file of every run."""
    return [f"results/{plan.dataset}/runs/{run.name}/{file}" for run in plan.runs]


def of_teachers(path):
    """Input function: a path, with a place for a run's name, of every teacher of a recipe."""
    return lambda wildcards: [
        path.format(dataset=wildcards.dataset, run=teacher.name)
        for teacher in plan.teachers(wildcards.recipe)
    ]


def of_lesson(path):
    """Input function: a path, with a place for a lesson's name, where a run has teachers."""
    return lambda wildcards: [
        path.format(dataset=wildcards.dataset, lesson=lesson.name)
        for lesson in plan.lessons(or_one_line(plan.run, wildcards))
    ]


def submissions(wildcards):
    """A submission per run where the data have unlabelled pictures, which their manifest tells."""
    if not is_prepared():
        checkpoints.prepare.get(dataset=plan.dataset)
    manifest = Path("results", plan.dataset, "data/manifest.json")
    unlabelled = "unlabelled" in json.loads(manifest.read_text())["splits"]
    return of_all_runs("submission.csv") if unlabelled else []


def hold_lock():
    """Keep other invocations out of these results for as long as this process lives.

    The operating system releases the lock with the process, so a kill leaves nothing to unlock.
    """
    global lock
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = LOCK.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"another Snakemake is at work on {LOCK.parent}; wait for it or end it"
        ) from None


def say_at_the_end(lines):
    """Print these lines after all that Snakemake has to say."""
    for line in reversed(lines):
        atexit.register(print, line, file=sys.stderr)
