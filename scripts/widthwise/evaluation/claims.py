"""What the published study said, held against a comparison: confirmed, refuted or left open."""

from dataclasses import dataclass, field
from typing import Any

from widthwise.evaluation.results import Comparison

RATIO = (
    100  # from how many times the parameters on a CNN is as large beside the MobileNet as the published one
)
POINTS, MARGIN = 0.04, 0.02  # the published gain of the large CNN, and what counts as as much
FEW = 100_000  # "few parameters": up to the second of the three published sizes
FAR = 200_000  # how far a curve must reach to be set beside the published ones, which end at 250,000


@dataclass(frozen=True)
class Claim:
    """A published claim under one recipe.

    name: "large" (300 times the parameters for 4 points), "few" (MobileNet ahead where parameters are few and
    equal), "growth" (MobileNet levels off while the CNN goes on); verdict: "confirmed", "refuted", "open";
    reason: why it is open ("absent": the study has not what it speaks of; "one seed"; "not distinguishable";
    "mixed"); evidence: the parts of the comparison that it rests on: one of ``large_small``, of ``pairs``,
    or the two ``curves``.
    """

    name: str
    recipe: str
    verdict: str
    reason: str | None = None
    evidence: list[Any] = field(default_factory=list)


def claims(comparison: Comparison) -> list[Claim]:
    """The claims under each recipe; none where the study has no MobileNet or no CNN."""
    if not {"mobilenet", "cnn"} <= set(comparison.families):
        return []
    return [
        claim
        for recipe in comparison.recipes
        for claim in (_large(comparison, recipe), _few(comparison, recipe), _growth(comparison, recipe))
    ]


def _large(comparison: Comparison, recipe: str) -> Claim:
    rows = [row for row in comparison.large_small if row.recipe == recipe and row.ratio >= RATIO]
    if not rows:
        return Claim("large", recipe, "open", "absent")
    difference = rows[0].splits[comparison.final]
    if difference.reason == "one seed":
        return Claim("large", recipe, "open", "one seed", rows)
    low, high = -difference.high, -difference.low  # what the CNN gains
    least, most = POINTS - MARGIN, POINTS + MARGIN
    if least <= low and high <= most:
        return Claim("large", recipe, "confirmed", None, rows)
    if high < least or low > most:
        return Claim("large", recipe, "refuted", None, rows)
    return Claim("large", recipe, "open", "not distinguishable", rows)


def _few(comparison: Comparison, recipe: str) -> Claim:
    pairs = [
        pair
        for pair in comparison.pairs
        if (pair.recipe, pair.family, pair.control) == (recipe, "mobilenet", "cnn")
    ]
    verdicts = {
        budget.splits[comparison.final].verdict
        for pair in pairs
        for budget in pair.budgets
        if budget.params <= FEW
    }
    if not verdicts:
        return Claim("few", recipe, "open", "absent")
    if {"ahead", "behind"} <= verdicts:
        return Claim("few", recipe, "open", "mixed", pairs)
    if "behind" in verdicts:
        return Claim("few", recipe, "refuted", None, pairs)
    if verdicts == {"ahead"}:
        return Claim("few", recipe, "confirmed", None, pairs)
    return Claim("few", recipe, "open", "not distinguishable", pairs)


def _growth(comparison: Comparison, recipe: str) -> Claim:
    curves = [
        next((curve for curve in comparison.curves if (curve.recipe, curve.family) == name), None)
        for name in ((recipe, "mobilenet"), (recipe, "cnn"))
    ]
    if None in curves or any(len(curve.members) < 2 or curve.members[-1].params < FAR for curve in curves):
        return Claim("growth", recipe, "open", "absent")
    ends = [curve.splits["validation"] for curve in curves]
    mobilenet, cnn = (end.status for end in ends)
    if mobilenet in ("levels off", "falls") and cnn == "rising":
        return Claim("growth", recipe, "confirmed", None, curves)
    if mobilenet == "rising" or cnn in ("levels off", "falls"):
        return Claim("growth", recipe, "refuted", None, curves)
    reason = "one seed" if any(end.reason == "one seed" for end in ends) else "not distinguishable"
    return Claim("growth", recipe, "open", reason, curves)
