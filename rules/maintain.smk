"""What is done to results by hand, never by a study: accept old ones, list and remove unplanned ones.

inputs:   the records and states of results/{dataset}
outputs:  none; each target says what it did
"""


def recorded_jobs():
    """What each job that has a record is made of now: (job, record, ingredients)."""
    return [
        (stage.job(unit), stage.record(unit), or_one_line(stage.ingredients, unit))
        for stage in plan.stages.values()
        for unit in stage.units()
        if Path(stage.record(unit)).exists()
    ]


def unfinished_trainings():
    """Trainings without a record, which may have a state; students' states depend on their teachers, too."""
    train = plan.stages["train"]
    return [
        {
            "job": train.job(run),
            "run": run.as_dict(),
            "settings": plan.recipe(run),
            "key": state_key(train.ingredients(run), {}),
        }
        for run in plan.runs
        if not Path(train.record(run)).exists() and not plan.lessons(run)
    ]


# `snakemake accept`: results made by code that differs from the present in nothing that matters stay.
rule accept:
    log:
        f"results/{plan.dataset}/logs/accept.log",
    localrule: True
    params:
        jobs=lambda wildcards: recorded_jobs(),
        unfinished=lambda wildcards: unfinished_trainings(),
        folder=str(plan.folder),
    message:
        "accept results that older code made"
    script:
        "../scripts/accept.py"


# `snakemake unplanned` lists runs and states that no planned run owns; `remove_unplanned` removes them.
rule unplanned:
    localrule: True
    params:
        runs=[run.name for run in plan.runs],
        folder=str(plan.folder),
        delete=False,
    message:
        "list what the study does not plan"
    script:
        "../scripts/unplanned.py"


use rule unplanned as remove_unplanned with:
    params:
        runs=[run.name for run in plan.runs],
        folder=str(plan.folder),
        delete=True,
    message:
        "remove what the study does not plan"
