"""Draw the figures of each section, as SVG and PNG: one rule for all sections of the list of figures.

inputs:   results/{dataset}/runs.csv, summary.csv, comparison.json, exports.csv; data/ of the data set;
          history.csv, metrics.json and the benchmark of the training of every run
outputs:  results/{dataset}/figures/*.svg, *.png, and figures/<language>/ in further languages of the report
"""

from widthwise.report import figures

FAMILIES = sorted({run.family for run in plan.runs})
FIGURE_INPUTS = {
    "images": "results/{dataset}/data/images.npy",
    "labels": "results/{dataset}/data/labels.npy",
    "manifest": "results/{dataset}/data/manifest.json",
    "runs": "results/{dataset}/runs.csv",
    "summary": "results/{dataset}/summary.csv",
    "comparison": "results/{dataset}/comparison.json",
    "exports": "results/{dataset}/exports.csv",
    "metrics": of_all_runs("metrics.json"),
    "histories": of_all_runs("history.csv"),
    "benchmarks": [
        f"results/{plan.dataset}/benchmarks/train/{run.name}.tsv" for run in plan.runs
    ],
}
UPSTREAM = {  # the records of the jobs that each section waits for
    "classes": [],
    "accuracies": [f"{RECORDS}/compare/compare.recorded.json"],
    "exports": [f"{RECORDS}/export/export.recorded.json"],
    "training": [f"{RECORDS}/aggregate/aggregate.recorded.json"],
    "errors": records_of_all_runs("evaluate"),
}
PLANNED_FIGURES = {
    section: figures.planned_figures(section, FAMILIES, plan.compared)
    for section in figures.SECTIONS
}


FIGURE_FOLDERS = [  # by language of the report
    FIGURES if number == 0 else f"{FIGURES}/{language}"
    for number, language in enumerate(plan.languages)
]


for section in figures.SECTIONS:
    of_runs = bool(UPSTREAM[section])  # the data look the same whatever is trained

    plan.stage(
        f"plot_{section}",
        "plot.py",
        modules=lambda _, section=section: figures.modules(section),
        files=in_each_language("labels"),
        settings=lambda _, section=section, of_runs=of_runs: {
            "languages": plan.languages,
            "families": FAMILIES if of_runs else [],
            "compared": plan.compared if of_runs else [],
            "report": plan.report(*figures.settings(section)),
        },
        data=lambda _, of_runs=of_runs: (
            plan.gathered_data() if of_runs else plan.all_data()
        ),
    )

    rule:
        name:
            f"plot_{section}"
        input:
            **{
                name: ancient(FIGURE_INPUTS[name])
                for name in figures.inputs(section)
                if name != "benchmarks"
            },
            changed=changed(f"plot_{section}"),
            upstream=UPSTREAM[section],
        output:
            **{
                f"{figure.name}_svg": in_report(
                    f"{FIGURES}/{figure.name}.svg", figure.name
                )
                for figure in PLANNED_FIGURES[section]
            },
            **{
                f"{figure.name}_png": f"{FIGURES}/{figure.name}.png"
                for figure in PLANNED_FIGURES[section]
            },
            **{
                f"{figure.name}_{kind}_{number}": f"{folder}/{figure.name}.{kind}"
                for figure in PLANNED_FIGURES[section]
                for number, folder in enumerate(FIGURE_FOLDERS)
                for kind in ("svg", "png")
                if number > 0
            },
            recorded=f"{RECORDS}/plot_{section}/plot_{section}.recorded.json",
        log:
            f"results/{{dataset}}/logs/plot_{section}.log",
        benchmark:
            f"results/{{dataset}}/benchmarks/plot_{section}.tsv"
        conda:
            "../envs/widthwise.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            section=section,
            # No input: Snakemake would train again for a benchmark that is missing.
            benchmarks=FIGURE_INPUTS["benchmarks"],
            ingredients=ingredients(f"plot_{section}"),
        message:
            f"plot_{section} {{wildcards.dataset}}"
        script:
            "../scripts/plot.py"
