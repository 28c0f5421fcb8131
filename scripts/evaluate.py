"""Evaluate one trained run on the validation and test splits."""

from widthwise.evaluation.evaluation import evaluate
from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output:
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    evaluate(
        **{
            name: snakemake.input[name]
            for name in ("model", "training", "images", "labels", "manifest", "duplicates")
        },
        metrics=output.metrics,
        predictions=output.predictions,
    )
