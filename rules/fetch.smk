"""Fetch a public data set from Kaggle, where the configured file is missing.

inputs:   none
outputs:  results/{dataset}/download/
"""


rule fetch:
    input:
        expected=expected("fetch"),
    output:
        download=directory("results/{dataset}/download"),
        recorded=f"{RECORDS}/fetch/fetch.recorded.json",
    log:
        "results/{dataset}/logs/fetch.log",
    benchmark:
        "results/{dataset}/benchmarks/fetch.tsv"
    retries: 0  # what is wrong with the data stays wrong
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=500,
        runtime=60,
    params:
        handle=plan.dataset_settings["kaggle"],
        path=plan.dataset_settings["path"],
    message:
        "fetch {params.handle}"
    script:
        "../scripts/fetch.py"
