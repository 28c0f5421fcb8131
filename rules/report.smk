"""Write the report: one self-contained page that answers the experiment's questions.

inputs:   comparison.json, runs.csv, exports.csv, manifest.json; training.json of every run; figures/*.svg
outputs:  results/{dataset}/report.html, and report.<language>.html in further languages
"""

plan.stage(
    "report",
    "report.py",
    files=[
        "widthwise/report/report.html.j2",
        "widthwise/report/report.css",
        "widthwise/report/report.js",
        *in_each_language("labels"),
        *in_each_language("report"),
    ],
    settings=lambda _: {
        "languages": plan.languages,
        **plan.report("human_agreement", "references", "size_limits", "samples"),
    },
    data=lambda _: plan.gathered_data(),
)


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
        changed=changed("report"),
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
        report=in_report("results/{dataset}/report.html", "report"),
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
        ingredients=ingredients("report"),
    message:
        "report {wildcards.dataset}"
    script:
        "../scripts/report.py"
