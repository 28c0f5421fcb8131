"""What all stages share: the plan of the study, and how a job finds out whether it must run.

Each rules file states, in a `plan.stage(...)` above its rule, what the rule's jobs are made of. The
rule takes the sentinel (`changed`), the records of the jobs upstream, and its ingredients as a param;
every other input is ancient. A rule's last output is its record. See scripts/widthwise/plumbing/provenance.py.
"""

import atexit
import functools
import json
import os
import sys
from pathlib import Path

from widthwise.plumbing import internals, locks
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import write_text
from widthwise.plumbing.job import OWNER
from widthwise.plumbing.provenance import Sentinel
from widthwise.study.config import check_duplicate_keys, with_own_handles
from widthwise.study.failures import diverged_runs, failed_jobs, failures_on_record
from widthwise.study.planning import Plan


def or_one_line(function, *arguments):
    """Call a function; what a user can mend ends Snakemake with one line instead of a traceback."""
    try:
        return function(*arguments)
    except (UserError, OSError) as error:
        print(f"widthwise: {printable(str(error))}", file=sys.stderr)
        sys.exit(1)


def check_folders():
    """Refuse what Snakemake cannot have in the paths of scripts: it takes braces for wildcards."""
    for folder in (HERE, os.getcwd()):
        if set("{}") & set(folder):
            raise UserError(f"{folder}: found braces in the path, expected none")


or_one_line(check_folders)
or_one_line(check_duplicate_keys, workflow.configfiles)
plan = or_one_line(Plan, with_own_handles(config, internals.given_configs(workflow)))
sentinel = Sentinel(".snakemake/widthwise/changed")
os.environ[OWNER] = str(os.getpid())  # jobs end when this process is gone
internals.ignore_script_times(HERE)
internals.ignore_protection(HERE)


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
# Of a job without which the study goes on: a training that dies goes on from its state, on a cluster with more
# memory and time; a mistake is not tried again, and the last attempt records that it failed. No other job is
# tried again: what is wrong with data or settings stays wrong.
RETRIES = 2


def unwritable():
    """The error where the results cannot be written."""
    return UserError(
        f"{plan.folder}: cannot be written; mend its rights, or run in a folder of your own (--directory)"
    )


def check_writable():
    """Refuse to run jobs whose results cannot be written."""
    if not os.access(plan.folder, os.W_OK):
        raise unwritable()


def hold_lock():
    """Keep other invocations out of these results for as long as this process lives.

    The operating system releases the lock with the process, so a kill leaves nothing to unlock.
    """
    global lock
    if plan.folder.exists() and not os.access(plan.folder, os.W_OK):
        return  # whoever cannot write here disturbs nobody
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
        lock = open(
            plan.folder / ".lock",
            opener=lambda path, _: os.open(path, os.O_RDONLY | os.O_CREAT, 0o666),
        )
    except OSError:
        raise unwritable() from None
    if not locks.take(lock):
        raise UserError(
            f"another Snakemake is at work on {plan.folder}; wait for it or end it"
        )
    plan.announce()


def explain(job, reason):
    """Tell scripts/explain.py, where it asks, why a job must run."""
    tell(job=job, reason=reason)


def tell(**what):
    """Add a line for scripts/explain.py, where it asks."""
    if asked := os.environ.get("WIDTHWISE_REASONS"):
        with open(asked, "a", encoding="utf-8") as file:
            print(json.dumps(what), file=file)


if workflow.is_main_process:  # not the process of a cluster's job
    or_one_line(plan.begin)
    or_one_line(sentinel.begin)
    if "WIDTHWISE_REASONS" in os.environ:
        tell(folder=str(plan.folder.absolute()), plan=plan.announcement())
    internals.before_execution(workflow, lambda: or_one_line(hold_lock))


def is_prepared():
    """Whether planning finds the data prepared and up to date; a cluster's job surely does."""
    return not workflow.is_main_process or or_one_line(plan.is_prepared)


def unit_of(stage, wildcards):
    """What a job works on. Whatever depends on the data is planned when the data are there.

    So prepared data of the same content train nothing anew.
    """
    if stage.name not in ("fetch", "prepare") and not is_prepared():
        checkpoints.prepare.get(dataset=plan.dataset)
    return or_one_line(stage.unit, wildcards)


def changed(rule):
    """Input function: the sentinel, which counts where a job of a rule must run."""
    stage = plan.stages[rule]

    def counts(wildcards):
        unit = unit_of(stage, wildcards)
        if not workflow.is_main_process or not or_one_line(stage.reason, unit):
            return ancient(sentinel.path)
        explain(stage.job(unit), stage.reason(unit))
        sentinel.renew()
        return sentinel.path

    return counts


def ingredients(rule):
    """Param: what a job of a rule is made of."""
    stage = plan.stages[rule]
    return lambda wildcards: or_one_line(stage.ingredients, unit_of(stage, wildcards))


def announced(wildcards):
    """Input function: sweep.json, which a dry run of results that cannot be written does without."""
    path = plan.folder / "sweep.json"
    return ancient(str(path)) if path.exists() else []


def last_attempt(wildcards, attempt):
    """Resource: 1 where nobody will try again; for rules of `retries: RETRIES`."""
    return int(attempt > RETRIES)


def records_of_all_runs(rule):
    """The records of one rule's jobs for every run."""
    return [plan.stages[rule].record(run) for run in plan.runs]


def of_all_runs(file):
    """The paths of one file of every run."""
    return [f"results/{plan.dataset}/runs/{run.name}/{file}" for run in plan.runs]


def of_teachers(path):
    """Input function: a path, with a place for a run's name, of every teacher that is asked."""
    return lambda wildcards: [
        path.format(dataset=wildcards.dataset, run=teacher.name)
        for teacher in plan.teachers(asking(wildcards))
    ]


def asking(wildcards):
    """A recipe that learns from the soft targets that a job's wildcards name."""
    return or_one_line(plan.soft_targets_of, wildcards).recipe


def of_soft_targets(path):
    """Input function: a path, with a place for the name of soft targets, where a run has teachers."""
    return lambda wildcards: [
        path.format(dataset=wildcards.dataset, soft_targets=each.name)
        for each in plan.soft_targets(or_one_line(plan.run, wildcards))
    ]


def in_each_language(catalogue):
    """A catalogue of messages in each of the report's languages, as code that a job reads.

    In English always: units and fonts fall back to it.
    """
    return [
        f"widthwise/report/languages/{language}/{catalogue}.yaml"
        for language in dict.fromkeys(["en", *plan.languages])
    ]


def submissions(wildcards):
    """A submission per run where the data have unlabelled pictures, which their manifest tells."""
    if not is_prepared():
        checkpoints.prepare.get(dataset=plan.dataset)
    unlabelled = "unlabelled" in plan.manifest()["splits"]
    return of_all_runs("submission.csv") if unlabelled else []


def say_at_the_end(lines):
    """Print these lines after all that Snakemake has to say."""
    for line in reversed(lines):
        atexit.register(print, line, file=sys.stderr)


def in_report(path, name):
    """An output that Snakemake's report shows as the page does; name: of the figure, or "report".

    Snakemake takes a caption from a file. That is written when it asks for the labels, which only
    its report does.
    """
    caption = Path(".snakemake/widthwise/captions", f"{name}.rst").absolute()

    @functools.cache
    def about():
        from widthwise.report import captions  # with pandas, which takes a second

        comparison, samples = (
            plan.folder / "comparison.json",
            plan.config["report"]["samples"],
        )
        return captions.for_snakemake(name, comparison, plan.languages[0], samples)

    def labels(wildcards):
        told = about()
        write_text(caption, told["caption"], durable=False)
        return {told["label"]: told["title"]}

    return report(
        path,
        caption=str(caption),
        category=lambda wildcards: about()["category"],
        labels=labels,
    )
