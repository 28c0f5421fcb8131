"""The data, all runs, how the numbers were made, and where the page comes from."""

import json

import pandas as pd

from widthwise.evaluation.comparison import NEGLIGIBLE
from widthwise.evaluation.metrics import METRICS
from widthwise.report.findings import answer
from widthwise.report.language import count
from widthwise.report.parts import Cell, Section, Study, Table, cell

RUN_COLUMNS = ("recipe", "family", "width", "seed", "status", "params", "macs", "epochs", "seconds")
OTHER_METRICS = [metric for metric in METRICS.values() if metric.name != "accuracy"]
MANY = 12  # classes, from which on their table is folded away


def data(study: Study) -> Section:
    """What the data hold, what was left out, and which pictures have a copy in Training."""
    say, manifest = study.say, study.manifest
    section = study.section("data")
    section.notes += manifest["notes"]
    changes = study.runs.accuracy_pooled - study.runs.accuracy_pooled_no_duplicates
    section.sentences = answer.leak(say, study.result, changes.tolist())
    section.sentences.append(answer.missing(say, study.result.runs))
    numbers = {"constant": count(manifest["left_out"]["constant"])}
    numbers["copies"] = count(manifest["left_out"]["test_duplicates"])
    section.sentences.append(say("left out", **numbers))
    splits = {name: part for name, part in manifest["splits"].items() if part["stop"] > part["start"]}
    if "unlabelled" in splits:
        rows = count(splits["unlabelled"]["stop"] - splits["unlabelled"]["start"])
        section.sentences.append(say("submissions", rows=rows, dataset=study.result.dataset))
    columns = [say("split column"), study.heading("rows"), say("exact column"), say("near column")]
    rows = []
    for split, part in splits.items():
        copies = study.result.leak.get(split) or {"exact": None, "near": None}
        numbers = [cell("rows", number) for number in (part["stop"] - part["start"], *copies.values())]
        rows.append([study.split(split), *numbers])
    section.tables = [Table(say("caption leak"), columns, rows), _classes(study, splits)]
    return section


def _classes(study: Study, splits: dict) -> Table:
    """Pictures per class and labelled split."""
    say, classes = study.say, study.manifest["classes"]
    labelled = {split: part["per_class"] for split, part in splits.items() if split != "unlabelled"}
    rows = [
        [name, *(cell("rows", numbers[index]) for numbers in labelled.values())]
        for index, name in enumerate(classes)
    ]
    summary = say("show classes", count=len(classes)) if len(classes) > MANY else ""
    return Table(say("caption classes"), [say("class column"), *map(study.split, labelled)], rows, summary)


def methods(study: Study) -> list[str]:
    """How the numbers were made: sentences, for what there is in this study."""
    say, result = study.say, study.result
    sentences = [say("method selection", rows=count(result.splits["validation"]))]
    if "pooled" in result.splits:
        sentences.append(say("method pooled", rows=count(result.splits["pooled"])))
    sentences += [say("method seeds"), *answer.spread_checks(say, result.spread_checks)]
    if result.pairs or result.recipe_effects:
        sentences.append(say("method difference"))
        sentences.append(say("method holm"))
    if result.pairs:
        sentences.append(say("method crossing"))
    if any(len(curve.members) > 1 for curve in result.curves):
        negligible = say("points", value=f"{100 * NEGLIGIBLE:g}")
        sentences.append(say("method plateau", negligible=negligible))
    return sentences


def all_runs(study: Study) -> Table:
    """The table of runs."""
    say = study.say
    splits = [split for split in ("validation", "pooled") if split in study.splits]
    names = [*RUN_COLUMNS, *(f"accuracy_{split}" for split in study.splits)]
    names += [metric.column(split) for metric in OTHER_METRICS for split in splits]
    names = [name for name in names if study.runs[name].notna().any()]
    texts = {"recipe": "recipe column", "family": "family column", "status": "status column"}
    columns = [say(texts[name]) if name in texts else study.heading(name) for name in names]
    rows = []
    for run in study.runs.to_dict("records"):
        row = []
        for name in names:
            value = None if pd.isna(run[name]) else run[name]
            if name == "status":
                row.append(Cell(say(f"status {value}"), kind=f"status {value}"))
            else:
                row.append(value if name in texts else cell(name, value))
        rows.append(row)
    return Table(say("caption runs"), columns, rows)


def provenance(study: Study) -> tuple[list[str], list[Table]]:
    """Where the page comes from: sentences, and tables of versions and settings."""
    say, sha256 = study.say, study.manifest["source_sha256"]
    sentences = [say("data source", source=study.manifest["source"])]
    sentences.append(say("checksum", sha256=sha256) if sha256 else say("no checksum"))
    versions: dict[str, set[str]] = {}
    settings = {}
    for training in study.trainings:
        for package, version in training["versions"].items():
            versions.setdefault(package, set()).add(str(version))
        settings[training["run"]["recipe"]] = training["settings"]
    rows = [[package, ", ".join(sorted(numbers))] for package, numbers in sorted(versions.items())]
    tables = [Table(say("version"), [say("name column"), say("version")], rows)]
    for recipe, values in sorted(settings.items()):
        rows = [[name, json.dumps(value, sort_keys=True)] for name, value in sorted(values.items())]
        caption = say("caption recipe") + say("colon") + recipe
        tables.append(Table(caption, [say("setting"), say("value")], rows))
    return sentences, tables
