"""Ask the teachers of a recipe about all that its students of one seed will see."""

import os
from pathlib import Path

from widthwise import devices, state
from widthwise.environment import environment
from widthwise.job import job

with job(snakemake) as output, devices.lease(snakemake.resources.gpu) as visible:
    os.environ |= visible | environment(snakemake.threads)  # before TensorFlow is imported
    from widthwise.teaching import teach

    folder = f"{snakemake.params.states}/{output.key}"
    teach(
        {
            **snakemake.params.task,  # seed, settings
            **{name: snakemake.input[name] for name in ("images", "manifest")},
            "teachers": list(snakemake.input.teachers),
            "state": folder,
            "answers": output.answers,
        }
    )
    if not Path(output.answers).stat().st_size:
        print("a teacher failed: there is nothing to learn from it")
        output.retry = "a teacher failed"
state.remove(folder)
