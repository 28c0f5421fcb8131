"""Accept the results that older code made; see ``widthwise.study.acceptance``."""

from widthwise.study.acceptance import accept, adopt_states

with open(snakemake.log[0], "a", encoding="utf-8") as log:
    lines = list(accept(snakemake.params.jobs))
    lines += adopt_states(snakemake.params.unfinished, f"{snakemake.params.folder}/.state")
    for line in lines or ["everything is up to date: there was nothing to accept"]:
        print(line)
        print(line, file=log)
