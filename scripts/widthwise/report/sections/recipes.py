"""What recipes change: of one network's accuracy, and of the verdicts on families."""

import json

from widthwise.report import findings, units
from widthwise.report.language import count
from widthwise.report.parts import (
    Cell,
    Section,
    Study,
    Table,
    difference_cells,
    difference_columns,
    mean,
    nothing,
    sizes,
    verdict,
)


def effects(study: Study) -> Section:
    """Each recipe against the first, network by network, on validation."""
    say = study.say
    section = study.section("recipes")
    columns = [say("recipe column"), study.heading("accuracy_validation"), *difference_columns(say)]
    for found in study.result["recipe_effects"]:
        section.sentences.append(findings.recipe_effect(say, found))
        base = found["base"]
        rows = [[base["recipe"], mean(base, "validation"), nothing(), nothing(), nothing(), ""]]
        for other in found["others"]:
            recipe = other["member"]["recipe"]
            row = [Cell(recipe, more=tuple(_changes(study, base["recipe"], recipe)))]
            row.append(mean(other["member"], "validation"))
            rows.append([*row, *difference_cells(say, other["splits"]["validation"])])
        caption = say("caption recipes", network=say.network(base), base=base["recipe"])
        section.tables.append(Table(say.label(caption), columns, rows))
    return section


def side_by_side(study: Study) -> list[Table]:
    """For each size at which several recipes trained the same pairs of networks: what each found."""
    shared = findings.shared_budgets(study.result)
    return [
        _size(study, [one for one in shared if one["params"] in size])
        for size in sizes(one["params"] for one in shared)
    ]


def _size(study: Study, shared: list[dict]) -> Table:
    """A row per network and per pair, a column per recipe. shared: of one size."""
    say, final = study.say, study.final
    epochs = findings.epochs(study.runs)
    recipes = sorted(
        {recipe for one in shared for recipe in one["recipes"]}, key=lambda name: (epochs[name], name)
    )
    networks: dict[tuple, dict[str, dict]] = {}
    for one in shared:
        for recipe, budget in one["recipes"].items():
            for member in (budget["family"], budget["control"]):
                networks.setdefault((member["family"], member["width"]), {})[recipe] = member
    rows: list[list] = []
    for (family, _), members in networks.items():
        name = Cell(study.family(family), more=(say("params", params=count(_first(members)["params"])),))
        cells = [mean(members[recipe], final) if recipe in members else nothing() for recipe in recipes]
        accuracies = [members[recipe]["accuracy"][final] for recipe in recipes if recipe in members]
        gain = accuracies[-1] - accuracies[0]
        rows.append([name, *cells, Cell(say.signed(gain), gain, "number")])
    for one in shared:
        its = {recipe: budget["splits"][final] for recipe, budget in one["recipes"].items()}
        cells = [
            verdict(say, its[recipe]) if recipe in its else Cell(units.MISSING, kind="verdict")
            for recipe in recipes
        ]
        effect = findings.effect(study.result, one)
        rows.append([versus(study, one), *cells, say(effect) if effect else units.MISSING])
    params = count(sum(one["params"] for one in shared) / len(shared))
    caption = say("caption side by side", params=params, split=say.split(final))
    headings = [say("recipe epochs", recipe=recipe, epochs=count(epochs[recipe])) for recipe in recipes]
    return Table(caption, [say("network column"), *headings, say("change column")], rows)


def versus(study: Study, pair: dict) -> str:
    """Two families that are compared, by name; pair: with family and control."""
    return " – ".join(study.family(pair[name]) for name in ("family", "control"))


def _first(values: dict) -> dict:
    return next(iter(values.values()))


def _changes(study: Study, base: str, recipe: str) -> list[str]:
    """The settings in which a recipe differs from another."""
    before, after = (
        _flat(next(one["settings"] for one in study.trainings if one["run"]["recipe"] == name))
        for name in (base, recipe)
    )
    return [
        study.say("instead of", name=name, value=_written(value), base=_written(before.get(name)))
        for name, value in after.items()
        if before.get(name) != value
    ]


def _flat(settings: dict) -> dict:
    """Settings without levels: {"augmentation.flip": True}; a distillation counts as one setting."""
    flat = {}
    for name, value in settings.items():
        if isinstance(value, dict) and name != "distillation":
            flat |= {f"{name}.{inner}": its for inner, its in value.items()}
        else:
            flat[name] = value
    return flat


def _written(value) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(inner)}" for name, inner in value.items())
    return value if isinstance(value, str) else json.dumps(value)
