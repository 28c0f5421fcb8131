"""Write the page that runs a network of the study in a browser, in each language."""

from pathlib import Path

from widthwise.plumbing.job import job
from widthwise.training import environment

with job(snakemake) as output:
    environment.enter(snakemake.threads)  # before NumPy and TensorFlow are imported
    from widthwise.export import try_page

    try_page.write(
        **{name: snakemake.input[name] for name in ("exports", "images", "manifest")},
        runs=Path(snakemake.input.exports).parent / "runs",
        pages=[output.page, *output.others],
        **snakemake.params.ingredients["settings"],
    )
