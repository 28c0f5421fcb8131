"""Gather the metrics of all runs in two tables.

inputs:   metrics.json of every run
outputs:  results/{dataset}/runs.csv     one row per run
          results/{dataset}/summary.csv  one row per recipe, family and width: means and intervals
"""

plan.stage(
    "collect",
    "collect.py",
    data=lambda _: plan.gathered_data(),
)


rule collect:
    input:
        changed=changed("collect"),
        evaluated=records_of_all_runs("evaluate"),
        metrics=ancient(of_all_runs("metrics.json")),
    output:
        runs="results/{dataset}/runs.csv",
        summary="results/{dataset}/summary.csv",
        recorded=f"{RECORDS}/collect/collect.recorded.json",
    log:
        "results/{dataset}/logs/collect.log",
    benchmark:
        "results/{dataset}/benchmarks/collect.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        ingredients=ingredients("collect"),
    message:
        "collect {wildcards.dataset}"
    script:
        "../scripts/collect.py"
