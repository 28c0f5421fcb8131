"""Train one run: recipe x family x width x seed."""

import os
import shutil

from widthwise.plumbing import checkpoint, devices, supervision
from widthwise.plumbing.job import job
from widthwise.training.environment import environment, from_outside

with job(snakemake) as output, devices.lease(snakemake.resources.gpu) as visible:
    os.environ |= visible
    task = {
        **snakemake.params.task,  # run, dataset, status, states
        "settings": snakemake.params.ingredients["settings"]["recipe"],
        **{name: snakemake.input[name] for name in ("images", "labels", "manifest")},
        **{name: getattr(output, name) for name in ("model", "training")},
        "soft_targets": str(snakemake.input.answers),  # none without teachers
        "history": snakemake.output.history,  # at its final place, to be read as it grows
        "environment": from_outside(),
        "state": f"{snakemake.params.task['states']}/{output.key}",
    }
    status = supervision.train(task, environment(snakemake.threads), bool(snakemake.resources.last_attempt))
    shutil.copyfile(task["history"], output.history)
    if status == "failed":
        output.retry = "the last training failed"
if status != "failed":
    checkpoint.remove(task["state"])
