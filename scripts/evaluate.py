"""Evaluate one trained run on the validation and test splits."""

from widthwise.plumbing.job import job
from widthwise.training import environment


def evaluate(output, failure=None):
    """Write the run's metrics; failure: why it could not be asked, if it could not."""
    environment.enter(snakemake.threads)  # before NumPy and TensorFlow are imported
    from widthwise.evaluation import evaluation

    names = ("model", "training", "images", "labels", "manifest", "duplicates")
    evaluation.evaluate(
        **{name: snakemake.input[name] for name in names},
        metrics=output.metrics,
        predictions=output.predictions,
        failure=failure,
    )


with job(snakemake, failed=evaluate) as output:
    evaluate(output)
