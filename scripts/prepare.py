"""Turn the configured data set into arrays."""

from widthwise.data import preparation
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.job import job

with job(snakemake) as output:
    if not snakemake.input.source and not snakemake.params.settings["generator"]:
        raise UserError(f"{snakemake.params.settings['path']}: gone, expected the data set to prepare anew")
    manifest = preparation.prepare(
        snakemake.wildcards.dataset, snakemake.params.settings, snakemake.input.source or None, output
    )
    output.say(preparation.understood(manifest))
