"""Write the report: one self-contained page that answers the experiment's questions.

inputs:   comparison.json, runs.csv, exports.csv, manifest.json; training.json of every run; figures/*.svg
outputs:  results/{dataset}/report.html, and report.<language>.html in further languages
"""


rule report:
    input:
        **{
            language: ancient(
                [
                    f"{folder}/{figure.name}.svg"
                    for section in figures.SECTIONS
                    for figure in PLANNED_FIGURES[section]
                ]
            )
            for language, folder in zip(plan.languages, FIGURE_FOLDERS)
        },
        expected=expected("report"),
        compared=f"{RECORDS}/compare/compare.recorded.json",
        exported=f"{RECORDS}/export/export.recorded.json",
        drawn=[
            f"{RECORDS}/plot_{section}/plot_{section}.recorded.json"
            for section in figures.SECTIONS
        ],
        comparison=ancient("results/{dataset}/comparison.json"),
        runs=ancient("results/{dataset}/runs.csv"),
        exports=ancient("results/{dataset}/exports.csv"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
        trainings=ancient(of_all_runs("training.json")),
    output:
        report=report(
            "results/{dataset}/report.html",
            caption="../report/captions/report.rst",
            category="0. Report",
            labels={"page": "the answers"},
        ),
        others=[
            f"results/{{dataset}}/report.{language}.html"
            for language in plan.languages[1:]
        ],
        recorded=f"{RECORDS}/report/report.recorded.json",
    log:
        "results/{dataset}/logs/report.log",
    benchmark:
        "results/{dataset}/benchmarks/report.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        languages=plan.languages,
        human_agreement=plan.config["report"]["human_agreement"],
        references=plan.config["report"]["references"],
        size_limits=plan.config["report"]["size_limits"],
        samples=plan.config["report"]["samples"],
    message:
        "report {wildcards.dataset}"
    script:
        "../scripts/report.py"
