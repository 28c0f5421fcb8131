"""Ask the teachers of a recipe about all that its students of one seed will see."""

import json
import os
import traceback
from pathlib import Path

from widthwise.plumbing import devices, state
from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output, devices.lease(snakemake.resources.gpu) as visible:
    os.environ |= visible
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    from widthwise.training.distillation import teach

    folder = f"{snakemake.params.states}/{output.key}"
    task = {
        "settings": snakemake.params.ingredients["settings"]["recipe"],
        "seed": snakemake.params.ingredients["settings"]["seed"],
        **{name: snakemake.input[name] for name in ("images", "manifest")},
        "teachers": list(snakemake.input.teachers),
        "state": folder,
        "answers": output.answers,
    }
    ends = {path: json.loads(Path(path).read_text("utf-8"))["status"] for path in snakemake.input.trainings}
    if bad := [f"a teacher {end}: {path}" for path, end in ends.items() if end != "finished"]:
        output.retry = ", ".join(bad)
    else:
        try:
            teach(task)
        except Exception as error:
            if not snakemake.resources.last_attempt:
                raise
            traceback.print_exc()
            output.retry = f"teaching failed: {type(error).__name__}: {error}"
    if output.retry:  # the students fail one by one, and the study goes on without them
        print(output.retry)
        Path(output.answers).write_bytes(b"")
if not output.retry:
    state.remove(folder)
