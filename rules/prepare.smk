"""Turn pictures, in whatever form they come, into arrays that jobs map instead of copying.

inputs:   the configured file or folder, a download, or nothing (drawn data)
outputs:  results/{dataset}/data/images.npy      uint8 (rows, height, width, channels), by split
          results/{dataset}/data/labels.npy      int16 (rows,)
          results/{dataset}/data/rows.csv        where each row came from
          results/{dataset}/data/duplicates.csv  test pictures that training has too, nearly or exactly
          results/{dataset}/data/manifest.json   splits, classes, counts, digests
"""


def records_of_fetching():
    """The record of the download that the data come from, if they do."""
    fetched = or_one_line(plan.source) == f"results/{plan.dataset}/download"
    return plan.stages["fetch"].record(None) if fetched else []


plan.stage(
    "prepare",
    "prepare.py",
    modules=lambda _: plan.generator_modules(),
    settings=lambda _: {
        name: value
        for name, value in plan.dataset_settings.items()
        if name not in ("path", "kaggle")
    },
    data=lambda _: {"source": plan.source_digest()},
)


# A checkpoint, so that trainings are planned after it, by the content of the data.
checkpoint prepare:
    input:
        changed=changed("prepare"),
        fetched=lambda wildcards: records_of_fetching(),
        source=ancient(lambda wildcards: or_one_line(plan.source) or []),
    output:
        images="results/{dataset}/data/images.npy",
        labels="results/{dataset}/data/labels.npy",
        rows="results/{dataset}/data/rows.csv",
        duplicates="results/{dataset}/data/duplicates.csv",
        manifest="results/{dataset}/data/manifest.json",
        recorded=f"{RECORDS}/prepare/prepare.recorded.json",
    log:
        "results/{dataset}/logs/prepare.log",
    benchmark:
        "results/{dataset}/benchmarks/prepare.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        ingredients=ingredients("prepare"),
        path=plan.dataset_settings["path"],
    message:
        "prepare {wildcards.dataset}"
    script:
        "../scripts/prepare.py"


# Snakemake plans all jobs below a checkpoint twice. Data that are up to date need none.
internals.is_checkpoint(rules.prepare, not is_prepared())
