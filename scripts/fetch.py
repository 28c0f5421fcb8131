"""Fetch the configured data set from Kaggle."""

from pathlib import Path

from widthwise.data import fetching
from widthwise.plumbing.job import job

with job(snakemake) as output:
    record = Path(snakemake.output.download).with_name(fetching.RECORD)
    output.say(fetching.fetch(snakemake.params.handle, output.download, snakemake.params.path, record))
