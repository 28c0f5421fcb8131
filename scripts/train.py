"""Train one run: recipe x family x width x seed."""

from widthwise import state, supervision
from widthwise.job import job

with job(snakemake) as output:
    task = {
        **snakemake.params.task,  # run, dataset, settings, state, status
        **{name: snakemake.input[name] for name in ("images", "labels", "manifest")},
        **{name: getattr(output, name) for name in ("model", "history", "training")},
    }
    supervision.train(task, snakemake.threads, snakemake.params.last_attempt)
state.remove(snakemake.params.task["state"])
