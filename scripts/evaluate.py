"""Evaluate one trained run on the validation and test splits."""

from widthwise.evaluation import evaluate
from widthwise.job import job

with job(snakemake) as output:
    evaluate(
        **{
            name: snakemake.input[name]
            for name in ("model", "training", "images", "labels", "manifest", "duplicates")
        },
        metrics=output.metrics,
        predictions=output.predictions,
    )
