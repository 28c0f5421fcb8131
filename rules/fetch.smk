"""Fetch a public data set from Kaggle, where the configured file is missing.

inputs:   none
outputs:  results/{dataset}/download/
"""

plan.stage(
    "fetch",
    "fetch.py",
    settings=lambda _: {"kaggle": plan.dataset_settings["kaggle"]},
)


rule fetch:
    input:
        changed=changed("fetch"),
    output:
        download=directory("results/{dataset}/download"),
        recorded=f"{RECORDS}/fetch/fetch.recorded.json",
    log:
        "results/{dataset}/logs/fetch.log",
    benchmark:
        "results/{dataset}/benchmarks/fetch.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=500,
        runtime=60,
    params:
        ingredients=ingredients("fetch"),
        path=plan.dataset_settings["path"],
    message:
        "fetch {wildcards.dataset}"
    script:
        "../scripts/fetch.py"
