"""What the results say of the whole study: the headline, the network to take, what is missing or a copy."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from widthwise.evaluation.results import Comparison, Pair, Runs, SpreadCheck
from widthwise.evaluation.statistics import holm
from widthwise.report import units
from widthwise.report.findings import families, recipes
from widthwise.report.language import Language, count


def headline(say: Language, result: Comparison, runs: pd.DataFrame) -> list[str]:
    """The answer in a few sentences: pairs with their crossings, and what to hold against them.

    runs: runs.csv.
    """
    final, pairs = result.final, main_pairs(result)
    if recipes.alone(result):
        sentences = []
        for effects in recipes.effects_by_network(result):
            sentences.append(recipes.reached(say, result, effects))
            sentences += [recipes.effect(say, effect) for effect in effects]
    elif pairs:
        sentences = [_answer(say, result, pair) for pair in pairs]
    elif result.recipe_effects:
        sentences = [recipes.effect(say, effect) for effect in result.recipe_effects]
    else:
        sentences = [*(choice(say, result)[:1] if result.best else []), say("no pair")]
    if final == "validation":
        sentences.append(say("only validation"))
    finished = runs[runs.status == "finished"]
    learning = (finished.best_epoch == finished.epochs).sum()
    if told := recipes.changes(say, result, runs):
        sentences += told
    elif pairs and 2 * learning > len(finished):
        sentences.append(say("still learning", count=count(learning), finished=count(len(finished))))
    return [*sentences, say("stand-in")] if result.stand_in else sentences


def _answer(say: Language, result: Comparison, pair: Pair) -> str:
    sentences = [families.pair(say, pair, result.final)]
    if pair.crossing[result.final].status.startswith("crosses"):
        sentences.append(families.crossing(say, pair, result.final))
    return recipes.under(say, result, pair.recipe, sentences)


def main_pairs(result: Comparison) -> list[Pair]:
    """The pairs that the headline speaks of: the first family against every control.

    Of several recipes, the first with the most sizes in common.
    """
    by_recipe: dict[str, list[Pair]] = {}
    for pair in first_pairs(result):
        by_recipe.setdefault(pair.recipe, []).append(pair)
    return max(by_recipe.values(), key=lambda pairs: sum(len(pair.budgets) for pair in pairs), default=[])


def first_pairs(result: Comparison) -> list[Pair]:
    """The pairs of the first family with every control, under every recipe."""
    return [pair for pair in result.pairs if pair.family == result.families[0]]


def choice(say: Language, result: Comparison, human_agreement: dict[str, Any] | None = None) -> list[str]:
    """The best network by validation, and against people: sentences.

    human_agreement: as in the configuration's ``report``.
    """
    best, final = result.best, result.final
    network = say.network(best)
    if len(result.recipes) > 1:
        network = say("under recipe", network=network, recipe=best.recipe)
    values = {"network": network, "params": count(best.params)}
    values["validation"] = say.percent(best.accuracy["validation"])
    if final == "pooled":
        sentences = [say("best tested", test=say.percent(best.accuracy[final]), **values)]
    else:
        sentences = [say("best", **values)]
    if human_agreement:
        human, plus_minus = human_agreement["accuracy"], human_agreement["plus_minus"]
        difference = best.accuracy[final] - human
        side = "within" if abs(difference) <= plus_minus else "above" if difference > 0 else "below"
        sentences.append(say(f"human {side}", human=say.percent(human), plus_minus=say.percent(plus_minus)))
        low, high = best.interval[final] or (best.accuracy[final],) * 2
        if any(low < end < high for end in (human - plus_minus, human + plus_minus)):
            sentences.append(say("human edge", low=say.percent(low), high=say.percent(high)))
    return sentences


def missing(say: Language, runs: Runs) -> str:
    """Which planned runs did not finish: one sentence."""
    if not runs.missing:
        return say("all finished", planned=count(runs.planned))
    names = [
        say(
            "missing run because" if run.reason else "missing run",
            run=run.name,
            status=say(f"status {run.status}"),
            reason=run.reason,
        )
        for run in runs.missing
    ]
    numbers = {"planned": count(runs.planned), "finished": count(runs.finished)}
    return say("some missing", missing=say("joined").join(names), **numbers)


def leak(say: Language, result: Comparison, changes: Iterable[float]) -> list[str]:
    """How many pictures have a copy in Training, and what that does to the accuracies: sentences.

    changes: pooled accuracy less that without copies, per run, NaN where it did not finish.
    """
    sentences = []
    for split, copies in result.leak.items():
        key = "leak" if any(copies.values()) else "leak none"
        numbers = {kind: count(number) for kind, number in copies.items()}
        name = units.split(split, result.splits, say.name)
        sentences.append(say(key, split=name, rows=count(result.splits[split]), **numbers))
    known = [abs(change) for change in changes if not units.is_missing(change)]
    if known and any(sum(copies.values()) for copies in result.leak.values()):
        sentences.append(say("without copies", change=say("points", value=f"{100 * max(known):.1f}")))
    return sentences


def spread_checks(say: Language, checks: Sequence[SpreadCheck]) -> list[str]:
    """Whether networks of one size vary alike over seeds: a sentence, or none."""
    tested = [check.p for check in checks if check.p is not None]
    differing = sum(p < 0.05 for p in holm(tested))
    return [say("method spread", differing=differing, sizes=len(tested))] if tested else []
