"""Write the predictions of an unlabelled test set as id,label."""

from pathlib import Path

from widthwise.plumbing.job import job
from widthwise.training import environment


def submit_nothing(output, reason):
    """Write a submission without rows."""
    Path(output.submission).write_text("id,label\n")


with job(snakemake, failed=submit_nothing) as output:
    environment.enter(snakemake.threads)  # before NumPy and TensorFlow are imported
    from widthwise.evaluation.evaluation import predict_unlabelled

    if Path(snakemake.input.model).stat().st_size:
        names = ("model", "images", "manifest", "rows")
        predict_unlabelled(**{name: snakemake.input[name] for name in names}, output=output.submission)
    else:
        submit_nothing(output, "a run that failed has no model")
