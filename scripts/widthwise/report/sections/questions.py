"""The four questions of the experiment."""

from collections.abc import Sequence

from widthwise.evaluation import aggregation
from widthwise.evaluation.results import Curve, Member, Network, Pair
from widthwise.report import units
from widthwise.report.findings import claims
from widthwise.report.findings import families as family_findings
from widthwise.report.findings import recipes as recipe_findings
from widthwise.report.findings.recipes import under
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
    without_empty,
)
from widthwise.report.sections import recipes
from widthwise.report.sections.data import OTHER_METRICS

COUNTS = ("params", "trainable_params", "non_trainable_params", "macs")
TIMES = 10  # as many parameters as the MobileNet make a large CNN


def large(study: Study) -> Section:
    """Question 1: a small MobileNet beside the CNN."""
    say, pairs = study.say, study.result.large_small
    is_large = any(pair.ratio >= TIMES for pair in pairs)
    section = Section("large", say("question large" if is_large else "question cnn"))
    for pair in pairs:
        *about, accuracies = family_findings.large_small(say, pair, study.result.networks, study.final)
        section.sentences += [sentence for sentence in about if sentence not in section.sentences]
        section.sentences.append(under(say, study.result, pair.recipe, [accuracies]))
        members = pair.small, pair.large
        columns = [say("quantity"), *(say.label(say.network(member)) for member in members)]
        rows = [
            [study.heading(name), *(cell(name, getattr(member, name)) for member in members)]
            for name in COUNTS
        ]
        rows += [
            [study.heading(f"accuracy_{split}"), *(_accuracy(study, member, split) for member in members)]
            for split in study.splits
        ]
        caption = under(say, study.result, pair.recipe, [say("caption large")])
        section.tables.append(Table(caption, columns, rows))
    section.tables += [_layers(study, network) for network in study.result.networks]
    return section


def _accuracy(study: Study, member: Member, split: str) -> Cell:
    """The cell of a mean with its intervals over seeds and over images."""
    more = [study.say("over images", **ends(member.images[split]))]
    if interval := member.interval[split]:
        more.insert(0, study.say("over seeds", **ends(interval)))
    value = member.accuracy[split]
    return Cell(units.number("accuracy", value), value, "number", tuple(more))


def _layers(study: Study, network: Network) -> Table:
    say = study.say
    columns = [say("layer column"), say("output column"), *map(study.heading, COUNTS)]
    rows = [
        [row["layer"], Cell("×".join(map(str, row["output"])), kind="number")]
        + [cell(name, row[name]) for name in COUNTS]
        for row in network.layers
    ]
    name = say.network(network)
    caption = say("caption layers", network=name, params=count(network.params))
    return Table(caption, columns, rows, summary=say("show layers", network=name))


def curves(study: Study, name: str, families: Sequence[str]) -> Section:
    """Questions 2 and 3: accuracy by parameters of some families. name: of the section."""
    section = study.section(name)
    for curve in study.result.curves:
        if curve.family in families:
            sentences = family_findings.curve(
                study.say, curve.members, curve.splits["validation"], "validation"
            )
            section.sentences.append(under(study.say, study.result, curve.recipe, sentences))
            section.tables.append(_networks(study, curve))
    return section


def _networks(study: Study, curve: Curve) -> Table:
    say = study.say
    splits = [split for split in ("validation", "pooled") if split in study.splits]
    accuracies = [f"accuracy_{split}" for split in splits]
    others = [metric.column(study.final) for metric in OTHER_METRICS]
    columns = [*map(study.heading, ["width", "params", *accuracies, *others, "macs", "seeds"])]
    summary = aggregation.summary_table(study.runs).set_index(aggregation.NETWORK)
    rows = []
    for member in curve.members:
        network = summary.loc[(curve.recipe, curve.family, member.width)]
        row = [cell("width", member.width), cell("params", member.params)]
        row += [mean(member, split) for split in splits]
        row += [with_interval(name, *network[[name, f"{name}_low", f"{name}_high"]]) for name in others]
        rows.append([*row, cell("macs", member.macs), cell("seeds", len(member.seeds))])
    caption = say("caption networks", family=say.family(curve.family))
    return Table(caption + say("comma") + say("recipe", recipe=curve.recipe), columns, rows)


def equal(study: Study) -> Section:
    """Question 4: the families at equal size, under each recipe and under all of them."""
    say, final = study.say, study.final
    section = study.section("equal")
    for pair in study.result.pairs:
        sentences = [
            family_findings.pair(say, pair, final),
            family_findings.crossing(say, pair, final),
            *family_findings.why(say, pair, final),
        ]
        section.sentences.append(under(say, study.result, pair.recipe, sentences))
        if pair.budgets:
            section.tables.append(_budgets(study, pair))
    for recipe_pair in study.result.recipe_pairs:
        section.sentences += recipe_findings.pair(say, recipe_pair, final)
    if section.sentences:
        section.sentences += claims.sentences(say, study.result)
    section.tables += recipes.side_by_side(study)
    return section


def _budgets(study: Study, pair: Pair) -> Table:
    say = study.say
    columns = [study.heading("params"), study.family(pair.family), study.family(pair.control)]
    rows = []
    for budget in pair.budgets:
        difference = budget.splits[study.final]
        accuracies = (cell("accuracy", accuracy) for accuracy in (difference.family, difference.control))
        rows.append([cell("params", budget.params), *accuracies, *difference_cells(say, difference)])
    recipe = say("recipe", recipe=pair.recipe)
    caption = say("caption budgets", split=say.split(study.final), recipe=recipe, **say.families(pair))
    return without_empty(Table(say.label(caption), [*columns, *difference_columns(say)], rows))
