"""List the runs and states that the study does not plan, or remove them."""

import shutil
from pathlib import Path

from widthwise.study.acceptance import unplanned

found = unplanned(snakemake.params.folder, snakemake.params.runs)
lines = []
for path in found:
    size = sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())
    lines.append(f"{'removed' if snakemake.params.delete else 'not planned'}: {path} ({size / 1e6:.1f} MB)")
    if snakemake.params.delete:
        shutil.rmtree(path)
with open(snakemake.log[0], "a", encoding="utf-8") as log:
    for line in lines or ["all runs and states are of the study's plan"]:
        print(line)
        print(line, file=log)
