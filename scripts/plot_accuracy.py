"""Draw accuracy against what a network costs, and how the families differ."""

import json
from pathlib import Path

import pandas as pd

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import common, differences, scatter

with job(snakemake) as output:
    runs, summary = (pd.read_csv(snakemake.input[name]) for name in ("runs", "summary"))
    manifest, comparison = (
        json.loads(Path(snakemake.input[name]).read_text("utf-8")) for name in ("manifest", "comparison")
    )
    settings = snakemake.params.ingredients["settings"]
    language = settings["language"]
    drawn = {
        f"params_vs_validation_{family}": scatter.family_scatter(runs, summary, family, manifest, language)
        for family in snakemake.params.families
    }
    final = common.final_accuracy(summary)
    for name, x, y in (
        ("params_vs_accuracy", "params", final),
        ("params_vs_validation", "params", "accuracy_validation"),
        ("macs_vs_accuracy", "macs", final),
        ("seconds_vs_accuracy", "seconds", final),
    ):
        drawn[name] = scatter.tradeoff(summary, x, y, manifest, **settings)
    drawn["pareto_front"] = scatter.pareto_front(summary, comparison, manifest, language)
    drawn["family_difference"] = differences.family_difference(comparison, language)
    if snakemake.params.recipes_compared:
        drawn["recipe_effects"] = differences.recipe_effects(comparison, language)
    for index, (name, figure) in enumerate(drawn.items()):
        style.save(figure, name, output[2 * index], output[2 * index + 1])
