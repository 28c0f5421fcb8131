"""Ask the teachers of a recipe, for one seed, about every picture that the students will see.

inputs:   results/{dataset}/data/images.npy, manifest.json; model.keras, training.json of each teacher
outputs:  results/{dataset}/answers/{recipe}/seed{seed}.npy  float32 (steps, rows of a batch, classes)
"""

plan.stage(
    "teach",
    "teach.py",
    unit=plan.lesson,
    units=lambda: plan.all_lessons,
    settings=lambda lesson: {
        "recipe": plan.recipe_of_teachers(lesson.recipe),
        "seed": lesson.seed,
        "name": lesson.name,  # else two of the same content would share a state
    },
    data=lambda _: plan.digests("training"),
    complete=plan.completed,
)


rule teach:
    input:
        changed=changed("teach"),
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
    retries: RETRIES
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
        ingredients=ingredients("teach"),
        states=lambda wildcards: f"results/{wildcards.dataset}/.state",
    message:
        "teach {wildcards.recipe}/seed{wildcards.seed}"
    script:
        "../scripts/teach.py"
