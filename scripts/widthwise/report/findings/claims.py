"""What the results say of the published study's claims."""

from collections.abc import Sequence

from widthwise.evaluation import claims
from widthwise.evaluation.results import Comparison, Curve, LargeSmall, Pair
from widthwise.report.findings.recipes import under
from widthwise.report.language import Language, count


def sentences(say: Language, result: Comparison) -> list[str]:
    """Each published claim: confirmed, refuted or left open; none without the published study's families.

    What is the same under all recipes is said once.
    """
    told: dict[str, dict[str, list[str]]] = {}  # by claim and recipe
    for claim in claims.claims(result):
        verdict = say("claim", claim=say(f"claim {claim.name}"), verdict=say(f"claim {claim.verdict}"))
        evidence = _evidence(say, claim, result.final)
        reason = [say(f"open {claim.reason}")] if claim.reason else []
        told.setdefault(claim.name, {})[claim.recipe] = [verdict, *evidence, *reason]
    texts = []
    for by_recipe in told.values():
        first, *others = by_recipe.values()
        if all(other == first for other in others):
            texts.append(say.text(first))
        else:
            texts += [under(say, result, recipe, said) for recipe, said in by_recipe.items()]
    return texts


def _evidence(say: Language, claim: claims.Claim, final: str) -> list[str]:
    match claim.name:
        case "large":
            return _large(say, claim.evidence, final)
        case "few":
            return _few(say, claim.evidence, final)
    return _growth(say, claim.evidence)


def _large(say: Language, rows: Sequence[LargeSmall], final: str) -> list[str]:
    return [
        say(
            "evidence large",
            ratio=count(row.ratio),
            split=say.split(final),
            difference=say.points(-row.splits[final].difference),
            **say.interval(-row.splits[final].high, -row.splits[final].low),
        )
        for row in rows
    ]


def _few(say: Language, pairs: Sequence[Pair], final: str) -> list[str]:
    sizes = [
        say(
            "evidence size",
            params=count(budget.params),
            difference=say.points(budget.splits[final].difference),
            **say.interval(budget.splits[final].low, budget.splits[final].high),
        )
        for pair in pairs
        for budget in pair.budgets
        if budget.params <= claims.FEW
    ]
    return [say("evidence few", sizes=say.joined(sizes), split=say.split(final))] if sizes else []


def _growth(say: Language, curves: Sequence[Curve]) -> list[str]:
    ends = [
        say(
            "evidence curve",
            family=say.family(curve.family),
            params=count(plateau.params),
            largest=count(plateau.largest_params),
            difference=say.points(plateau.gain),
            **say.interval(plateau.low, plateau.high),
        )
        for curve in curves
        if (plateau := curve.splits["validation"]).gain is not None
    ]
    return [say("evidence growth", curves=say("semicolon").join(ends))] if ends else []
