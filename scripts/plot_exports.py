"""Draw accuracy against the bytes of the exported files."""

import json
from pathlib import Path

import pandas as pd

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import sizes

with job(snakemake) as output:
    settings = snakemake.params.ingredients["settings"]
    exports = pd.read_csv(snakemake.input.exports)
    manifest = json.loads(Path(snakemake.input.manifest).read_text("utf-8"))
    figure = sizes.exported(exports, manifest, **settings)
    style.save(figure, "bytes_vs_accuracy", output.svg, output.png)
