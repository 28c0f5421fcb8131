"""What is done to results by hand, never by a study: accept old ones, list and remove unplanned ones.

inputs:   the records and states of results/{dataset}
outputs:  none; each target says what it did
"""


# `snakemake accept`: results made by code that differs from the present in nothing that matters stay.
rule accept:
    log:
        f"results/{plan.dataset}/logs/accept.log",
    localrule: True
    conda:
        "../envs/widthwise.yaml"
    params:
        jobs=lambda wildcards: or_one_line(plan.recorded_jobs),
        unfinished=lambda wildcards: or_one_line(plan.unfinished_trainings),
        folder=str(plan.folder),
    message:
        "accept results that older code made"
    script:
        "../scripts/accept.py"


# `snakemake unplanned` lists runs, states and answers that no planned run owns; `remove_unplanned` removes them.
rule unplanned:
    log:
        f"results/{plan.dataset}/logs/unplanned.log",
    localrule: True
    conda:
        "../envs/widthwise.yaml"
    params:
        runs=[run.name for run in plan.runs],
        soft_targets=[each.name for each in plan.all_soft_targets],
        folder=str(plan.folder),
        delete=False,
    message:
        "list what the study does not plan"
    script:
        "../scripts/unplanned.py"


use rule unplanned as remove_unplanned with:
    params:
        runs=[run.name for run in plan.runs],
        soft_targets=[each.name for each in plan.all_soft_targets],
        folder=str(plan.folder),
        delete=True,
    message:
        "remove what the study does not plan"
