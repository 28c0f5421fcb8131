"""Collect the metrics of all runs in runs.csv and summary.csv."""

from widthwise import collection
from widthwise.job import job

with job(snakemake) as output:
    collection.collect(snakemake.input.metrics, output.runs, output.summary)
