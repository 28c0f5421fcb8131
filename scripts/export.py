"""Export the best seed of every network as TFLite, measured by LiteRT."""

from widthwise.export import tflite
from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output:
    environment.enter(snakemake.threads)  # before TensorFlow is imported
    tflite.export(
        **{name: snakemake.input[name] for name in ("runs", "images", "manifest")},
        folder=output.exports,
        table=output.table,
        **snakemake.params.ingredients["settings"],
    )
