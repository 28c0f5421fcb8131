"""Write the soft targets of a recipe's teachers for all that its students of one seed will see."""

import os

from widthwise.plumbing import checkpoint, devices
from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output, devices.lease(snakemake.resources.gpu) as visible:
    os.environ |= visible
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    from widthwise.training.distillation import distil

    task = {
        "settings": snakemake.params.ingredients["settings"]["recipe"],
        "seed": snakemake.params.ingredients["settings"]["seed"],
        **{name: snakemake.input[name] for name in ("images", "manifest")},
        "teachers": list(snakemake.input.teachers),
        "state": f"{snakemake.params.states}/{output.key}",
        "soft_targets": output.answers,
    }
    output.retry = distil(task, snakemake.input.trainings, bool(snakemake.resources.last_attempt))
if not output.retry:
    checkpoint.remove(task["state"])
