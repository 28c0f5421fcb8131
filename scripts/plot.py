"""Draw the figures of one section, each as SVG and PNG."""

from widthwise.plumbing.job import job
from widthwise.report import style
from widthwise.report.figures import drawing, inputs, planned_figures

with job(snakemake) as output:
    plan = snakemake.params
    contents = {name: drawing.READERS[name](snakemake.input[name]) for name in inputs(plan.section)}
    for figure in planned_figures(plan.section, plan.families, plan.recipes_compared):
        for number, language in enumerate(plan.languages):
            drawn = drawing.draw(figure, contents, plan.report, language)
            kinds = [f"{kind}_{number}" if number else kind for kind in ("svg", "png")]
            style.save(drawn, figure.name, *(getattr(output, f"{figure.name}_{kind}") for kind in kinds))
