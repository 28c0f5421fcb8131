"""Gather the metrics of all runs in two tables.

inputs:   metrics.json of every run
outputs:  results/{dataset}/runs.csv     one row per run
          results/{dataset}/summary.csv  one row per recipe, family and width: means and intervals
"""

plan.stage(
    "aggregate",
    "aggregate.py",
    data=lambda _: plan.gathered_data(),
)


rule aggregate:
    input:
        changed=changed("aggregate"),
        evaluated=records_of_all_runs("evaluate"),
        metrics=ancient(of_all_runs("metrics.json")),
    output:
        runs="results/{dataset}/runs.csv",
        summary="results/{dataset}/summary.csv",
        recorded=f"{RECORDS}/aggregate/aggregate.recorded.json",
    log:
        "results/{dataset}/logs/aggregate.log",
    benchmark:
        "results/{dataset}/benchmarks/aggregate.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        ingredients=ingredients("aggregate"),
    message:
        "aggregate {wildcards.dataset}"
    script:
        "../scripts/aggregate.py"
