"""Compare the families: differences at equal size, crossings, plateaus, what is missing.

inputs:   metrics.json and predictions.csv of every run; sweep.json; results/{dataset}/data/
outputs:  results/{dataset}/comparison.json
"""

plan.stage(
    "compare",
    "compare.py",
    # The order apart: that of keys changes no ingredient.
    settings=lambda _: {"order": list(plan.recipes), "recipes": plan.recipes},
    data=lambda _: plan.gathered_data(),
)


rule compare:
    input:
        changed=changed("compare"),
        aggregated="results/{dataset}/.provenance/aggregate/aggregate.recorded.json",
        metrics=ancient(of_all_runs("metrics.json")),
        predictions=ancient(of_all_runs("predictions.csv")),
        sweep=announced,
        manifest=ancient("results/{dataset}/data/manifest.json"),
        duplicates=ancient("results/{dataset}/data/duplicates.csv"),
    output:
        comparison="results/{dataset}/comparison.json",
        recorded="results/{dataset}/.provenance/compare/compare.recorded.json",
    log:
        "results/{dataset}/logs/compare.log",
    benchmark:
        "results/{dataset}/benchmarks/compare.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        ingredients=ingredients("compare"),
    message:
        "compare {wildcards.dataset}"
    script:
        "../scripts/compare.py"
