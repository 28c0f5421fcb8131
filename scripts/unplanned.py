"""List the runs, states and answers that the study does not plan, or remove them."""

import shutil

from widthwise.study.acceptance import unplanned

found = unplanned(*(snakemake.params[name] for name in ("folder", "runs", "soft_targets")))
lines = []
for path in found:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    size = sum(file.stat().st_size for file in files)
    lines.append(f"{'removed' if snakemake.params.delete else 'not planned'}: {path} ({size / 1e6:.1f} MB)")
    if snakemake.params.delete:
        path.unlink() if path.is_file() else shutil.rmtree(path)
with open(snakemake.log[0], "a", encoding="utf-8") as log:
    for line in lines or ["all runs, states and answers are of the study's plan"]:
        print(line)
        print(line, file=log)
