"""Widthwise: what each parameter of a small network buys.

    pictures --prepare--> arrays --train--> model --evaluate--> metrics
    model --distil--> soft targets for its students, which are trained on these, too
    metrics of all runs --aggregate--> tables --compare--> comparison --figures, report--> answers
    best model of each network --export--> files to ship

One file in rules/ is one stage. `snakemake --cores 4` makes the whole study of `config.yaml`;
`--configfile presets/fer2013.yaml` lays another configuration over it.
"""

import gc
import sys

from snakemake.utils import min_version

min_version("9.0")

# A plan is millions of objects that all stay: looking for garbage among them takes time.
gc.disable()


# The folder of this file, also where another workflow uses it as a module.
HERE = workflow.current_basedir.get_path_or_uri(secret_free=True)
sys.path.insert(0, f"{HERE}/scripts")


configfile: f"{HERE}/config.yaml"


include: "rules/common.smk"
include: "rules/fetch.smk"
include: "rules/prepare.smk"
include: "rules/distil.smk"
include: "rules/train.smk"
include: "rules/evaluate.smk"
include: "rules/aggregate.smk"
include: "rules/compare.smk"
include: "rules/export.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/try_page.smk"
include: "rules/submit.smk"
include: "rules/maintain.smk"


onstart:
    or_one_line(check_writable)
    gc.freeze()
    gc.enable()


onsuccess:
    plan.tidy()
    jobs = [
        (stage.job(unit), stage.record(unit))
        for stage in plan.stages.values()
        for unit in stage.units()
    ]
    say_at_the_end(
        failures_on_record(jobs) + diverged_runs(f"results/{plan.dataset}/runs.csv")
    )


onerror:
    say_at_the_end(failed_jobs("".join(Path(file).read_text() for file in log)))


rule all:
    default_target: True
    input:
        f"results/{plan.dataset}/report.html",
        f"results/{plan.dataset}/try.html",
        submissions,
