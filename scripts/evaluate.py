"""Evaluate one trained run on the validation and test splits."""

import os

from widthwise.environment import environment
from widthwise.evaluation import evaluate
from widthwise.job import job

with job(snakemake) as output:
    os.environ |= environment(snakemake.threads)  # before TensorFlow is imported
    evaluate(
        **{
            name: snakemake.input[name]
            for name in ("model", "training", "images", "labels", "manifest", "duplicates")
        },
        metrics=output.metrics,
        predictions=output.predictions,
    )
