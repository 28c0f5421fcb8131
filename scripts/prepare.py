"""Turn the configured data set into arrays."""

from widthwise.data import preparation
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.job import job

with job(snakemake) as output:
    settings = snakemake.params.ingredients["settings"]
    if not snakemake.input.source and not settings["generator"]:
        raise UserError(f"{snakemake.params.path}: gone, expected the data set to prepare anew")
    source = snakemake.input.source or None
    manifest = preparation.prepare(snakemake.wildcards.dataset, settings, source, output)
    output.say(preparation.understood(manifest))
