"""The four questions of the experiment."""

from collections.abc import Sequence

from widthwise.evaluation import aggregation
from widthwise.report import findings, units
from widthwise.report.language import count
from widthwise.report.parts import (
    Cell,
    Section,
    Study,
    Table,
    cell,
    difference_cells,
    difference_columns,
    ends,
    mean,
    with_interval,
)
from widthwise.report.sections import recipes
from widthwise.report.sections.data import OTHER_METRICS

COUNTS = ("params", "trainable_params", "non_trainable_params", "macs")
TIMES = 10  # as many parameters as the MobileNet make a large CNN


def large(study: Study) -> Section:
    """Question 1: a small MobileNet beside the CNN."""
    say, found = study.say, study.result["large_small"]
    is_large = any(pair["ratio"] >= TIMES for pair in found)
    section = Section("large", say("question large" if is_large else "question cnn"))
    for pair in found:
        *about, accuracies = findings.large_small(say, pair, study.result["networks"], study.final)
        section.sentences += [sentence for sentence in about if sentence not in section.sentences]
        section.sentences.append(findings.under(say, study.result, pair["recipe"], [accuracies]))
        members = pair["small"], pair["large"]
        columns = [say("quantity"), *(say.label(say.network(one)) for one in members)]
        rows = [[study.heading(name), *(cell(name, one[name]) for one in members)] for name in COUNTS]
        rows += [
            [study.heading(f"accuracy_{split}"), *(_accuracy(study, one, split) for one in members)]
            for split in study.splits
        ]
        caption = findings.under(say, study.result, pair["recipe"], [say("caption large")])
        section.tables.append(Table(caption, columns, rows))
    section.tables += [_layers(study, network) for network in study.result["networks"]]
    return section


def _accuracy(study: Study, member: dict, split: str) -> Cell:
    """The cell of a mean with its intervals over seeds and over images."""
    more = [study.say("over images", **ends(member["images"][split]))]
    if member["interval"][split]:
        more.insert(0, study.say("over seeds", **ends(member["interval"][split])))
    value = member["accuracy"][split]
    return Cell(units.number("accuracy", value), value, "number", tuple(more))


def _layers(study: Study, network: dict) -> Table:
    say = study.say
    columns = [say("layer column"), say("output column"), *map(study.heading, COUNTS)]
    rows = [
        [row["layer"], Cell("×".join(map(str, row["output"])), kind="number")]
        + [cell(name, row[name]) for name in COUNTS]
        for row in network["layers"]
    ]
    name = say.network(network)
    caption = say("caption layers", network=name, params=count(network["params"]))
    return Table(caption, columns, rows, summary=say("show layers", network=name))


def curves(study: Study, section_id: str, families: Sequence[str]) -> Section:
    """Questions 2 and 3: accuracy by parameters of some families."""
    section = study.section(section_id)
    for its in study.result["curves"]:
        if its["family"] in families:
            sentences = findings.curve(study.say, its["members"], its["splits"]["validation"], "validation")
            section.sentences.append(findings.under(study.say, study.result, its["recipe"], sentences))
            section.tables.append(_networks(study, its))
    return section


def _networks(study: Study, its: dict) -> Table:
    say = study.say
    splits = [split for split in ("validation", "pooled") if split in study.splits]
    accuracies = [f"accuracy_{split}" for split in splits]
    others = [metric.column(study.final) for metric in OTHER_METRICS]
    columns = [*map(study.heading, ["width", "params", *accuracies, *others, "macs", "seeds"])]
    summary = aggregation.summary_table(study.runs).set_index(aggregation.NETWORK)
    rows = []
    for one in its["members"]:
        network = summary.loc[(its["recipe"], its["family"], one["width"])]
        row = [cell(name, one[name]) for name in ("width", "params")]
        row += [mean(one, split) for split in splits]
        row += [with_interval(name, *network[[name, f"{name}_low", f"{name}_high"]]) for name in others]
        rows.append([*row, cell("macs", one["macs"]), cell("seeds", len(one["seeds"]))])
    caption = say("caption networks", family=say.family(its["family"]))
    return Table(caption + say("comma") + say("recipe", recipe=its["recipe"]), columns, rows)


def equal(study: Study) -> Section:
    """Question 4: the families at equal size, under each recipe and under all of them."""
    section = study.section("equal")
    for found in study.result["pairs"]:
        sentences = [
            findings.pair(study.say, found, study.final),
            findings.crossing(study.say, found, study.final),
            *findings.why(study.say, found, study.final),
        ]
        section.sentences.append(findings.under(study.say, study.result, found["recipe"], sentences))
        if found["budgets"]:
            section.tables.append(_budgets(study, found))
    for found in study.result["recipe_pairs"]:
        section.sentences += findings.recipe_pair(study.say, found, study.final)
    if section.sentences:
        section.sentences += findings.claims(study.say, study.result)
    section.tables += recipes.side_by_side(study)
    return section


def _budgets(study: Study, found: dict) -> Table:
    say = study.say
    columns = [study.heading("params"), *(study.family(found[name]) for name in ("family", "control"))]
    rows = []
    for budget in found["budgets"]:
        its = budget["splits"][study.final]
        accuracies = (cell("accuracy", its[name]) for name in ("family", "control"))
        rows.append([cell("params", budget["params"]), *accuracies, *difference_cells(say, its)])
    names = {name: say.family(found[name]) for name in ("family", "control")}
    recipe = say("recipe", recipe=found["recipe"])
    caption = say("caption budgets", split=say.split(study.final), recipe=recipe, **names)
    return Table(say.label(caption), [*columns, *difference_columns(say)], rows)
