"""Predict the unlabelled test pictures of a data set that has some.

inputs:   model.keras of the run; results/{dataset}/data/
outputs:  .../seed{seed}/submission.csv  id,label
"""

plan.stage(
    "submit",
    "submit.py",
    unit=plan.run,
    units=lambda: plan.runs,
    data=lambda _: plan.unlabelled_data(),
)


rule submit:
    input:
        changed=changed("submit"),
        trained=f"{RECORDS}/train/{JOB}.recorded.json",
        model=ancient(f"{RUN}/model.keras"),
        images=ancient("results/{dataset}/data/images.npy"),
        rows=ancient("results/{dataset}/data/rows.csv"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        submission=f"{RUN}/submission.csv",
        recorded=f"{RECORDS}/submit/{JOB}.recorded.json",
    log:
        f"results/{{dataset}}/logs/submit/{JOB}.log",
    benchmark:
        f"results/{{dataset}}/benchmarks/submit/{JOB}.tsv"
    retries: RETRIES
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
        last_attempt=last_attempt,
    params:
        ingredients=ingredients("submit"),
    message:
        "submit {wildcards.recipe}/{wildcards.family}/w{wildcards.width}/seed{wildcards.seed}"
    script:
        "../scripts/submit.py"
