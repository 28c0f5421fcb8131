"""Write the report: one self-contained page that answers the experiment's questions.

inputs:   comparison.json, runs.csv, exports.csv, manifest.json; training.json of every run; figures/*.svg
outputs:  results/{dataset}/report.html
"""

plan.stage(
    "report",
    "report.py",
    files=[
        "widthwise/report/report.html.j2",
        "widthwise/report/report.css",
        "widthwise/report/report.js",
    ],
    settings=lambda _: plan.report(
        "language", "human_agreement", "references", "size_limits"
    ),
    data=lambda _: plan.gathered_data(),
)


rule report:
    input:
        changed=changed("report"),
        compared=f"{RECORDS}/compare/compare.recorded.json",
        exported=f"{RECORDS}/export/export.recorded.json",
        drawn=expand(
            "results/{{dataset}}/.provenance/{rule}/{rule}.recorded.json",
            rule=[
                "plot_classes",
                "plot_accuracy",
                "plot_exports",
                "plot_training",
                "plot_errors",
            ],
        ),
        comparison=ancient("results/{dataset}/comparison.json"),
        runs=ancient("results/{dataset}/runs.csv"),
        exports=ancient("results/{dataset}/exports.csv"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
        trainings=ancient(of_all_runs("training.json")),
        figures=ancient(
            [
                file
                for rule in (
                    rules.plot_classes,
                    rules.plot_accuracy,
                    rules.plot_exports,
                    rules.plot_training,
                    rules.plot_errors,
                )
                for file in rule.output
                if file.endswith(".svg")
            ]
        ),
    output:
        report=report(
            "results/{dataset}/report.html",
            caption="../report/captions/report.rst",
            category="0. Report",
            labels={"page": "the answers"},
        ),
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
