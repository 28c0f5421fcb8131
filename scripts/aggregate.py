"""Gather the metrics of all runs in runs.csv and summary.csv."""

from widthwise.evaluation import aggregation
from widthwise.plumbing.job import job

with job(snakemake) as output:
    aggregation.aggregate(snakemake.input.metrics, output.runs, output.summary)
