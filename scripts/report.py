"""Write the report: one self-contained HTML page in each language."""

from widthwise.plumbing.job import job
from widthwise.report import page

with job(snakemake) as output:
    settings = dict(snakemake.params.ingredients["settings"])
    languages = settings.pop("languages")
    for language, path in zip(languages, [output.report, *output.others], strict=True):
        page.write(
            snakemake.input.comparison,
            snakemake.input.runs,
            snakemake.input.exports,
            snakemake.input.manifest,
            snakemake.input.trainings,
            snakemake.input[language],
            path,
            language,
            try_page="try.html" if language == languages[0] else f"try.{language}.html",
            **settings,
        )
