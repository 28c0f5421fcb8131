"""Draw how training went: learning curves, and what the training jobs cost."""

import json
from pathlib import Path

import pandas as pd

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import curves

with job(snakemake) as output:
    settings = snakemake.params.ingredients["settings"]
    runs = pd.read_csv(snakemake.input.runs)
    manifest = json.loads(Path(snakemake.input.manifest).read_text("utf-8"))
    histories = curves.read_by_run(snakemake.input.histories)
    costs = curves.training_costs(curves.read_by_run(snakemake.input.benchmarks, separator="\t"), runs)
    learned = curves.learning_curves(histories, runs, manifest, **settings)
    style.save(learned, "learning_curves", output.curves_svg, output.curves_png)
    cost = curves.training_cost(costs, manifest, **settings)
    style.save(cost, "training_cost", output.cost_svg, output.cost_png)
