"""Draw how training went: learning curves, and what the training jobs cost."""

import json
from pathlib import Path

import pandas as pd

from widthwise import plots, style
from widthwise.job import job

with job(snakemake) as output:
    runs = pd.read_csv(snakemake.input.runs)
    manifest = json.loads(Path(snakemake.input.manifest).read_text("utf-8"))
    histories = plots.read_by_run(snakemake.input.histories)
    costs = plots.training_costs(plots.read_by_run(snakemake.input.benchmarks, separator="\t"), runs)
    curves = plots.learning_curves(histories, runs, manifest, **snakemake.params)
    style.save(curves, "learning_curves", output.curves_svg, output.curves_png)
    cost = plots.training_cost(costs, manifest, **snakemake.params)
    style.save(cost, "training_cost", output.cost_svg, output.cost_png)
