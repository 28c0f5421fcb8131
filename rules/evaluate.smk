"""Evaluate one trained network on every labelled split.

inputs:   model.keras, training.json of the run; results/{dataset}/data/
outputs:  .../seed{seed}/metrics.json     accuracies, confusion, per-class scores, sizes
          .../seed{seed}/predictions.csv  one line per picture: label, prediction, probabilities
"""

plan.stage(
    "evaluate",
    "evaluate.py",
    unit=plan.run,
    units=lambda: plan.runs,
    modules=lambda run: [f"widthwise.networks.architectures.{run.family}"],
    data=lambda _: plan.all_data(),
)


rule evaluate:
    input:
        changed=changed("evaluate"),
        trained=f"{RECORDS}/train/{JOB}.recorded.json",
        model=ancient(f"{RUN}/model.keras"),
        training=ancient(f"{RUN}/training.json"),
        images=ancient("results/{dataset}/data/images.npy"),
        labels=ancient("results/{dataset}/data/labels.npy"),
        duplicates=ancient("results/{dataset}/data/duplicates.csv"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        metrics=f"{RUN}/metrics.json",
        predictions=f"{RUN}/predictions.csv",
        recorded=f"{RECORDS}/evaluate/{JOB}.recorded.json",
    log:
        f"results/{{dataset}}/logs/evaluate/{JOB}.log",
    benchmark:
        f"results/{{dataset}}/benchmarks/evaluate/{JOB}.tsv"
    retries: RETRIES
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
        last_attempt=last_attempt,
    params:
        ingredients=ingredients("evaluate"),
    message:
        "evaluate {wildcards.recipe}/{wildcards.family}/w{wildcards.width}/seed{wildcards.seed}"
    script:
        "../scripts/evaluate.py"
