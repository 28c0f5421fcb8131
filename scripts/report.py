"""Write the report: one self-contained HTML page."""

from widthwise.plumbing.job import job
from widthwise.report import page

with job(snakemake) as output:
    page.write(
        snakemake.input.comparison,
        snakemake.input.runs,
        snakemake.input.exports,
        snakemake.input.manifest,
        snakemake.input.trainings,
        snakemake.input.figures,
        output.report,
        **snakemake.params.ingredients["settings"],
    )
