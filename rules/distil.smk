"""Ask the teachers of recipes that ask them the same, for one seed, about every picture that students will see.

inputs:   results/{dataset}/data/images.npy, manifest.json; model.keras, training.json of each teacher
outputs:  results/{dataset}/answers/{teachers}/seed{seed}.npy  float32 (steps, rows of a batch, classes)
"""

plan.stage(
    "distil",
    "distil.py",
    unit=plan.soft_targets_of,
    units=lambda: plan.all_soft_targets,
    settings=lambda soft_targets: {
        "recipe": plan.recipe_of_teachers(soft_targets.recipe),
        "seed": soft_targets.seed,
    },
    data=lambda _: plan.digests("training"),
)


rule distil:
    input:
        changed=changed("distil"),
        taught=of_teachers("results/{dataset}/.provenance/train/{run}.recorded.json"),
        teachers=ancient(of_teachers("results/{dataset}/runs/{run}/model.keras")),
        trainings=ancient(of_teachers("results/{dataset}/runs/{run}/training.json")),
        images=ancient("results/{dataset}/data/images.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        answers="results/{dataset}/answers/{teachers}/seed{seed}.npy",
        recorded=f"{RECORDS}/distil/{{teachers}}/seed{{seed}}.recorded.json",
    log:
        "results/{dataset}/logs/distil/{teachers}/seed{seed}.log",
    benchmark:
        "results/{dataset}/benchmarks/distil/{teachers}/seed{seed}.tsv"
    retries: RETRIES
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt
        * plan.memory_mb(plan.teachers(asking(wildcards)), asking(wildcards)),
        runtime=lambda wildcards, attempt: attempt
        * plan.minutes(
            plan.teachers(asking(wildcards)), asking(wildcards), forward_only=True
        ),
        gpu=int("gpu" in workflow.global_resources),
        last_attempt=last_attempt,
    params:
        ingredients=ingredients("distil"),
        states=lambda wildcards: f"results/{wildcards.dataset}/.state",
    message:
        "distil {wildcards.teachers}/seed{wildcards.seed}"
    script:
        "../scripts/distil.py"
