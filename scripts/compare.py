"""Compare the families: differences, crossings, plateaus and what is missing, as comparison.json."""

from widthwise.evaluation import comparison
from widthwise.plumbing.job import job

with job(snakemake) as output:
    comparison.compare(
        snakemake.input.metrics,
        snakemake.input.predictions,
        snakemake.input.sweep,
        snakemake.input.manifest,
        snakemake.input.duplicates,
        output.comparison,
        snakemake.params.ingredients["settings"]["recipes"],
    )
