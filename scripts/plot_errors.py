"""Draw which classes are told apart: confusion matrices, and recall by class."""

import json
from pathlib import Path

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import confusions

with job(snakemake) as output:
    settings = snakemake.params.ingredients["settings"]
    metrics = [json.loads(Path(path).read_text("utf-8")) for path in snakemake.input.metrics]
    manifest = json.loads(Path(snakemake.input.manifest).read_text("utf-8"))
    confusion = confusions.confusion_matrices(metrics, manifest, **settings)
    style.save(confusion, "confusion_matrices", output.confusion_svg, output.confusion_png)
    recall = confusions.recall_by_class(metrics, manifest, **settings)
    style.save(recall, "recall_by_class", output.recall_svg, output.recall_png)
