"""What the results say of recipes: of one network's accuracy, and of the verdicts on families."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from widthwise.evaluation.results import Budget, Comparison, RecipeEffect, RecipePair
from widthwise.report.findings.families import detectable
from widthwise.report.language import Language, count


def under(say: Language, result: Comparison, recipe: str, sentences: Iterable[str]) -> str:
    """Sentences as one text that names its recipe where there are several."""
    text = say.text(sentences)
    if len(result.recipes) == 1:
        return text
    return say.label(say("recipe", recipe=recipe)) + say("colon") + text


def epochs(runs: pd.DataFrame) -> dict[str, int]:
    """How many epochs the longest training of each recipe had. runs: runs.csv."""
    return runs.groupby("recipe").epochs.max().dropna().astype(int).to_dict()


def with_epochs(say: Language, recipe: str, epochs: dict[str, int]) -> str:
    """A recipe with the number of its epochs beside it. epochs: as ``epochs`` gives them."""
    return say("recipe epochs", recipe=recipe, epochs=count(epochs[recipe]))


def alone(result: Comparison) -> bool:
    """Whether recipes are all that a study compares: neither families at equal size nor sizes of a family."""
    families = result.large_small or any(pair.budgets for pair in result.pairs)
    sizes = any(len(curve.members) > 1 for curve in result.curves)
    return bool(result.recipe_effects) and not families and not sizes


def effects_by_network(result: Comparison) -> list[list[RecipeEffect]]:
    """The effects of recipes, those of one network together."""
    found: dict[tuple[str, float], list[RecipeEffect]] = {}
    for effect in result.recipe_effects:
        found.setdefault((effect.base.family, effect.base.width), []).append(effect)
    return list(found.values())


def reached(say: Language, result: Comparison, effects: Iterable[RecipeEffect]) -> str:
    """What one network reaches on validation under each recipe, in the order of the sweep: a sentence."""
    members = {
        member.recipe: member
        for effect in effects
        for member in (effect.base, *(other.member for other in effect.others))
    }
    parts = [
        say("recipe reached", recipe=recipe, accuracy=say.percent(members[recipe].accuracy["validation"]))
        for recipe in sorted(members, key=result.recipes.index)
    ]
    network = say.network(next(iter(members.values())))
    return say("recipes reached", network=network, recipes=say.joined(parts))


def effect(say: Language, effect: RecipeEffect) -> str:
    """What other recipes do to one network's validation accuracy: one sentence."""
    sides: dict[str, list[str]] = {}
    for other in effect.others:
        change = other.splits["validation"]
        key = "recipe by" if change.reason != "not distinguishable" else "recipe by unclear"
        least = {} if change.detectable is None else {"least": say.least(change.detectable)}
        named = say(key, recipe=other.member.recipe, difference=say.points(change.difference), **least)
        sides.setdefault(change.reason or change.verdict, []).append(named)
    parts = [
        say(f"effect {side}", recipes=say.joined(sides[side]))
        for side in ("ahead", "behind", "not distinguishable", "one seed")
        if side in sides
    ]
    values = {"network": say.network(effect.base), "base": effect.base.recipe}
    return say("recipe effect", effects=say("semicolon").join(parts), **values)


def pair(say: Language, pair: RecipePair, split: str) -> list[str]:
    """Whether another recipe turns the verdicts at equal size: sentences, for each size."""
    sentences = []
    for budget in pair.budgets:
        base, other, change = (each[split] for each in (budget.base, budget.other, budget.change))
        sentences.append(
            say(
                "recipe pair",
                params=count(budget.params),
                base=pair.base,
                base_verdict=say(f"verdict {base.verdict}"),
                base_difference=say.points(base.difference),
                other=pair.other,
                other_verdict=say(f"verdict {other.verdict}"),
                other_difference=say.points(other.difference),
                change=say.points(change.difference),
                effect=say(f"recipe pair {budget.effect[split]}"),
                **say.interval(change.low, change.high),
                **say.families(pair),
            )
        )
        sentences += detectable(say, [(budget.params, change)])
    return sentences


@dataclass
class SharedBudget:
    """A pair of networks that several recipes compare at equal size; params: under the first of them."""

    family: str
    control: str
    params: int
    recipes: dict[str, Budget] = field(default_factory=dict)


def shared_budgets(result: Comparison) -> list[SharedBudget]:
    """The pairs of networks that several recipes compare at equal size."""
    by_networks: dict[tuple, SharedBudget] = {}
    for pair in result.pairs:
        for budget in pair.budgets:
            networks = (pair.family, pair.control, budget.family.width, budget.control.width)
            shared = by_networks.setdefault(networks, SharedBudget(pair.family, pair.control, budget.params))
            shared.recipes[pair.recipe] = budget
    return [shared for shared in by_networks.values() if len(shared.recipes) > 1]


def clearest_effect(result: Comparison, shared: SharedBudget) -> str | None:
    """Whether another recipe changes a verdict, the clearest of several: a RecipeBudget's effect, or None."""
    sizes = {budget.params for budget in shared.recipes.values()}
    effects = {
        budget.effect[result.final]
        for pair in result.recipe_pairs
        for budget in pair.budgets
        if (pair.family, pair.control) == (shared.family, shared.control) and budget.params in sizes
    }
    return next((each for each in ("turns", "changes", "inconclusive", "stays") if each in effects), None)


def changes(say: Language, result: Comparison, runs: pd.DataFrame) -> list[str]:
    """Which verdicts depend on the recipe: a sentence, or none where no two recipes share a verdict."""
    final, pairs = result.final, [pair for pair in result.recipe_pairs if pair.budgets]
    if not pairs:
        return []
    length = epochs(runs)
    names = {name for pair in pairs for name in (pair.base, pair.other)}
    recipes = [
        with_epochs(say, name, length) for name in sorted(names, key=lambda name: (length[name], name))
    ]
    effects = [budget.effect[final] for pair in pairs for budget in pair.budgets]
    sizes: dict[tuple[str, str, str], list[str]] = {}  # by families, and the verdicts under the two recipes
    for pair in pairs:
        for budget in pair.budgets:
            if budget.effect[final] in ("turns", "changes"):
                verdicts = [
                    say("verdict by", verdict=say(f"verdict {difference[final].verdict}"), recipe=recipe)
                    for recipe, difference in ((pair.base, budget.base), (pair.other, budget.other))
                ]
                change = (say.family(pair.family), say.family(pair.control), say("joined").join(verdicts))
                sizes.setdefault(change, []).append(count(budget.params))
    told = [
        say("verdict changes", family=family, control=control, verdicts=verdicts, params=say.joined(params))
        for (family, control, verdicts), params in sizes.items()
    ]
    values = {
        "recipes": say.joined(recipes),
        "count": count(len(effects)),
        "unclear": count(effects.count("inconclusive")),
    }
    if not told:
        return [say("no change", **values)]
    changed = count(sum(map(len, sizes.values())))
    return [say("some change", changed=changed, changes=say("semicolon").join(told), **values)]
