"""Which network to take: the best, the file to ship within each size, published models beside it."""

from collections.abc import Sequence

from markupsafe import Markup

from widthwise.evaluation.selection import best_within
from widthwise.report import units
from widthwise.report.findings import answer
from widthwise.report.language import count
from widthwise.report.parts import Cell, Section, Study, Table, cell
from widthwise.study.runs import export_name


def choice(study: Study) -> Section:
    """The section."""
    say = study.say
    section = study.section("choice")
    section.sentences = answer.choice(say, study.result, study.human_agreement)
    if len(study.exports):
        section.sentences.append(say("exported"))
        table, commands = _exports(study)
        section.tables.append(table)
        section.notes += [Markup('<a href="{}">{}</a>').format(study.try_page, say("try it")), *commands]
    if study.references:
        section.tables.append(_references(study))
        section.notes.append(say("references note"))
        if {"public", "private"} <= set(study.result.splits) and not study.result.stand_in:
            section.notes.append(say("own halves"))
    return section


def _references(study: Study) -> Table:
    say = study.say
    columns = [say("name column"), study.heading("params"), study.heading("accuracy")]
    columns += [say("split column"), say("note column")]
    rows = [
        [
            *[model["name"], cell("params", model["params"]), cell("accuracy", model["accuracy"])],
            *[say.split(model["split"]), model["note"]],
        ]
        for model in study.references
    ]
    return Table(say("caption references"), columns, rows)


def _exports(study: Study) -> tuple[Table, list[Markup]]:
    """The file to take within each size, and the commands that copy them out.

    The best by validation; at a tie the smallest.
    """
    say, files = study.say, study.exports
    names = ["bytes", *(f"accuracy_{split}" for split in study.splits), "agreement", "latency_ms"]
    columns = [say("limit column"), say("model column"), *map(study.heading, names)]
    limits = [(say("limit at most", limit=count(limit)), limit) for limit in sorted(study.size_limits)]
    limits = limits or [(say("limit smallest"), files.bytes.min())]
    limits.append((say("limit none"), files.bytes.max()))
    rows, commands = [], {}
    for text, limit in limits:
        file = best_within(files, limit)
        if file is None:
            rows.append([Cell(text, kind="name"), units.MISSING, *(cell(name, None) for name in names)])
            continue
        recipe = f"{file.recipe}, " if len(study.result.recipes) > 1 else ""
        which = f"{recipe}w{file.width:g}, {file.format}"
        model = Cell(study.family(file.family), kind="name", more=(which,))
        rows.append([Cell(text, kind="name"), model, *(cell(name, file[name]) for name in names)])
        stem = f"results/{study.result.dataset}/exports/{export_name(file)}"
        command = f"cp {stem}-{file.format}.tflite {stem}.md ."
        commands.setdefault(command, []).append(text)
    lines = [_command(study, texts, command) for command, texts in commands.items()]
    return Table(say("caption exports"), columns, rows), lines


def _command(study: Study, texts: Sequence[str], command: str) -> Markup:
    say = study.say
    return Markup("{}<code>{}</code>").format(say.label(say.joined(texts)) + say("colon"), command)
