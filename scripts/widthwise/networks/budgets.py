"""The width at which a family comes closest to a number of parameters."""

from widthwise.networks import check, counts
from widthwise.plumbing.errors import UserError

BUDGET_TOLERANCE = 0.10  # a budget is met when the closest count is within 10 % of it
STEPS = 10_000  # widths are solved for in steps of 1 / STEPS
WIDEST = 64  # the widest that is tried; as in the configuration's schema


def width_for_budget(family: str, budget: int, classes: int, image_shape: tuple[int, int, int]) -> float:
    """The width multiplier, at most 64, whose member of a family comes closest to ``budget`` parameters.

    Counts only grow with the width, so bisection finds the two widths (in steps of 1/10,000) on
    either side of the budget; the closer count wins, the narrower one at a tie. Of all widths
    with that count, the one with the fewest decimals is returned.
    Raises UserError where the closest count is more than 10 % off.
    """

    def params(step):
        network = check.network(family, step / STEPS, classes, image_shape)
        return counts.totals(network, image_shape)["params"]

    low, high = 1, 2
    while params(high) < budget and high < WIDEST * STEPS:
        low, high = high, min(2 * high, WIDEST * STEPS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if params(middle) < budget else (low, middle)
    closest = min(low, high, key=lambda step: (abs(params(step) - budget), step))
    found = params(closest)
    if abs(found - budget) > BUDGET_TOLERANCE * budget:
        raise UserError(
            f"family {family}: no width up to {WIDEST} comes within 10 % of {budget:,} parameters; "
            f"the closest has {found:,}"
        )
    for decimals in range(5):
        rounded = round(closest / STEPS, decimals)
        if rounded > 0 and params(round(rounded * STEPS)) == found:
            return rounded
    return closest / STEPS
