"""Train one network: one recipe, family, width and seed.

inputs:   results/{dataset}/data/images.npy, labels.npy, manifest.json; its teachers' answers, if it has any
outputs:  .../seed{seed}/model.keras    the trained network, for plain Keras
          .../seed{seed}/history.csv    one line per epoch
          .../seed{seed}/training.json  how it went: status, settings, versions, seconds
"""

plan.stage(
    "train",
    "train.py",
    unit=plan.run,
    units=lambda: plan.runs,
    modules=lambda run: [
        "widthwise.training.loop",
        f"widthwise.networks.architectures.{run.family}",
    ],
    settings=lambda run: {
        "recipe": plan.recipe(run),
        "width": run.width,
        "seed": run.seed,
    },
    data=lambda _: plan.digests("training", "validation"),
)


rule train:
    input:
        changed=changed("train"),
        taught=of_soft_targets(
            "results/{dataset}/.provenance/distil/{soft_targets}.recorded.json"
        ),
        answers=ancient(of_soft_targets("results/{dataset}/answers/{soft_targets}.npy")),
        images=ancient("results/{dataset}/data/images.npy"),
        labels=ancient("results/{dataset}/data/labels.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        model=f"{RUN}/model.keras",
        history=f"{RUN}/history.csv",
        training=f"{RUN}/training.json",
        recorded=f"{RECORDS}/train/{JOB}.recorded.json",
    log:
        f"results/{{dataset}}/logs/train/{JOB}.log",
    benchmark:
        f"results/{{dataset}}/benchmarks/train/{JOB}.tsv"
    priority: lambda wildcards: plan.priority(plan.run(wildcards))
    retries: RETRIES
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt
        * plan.memory_mb([plan.run(wildcards)], wildcards.recipe),
        runtime=lambda wildcards, attempt: attempt
        * plan.minutes([plan.run(wildcards)], wildcards.recipe),
        gpu=int("gpu" in workflow.global_resources),  # --resources gpu=N: one each
        last_attempt=last_attempt,
    params:
        ingredients=ingredients("train"),
        task=lambda wildcards: {
            "dataset": wildcards.dataset,
            "run": plan.run(wildcards).as_dict(),
            "status": f"results/{wildcards.dataset}/runs/{plan.run(wildcards).name}/status.json",
            "states": f"results/{wildcards.dataset}/.state",
            "data": ingredients("train")(wildcards)["data"],
        },
    message:
        "train {wildcards.recipe}/{wildcards.family}/w{wildcards.width}/seed{wildcards.seed}"
    script:
        "../scripts/train.py"
