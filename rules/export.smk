"""Export the best seed of every network as TFLite (float32, float16, int8), as LiteRT runs it.

inputs:   runs.csv; model.keras, predictions.csv, training.json of every run; results/{dataset}/data/
outputs:  results/{dataset}/exports/     <recipe>-<family>-w<width>-<format>.tflite, and a card per network (.md)
          results/{dataset}/exports.csv  a row per file: bytes, accuracies, agreement with the stored model, latency
"""

plan.stage(
    "export",
    "export.py",
    modules=lambda _: [
        f"widthwise.networks.architectures.{family}"
        for family in sorted({run.family for run in plan.runs})
    ],
    files=["widthwise/export/model_card.md.j2", *in_each_language("card")],
    settings=lambda _: {"languages": plan.languages},
    data=lambda _: plan.gathered_data(),
)


rule export:
    input:
        changed=changed("export"),
        aggregated=f"{RECORDS}/aggregate/aggregate.recorded.json",
        runs=ancient("results/{dataset}/runs.csv"),
        models=ancient(of_all_runs("model.keras")),
        predictions=ancient(of_all_runs("predictions.csv")),
        trainings=ancient(of_all_runs("training.json")),
        images=ancient("results/{dataset}/data/images.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        exports=directory("results/{dataset}/exports"),
        table="results/{dataset}/exports.csv",
        recorded=f"{RECORDS}/export/export.recorded.json",
    log:
        "results/{dataset}/logs/export.log",
    benchmark:
        "results/{dataset}/benchmarks/export.tsv"
    retries: RETRIES
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
        last_attempt=last_attempt,
    params:
        ingredients=ingredients("export"),
    message:
        "export {wildcards.dataset}"
    script:
        "../scripts/export.py"
