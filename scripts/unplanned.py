"""List the runs and states that the study does not plan, or remove them."""

import shutil
from pathlib import Path

from widthwise.study.acceptance import unplanned

found = unplanned(snakemake.params.folder, snakemake.params.runs)
for path in found:
    size = sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())
    print(f"{'removed' if snakemake.params.delete else 'not planned'}: {path} ({size / 1e6:.1f} MB)")
    if snakemake.params.delete:
        shutil.rmtree(path)
if not found:
    print("all runs and states are of the study's plan")
