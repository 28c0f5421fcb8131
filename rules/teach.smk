"""Ask the teachers of a recipe, for one seed, about every picture that the students will see.

inputs:   results/{dataset}/data/images.npy, manifest.json; model.keras, training.json of each teacher
outputs:  results/{dataset}/answers/{recipe}/seed{seed}.npy  float32 (steps, rows of a batch, classes)
"""


rule teach:
    input:
        expected=expected_for_lesson("teach"),
        taught=of_teachers("results/{dataset}/.provenance/train/{run}.recorded.json"),
        teachers=ancient(of_teachers("results/{dataset}/runs/{run}/model.keras")),
        trainings=ancient(of_teachers("results/{dataset}/runs/{run}/training.json")),
        images=ancient("results/{dataset}/data/images.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        answers="results/{dataset}/answers/{recipe}/seed{seed}.npy",
        recorded=f"{RECORDS}/teach/{{recipe}}/seed{{seed}}.recorded.json",
    log:
        "results/{dataset}/logs/teach/{recipe}/seed{seed}.log",
    benchmark:
        "results/{dataset}/benchmarks/teach/{recipe}/seed{seed}.tsv"
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt
        * plan.memory_mb(plan.teachers(wildcards.recipe), wildcards.recipe),
        runtime=lambda wildcards, attempt: attempt
        * plan.minutes(plan.teachers(wildcards.recipe), wildcards.recipe, share=1 / 3),
        gpu=int("gpu" in workflow.global_resources),
        last_attempt=last_attempt,
    params:
        task=lambda wildcards: {
            "seed": int(wildcards.seed),
            "settings": plan.config["recipes"][wildcards.recipe],
        },
        states=lambda wildcards: f"results/{wildcards.dataset}/.state",
    message:
        "teach {wildcards.recipe}/seed{wildcards.seed}"
    script:
        "../scripts/teach.py"
