"""Fetch the configured data set from Kaggle."""

from widthwise.data import fetching
from widthwise.plumbing.job import job

with job(snakemake) as output:
    fetching.fetch(snakemake.params.ingredients["settings"]["kaggle"], output.download)
