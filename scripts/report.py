"""Write the report: one self-contained HTML page."""

from widthwise import report
from widthwise.job import job

with job(snakemake) as output:
    report.write(
        snakemake.input.comparison,
        snakemake.input.runs,
        snakemake.input.exports,
        snakemake.input.manifest,
        snakemake.input.trainings,
        snakemake.input.figures,
        output.report,
        **snakemake.params,
    )
