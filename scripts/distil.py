"""Write the soft targets of teachers for all that their students of one seed will see."""

import os
from pathlib import Path

from widthwise.plumbing import checkpoint, devices
from widthwise.plumbing.job import job
from widthwise.training import environment


def teach_nothing(output, reason):
    """Write no soft targets: the students fail one by one, and the study goes on without them."""
    Path(output.answers).write_bytes(b"")


with job(snakemake, failed=teach_nothing) as output, devices.lease(snakemake.resources.gpu) as visible:
    os.environ |= visible
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    from widthwise.training.distillation import distil

    task = {
        "name": f"{snakemake.wildcards.teachers}/seed{snakemake.wildcards.seed}",
        "settings": snakemake.params.ingredients["settings"]["recipe"],
        "seed": snakemake.params.ingredients["settings"]["seed"],
        **{name: snakemake.input[name] for name in ("images", "manifest")},
        "teachers": list(snakemake.input.teachers),
        "state": f"{snakemake.params.states}/{output.key}",
        "soft_targets": output.answers,
    }
    distil(task, snakemake.input.trainings)
if not output.retry:
    checkpoint.remove(task["state"])
