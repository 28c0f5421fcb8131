"""Draw the figures of one section, each as SVG and PNG."""

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import drawing, inputs, planned_figures

with job(snakemake) as output:
    section, settings = snakemake.params.section, snakemake.params.ingredients["settings"]
    files = {"benchmarks": snakemake.params.benchmarks} | dict(snakemake.input.items())
    contents = {name: drawing.READERS[name](files[name]) for name in inputs(section)}
    for figure in planned_figures(section, settings["families"], settings["compared"]):
        for number, language in enumerate(settings["languages"]):
            drawn = drawing.draw(figure, contents, settings["report"], language)
            kinds = [f"{kind}_{number}" if number else kind for kind in ("svg", "png")]
            style.save(drawn, figure.name, *(getattr(output, f"{figure.name}_{kind}") for kind in kinds))
