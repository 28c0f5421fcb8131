"""Export the best seed of every network as TFLite, measured by LiteRT."""

from widthwise import export
from widthwise.job import job

with job(snakemake) as output:
    export.export(
        **{name: snakemake.input[name] for name in ("runs", "images", "manifest")},
        folder=output.exports,
        table=output.table,
    )
