"""Draw the figures, as SVG and PNG, from the tables and from what each run left.

inputs:   results/{dataset}/runs.csv, summary.csv, comparison.json, exports.csv; data/ of the data set;
          history.csv, metrics.json and the benchmark of the training of every run
outputs:  results/{dataset}/figures/*.svg, *.png
"""

FAMILIES = sorted({run.family for run in plan.runs})
RECIPES_COMPARED = len(
    {(run.recipe, run.family, run.width) for run in plan.runs}
) > len({(run.family, run.width) for run in plan.runs})


rule plot_classes:
    input:
        expected=expected("plot_classes"),
        images=ancient("results/{dataset}/data/images.npy"),
        labels=ancient("results/{dataset}/data/labels.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        svg=in_report("class_balance", "samples and class balance", "1. Data"),
        png=f"{FIGURES}/class_balance.png",
        recorded=f"{RECORDS}/plot_classes/plot_classes.recorded.json",
    log:
        "results/{dataset}/logs/plot_classes.log",
    benchmark:
        "results/{dataset}/benchmarks/plot_classes.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        language=plan.languages[0],
        samples=plan.config["report"]["samples"],
    message:
        "draw the classes of {wildcards.dataset}"
    script:
        "../scripts/plot_classes.py"


# The outputs of this rule are pairs of SVG and PNG in the order in which its script draws them.
rule plot_accuracy:
    input:
        expected=expected("plot_accuracy"),
        compared=f"{RECORDS}/compare/compare.recorded.json",
        runs=ancient("results/{dataset}/runs.csv"),
        summary=ancient("results/{dataset}/summary.csv"),
        comparison=ancient("results/{dataset}/comparison.json"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        [
            path
            for family in FAMILIES
            for path in (
                in_report(
                    f"params_vs_validation_{family}",
                    f"parameters against validation accuracy, {family}",
                    "2. Accuracy",
                    caption="params_vs_validation_family",
                ),
                f"{FIGURES}/params_vs_validation_{family}.png",
            )
        ],
        in_report("params_vs_accuracy", "parameters against accuracy", "2. Accuracy"),
        f"{FIGURES}/params_vs_accuracy.png",
        in_report("params_vs_validation", "the same on validation", "2. Accuracy"),
        f"{FIGURES}/params_vs_validation.png",
        in_report("macs_vs_accuracy", "multiply-adds against accuracy", "2. Accuracy"),
        f"{FIGURES}/macs_vs_accuracy.png",
        in_report(
            "seconds_vs_accuracy", "training time against accuracy", "2. Accuracy"
        ),
        f"{FIGURES}/seconds_vs_accuracy.png",
        in_report("pareto_front", "Pareto front", "3. Families"),
        f"{FIGURES}/pareto_front.png",
        in_report("family_difference", "difference at equal size", "3. Families"),
        f"{FIGURES}/family_difference.png",
        [
            in_report("recipe_effects", "what each recipe changes", "3. Families"),
            f"{FIGURES}/recipe_effects.png",
        ]
        if RECIPES_COMPARED
        else [],
        recorded=f"{RECORDS}/plot_accuracy/plot_accuracy.recorded.json",
    log:
        "results/{dataset}/logs/plot_accuracy.log",
    benchmark:
        "results/{dataset}/benchmarks/plot_accuracy.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        families=FAMILIES,
        recipes_compared=RECIPES_COMPARED,
        report={
            "language": plan.languages[0],
            **{
                name: plan.config["report"][name]
                for name in ("human_agreement", "references", "size_limits")
            },
        },
    message:
        "draw the accuracies of {wildcards.dataset}"
    script:
        "../scripts/plot_accuracy.py"


rule plot_exports:
    input:
        expected=expected("plot_exports"),
        exported=f"{RECORDS}/export/export.recorded.json",
        exports=ancient("results/{dataset}/exports.csv"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        svg=in_report("bytes_vs_accuracy", "bytes against accuracy", "2. Accuracy"),
        png=f"{FIGURES}/bytes_vs_accuracy.png",
        recorded=f"{RECORDS}/plot_exports/plot_exports.recorded.json",
    log:
        "results/{dataset}/logs/plot_exports.log",
    benchmark:
        "results/{dataset}/benchmarks/plot_exports.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        language=plan.languages[0],
        size_limits=plan.config["report"]["size_limits"],
    message:
        "draw the exports of {wildcards.dataset}"
    script:
        "../scripts/plot_exports.py"


rule plot_training:
    input:
        expected=expected("plot_training"),
        collected=f"{RECORDS}/collect/collect.recorded.json",
        runs=ancient("results/{dataset}/runs.csv"),
        histories=ancient(of_all_runs("history.csv")),
        benchmarks=ancient(
            [
                f"results/{plan.dataset}/benchmarks/train/{run.name}.tsv"
                for run in plan.runs
            ]
        ),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        curves_svg=in_report("learning_curves", "learning curves", "4. Training"),
        curves_png=f"{FIGURES}/learning_curves.png",
        cost_svg=in_report(
            "training_cost", "time and memory of training", "4. Training"
        ),
        cost_png=f"{FIGURES}/training_cost.png",
        recorded=f"{RECORDS}/plot_training/plot_training.recorded.json",
    log:
        "results/{dataset}/logs/plot_training.log",
    benchmark:
        "results/{dataset}/benchmarks/plot_training.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        language=plan.languages[0],
    message:
        "draw the training of {wildcards.dataset}"
    script:
        "../scripts/plot_training.py"


rule plot_errors:
    input:
        expected=expected("plot_errors"),
        evaluated=records_of_all_runs("evaluate"),
        metrics=ancient(of_all_runs("metrics.json")),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        confusion_svg=in_report("confusion_matrices", "confusion matrices", "5. Errors"),
        confusion_png=f"{FIGURES}/confusion_matrices.png",
        recall_svg=in_report("recall_by_class", "recall by class", "5. Errors"),
        recall_png=f"{FIGURES}/recall_by_class.png",
        recorded=f"{RECORDS}/plot_errors/plot_errors.recorded.json",
    log:
        "results/{dataset}/logs/plot_errors.log",
    benchmark:
        "results/{dataset}/benchmarks/plot_errors.tsv"
    conda:
        "../envs/widthwise.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        language=plan.languages[0],
    message:
        "draw the errors of {wildcards.dataset}"
    script:
        "../scripts/plot_errors.py"
