"""Fetch the configured data set from Kaggle."""

from widthwise import fetching
from widthwise.job import job

with job(snakemake) as output:
    fetching.fetch(snakemake.params.handle, output.download)
