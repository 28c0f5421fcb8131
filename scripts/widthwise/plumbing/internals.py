"""What the workflow needs of Snakemake beyond its interface, all in one place.

Written against Snakemake 9; ``tests/workflow/test_snakemake.py`` has a test for each.
"""

import functools
from collections.abc import Callable
from typing import Any


def before_execution(workflow: Any, function: Callable[[], None]) -> None:
    """Call a function when jobs are about to be planned for execution, not for a dry run or a listing.

    ``onstart`` comes after planning, and does not run where the workflow is a module of another one.
    """
    execute = workflow.execute

    @functools.wraps(execute)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        plugin = options.get("executor_plugin", arguments[0] if arguments else None)
        if not plugin.common_settings.dryrun_exec:
            function()
        return execute(*arguments, **options)

    workflow.execute = wrapped


def ignore_script_times(folder: str) -> None:
    """Let the times of scripts below a folder re-run nothing, whatever Snakemake's triggers are.

    A record is older than any script, so that the trigger ``code``, on by default where the profiles of
    this workflow are not in use, would re-run everything always. Ingredients say whether code changed.
    """
    from snakemake.jobs import Job

    look = Job.outputs_older_than_script_or_notebook

    async def outputs_older(job: Any) -> Any:
        if not _is_below(job, folder):
            async for output in look(job):
                yield output

    Job.outputs_older_than_script_or_notebook = outputs_older


def ignore_protection(folder: str) -> None:
    """Let jobs of the rules below a folder be planned, and run, whose old outputs cannot be written.

    Results of others, or on a read-only disk, can so be planned in a dry run; where their folder may be
    written, they are replaced.
    """
    from snakemake.jobs import Job

    check = Job.check_protected_output

    async def check_protected_output(job: Any) -> None:
        if not _is_below(job, folder):
            await check(job)

    Job.check_protected_output = check_protected_output


def _is_below(job: Any, folder: str) -> bool:
    return str(job.rule.basedir.get_path_or_uri(secret_free=True)).startswith(f"{folder}/")


def given_configs(workflow: Any) -> list[dict[str, Any]]:
    """What each configuration file of the command line says, and `--config`, in the order of merging."""
    from snakemake.common.configfile import load_configfile

    given = workflow.config_settings
    return [*map(load_configfile, given.configfiles), dict(given.config)]


def is_checkpoint(rule: Any, wanted: bool) -> None:
    """Make a rule a checkpoint, or an ordinary rule."""
    rule.rule.is_checkpoint = wanted
