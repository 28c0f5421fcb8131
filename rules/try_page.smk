"""Write the page that runs a network of the study in a browser: on a picture, a drawing or the camera, offline.

inputs:   exports.csv; model.keras of every run; results/{dataset}/data/
outputs:  results/{dataset}/try.html, and try.<language>.html in further languages
"""

plan.stage(
    "try_page",
    "try_page.py",
    modules=lambda _: [
        f"widthwise.networks.architectures.{family}"
        for family in sorted({run.family for run in plan.runs})
    ],
    files=[
        "widthwise/report/report.css",
        *[
            f"widthwise/export/{name}"
            for name in ("network.js", "reading.js", "try.js", "try.css", "try.html.j2")
        ],
        *in_each_language("card"),
        *in_each_language("labels"),
        *in_each_language("try"),
    ],
    settings=lambda _: {"languages": plan.languages, **plan.report("size_limits")},
    data=lambda _: plan.gathered_data(),
)


rule try_page:
    input:
        changed=changed("try_page"),
        exported=f"{RECORDS}/export/export.recorded.json",
        exports=ancient("results/{dataset}/exports.csv"),
        models=ancient(of_all_runs("model.keras")),
        images=ancient("results/{dataset}/data/images.npy"),
        manifest=ancient("results/{dataset}/data/manifest.json"),
    output:
        page="results/{dataset}/try.html",
        others=[
            f"results/{{dataset}}/try.{language}.html"
            for language in plan.languages[1:]
        ],
        recorded=f"{RECORDS}/try_page/try_page.recorded.json",
    log:
        "results/{dataset}/logs/try_page.log",
    benchmark:
        "results/{dataset}/benchmarks/try_page.tsv"
    conda:
        "../envs/widthwise.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        ingredients=ingredients("try_page"),
    message:
        "try_page {wildcards.dataset}"
    script:
        "../scripts/try_page.py"
