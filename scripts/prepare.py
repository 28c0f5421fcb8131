"""Turn the configured data set into arrays."""

from widthwise import preparation
from widthwise.job import job

with job(snakemake) as output:
    preparation.prepare(
        snakemake.wildcards.dataset, snakemake.params.settings, snakemake.input.source or None, output
    )
