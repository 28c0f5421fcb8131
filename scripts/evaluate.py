"""Evaluate one trained run on the validation and test splits."""

import os

from widthwise.evaluation.evaluation import evaluate
from widthwise.plumbing.job import job
from widthwise.training.environment import environment

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
