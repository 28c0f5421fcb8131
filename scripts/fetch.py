"""Fetch the configured data set from Kaggle."""

from pathlib import Path

from widthwise.data import fetching
from widthwise.plumbing.job import job

with job(snakemake) as output:
    handle = snakemake.params.ingredients["settings"]["kaggle"]
    record = Path(snakemake.output.download).with_name(fetching.RECORD)
    output.say(fetching.fetch(handle, output.download, snakemake.params.path, record))
