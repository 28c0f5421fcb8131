"""Write the predictions of an unlabelled test set as id,label."""

from pathlib import Path

from widthwise.evaluation.evaluation import predict_unlabelled
from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output:
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    if Path(snakemake.input.model).stat().st_size:
        names = ("model", "images", "manifest", "rows")
        predict_unlabelled(**{name: snakemake.input[name] for name in names}, output=output.submission)
    else:  # a run that failed has no model
        Path(output.submission).write_text("id,label\n")
