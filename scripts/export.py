"""Export the best seed of every network as TFLite, measured by LiteRT."""

from pathlib import Path

from widthwise.plumbing.job import job
from widthwise.training import environment


def export_nothing(output, reason):
    """Write a folder without files and a table without rows."""
    from widthwise.export.tflite import COLUMNS

    Path(output.exports).mkdir()
    Path(output.table).write_text(",".join(COLUMNS) + "\n")


with job(snakemake, failed=export_nothing) as output:
    environment.enter(snakemake.threads)  # before NumPy and TensorFlow are imported
    from widthwise.export import tflite

    output.retry = tflite.export(
        **{name: snakemake.input[name] for name in ("runs", "images", "manifest")},
        folder=output.exports,
        table=output.table,
        **snakemake.params.ingredients["settings"],
    )
