"""Draw the samples of each class and the class balance."""

import json
from pathlib import Path

import numpy as np

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import balance

with job(snakemake) as output:
    settings = snakemake.params.ingredients["settings"]
    images, labels = (np.load(snakemake.input[name], mmap_mode="r") for name in ("images", "labels"))
    manifest = json.loads(Path(snakemake.input.manifest).read_text("utf-8"))
    figure = balance.class_balance(images, labels, manifest, **settings)
    style.save(figure, "class_balance", output.svg, output.png)
