"""What recipes change: of one network's accuracy, and of the verdicts on families."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from widthwise.evaluation.results import Member, Pair
from widthwise.evaluation.selection import best_within
from widthwise.report import units
from widthwise.report.findings import recipes as findings
from widthwise.report.findings.recipes import SharedBudget
from widthwise.report.language import count
from widthwise.report.parts import (
    Cell,
    Section,
    Study,
    Table,
    cell,
    difference_cells,
    difference_columns,
    mean,
    nothing,
    sizes,
    verdict,
    without_empty,
)
from widthwise.study.config import complete_recipe
from widthwise.study.recipes import changes


def effects(study: Study) -> Section:
    """Each network's recipes, each against one before it, on validation, and what int8 leaves of the best."""
    say, section = study.say, study.section("recipes")
    splits = list(dict.fromkeys(["validation", study.final]))
    columns = [say("recipe column"), *(study.heading(f"accuracy_{split}") for split in splits)]
    columns += difference_columns(say)
    empty = [nothing(), nothing(), nothing(), ""]  # no difference
    for of_network in findings.effects_by_network(study.result):
        section.sentences += [findings.effect(say, effect) for effect in of_network]
        first = of_network[0].base
        rows = [[*_trained(study, first, splits), *empty]]
        steps = [(effect.base, other) for effect in of_network for other in effect.others]
        for base, other in sorted(steps, key=lambda step: study.result.recipes.index(step[1].member.recipe)):
            difference, *rest = difference_cells(say, other.splits["validation"])
            difference = replace(difference, more=(say("against", base=base.recipe),))
            rows.append([*_trained(study, other.member, splits, base), difference, *rest])
        rows += [[*int8, *empty] for int8 in _int8(study, first, splits)]
        caption = say("caption recipes", network=say.network(first))
        section.tables.append(without_empty(Table(say.label(caption), columns, rows)))
    return section


def _trained(study: Study, member: Member, splits: Sequence[str], base: Member | None = None) -> list[Cell]:
    """The cells of a recipe: its seeds, what it changes of another, and the accuracies."""
    seeds = study.say.joined([str(seed) for seed in member.seeds])
    more = [study.say("trained seeds", seeds=seeds, count=len(member.seeds))]
    if base:
        more += _changes(study, base.recipe, member.recipe)
    return [Cell(member.recipe, more=tuple(more)), *(mean(member, split) for split in splits)]


def _int8(study: Study, base: Member, splits: Sequence[str]) -> Iterator[list[Cell]]:
    """The cells of a network's int8 file that validates best, of any recipe; none where there is no file."""
    files = study.exports
    files = files[(files.family == base.family) & (files.width == base.width)]
    best = best_within(files[files.format == "int8"], float("inf"))
    if best is None:
        return
    whole = files[(files.run == best.run) & (files.format == "float32")].iloc[0]
    of = study.say(
        "int8 of",
        run=best.run,
        accuracy=study.say.percent(whole.accuracy_validation),
        bytes=units.number("bytes", best.bytes),
    )
    accuracies = (f"accuracy_{split}" for split in splits)
    yield [Cell("int8", more=(of,)), *(cell(name, best[name]) for name in accuracies)]


def side_by_side(study: Study) -> list[Table]:
    """For each size at which several recipes trained the same pairs of networks: what each found."""
    shared = findings.shared_budgets(study.result)
    return [
        _size(study, [budget for budget in shared if budget.params in size])
        for size in sizes(budget.params for budget in shared)
    ]


def _size(study: Study, shared: list[SharedBudget]) -> Table:
    """A row per network and per pair, a column per recipe. shared: of one size."""
    say, final = study.say, study.final
    epochs = findings.epochs(study.runs)
    recipes = sorted(
        {recipe for pair in shared for recipe in pair.recipes}, key=lambda name: (epochs[name], name)
    )
    networks: dict[tuple, dict[str, Member]] = {}
    for pair in shared:
        for recipe, budget in pair.recipes.items():
            for member in (budget.family, budget.control):
                networks.setdefault((member.family, member.width), {})[recipe] = member
    rows: list[list] = []
    for (family, _), members in networks.items():
        params = next(iter(members.values())).params
        name = Cell(study.family(family), more=(say("params", params=count(params)),))
        cells = [mean(members[recipe], final) if recipe in members else nothing() for recipe in recipes]
        accuracies = [members[recipe].accuracy[final] for recipe in recipes if recipe in members]
        gain = accuracies[-1] - accuracies[0]
        rows.append([name, *cells, Cell(say.signed(gain), gain, "number")])
    for pair in shared:
        cells = [
            verdict(say, pair.recipes[recipe].splits[final])
            if recipe in pair.recipes
            else Cell(units.MISSING, kind="verdict")
            for recipe in recipes
        ]
        effect = findings.clearest_effect(study.result, pair)
        rows.append([versus(study, pair), *cells, say(effect) if effect else units.MISSING])
    params = count(sum(pair.params for pair in shared) / len(shared))
    caption = say("caption side by side", params=params, split=say.split(final))
    headings = [findings.with_epochs(say, recipe, epochs) for recipe in recipes]
    return Table(caption, [say("network column"), *headings, say("change column")], rows)


def versus(study: Study, pair: Pair | SharedBudget) -> str:
    """Two families that are compared, by name."""
    return f"{study.family(pair.family)} – {study.family(pair.control)}"


def _changes(study: Study, base: str, recipe: str) -> list[str]:
    """The settings in which a recipe differs from another, in words."""
    before, after = (
        complete_recipe(next(each["settings"] for each in study.trainings if each["run"]["recipe"] == name))
        for name in (base, recipe)
    )
    said = []
    for name, (instead_of, value) in changes(before, after).items():
        key = "setting added" if instead_of is None else "setting left out" if value is None else "instead of"
        said.append(study.say(key, name=name, value=_written(value), base=_written(instead_of)))
    return said


def _written(value: object) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, dict):
        parts = ((name, _written(inner), isinstance(inner, dict)) for name, inner in value.items())
        return ", ".join(f"{name} ({inner})" if group else f"{name} {inner}" for name, inner, group in parts)
    if isinstance(value, list):
        return " + ".join(map(_written, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)
